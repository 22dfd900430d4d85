//! Reports that are files: what they may replace is settled before anything is rendered or compared.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::inputs::has_song_extension;
use super::paths::{Identities, folder_of, is_stream};
use super::replace::{Kind, Replace};
use super::sink::Sink;
use super::targets::Target;

/// The files of a command that no report replaces.
#[derive(Default)]
pub(super) struct Kept {
    identities: Identities,
    /// What each of them is.
    files: HashMap<PathBuf, &'static str>,
}

impl Kept {
    /// Keeps a file, there or not; `what` completes "is ...".
    pub(super) fn keep(&mut self, path: &Path, what: &'static str) {
        let identity = self.identities.of(path);
        self.files.entry(identity).or_insert(what);
    }

    /// Refuses a report that would replace what is to be kept, or what Cascade did not write; keeps it from now on.
    ///
    /// # Errors
    ///
    /// What lies there, and what to do.
    pub(super) fn check(&mut self, path: &Path, kind: Kind) -> Result<()> {
        let told = || format!("cannot write {}", path.display());
        if is_stream(path) {
            return Ok(());
        }
        if let Some(what) = self.files.get(&self.identities.of(path)) {
            return Err(io::Error::other(format!("it is {what}; name another file")))
                .with_context(told);
        }
        kind.check(path, Replace::Own).with_context(told)?;
        if !path.exists() {
            check_new(path).with_context(told)?;
        }
        self.keep(path, "another report of this command");
        Ok(())
    }
}

/// Refuses what cannot be written, or would be taken for a song the next time.
fn check_new(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        bail!("there is no folder {}; make it first", folder.display());
    }
    if has_song_extension(path) {
        bail!("its name is that of a MIDI file; name another file");
    }
    Ok(())
}

/// Writes a report, which appears when it is complete; a device or a pipe gets it as it is.
pub(super) fn write(path: &Path, kind: Kind, bytes: &[u8]) -> Result<()> {
    let mut sink = Sink::open(&Target::File(path.to_owned()), kind, Replace::Own)?;
    let written = sink.write_all(bytes).and_then(|()| sink.finish());
    written.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{compare, junit};
    use std::fs;
    use tempfile::TempDir;

    #[test]
    fn a_report_replaces_its_like_and_nothing_else() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("report");
        let junit = junit::of("cascade verify", &[]);
        let page = compare::page::document("cascade compare", "1 file", "");
        let kinds = [Kind::Junit, Kind::Page, Kind::Difference];
        let check = |bytes: &[u8], expected: [bool; 3]| {
            fs::write(&path, bytes).unwrap();
            let allowed = kinds.map(|kind| Kept::default().check(&path, kind).is_ok());
            assert_eq!(allowed, expected, "{}", String::from_utf8_lossy(bytes));
        };
        check(b"", [true; 3]);
        check(junit.as_bytes(), [true, false, false]);
        check(page.as_bytes(), [false, true, false]);
        check(b"RIFF\0\0\0\0WAVE", [false, false, true]);
        check(b"MThd\0\0\0\x06", [false; 3]);
        check(b"{\"input\": \"a.mid\"}", [false; 3]);
        check(
            b"<?xml version=\"1.0\"?>\n<testsuites name=\"pytest tests\">",
            [false; 3],
        );
        check(
            b"<!doctype html>\n<html lang=\"en\">\n<head>\n<title>My diary",
            [false; 3],
        );
    }

    #[test]
    fn what_is_kept_is_known_by_any_name() {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut kept = Kept::default();
        kept.keep(&path("a/gone.xml"), "an input");
        let refused = |kept: &mut Kept, name: &str| {
            let found = kept.check(&path(name), Kind::Junit);
            found
                .err()
                .map(|error| format!("{error:#}"))
                .unwrap_or_default()
        };
        assert!(refused(&mut kept, "a/../a/gone.xml").contains("it is an input"));
        assert_eq!(refused(&mut kept, "a/new.xml"), "");
        assert!(refused(&mut kept, "a/./new.xml").contains("another report"));
        assert!(refused(&mut kept, "a/new.MID").contains("name is that of a MIDI file"));
        assert!(refused(&mut kept, "b/new.xml").contains("there is no folder"));
        assert!(refused(&mut kept, "a").contains("there is a folder of that name"));
    }
}
