//! Which input is written where, settled before anything is rendered.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::source::Source;
use super::stop::Stop;

/// Where a recording goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Standard output.
    Stdout,
    /// A file, or a device.
    File(PathBuf),
}

impl Target {
    /// What messages call it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

/// An input and where its recording goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// The input.
    pub(super) source: Source,
    /// The output.
    pub(super) target: Target,
}

/// Gives every input its output. Files without a name of their own end in `extension`.
pub(super) fn assign(
    inputs: &[PathBuf],
    output: Option<&Path>,
    extension: &str,
) -> Result<Vec<Job>, Stop> {
    let sources = Source::all(inputs).map_err(Stop::Usage)?;
    let jobs = match (sources.as_slice(), output) {
        ([source], Some(output)) => vec![one(source, output, extension).map_err(Stop::Usage)?],
        (_, Some(folder)) => into_folder(&sources, folder, extension)?,
        (_, None) => sources.iter().map(|s| beside(s, extension)).collect(),
    };
    refuse_collisions(&jobs).map_err(Stop::Usage)?;
    Ok(jobs)
}

/// The output of a single input that was given one.
fn one(source: &Source, output: &Path, extension: &str) -> Result<Job> {
    let target = match source {
        _ if is_stdout(output) => Target::Stdout,
        _ if !is_folder(output) => Target::File(output.to_owned()),
        Source::File(path) => Target::File(output.join(name(path, extension))),
        Source::Stdin => bail!(
            "--output {} is a folder, but a song from standard input has no name; give a file",
            output.display()
        ),
    };
    let source = source.clone();
    Ok(Job { source, target })
}

/// Whether a path names standard output. As a file it would be replaced instead of written to.
fn is_stdout(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(&path.to_str().unwrap_or(""))
}

/// Whether a path is an existing folder, or can be nothing else.
fn is_folder(path: &Path) -> bool {
    let ending = path.as_os_str().as_encoded_bytes().last();
    path.is_dir() || ending.is_some_and(|byte| std::path::is_separator(char::from(*byte)))
}

/// The outputs of several inputs: their names in one folder.
fn into_folder(sources: &[Source], folder: &Path, extension: &str) -> Result<Vec<Job>, Stop> {
    if is_stdout(folder) {
        let several = "--output - takes one song; of several, give a folder";
        return Err(Stop::Usage(anyhow!(several)));
    }
    if folder.exists() && !folder.is_dir() {
        let folder = folder.display();
        return Err(Stop::Usage(anyhow!(
            "--output {folder} is a file, but there are several inputs; give a folder"
        )));
    }
    let job = |source: &Source| match source {
        Source::Stdin => beside(source, extension),
        Source::File(path) => Job {
            source: source.clone(),
            target: Target::File(folder.join(name(path, extension))),
        },
    };
    Ok(sources.iter().map(job).collect())
}

/// The output of an input when none is given.
fn beside(source: &Source, extension: &str) -> Job {
    let target = match source {
        Source::Stdin => Target::Stdout,
        Source::File(path) => Target::File(path.with_extension(extension)),
    };
    let source = source.clone();
    Job { source, target }
}

fn name(path: &Path, extension: &str) -> PathBuf {
    let name = path.with_extension(extension);
    name.file_name().map_or(name.clone(), PathBuf::from)
}

/// Refuses to write over an input, or two recordings to one file. Folders fail when they are read.
fn refuse_collisions(jobs: &[Job]) -> Result<()> {
    let is_folder = |job: &Job| matches!(&job.source, Source::File(path) if path.is_dir());
    let jobs = || jobs.iter().filter(|job| !is_folder(job));
    let mut inputs = BTreeMap::new();
    for job in jobs() {
        if let Source::File(path) = &job.source {
            inputs.insert(identity(path), path);
        }
    }
    let mut outputs: BTreeMap<PathBuf, &Source> = BTreeMap::new();
    for job in jobs() {
        let Target::File(path) = &job.target else {
            continue;
        };
        let identity = identity(path);
        if let Some(input) = inputs.get(&identity) {
            let (input, output) = (input.display(), path.display());
            bail!(
                "{output} would be written over the input {input}; name another file with --output"
            );
        }
        if let Some(other) = outputs.insert(identity, &job.source) {
            let (source, other, path) = (job.source.shown(), other.shown(), path.display());
            bail!("{other} and {source} would both be written to {path}; render them one by one");
        }
    }
    Ok(())
}

/// The one name of a file that has many: links and dots resolved, whether it exists or only its folder does.
fn identity(path: &Path) -> PathBuf {
    let resolved = path.canonicalize().or_else(|_| {
        let (folder, name) = (folder_of(path), path.file_name().unwrap_or_default());
        folder.canonicalize().map(|folder| folder.join(name))
    });
    resolved.unwrap_or_else(|_| path.to_owned())
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes the folder that several recordings go to.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}
