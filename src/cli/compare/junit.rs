//! The verdicts as JUnit XML: a test case for each pair, a failure where it differs, an error where it was not compared.

use std::fmt::Write;

use super::judge::{Case, Found};
use super::text;
use crate::plot::escape;

/// The whole file.
pub(super) fn of(cases: &[Case]) -> String {
    let errors = cases
        .iter()
        .filter(|case| matches!(case.found, Found::NotCompared(_)));
    let (errors, failures) = (
        errors.count(),
        cases.iter().filter(|c| c.is_different()).count(),
    );
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"",
        cases.len()
    );
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n<testsuite name=\"cascade compare\" {counts}>\n"
    );
    cases.iter().for_each(|case| test(&mut xml, case));
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

fn test(xml: &mut String, case: &Case) {
    // Writing to a string cannot fail.
    let _ = write!(
        xml,
        "<testcase classname=\"cascade compare\" name=\"{}\"",
        escape(&case.pair.name)
    );
    match &case.found {
        Found::NotCompared(reason) => outcome(xml, "error", reason, reason),
        Found::Compared(judged) if case.is_different() => {
            let reasons: Vec<String> = judged.judgement.breaches.iter().map(text::reason).collect();
            let facts = judged.figures.iter().flat_map(text::facts);
            let facts: Vec<String> = facts
                .map(|(name, fact)| format!("{name}: {fact}"))
                .collect();
            let cause = judged
                .figures
                .as_ref()
                .and_then(|figures| figures.cause.as_deref());
            outcome(
                xml,
                "failure",
                cause.unwrap_or("different"),
                &[reasons, facts].concat().join("\n"),
            );
        }
        Found::Compared(_) => xml.push_str("/>\n"),
    }
}

fn outcome(xml: &mut String, kind: &str, message: &str, body: &str) {
    let (message, body) = (escape(message), escape(body));
    let _ = writeln!(
        xml,
        "><{kind} message=\"{message}\">{body}</{kind}></testcase>"
    );
}
