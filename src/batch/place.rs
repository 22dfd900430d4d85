//! Where a song sounds otherwise, in the words of music: bars and beats, channels, notes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Serialize;

use crate::compare::Fingerprint;
use crate::compare::fingerprint::Passage;
use crate::midi::names;
use crate::score::{Instrument, Meter, Note, Score};
use crate::song::{Settings, Song};
use crate::units::Seconds;

/// Changes of more decibels than this are looked for first, and then any: one step of a fingerprint may be rounding.
const TOLERANCES: [f64; 2] = [0.5, 0.0];
/// The window of a fingerprint reaches into the next 100 ms, so a note is noticed up to so many seconds before it begins.
const WINDOW_S: f64 = 0.2;
/// Seconds for which a note that was let go is still taken for the cause.
const RELEASE_S: f64 = 0.1;

/// A passage that differs, and what sounds in it.
#[derive(Debug, Serialize)]
pub struct Located {
    /// From when to when, in seconds of the recording, and how much louder or softer.
    #[serde(flatten)]
    pub passage: Passage,
    /// Bar and beat of its beginning, as `12:3.5`; nothing in a song without bars.
    pub from: Option<String>,
    /// Bar and beat of its end.
    pub to: Option<String>,
    /// The channels with notes in it.
    pub channels: Vec<Sounding>,
}

/// The notes of a channel in a passage.
#[derive(Debug, Serialize)]
pub struct Sounding {
    /// Counted from 1.
    pub channel: usize,
    /// The programs by name.
    pub sounds: BTreeSet<String>,
    /// The keys by number.
    pub keys: BTreeSet<u8>,
    /// Notes.
    pub notes: usize,
    /// Whether they are drums.
    pub drums: bool,
}

/// Everything that is known of where a song differs.
#[derive(Debug, Default)]
pub struct Where {
    /// The passages, in order.
    pub places: Vec<Located>,
    /// The channels that are the likely cause, counted from 1.
    pub likely_channels: Vec<usize>,
}

/// Finds the passages in which two fingerprints of a song's recordings differ, and what the song plays there. `meter` counts
/// its bars.
#[must_use]
pub fn locate(
    actual: &Fingerprint,
    recorded: &Fingerprint,
    song: &Song,
    meter: Option<Meter>,
    settings: &Settings,
) -> Where {
    let found = TOLERANCES.map(|tolerance| actual.differences(recorded, tolerance));
    let [plain, all] = found;
    let passages = if plain.is_empty() { all } else { plain };
    let start = start(settings);
    let music = Music {
        spans: spans(&song.score, settings, start),
        score: &song.score,
        meter,
        start,
    };
    Where {
        likely_channels: music.likely_channels(&passages),
        places: passages.iter().map(|p| music.place(*p)).collect(),
    }
}

/// When a note sounds, in seconds of the recording.
struct Span {
    note: usize,
    times: Range<f64>,
}

/// Where the recording begins in the song, in seconds of whole frames.
fn start(settings: &Settings) -> f64 {
    let rate = settings.sample_rate;
    settings.excerpt.in_frames(rate).from as f64 * rate.frame().0
}

/// The notes that are in the recording.
fn spans(score: &Score, settings: &Settings, start: f64) -> Vec<Span> {
    let seconds = |instant| score.timebase.seconds(instant).0 - start;
    let notes = score.notes.iter().enumerate();
    let heard = notes.filter(|(_, note)| settings.excerpt.channels.contains(note.channel));
    let span = |(index, note): (usize, &Note)| Span {
        note: index,
        times: seconds(note.onset)..seconds(note.end) + RELEASE_S,
    };
    heard.map(span).collect()
}

/// A song, and where its notes lie in the recording.
struct Music<'s> {
    score: &'s Score,
    meter: Option<Meter>,
    spans: Vec<Span>,
    /// Where the recording begins in the song, in seconds.
    start: f64,
}

impl Music<'_> {
    fn place(&self, passage: Passage) -> Located {
        let begin = self.begin(&passage);
        let sounding = self.spans.iter();
        let sounding = sounding.filter(|s| s.times.start < passage.to_s && s.times.end > begin);
        let mut channels: BTreeMap<usize, Sounding> = BTreeMap::new();
        for span in sounding {
            let note = &self.score.notes[span.note];
            let channel = note.channel.index() + 1;
            let entry = channels.entry(channel).or_insert_with(|| Sounding {
                channel,
                sounds: BTreeSet::new(),
                keys: BTreeSet::new(),
                notes: 0,
                drums: false,
            });
            entry.take(note, self.score.articulation(note).sound);
        }
        Located {
            passage,
            from: self.bar(begin),
            to: self.bar(passage.to_s),
            channels: channels.into_values().collect(),
        }
    }

    /// A difference begins with a note if one is struck there.
    fn begin(&self, passage: &Passage) -> f64 {
        let window = passage.from_s - 1e-6..(passage.from_s + WINDOW_S).min(passage.to_s);
        let onsets = self.spans.iter().map(|span| span.times.start);
        let first = onsets
            .filter(|onset| window.contains(onset))
            .min_by(f64::total_cmp);
        first.unwrap_or(passage.from_s)
    }

    fn bar(&self, seconds: f64) -> Option<String> {
        let instant = self.score.timebase.instant(Seconds(seconds + self.start));
        let meter = self.meter.as_ref()?;
        Some(meter.place(instant).to_string())
    }

    /// The channels that sound where the song differs, and only there, if others sound elsewhere, too.
    fn likely_channels(&self, passages: &[Passage]) -> Vec<usize> {
        let mut times: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
        for span in &self.spans {
            let channel = self.score.notes[span.note].channel.index() + 1;
            let [inside, all] = times.entry(channel).or_default();
            let overlap = |p: &Passage| {
                (span.times.end.min(p.to_s) - span.times.start.max(p.from_s)).max(0.0)
            };
            *inside += passages.iter().map(overlap).sum::<f64>();
            *all += span.times.end - span.times.start;
        }
        let share = |[inside, all]: &[f64; 2]| inside / all.max(1e-9);
        let (likely, others): (Vec<_>, Vec<_>) = times.iter().partition(|(_, t)| share(t) > 0.8);
        let is_telling = others.iter().all(|(_, times)| share(times) < 0.6);
        let likely = likely.into_iter().map(|(channel, _)| *channel);
        likely
            .filter(|_| is_telling && (times.len() == 1 || !others.is_empty()))
            .collect()
    }
}

impl Sounding {
    fn take(&mut self, note: &Note, sound: Instrument) {
        self.notes += 1;
        self.keys.insert(note.key.get());
        self.sounds.insert(match sound {
            Instrument::Melodic { program, .. } => names::program(program.get()).to_owned(),
            Instrument::Drums { .. } => "drums".to_owned(),
        });
        self.drums |= matches!(sound, Instrument::Drums { .. });
    }
}
