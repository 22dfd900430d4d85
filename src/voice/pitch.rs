//! Stage one: a key, and everything that moves it, to the oscillator's frequency over time.

use super::grid::Ends;
use crate::dsp::curve::{Cursor, Curve};
use crate::dsp::exp2::{exp2, exp2s};
use crate::dsp::phase::{Increment, LANES};
use crate::dsp::round::nearest;
use crate::dsp::simd::vectorised;
use crate::sound::resolved::{Destination, Movement, PitchSpec, Swing};
use crate::units::SampleRate;

/// A pitch and what moves it.
#[derive(Clone, Copy, Debug)]
pub struct Pitch<'a> {
    spec: PitchSpec,
    /// What controllers do to it in cents, where they move, and the frame of the onset on that curve.
    bend: Option<(&'a Curve, u64)>,
    /// The depth of the vibrato in cents, where it moves.
    depth: Option<(&'a Curve, u64)>,
}

/// Where a tone's curves were last read.
#[derive(Clone, Debug)]
pub struct Cursors {
    bend: Option<Cursor>,
    depth: Option<Cursor>,
}

/// Cents from where a pitch rests, at eight frames.
pub type PitchOffsets = [f64; LANES];

/// Whether two curves are the same, from the same frame on.
fn same(one: Option<(&Curve, u64)>, other: Option<(&Curve, u64)>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some((one, onset)), Some((other, other_onset))) => {
            std::ptr::eq(one, other) && onset == other_onset
        }
        _ => false,
    }
}

impl<'a> Pitch<'a> {
    /// A pitch of a tone that moves, or rests.
    #[must_use]
    pub fn new(spec: PitchSpec, movement: &Movement<'a>) -> Self {
        Self {
            spec,
            bend: movement.of(Destination::Pitch),
            depth: spec.vibrato.and_then(|_| movement.of(Destination::Vibrato)),
        }
    }

    /// Whether the frequency never changes.
    #[must_use]
    pub fn is_still(&self) -> bool {
        let PitchSpec {
            still: _,
            sweep,
            glide,
            vibrato,
            sway,
        } = &self.spec;
        self.bend.is_none()
            && sweep.is_none()
            && glide.is_none()
            && vibrato.is_none()
            && sway.is_none()
    }

    /// Where the curves are read at the onset.
    #[must_use]
    pub fn cursors(&self) -> Cursors {
        let cursor = |(curve, onset): (&Curve, u64)| curve.cursor(onset);
        Cursors {
            bend: self.bend.map(cursor),
            depth: self.depth.map(cursor),
        }
    }

    /// Whether it goes up and down as another does, wherever both stand.
    #[must_use]
    pub fn moves_like(&self, other: &Self) -> bool {
        let swings = |pitch: &Self| PitchSpec {
            still: 0.0,
            ..pitch.spec
        };
        swings(self) == swings(other)
            && same(self.bend, other.bend)
            && same(self.depth, other.depth)
    }

    /// The frequencies at which it stands so many cents from where it rests.
    #[must_use]
    pub fn increments(&self, moves: &PitchOffsets, rate: SampleRate) -> [Increment; LANES] {
        increments(&moves.map(|cents| self.spec.still + cents), rate)
    }

    /// How far it has moved at eight frames since the onset. `cursors` serve frames that only grow.
    #[must_use]
    pub fn moves(&self, frames: &Ends, cursors: &mut Cursors) -> PitchOffsets {
        let mut cents = [0.0; LANES];
        if let (Some(bend), Some(cursor)) = (self.bend, &mut cursors.bend) {
            add(&mut cents, &values(bend, cursor, frames));
        }
        if let Some(fall) = &self.spec.sweep {
            let left = exp2s(&frames.map(|frame| fall.octaves_per_frame * frame as f64));
            add(&mut cents, &left.map(|left| fall.cents * left));
        }
        if let Some(glide) = &self.spec.glide {
            for (cents, frame) in cents.iter_mut().zip(frames) {
                *cents += glide.cents * (1.0 - *frame as f64 / glide.frames).max(0.0);
            }
        }
        if let Some(vibrato) = &self.spec.vibrato {
            self.swing(vibrato, frames, cursors, &mut cents);
        }
        if let Some(Swing { lfo, depth }) = &self.spec.sway {
            add(&mut cents, &lfo.values(frames).map(|value| depth * value));
        }
        cents
    }

