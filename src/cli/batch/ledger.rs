//! The manifest as a file: a line is added for each input as it ends, and at the end of a run one line each is left.
//!
//! Several runs may share an output folder, as shards and the jobs of GNU parallel do. So whoever adds a line or writes the
//! file anew holds its lock; who comes after finds out whether the file was replaced meanwhile, and what was added. A
//! recording gets its name under that lock, too: of two runs that make the same one of different songs, the second sees it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use fs4::{FileExt, TryLockError};

use crate::batch::manifest::{Entry, ErrorKind, FILE_NAME, Manifest};
use crate::cli::bounded;
use crate::cli::draft::{Draft, has_lost_its_name};
use crate::cli::failure::{Failure, OrFailure};
use crate::cli::replace::{Kind, Replace};
use crate::cli::{links, targets};

/// How long a lock is waited for. Other runs hold it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked for.
const PAUSE: Duration = Duration::from_millis(2);

/// An open manifest.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    open: Mutex<Open>,
}

/// The file, and how far it is known.
#[derive(Debug)]
struct Open {
    file: File,
    /// The bytes that were read, or written here.
    known: u64,
    /// What others have added since the run began.
    added: Manifest,
}

impl Ledger {
    /// Opens the manifest of an output folder, and reads it; both are made if they are missing.
    pub(super) fn open(folder: &Path) -> Result<(Self, Manifest)> {
        targets::make_folder(folder)?;
        let path = folder.join(FILE_NAME);
        let ready = || {
            let path = links::resolve(&path)?;
            Kind::Manifest.check(&path, Replace::Own)?;
            let open = Open {
                file: open(&path)?,
                known: 0,
                added: Manifest::default(),
            };
            let ledger = Self {
                path,
                open: Mutex::new(open),
            };
            let manifest = ledger.locked(&mut ledger.lock(), |open| {
                Ok(std::mem::take(&mut open.added))
            })?;
            Ok::<_, io::Error>((ledger, manifest))
        };
        ready().with_context(|| cannot_write(&path))
    }

    /// Adds the line of a song that was not rendered. Where that is since another run has recorded its output, this stays.
    pub(super) fn append(&self, entry: &Entry) -> Result<()> {
        let added = self.locked(&mut self.lock(), |open| {
            let is_kept =
                entry.error_kind == Some(ErrorKind::Occupied) && open.added_of(entry).is_some();
            if is_kept { Ok(()) } else { open.append(entry) }
        });
        added.with_context(|| cannot_write(&self.path))
    }

    /// Publishes a recording and adds its line, if it is news, while no other run does. `refuse` is told what others have
    /// recorded of the same output since this run began.
    pub(super) fn publish(
        &self,
        entry: &Entry,
        is_news: bool,
        refuse: impl FnOnce(&Entry) -> Result<(), Failure>,
        publish: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let published = self.locked(&mut self.lock(), |open| {
            let others = open.added_of(entry);
            let published = others.map_or(Ok(()), |others| refuse(&others));
            if let Err(failure) = published.and_then(|()| publish()) {
                return Ok(Err(failure));
            }
            if is_news {
                open.append(entry)?;
            }
            Ok(Ok(()))
        });
        let recorded = published.with_context(|| cannot_write(&self.path));
        recorded.or_failure(ErrorKind::CannotWrite)?
    }

    /// Leaves one line for each output, in their order; returns how many lines were lost, since they are no entries.
    pub(super) fn compact(self) -> Result<usize> {
        let compacted = self.locked(&mut self.lock(), |open| {
            open.file.rewind()?;
            let bytes = bounded::MANIFEST.read_file(&open.file);
            let manifest = Manifest::parse(bytes.map_err(io::Error::other)?);
            if !manifest.is_compact() {
                let draft = Draft::new(&self.path, Kind::Manifest, Replace::Own)?;
                let mut draft = BufWriter::new(draft);
                for line in manifest.lines() {
                    draft.write_all(line)?;
                    draft.write_all(b"\n")?;
                }
                draft.into_inner()?.finish()?;
            }
            Ok(manifest.strangers().len())
        });
        compacted.with_context(|| cannot_write(&self.path))
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the file that has the manifest's name, while nobody else does, all of it being known.
    fn locked<T>(
        &self,
        open: &mut Open,
        act: impl FnOnce(&mut Open) -> io::Result<T>,
    ) -> io::Result<T> {
        wait_for(&open.file)?;
        while has_lost_its_name(&open.file)? {
            open.file = self::open(&self.path)?;
            open.known = 0;
            wait_for(&open.file)?;
        }
        let result = open.catch_up().and_then(|()| act(open));
        let _ = FileExt::unlock(&open.file);
        result
    }
}

impl Open {
    /// What others have recorded of an entry's output.
    fn added_of(&self, entry: &Entry) -> Option<Entry> {
        self.added.find(entry.output.as_ref()?)
    }

    /// Reads what others have added.
    fn catch_up(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() > self.known {
            self.file.seek(SeekFrom::Start(self.known))?;
            let bytes = bounded::MANIFEST.read_file(&self.file);
            let bytes = bytes.map_err(io::Error::other)?;
            self.known += bytes.len() as u64;
            self.added.extend(&bytes);
        }
        Ok(())
    }

    /// Adds a line at the end, in one piece or not at all, behind a line that a killed run tore off.
    fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let end = self.file.seek(SeekFrom::End(0))?;
        let mut last = [b'\n'];
        if end > 0 {
            self.file.seek(SeekFrom::Start(end - 1))?;
            self.file.read_exact(&mut last)?;
        }
        let line = entry.line()?;
        let line = match last {
            [b'\n'] => line,
            _ => [b"\n".as_slice(), &line].concat(),
        };
        let added = self.file.write_all(&line);
        match added {
            Ok(()) => self.known = end + line.len() as u64,
            // Half a line would spoil the next one.
            Err(_) => self.file.set_len(end)?,
        }
        added
    }
}

/// The lock of a file. Not every file system has locks; there, only one run at a time is safe.
fn wait_for(file: &File) -> io::Result<()> {
    let begun = Instant::now();
    while let Err(TryLockError::WouldBlock) = FileExt::try_lock(file) {
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "another program has kept it locked for ten seconds; end that program, or write to another folder",
            ));
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).open(path)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write the manifest {}", path.display())
}
