//! A file in the making: it appears under its name complete or not at all.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fs4::{FileExt, TryLockError};
use tempfile::{Builder, NamedTempFile};

use super::links;
use super::paths::folder_of;
use super::replace::{Kind, Replace};

const PREFIX: &str = ".cascade-";
const SUFFIX: &str = ".part";

/// How often a new draft is made when it is taken for a leftover before it is locked.
const ATTEMPTS: usize = 100;

/// Removes the drafts that killed programs left in a folder and in the folders of stems in it; those that are being
/// written stay.
pub(super) fn remove_leftovers(folder: &Path) {
    for entry in entries(folder) {
        let name = entry.file_name();
        let kind = entry.file_type();
        if name.as_encoded_bytes().ends_with(b".stems") && kind.is_ok_and(|kind| kind.is_dir()) {
            entries(&entry.path()).for_each(|entry| remove_leftover(&entry));
        } else {
            remove_leftover(&entry);
        }
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

/// Removes a draft that nobody is writing. Nothing else is opened: to open a named pipe is to wait for its other end.
fn remove_leftover(entry: &DirEntry) {
    let name = entry.file_name();
    let name = name.as_encoded_bytes();
    let is_draft = name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes());
    if is_draft
        && entry.file_type().is_ok_and(|kind| kind.is_file())
        && let Ok(file) = File::open(entry.path())
        && FileExt::try_lock(&file).is_ok()
    {
        let _ = fs::remove_file(entry.path());
    }
}

/// Locks a new draft: as long as it is locked, somebody is writing it. Returns whether it is ours; between making it and
/// locking it, somebody who clears up may have taken it for a leftover.
fn claim(file: &File) -> io::Result<bool> {
    match FileExt::try_lock(file) {
        Err(TryLockError::WouldBlock) => Ok(false),
        // Not every file system has locks; there, nothing is cleared up either.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(!has_lost_its_name(file)?),
    }
}

/// Whether an open file was removed, or another one has taken its name.
#[cfg(unix)]
pub(super) fn has_lost_its_name(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() == 0)
}

/// Elsewhere a file that is open is neither removed nor replaced.
#[cfg(not(unix))]
pub(super) fn has_lost_its_name(_: &File) -> io::Result<bool> {
    Ok(false)
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
    kind: Kind,
    replace: Replace,
    /// After `file`, which is removed first.
    _entry: RegisteredDraft,
}

/// A place in the list of open drafts.
#[derive(Debug)]
struct RegisteredDraft(PathBuf);

impl Drop for RegisteredDraft {
    fn drop(&mut self) {
        open().remove(&self.0);
    }
}

impl Draft {
    /// A draft of a file, with the permissions that the file has, or would be given.
    ///
    /// # Errors
    ///
    /// Those of [`Kind::check`] for what may not be replaced, and of [`links::resolve`] for a link that is not followed.
    pub(super) fn new(target: &Path, kind: Kind, replace: Replace) -> io::Result<Self> {
        // A link stays a link: what it leads to is replaced.
        let target = links::resolve(target)?;
        kind.check(&target, replace)?;
        let folder = folder_of(&target);
        if !folder.is_dir() {
            return Err(no_folder(folder));
        }
        let existing = fs::metadata(&target).map(|metadata| metadata.permissions());
        let (file, entry) = make(folder)?;
        if let Ok(permissions) = existing {
            // Not every file system has permissions to give.
            let _ = file.as_file().set_permissions(permissions);
        }
        Ok(Self {
            file,
            target,
            kind,
            replace,
            _entry: entry,
        })
    }

    /// The bytes that are free beside it, if the system knows.
    pub(super) fn free_space(&self) -> Option<u64> {
        fs4::available_space(folder_of(&self.target)).ok()
    }

    /// Gives the file its name, unless something has come there meanwhile that may not be replaced.
    pub(super) fn finish(self) -> io::Result<()> {
        let Self {
            file,
            target,
            kind,
            replace,
            _entry,
        } = self;
        kind.check(&target, replace)?;
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

/// An empty file in a folder, locked and on the list of open drafts.
fn make(folder: &Path) -> io::Result<(NamedTempFile, RegisteredDraft)> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    plain_permissions(&mut builder);
    for _ in 0..ATTEMPTS {
        let mut open = open();
        let file = builder.tempfile_in(folder)?;
        if claim(file.as_file())? {
            let path = file.path().to_owned();
            open.insert(path.clone());
            return Ok((file, RegisteredDraft(path)));
        }
    }
    let message = "every new file in the folder is removed or locked by another program at once";
    Err(io::Error::other(message))
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
