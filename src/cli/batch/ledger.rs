//! The manifest as a file: a line is added for each input as it ends, and at the end of a run one line each is left.
//!
//! Several runs may share an output folder, as shards and the jobs of GNU parallel do. So whoever adds a line or writes the
//! file anew holds its lock; who comes after finds out whether the file was replaced meanwhile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use fs4::FileExt;

use crate::batch::manifest::{Entry, FILE_NAME, Manifest};
use crate::cli::draft::Draft;
use crate::cli::targets;

/// An open manifest.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    file: Mutex<File>,
}

impl Ledger {
    /// Opens the manifest of an output folder; both are made if they are missing.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        targets::make_folder(folder)?;
        let path = folder.join(FILE_NAME);
        let file = open(&path).with_context(|| cannot_write(&path))?;
        Ok(Self {
            path,
            file: Mutex::new(file),
        })
    }

    /// What it holds.
    pub(super) fn read(&self) -> Result<Manifest> {
        let bytes = fs::read(&self.path);
        let bytes = bytes.with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(Manifest::parse(bytes))
    }

    /// Adds a line, in one piece or not at all.
    pub(super) fn append(&self, entry: &Entry) -> Result<()> {
        let line = entry.line()?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let added = self.locked(&mut file, |file| {
            let end = file.seek(SeekFrom::End(0))?;
            let added = add(file, end, &line);
            if added.is_err() {
                // Half a line would spoil the next one.
                let _ = file.set_len(end);
            }
            added
        });
        added.with_context(|| cannot_write(&self.path))
    }

    /// Leaves one line for each output, in their order.
    pub(super) fn compact(self) -> Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let compacted = self.locked(&mut file, |file| {
            let mut bytes = Vec::new();
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
            let manifest = Manifest::parse(bytes);
            if manifest.is_compact() {
                return Ok(());
            }
            let mut draft = BufWriter::new(Draft::new(&self.path)?);
            for line in manifest.lines() {
                draft.write_all(line)?;
                draft.write_all(b"\n")?;
            }
            draft.into_inner()?.finish()
        });
        compacted.with_context(|| cannot_write(&self.path))
    }

    /// Does something with the file that has the manifest's name, while nobody else does.
    fn locked<T>(
        &self,
        file: &mut File,
        act: impl FnOnce(&mut File) -> io::Result<T>,
    ) -> io::Result<T> {
        // Not every file system has locks; there, only one run at a time is safe.
        let _ = FileExt::lock(file);
        while was_replaced(file)? {
            *file = open(&self.path)?;
            let _ = FileExt::lock(file);
        }
        let result = act(file);
        let _ = FileExt::unlock(file);
        result
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).open(path)
}

/// Adds a line at the end, behind a line that a killed run tore off.
fn add(file: &mut File, end: u64, line: &[u8]) -> io::Result<()> {
    let mut last = [b'\n'];
    if end > 0 {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut last)?;
    }
    match last {
        [b'\n'] => file.write_all(line),
        _ => file.write_all(&[b"\n", line].concat()),
    }
}

/// Whether the file has lost its name to another.
#[cfg(unix)]
fn was_replaced(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() == 0)
}

/// Elsewhere a file that is open is not replaced.
#[cfg(not(unix))]
fn was_replaced(_: &File) -> io::Result<bool> {
    Ok(false)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write the manifest {}", path.display())
}