    /// Adds the vibrato.
    fn swing(
        &self,
        vibrato: &Swing,
        frames: &Ends,
        cursors: &mut Cursors,
        cents: &mut [f64; LANES],
    ) {
        let mut depths = [vibrato.depth; LANES];
        if let (Some(moving), Some(cursor)) = (self.depth, &mut cursors.depth) {
            add(&mut depths, &values(moving, cursor, frames));
        }
        // A modulation wheel mostly lies at zero.
        if depths == [0.0; LANES] {
            return;
        }
        let swings = vibrato.lfo.values(frames);
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
    use crate::dsp::lfo::LowFrequencyOscillator;
    use crate::sound::resolved::{GlideSpec, PitchSweep};
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

    fn resting(spec: PitchSpec) -> Pitch<'static> {
        Pitch::new(spec, &Movement::default())
    }

    fn cents(pitch: &Pitch<'_>, frame: u64) -> f64 {
        pitch.spec.still + pitch.moves(&[frame; LANES], &mut pitch.cursors())[0]
    }

    #[test]
    fn a_glide_arrives_and_a_sweep_fades() {
        let glide = resting(PitchSpec {
            glide: Some(GlideSpec {
                cents: -1200.0,
                frames: 100.0,
            }),
            ..PitchSpec::still(6900.0)
        });
        assert_eq!(
            [0, 50, 100, 200].map(|frame| cents(&glide, frame)),
            [5700.0, 6300.0, 6900.0, 6900.0]
        );
        let fall = PitchSweep {
            cents: 1000.0,
            octaves_per_frame: libm::log2(0.001) / 300.0,
        };
        let sweep = resting(PitchSpec {
            sweep: Some(fall),
            ..PitchSpec::still(0.0)
        });
        for (frame, expected) in [(0, 1000.0), (100, 100.0), (300, 1.0)] {
            assert!((cents(&sweep, frame) - expected).abs() < 1e-3);
        }
    }

    #[test]
    fn vibrato_swings_to_both_sides_by_its_depth() {
        let rate = SampleRate::new(8000).unwrap();
        let lfo = LowFrequencyOscillator::new(Hertz(8.0), Seconds(0.0), rate);
        let pitch = resting(PitchSpec {
            vibrato: Swing::new(lfo, 50.0),
            ..PitchSpec::still(6900.0)
        });
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
        let moved = |spec, curve, onset| {
            let mut curves = [None; Destination::COUNT];
            curves[Destination::Pitch as usize] = Some(curve);
            curves[Destination::Vibrato as usize] = Some(curve);
            Pitch::new(spec, &Movement { onset, curves })
        };
        let bent = |curve, onset| moved(PitchSpec::still(6900.0), curve, onset);
        let detuned = moved(PitchSpec::still(6912.0), &bend, 7);
        assert!(detuned.moves_like(&bent(&bend, 7)));
        assert!(!detuned.moves_like(&bent(&bend, 8)));
        assert!(!detuned.moves_like(&bent(&other_bend, 7)));
        assert!(!detuned.moves_like(&resting(PitchSpec::still(6912.0))));
        let swinging = |depth| {
            let lfo = LowFrequencyOscillator::new(Hertz(5.0), Seconds(0.0), rate);
            let vibrato = Swing::new(lfo, depth);
            let still = PitchSpec::still(6900.0);
            moved(PitchSpec { vibrato, ..still }, &bend, 7)
        };
        assert!(swinging(9.0).moves_like(&swinging(9.0)));
        assert!(!swinging(9.0).moves_like(&swinging(8.0)));
        assert!(!swinging(9.0).moves_like(&detuned) && !detuned.moves_like(&swinging(9.0)));
    }
}
