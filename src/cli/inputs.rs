//! The inputs of a run: those that were named, those on a list, and the MIDI files in folders.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use walkdir::{DirEntry, WalkDir};

use super::args::render::RenderArgs;
use super::failure::Failure;
use super::source::{NOT_AMONG_OTHERS, Source};
use crate::batch::manifest::{ErrorKind, Folder};
use crate::batch::name::Name;

/// How the names of MIDI files end, in whatever case.
pub(super) const EXTENSIONS: [&str; 4] = ["mid", "midi", "kar", "rmi"];

/// An input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// Where its bytes come from.
    pub(super) source: Source,
    /// Its path below the output folder, if there is one.
    pub(super) place: PathBuf,
    /// Its size, as far as it is known.
    pub(super) bytes: u64,
    /// The folder that it is a song of, if all songs in it are inputs.
    pub(super) folder: Option<Arc<Folder>>,
}

/// Everything that is to be rendered.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Songs.
    pub(super) songs: Vec<Input>,
    /// What should hold songs, but cannot be read, or holds none.
    pub(super) failed: Vec<(PathBuf, Failure)>,
    /// Links that lead back to a folder that they are in; what is there is found without them.
    pub(super) loops: Vec<PathBuf>,
    /// Whether it is more than one named song, so that an output is a folder.
    pub(super) many: bool,
}

/// Finds the inputs.
pub(super) fn find(args: &RenderArgs) -> Result<Inputs> {
    let mut inputs = Inputs::default();
    for typed in &args.inputs {
        inputs.add(typed, Path::new(""), typed.file_name());
    }
    inputs.many |= args.inputs.len() > 1;
    if let Some(list) = &args.batch.files_from {
        inputs.many = true;
        for path in read_list(list, args.batch.null)? {
            let place = inside(&path);
            let folder = place.parent().unwrap_or(Path::new(""));
            inputs.add(&path, folder, place.file_name());
        }
    }
    let stdin = |input: &Input| input.source == Source::Stdin;
    if inputs.many && inputs.songs.iter().any(stdin) {
        bail!(NOT_AMONG_OTHERS);
    }
    if args.output.is_some() {
        inputs.note_whole_folders();
    }
    Ok(inputs)
}

/// The songs in a folder that was an input.
pub(super) fn of_folder(folder: &Folder) -> Inputs {
    let mut inputs = Inputs::default();
    let path = PathBuf::from(folder.path.to_os_string());
    inputs.walk(&path, Path::new(""), folder.below);
    inputs
}

impl Inputs {
    /// Adds a song, which goes to `folder` under `name`, or the songs in a folder, which go to `folder` as they are.
    fn add(&mut self, path: &Path, folder: &Path, name: Option<&std::ffi::OsStr>) {
        let source = Source::new(path);
        if source != Source::Stdin && path.is_dir() {
            self.many = true;
            let folder = match folder.as_os_str().is_empty() {
                true => folder.to_owned(),
                false => folder.join(name.unwrap_or_default()),
            };
            return self.add_folder(path, &folder);
        }
        self.songs.push(Input {
            source,
            place: folder.join(name.unwrap_or_default()),
            bytes: fs::metadata(path).map_or(0, |metadata| metadata.len()),
            folder: None,
        });
    }

    fn add_folder(&mut self, root: &Path, folder: &Path) {
        let before = self.songs.len() + self.failed.len();
        self.walk(root, folder, true);
        if self.songs.len() + self.failed.len() == before {
            let failure = Failure {
                kind: ErrorKind::NotMidi,
                error: anyhow!(
                    "there is no MIDI file in this folder (looked for .mid, .midi, .kar and .rmi, in all folders below too)"
                ),
            };
            self.failed.push((root.to_owned(), failure));
        }
    }

    /// Adds the songs in a folder, and those in the folders below it if they are asked for. No name is the current folder,
    /// whose songs then have no folder in their paths.
    fn walk(&mut self, root: &Path, folder: &Path, below: bool) {
        let path = Name::of_path(root);
        let whole = Arc::new(Folder { path, below });
        let is_current = root.as_os_str().is_empty();
        let walked = if is_current { Path::new(".") } else { root };
        let depth = if below { usize::MAX } else { 1 };
        let entries = WalkDir::new(walked).follow_links(true).max_depth(depth);
        for entry in entries.sort_by_file_name() {
            match entry {
                Ok(entry) if is_song(&entry) => {
                    let path = entry.path();
                    let place = path.strip_prefix(walked).unwrap_or(path).to_owned();
                    self.songs.push(Input {
                        bytes: entry.metadata().map_or(0, |metadata| metadata.len()),
                        source: Source::File(root.join(&place)),
                        place: folder.join(place),
                        folder: Some(Arc::clone(&whole)),
                    });
                }
                Ok(_) => {}
                Err(error) => self.add_error(walked, error),
            }
        }
    }

