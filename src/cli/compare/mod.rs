//! `cascade compare`: pairs of files -> what was found of each -> reports.
//!
//! Flow: `pairs` (which file belongs to which) and `tolerances` (what is allowed) -> `judge` (one pair) -> the reports:
//! `text`, `json`, `junit`, `page`, and the `difference` as WAV.

mod compared;
mod difference;
mod judge;
mod pairs;
mod part;
pub(super) mod recording;
mod self_test;
mod tolerances;

mod json;
mod junit;
pub(super) mod page;
mod text;

use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;

use super::args::compare::{CompareArgs, ReportFormat};
use super::console::{Console, Verbosity};
use super::exit::{ExitError, Status};
use super::replace::Kind;
use super::reports::{self, Kept};
use super::stdout;
pub(super) use compared::Compared;
use judge::{Case, Found};
use pairs::Pair;
use part::ComparedPart;
use tolerances::Tolerances;

/// Compares every pair.
pub(super) fn run(args: &CompareArgs) -> Result<Status, ExitError> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let console = Console::new(verbosity);
    let tolerances = Tolerances::new(args).map_err(ExitError::Usage)?;
    let part = ComparedPart::new(args).map_err(ExitError::Usage)?;
    let pool = super::render::thread_pool(args.jobs).map_err(ExitError::Usage)?;
    if args.self_test {
        return pool.install(|| self_test::run(&args.actual, &tolerances, &part));
    }
    let expected = args.expected.as_deref().unwrap_or(Path::new(""));
    let pairs = pairs::find(&args.actual, expected).map_err(ExitError::Usage)?;
    check_reports(args, &pairs).map_err(ExitError::Usage)?;
    let judge = |pair: &Pair| judge::case(pair, &tolerances, &part);
    let cases: Vec<Case> = pool.install(|| pairs.par_iter().map(judge).collect());
    report(args, &cases, &console)?;
    pool.install(|| files(args, &cases, &part))
        .map_err(ExitError::Usage)?;
    Ok(status(&cases))
}

/// Refuses reports that would replace a recording that is compared, or what Cascade did not write.
fn check_reports(args: &CompareArgs, pairs: &[Pair]) -> Result<()> {
    let mut kept = Kept::default();
    for path in pairs.iter().flat_map(Pair::files) {
        kept.keep(path, "a recording that is compared");
    }
    if let Some(path) = &args.tolerances {
        kept.keep(path, "the file of tolerances");
    }
    if let Some(path) = &args.junit {
        kept.check(path, Kind::Junit)?;
    }
    if let Some(path) = &args.html {
        kept.check(path, Kind::Page)?;
    }
    if let Some(path) = &args.difference {
        difference::check(path, pairs, &mut kept, args.actual.is_dir())?;
    }
    Ok(())
}

/// The worst of all cases.
fn status(cases: &[Case]) -> Status {
    let failed = cases
        .iter()
        .any(|case| matches!(case.found, Found::NotCompared(_)));
    match (failed, cases.iter().any(Case::is_different)) {
        (true, _) => Status::NotCompared,
        (false, true) => Status::Failed,
        (false, false) => Status::Done,
    }
}

/// What standard output gets, and what standard error.
fn report(args: &CompareArgs, cases: &[Case], console: &Console) -> Result<(), ExitError> {
    for case in cases {
        if let Found::NotCompared(reason) = &case.found {
            console.error(format_args!("{}: {reason}", case.pair.name));
        }
        for note in &case.notes {
            console.warning(note);
        }
    }
    let report = match args.report {
        ReportFormat::Text if args.quiet => return Ok(()),
        ReportFormat::Text => text::of(cases),
        ReportFormat::Json => json::of(cases).map_err(ExitError::Usage)?,
    };
    stdout::print(&report)
}

/// The reports that are files.
fn files(args: &CompareArgs, cases: &[Case], part: &ComparedPart) -> Result<()> {
    if let Some(path) = &args.junit {
        reports::write(path, Kind::Junit, junit::of(cases).as_bytes())?;
    }
    if let Some(path) = &args.html {
        reports::write(path, Kind::Page, page::of(cases, part)?.as_bytes())?;
    }
    if let Some(path) = &args.difference {
        difference::write(path, cases, part, args.actual.is_dir())?;
    }
    Ok(())
}
