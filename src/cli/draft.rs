//! A file in the making: it appears under its name complete or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fs4::FileExt;
use tempfile::{Builder, NamedTempFile};

use super::targets::folder_of;

const PREFIX: &str = ".cascade-";
const SUFFIX: &str = ".part";

/// Removes the drafts that killed programs left in a folder; those that are being written stay.
pub(super) fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX)
            && name.ends_with(SUFFIX)
            && let Ok(file) = fs::File::open(entry.path())
            && FileExt::try_lock(&file).is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The drafts that exist now. Whoever makes, renames or removes one holds the lock.
static OPEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

type Open = MutexGuard<'static, BTreeSet<PathBuf>>;

fn open() -> Open {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every draft. No other can be made while the result is kept.
#[cfg(unix)]
pub(super) fn remove_all() -> Open {
    let open = open();
    for path in open.iter() {
        let _ = fs::remove_file(path);
    }
    open
}

/// A temporary file in the folder of the file that it will become. It is removed when it is dropped.
#[derive(Debug)]
pub(super) struct Draft {
    file: NamedTempFile,
    target: PathBuf,
    /// After `file`, which is removed first.
    _entry: Entry,
}

/// A place in the list of open drafts.
#[derive(Debug)]
struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        open().remove(&self.0);
    }
}

impl Draft {
    /// A draft of a file, with the permissions that the file has, or would be given.
    pub(super) fn new(target: &Path) -> io::Result<Self> {
        // A link stays a link: what it leads to is replaced.
        let target = target.canonicalize().unwrap_or_else(|_| target.to_owned());
        let folder = folder_of(&target);
        if !folder.is_dir() {
            return Err(no_folder(folder));
        }
        let existing = fs::metadata(&target).map(|metadata| metadata.permissions());
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        plain_permissions(&mut builder);
        let mut open = open();
        let file = builder.tempfile_in(folder)?;
        let path = file.path().to_owned();
        open.insert(path.clone());
        // As long as it is locked, somebody is writing it. Not every file system has locks.
        let _ = FileExt::try_lock(file.as_file());
        if let Ok(permissions) = existing {
            // Not every file system has permissions to give.
            let _ = file.as_file().set_permissions(permissions);
        }
        Ok(Self {
            file,
            target,
            _entry: Entry(path),
        })
    }

    /// The bytes that are free beside it, if the system knows.
    pub(super) fn free_space(&self) -> Option<u64> {
        fs4::available_space(folder_of(&self.target)).ok()
    }

    /// Gives the file its name.
    pub(super) fn finish(self) -> io::Result<()> {
        let Self {
            file,
            target,
            _entry,
        } = self;
        let open = open();
        let named = file.persist(&target);
        drop(open);
        named?;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

fn no_folder(folder: &Path) -> io::Error {
    let message = format!("there is no folder {}; make it first", folder.display());
    io::Error::new(io::ErrorKind::NotFound, message)
}

/// What the umask leaves of read and write for all, as for every new file; `tempfile` would give its owner alone
/// access.
#[cfg(unix)]
fn plain_permissions(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn plain_permissions(_: &mut Builder<'_, '_>) {}
