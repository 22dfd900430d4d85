//! Stage one: a key, and everything that moves it, to the oscillator's frequency over time.

use super::course::Ends;
use crate::dsp::curve::{Cursor, Curve};
use crate::dsp::exp2::{exp2, exp2s};
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::dsp::phase::{Increment, LANES};
use crate::dsp::round::nearest;
use crate::dsp::simd::vectorised;
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fall {
    /// At the onset.
    pub cents: f64,
    /// Logarithm to base 2 of the ratio of one frame to the one before.
    pub octaves_per_frame: f64,
}

/// An offset that goes to zero in a straight line.
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Debug)]
pub struct Cursors {
    bend: Option<Cursor>,
    vibrato: Vec<Cursor>,
}

/// Cents from where a pitch rests, at eight frames.
pub type Moves = [f64; LANES];

fn same((one, onset): (&Curve, u64), (other, other_onset): (&Curve, u64)) -> bool {
    std::ptr::eq(one, other) && onset == other_onset
}

impl Pitch<'_> {
    /// One that never changes.
    #[must_use]
    pub const fn still(cents: f64) -> Self {
        Self {
            still: cents,
            bend: None,
            sweep: None,
            glide: None,
            vibrato: None,
            sway: None,
        }
    }

    /// Whether the frequency never changes.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.bend.is_none()
            && self.sweep.is_none()
            && self.glide.is_none()
            && self.vibrato.is_none()
            && self.sway.is_none()
    }

    /// Where the curves are read at the onset.
    #[must_use]
    pub fn cursors(&self) -> Cursors {
        let vibrato = self.vibrato.iter().flat_map(|vibrato| &vibrato.moving);
        Cursors {
            bend: self.bend.map(|(curve, onset)| curve.cursor(onset)),
            vibrato: vibrato.map(|(curve, onset)| curve.cursor(*onset)).collect(),
        }
    }

    /// Whether it goes up and down as another does, wherever both stand.
    #[must_use]
    pub fn moves_like(&self, other: &Self) -> bool {
        let swing = |pitch: &Self| {
            let vibrato = pitch.vibrato.as_ref();
            vibrato.map(|vibrato| (vibrato.lfo, vibrato.still))
        };
        let (own, others) = (self.curves(), other.curves());
        self.bend.is_some() == other.bend.is_some()
            && own.zip(others).all(|(own, other)| same(own, other))
            && self.curves().count() == other.curves().count()
            && (self.sweep, self.glide, self.sway) == (other.sweep, other.glide, other.sway)
            && swing(self) == swing(other)
    }

    /// The curves that it follows, the bend first, and where on them its onset is.
    fn curves(&self) -> impl Iterator<Item = (&Curve, u64)> {
        let vibrato = self.vibrato.iter().flat_map(|vibrato| &vibrato.moving);
        self.bend.into_iter().chain(vibrato.copied())
    }

    /// The frequencies at which it stands so many cents from where it rests.
    #[must_use]
    pub fn increments(&self, moves: &Moves, rate: SampleRate) -> [Increment; LANES] {
        increments(&moves.map(|cents| self.still + cents), rate)
    }

    /// How far it has moved at eight frames since the onset. `cursors` serve frames that only grow.
    #[must_use]
    pub fn moves(&self, frames: &Ends, cursors: &mut Cursors) -> Moves {
        let mut cents = [0.0; LANES];
        if let (Some(bend), Some(cursor)) = (self.bend, &mut cursors.bend) {
            add(&mut cents, &values(bend, cursor, frames));
        }
        if let Some(fall) = &self.sweep {
            fall.add(frames, &mut cents);
        }
        if let Some(glide) = &self.glide {
            for (cents, frame) in cents.iter_mut().zip(frames) {
                *cents += glide.cents * (1.0 - *frame as f64 / glide.frames).max(0.0);
            }
        }
        if let Some(vibrato) = &self.vibrato {
            vibrato.add(frames, &mut cursors.vibrato, &mut cents);
        }
        if let Some((lfo, depth)) = &self.sway {
            add(&mut cents, &lfo.values(frames).map(|value| depth * value));
        }
        cents
    }
}

impl Fall {
    fn add(&self, frames: &Ends, cents: &mut [f64; LANES]) {
        let left = exp2s(&frames.map(|frame| self.octaves_per_frame * frame as f64));
        add(cents, &left.map(|left| self.cents * left));
    }
}

