//! What an output may replace: a file that looks as if Cascade had written it; any other, only where that was asked for.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::batch::manifest;
use crate::wav::WavSpec;

/// The most bytes by which a kind of file is known.
const HEAD: u64 = 512;

/// A kind of file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A recording in a container.
    Recording,
    /// A recording of what differs.
    Difference,
    /// Samples without a header, by which nothing could be known.
    Samples,
    /// The notes of a recording as a table.
    LabelsCsv,
    /// The notes of a recording as JSON lines.
    LabelsJsonl,
    /// The list of the stems.
    StemList,
    /// The manifest of a folder.
    Manifest,
    /// A report in JUnit's XML.
    Junit,
    /// A report as a page.
    Page,
    /// A picture.
    Picture,
}

/// What may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replace {
    /// A file of the kind that is written.
    Own,
    /// Any file: `--force`, or a manifest that names it.
    Any,
}

impl Replace {
    /// Any file, if that was asked for.
    pub(super) const fn any_if(asked: bool) -> Self {
        if asked { Self::Any } else { Self::Own }
    }
}

impl Kind {
    /// What a recording is written as.
    pub(super) const fn of(wav: &WavSpec) -> Self {
        if wav.raw {
            Self::Samples
        } else {
            Self::Recording
        }
    }

    /// Refuses to replace what lies at a path, if anything does.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` for a file that is read-only, `AlreadyExists` for one of another kind, `IsADirectory`.
    pub(super) fn check(self, path: &Path, replace: Replace) -> io::Result<()> {
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            metadata => metadata?,
        };
        if metadata.is_dir() {
            let message = "there is a folder of that name";
            return Err(io::Error::new(io::ErrorKind::IsADirectory, message));
        }
        if !metadata.is_file() {
            let message = "what has that name is no regular file, and is not replaced";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        if metadata.permissions().readonly() {
            return Err(read_only());
        }
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(read_only());
            }
            file => file?,
        };
        if replace == Replace::Any || metadata.len() == 0 {
            return Ok(());
        }
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head)?;
        match self.is(&head) {
            true => Ok(()),
            false => Err(self.refused()),
        }
    }

    /// Whether a file that begins like this is one of the kind.
    fn is(self, head: &[u8]) -> bool {
        let begins = |magic: &[u8]| head.starts_with(magic);
        // A text may be torn off within its first words.
        let may_begin = |magic: &[u8]| begins(magic) || magic.starts_with(head);
        match self {
            // A RIFF may also be a MIDI file, a SoundFont or a picture.
            Self::Recording | Self::Difference => {
                begins(b"fLaC")
                    || (begins(b"RIFF") || begins(b"RF64"))
                        && head.get(8..12).is_none_or(|form| form == b"WAVE")
            }
            Self::Samples => false,
            Self::LabelsCsv => may_begin(b"onset_frame,"),
            Self::LabelsJsonl => may_begin(b"{\"onset_frame\":"),
            Self::StemList => may_begin(b"{\n  \"recording\":"),
            Self::Manifest => manifest::is_manifest(head),
            // Each of these may be anyone's, but for a few words.
            Self::Junit => begins(b"<?xml") && contains(head, b"<testsuite name=\"cascade "),
            Self::Page => begins(b"<!doctype html>") && contains(head, b"<title>cascade "),
            Self::Picture => begins(b"<svg") && contains(head, b" role=\"img\" aria-label=\""),
        }
    }

    fn refused(self) -> io::Error {
        let (is_not, advice) = match self {
            Self::Recording => ("is no recording", FORCE),
            Self::Difference => ("is no recording", OTHER),
            Self::Samples => (
                "may be anything: no manifest names it as samples that were rendered",
                FORCE,
            ),
            Self::LabelsCsv | Self::LabelsJsonl => ("holds no labels", FORCE),
            Self::StemList => ("is no list of stems", FORCE),
            Self::Manifest => ("is no manifest", "name another folder, or move it away"),
            Self::Junit => ("is not a JUnit report by Cascade", OTHER),
            Self::Page => ("is not a page by Cascade", OTHER),
            Self::Picture => ("is not a picture by Cascade", OTHER),
        };
        let message = format!("there is a file of that name, which {is_not}; {advice}");
        io::Error::new(io::ErrorKind::AlreadyExists, message)
    }
}

const FORCE: &str = "write elsewhere with --output, or replace it with --force";
const OTHER: &str = "name another file, or remove this one";

fn read_only() -> io::Error {
    let message = "there is a read-only file of that name, which is not replaced; write elsewhere, or make it writable";
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
