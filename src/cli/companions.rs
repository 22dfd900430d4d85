//! The files beside a recording: whether they are still as they were written.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::batch::digest;
use crate::batch::manifest::Companion;

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
