//! The baseline: the entries of a manifest, and the settings that each was rendered with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use clap::Parser;

use super::song::Case;
use crate::batch::manifest::{Entry, FILE_NAME, Manifest, Status};
use crate::batch::name::Name;
use crate::cli::args::{Cli, Command};
use crate::cli::compare;
use crate::cli::replace::Kind;
use crate::cli::settings::Settings;
use crate::cli::source::Source;
use crate::cli::targets::{Job, Target, folder_of};

/// A manifest, read.
pub(super) struct Baseline {
    pub(super) path: PathBuf,
    pub(super) songs: Vec<Baselined>,
    manifest: Manifest,
}

/// A song of the manifest.
pub(super) struct Baselined {
    /// What reports call it.
    pub(super) name: String,
    /// What is recorded of it.
    pub(super) entry: Entry,
    /// The recording, if there still is one.
    pub(super) recording: Option<PathBuf>,
    /// How it was rendered, or why that is not known.
    pub(super) settings: Result<Arc<Settings>, String>,
}

impl Baseline {
    /// Reads the manifest of a path, which may be the folder that it is in.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let path = match path.is_dir() {
            true => path.join(FILE_NAME),
            false => path.to_owned(),
        };
        let shown = path.display();
        let bytes = fs::read(&path);
        let bytes = bytes.with_context(|| format!("cannot read the manifest {shown}"))?;
        let manifest = Manifest::parse(bytes);
        if let Some(line) = manifest.strangers().first() {
            bail!("{shown}, line {line}: is no entry of a manifest; was it torn off or edited?");
        }
        let mut known = BTreeMap::new();
        let mut songs = Vec::new();
        for line in manifest.lines() {
            let entry = serde_json::from_slice(line);
            let entry = entry.with_context(|| format!("{shown}: an entry is not understood"))?;
            songs.push(Baselined::new(entry, folder_of(&path), &mut known));
        }
        if songs.is_empty() {
            bail!(
                "{shown} has no entries, so there is nothing to verify; `cascade render --bless REASON songs -o FOLDER` \
                 makes some"
            );
        }
        Ok(Self {
            path,
            songs,
            manifest,
        })
    }

    /// The songs as jobs whose recordings go nowhere.
    pub(super) fn jobs(&self) -> Vec<Job> {
        let job = |song: &Baselined| Job {
            source: Source::File(song.entry.input.to_os_string().into()),
            bytes: song.entry.input_bytes.unwrap_or_default(),
            target: Target::Nowhere,
            place: None,
            folder: None,
        };
        self.songs.iter().map(job).collect()
    }

    /// Writes the manifest anew, with what was renewed in the place of what it was.
    pub(super) fn write(&self, cases: &[Case]) -> Result<()> {
        let mut bytes = Vec::new();
        for (line, case) in self.manifest.lines().zip(cases) {
            match &case.renewed {
                Some(entry) => bytes.extend(entry.line()?),
                None => bytes.extend([line, b"\n"].concat()),
            }
        }
        compare::write(&self.path, Kind::Manifest, &bytes)
    }
}

impl Baselined {
    fn new(
        entry: Entry,
        folder: &Path,
        known: &mut BTreeMap<Vec<Name>, Result<Arc<Settings>, String>>,
    ) -> Self {
        let settings = known.entry(entry.options.clone()).or_insert_with(|| {
            let settings = settings(&entry.options).map(Arc::new);
            settings.map_err(|error| format!("{error:#}"))
        });
        let recording = entry
            .output
            .as_ref()
            .map(|output| folder.join(output.to_os_string()));
        Self {
            name: Path::new(&entry.input.to_os_string()).display().to_string(),
            recording: recording.filter(|path| path.is_file()),
            settings: settings.clone(),
            entry,
        }
    }

    /// Why it cannot be verified, as far as the manifest tells.
    pub(super) fn refuse(&self) -> Result<()> {
        let entry = &self.entry;
        match &entry.error {
            Some(error) => bail!("could not be rendered when it was recorded: {error}"),
            None if entry.status == Status::Failed || entry.output_hash.is_none() => {
                bail!("has no recording in the manifest")
            }
            None if entry.input == Name::new("-") => {
                bail!("came from standard input, so it cannot be rendered again; render a file")
            }
            None => Ok(()),
        }
    }
}

/// The settings of a rendering, from its options alone.
fn settings(options: &[Name]) -> Result<Settings> {
    let words = ["cascade", "render"].map(OsString::from).into_iter();
    let words = words.chain(options.iter().map(Name::to_os_string));
    let words = words.chain(["--", "song.mid"].map(OsString::from));
    let cli = Cli::try_parse_from(words).map_err(|error| {
        let error = error.to_string();
        let first = error.lines().next().unwrap_or_default();
        anyhow!("this version does not understand its options: {first}")
    })?;
    match cli.command {
        Command::Render(args) => Settings::new(&args),
        _ => bail!("its options are no options of `cascade render`"),
    }
}
