//! Files that are read as a whole: never more of them than such a file needs, whatever stands under the name.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Result, anyhow};

/// What a file is for, and how much of it is read at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    what: &'static str,
    most: u64,
}

/// Presets, banks, options and tolerances in TOML: ten times as much as the built-in bank has in all.
pub(super) const TOML: Bound = Bound {
    what: "such a file",
    most: 4 << 20,
};

/// The recordings of all presets together, in bytes of WAV files: they are kept in memory, four bytes to a frame.
pub(super) const RECORDINGS: Bound = Bound {
    what: "all recordings of presets together",
    most: 256 << 20,
};

/// A manifest: three million entries, or the baseline of some hundred thousand songs.
pub(super) const MANIFEST: Bound = Bound {
    what: "a manifest",
    most: 4 << 30,
};

/// What has no size, as a pipe or a device, may be endless: nothing else than songs comes from there in such amounts.
const MOST_PIPED: u64 = 64 << 20;

impl Bound {
    /// What is left of this bound for one file more, where several share it.
    pub(super) fn less(self, bytes: u64) -> Self {
        Self {
            most: self.most.saturating_sub(bytes),
            ..self
        }
    }

    /// All of a file. A regular file that is too large is refused before anything of it is read.
    pub(super) fn read(self, path: &Path) -> Result<Vec<u8>> {
        self.read_file(&File::open(path)?)
    }

    /// All of a text file.
    pub(super) fn text(self, path: &Path) -> Result<String> {
        let text = String::from_utf8(self.read(path)?);
        text.map_err(|error| {
            let place = error.utf8_error().valid_up_to();
            anyhow!("is no text: byte {place} is not UTF-8")
        })
    }

    /// All that is left of an open file.
    pub(super) fn read_file(self, file: &File) -> Result<Vec<u8>> {
        let metadata = file.metadata()?;
        if metadata.is_file() && metadata.len() > self.most {
            return Err(self.refuse());
        }
        match metadata.is_file() {
            true => self.read_from(file),
            false => self.read_pipe(file),
        }
    }

    /// All of a stream.
    pub(super) fn read_pipe(self, stream: impl Read) -> Result<Vec<u8>> {
        let most = self.most.min(MOST_PIPED);
        Self { most, ..self }.read_from(stream)
    }

    fn read_from(self, stream: impl Read) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read: io::Result<usize> = stream.take(self.most + 1).read_to_end(&mut bytes);
        read?;
        match bytes.len() as u64 > self.most {
            true => Err(self.refuse()),
            false => Ok(bytes),
        }
    }

    fn refuse(self) -> anyhow::Error {
        let Self { what, most } = self;
        anyhow!(
            "has more than the {} MiB that {what} may have; is it the right file?",
            most >> 20
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Bound = Bound {
        what: "a test",
        most: 1 << 20,
    };

    #[test]
    fn as_much_as_a_file_may_have_is_read_and_not_a_byte_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![b'a'; 1 << 20]).unwrap();
        assert_eq!(SMALL.text(&path).unwrap().len(), 1 << 20);
        std::fs::write(&path, vec![b'a'; (1 << 20) + 1]).unwrap();
        let error = format!("{:#}", SMALL.read(&path).unwrap_err());
        assert!(error.contains("more than the 1 MiB that a test"), "{error}");
    }

    #[test]
    fn a_large_file_is_refused_by_its_size_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        // A hole of a terabyte.
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        for bound in [TOML, MANIFEST] {
            assert!(bound.read(&path).is_err());
        }
    }

    #[test]
    fn an_endless_stream_ends() {
        for bound in [TOML, MANIFEST] {
            assert!(bound.read_pipe(io::repeat(0)).is_err());
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_told_by_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"ab\xFF").unwrap();
        let error = format!("{:#}", TOML.text(&path).unwrap_err());
        assert!(error.contains("byte 2 is not UTF-8"), "{error}");
    }
}
