//! The files of a song, complete but for their names: what is beside a recording gets its name before it, so that there is
//! no recording whose labels or stems failed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result};

use super::failure::Failure;
use super::labels::Labels;
use super::sink::Sink;
use super::stems::StemFiles;
use super::targets::Target;
use crate::batch::digest;
use crate::batch::manifest::Companion;

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

/// Whether a file is there as it was written.
pub(super) fn is_as_written(path: &Path, companion: &Companion) -> bool {
    read_regular(path, companion.bytes).is_some_and(|bytes| {
        bytes.len() as u64 == companion.bytes && digest::of_bytes(&bytes) == companion.hash
    })
}

/// The bytes of a regular file that has at most so many. Nothing else is opened: a named pipe would be waited for.
pub(super) fn read_regular(path: &Path, most: u64) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > most {
        return None;
    }
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().ok()
}
