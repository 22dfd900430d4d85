//! `cascade render`: what is to be rendered where, settled before anything is.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::args::batch::ReportFormat;
use super::args::render::RenderArgs;
use super::batch::{self, Work};
use super::console::Console;
use super::exit::{ExitError, Status};
use super::inputs::{self, Inputs};
use super::settings::Settings;
use super::targets::{self, Job, Target};
use super::{bless, interrupt, labels, messages, sink, stems};

/// Renders every input.
pub(super) fn run(args: &RenderArgs) -> Result<Status, ExitError> {
    let console = Console::new(args.verbosity());
    messages::origins(&console, &args.config.origins);
    bless::check(&args.bless).map_err(ExitError::Usage)?;
    let settings = Settings::new(args).map_err(ExitError::Usage)?;
    let work = work(args, &settings, &console)?;
    let pool = thread_pool(args.jobs).map_err(ExitError::Failed)?;
    interrupt::watch().map_err(ExitError::Failed)?;
    batch::run(work, args, &settings, &pool, &console)
}

/// Finds the inputs and gives each its output; keeps those of the shard.
fn work(args: &RenderArgs, settings: &Settings, console: &Console) -> Result<Work, ExitError> {
    let extension = if args.recording.raw { "raw" } else { "wav" };
    let mut inputs = inputs::find(args).map_err(ExitError::Usage)?;
    let mut jobs = targets::assign(&inputs, args.output.as_deref(), extension)?;
    targets::refuse_sounds(&jobs, &settings.files).map_err(ExitError::Usage)?;
    for job in &jobs {
        sink::refuse_terminal(&job.target).map_err(ExitError::Usage)?;
        labels::refuse_stream(&job.target, settings.labels).map_err(ExitError::Usage)?;
        if settings.stems.is_some() {
            stems::refuse_stdout(&job.target).map_err(ExitError::Usage)?;
        }
    }
    if args.output.is_none() {
        for (job, rival) in jobs
            .iter()
            .filter_map(|job| Some((job, targets::rival(job)?)))
        {
            console.warning(format_args!(
                "{} is replaced, though it may be the recording of {}; keep both with --output",
                job.target.shown(),
                rival.display()
            ));
        }
    }
    for path in &inputs.loops {
        console.note(format_args!(
            "{}: is a link back to a folder that it is in; not followed",
            path.display()
        ));
    }
    let manifest = manifest_folder(args, &inputs, &jobs).map_err(ExitError::Usage)?;
    check_report(args, &jobs).map_err(ExitError::Usage)?;
    if let Some(shard) = args.batch.shard {
        let songs: Vec<_> = inputs
            .songs
            .iter()
            .map(|song| (song.place.as_path(), song.bytes))
            .collect();
        jobs = shard
            .select(&songs)
            .into_iter()
            .map(|index| jobs[index].clone())
            .collect();
        if !shard.is_first() {
            inputs.failed.clear();
        }
    }
    Ok(Work {
        jobs,
        failed: inputs.failed,
        manifest,
    })
}

/// The folder for a manifest: any that recordings are put into.
fn manifest_folder(args: &RenderArgs, inputs: &Inputs, jobs: &[Job]) -> Result<Option<PathBuf>> {
    let is_folder = inputs.many || jobs.iter().any(|job| job.place.is_some());
    match &args.output {
        Some(folder) if is_folder => Ok(Some(folder.clone())),
        _ if args.bless.reason.is_some() => Err(anyhow!(
            "--bless needs --output FOLDER: the manifest in it becomes the baseline"
        )),
        _ if args.batch.resume => Err(anyhow!(
            "--resume needs --output FOLDER: the manifest in it tells what is unchanged"
        )),
        _ => Ok(None),
    }
}

fn check_report(args: &RenderArgs, jobs: &[Job]) -> Result<()> {
    let to_stdout = jobs.iter().any(|job| job.target == Target::Stdout);
    if to_stdout && args.batch.report == ReportFormat::Json {
        return Err(anyhow!(
            "--report json writes to standard output, and so would the recording; name a file with --output"
        ));
    }
    Ok(())
}

/// The threads that work.
pub(super) fn thread_pool(jobs: Option<usize>) -> Result<ThreadPool> {
    let builder = ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0));
    builder
        .build()
        .context("cannot start the threads; ask for fewer with --jobs")
}
