//! Where the bytes of a recording go: a file that appears when it is complete, a stream, or nowhere.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result, bail};

use super::draft::Draft;
use super::links;
use super::paths::is_stream;
use super::replace::{Kind, Replace};
use super::targets::Target;

/// An open output.
#[derive(Debug)]
pub(super) enum Sink {
    /// A file in the making.
    Draft(Draft),
    /// Standard output, a device or a named pipe: written as it comes.
    Stream(File),
    /// Nothing is kept.
    Nothing,
}

impl Sink {
    /// Opens an output; terminals are refused.
    pub(super) fn open(target: &Target, kind: Kind, replace: Replace) -> Result<Self> {
        let open = || match target {
            Target::Stdout => stdout().map(Self::Stream),
            Target::File(path) if is_stream(path) => {
                links::check(path)?;
                OpenOptions::new().write(true).open(path).map(Self::Stream)
            }
            Target::File(path) => Draft::new(path, kind, replace).map(Self::Draft),
            Target::Nowhere => Ok(Self::Nothing),
        };
        let sink = open();
        let sink = sink.with_context(|| format!("cannot write {}", target.shown()))?;
        if matches!(&sink, Self::Stream(file) if file.is_terminal()) {
            bail!(TERMINAL);
        }
        Ok(sink)
    }

    /// The bytes that are free for the file, if it is one and the system knows.
    pub(super) fn free_space(&self) -> Option<u64> {
        match self {
            Self::Draft(draft) => draft.free_space(),
            Self::Stream(_) | Self::Nothing => None,
        }
    }

    /// Completes the file, if it is one.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Draft(draft) => draft.finish(),
            Self::Stream(_) | Self::Nothing => Ok(()),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Draft(draft) => draft.write(bytes),
            Self::Stream(file) => file.write(bytes),
            Self::Nothing => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Draft(draft) => draft.flush(),
            Self::Stream(file) => file.flush(),
            Self::Nothing => Ok(()),
        }
    }
}

const TERMINAL: &str = "standard output is a terminal, which cannot show audio; \
    name a file with --output song.wav, or pipe it into a player: cascade render -o - song.mid | aplay";

/// Refuses to write audio to a terminal.
pub(super) fn refuse_terminal(target: &Target) -> Result<()> {
    if *target == Target::Stdout && io::stdout().is_terminal() {
        bail!(TERMINAL);
    }
    Ok(())
}

/// Standard output without the line buffer that [`io::stdout`] has.
#[cfg(unix)]
fn stdout() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Standard output without the line buffer that [`io::stdout`] has.
#[cfg(windows)]
fn stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}