impl Vibrato<'_> {
    fn add(&self, frames: &Ends, cursors: &mut [Cursor], cents: &mut [f64; LANES]) {
        let mut depths = [self.still; LANES];
        for (moving, cursor) in self.moving.iter().zip(cursors) {
            add(&mut depths, &values(*moving, cursor, frames));
        }
        // A modulation wheel mostly lies at zero.
        if depths == [0.0; LANES] {
            return;
        }
        let swings = self.lfo.values(frames);
        for (cents, (depth, swing)) in cents.iter_mut().zip(depths.iter().zip(swings)) {
            *cents += depth * swing;
        }
    }
}

/// The values of a curve at frames since the onset.
fn values((curve, onset): (&Curve, u64), cursor: &mut Cursor, frames: &Ends) -> [f64; LANES] {
    let frames = frames.map(|frame| onset + frame);
    curve.values_at(cursor, &frames).map(f64::from)
}

fn add(sums: &mut [f64; LANES], values: &[f64; LANES]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

vectorised! {
    fn increments(cents: &[f64; LANES], rate: SampleRate) -> [Increment; LANES] {
        let mut increments = [0; LANES];
        for (increment, cents) in increments.iter_mut().zip(cents) {
            *increment = self::increment(*cents, rate);
        }
        increments
    }
}

/// The frequency of a pitch: `440 Hz * 2^((cents - 6900) / 1200)`, in steps of 2^-32 cycles per frame.
#[must_use]
#[inline(always)]
pub fn increment(cents: f64, rate: SampleRate) -> Increment {
    let cycles_per_frame = 440.0 / f64::from(rate.hz()) * exp2((cents - 6900.0) * (1.0 / 1200.0));
    // A frequency beyond the sample rate stays unheard.
    nearest((cycles_per_frame * 4_294_967_296.0).min(f64::from(Increment::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Hertz, Key, Seconds};

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

    fn cents(pitch: &Pitch<'_>, frame: u64) -> f64 {
        pitch.still + pitch.moves(&[frame; LANES], &mut pitch.cursors())[0]
    }

    #[test]
    fn a_glide_arrives_and_a_sweep_fades() {
        let glide = Pitch {
            glide: Some(Glide {
                cents: -1200.0,
                frames: 100.0,
            }),
            ..Pitch::still(6900.0)
        };
        assert_eq!(
            [0, 50, 100, 200].map(|frame| cents(&glide, frame)),
            [5700.0, 6300.0, 6900.0, 6900.0]
        );
        let fall = Fall {
            cents: 1000.0,
            octaves_per_frame: libm::log2(0.001) / 300.0,
        };
        let sweep = Pitch {
            sweep: Some(fall),
            ..Pitch::still(0.0)
        };
        for (frame, expected) in [(0, 1000.0), (100, 100.0), (300, 1.0)] {
            assert!((cents(&sweep, frame) - expected).abs() < 1e-3);
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
            ..Pitch::still(6900.0)
        };
        assert!((cents(&pitch, 2250) - 6950.0).abs() < 1e-3);
        assert!((cents(&pitch, 2750) - 6850.0).abs() < 1e-3);
    }

    #[test]
    fn pitches_move_alike_by_the_same_curves_from_the_same_onset() {
        let rate = SampleRate::default();
        let (bend, other_bend) = (
            Curve::ramped(0.0, [(9, 1.0)].into_iter(), rate),
            Curve::ramped(0.0, [(9, 1.0)].into_iter(), rate),
        );
        let bent = |curve, onset| Pitch {
            bend: Some((curve, onset)),
            ..Pitch::still(6900.0)
        };
        let detuned = Pitch {
            still: 6912.0,
            ..bent(&bend, 7)
        };
        assert!(detuned.moves_like(&bent(&bend, 7)));
        assert!(!detuned.moves_like(&bent(&bend, 8)));
        assert!(!detuned.moves_like(&bent(&other_bend, 7)));
        assert!(!detuned.moves_like(&Pitch::still(6912.0)));
        let swinging = |still| Pitch {
            vibrato: Some(Vibrato {
                lfo: LowFrequencyOscillator::new(Hertz(5.0), Seconds(0.0), rate),
                still,
                moving: vec![(&bend, 7)],
            }),
            ..bent(&bend, 7)
        };
        assert!(swinging(9.0).moves_like(&swinging(9.0)));
        assert!(!swinging(9.0).moves_like(&swinging(8.0)));
        assert!(!swinging(9.0).moves_like(&detuned) && !detuned.moves_like(&swinging(9.0)));
    }
}
