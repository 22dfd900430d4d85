//! Stage one: a key, and everything that moves it, to the oscillator's frequency over time.

use crate::dsp::curve::{Cursor, Curve, Stretch};
use crate::dsp::exp2::exp2;
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::dsp::phase::Increment;
use crate::units::SampleRate;

/// Frames from one evaluation of what moves to the next; in between the frequency goes in a straight line. At 5.5 Hz
/// and 50 cents of vibrato this is wrong by at most 0.08 cents.
pub const STEP: usize = 128;

/// The parts that a pitch is the sum of, all in cents.
#[derive(Clone, Debug)]
pub struct Pitch<'a> {
    /// What stays: key, detuning, a constant bend. 6900 is 440 Hz.
    pub still: f64,
    /// What the channel's controllers do to it, where they move, and the frame of the onset on that curve.
    pub bend: Option<(&'a Curve, u64)>,
    /// Exponential approaches from an offset: a preset's sweep.
    pub sweep: Option<Fall>,
    /// A glide from another key.
    pub glide: Option<Glide>,
    /// Vibrato.
    pub vibrato: Option<Vibrato<'a>>,
    /// A swing that no controller changes, by its depth in cents.
    pub sway: Option<(LowFrequencyOscillator, f64)>,
}

/// An offset that falls by 60 dB in `frames`.
#[derive(Clone, Copy, Debug)]
pub struct Fall {
    /// At the onset.
    pub cents: f64,
    /// Logarithm to base 2 of the ratio of one frame to the one before.
    pub octaves_per_frame: f64,
}

/// An offset that goes to zero in a straight line.
#[derive(Clone, Copy, Debug)]
pub struct Glide {
    /// At the onset.
    pub cents: f64,
    /// Until it is gone.
    pub frames: f64,
}

/// A swing to both sides.
#[derive(Clone, Debug)]
pub struct Vibrato<'a> {
    /// Its course.
    pub lfo: LowFrequencyOscillator,
    /// The depth that stays, in cents.
    pub still: f64,
    /// Depths that move, in cents, with the frame of the onset on these curves.
    pub moving: Vec<(&'a Curve, u64)>,
}

/// Where a tone's curves were last read.
#[derive(Clone, Debug, Default)]
pub struct Cursors {
    bend: Option<Cursor>,
    vibrato: Vec<Cursor>,
}

impl Pitch<'_> {
    /// Whether the frequency never changes.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.bend.is_none()
            && self.sweep.is_none()
            && self.glide.is_none()
            && self.vibrato.is_none()
            && self.sway.is_none()
    }

    /// The pitch at a frame since the onset, in cents. `cursors` serve frames that only grow.
    #[must_use]
    pub fn cents(&self, frame: u64, cursors: &mut Cursors) -> f64 {
        let mut cents = self.still;
        if let Some((curve, onset)) = self.bend {
            let cursor = cursors
                .bend
                .get_or_insert_with(|| curve.cursor(onset + frame));
            cents += f64::from(curve.value_at(cursor, onset + frame));
        }
        if let Some(fall) = self.sweep {
            cents += fall.cents * exp2(fall.octaves_per_frame * frame as f64);
        }
        if let Some(glide) = self.glide {
            cents += glide.cents * (1.0 - frame as f64 / glide.frames).max(0.0);
        }
        if let Some(vibrato) = &self.vibrato {
            cents += vibrato.cents(frame, &mut cursors.vibrato);
        }
        if let Some((lfo, depth)) = &self.sway {
            cents += depth * lfo.value(frame);
        }
        cents
    }

    /// How many frames from `frame` on the pitch is sure to stay as it is.
    #[must_use]
    pub fn rests(&self, frame: u64, cursors: &mut Cursors) -> u64 {
        let gliding = self
            .glide
            .is_some_and(|glide| (frame as f64) < glide.frames);
        if self.sweep.is_some() || self.sway.is_some() || gliding {
            return 0;
        }
        let bend = self.bend.map_or(u64::MAX, |(curve, onset)| {
            let cursor = cursors
                .bend
                .get_or_insert_with(|| curve.cursor(onset + frame));
            rests(from_here(curve, cursor, onset + frame), true)
        });
        let vibrato = self.vibrato.as_ref();
        vibrato.map_or(bend, |vibrato| {
            bend.min(vibrato.rests(frame, &mut cursors.vibrato))
        })
    }
}

