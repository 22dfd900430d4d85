//! Many songs in one pool of threads: largest first, one bank, memory shared out, and a failure stays with its song.
//!
//! As many lanes as there are threads and memory for each take a song, and the next one when it is done. A lane is a task of
//! the pool that also renders, so there are never more threads at work than were asked for; threads that find no song left
//! help the lanes that are still busy.
//!
//! `run` is what lanes do, `record` an entry of the manifest in the making, `ledger` the manifest as a file, `tally` what is
//! counted, `report` the JSON lines.

mod ledger;
pub(super) mod record;
mod report;
mod run;
mod tally;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use anyhow::anyhow;
use rayon::ThreadPool;

use super::args::batch::ReportFormat;
use super::args::render::RenderArgs;
use super::console::Console;
use super::draft;
use super::exit::{ExitError, Status};
use super::failure::Failure;
use super::messages;
use super::paths::folder_of;
use super::progress::Progress;
use super::settings::Settings;
use super::song::RenderContext;
use super::targets::{Job, Target};
use crate::batch::lanes::Lanes;
use crate::batch::manifest::Manifest;
use crate::batch::measure::Measuring;
use crate::tones::shared::SharedToneCache;
use ledger::Ledger;
use run::Run;
pub(super) use run::guarded;
use tally::Tally;

/// Why a run does not write where a baseline is.
const BASELINE: &str = "the manifest in the output folder is a baseline (`cascade verify`), which only --bless REASON \
    replaces; write to another folder, or bless what will be rendered";

/// What is to be rendered, and what could not even be looked for.
#[derive(Debug)]
pub(super) struct Work {
    /// Songs.
    pub(super) jobs: Vec<Job>,
    /// Inputs that failed before.
    pub(super) failed: Vec<(PathBuf, Failure)>,
    /// The folder that a manifest is kept in.
    pub(super) manifest: Option<PathBuf>,
}

/// Renders all songs.
pub(super) fn run(
    work: Work,
    args: &RenderArgs,
    settings: &Settings,
    pool: &ThreadPool,
    console: &Console,
) -> Result<Status, ExitError> {
    let Work {
        mut jobs,
        failed,
        manifest,
    } = work;
    jobs.sort_by_key(|job| Reverse(job.bytes));
    let opened = manifest.map(|folder| Ledger::open(&folder)).transpose();
    let (ledger, known) = opened.map_err(ExitError::Failed)?.unzip();
    let known: Manifest = known.unwrap_or_default();
    if args.bless.reason.is_none() && known.is_blessed() {
        return Err(ExitError::Usage(anyhow!(BASELINE)));
    }
    if args.batch.resume {
        remove_leftovers(&jobs);
    }
    let memory = memory_for_songs(args.memory(jobs.len()), settings)?;
    let lanes = Lanes::new(jobs.len(), pool.current_num_threads(), memory);
    let library = SharedToneCache::new(lanes.library);
    let json = args.batch.report == ReportFormat::Json;
    let recording = json || ledger.is_some();
    let measuring = match (recording, &args.bless.reason) {
        (false, _) => Measuring::Nothing,
        (true, None) => Measuring::Figures,
        // A baseline tells later where a recording differs from it.
        (true, Some(_)) => Measuring::Fingerprint,
    };
    let stop = AtomicBool::new(false);
    let run = Run {
        context: RenderContext {
            settings,
            memory: lanes.memory,
            library: (lanes.library > 0).then_some(&library),
            pool,
            console,
            measuring,
            detailed: json || console.is_verbose(),
            stop: &stop,
        },
        blank: recording.then(|| record::blank(args, settings)),
        progress: Progress::new(settings.progress, console, &jobs),
        tally: Mutex::new(Tally::new(jobs.len() + failed.len())),
        fail_fast: args.batch.fail_fast,
        closed: AtomicBool::new(false),
        next: AtomicUsize::new(0),
        jobs: &jobs,
        ledger,
        known,
        resuming: args.batch.resume,
        json,
    };
    for (path, failure) in failed {
        run.refuse(&path, failure);
    }
    pool.scope(|scope| (0..lanes.count).for_each(|_| scope.spawn(|_| run.lane())));
    if args.batch.resume {
        // Once more: a run that was killed a moment ago may have held its drafts until now.
        remove_leftovers(&jobs);
    }
    run.finish(args.batch.resume)
}

/// The folders that will be written to lose what a killed run left there.
fn remove_leftovers(jobs: &[Job]) {
    let targets = jobs.iter().filter_map(|job| match &job.target {
        Target::File(path) => Some(folder_of(path)),
        Target::Stdout | Target::Nowhere => None,
    });
    let folders: BTreeSet<_> = targets.collect();
    folders.into_iter().for_each(draft::remove_leftovers);
}

/// What the recordings of presets, which are kept as long as any song is rendered, leave of the memory.
fn memory_for_songs(memory: u64, settings: &Settings) -> Result<u64, ExitError> {
    let recorded = settings.bank.recorded_bytes();
    match memory.checked_sub(recorded) {
        Some(left) => Ok(left),
        None => Err(ExitError::Usage(anyhow!(
            "the recordings of the presets take {} of memory, more than the {} of --memory; allow more",
            messages::bytes(recorded),
            messages::bytes(memory)
        ))),
    }
}
