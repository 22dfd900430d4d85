//! Many songs in one pool of threads: largest first, one bank, memory shared out, and a failure stays with its song.
//!
//! As many lanes as there are threads and memory for each take a song, and the next one when it is done. A lane is a task of
//! the pool that also renders, so there are never more threads at work than were asked for; threads that find no song left
//! help the lanes that are still busy. `ledger` is the manifest as a file, `tally` what is counted, `report` the JSON lines.

mod ledger;
mod report;
mod tally;

use std::cmp::Reverse;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;
use rayon::ThreadPool;

use super::args::batch::ReportFormat;
use super::args::render::RenderArgs;
use super::console::Console;
use super::draft;
use super::failure::{Failure, OrFailure};
use super::progress::{Part, Progress};
use super::settings::Settings;
use super::song::{self, Clock, Song, Studio};
use super::stop::{Status, Stop};
use super::targets::{Job, Target, folder_of};
use super::told;
use crate::batch::digest;
use crate::batch::lanes::Lanes;
use crate::batch::manifest::{self, Entry, ErrorKind, Manifest};
use crate::batch::name::Name;
use ledger::Ledger;
use tally::Tally;

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
) -> Result<Status, Stop> {
    let Work {
        mut jobs,
        failed,
        manifest,
    } = work;
    jobs.sort_by_key(|job| Reverse(job.bytes));
    let ledger = manifest.map(|folder| Ledger::open(&folder)).transpose();
    let ledger = ledger.map_err(Stop::Failed)?;
    let known = match &ledger {
        Some(ledger) if args.batch.resume => {
            remove_leftovers(&jobs);
            ledger.read().map_err(Stop::Failed)?
        }
        _ => Manifest::default(),
    };
    let lanes = Lanes::new(jobs.len(), pool.current_num_threads(), args.memory);
    let json = args.batch.report == ReportFormat::Json;
    let recording = json || ledger.is_some();
    let stop = AtomicBool::new(false);
    let run = Run {
        studio: Studio {
            settings,
            memory: lanes.memory,
            pool,
            console,
            measuring: recording,
            detailed: json || console.is_verbose(),
            stop: &stop,
        },
        blank: recording.then(|| blank(args, settings)),
        progress: Progress::new(settings.progress, console, &jobs),
        tally: Mutex::new(Tally::new(jobs.len() + failed.len())),
        fail_fast: args.batch.fail_fast,
        closed: AtomicBool::new(false),
        next: AtomicUsize::new(0),
        jobs: &jobs,
        ledger,
        known,
        json,
    };
    for (path, failure) in failed {
        run.refuse(&path, failure);
    }
    pool.scope(|scope| (0..lanes.count).for_each(|_| scope.spawn(|_| run.lane())));
    run.finish(args.batch.resume)
}

/// The folders that will be written to lose what a killed run left there.
fn remove_leftovers(jobs: &[Job]) {
    let targets = jobs.iter().filter_map(|job| match &job.target {
        Target::File(path) => Some(folder_of(path)),
        Target::Stdout => None,
    });
    let folders: std::collections::BTreeSet<_> = targets.collect();
    folders.into_iter().for_each(draft::remove_leftovers);
}

/// What the entries of a run have in common.
fn blank(args: &RenderArgs, settings: &Settings) -> Entry {
    Entry {
        input: Name::new(""),
        output: None,
        status: manifest::Status::Failed,
        error_kind: None,
        error: None,
        input_hash: None,
        input_bytes: None,
        settings_hash: settings.digest(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: args.given.options(),
        output_hash: None,
        output_bytes: None,
        frames: None,
        sample_rate: settings.wav.sample_rate.hz(),
        duration_s: None,
        notes: None,
        peak_dbfs: None,
        lufs: None,
        repairs: None,
    }
}

/// A run under way.
struct Run<'a> {
    studio: Studio<'a>,
    jobs: &'a [Job],
    next: AtomicUsize,
    /// What a new entry begins with, where entries are kept.
    blank: Option<Entry>,
    ledger: Option<Ledger>,
    /// What earlier runs rendered.
    known: Manifest,
    json: bool,
    fail_fast: bool,
    /// Nobody reads standard output any more.
    closed: AtomicBool,
    progress: Progress,
    /// Whoever tells or counts something holds the lock.
    tally: Mutex<Tally>,
}

