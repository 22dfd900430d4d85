//! The songs that lie where those of the manifest came from, and have no entry in it.
//!
//! Entries name the folder that they are songs of. Those of Cascade 0.1.0 do not: there it is what the path of an input has
//! before the path of its output, and where it has nothing before, the folder that the input itself is in.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};

use super::baselined::Baselined;
use crate::batch::manifest::{Entry, ErrorKind, Folder, Status};
use crate::batch::name::Name;
use crate::cli::inputs::{self, Input};
use crate::cli::paths::Identities;
use crate::cli::source::Source;

/// The songs that the manifest lacks, folder by folder, in the order of their names.
pub(super) fn find(recorded: &[Baselined]) -> Vec<Baselined> {
    let mut identities = Identities::default();
    let mut known: HashSet<PathBuf> = recorded.iter().map(|s| identities.of(&s.input())).collect();
    let mut outputs: HashSet<Name> = recorded
        .iter()
        .filter_map(|s| s.entry.output.clone())
        .collect();
    let mut lacking = Vec::new();
    for (folder, siblings) in folders(recorded) {
        let found = inputs::of_folder(&folder);
        for input in found.songs {
            if let Source::File(path) = &input.source
                && known.insert(identities.of(path))
            {
                lacking.push(Baselined::lacking(path, &input, &siblings, &mut outputs));
            }
        }
        for (path, failure) in found.failed {
            // Where there is nothing at all, the entries say so.
            if failure.kind == ErrorKind::Unreadable && path.exists() {
                let reason = format!("{:#}", failure.error);
                lacking.push(Baselined::unreadable(&path, siblings[0], reason));
            }
        }
    }
    lacking
}

/// The folders that the songs are from, each with its songs.
fn folders(recorded: &[Baselined]) -> BTreeMap<Folder, Vec<&Baselined>> {
    let mut folders: BTreeMap<Folder, Vec<&Baselined>> = BTreeMap::new();
    for song in recorded {
        if let Some(folder) = song.entry.folder.clone() {
            folders.entry(folder).or_default().push(song);
        }
    }
    folders
}

/// The folder of an entry that does not name it.
pub(super) fn older_folder(entry: &Entry) -> Option<Folder> {
    let (input, output) = (path(&entry.input), path(entry.output.as_ref()?));
    if entry.status != Status::Ok || entry.input == Name::new("-") {
        return None;
    }
    let mut root = input.with_extension("");
    for part in output.with_extension("").iter().rev() {
        if root.file_name() != Some(part) {
            return Some(around(&input));
        }
        root.pop();
    }
    // What is left of a path from a list may be `/` or `..`, which nobody named.
    let is_named = |part| matches!(part, Component::Normal(_));
    Some(match root.components().any(is_named) {
        false => around(&input),
        true => Folder {
            path: Name::of_path(&root),
            below: true,
        },
    })
}

/// The folder that a song is in, without those below it.
fn around(input: &Path) -> Folder {
    let parent = input.parent().unwrap_or(Path::new(""));
    Folder {
        path: Name::of_path(parent),
        below: false,
    }
}

fn path(name: &Name) -> PathBuf {
    name.to_os_string().into()
}

impl Baselined {
    /// A song that would be rendered as all others of its folder are.
    fn lacking(
        path: &Path,
        input: &Input,
        siblings: &[&Self],
        outputs: &mut HashSet<Name>,
    ) -> Self {
        let first = siblings[0];
        let output = Name::of_path(&output(&input.place, siblings));
        let is_free = outputs.insert(output.clone());
        let settings = match siblings.iter().all(|s| s.entry.options == first.entry.options) {
            true if is_free => first.settings.clone(),
            true => Err(format!(
                "the manifest has another song whose recording is {}; rename this one",
                output.to_os_string().display()
            )),
            false => Err(
                "the songs of its folder were rendered with several sets of options, so that it is not known which are \
                 meant for this one; render it with `cascade render --bless REASON` and its own"
                    .to_owned(),
            ),
        };
        Self {
            name: path.display().to_string(),
            entry: Entry {
                input: Name::of_path(path),
                input_bytes: Some(input.bytes),
                output: Some(output),
                ..blank(&first.entry)
            },
            is_recorded: false,
            recording: None,
            settings,
        }
    }

