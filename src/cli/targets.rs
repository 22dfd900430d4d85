//! Which input is written where, settled before anything is rendered.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::exit::ExitError;
use super::inputs::{self, Input, Inputs};
use super::links;
use super::paths::{Identities, is_stream};
use super::source::Source;
use crate::batch::manifest::Folder;

/// Where a recording goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Standard output.
    Stdout,
    /// A file, or a device.
    File(PathBuf),
    /// Nowhere: it is only measured.
    Nowhere,
}

impl Target {
    /// What messages call it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Nowhere => "nowhere".to_owned(),
        }
    }
}

/// An input and where its recording goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// The input.
    pub(super) source: Source,
    /// Its size, as far as it is known.
    pub(super) bytes: u64,
    /// The output.
    pub(super) target: Target,
    /// The output's path below the output folder, if there is one; folders on the way are made.
    pub(super) place: Option<PathBuf>,
    /// The folder that the input is a song of, if all songs in it are inputs.
    pub(super) folder: Option<Arc<Folder>>,
}

/// Gives every input its output. Files without a name of their own end in `extension`.
pub(super) fn assign(
    inputs: &Inputs,
    output: Option<&Path>,
    extension: &str,
) -> Result<Vec<Job>, ExitError> {
    let jobs = match (inputs.songs.as_slice(), output) {
        (songs, None) => songs.iter().map(|s| beside(s, extension)).collect(),
        ([song], Some(output)) if !inputs.many => {
            let job = one(song, output, extension).map_err(ExitError::Usage)?;
            refuse_collisions(std::slice::from_ref(&job)).map_err(ExitError::Usage)?;
            check_extension(&job, extension).map_err(ExitError::Usage)?;
            return Ok(vec![job]);
        }
        (songs, Some(folder)) => into_folder(songs, folder, extension).map_err(ExitError::Usage)?,
    };
    refuse_collisions(&jobs).map_err(ExitError::Usage)?;
    Ok(jobs)
}

/// The output of a single input that was given one.
fn one(song: &Input, output: &Path, extension: &str) -> Result<Job> {
    match &song.source {
        _ if is_stdout(output) => Ok(job(song, Target::Stdout)),
        _ if !is_folder(output) => Ok(job(song, Target::File(output.to_owned()))),
        Source::File(_) => Ok(below(song, output, extension)),
        Source::Stdin => bail!(
            "--output {} is a folder, but a song from standard input has no name; give a file",
            output.display()
        ),
    }
}

/// How files of samples without a header are called; there is no convention.
const RAW: [&str; 14] = [
    "raw", "pcm", "bin", "dat", "i16", "s16", "s16le", "i24", "s24", "s24le", "i32", "s32le",
    "f32", "f32le",
];

/// Refuses the extension of something else than is written. Devices and pipes may be called anything.
fn check_extension(job: &Job, written: &str) -> Result<()> {
    let Target::File(output) = &job.target else {
        return Ok(());
    };
    let Some(extension) = output.extension().filter(|_| !is_stream(output)) else {
        return Ok(());
    };
    let typed = extension.to_string_lossy().to_ascii_lowercase();
    let (shown, right) = (output.display(), output.with_extension(written));
    let right = right.display();
    match (written, typed.as_str()) {
        ("wav", "wav" | "wave") => Ok(()),
        ("wav", _) => bail!(
            "--output {shown}: cascade writes WAV; name {right}, or convert it on its way: cascade render -o - song.mid | \
             ffmpeg -i - {shown} (a folder that is not there yet ends in /)"
        ),
        (_, typed) if RAW.contains(&typed) => Ok(()),
        _ => bail!(
            "--output {shown}: --raw writes samples without a header, which .{typed} does not say; name {right}"
        ),
    }
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

/// The outputs of many inputs: their places in one folder.
fn into_folder(songs: &[Input], folder: &Path, extension: &str) -> Result<Vec<Job>> {
    if is_stdout(folder) {
        bail!("--output - takes one song; of several, give a folder");
    }
    if folder.exists() && !folder.is_dir() {
        let folder = folder.display();
        bail!("--output {folder} is a file, but there are several inputs; give a folder");
    }
    let songs = songs.iter();
    Ok(songs.map(|song| below(song, folder, extension)).collect())
}

/// The output of an input below a folder.
fn below(song: &Input, folder: &Path, extension: &str) -> Job {
    let place = song.place.with_extension(extension);
    Job {
        place: Some(place.clone()),
        ..job(song, Target::File(folder.join(place)))
    }
}

/// The output of an input when none is given.
fn beside(song: &Input, extension: &str) -> Job {
    let target = match &song.source {
        Source::Stdin => Target::Stdout,
        Source::File(path) => Target::File(path.with_extension(extension)),
    };
    job(song, target)
}

/// Another song beside the input of a job that has the same default output, if a recording is there already.
pub(super) fn rival(job: &Job) -> Option<PathBuf> {
    let (Source::File(input), Target::File(output)) = (&job.source, &job.target) else {
        return None;
    };
    let is_other = |path: &PathBuf| path != input && path.is_file();
    let mut others = inputs::EXTENSIONS.iter().map(|e| input.with_extension(e));
    output.exists().then(|| others.find(is_other))?
}

fn job(song: &Input, target: Target) -> Job {
    Job {
        source: song.source.clone(),
        bytes: song.bytes,
        target,
        place: None,
        folder: song.folder.clone(),
    }
}

/// Refuses to write over an input, or two recordings to one file.
fn refuse_collisions(jobs: &[Job]) -> Result<()> {
    let mut identities = Identities::default();
    let mut inputs = HashMap::new();
    for job in jobs {
        if let Source::File(path) = &job.source {
            inputs.insert(identities.of(path), path);
        }
    }
    let mut outputs: HashMap<PathBuf, &Source> = HashMap::new();
    for job in jobs {
        let Target::File(path) = &job.target else {
            continue;
        };
        let identity = identities.of(path);
        if let Some(input) = inputs.get(&identity) {
            let (input, output) = (input.display(), path.display());
            bail!(
                "{output} would be written over the input {input}; name another file with --output"
            );
        }
        if let Some(other) = outputs.insert(identity, &job.source) {
            let (source, other, path) = (job.source.shown(), other.shown(), path.display());
            bail!(
                "{other} and {source} would both be written to {path}; rename one, or render them one by one"
            );
        }
    }
    Ok(())
}

/// Refuses to write over a file that the sounds were read from.
pub(super) fn refuse_sounds(jobs: &[Job], sounds: &[PathBuf]) -> Result<()> {
    let mut identities = Identities::default();
    let sounds: HashMap<PathBuf, &PathBuf> = sounds
        .iter()
        .map(|sound| (identities.of(sound), sound))
        .collect();
    for job in jobs {
        let Target::File(path) = &job.target else {
            continue;
        };
        let stems = identities.of(&path.with_extension("stems"));
        let in_stems = sounds.iter().find(|(sound, _)| sound.starts_with(&stems));
        let own = sounds.get(&identities.of(path));
        if let Some(sound) = own.or(in_stems.map(|(_, sound)| sound)) {
            let (sound, output) = (sound.display(), path.display());
            bail!(
                "{output}, or its stems, would be written over {sound}, which the sounds are made of; name another file with --output"
            );
        }
    }
    Ok(())
}

/// Makes the folder that several recordings go to.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    let make = || {
        links::check(folder)?;
        fs::create_dir_all(folder)
    };
    make().with_context(|| format!("cannot make the folder {}", folder.display()))
}
