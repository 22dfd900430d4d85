//! Instants as people who read music name them: bar and beat.

use std::fmt;

use super::merge::Merge;
use super::time::{Clock, Instant};
use crate::midi::{Division, EventKind, Format, Smf, Track};

/// Bars and beats of a song. Its instants are those of the score, at whatever tempo ratio that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    stretches: Vec<MeterSpan>,
}

/// A place in the bars of a song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MusicalPlace {
    /// The bar, counted from 1.
    pub bar: u64,
    /// The beat, counted from 1, with the part of it that has passed.
    pub beat: f64,
}

impl fmt::Display for MusicalPlace {
    /// `12:3.5`: half of the third beat of bar 12 has passed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beat = format!("{:.2}", self.beat);
        let beat = beat.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{}:{beat}", self.bar)
    }
}

/// Bars of one length at one tempo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MeterSpan {
    start: Instant,
    units_per_tick: u64,
    /// The bar at the start, counted from 0.
    bar: u64,
    /// Ticks of this bar that have passed at the start.
    passed: u64,
    ticks_per_beat: u64,
    beats: u64,
}

impl Meter {
    /// The bars of a file; none where it counts frames of film instead of quarter notes.
    ///
    /// Until a time signature says otherwise, four quarters are a bar (SMF 1.0). One within a bar begins a new bar.
    /// Patterns of format 2 follow one another, each from a new bar in the same time.
    #[must_use]
    pub fn of(smf: &Smf<'_>) -> Option<Self> {
        let Division::TicksPerQuarter(ticks) = smf.division else {
            return None;
        };
        let mut counter =
            Counter::new(u64::from(ticks.get()), Clock::new(smf.division, Instant(0)));
        match smf.format {
            Format::SingleTrack | Format::Parallel => counter.play(&smf.tracks),
            Format::Sequential => {
                for track in &smf.tracks {
                    let start = counter.now;
                    counter.clock = Clock::new(smf.division, start);
                    counter.tick = 0;
                    counter.begin_bar();
                    counter.play(std::slice::from_ref(track));
                }
            }
        }
        Some(Self {
            stretches: counter.stretches,
        })
    }

    /// The bar and beat of an instant.
    #[must_use]
    pub fn place(&self, instant: Instant) -> MusicalPlace {
        let next = self.stretches.partition_point(|s| s.start <= instant);
        let stretch = &self.stretches[next.saturating_sub(1)];
        let units = instant.0.saturating_sub(stretch.start.0);
        let ticks = stretch.passed as f64 + units as f64 / stretch.units_per_tick.max(1) as f64;
        let beats = ticks / stretch.ticks_per_beat as f64;
        // To a hundredth of a beat: nobody says "the end of beat 4.999".
        let hundredths = (beats * 100.0).round() as u64;
        let per_bar = stretch.beats * 100;
        MusicalPlace {
            bar: stretch.bar + hundredths / per_bar + 1,
            beat: (hundredths % per_bar) as f64 / 100.0 + 1.0,
        }
    }
}

/// Counts bars along the events.
struct Counter {
    clock: Clock,
    ticks_per_quarter: u64,
    now: Instant,
    tick: u64,
    stretches: Vec<MeterSpan>,
}

impl Counter {
    fn new(ticks_per_quarter: u64, clock: Clock) -> Self {
        let first = MeterSpan {
            start: Instant(0),
            units_per_tick: clock.units_per_tick(),
            bar: 0,
            passed: 0,
            ticks_per_beat: ticks_per_quarter,
            beats: 4,
        };
        Self {
            clock,
            ticks_per_quarter,
            now: Instant(0),
            tick: 0,
            stretches: vec![first],
        }
    }