    /// A folder that cannot be looked into, which counts as a song that cannot be verified.
    fn unreadable(path: &Path, sibling: &Self, reason: String) -> Self {
        Self {
            name: path.display().to_string(),
            entry: Entry {
                input: Name::of_path(path),
                ..blank(&sibling.entry)
            },
            is_recorded: true,
            recording: None,
            settings: Err(reason),
        }
    }
}

/// An entry before anything is rendered, with the options of another one.
fn blank(sibling: &Entry) -> Entry {
    Entry {
        input: Name::new(""),
        output: None,
        status: Status::Failed,
        error_kind: None,
        error: None,
        input_hash: None,
        input_bytes: None,
        settings_hash: String::new(),
        version: String::new(),
        options: sibling.options.clone(),
        made_of: None,
        folder: sibling.folder.clone(),
        output_hash: None,
        output_bytes: None,
        frames: None,
        sample_rate: sibling.sample_rate,
        duration_s: None,
        notes: None,
        peak_dbfs: None,
        lufs: None,
        repairs: None,
        labels: None,
        stems: None,
        fingerprint: None,
        reason: None,
    }
}

/// Where the recording of a song would be, given its place in its folder: where those of the other songs are.
fn output(place: &Path, siblings: &[&Baselined]) -> PathBuf {
    let outputs = siblings
        .iter()
        .filter_map(|s| Some((s, path(s.entry.output.as_ref()?))));
    let mut known = outputs.filter_map(|(song, output)| {
        let extension = output.extension()?.to_owned();
        Some((base(song, &output)?, extension))
    });
    let (base, extension) = known
        .next()
        .unwrap_or_else(|| (PathBuf::new(), "wav".into()));
    base.join(place).with_extension(extension)
}

/// What the output of a song has before the place of the song in its folder.
fn base(song: &Baselined, output: &Path) -> Option<PathBuf> {
    let input = song.input();
    let folder = path(&song.entry.folder.as_ref()?.path);
    let place = input.strip_prefix(folder).ok()?;
    let (mut base, within) = (output.parent()?, place.parent()?);
    for part in within.iter().rev() {
        if base.file_name() != Some(part) {
            return None;
        }
        base = base.parent()?;
    }
    Some(base.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_an_older_entry_is_what_its_paths_tell() {
        let line = r#"{"input": "", "output": null, "status": "ok", "settings_hash": "", "version": "0.1.0",
            "options": [], "sample_rate": 44100}"#;
        let entry: Entry = serde_json::from_str(line).unwrap();
        let check = |input: &str, output: &str, expected: (&str, bool)| {
            let entry = Entry {
                input: Name::new(input),
                output: Some(Name::new(output)),
                ..entry.clone()
            };
            let (path, below) = (Name::new(expected.0), expected.1);
            let found = older_folder(&entry);
            assert_eq!(found, Some(Folder { path, below }), "{input} {output}");
        };
        check("songs/a.mid", "a.wav", ("songs", true));
        check("songs/deep/a.mid", "deep/a.raw", ("songs", true));
        check("../songs/a.b.mid", "a.b.wav", ("../songs", true));
        check("a.mid", "a.wav", ("", false));
        check("songs/a.mid", "songs/a.wav", ("songs", false));
        check(
            "/data/songs/a.mid",
            "data/songs/a.wav",
            ("/data/songs", false),
        );
        check("../../songs/a.mid", "songs/a.wav", ("../../songs", false));
        check("songs/a.mid", "renamed.wav", ("songs", false));
    }
}
