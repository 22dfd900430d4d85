//! Stage two: frequency to raw samples. One file for each kind of oscillator.
//!
//! A new waveform is one file here, one arm in [`Oscillator`], one arm in [`crate::sound::Waveform`] and its name in the
//! preset reference. It gets a slice to fill and the [`Course`] of its frequency, most simply as one straight line
//! ([`Ramp`](crate::dsp::phase::Ramp)) after the other, and may remember what it needs.

mod classic;
mod fm;
mod harmonics;
mod modal;
mod noise;
mod pluck;
mod pulse;
mod sine;
mod table;
mod unison;

use self::classic::Shape;
use self::fm::Operators;
use self::harmonics::Morphing;
use self::modal::Modes;
use self::noise::Noise;
use self::pulse::Pulse;
use self::table::Table;
use self::unison::Unison;
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::dsp::phase::Increment;
use crate::sound::spectrum::Struck;
use crate::sound::{UnisonCopy, Waveform};
use crate::units::SampleRate;
use crate::voice::course::Course;
use crate::voice::tone::Scratch;

/// An oscillator and what it remembers. Output: samples, at most about 1 in magnitude.
#[derive(Clone, Debug)]
pub enum Oscillator {
    /// The fundamental alone.
    Sine {
        /// Where in its cycle it stands, in steps of 2^-32 cycles.
        phase: u32,
    },
    /// A stored cycle.
    Table(Table),
    /// Two stored cycles and the way between them.
    Morphing(Morphing),
    /// Two sawtooths that make a pulse.
    Pulse(Pulse),
    /// Partials that ring and die away.
    Modal(Modes),
    /// A plucked string.
    Pluck(pluck::String),
    /// Sines that move each other's phase.
    Fm(Operators),
    /// Noise of some colour.
    Noise(Noise),
    /// Several of a kind.
    Unison(Unison),
}

/// What an oscillator starts from.
#[derive(Clone, Copy, Debug)]
pub struct Onset {
    /// What its spectrum depends on.
    pub struck: Struck,
    /// The amplitude from which on nothing is heard of what dies away.
    pub floor: f32,
    /// Where in its cycle it starts, in steps of 2^-32 cycles.
    pub phase: u32,
    /// Tells apart the noises of different tones.
    pub seed: u32,
    /// What may sway the shape.
    pub lfo: LowFrequencyOscillator,
    /// Frames per second.
    pub rate: SampleRate,
}

impl Oscillator {
    /// The oscillator of a layer at the onset of a note, or as many as sound in unison.
    #[must_use]
    pub fn new(waveform: &Waveform, unison: &[UnisonCopy], onset: Onset) -> Self {
        match unison {
            [_] => Self::alone(waveform, onset),
            copies => Self::Unison(Unison::new(waveform, copies, onset)),
        }
    }

    fn alone(waveform: &Waveform, onset: Onset) -> Self {
        let Onset {
            struck,
            floor,
            phase,
            seed,
            lfo,
            rate,
        } = onset;
        let classic = |shape: Shape| Self::Table(Table::new(shape.wavetable(), phase));
        match waveform {
            Waveform::Sine => Self::Sine { phase },
            Waveform::Square => classic(Shape::Square),
            Waveform::Sawtooth => classic(Shape::Sawtooth),
            Waveform::Triangle => classic(Shape::Triangle),
            Waveform::Pulse(width) => Self::Pulse(Pulse::new(*width, phase)),
            Waveform::WhiteNoise => Self::Noise(Noise::white(seed)),
            Waveform::PinkNoise => Self::Noise(Noise::pink(seed, rate)),
            Waveform::BrownNoise => Self::Noise(Noise::brown(seed, rate)),
            Waveform::BlueNoise => Self::Noise(Noise::blue(seed)),
            Waveform::Harmonics(harmonics) => match &harmonics.morph {
                None => Self::Table(Table::new(harmonics::still(harmonics, struck), phase)),
                Some(morph) => {
                    Self::Morphing(Morphing::new(harmonics, morph, struck, lfo, phase, rate))
                }
            },
            Waveform::Modal(modal) => {
                Self::Modal(Modes::new(modal.partials(struck), floor, phase, rate))
            }
            Waveform::Pluck(pluck) => Self::Pluck(pluck::String::new(pluck, struck, rate)),
            Waveform::Fm(fm) => Self::Fm(Operators::new(fm, struck, phase, rate)),
        }
    }

    /// The bytes that it has elsewhere: what it stores for itself alone.
    #[must_use]
    pub fn memory(&self) -> usize {
        match self {
            Self::Pluck(string) => string.memory(),
            Self::Modal(modes) => modes.memory(),
            Self::Unison(unison) => unison.memory(),
            Self::Fm(operators) => operators.memory(),
            Self::Sine { .. }
            | Self::Table(_)
            | Self::Morphing(_)
            | Self::Pulse(_)
            | Self::Noise(_) => 0,
        }
    }

    /// The bytes that an oscillator will have elsewhere that begins at a frequency.
    #[must_use]
    pub fn expected_memory(
        waveform: &Waveform,
        unison: &[UnisonCopy],
        increment: Increment,
        rate: SampleRate,
    ) -> usize {
        let own = |copy: &UnisonCopy| match waveform {
            Waveform::Pluck(_) => pluck::expected_memory(unison::stretched(increment, copy), rate),
            Waveform::Modal(modal) => modal::expected_memory(modal.most_partials()),
            _ => 0,
        };
        unison
            .iter()
            .map(|copy| size_of::<Self>() + own(copy))
            .sum()
    }

    /// Fills `output` with what follows, while the frequency goes along `course`. `output` is a whole number of steps
    /// long, at most a chunk. `scratch` has two chunks.
    pub fn render(&mut self, course: &Course, scratch: &mut Scratch, output: &mut [f32]) {
        match self {
            Self::Sine { phase } => course.for_each(output, |ramp, run| {
                *phase = sine::render(*phase, ramp, run);
            }),
            Self::Table(table) => table.follow(course, output),
            Self::Morphing(morphing) => morphing.render(course, scratch, output),
            Self::Pulse(pulse) => pulse.render(course, scratch, output),
            Self::Modal(modes) => course.for_each(output, |ramp, run| modes.render(ramp, run)),
            Self::Pluck(string) => course.for_each(output, |ramp, run| string.render(ramp, run)),
            Self::Fm(operators) => course.for_each(output, |ramp, run| operators.render(ramp, run)),
            Self::Noise(noise) => noise.render(output),
            Self::Unison(unison) => unison.render(course, scratch, output),
        }
    }
}
