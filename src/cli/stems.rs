//! Stems: a file for each group of notes and one for the effects, and `stems.json`, which says what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::draft::Draft;
use super::inspect::names;
use super::targets::Target;
use crate::audio::Stereo;
use crate::plan::{Group, Grouping, Plan};
use crate::score::{Score, Sound};
use crate::wav::{WavSpec, WavWriter};

/// The list of the stems, beside them.
const LIST: &str = "stems.json";

/// The stems of one song in the making.
pub(super) struct Stems {
    folder: PathBuf,
    recording: String,
    by: &'static str,
    stems: Vec<Stem>,
}

/// One stem in the making.
struct Stem {
    writer: WavWriter<Draft>,
    peak: f32,
    entry: Entry,
}

/// What `stems.json` is made of.
#[derive(Serialize)]
struct List<'a> {
    recording: &'a str,
    by: &'a str,
    stems: Vec<&'a Entry>,
}

/// What is in a stem. Channels and tracks count from 1, programs from 0, as in `inspect`.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Entry {
    file: String,
    /// Whether it is what the effects return.
    effects: bool,
    channels: BTreeSet<u8>,
    tracks: BTreeSet<u32>,
    programs: Vec<Program>,
    notes: u64,
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
    /// Opens a file for every group of a plan, and one for the effects if there are any, in a folder beside `target`.
    pub(super) fn open(
        target: &Path,
        plan: &Plan<'_>,
        score: &Score,
        grouping: Grouping,
        effects: bool,
        (spec, frames): (WavSpec, u64),
    ) -> Result<Self> {
        let folder = target.with_extension("stems");
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut entries = entries(plan, score, grouping);
        entries.extend(effects.then(|| Entry {
            file: "effects".to_owned(),
            effects: true,
            ..Entry::default()
        }));
        let digits = entries.len().to_string().len().max(2);
        let extension = target.extension().unwrap_or("wav".as_ref());
        let open = |(number, mut entry): (usize, Entry)| {
            let (number, extension) = (number + 1, extension.to_string_lossy());
            entry.file = format!("{number:0digits$}-{}.{extension}", entry.file);
            let path = folder.join(&entry.file);
            let writer = Draft::new(&path).map(|draft| WavWriter::new(draft, spec, frames));
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
        })
    }

    /// Writes the next block of every stem.
    pub(super) fn write(&mut self, blocks: &[&Stereo]) -> io::Result<()> {
        for (stem, block) in self.stems.iter_mut().zip(blocks) {
            stem.peak = stem.peak.max(block.peak());
            stem.writer.write(block)?;
        }
        Ok(())
    }

    /// Gives the files their names, those that are not silent, and lists them. An older list goes first: it is true or
    /// not there.
    pub(super) fn finish(self) -> io::Result<()> {
        let list = self.folder.join(LIST);
        match fs::remove_file(&list) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut heard = Vec::new();
        for stem in self.stems.into_iter().filter(|stem| stem.peak > 0.0) {
            stem.writer.finish()?.finish()?;
            heard.push(stem.entry);
        }
        let text = serde_json::to_string_pretty(&List {
            recording: &self.recording,
            by: self.by,
            stems: heard.iter().collect(),
        })?;
        let mut draft = Draft::new(&list)?;
        draft.write_all(text.as_bytes())?;
        draft.write_all(b"\n")?;
        draft.finish()
    }
}

/// What is in each group of a plan; the file's name still without number and extension.
fn entries(plan: &Plan<'_>, score: &Score, grouping: Grouping) -> Vec<Entry> {
    let mut entries: Vec<Entry> = plan.groups.iter().map(|_| Entry::default()).collect();
    let mut sounds: Vec<BTreeMap<Sound, u64>> = vec![BTreeMap::new(); entries.len()];
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
            Group::Channel(channel) => format!("channel-{:02}-{sound}", channel.index() + 1),
            Group::Track(track) => format!("track-{:02}-{sound}", u32::from(*track) + 1),
            Group::Program(_) => sound,
        };
        entry.programs = sounds.keys().copied().map(program).collect();
    }
    entries
}

fn program(sound: Sound) -> Program {
    let (program, drums, bank) = match sound {
        Sound::Melodic {
            bank_msb,
            bank_lsb,
            program,
        } => (program, false, [bank_msb, bank_lsb]),
        Sound::Drums { kit } => (kit, true, [0, 0]),
    };
    Program {
        program: program.get(),
        drums,
        bank,
        name: name(sound),
    }
}

fn name(sound: Sound) -> String {
    match sound {
        Sound::Melodic { program, .. } => names::program(program.get()).to_owned(),
        Sound::Drums { kit } => format!("Drums {kit}"),
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
