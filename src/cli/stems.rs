//! Stems: a file for each group of notes and one for the effects, and `stems.json`, which says what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::companions::{is_as_written, read_regular};
use super::draft::Draft;
use super::replace::{Kind, Replace};
use super::settings::Settings;
use super::targets::{Target, make_folder};
use crate::audio::Stereo;
use crate::batch::manifest::Companion;
use crate::midi::names;
use crate::plan::{Group, Grouping, Plan};
use crate::score::{Instrument, Score};
use crate::song::Performance;
use crate::wav::{WavSpec, WavWriter};

/// The list of the stems, beside them.
const LIST: &str = "stems.json";
/// What may be there beside that list: the stems of a run that was killed while it gave them their names.
const UNSETTLED: &str = ".cascade-stems.json";
/// The most bytes of a list that is read: some ten thousand stems.
const LONGEST_LIST: u64 = 16 << 20;

/// The stems of one song in the making.
pub(super) struct Stems {
    folder: PathBuf,
    recording: String,
    by: &'static str,
    stems: Vec<Stem>,
    /// The stems that were there before, by their files.
    before: BTreeSet<String>,
    replace: Replace,
}

/// The stems of one song, complete but for their names.
pub(super) struct StemFiles {
    folder: PathBuf,
    stems: Vec<(String, Draft)>,
    list: Draft,
    before: BTreeSet<String>,
    replace: Replace,
    /// What the manifest has of the list.
    pub(super) companion: Companion,
}

/// One stem in the making.
struct Stem {
    writer: WavWriter<Draft>,
    peak: f32,
    entry: StemEntry,
}

/// What `stems.json` is made of.
#[derive(Serialize)]
struct List<'a> {
    recording: &'a str,
    by: &'a str,
    stems: Vec<&'a StemEntry>,
}

/// What is in a stem. Channels and tracks count from 1, programs from 0, as in `inspect`.
#[derive(Debug, Default, PartialEq, Serialize)]
struct StemEntry {
    file: String,
    /// Whether it is what the effects return.
    effects: bool,
    channels: BTreeSet<u8>,
    tracks: BTreeSet<u32>,
    programs: Vec<Program>,
    notes: u64,
}

/// A list, as far as it is read: the files that it names.
#[derive(Deserialize)]
struct Listed {
    stems: Vec<ListedStem>,
}

#[derive(Deserialize)]
struct ListedStem {
    file: String,
}

/// A program or a drum kit.
#[derive(Debug, PartialEq, Serialize)]
struct Program {
    program: u8,
    drums: bool,
    bank: [u8; 2],
    name: String,
}

/// Refuses stems that would have no place.
pub(super) fn refuse_stdout(target: &Target) -> Result<()> {
    if *target == Target::Stdout {
        bail!("--stems needs a file to put its folder beside; name one with --output song.wav");
    }
    Ok(())
}

impl Stems {
    /// Opens a file for every group of a performance, and one for the effects if there are any, in a folder beside `target`.
    pub(super) fn open(
        target: &Path,
        performance: &Performance<'_>,
        score: &Score,
        grouping: Grouping,
        settings: &Settings,
    ) -> Result<Self> {
        let folder = target.with_extension("stems");
        make_folder(&folder)?;
        let list = folder.join(LIST);
        let checked = Kind::StemList.check(&list, settings.replace);
        checked.with_context(|| format!("cannot write {}", list.display()))?;
        let before = before(&folder);
        let mut entries = entries(performance.plan(), score, grouping);
        entries.extend(performance.has_effects().then(|| StemEntry {
            file: "effects".to_owned(),
            effects: true,
            ..StemEntry::default()
        }));
        let digits = entries.len().to_string().len().max(2);
        let extension = target.extension().unwrap_or("wav".as_ref());
        let (spec, frames) = (settings.wav, performance.frames());
        let open = |(number, mut entry): (usize, StemEntry)| {
            let (number, extension) = (number + 1, extension.to_string_lossy());
            entry.file = format!("{number:0digits$}-{}.{extension}", entry.file);
            let path = folder.join(&entry.file);
            let replace = match spec.raw && before.contains(&entry.file) {
                true => Replace::Any,
                false => settings.replace,
            };
            let draft = Draft::new(&path, Kind::of(&spec), replace);
            let writer = draft.map(|draft| WavWriter::new(draft, spec, frames).small());
            Ok(Stem {
                writer: writer.with_context(|| format!("cannot write {}", path.display()))?,
                peak: 0.0,
                entry,
            })
        };
        let stems = entries.into_iter().enumerate().map(open);
        let stems = stems.collect::<Result<_>>()?;
        let recording = target.file_name().unwrap_or_default();
        Ok(Self {
            folder,
            recording: recording.to_string_lossy().into_owned(),
            by: match grouping {
                Grouping::Channel => "channel",
                Grouping::Track => "track",
                Grouping::Program => "program",
            },
            stems,
            before,
            replace: settings.replace,
        })
    }

