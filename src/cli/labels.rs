//! The notes of a recording beside it, for those who train and measure with both.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::args::labels::LabelFormat;
use super::companions::is_as_written;
use super::draft::Draft;
use super::paths::is_stream;
use super::replace::Kind;
use super::settings::Settings;
use super::targets::Target;
use crate::bank::Bank;
use crate::batch::manifest::Companion;
use crate::batch::name::Name;
use crate::plan::{Excerpt, Plan, sounds};
use crate::score::{Instant, Note, Score, Sound};
use crate::units::{SampleRate, Seconds};

/// A note as it is written down. The names are those of the columns, and stay. Frames and seconds count from the start
/// of the recording.
#[derive(Serialize)]
struct Label {
    onset_frame: i64,
    /// Where the release of the sound begins: key and pedals are up.
    release_frame: i64,
    key_up_frame: i64,
    onset_s: f64,
    release_s: f64,
    key_up_s: f64,
    /// Counted from 1.
    channel: usize,
    key: u8,
    velocity: u8,
    /// Counted from 0; of drums, that of the kit.
    program: u8,
    /// Bank select (CC0, CC32); drums have none.
    bank_msb: Option<u8>,
    bank_lsb: Option<u8>,
    drum: bool,
    /// Counted from 1.
    track: u32,
}

/// The fields of a [`Label`], in their order.
const COLUMNS: [&str; 14] = [
    "onset_frame",
    "release_frame",
    "key_up_frame",
    "onset_s",
    "release_s",
    "key_up_s",
    "channel",
    "key",
    "velocity",
    "program",
    "bank_msb",
    "bank_lsb",
    "drum",
    "track",
];

/// Refuses outputs that nothing can lie beside.
pub(super) fn refuse_stream(target: &Target, format: Option<LabelFormat>) -> Result<()> {
    if format.is_none() {
        return Ok(());
    }
    match target {
        Target::File(path) if !is_stream(path) => Ok(()),
        _ => bail!(
            "--labels writes a file beside the recording, but {} has no folder to put it in; name a file with \
             --output song.wav",
            target.shown()
        ),
    }
}

/// Labels, complete but for their name.
pub(super) struct Labels {
    /// The file.
    pub(super) draft: Draft,
    /// What the manifest has of it.
    pub(super) companion: Companion,
}

/// The labels of a plan's recording.
pub(super) fn draft(
    target: &Target,
    format: LabelFormat,
    score: &Score,
    plan: &Plan<'_>,
    settings: &Settings,
) -> Result<Labels> {
    let path = path(target, format);
    let place = Place::new(score, plan);
    let heard = score
        .notes
        .iter()
        .filter(|note| place.hears(note, &settings.bank));
    let labels = heard.map(|note| place.label(note));
    let kind = match format {
        LabelFormat::Csv => Kind::LabelsCsv,
        LabelFormat::Jsonl => Kind::LabelsJsonl,
    };
    let write = || {
        let draft = Draft::new(&path, kind, settings.replace)?;
        let mut file = BufWriter::new(Hashed::new(draft));
        match format {
            LabelFormat::Csv => write_csv(labels, &mut file)?,
            LabelFormat::Jsonl => write_jsonl(labels, &mut file)?,
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok::<_, io::Error>(Labels {
            companion: Companion {
                file: Name::new(path.file_name().unwrap_or_default()),
                bytes: file.bytes,
                hash: file.hasher.finalize().to_hex().to_string(),
            },
            draft: file.draft,
        })
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Whether the labels of a recording are there in this format, as they were written.
pub(super) fn are_there(target: &Target, format: LabelFormat, known: Option<&Companion>) -> bool {
    let path = path(target, format);
    let name = Name::new(path.file_name().unwrap_or_default());
    known.is_some_and(|known| known.file == name && is_as_written(&path, known))
}

/// `song.labels.csv` beside `song.wav`.
fn path(target: &Target, format: LabelFormat) -> PathBuf {
    let extension = match format {
        LabelFormat::Csv => "labels.csv",
        LabelFormat::Jsonl => "labels.jsonl",
    };
    match target {
        Target::File(path) => path.with_extension(extension),
        Target::Stdout | Target::Nowhere => PathBuf::from(extension),
    }
}

/// A draft whose bytes are hashed on their way.
struct Hashed {
    draft: Draft,
    bytes: u64,
    hasher: blake3::Hasher,
}

impl Hashed {
    fn new(draft: Draft) -> Self {
        Self {
            draft,
            bytes: 0,
            hasher: blake3::Hasher::new(),
        }
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.draft.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draft.flush()
    }
}

fn write_csv(labels: impl Iterator<Item = Label>, file: &mut impl Write) -> io::Result<()> {
    // The names come from here, since the writer would leave them out where there are no notes.
    let mut csv = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(file);
    csv.write_record(COLUMNS).map_err(io::Error::other)?;
    for label in labels {
        csv.serialize(label).map_err(io::Error::other)?;
    }
    csv.flush()
}

fn write_jsonl(labels: impl Iterator<Item = Label>, file: &mut impl Write) -> io::Result<()> {
    for label in labels {
        serde_json::to_writer(&mut *file, &label)?;
        file.write_all(b"\n")?;
    }
    Ok(())
}

/// Where the recording lies in the song.
struct Place<'s> {
    score: &'s Score,
    excerpt: Excerpt,
    rate: SampleRate,
}

impl<'s> Place<'s> {
    fn new(score: &'s Score, plan: &Plan<'_>) -> Self {
        Self {
            score,
            excerpt: plan.excerpt,
            rate: plan.rate,
        }
    }

    /// Whether a note sounds in the recording: struck in it, or still held when it begins.
    fn hears(&self, note: &Note, bank: &Bank) -> bool {
        let (onset, release) = (self.song_frame(note.onset), self.song_frame(note.end));
        let articulation = self.score.articulation(note);
        onset < self.excerpt.to
            && (onset >= self.excerpt.from || release > self.excerpt.from)
            && self.excerpt.channels.contains(note.channel)
            && sounds(bank, articulation, note.key, note.velocity)
    }

    fn label(&self, note: &Note) -> Label {
        let (program, bank) = match self.score.articulation(note).sound {
            Sound::Melodic {
                bank_msb,
                bank_lsb,
                program,
            } => (program, Some((bank_msb, bank_lsb))),
            Sound::Drums { kit } => (kit, None),
        };
        Label {
            onset_frame: self.frame(note.onset),
            release_frame: self.frame(note.end),
            key_up_frame: self.frame(note.key_up),
            onset_s: self.seconds(note.onset),
            release_s: self.seconds(note.end),
            key_up_s: self.seconds(note.key_up),
            channel: note.channel.index() + 1,
            key: note.key.get(),
            velocity: note.velocity.get(),
            program: program.get(),
            bank_msb: bank.map(|(msb, _)| msb),
            bank_lsb: bank.map(|(_, lsb)| lsb),
            drum: bank.is_none(),
            track: u32::from(note.track) + 1,
        }
    }

    fn song_frame(&self, instant: Instant) -> u64 {
        self.score.timebase.frame(instant, self.rate)
    }

    fn frame(&self, instant: Instant) -> i64 {
        self.song_frame(instant) as i64 - self.excerpt.from as i64
    }

    /// To the nanosecond: more would be the noise of `f64`.
    fn seconds(&self, instant: Instant) -> f64 {
        let Seconds(time) = self.score.timebase.seconds(instant);
        let start = self.excerpt.from as f64 * self.rate.frame().0;
        ((time - start) * 1e9).round() / 1e9
    }
}
