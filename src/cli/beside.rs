//! What lies beside a preset or a bank: the presets that a bank names, and the recordings that presets play.

use std::fs;
use std::path::{Path, PathBuf};

use super::bounded;
use super::config::leads_out;

/// Reads files by their names from a folder on.
#[derive(Debug)]
pub(super) struct Beside<'f> {
    /// `bank` or `preset`.
    named_by: &'static str,
    folder: &'f Path,
    /// Whether what names them was found, not given: then they lie below the current folder.
    is_found: bool,
    /// The bytes of text and of recordings that have been read: all together are no more than one alone may be.
    texts: u64,
    recordings: u64,
    /// The recordings that have been read.
    pub(super) files: Vec<PathBuf>,
}

impl<'f> Beside<'f> {
    pub(super) fn new(named_by: &'static str, folder: &'f Path, is_found: bool) -> Self {
        Self {
            named_by,
            folder,
            is_found,
            texts: 0,
            recordings: 0,
            files: Vec::new(),
        }
    }

    /// All of a file, or why it cannot be had.
    pub(super) fn load(&mut self, file: &str) -> Result<Vec<u8>, String> {
        let path = self.folder.join(file);
        if self.is_found && leads_out(Path::new("."), &path) {
            let named_by = self.named_by;
            return Err(format!(
                "is outside of this folder, and the {named_by} was found, not given; type --{named_by}"
            ));
        }
        let is_text = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        let (bound, read) = match is_text {
            true => (bounded::TOML, &mut self.texts),
            false => (bounded::RECORDINGS, &mut self.recordings),
        };
        // A pipe may never end, and a device neither.
        let must_be_file = self.is_found || !is_text;
        if must_be_file && fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err("is no regular file".to_owned());
        }
        let bytes = bound.less(*read).read(&path);
        let bytes = bytes.map_err(|error| format!("{error:#}"))?;
        *read += bytes.len() as u64;
        if !is_text {
            self.files.push(path);
        }
        Ok(bytes)
    }
}
