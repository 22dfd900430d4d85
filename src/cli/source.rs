//! Where the bytes of a song come from: a file, or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::midi;

/// The most bytes that are read of an input. The largest MIDI files that people make have some hundred megabytes.
const MOST_BYTES: u64 = 1 << 30;

/// What is looked at before the rest is read.
const HEAD_BYTES: u64 = 1 << 20;

const TOO_LARGE: &str = "has more than 1 GiB, which no MIDI file needs; is it the right file?";

/// Why standard input is refused as one of several inputs.
pub(super) const NOT_AMONG_OTHERS: &str = "- (standard input) is one song without a name, so it cannot be one of \
     several inputs; give it a command of its own (a file named \"-\" is ./-)";

/// An input of the command line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// `-`.
    Stdin,
    /// A path.
    File(PathBuf),
}

impl Source {
    /// An input as typed.
    pub(super) fn new(typed: &Path) -> Self {
        if typed.as_os_str() == "-" {
            Self::Stdin
        } else {
            Self::File(typed.to_owned())
        }
    }

    /// The inputs as typed; refused if standard input is one of several.
    pub(super) fn all(typed: &[PathBuf]) -> Result<Vec<Self>> {
        let sources: Vec<Self> = typed.iter().map(|path| Self::new(path)).collect();
        if sources.len() > 1 && sources.contains(&Self::Stdin) {
            bail!(NOT_AMONG_OTHERS);
        }
        Ok(sources)
    }

    /// What messages call it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// What a progress bar calls it: without folders.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdin => self.shown(),
            Self::File(path) => path.file_name().unwrap_or_default().display().to_string(),
        }
    }

    /// All of its bytes.
    pub(super) fn read(&self) -> Result<Vec<u8>> {
        match self {
            Self::Stdin => read_stream(io::stdin().lock()),
            Self::File(path) => read_file(path),
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).context("cannot be opened")?;
    let metadata = file.metadata().context("cannot be read")?;
    if metadata.is_dir() {
        bail!(
            "is a folder; name it on the command line of `cascade render`, or the MIDI files in it"
        );
    }
    if !metadata.is_file() {
        return read_stream(file);
    }
    if metadata.len() > MOST_BYTES {
        bail!(TOO_LARGE);
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    read_on(file, MOST_BYTES + 1, &mut bytes)?;
    Ok(bytes)
}

/// All bytes of a stream, which may be endless: no more than the first are read where those are no MIDI file.
fn read_stream(mut stream: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_on(&mut stream, HEAD_BYTES, &mut bytes)?;
    if midi::may_be_midi(&bytes) {
        read_on(stream, MOST_BYTES + 1 - HEAD_BYTES, &mut bytes)?;
    }
    Ok(bytes)
}

/// Reads so many bytes more, or as many as there are.
fn read_on(stream: impl Read, most: u64, bytes: &mut Vec<u8>) -> Result<()> {
    let read = stream.take(most).read_to_end(bytes);
    read.context("cannot be read")?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!(TOO_LARGE);
    }
    Ok(())
}
