//! A folder for what `cascade verify` needs only while it runs: nobody else can look into it, and it goes with the program.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use tempfile::{Builder, TempDir};

/// The folders that exist now. Whoever makes or removes one holds the lock.
static OPEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

type Open = MutexGuard<'static, BTreeSet<PathBuf>>;

fn open() -> Open {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every folder with what is in it. No other can be made while the result is kept.
#[cfg(unix)]
pub(super) fn remove_all() -> Open {
    let open = open();
    for path in open.iter() {
        let _ = fs::remove_dir_all(path);
    }
    open
}

/// A temporary folder that is made when it is first asked for, and removed when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Scratch(Mutex<Option<TempDir>>);

impl Scratch {
    /// The folder.
    ///
    /// # Errors
    ///
    /// Where none can be made.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        let mut folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*folder {
            return Ok(folder.path().to_owned());
        }
        let mut open = open();
        let made = make()?;
        let path = made.path().to_owned();
        open.insert(path.clone());
        *folder = Some(made);
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let folder = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = folder.take() {
            let mut open = open();
            open.remove(folder.path());
            // A folder that cannot be removed is not worth a failure.
            let _ = folder.close();
        }
    }
}

fn make() -> Result<TempDir> {
    let parent = match env::temp_dir() {
        // Set to nothing, it would be the current folder.
        unset if unset.as_os_str().is_empty() => fallback().to_owned(),
        parent => parent,
    };
    let mut builder = Builder::new();
    builder.prefix("cascade-verify-");
    private(&mut builder);
    let made = builder.tempdir_in(&parent);
    made.with_context(|| {
        format!(
            "cannot make a temporary folder in {}; set TMPDIR to a folder that you can write to",
            parent.display()
        )
    })
}

fn fallback() -> &'static Path {
    Path::new(if cfg!(unix) { "/tmp" } else { "." })
}

/// For its owner alone, whatever the umask leaves.
#[cfg(unix)]
fn private(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o700));
}

/// Elsewhere temporary folders are below that of the user.
#[cfg(not(unix))]
fn private(_: &mut Builder<'_, '_>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_when_it_is_needed_and_goes_with_what_is_in_it() {
        let scratch = Scratch::default();
        let path = scratch.folder().unwrap();
        fs::write(path.join("a.wav"), b"RIFF").unwrap();
        assert_eq!(scratch.folder().unwrap(), path);
        assert!(open().contains(&path));
        drop(scratch);
        assert!(!path.exists() && !open().contains(&path));
    }

    #[test]
    fn a_panic_takes_it_away() {
        let path = Mutex::new(PathBuf::new());
        let fault = std::panic::catch_unwind(|| {
            let scratch = Scratch::default();
            *path.lock().unwrap() = scratch.folder().unwrap();
            panic!("on purpose");
        });
        assert!(fault.is_err() && !path.into_inner().unwrap().exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_look_into_it() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::default();
        let metadata = fs::metadata(scratch.folder().unwrap()).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o700);
    }
}