    /// The most bytes of memory that the files of a plan take while they are written.
    pub(super) fn memory(plan: &Plan<'_>, effects: bool, spec: &WavSpec) -> u64 {
        let files = plan.groups.len() + usize::from(effects);
        files as u64 * WavWriter::<Draft>::small_memory(spec)
    }

    /// Writes the next block of every stem.
    pub(super) fn write(&mut self, blocks: &[&Stereo]) -> io::Result<()> {
        for (stem, block) in self.stems.iter_mut().zip(blocks) {
            stem.peak = stem.peak.max(block.peak());
            stem.writer.write(block)?;
        }
        Ok(())
    }

    /// Completes the stems that are not silent, and lists them.
    pub(super) fn finish(self) -> io::Result<StemFiles> {
        let (mut stems, mut heard) = (Vec::new(), Vec::new());
        for stem in self.stems.into_iter().filter(|stem| stem.peak > 0.0) {
            stems.push((stem.entry.file.clone(), stem.writer.finish()?));
            heard.push(stem.entry);
        }
        let text = serde_json::to_string_pretty(&List {
            recording: &self.recording,
            by: self.by,
            stems: heard.iter().collect(),
        })?;
        let text = text + "\n";
        let place = Path::new(self.folder.file_name().unwrap_or_default()).join(LIST);
        Ok(StemFiles {
            stems,
            list: draft(&self.folder.join(LIST), &text, self.replace)?,
            companion: Companion::of(&place, text.as_bytes()),
            folder: self.folder,
            before: self.before,
            replace: self.replace,
        })
    }
}

impl StemFiles {
    /// Gives the files their names; stems of an earlier grouping go. A list is true or not there: until the new one is,
    /// another file names all that may be in the folder, for the next run if this one is killed.
    pub(super) fn publish(self) -> io::Result<()> {
        let now: BTreeSet<String> = self.stems.iter().map(|(file, _)| file.clone()).collect();
        let entry = |file: &String| StemEntry {
            file: file.clone(),
            ..StemEntry::default()
        };
        let all: Vec<StemEntry> = self.before.union(&now).map(entry).collect();
        let text = serde_json::to_string_pretty(&List {
            recording: "",
            by: "",
            stems: all.iter().collect(),
        })?;
        let unsettled = self.folder.join(UNSETTLED);
        draft(&unsettled, &text, self.replace)?.finish()?;
        remove(&self.folder.join(LIST))?;
        for file in self.before.difference(&now) {
            remove(&self.folder.join(file))?;
        }
        for (_, stem) in self.stems {
            stem.finish()?;
        }
        self.list.finish()?;
        remove(&unsettled)
    }
}

