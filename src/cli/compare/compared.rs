//! One pair of recordings that should be equal, for other commands to tell about.

use std::path::Path;

use anyhow::Result;

use super::judge::{self, Case, Found};
use super::pairs::Pair;
use super::part::ComparedPart;
use super::tolerances::Tolerances;
use super::{page, text};
use crate::compare::Figures;

/// Two recordings that should be equal, compared.
#[derive(Debug)]
pub(in crate::cli) struct Compared(Case);

impl Compared {
    /// Compares two files to the last bit.
    pub(in crate::cli) fn new(name: &str, actual: &Path, expected: &Path) -> Self {
        let pair = Pair {
            name: name.to_owned(),
            actual: Some(actual.to_owned()),
            expected: Some(expected.to_owned()),
        };
        Self(judge::case(
            &pair,
            &Tolerances::default(),
            &ComparedPart::default(),
        ))
    }

    /// What was measured, if the samples differ.
    pub(in crate::cli) fn figures(&self) -> Option<&Figures> {
        match &self.0.found {
            Found::Compared(judged) => judged.figures.as_ref(),
            Found::NotCompared(_) => None,
        }
    }

    /// What was found, a line each.
    pub(in crate::cli) fn lines(&self) -> Vec<String> {
        let shown = |expected: &Path| format!("compared with {}", expected.display());
        let mut lines: Vec<String> = self
            .0
            .pair
            .expected
            .as_deref()
            .map(shown)
            .into_iter()
            .collect();
        match (&self.0.found, self.figures()) {
            (Found::NotCompared(error), _) => lines.push(format!("    not compared: {error}")),
            (_, None) => {
                lines.push("    the same: the recording is not the one of the manifest".to_owned())
            }
            (_, Some(figures)) => {
                let cause = figures
                    .cause
                    .iter()
                    .map(|cause| format!("    likely: {cause}"));
                lines.extend(cause);
                let facts = text::facts(figures).into_iter();
                lines.extend(facts.map(|(name, fact)| format!("    {name:<14} {fact}")));
            }
        }
        lines
    }

    /// Waveforms and spectrograms of both, and what differs; nothing if they do not.
    pub(in crate::cli) fn pictures(&self) -> Result<String> {
        match self.figures() {
            Some(figures) => page::pictures(&self.0, figures, &ComparedPart::default()),
            None => Ok(String::new()),
        }
    }
}