impl Vibrato<'_> {
    fn cents(&self, frame: u64, cursors: &mut Vec<Cursor>) -> f64 {
        let depth = self
            .stretches(frame, cursors)
            .fold(self.still, |depth, stretch| {
                depth + f64::from(stretch.value)
            });
        if depth == 0.0 {
            0.0
        } else {
            depth * self.lfo.value(frame)
        }
    }

    /// How many frames from `frame` on nothing swings.
    fn rests(&self, frame: u64, cursors: &mut Vec<Cursor>) -> u64 {
        if self.still != 0.0 {
            return 0;
        }
        self.stretches(frame, cursors)
            .map(|stretch| rests(stretch, stretch.value == 0.0))
            .fold(u64::MAX, u64::min)
    }

    /// The stretches of the moving depths that begin at a frame, their ends counted from there.
    fn stretches(&self, frame: u64, cursors: &mut Vec<Cursor>) -> impl Iterator<Item = Stretch> {
        if cursors.is_empty() {
            cursors.extend(
                self.moving
                    .iter()
                    .map(|(curve, onset)| curve.cursor(onset + frame)),
            );
        }
        let curves = self.moving.iter().zip(cursors);
        curves.map(move |((curve, onset), cursor)| from_here(curve, cursor, onset + frame))
    }
}

/// The stretch of a curve that begins at a frame, its end counted from there.
fn from_here(curve: &Curve, cursor: &mut Cursor, now: u64) -> Stretch {
    let stretch = curve.stretch_at(cursor, now);
    Stretch {
        end: stretch.end - now,
        ..stretch
    }
}

/// How many frames a stretch stays as it is, if what it does is to `count`.
fn rests(stretch: Stretch, count: bool) -> u64 {
    if count && stretch.slope == 0.0 {
        stretch.end
    } else {
        0
    }
}

/// The frequency of a pitch: `440 Hz * 2^((cents - 6900) / 1200)`, in steps of 2^-32 cycles per frame.
#[must_use]
pub fn increment(cents: f64, rate: SampleRate) -> Increment {
    let cycles_per_frame = 440.0 / f64::from(rate.hz()) * exp2((cents - 6900.0) / 1200.0);
    // `as` saturates: a frequency beyond the sample rate stays unheard.
    (cycles_per_frame * 4_294_967_296.0 + 0.5) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Hertz, Key, Seconds};

    fn still(cents: f64) -> Pitch<'static> {
        Pitch {
            still: cents,
            bend: None,
            sweep: None,
            glide: None,
            vibrato: None,
            sway: None,
        }
    }

    #[test]
    fn every_key_is_in_tune_to_a_thousandth_of_a_cent() {
        for rate in [8_000, 44_100, 192_000].map(|hz| SampleRate::new(hz).unwrap()) {
            for key in (0..128).map(Key::new) {
                let exact = key.frequency().0;
                let heard = f64::from(increment(f64::from(key.get()) * 100.0, rate))
                    / 4_294_967_296.0
                    * f64::from(rate.hz());
                let error = 1200.0 * libm::log2(heard / exact);
                assert!(
                    error.abs() < 0.005 || exact > f64::from(rate.hz()),
                    "key {key} at {rate}: {error} cents"
                );
            }
        }
    }

    #[test]
    fn a_glide_arrives_and_a_sweep_fades() {
        let mut cursors = Cursors::default();
        let glide = Pitch {
            glide: Some(Glide {
                cents: -1200.0,
                frames: 100.0,
            }),
            ..still(6900.0)
        };
        assert_eq!(
            [0, 50, 100, 200].map(|frame| glide.cents(frame, &mut cursors)),
            [5700.0, 6300.0, 6900.0, 6900.0]
        );
        let fall = Fall {
            cents: 1000.0,
            octaves_per_frame: libm::log2(0.001) / 300.0,
        };
        let sweep = Pitch {
            sweep: Some(fall),
            ..still(0.0)
        };
        for (frame, cents) in [(0, 1000.0), (100, 100.0), (300, 1.0)] {
            assert!((sweep.cents(frame, &mut cursors) - cents).abs() < 1e-3);
        }
    }

    #[test]
    fn vibrato_swings_to_both_sides_by_its_depth() {
        let rate = SampleRate::new(8000).unwrap();
        let lfo = LowFrequencyOscillator::new(Hertz(8.0), Seconds(0.0), rate);
        let pitch = Pitch {
            vibrato: Some(Vibrato {
                lfo,
                still: 50.0,
                moving: vec![],
            }),
            ..still(6900.0)
        };
        let mut cursors = Cursors::default();
        assert!((pitch.cents(2250, &mut cursors) - 6950.0).abs() < 1e-3);
        assert!((pitch.cents(2750, &mut cursors) - 6850.0).abs() < 1e-3);
    }
}