impl Run<'_> {
    /// Renders songs until there are no more.
    fn lane(&self) {
        while !self.studio.stop.load(Relaxed) {
            let Some(job) = self.jobs.get(self.next.fetch_add(1, Relaxed)) else {
                return;
            };
            let mut part = self.progress.part(job);
            let mut entry = self.entry(job);
            let outcome = guarded(|| self.attempt(job, &mut part, &mut entry));
            self.settle(job, outcome, entry);
        }
    }

    fn entry(&self, job: &Job) -> Option<Entry> {
        let input = match &job.source {
            super::source::Source::Stdin => Name::new("-"),
            super::source::Source::File(path) => Name::of_path(path),
        };
        let output = match (&job.place, &job.target) {
            (Some(place), _) => Some(Name::of_path(place)),
            (None, Target::File(path)) => Some(Name::of_path(path)),
            (None, Target::Stdout) => None,
        };
        self.blank.clone().map(|blank| Entry {
            input,
            output,
            ..blank
        })
    }

    /// Renders a song, unless it is unchanged.
    fn attempt(
        &self,
        job: &Job,
        part: &mut Part<'_>,
        entry: &mut Option<Entry>,
    ) -> Result<Option<Song>, Failure> {
        let clock = Clock::start();
        let bytes = job.source.read().or_failure(ErrorKind::Unreadable)?;
        if let Some(entry) = entry {
            entry.input_hash = Some(digest::of_bytes(&bytes));
            entry.input_bytes = Some(bytes.len() as u64);
            if let Some(known) = self.unchanged(job, entry) {
                *entry = Entry {
                    input: entry.input.clone(),
                    ..known
                };
                return Ok(None);
            }
        }
        let song = song::render(job, &bytes, clock, part, &self.studio)?;
        if let Some(entry) = entry {
            complete(entry, &song, self.studio.settings);
        }
        Ok(Some(song))
    }

    /// What is known of a song that need not be rendered again.
    fn unchanged(&self, job: &Job, entry: &Entry) -> Option<Entry> {
        let known = self.known.find(entry.output.as_ref()?)?;
        let settings = self.studio.settings;
        let same = known.status == manifest::Status::Ok
            && known.input_hash == entry.input_hash
            && known.settings_hash == entry.settings_hash;
        let allowed = !(settings.strict && known.repairs != Some(0))
            && known.duration_s? <= settings.max_duration.0
            && settings
                .max_size
                .is_none_or(|most| known.output_bytes <= Some(most));
        let Target::File(path) = &job.target else {
            return None;
        };
        let is_there = || fs::metadata(path).is_ok_and(|m| Some(m.len()) == known.output_bytes);
        (same && allowed && is_there()).then_some(known)
    }

    /// Tells, counts and records how a song ended.
    fn settle(&self, job: &Job, outcome: Result<Option<Song>, Failure>, mut entry: Option<Entry>) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut song = None;
        match outcome {
            Ok(None) => tally.unchanged += 1,
            Ok(Some(rendered)) => {
                told::song(self.studio.console, job, &rendered, self.studio.settings);
                tally.rendered(self.was_known(entry.as_ref()));
                song = Some(rendered);
            }
            Err(failure) if job.target == Target::Stdout && failure.is_closed_pipe() => {
                return self.close();
            }
            // It was stopped, and counts as not rendered.
            Err(failure) if self.is_stopped() && failure.kind == ErrorKind::CannotWrite => return,
            Err(failure) => self.fail(&job.source.shown(), failure, &mut tally, &mut entry),
        }
        self.record(entry, song.as_ref(), &mut tally);
    }

    /// An input that could not even be looked for.
    fn refuse(&self, path: &std::path::Path, failure: Failure) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = self.blank.clone().map(|blank| Entry {
            input: Name::of_path(path),
            ..blank
        });
        self.fail(&path.display().to_string(), failure, &mut tally, &mut entry);
        self.record(entry, None, &mut tally);
    }

    fn fail(&self, name: &str, failure: Failure, tally: &mut Tally, entry: &mut Option<Entry>) {
        let error = format!("{:#}", failure.error);
        self.studio.console.error(format_args!("{name}: {error}"));
        tally.failed(failure.kind);
        if let Some(entry) = entry {
            entry.error_kind = Some(failure.kind);
            entry.error = Some(error);
        }
        if self.fail_fast {
            self.studio.stop.store(true, Relaxed);
        }
    }

    fn record(&self, entry: Option<Entry>, song: Option<&Song>, tally: &mut Tally) {
        let Some(entry) = entry else {
            return;
        };
        if let Some(ledger) = &self.ledger
            && self.is_news(&entry)
            && let Err(error) = ledger.append(&entry)
        {
            tally.unrecorded(self.studio.console, &error);
        }
        if self.json
            && report::write(&entry, song, self.is_known(&entry) && song.is_none()).is_err()
        {
            self.close();
        }
    }

    fn is_stopped(&self) -> bool {
        self.studio.stop.load(Relaxed)
    }

    /// Whether an earlier run rendered the same output.
    fn was_known(&self, entry: Option<&Entry>) -> bool {
        let output = entry.and_then(|entry| entry.output.as_ref());
        let known = output.and_then(|output| self.known.find(output));
        known.is_some_and(|known| known.status == manifest::Status::Ok)
    }

    fn is_known(&self, entry: &Entry) -> bool {
        entry.status == manifest::Status::Ok && self.was_known(Some(entry))
    }

    /// Whether the manifest does not have this yet.
    fn is_news(&self, entry: &Entry) -> bool {
        let output = entry.output.as_ref();
        output.and_then(|output| self.known.find(output)).as_ref() != Some(entry)
    }

    fn close(&self) {
        self.closed.store(true, Relaxed);
        self.studio.stop.store(true, Relaxed);
    }

    fn finish(self, resumed: bool) -> Result<Status, Stop> {
        let mut tally = self
            .tally
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        drop(self.progress);
        if let Some(ledger) = self.ledger
            && let Err(error) = ledger.compact()
        {
            tally.unrecorded(self.studio.console, &error);
        }
        if self.closed.into_inner() {
            return Err(Stop::ClosedPipe);
        }
        tally.tell(self.studio.console, resumed);
        Ok(tally.status())
    }
}

