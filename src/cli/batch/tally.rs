//! What a run comes to: how many songs were rendered, unchanged and failed, and why.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::batch::manifest::ErrorKind;
use crate::cli::console::Console;
use crate::cli::exit::Status;
use crate::cli::messages::counted;

/// What is counted.
#[derive(Debug)]
pub(super) struct Tally {
    begun: Instant,
    total: usize,
    /// Rendered for the first time.
    new: usize,
    /// Rendered again.
    changed: usize,
    /// Not rendered, since it was unchanged.
    pub(super) unchanged: usize,
    failures: BTreeMap<ErrorKind, usize>,
    /// Whether the manifest lacks something.
    unrecorded: bool,
}

impl Tally {
    /// A run of so many inputs.
    pub(super) fn new(total: usize) -> Self {
        Self {
            begun: Instant::now(),
            total,
            new: 0,
            changed: 0,
            unchanged: 0,
            failures: BTreeMap::new(),
            unrecorded: false,
        }
    }

    /// A song was rendered, for the first time or again.
    pub(super) fn rendered(&mut self, again: bool) {
        *(if again {
            &mut self.changed
        } else {
            &mut self.new
        }) += 1;
    }

    /// An input failed.
    pub(super) fn failed(&mut self, kind: ErrorKind) {
        *self.failures.entry(kind).or_default() += 1;
    }

    /// The manifest could not be written; that is told once.
    pub(super) fn unrecorded(&mut self, console: &Console, error: &anyhow::Error) {
        if !self.unrecorded {
            console.error(format_args!(
                "{error:#}; what it lacks is rendered again by --resume"
            ));
        }
        self.unrecorded = true;
    }

    /// Tells what it came to.
    pub(super) fn tell(&self, console: &Console, resumed: bool) {
        let (failed, total) = (self.failures(), self.total);
        if total == 0 {
            console.note("there is nothing to render: the list or the share is empty");
        } else if resumed {
            console.note(format_args!(
                "{} rendered ({} new, {} changed), {} unchanged",
                self.new + self.changed,
                self.new,
                self.changed,
                self.unchanged
            ));
        }
        if total < 2 {
            return;
        }
        let songs = counted(total as u64, "song", "songs");
        if failed > 0 {
            let kinds = self.failures.iter();
            let kinds: Vec<String> = kinds.map(|(k, n)| format!("{n} {}", k.words())).collect();
            let kinds = kinds.join(", ");
            console.warning(format_args!("{failed} of {songs} failed: {kinds}"));
        } else {
            let seconds = self.begun.elapsed().as_secs_f64();
            console.result(format_args!("{songs} in {seconds:.2} s"));
        }
        let left = total - failed - self.new - self.changed - self.unchanged;
        if left > 0 {
            let songs = counted(left as u64, "song was", "songs were");
            console.warning(format_args!(
                "stopped at the first failure; {songs} not rendered"
            ));
        }
    }

    /// How the run fared.
    pub(super) fn status(&self) -> Status {
        Status::of(self.failures() + usize::from(self.unrecorded))
    }

    fn failures(&self) -> usize {
        self.failures.values().sum()
    }
}
