//! `cascade compare`: pairs of files -> what was found of each -> reports.
//!
//! Flow: `pairs` (which file belongs to which) and `tolerances` (what is allowed) -> `judge` (one pair) -> the reports:
//! `text`, `json`, `junit`, `page`, and the `difference` as WAV.

mod compared;
mod difference;
mod judge;
mod pairs;
pub(super) mod recording;
mod self_test;
mod tolerances;

mod json;
mod junit;
pub(super) mod page;
mod text;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::args::compare::{CompareArgs, ReportFormat};
use super::console::{Console, Verbosity};
use super::replace::{Kind, Replace};
use super::sink::Sink;
use super::stdout;
use super::stop::{Status, Stop};
use super::targets::Target;
pub(super) use compared::Compared;
use judge::{Case, Found, Part};
use pairs::Pair;
use tolerances::Tolerances;

/// Compares every pair.
pub(super) fn run(args: &CompareArgs) -> Result<Status, Stop> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let console = Console::new(verbosity);
    let tolerances = Tolerances::new(args).map_err(Stop::Usage)?;
    let part = Part::new(args).map_err(Stop::Usage)?;
    let pool = super::render::thread_pool(args.jobs).map_err(Stop::Usage)?;
    if args.self_test {
        return pool.install(|| self_test::run(&args.actual, &tolerances, &part));
    }
    let expected = args.expected.as_deref().unwrap_or(Path::new(""));
    let pairs = pairs::find(&args.actual, expected).map_err(Stop::Usage)?;
    let judge = |pair: &Pair| judge::case(pair, &tolerances, &part);
    let cases: Vec<Case> = pool.install(|| pairs.par_iter().map(judge).collect());
    report(args, &cases, &console)?;
    pool.install(|| files(args, &cases, &part))
        .map_err(Stop::Usage)?;
    Ok(status(&cases))
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
fn report(args: &CompareArgs, cases: &[Case], console: &Console) -> Result<(), Stop> {
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
        ReportFormat::Json => json::of(cases).map_err(Stop::Usage)?,
    };
    stdout::print(&report)
}

/// The reports that are files.
fn files(args: &CompareArgs, cases: &[Case], part: &Part) -> Result<()> {
    if let Some(path) = &args.junit {
        write(path, Kind::Junit, junit::of(cases).as_bytes())?;
    }
    if let Some(path) = &args.html {
        write(path, Kind::Page, page::of(cases, part)?.as_bytes())?;
    }
    if let Some(path) = &args.difference {
        difference::write(path, cases, part, args.actual.is_dir())?;
    }
    Ok(())
}

/// Writes a file that appears when it is complete, or to a device or a pipe.
pub(super) fn write(path: &Path, kind: Kind, bytes: &[u8]) -> Result<()> {
    let mut sink = Sink::open(&Target::File(path.to_owned()), kind, Replace::Own)?;
    let written = sink.write_all(bytes).and_then(|()| sink.finish());
    written.with_context(|| format!("cannot write {}", path.display()))
}
