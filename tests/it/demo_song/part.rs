//! One instrument of the demo song: written notes become played ones, with accents, phrasing and human inaccuracy.

use super::notation::{BAR, parse, parse_beat};
use crate::smf::Track;

/// The channel of the drums.
pub(super) const DRUMS: u8 = 9;
/// The ticks of a sixteenth, at 480 to the quarter.
const SIXTEENTH: u32 = 120;

/// Sixteenths in ticks.
pub(super) const fn ticks(sixteenths: u32) -> u32 {
    sixteenths * SIXTEENTH
}

/// One instrument on its channel.
pub(super) struct Part {
    channel: u8,
    name: &'static str,
    program: u8,
    volume: u8,
    pan: u8,
    reverb: u8,
    /// The share of its written length that a note is held, in percent.
    held: u32,
    /// How many ticks each note of a chord follows the one below it.
    strum: u32,
    notes: Vec<Note>,
    /// Controllers by tick: expression and pedal.
    controls: Vec<(u32, u8, u8)>,
    chance: Chance,
}

/// A note of a part, in ticks, still as written.
struct Note {
    start: u32,
    length: u32,
    key: u8,
    velocity: u8,
}

impl Part {
    pub(super) fn new(channel: u8, name: &'static str, program: u8) -> Self {
        Self {
            channel,
            name,
            program,
            volume: 100,
            pan: 64,
            reverb: 40,
            held: 88,
            strum: 0,
            notes: Vec::new(),
            controls: Vec::new(),
            chance: Chance(u64::from(channel) + 1580),
        }
    }

    pub(super) fn volume(self, volume: u8) -> Self {
        Self { volume, ..self }
    }

    pub(super) fn pan(self, pan: u8) -> Self {
        Self { pan, ..self }
    }

    pub(super) fn reverb(self, reverb: u8) -> Self {
        Self { reverb, ..self }
    }

    pub(super) fn legato(self) -> Self {
        Self { held: 98, ..self }
    }

    pub(super) fn strum(self, strum: u32) -> Self {
        Self { strum, ..self }
    }

    /// Plays a passage from a bar on, its velocity moving from the first level to the last.
    pub(super) fn play(&mut self, bar: u32, notation: &str, [first, last]: [i32; 2]) {
        let chords = parse(notation);
        let end = chords
            .iter()
            .map(|chord| chord.start + chord.length)
            .max()
            .unwrap();
        for chord in &chords {
            let place = bar * BAR + chord.start;
            let level = between(first, last, chord.start, end) + metre(place) + phrase(place);
            for (voice, &key) in (0..).zip(&chord.keys) {
                let delay = voice * self.strum;
                self.notes.push(Note {
                    start: ticks(place) + delay,
                    length: ticks(chord.length) - delay,
                    key,
                    velocity: velocity_of(level + self.chance.within(2)),
                });
            }
        }
    }

    /// Strikes drums from a bar on: see [`parse_beat`].
    pub(super) fn beat(&mut self, bar: u32, notation: &str) {
        for stroke in parse_beat(notation) {
            let velocity = 20 + 12 * stroke.force + self.chance.within(3);
            self.notes.push(Note {
                start: ticks(bar * BAR + stroke.place),
                length: SIXTEENTH,
                key: stroke.key,
                velocity: velocity_of(velocity),
            });
        }
    }

    /// Joins a note to an equal one that it meets, so that a voice that stays is not struck again.
    pub(super) fn tie(&mut self) {
        let mut tied: Vec<Note> = Vec::new();
        for note in self.notes.drain(..) {
            let meets =
                |held: &&mut Note| held.key == note.key && held.start + held.length == note.start;
            match tied.iter_mut().find(meets) {
                Some(held) => held.length += note.length,
                None => tied.push(note),
            }
        }
        self.notes = tied;
    }

    /// Moves the expression through one level per bar, a step every sixteenth; the first holds from the upbeat on.
    pub(super) fn swell(&mut self, bar: u32, levels: &[u8]) {
        let before_upbeat = ticks(bar * BAR - 2) - SIXTEENTH / 4;
        self.controls.push((before_upbeat, 11, levels[0]));
        for (bar, pair) in (bar..).zip(levels.windows(2)) {
            for sixteenth in 0..BAR {
                let level = between(pair[0].into(), pair[1].into(), sixteenth, BAR);
                let level = u8::try_from(level).unwrap();
                self.controls
                    .push((ticks(bar * BAR + sixteenth), 11, level));
            }
        }
    }

    /// Presses the sustain pedal just after each half bar begins and lifts it just before the next; the last bar rings.
    pub(super) fn pedal_by_half_bar(&mut self, last_bar: u32) {
        for half_bar in 0..2 * last_bar {
            let start = ticks(half_bar * BAR / 2);
            self.controls.push((start + SIXTEENTH / 4, 64, 127));
            self.controls
                .push((start + ticks(BAR / 2) - SIXTEENTH / 4, 64, 0));
        }
        self.controls.push((ticks(last_bar * BAR), 64, 127));
        self.controls.push((ticks((last_bar + 1) * BAR), 64, 0));
    }

    /// Writes the part with a few ticks of human inaccuracy.
    pub(super) fn write<'t>(&self, t: &'t mut Track) -> &'t mut Track {
        let channel = self.channel;
        t.name(self.name).program(channel, self.program);
        t.control(channel, 7, self.volume)
            .control(channel, 10, self.pan)
            .control(channel, 91, self.reverb);
        for &(tick, controller, value) in &self.controls {
            t.at(tick).control(channel, controller, value);
        }
        let mut chance = self.chance;
        for note in &self.notes {
            let start = note.start.saturating_add_signed(chance.within(5));
            // The gap is at least what the next note may come early, and at most a third of a sixteenth when legato.
            let gap = note.length * (100 - self.held) / 100;
            let end = note.start + note.length - gap.clamp(6, 40);
            t.note(channel, note.key, note.velocity, start..end);
        }
        t
    }
}

/// A pseudo-random sequence (Knuth's MMIX generator), the same on every run.
#[derive(Clone, Copy)]
struct Chance(u64);

impl Chance {
    /// The next number in `-limit..=limit`.
    fn within(&mut self, limit: u8) -> i32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let choices = 2 * u64::from(limit) + 1;
        i32::try_from((self.0 >> 33) % choices).unwrap() - i32::from(limit)
    }
}

/// The accents of 6/8: the bar, its middle, the other eighths, and what lies between them.
fn metre(place: u32) -> i32 {
    match place % BAR {
        0 => 7,
        6 => 4,
        sixteenth if sixteenth % 2 == 0 => -2,
        _ => -5,
    }
}

/// A phrase of four bars grows towards its third bar and falls back.
fn phrase(place: u32) -> i32 {
    let (place, height) = (place % (4 * BAR), 2 * BAR + BAR / 2);
    if place < height {
        between(0, 6, place, height)
    } else {
        between(6, -2, place - height, 4 * BAR - height)
    }
}

/// The point `part / whole` of the way from one number to another.
fn between(from: i32, to: i32, part: u32, whole: u32) -> i32 {
    from + (to - from) * i32::try_from(part).unwrap() / i32::try_from(whole).unwrap()
}

fn velocity_of(level: i32) -> u8 {
    u8::try_from(level.clamp(1, 127)).unwrap()
}
