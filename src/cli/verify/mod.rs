//! `cascade verify`: the songs of a manifest -> each rendered again -> what differs, told in music -> reports.
//!
//! Flow: `baseline` (the manifest, the settings of its songs, each a `baselined`, and those that it lacks: `unrecorded`) ->
//! `song` (one, rendered, held against its entry, and searched for the place where it differs) -> the reports: `text`,
//! `json`, `page`, and JUnit.

mod baseline;
mod baselined;
mod song;
mod unrecorded;

mod json;
mod page;
mod text;

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};

use super::args::compare::ReportFormat;
use super::args::verify::VerifyArgs;
use super::batch::guarded;
use super::console::{Console, Verbosity};
use super::exit::{ExitError, Status};
use super::junit;
use super::progress::Progress;
use super::replace::Kind;
use super::reports::{self, Kept};
use super::scratch::Scratch;
use super::stdout;
use super::{bless, interrupt, render};
use crate::batch::lanes::Lanes;
use baseline::Baseline;
use song::{Bench, Case, Found};

/// Memory for the tones of all songs, as `cascade render` has it by default.
const MEMORY: u64 = 1 << 30;

/// Verifies every song of a manifest.
pub(super) fn run(args: &VerifyArgs) -> Result<Status, ExitError> {
    let console = Console::new(match args.quiet {
        true => Verbosity::Quiet,
        false => Verbosity::Normal,
    });
    bless::check(&args.bless).map_err(ExitError::Usage)?;
    let baseline = Baseline::read(&args.manifest).map_err(ExitError::Usage)?;
    check_files(args, &baseline).map_err(ExitError::Usage)?;
    interrupt::watch().map_err(ExitError::Usage)?;
    let recordings = Scratch::default();
    let cases = verify(args, &baseline, &recordings, &console).map_err(ExitError::Usage)?;
    report(args, &cases, &console)?;
    files(args, &cases).map_err(ExitError::Usage)?;
    if args.bless.reason.is_some() {
        renew(&baseline, &cases, &console).map_err(ExitError::Usage)?;
    }
    Ok(status(&cases))
}

/// Refuses what could not be written in the end, or would replace what it should not.
fn check_files(args: &VerifyArgs, baseline: &Baseline) -> Result<()> {
    if args.bless.reason.is_some() && !baseline.is_file() {
        bail!(
            "--bless writes {} anew, but it is no file; name the manifest",
            baseline.path.display()
        );
    }
    if args.junit.is_none() && args.html.is_none() {
        return Ok(());
    }
    let mut kept = Kept::default();
    baseline.keep(&mut kept);
    if let Some(path) = &args.junit {
        kept.check(path, Kind::Junit)?;
    }
    if let Some(path) = &args.html {
        kept.check(path, Kind::Page)?;
    }
    Ok(())
}

/// Renders all songs, the largest first, and returns the cases in the order of the manifest.
fn verify(
    args: &VerifyArgs,
    baseline: &Baseline,
    recordings: &Scratch,
    console: &Console,
) -> Result<Vec<Case>> {
    let pool = render::thread_pool(args.jobs)?;
    let jobs = baseline.jobs();
    let lanes = Lanes::new(jobs.len(), pool.current_num_threads(), MEMORY);
    let bench = Bench {
        pool: &pool,
        memory: lanes.memory,
        recordings,
        keeping: args.html.is_some(),
        reason: args.bless.reason.as_deref(),
        progress: Progress::new(args.progress, console, &jobs),
        never: AtomicBool::new(false),
    };
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|index| Reverse(jobs[*index].bytes));
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let lane = || {
        while let Some(index) = order.get(next.fetch_add(1, Relaxed)).copied() {
            let song = &baseline.songs[index];
            let found = guarded(|| bench.verify(index, song, &jobs[index]));
            let case = Case::new(song, found);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((index, case));
        }
    };
    pool.scope(|scope| (0..lanes.count).for_each(|_| scope.spawn(|_| lane())));
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, case)| case).collect())
}

/// What standard output gets, and what standard error.
fn report(args: &VerifyArgs, cases: &[Case], console: &Console) -> Result<(), ExitError> {
    for case in cases {
        if let Found::NotVerified(reason) = &case.found {
            console.error(format_args!("{}: {reason}", case.name));
        }
        if let (Found::NoBaseline, None) = (&case.found, &case.renewed) {
            console.error(format_args!("{}: {}", case.name, text::no_baseline(case)));
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
fn files(args: &VerifyArgs, cases: &[Case]) -> Result<()> {
    if let Some(path) = &args.junit {
        let tests: Vec<_> = cases.iter().map(text::test).collect();
        reports::write(
            path,
            Kind::Junit,
            junit::of("cascade verify", &tests).as_bytes(),
        )?;
    }
    if let Some(path) = &args.html {
        reports::write(path, Kind::Page, page::of(cases)?.as_bytes())?;
    }
    Ok(())
}

/// Takes what differs as the baseline.
fn renew(baseline: &Baseline, cases: &[Case], console: &Console) -> Result<()> {
    let renewed = cases.iter().filter(|case| case.renewed.is_some()).count();
    if renewed > 0 {
        baseline.write(cases.iter().map(|case| case.renewed.as_ref()))?;
    }
    console.note(format_args!(
        "{renewed} of {} blessed in {}",
        super::messages::counted(cases.len() as u64, "song", "songs"),
        baseline.path.display()
    ));
    Ok(())
}

/// The worst of all cases; what was blessed is the baseline now.
fn status(cases: &[Case]) -> Status {
    let any = |is: fn(&Found) -> bool| {
        let mut open = cases.iter().filter(|case| case.renewed.is_none());
        open.any(|case| is(&case.found))
    };
    if any(|found| matches!(found, Found::NotVerified(_))) {
        Status::NotCompared
    } else if any(|found| matches!(found, Found::Different(_))) {
        Status::Failed
    } else if any(|found| matches!(found, Found::NoBaseline)) {
        Status::NotCompared
    } else {
        Status::Done
    }
}