    /// Files that were named one by one, as a shell does for `songs/*.mid`, are a folder too if they are several and all
    /// that is in it.
    fn note_whole_folders(&mut self) {
        let mut named: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
        for (index, song) in self.songs.iter().enumerate() {
            if let (None, Source::File(path)) = (&song.folder, &song.source) {
                let parent = path.parent().unwrap_or(Path::new(""));
                named.entry(parent.to_owned()).or_default().push(index);
            }
        }
        for (parent, indices) in named {
            let path = Name::of_path(&parent);
            let folder = Folder { path, below: false };
            let sources: HashSet<&Source> =
                indices.iter().map(|i| &self.songs[*i].source).collect();
            let all = of_folder(&folder).songs;
            if sources.len() > 1 && all.iter().all(|song| sources.contains(&song.source)) {
                let whole = Arc::new(folder);
                for index in indices {
                    self.songs[index].folder = Some(Arc::clone(&whole));
                }
            }
        }
    }

    fn add_error(&mut self, root: &Path, error: walkdir::Error) {
        let path = error.path().unwrap_or(root).to_owned();
        if error.loop_ancestor().is_some() {
            return self.loops.push(path);
        }
        // A link that leads nowhere matters only where it should lead to a song.
        let is_link = path.is_symlink();
        if is_link && !has_song_extension(&path) {
            return;
        }
        let error = error
            .into_io_error()
            .unwrap_or_else(|| io::ErrorKind::Other.into());
        let what = if is_link {
            "cannot be opened"
        } else {
            "cannot be read, with all that is in it"
        };
        self.failed.push((
            path,
            Failure {
                kind: ErrorKind::Unreadable,
                error: anyhow::Error::new(error).context(what),
            },
        ));
    }
}

fn is_song(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && has_song_extension(entry.path())
}

/// Whether a path ends as those of songs do.
pub(super) fn has_song_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|e| extension.eq_ignore_ascii_case(e)))
}

/// A path as one below a folder: without a root, and never out of the folder.
fn inside(path: &Path) -> PathBuf {
    let mut place = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => place.push(name),
            Component::ParentDir => {
                place.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    place
}

/// The paths on a list; empty lines are none.
fn read_list(list: &Path, null: bool) -> Result<Vec<PathBuf>> {
    let text = match list.as_os_str() == "-" {
        true => read_stdin().context("--files-from: cannot read standard input")?,
        false => fs::read(list)
            .with_context(|| format!("--files-from: cannot read {}", list.display()))?,
    };
    let end = if null { b'\0' } else { b'\n' };
    let items = text.split(|byte| *byte == end);
    let items = items.map(|item| match null {
        true => item,
        false => item.strip_suffix(b"\r").unwrap_or(item),
    });
    let paths = items.filter(|item| !item.is_empty());
    Ok(paths.map(path).collect())
}

fn path(bytes: &[u8]) -> PathBuf {
    let name = match std::str::from_utf8(bytes) {
        Ok(text) => Name::Text(text.to_owned()),
        Err(_) => Name::Bytes(bytes.to_owned()),
    };
    name.to_os_string().into()
}

fn read_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_never_leads_out_of_the_output_folder() {
        let check = |path: &str, expected: &str| {
            assert_eq!(inside(Path::new(path)), Path::new(expected), "{path}");
        };
        check("a/song.mid", "a/song.mid");
        check("./a//song.mid", "a/song.mid");
        check("/data/song.mid", "data/song.mid");
        check("../../song.mid", "song.mid");
        check("a/../b/song.mid", "b/song.mid");
    }

    #[test]
    fn songs_are_known_by_their_extension_in_any_case() {
        for name in ["a.mid", "a.MID", "a.Midi", "a.kar", "a.RMI", "a.b.mid"] {
            assert!(has_song_extension(Path::new(name)), "{name}");
        }
        for name in ["mid", ".mid", "a.midx", "a.mid.txt", "a.wav", "a"] {
            assert!(!has_song_extension(Path::new(name)), "{name}");
        }
    }
}
