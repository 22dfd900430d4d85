//! Which file belongs to which: the two that were named, or those of two folders by their relative paths.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Two files of one name, one of which may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// What reports call it: the relative path with `/`, or the file as named.
    pub(super) name: String,
    /// The file that is judged.
    pub(super) actual: Option<PathBuf>,
    /// The file that it should be like.
    pub(super) expected: Option<PathBuf>,
}

impl Pair {
    /// The files that are there.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.actual, &self.expected]
            .into_iter()
            .filter_map(|file| file.as_deref())
    }
}

/// The pairs of two files or two folders, in the order of their names.
pub(super) fn find(actual: &Path, expected: &Path) -> Result<Vec<Pair>> {
    match (is_folder(actual)?, is_folder(expected)?) {
        (false, false) => Ok(vec![Pair {
            name: actual.display().to_string(),
            actual: Some(actual.to_owned()),
            expected: Some(expected.to_owned()),
        }]),
        (true, true) => folders(actual, expected),
        (true, false) => mixed(actual, expected),
        (false, true) => mixed(expected, actual),
    }
}

fn is_folder(path: &Path) -> Result<bool> {
    let metadata = fs::metadata(path);
    Ok(metadata
        .with_context(|| format!("{} cannot be compared", path.display()))?
        .is_dir())
}

fn mixed<T>(folder: &Path, file: &Path) -> Result<T> {
    let (folder, file) = (folder.display(), file.display());
    bail!("{folder} is a folder and {file} is a file; name two files or two folders")
}

fn folders(actual: &Path, expected: &Path) -> Result<Vec<Pair>> {
    let mut pairs: BTreeMap<String, [Option<PathBuf>; 2]> = BTreeMap::new();
    for (side, root) in [actual, expected].into_iter().enumerate() {
        let mut files = Vec::new();
        walk(root, &mut files)?;
        for file in files {
            let name = relative(root, &file);
            pairs.entry(name).or_default()[side] = Some(file);
        }
    }
    if pairs.is_empty() {
        let (actual, expected) = (actual.display(), expected.display());
        bail!("there is nothing to compare: neither {actual} nor {expected} holds a .wav file");
    }
    let pair = |(name, [actual, expected]): (String, [Option<PathBuf>; 2])| Pair {
        name,
        actual,
        expected,
    };
    Ok(pairs.into_iter().map(pair).collect())
}

/// The WAV files below a folder; links to folders are not followed, so that none leads in a circle.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let told = || format!("cannot read the folder {}", folder.display());
    for entry in fs::read_dir(folder).with_context(told)? {
        let entry = entry.with_context(told)?;
        let path = entry.path();
        if entry.file_type().with_context(told)?.is_dir() {
            walk(&path, files)?;
        } else if is_wav(&path) && !path.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_wav(path: &Path) -> bool {
    let extension = path
        .extension()
        .map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| extension == "wav" || extension == "wave")
}

/// A path below a folder, the same on every system.
fn relative(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).unwrap_or(file);
    let parts = below.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
