//! `cascade render`: every input in turn, on all cores; a failure of one does not stop the others.

use std::io;
use std::time::Instant;

use anyhow::{Context, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::args::render::RenderArgs;
use super::console::Console;
use super::settings::Settings;
use super::stop::{Status, Stop};
use super::targets::{self, Job, Target};
use super::{interrupt, sink, song, told};

/// Renders every input.
pub(super) fn run(args: &RenderArgs) -> Result<Status, Stop> {
    let console = Console::new(args.verbosity());
    let settings = Settings::new(args).map_err(Stop::Usage)?;
    let extension = if args.recording.raw { "raw" } else { "wav" };
    let jobs = targets::assign(&args.inputs, args.output.as_deref(), extension)?;
    for job in &jobs {
        sink::refuse_terminal(&job.target).map_err(Stop::Usage)?;
    }
    if let (2.., Some(folder)) = (jobs.len(), &args.output) {
        targets::make_folder(folder).map_err(Stop::Failed)?;
    }
    let pool = thread_pool(args.jobs).map_err(Stop::Failed)?;
    interrupt::watch().map_err(Stop::Failed)?;
    render_all(&jobs, &settings, &pool, &console)
}

/// The threads that work.
pub(super) fn thread_pool(jobs: Option<usize>) -> Result<ThreadPool> {
    let builder = ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0));
    builder
        .build()
        .context("cannot start the threads; ask for fewer with --jobs")
}

fn render_all(
    jobs: &[Job],
    settings: &Settings,
    pool: &ThreadPool,
    console: &Console,
) -> Result<Status, Stop> {
    let begun = Instant::now();
    let mut failed = 0;
    for job in jobs {
        match song::render(job, settings, pool, console) {
            Ok(song) => told::song(console, job, &song, settings),
            Err(error) if is_closed_pipe(job, &error) => return Err(Stop::ClosedPipe),
            Err(error) => {
                failed += 1;
                console.error(format_args!("{}: {error:#}", job.source.shown()));
            }
        }
    }
    if jobs.len() > 1 {
        summary(console, jobs.len(), failed, begun);
    }
    Ok(Status::of(failed))
}

fn summary(console: &Console, total: usize, failed: usize, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    match failed {
        0 => console.result(format_args!("{total} songs in {seconds:.2} s")),
        _ => console.warning(format_args!("{failed} of {total} songs failed")),
    }
}

/// Whether whoever reads standard output has stopped reading.
fn is_closed_pipe(job: &Job, error: &anyhow::Error) -> bool {
    let io_error = error.root_cause().downcast_ref::<io::Error>();
    job.target == Target::Stdout
        && io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
