//! Verdicts as JUnit XML, which CI systems show: a failure where something differs, an error where that is not known.

use std::fmt::Write;

use crate::plot::escape;

/// One test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// What was judged.
    pub(super) name: String,
    /// How it came out.
    pub(super) result: TestResult,
}

/// How a test came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TestResult {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed {
        /// In a few words.
        message: String,
        /// In lines.
        body: Vec<String>,
    },
    /// It could not be judged, and why.
    Error(String),
}

/// The whole file.
pub(super) fn of(suite: &str, tests: &[Test]) -> String {
    let count =
        |is_meant: fn(&TestResult) -> bool| tests.iter().filter(|t| is_meant(&t.result)).count();
    let errors = count(|result| matches!(result, TestResult::Error(_)));
    let failures = count(|result| matches!(result, TestResult::Failed { .. }));
    let total = tests.len();
    let counts = format!("tests=\"{total}\" failures=\"{failures}\" errors=\"{errors}\"");
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n<testsuite name=\"{suite}\" {counts}>\n"
    );
    tests.iter().for_each(|test| write(&mut xml, suite, test));
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

fn write(xml: &mut String, suite: &str, test: &Test) {
    let name = escape(&test.name);
    // Writing to a string cannot fail.
    let _ = write!(xml, "<testcase classname=\"{suite}\" name=\"{name}\"");
    match &test.result {
        TestResult::Passed => xml.push_str("/>\n"),
        TestResult::Failed { message, body } => outcome(xml, "failure", message, body),
        TestResult::Error(reason) => outcome(xml, "error", reason, std::slice::from_ref(reason)),
    }
}

fn outcome(xml: &mut String, kind: &str, message: &str, body: &[String]) {
    let lines: Vec<String> = body.iter().map(|line| escape(line)).collect();
    let (message, body) = (escape(message), lines.join("\n"));
    let _ = writeln!(
        xml,
        "><{kind} message=\"{message}\">{body}</{kind}></testcase>"
    );
}
