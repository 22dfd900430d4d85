//! A run under way: lanes take songs, and what became of each is told, counted and recorded.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use anyhow::anyhow;

use super::ledger::Ledger;
use super::tally::Tally;
use super::{record, report};
use crate::batch::digest;
use crate::batch::manifest::{Entry, ErrorKind, Manifest, Status};
use crate::batch::name::Name;
use crate::cli::exit::{self, ExitError};
use crate::cli::failure::{Failure, OrFailure};
use crate::cli::progress::{Progress, SongProgress};
use crate::cli::rendered::Rendered;
use crate::cli::replace::Replace;
use crate::cli::song::{self, Clock, RenderContext};
use crate::cli::targets::{Job, Target};
use crate::cli::{labels, messages, stems};

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) context: RenderContext<'a>,
    pub(super) jobs: &'a [Job],
    pub(super) next: AtomicUsize,
    /// What a new entry begins with, where entries are kept.
    pub(super) blank: Option<Entry>,
    pub(super) ledger: Option<Ledger>,
    /// What earlier runs rendered.
    pub(super) known: Manifest,
    /// Whether what is unchanged is skipped.
    pub(super) resuming: bool,
    pub(super) json: bool,
    pub(super) fail_fast: bool,
    /// Nobody reads standard output any more.
    pub(super) closed: AtomicBool,
    pub(super) progress: Progress,
    /// Whoever tells or counts something holds the lock.
    pub(super) tally: Mutex<Tally>,
}

