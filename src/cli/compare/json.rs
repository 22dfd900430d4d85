//! The verdicts as JSON: one object a line for each pair.

use anyhow::Result;
use serde::Serialize;

use super::judge::{Case, Found};
use crate::cli::stdout;
use crate::compare::limits::Breach;
use crate::compare::{Figures, Profile};

/// A pair; what is not known is null.
#[derive(Serialize)]
struct ComparisonLine<'a> {
    path: &'a str,
    actual: Option<String>,
    expected: Option<String>,
    /// identical, within, different or not-compared.
    verdict: &'a str,
    error: Option<&'a str>,
    profile: Profile,
    breaches: &'a [Breach],
    /// BLAKE3 of the stored samples, where both files have the same.
    sample_hash: Option<&'a str>,
    notes: &'a [String],
    figures: Option<&'a Figures>,
}

/// All lines.
pub(super) fn of(cases: &[Case]) -> Result<String> {
    stdout::json_lines(cases.iter().map(line))
}

fn line(case: &Case) -> ComparisonLine<'_> {
    let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|p| p.display().to_string());
    let mut line = ComparisonLine {
        path: &case.pair.name,
        actual: path(&case.pair.actual),
        expected: path(&case.pair.expected),
        verdict: "not-compared",
        error: None,
        profile: case.profile,
        breaches: &[],
        sample_hash: None,
        notes: &case.notes,
        figures: None,
    };
    match &case.found {
        Found::NotCompared(error) => line.error = Some(error),
        Found::Compared(judged) => {
            line.verdict = judged.judgement.verdict.key();
            line.breaches = &judged.judgement.breaches;
            line.sample_hash = judged.hash.as_deref();
            line.figures = judged.figures.as_ref();
        }
    }
    line
}
