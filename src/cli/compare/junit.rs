//! The verdicts as JUnit XML: a test case for each pair.

use super::judge::{Case, Found};
use super::text;
use crate::cli::junit::{self, Test, TestResult};

/// The whole file.
pub(super) fn of(cases: &[Case]) -> String {
    let tests: Vec<Test> = cases.iter().map(test).collect();
    junit::of("cascade compare", &tests)
}

fn test(case: &Case) -> Test {
    let result = match &case.found {
        Found::NotCompared(reason) => TestResult::Error(reason.clone()),
        Found::Compared(judged) if case.is_different() => {
            let reasons = judged.judgement.breaches.iter().map(text::reason);
            let facts = judged.figures.iter().flat_map(text::facts);
            let facts = facts.map(|(name, fact)| format!("{name}: {fact}"));
            let cause = judged.figures.as_ref().and_then(|f| f.cause.clone());
            TestResult::Failed {
                message: cause.unwrap_or_else(|| "different".to_owned()),
                body: reasons.chain(facts).collect(),
            }
        }
        Found::Compared(_) => TestResult::Passed,
    };
    Test {
        name: case.pair.name.clone(),
        result,
    }
}