    fn play(&mut self, tracks: &[Track<'_>]) {
        for (_, event) in Merge::new(tracks) {
            match event.kind {
                EventKind::Tempo(tempo) => {
                    let stretch = self.stretch(event.tick);
                    self.clock.set_tempo(tempo);
                    self.push(MeterSpan {
                        units_per_tick: self.clock.units_per_tick(),
                        ..stretch
                    });
                }
                EventKind::TimeSignature { beats, note } => {
                    let stretch = self.stretch(event.tick);
                    let ticks_per_beat = self.ticks_per_quarter * 4 / u64::from(note.max(1));
                    self.push(MeterSpan {
                        ticks_per_beat: ticks_per_beat.max(1),
                        beats: u64::from(beats.max(1)),
                        ..whole(stretch)
                    });
                }
                EventKind::EndOfTrack => {
                    let stretch = self.stretch(event.tick);
                    self.push(stretch);
                }
                EventKind::Channel { .. }
                | EventKind::SysEx(_)
                | EventKind::TrackName(_)
                | EventKind::Port(_)
                | EventKind::DeviceName(_) => {}
            }
        }
    }

    /// A stretch like the last one that starts at `tick`.
    fn stretch(&mut self, tick: u64) -> MeterSpan {
        let last = self.stretches[self.stretches.len() - 1];
        let passed = last.passed + (tick - self.tick);
        let bar = last.ticks_per_beat * last.beats;
        self.now = self.clock.advance(tick);
        self.tick = tick;
        MeterSpan {
            start: self.now,
            bar: last.bar + passed / bar,
            passed: passed % bar,
            ..last
        }
    }

    /// A pattern begins with a bar of its own, at the tempo of its clock.
    fn begin_bar(&mut self) {
        let last = self.stretches[self.stretches.len() - 1];
        self.push(MeterSpan {
            start: self.now,
            units_per_tick: self.clock.units_per_tick(),
            ..whole(last)
        });
    }

    fn push(&mut self, stretch: MeterSpan) {
        self.stretches.push(stretch);
    }
}

/// The same from the next bar line on, unless it starts at one.
fn whole(stretch: MeterSpan) -> MeterSpan {
    MeterSpan {
        bar: stretch.bar + u64::from(stretch.passed > 0),
        passed: 0,
        ..stretch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi;

    /// A file of format 0 or 2 with 96 ticks to a quarter.
    fn meter(format: u8, tracks: &[&[u8]]) -> Meter {
        let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
        bytes.extend([format, 0, tracks.len() as u8, 0, 96]);
        for track in tracks {
            bytes.extend(b"MTrk");
            bytes.extend((track.len() as u32 + 4).to_be_bytes());
            bytes.extend(*track);
            bytes.extend(b"\x00\xFF\x2F\0");
        }
        Meter::of(&midi::parse(&bytes).unwrap()).unwrap()
    }

    /// The place after so many quarter notes of half a second.
    fn at(meter: &Meter, quarters: f64) -> String {
        let instant = Instant((quarters * 96.0 * 500_000.0) as u64);
        meter.place(instant).to_string()
    }

    #[test]
    fn four_quarters_are_a_bar_unless_a_time_signature_says_otherwise() {
        let plain = meter(0, &[b"\x00\x90\x3C\x40\x60\x80\x3C\x40"]);
        assert_eq!(at(&plain, 0.0), "1:1");
        assert_eq!(at(&plain, 9.5), "3:2.5");
        assert_eq!(at(&plain, 7.9999), "3:1");
        let six_eighths = meter(0, &[b"\x00\xFF\x58\x04\x06\x03\x18\x08"]);
        assert_eq!(at(&six_eighths, 3.0), "2:1");
        assert_eq!(at(&six_eighths, 4.0), "2:3");
    }

    #[test]
    fn a_time_signature_within_a_bar_begins_a_new_one() {
        // 3/4 after two quarters.
        let changed = meter(0, &[b"\x81\x40\xFF\x58\x04\x03\x02\x18\x08"]);
        assert_eq!(at(&changed, 1.0), "1:2");
        assert_eq!(at(&changed, 2.0), "2:1");
        assert_eq!(at(&changed, 5.0), "3:1");
    }

    #[test]
    fn the_tempo_changes_the_beats_and_not_the_bars() {
        // Twice as fast after one quarter.
        let faster = meter(0, &[b"\x60\xFF\x51\x03\x03\xD0\x90"]);
        assert_eq!(at(&faster, 1.0), "1:2");
        assert_eq!(at(&faster, 2.0), "1:4");
        assert_eq!(at(&faster, 2.5), "2:1");
    }

    #[test]
    fn patterns_begin_with_bars_of_their_own() {
        let patterns = meter(2, &[b"\x60\x90\x3C\x40", b"\x60\x90\x3C\x40"]);
        assert_eq!(at(&patterns, 0.5), "1:1.5");
        assert_eq!(at(&patterns, 1.0), "2:1");
        assert_eq!(at(&patterns, 1.5), "2:1.5");
    }
}
