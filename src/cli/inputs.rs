//! The inputs of a run: those that were named, those on a list, and the MIDI files in folders.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use walkdir::{DirEntry, WalkDir};

use super::args::render::RenderArgs;
use super::failure::Failure;
use super::source::{NOT_AMONG_OTHERS, Source};
use crate::batch::manifest::{ErrorKind, Folder};
use crate::batch::name::Name;

/// The bytes that no path on a list has: Linux takes 4096, Windows 65,534.
const LONGEST_PATH: u64 = 1 << 17;
/// The most items on a list, empty ones too.
const MOST_ITEMS: usize = 20_000_000;
/// The most bytes of a list: ten million paths of a hundred bytes.
const MOST_BYTES: usize = 1 << 30;

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
    let end = if null { b'\0' } else { b'\n' };
    let (shown, paths) = match list.as_os_str() == "-" {
        true => (
            "standard input".to_owned(),
            read_paths(io::stdin().lock(), end),
        ),
        false => (
            list.display().to_string(),
            File::open(list)
                .map_err(anyhow::Error::from)
                .and_then(|file| read_paths(BufReader::new(file), end)),
        ),
    };
    paths.with_context(|| format!("--files-from: cannot read {shown}"))
}

/// Reads paths that end in a byte, item by item: a list of millions is no more in memory than its paths, and what is no
/// list is found out at once.
fn read_paths(mut list: impl BufRead, end: u8) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let (mut item, mut items, mut bytes) = (Vec::new(), 0, 0);
    loop {
        item.clear();
        list.by_ref()
            .take(LONGEST_PATH)
            .read_until(end, &mut item)?;
        items += 1;
        bytes += item.len();
        if item.len() as u64 == LONGEST_PATH {
            bail!("item {items} has more bytes than any path; is it a list of paths?");
        }
        if items > MOST_ITEMS || bytes > MOST_BYTES {
            bail!("it has more than {MOST_ITEMS} items or 1 GiB; divide it into several lists");
        }
        let name = match item.strip_suffix(&[end]) {
            Some(line) if end == b'\n' => line.strip_suffix(b"\r").unwrap_or(line),
            Some(name) => name,
            None if item.is_empty() => return Ok(paths),
            None => &item,
        };
        if !name.is_empty() {
            paths.push(path(name));
        }
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    let name = match std::str::from_utf8(bytes) {
        Ok(text) => Name::Text(text.to_owned()),
        Err(_) => Name::Bytes(bytes.to_owned()),
    };
    name.to_os_string().into()
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
    fn a_list_is_read_item_by_item() {
        let check = |list: &[u8], end: u8, expected: &[&str]| {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(read_paths(list, end).unwrap(), expected, "{list:?}");
        };
        check(b"", b'\n', &[]);
        check(b"a.mid\r\n\nb c.mid", b'\n', &["a.mid", "b c.mid"]);
        check(b"a\n.mid\0b\r\0\0", b'\0', &["a\n.mid", "b\r"]);
    }

    #[test]
    fn what_is_no_list_is_found_out_at_its_beginning() {
        let error = read_paths(BufReader::new(io::repeat(0)), b'\n').unwrap_err();
        assert!(
            error.to_string().contains("item 1 has more bytes"),
            "{error}"
        );
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
