//! The notes of a rendering, for those who train and measure with both.

use serde::Serialize;

use crate::bank::Bank;
use crate::plan::{Excerpt, Plan, sounds};
use crate::score::{Instant, Instrument, Note, Score};
use crate::units::{SampleRate, Seconds};

/// A note of a rendering. The names are those of the columns, and stay. Frames and seconds count from the start of the
/// rendering, and are negative before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Label {
    /// Where it begins.
    pub onset_frame: i64,
    /// Where the release of the sound begins: key and pedals are up.
    pub release_frame: i64,
    /// Where its key goes up.
    pub key_up_frame: i64,
    /// Where it begins, in seconds.
    pub onset_s: f64,
    /// Where the release of the sound begins, in seconds.
    pub release_s: f64,
    /// Where its key goes up, in seconds.
    pub key_up_s: f64,
    /// Counted from 1.
    pub channel: usize,
    /// `0..=127`; 60 is middle C.
    pub key: u8,
    /// `1..=127`.
    pub velocity: u8,
    /// Counted from 0; of drums, that of the kit.
    pub program: u8,
    /// Bank select, high byte (CC0); drums have none.
    pub bank_msb: Option<u8>,
    /// Bank select, low byte (CC32); drums have none.
    pub bank_lsb: Option<u8>,
    /// Whether it is a drum.
    pub drum: bool,
    /// Counted from 1.
    pub track: u32,
}

impl Label {
    /// The names of the fields, in their order.
    pub const COLUMNS: [&str; 14] = [
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

    /// The notes that are heard in a rendering, in the order in which they are struck.
    pub(super) fn all<'s>(
        score: &'s Score,
        bank: &'s Bank,
        plan: &Plan<'_>,
    ) -> impl Iterator<Item = Self> + use<'s> {
        let place = LabelContext::new(score, plan);
        let heard = move |note: &&Note| place.hears(note, bank);
        let notes = score.notes.iter().filter(heard);
        notes.map(move |note| place.label(note))
    }
}

/// Where the recording lies in the song.
#[derive(Clone, Copy)]
struct LabelContext<'s> {
    score: &'s Score,
    excerpt: Excerpt,
    rate: SampleRate,
}

impl<'s> LabelContext<'s> {
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
            Instrument::Melodic {
                bank_msb,
                bank_lsb,
                program,
            } => (program, Some((bank_msb, bank_lsb))),
            Instrument::Drums { kit } => (kit, None),
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
