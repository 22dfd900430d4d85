//! The verdicts as JSON: one object a line for each song.

use anyhow::Result;
use serde::Serialize;

use super::song::{Case, Difference, Found};
use crate::batch::manifest::Entry;
use crate::batch::name::Name;
use crate::batch::place::Located;
use crate::cli::stdout;
use crate::compare::Figures;

/// A song; what is not known is null. The names of the fields stay.
#[derive(Serialize)]
struct VerdictLine<'a> {
    input: &'a Name,
    output: &'a Option<Name>,
    /// same, different, no-baseline or not-verified.
    verdict: &'a str,
    error: Option<&'a str>,
    /// What the manifest has of it, if it has it.
    expected: Option<Rendering<'a>>,
    /// What it is now, where it differs.
    actual: Option<Rendering<'a>>,
    /// The settings, banks and presets that are not as they were, where they are recorded.
    changes: Option<&'a [String]>,
    likely_channels: &'a [usize],
    passages: &'a [Located],
    /// Those of `cascade compare`, where the recording is still there.
    figures: Option<&'a Figures>,
    blessed: bool,
}

/// What was or is rendered.
#[derive(Serialize)]
struct Rendering<'a> {
    output_hash: Option<&'a str>,
    settings_hash: &'a str,
    version: &'a str,
    frames: Option<u64>,
    peak_dbfs: Option<f64>,
    lufs: Option<f64>,
    reason: Option<&'a str>,
}

impl<'a> Rendering<'a> {
    fn of(entry: &'a Entry) -> Self {
        Self {
            output_hash: entry.output_hash.as_deref(),
            settings_hash: &entry.settings_hash,
            version: &entry.version,
            frames: entry.frames,
            peak_dbfs: entry.peak_dbfs,
            lufs: entry.lufs,
            reason: entry.reason.as_deref(),
        }
    }
}

/// All lines.
pub(super) fn of(cases: &[Case]) -> Result<String> {
    stdout::json_lines(cases.iter().map(line))
}

fn line(case: &Case) -> VerdictLine<'_> {
    let difference = case.difference();
    let (verdict, error) = match &case.found {
        Found::Same => ("same", None),
        Found::Different(_) => ("different", None),
        Found::NoBaseline => ("no-baseline", None),
        Found::NotVerified(error) => ("not-verified", Some(error.as_str())),
    };
    let compared = difference.and_then(|d| d.compared.as_ref());
    VerdictLine {
        input: &case.recorded.input,
        output: &case.recorded.output,
        verdict,
        error,
        expected: match case.found {
            Found::NoBaseline => None,
            _ => Some(Rendering::of(&case.recorded)),
        },
        actual: difference.map(|d: &Difference| Rendering {
            reason: None,
            ..Rendering::of(&d.now)
        }),
        changes: difference.and_then(|d| d.changes.as_deref()),
        likely_channels: difference.map_or(&[], |d| &d.likely_channels),
        passages: difference.map_or(&[], |d| &d.places),
        figures: compared.and_then(|c| c.figures()),
        blessed: case.renewed.is_some(),
    }
}
