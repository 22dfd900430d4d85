//! The baseline: the entries of a manifest, the settings that each was rendered with, and the songs that have no entry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::baselined::Baselined;
use super::unrecorded;
use crate::batch::manifest::{Entry, FILE_NAME, Manifest};
use crate::batch::name::Name;
use crate::batch::options::{RecordedOptions, SampleOption};
use crate::cli::bounded;
use crate::cli::paths::folder_of;
use crate::cli::replace::Kind;
use crate::cli::reports::{self, Kept};
use crate::cli::settings::Settings;
use crate::cli::source::Source;
use crate::cli::targets::{Job, Target};

/// A manifest, read.
pub(super) struct Baseline {
    pub(super) path: PathBuf,
    /// Those of the manifest in its order, then those that it lacks.
    pub(super) songs: Vec<Baselined>,
    manifest: Manifest,
}

impl Baseline {
    /// Reads the manifest of a path, which may be the folder that it is in.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let path = match path.is_dir() {
            true => path.join(FILE_NAME),
            false => path.to_owned(),
        };
        let shown = path.display();
        let bytes = bounded::MANIFEST.read(&path);
        let bytes = bytes.with_context(|| format!("cannot read the manifest {shown}"))?;
        let manifest = Manifest::parse(bytes);
        if let Some(line) = manifest.strangers().first() {
            bail!("{shown}, line {line}: is no entry of a manifest; was it torn off or edited?");
        }
        let mut known = Known::new();
        let mut songs = Vec::new();
        for line in manifest.lines() {
            let entry = serde_json::from_slice(line);
            let entry = entry.with_context(|| format!("{shown}: an entry is not understood"))?;
            songs.push(baselined(entry, folder_of(&path), &mut known));
        }
        let lacking = unrecorded::find(&songs);
        songs.extend(lacking);
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
            source: Source::File(song.input()),
            bytes: song.entry.input_bytes.unwrap_or_default(),
            target: Target::Nowhere,
            place: None,
            folder: None,
        };
        self.songs.iter().map(job).collect()
    }

    /// Keeps everything that belongs to the baseline from being replaced by a report.
    pub(super) fn keep(&self, kept: &mut Kept) {
        kept.keep(&self.path, "the manifest");
        for song in &self.songs {
            let input = PathBuf::from(song.entry.input.to_os_string());
            kept.keep(&input, "a song of the manifest");
            if let Some(output) = &song.entry.output {
                let recording = folder_of(&self.path).join(output.to_os_string());
                kept.keep(&recording, "a recording of the manifest");
            }
        }
        let settings = self
            .songs
            .iter()
            .filter_map(|song| song.settings.as_ref().ok());
        // Most songs share theirs with the one before.
        let mut last: Option<&Arc<Settings>> = None;
        for settings in settings {
            if !last.is_some_and(|last| Arc::ptr_eq(last, settings)) {
                let files = settings.files.iter();
                files.for_each(|file| kept.keep(file, "a preset or a bank of the manifest"));
            }
            last = Some(settings);
        }
    }

    /// Whether the manifest is a file, which can be written anew.
    pub(super) fn is_file(&self) -> bool {
        self.path.is_file()
    }

    /// Writes the manifest anew, with what was renewed in the place of what it was, and what is new. Of every song, its new
    /// entry, if it has one.
    pub(super) fn write<'a>(&self, renewed: impl Iterator<Item = Option<&'a Entry>>) -> Result<()> {
        let mut bytes = Vec::new();
        let lines = self
            .manifest
            .lines()
            .map(Some)
            .chain(std::iter::repeat(None));
        for (line, renewed) in lines.zip(renewed) {
            match (renewed, line) {
                (Some(entry), _) => bytes.extend(entry.line()?),
                (None, Some(line)) => bytes.extend([line, b"\n"].concat()),
                (None, None) => {}
            }
        }
        // In the order of the outputs, as `cascade render` leaves it.
        let lines: Vec<u8> = Manifest::parse(bytes)
            .lines()
            .flat_map(|line| [line, b"\n"].concat())
            .collect();
        reports::write(&self.path, Kind::Manifest, &lines)
    }
}

/// Settings, and their options in full, by the options that are recorded and the hash that they should have.
type Known = BTreeMap<(RecordedOptions, String), Result<(Arc<Settings>, RecordedOptions), String>>;

/// The song of an entry, whose recording is in a folder.
fn baselined(mut entry: Entry, folder: &Path, known: &mut Known) -> Baselined {
    let key = (entry.options.clone(), entry.settings_hash.clone());
    let made = known.entry(key).or_insert_with(|| {
        let made = settings(&entry).map_err(|error| format!("{error:#}"));
        made.map(|(settings, options)| (Arc::new(settings), options))
    });
    if entry.made_of.is_none() {
        entry.folder = unrecorded::older_folder(&entry);
    }
    if let Ok((_, options)) = made {
        entry.options.clone_from(options);
    }
    let settings = made.as_ref().map(|(settings, _)| Arc::clone(settings));
    let recording = entry
        .output
        .as_ref()
        .map(|output| folder.join(output.to_os_string()));
    Baselined {
        name: Path::new(&entry.input.to_os_string()).display().to_string(),
        recording: recording.filter(|path| path.is_file()),
        settings: settings.map_err(Clone::clone),
        is_recorded: true,
        entry,
    }
}

/// The settings of a rendering, from its options alone. Of those, only what decides the samples counts: whatever else a
/// manifest asks for, nothing is written for it.
fn settings(entry: &Entry) -> Result<(Settings, RecordedOptions)> {
    let settings = Settings::recorded(&entry.options)?;
    let is_older = entry.made_of.is_none() && settings.stems.is_none();
    if is_older && settings.digest() != entry.settings_hash {
        // The grouping of stems is the order of adding. Cascade 0.1.0 did not record it, but the hash tells.
        for by in ["channel", "track", "program"] {
            let mut options = entry.options.clone();
            options.insert(SampleOption::Stems, [Name::new(by)]);
            let settings = Settings::recorded(&options)?;
            if settings.digest() == entry.settings_hash {
                return Ok((settings, options));
            }
        }
    }
    Ok((settings, entry.options.clone()))
}