/// A draft of a list.
fn draft(path: &Path, text: &str, replace: Replace) -> io::Result<Draft> {
    let mut draft = Draft::new(path, Kind::StemList, replace)?;
    draft.write_all(text.as_bytes())?;
    Ok(draft)
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The stems in a folder, by the names in its lists.
fn before(folder: &Path) -> BTreeSet<String> {
    let lists = [LIST, UNSETTLED].map(|name| listed(&folder.join(name)));
    lists.into_iter().flatten().flatten().collect()
}

/// The files that a list names; nothing if it is none.
fn listed(list: &Path) -> Option<Vec<String>> {
    let bytes = read_regular(list, LONGEST_LIST)?;
    let list: Listed = serde_json::from_slice(&bytes).ok()?;
    let files = list.stems.into_iter().map(|stem| stem.file);
    // Whoever wrote it, it speaks of its own folder only.
    let is_name = |file: &String| Path::new(file).file_name() == Some(file.as_ref());
    Some(files.filter(is_name).collect())
}

/// Whether the stems of a recording are there, each with as many bytes as it, and their list as it was written.
pub(super) fn are_there(target: &Path, known: Option<&Companion>, bytes: Option<u64>) -> bool {
    let folder = target.with_extension("stems");
    let list = folder.join(LIST);
    let is_whole = |file: String| {
        let metadata = fs::metadata(folder.join(file));
        metadata.is_ok_and(|metadata| metadata.is_file() && Some(metadata.len()) == bytes)
    };
    known.is_some_and(|known| is_as_written(&list, known))
        && !folder.join(UNSETTLED).exists()
        && listed(&list).is_some_and(|files| files.into_iter().all(is_whole))
}

/// What is in each group of a plan; the file's name still without number and extension.
fn entries(plan: &Plan<'_>, score: &Score, grouping: Grouping) -> Vec<StemEntry> {
    let mut entries: Vec<StemEntry> = plan.groups.iter().map(|_| StemEntry::default()).collect();
    let mut sounds: Vec<BTreeMap<Instrument, u64>> = vec![BTreeMap::new(); entries.len()];
    for note in &score.notes {
        // A group all of whose notes are silent is not in the plan.
        let group = grouping.group(note, score);
        let Ok(place) = plan.groups.binary_search(&group) else {
            continue;
        };
        let entry = &mut entries[place];
        entry.notes += 1;
        entry.channels.insert(note.channel.index() as u8 + 1);
        entry.tracks.insert(u32::from(note.track) + 1);
        *sounds[place]
            .entry(score.articulation(note).sound)
            .or_default() += 1;
    }
    for ((group, entry), sounds) in plan.groups.iter().zip(&mut entries).zip(&sounds) {
        let most = sounds.iter().max_by_key(|(_, notes)| **notes);
        let sound = most.map_or_else(String::new, |(sound, _)| slug(&name(*sound)));
        entry.file = match group {
            Group::Part(part) => {
                let channel = format!("channel-{:02}-{sound}", part.channel.index() + 1);
                if score.has_ports() {
                    format!("port-{}-{channel}", u16::from(part.port) + 1)
                } else {
                    channel
                }
            }
            Group::Track(track) => format!("track-{:02}-{sound}", u32::from(*track) + 1),
            Group::Program(_) => sound,
        };
        entry.programs = sounds.keys().copied().map(program).collect();
    }
    entries
}

fn program(sound: Instrument) -> Program {
    let (program, drums, bank) = match sound {
        Instrument::Melodic {
            bank_msb,
            bank_lsb,
            program,
        } => (program, false, [bank_msb, bank_lsb]),
        Instrument::Drums { kit } => (kit, true, [0, 0]),
    };
    Program {
        program: program.get(),
        drums,
        bank,
        name: name(sound),
    }
}

fn name(sound: Instrument) -> String {
    match sound {
        Instrument::Melodic { program, .. } => names::program(program.get()).to_owned(),
        Instrument::Drums { kit } => format!("Drums {kit}"),
    }
}

/// `acoustic-guitar-nylon` for `Acoustic Guitar (nylon)`.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_plain_words() {
        assert_eq!(slug("Acoustic Guitar (nylon)"), "acoustic-guitar-nylon");
        assert_eq!(slug("Lead 8 (bass + lead)"), "lead-8-bass-lead");
    }
}