impl Run<'_> {
    /// Renders songs until there are no more.
    pub(super) fn lane(&self) {
        while !self.context.stop.load(Relaxed) {
            let Some(job) = self.jobs.get(self.next.fetch_add(1, Relaxed)) else {
                return;
            };
            let mut part = self.progress.part(job);
            let mut entry = self.blank.as_ref().map(|blank| record::begin(blank, job));
            let outcome = guarded(|| self.attempt(job, &mut part, &mut entry));
            self.settle(job, outcome, entry);
        }
    }

    /// Renders a song, unless it is unchanged.
    fn attempt(
        &self,
        job: &Job,
        part: &mut SongProgress<'_>,
        entry: &mut Option<Entry>,
    ) -> Result<Option<Rendered>, Failure> {
        let clock = Clock::start();
        let bytes = job.source.read().or_failure(ErrorKind::Unreadable)?;
        let mut known = None;
        if let Some(entry) = entry {
            entry.input_hash = Some(digest::of_bytes(&bytes));
            entry.input_bytes = Some(bytes.len() as u64);
            known = self.known(entry);
            if self.resuming
                && let Some(known) = self.unchanged(job, entry, known.clone())
            {
                *entry = Entry {
                    input: entry.input.clone(),
                    folder: entry.folder.clone(),
                    ..known
                };
                return Ok(None);
            }
            if let Some(known) = &known {
                self.refuse_to_replace(job, entry, known)?;
            }
        }
        let settings = self.context.settings;
        let known = known.filter(|known| known.status == Status::Ok);
        // What the manifest names is replaced, even if it no longer begins like a recording.
        let replace = match known {
            Some(_) => Replace::Any,
            None => settings.replace,
        };
        let (song, outputs) = song::render(job, &bytes, clock, part, &self.context, replace)?;
        if let Some(entry) = entry {
            record::complete(entry, &song, settings);
            self.keep_reason(entry);
        }
        match (&*entry, &self.ledger) {
            (Some(entry), Some(ledger)) => ledger.publish(
                entry,
                self.is_news(entry),
                |others| self.refuse_to_replace(job, entry, others),
                || outputs.publish(),
            )?,
            _ => outputs.publish()?,
        }
        if let (Some(known), Some(entry)) = (known, entry) {
            self.tell_stale(job, &known, entry);
        }
        Ok(Some(song))
    }

    /// Tells which labels and stems no longer belong to a recording, since only it was made anew.
    fn tell_stale(&self, job: &Job, known: &Entry, entry: &Entry) {
        let files = |entry: &Entry| {
            let companions = [&entry.labels, &entry.stems].into_iter().flatten();
            companions.map(|c| c.file.clone()).collect::<Vec<_>>()
        };
        let now = files(entry);
        let left = files(known).into_iter().filter(|file| !now.contains(file));
        for file in left.filter(|_| known.output_hash != entry.output_hash) {
            self.context.console.warning(format_args!(
                "{}: {} beside it is that of an earlier recording",
                job.target.shown(),
                Path::new(&file.to_os_string()).display()
            ));
        }
    }

    /// What is known of an entry's output.
    fn known(&self, entry: &Entry) -> Option<Entry> {
        self.known.find(entry.output.as_ref()?)
    }

    /// Refuses to replace a recording that another song made. The same song may have another path by now, or other bytes.
    fn refuse_to_replace(&self, job: &Job, entry: &Entry, known: &Entry) -> Result<(), Failure> {
        let is_same = known.input == entry.input
            || known.input_hash == entry.input_hash
            || is_same_file(&known.input, &entry.input);
        let is_there = matches!(&job.target, Target::File(path) if path.exists());
        let asked = self.context.settings.replace == Replace::Any;
        if is_same || asked || !is_there {
            return Ok(());
        }
        Err(anyhow!(
            "{} is the recording of another song, {}; write to another folder, keep the folders of the inputs apart with \
             --files-from, or replace it with --force",
            job.target.shown(),
            Path::new(&known.input.to_os_string()).display()
        ))
        .or_failure(ErrorKind::Occupied)
    }

    /// What sounds as it was blessed keeps the reason that it was blessed for.
    fn keep_reason(&self, entry: &mut Entry) {
        let known = self.known(entry);
        let same = |known: &Entry| known.output_hash == entry.output_hash && known.reason.is_some();
        if let Some(known) = known.filter(same)
            && entry.reason.is_some()
        {
            entry.reason = known.reason;
        }
    }

    /// What is known of a song that need not be rendered again.
    fn unchanged(&self, job: &Job, entry: &Entry, known: Option<Entry>) -> Option<Entry> {
        let known = known?;
        let settings = self.context.settings;
        let same = known.status == Status::Ok
            && known.input_hash == entry.input_hash
            && known.settings_hash == entry.settings_hash
            // What is blessed needs a reason and a fingerprint.
            && (entry.reason.is_none() || known.reason.is_some() && known.fingerprint.is_some());
        let allowed = !(settings.strict && known.repairs != Some(0))
            && known.duration_s? <= settings.song.longest.0
            && settings
                .max_size
                .is_none_or(|most| known.output_bytes <= Some(most));
        let Target::File(path) = &job.target else {
            return None;
        };
        let is_whole = |m: fs::Metadata| m.is_file() && Some(m.len()) == known.output_bytes;
        let is_there = || {
            let labels = |format| labels::are_there(&job.target, format, known.labels.as_ref());
            let stems = |_| stems::are_there(path, known.stems.as_ref(), known.output_bytes);
            fs::metadata(path).is_ok_and(is_whole)
                && settings.labels.is_none_or(labels)
                && settings.stems.is_none_or(stems)
        };
        (same && allowed && is_there()).then_some(known)
    }

    /// Tells, counts and records how a song ended.
    fn settle(
        &self,
        job: &Job,
        outcome: Result<Option<Rendered>, Failure>,
        mut entry: Option<Entry>,
    ) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut song = None;
        match outcome {
            Ok(None) => tally.unchanged += 1,
            Ok(Some(rendered)) => {
                messages::song(self.context.console, job, &rendered, self.context.settings);
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
    pub(super) fn refuse(&self, path: &Path, failure: Failure) {
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
        self.context.console.error(format_args!("{name}: {error}"));
        tally.failed(failure.kind);
        if let Some(entry) = entry {
            entry.error_kind = Some(failure.kind);
            entry.error = Some(error);
        }
        if self.fail_fast {
            self.context.stop.store(true, Relaxed);
        }
    }

    fn record(&self, entry: Option<Entry>, song: Option<&Rendered>, tally: &mut Tally) {
        let Some(entry) = entry else {
            return;
        };
        // A recording was recorded when it was given its name; and what is not overwritten stays recorded.
        let is_kept = entry.error_kind == Some(ErrorKind::Occupied) && self.known(&entry).is_some();
        if let Some(ledger) = &self.ledger
            && song.is_none()
            && !is_kept
            && self.is_news(&entry)
            && let Err(error) = ledger.append(&entry)
        {
            tally.unrecorded(self.context.console, &error);
        }
        if self.json
            && report::write(&entry, song, self.is_known(&entry) && song.is_none()).is_err()
        {
            self.close();
        }
    }

    fn is_stopped(&self) -> bool {
        self.context.stop.load(Relaxed)
    }

    /// Whether an earlier run rendered the same output.
    fn was_known(&self, entry: Option<&Entry>) -> bool {
        let known = entry.and_then(|entry| self.known(entry));
        known.is_some_and(|known| known.status == Status::Ok)
    }

    fn is_known(&self, entry: &Entry) -> bool {
        entry.status == Status::Ok && self.was_known(Some(entry))
    }

    /// Whether the manifest does not have this yet.
    fn is_news(&self, entry: &Entry) -> bool {
        self.known(entry).as_ref() != Some(entry)
    }

    fn close(&self) {
        self.closed.store(true, Relaxed);
        self.context.stop.store(true, Relaxed);
    }

    pub(super) fn finish(self, resumed: bool) -> Result<exit::Status, ExitError> {
        let mut tally = self
            .tally
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        drop(self.progress);
        match self.ledger.map(Ledger::compact) {
            None | Some(Ok(0)) => {}
            Some(Ok(lines)) => self.context.console.warning(format_args!(
                "{} of the manifest told nothing, since they were torn off or edited, and are gone",
                messages::counted(lines as u64, "line", "lines")
            )),
            Some(Err(error)) => tally.unrecorded(self.context.console, &error),
        }
        if self.closed.into_inner() {
            return Err(ExitError::ClosedPipe);
        }
        tally.tell(self.context.console, resumed);
        Ok(tally.status())
    }
}

/// Whether two paths lead to one file, as far as they lead to any.
fn is_same_file(one: &Name, other: &Name) -> bool {
    let resolved = |name: &Name| Path::new(&name.to_os_string()).canonicalize().ok();
    resolved(one).is_some_and(|path| Some(path) == resolved(other))
}

/// Does something for one song, so that a fault in it is that song's failure.
pub(in crate::cli) fn guarded<T>(
    attempt: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
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
