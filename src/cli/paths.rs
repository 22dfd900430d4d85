//! What a path is: the folder that it is in, the one name of its file, and whether it can only be written to.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The one name of a file that has many: links and dots resolved, whether it exists or only its folder does.
#[derive(Default)]
pub(super) struct Identities {
    /// The folders met so far, resolved.
    folders: HashMap<PathBuf, PathBuf>,
}

impl Identities {
    /// The name of a path.
    pub(super) fn of(&mut self, path: &Path) -> PathBuf {
        if path.is_symlink()
            && let Ok(resolved) = path.canonicalize()
        {
            return resolved;
        }
        let folder = folder_of(path);
        if !self.folders.contains_key(folder) {
            let resolved = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            self.folders.insert(folder.to_owned(), resolved);
        }
        unified(self.folders[folder].join(path.file_name().unwrap_or_default()))
    }
}

/// What file systems that do not tell small letters from large take for the same name.
fn unified(path: PathBuf) -> PathBuf {
    match path.to_str() {
        Some(text) if cfg!(any(windows, target_vendor = "apple")) => text.to_lowercase().into(),
        _ => path,
    }
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether a path exists and is no regular file, so that it can only be written to, not replaced.
pub(super) fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}
