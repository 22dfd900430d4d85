//! The files of a song, complete but for their names: what is beside a recording gets its name before it, so that there is
//! no recording whose labels or stems failed.

use anyhow::{Context, Result};

use super::failure::Failure;
use super::labels::Labels;
use super::sink::Sink;
use super::stems::StemFiles;
use super::targets::Target;

/// The files of a song.
pub(super) struct Outputs {
    /// Where the recording goes.
    pub(super) target: Target,
    /// The recording.
    pub(super) recording: Sink,
    /// Its notes, where they were asked for.
    pub(super) labels: Option<Labels>,
    /// Its stems, where they were asked for.
    pub(super) stems: Option<StemFiles>,
}

impl Outputs {
    /// Gives every file its name.
    pub(super) fn publish(self) -> Result<(), Failure> {
        let publish = || -> Result<()> {
            if let Some(labels) = self.labels {
                labels.draft.finish().context("cannot write the labels")?;
            }
            if let Some(stems) = self.stems {
                stems.publish().context("cannot write the stems")?;
            }
            let written = self.recording.finish();
            written.with_context(|| format!("cannot write {}", self.target.shown()))
        };
        publish().map_err(Failure::writing)
    }
}
