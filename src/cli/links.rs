//! Where the links of an output's path lead, and which of them are followed.
//!
//! Links are followed as `cp` follows them, but for those that somebody else may have planted: a link of another user in a
//! folder that others can write, such as /tmp, could lead to any file of ours.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

#[cfg(unix)]
use super::paths::folder_of;

/// The most links on the way to one file, as in Linux.
const MOST_LINKS: usize = 40;

/// The path of a file without links; its last part need not exist.
///
/// # Errors
///
/// A link that is not followed, or that leads nowhere.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    let resolved = walk(path)?;
    if path.is_symlink() && !path.exists() {
        let leads_to = resolved.display();
        return Err(refused(format!(
            "it is a link to {leads_to}, which is not there; make that file, or remove the link"
        )));
    }
    Ok(resolved)
}

/// Refuses a path that leads over a link which somebody else may have planted.
pub(super) fn check(path: &Path) -> io::Result<()> {
    walk(path).map(|_| ())
}

/// Follows a path part by part.
fn walk(path: &Path) -> io::Result<PathBuf> {
    let mut resolved = PathBuf::new();
    let mut left: VecDeque<OsString> = parts(path).collect();
    let mut links = 0;
    while let Some(part) = left.pop_front() {
        if part == ".." {
            leave(&mut resolved);
            continue;
        }
        let next = resolved.join(&part);
        let Ok(target) = fs::read_link(&next) else {
            resolved = next;
            continue;
        };
        links += 1;
        if links > MOST_LINKS {
            return Err(refused(format!("{} leads in a circle", next.display())));
        }
        if is_planted(&next)? {
            return Err(refused(format!(
                "{} is a link that another user made, in a folder that others can write; it is not followed: name what \
                 it leads to, {}, if that is meant",
                next.display(),
                target.display()
            )));
        }
        for part in parts(&target).rev() {
            left.push_front(part);
        }
    }
    Ok(resolved)
}

/// The parts of a path, its root among them.
fn parts(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    let components = path.components();
    let real = components.filter(|component| *component != Component::CurDir);
    real.map(|component| component.as_os_str().to_owned())
}

/// One folder up; a relative path may begin with several of these.
fn leave(resolved: &mut PathBuf) {
    match resolved.components().next_back() {
        Some(Component::Normal(_)) => {
            resolved.pop();
        }
        Some(Component::RootDir | Component::Prefix(_)) => {}
        _ => resolved.push(".."),
    }
}

/// Whether a link belongs to another user than this one and the superuser, in a folder that others can write.
#[cfg(unix)]
fn is_planted(link: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    const OTHERS_WRITE: u32 = 0o022;

    let owner = fs::symlink_metadata(link)?.uid();
    let trusted = owner == rustix::process::geteuid().as_raw() || owner == 0;
    let folder = fs::metadata(folder_of(link))?;
    Ok(!trusted && folder.mode() & OTHERS_WRITE != 0)
}

/// Elsewhere only administrators make links.
#[cfg(not(unix))]
fn is_planted(_: &Path) -> io::Result<bool> {
    Ok(false)
}

fn refused(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, lchown, symlink};
    use tempfile::TempDir;

    /// A folder with a file, and links to it.
    fn folder() -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().canonicalize().unwrap();
        fs::create_dir(path.join("real")).unwrap();
        fs::write(path.join("real/file"), b"").unwrap();
        symlink("real/file", path.join("link")).unwrap();
        symlink("real", path.join("folder")).unwrap();
        symlink("gone", path.join("dangling")).unwrap();
        symlink("circle", path.join("circle")).unwrap();
        (folder, path)
    }

    #[test]
    fn links_are_resolved_as_the_system_does_it() {
        let (_folder, path) = folder();
        for name in [
            "link",
            "folder/file",
            "folder/../link",
            "./real/file",
            "real/../folder/./file",
        ] {
            let expected = path.join(name).canonicalize().unwrap();
            assert_eq!(resolve(&path.join(name)).unwrap(), expected, "{name}");
        }
        assert_eq!(
            resolve(&path.join("folder/new")).unwrap(),
            path.join("real/new")
        );
        assert_eq!(resolve(Path::new("../a/../b")).unwrap(), Path::new("../b"));
    }

    #[test]
    fn links_that_lead_nowhere_are_refused() {
        let (_folder, path) = folder();
        for name in ["dangling", "circle"] {
            assert!(resolve(&path.join(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn links_of_others_where_others_write_are_refused() {
        let (_folder, path) = folder();
        // Only the superuser can give a link away.
        let stranger = Some(12_345);
        if lchown(path.join("link"), stranger, None).is_err() {
            eprintln!("not the superuser: links of other users are not tried");
            return;
        }
        lchown(path.join("folder"), stranger, None).unwrap();
        let permit = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        for (mode, followed) in [
            (0o755, true),
            (0o777, false),
            (0o1777, false),
            (0o775, false),
        ] {
            permit(mode);
            for name in ["link", "folder/file"] {
                let found = check(&path.join(name)).is_ok();
                assert_eq!(found, followed, "{name} in {mode:o}");
            }
        }
    }
}