/// Fills in what became of a song.
fn complete(entry: &mut Entry, song: &Song, settings: &Settings) {
    let frames = song.report.frames;
    entry.status = manifest::Status::Ok;
    entry.frames = Some(frames);
    entry.duration_s = Some(frames as f64 / f64::from(settings.wav.sample_rate.hz()));
    entry.notes = Some(song.note_ons);
    entry.repairs = Some(song.repairs as u64);
    if let Some(recording) = &song.recording {
        entry.output_hash = Some(recording.hash.clone());
        entry.output_bytes = Some(recording.bytes);
        entry.peak_dbfs = recording.peak_dbfs;
        entry.lufs = recording.lufs;
    }
}

/// Does something for one song, so that a fault in it is that song's failure.
fn guarded<T>(attempt: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let fault = |panic: Box<dyn std::any::Any + Send>| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("unknown");
        Failure {
            kind: ErrorKind::Panic,
            error: anyhow!(
                "a fault of the program, not of the file: {text}; please report it, with the file"
            ),
        }
    };
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|panic| Err(fault(panic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_in_one_song_is_its_failure() {
        let failure = guarded::<()>(|| panic!("at {}", 7)).unwrap_err();
        assert_eq!(failure.kind, ErrorKind::Panic);
        assert!(failure.error.to_string().contains("at 7"), "{failure:?}");
        assert!(guarded(|| Ok(())).is_ok());
    }
}
