//! Stage two: frequency to raw samples. One file for each kind of oscillator.
//!
//! **To add a waveform**: its file here, its arms in [`Oscillator`], in [`Source`] (all that its samples depend on, as numbers)
//! and in [`Waveform`](crate::sound::Waveform), what leads from the last to the one before in `plan/resolve.rs`, and its word
//! in the preset reference. The compiler asks for every place. It gets a slice to fill and the [`FrequencyRamps`] of its
//! frequency, most simply as one straight line ([`Ramp`](crate::dsp::phase::Ramp)) after the other, and may remember what
//! it needs.

mod classic;
mod fm;
mod harmonics;
mod modal;
mod noise;
mod pluck;
mod pulse;
mod recording;
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
use crate::dsp::phase::Increment;
use crate::sound::UnisonCopy;
use crate::sound::resolved::Source;
use crate::units::SampleRate;
use crate::voice::frequency_ramps::FrequencyRamps;
use crate::voice::grid::Scratch;

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
    /// A recorded sound.
    Recording(recording::Player),
    /// Several of a kind.
    Unison(Unison),
}

/// Where an oscillator starts.
#[derive(Clone, Copy, Debug, Default)]
struct Start {
    /// Where in its cycle, in steps of 2^-32 cycles.
    phase: u32,
    /// Tells apart the noises of those in unison.
    number: u32,
}

impl Oscillator {
    /// The oscillator of a layer at the onset of a note, or as many as sound in unison.
    #[must_use]
    pub fn new(source: &Source<'_>, unison: &[UnisonCopy], rate: SampleRate) -> Self {
        match unison {
            [_] => Self::alone(source, Start::default(), rate),
            copies => Self::Unison(Unison::new(source, copies, rate)),
        }
    }

    fn alone(source: &Source<'_>, start: Start, rate: SampleRate) -> Self {
        let Start { phase, number } = start;
        let classic = |shape: Shape| Self::Table(Table::new(shape.wavetable(), phase));
        match *source {
            Source::Sine => Self::Sine { phase },
            Source::Square => classic(Shape::Square),
            Source::Sawtooth => classic(Shape::Sawtooth),
            Source::Triangle => classic(Shape::Triangle),
            Source::Pulse(width) => Self::Pulse(Pulse::new(width, phase)),
            Source::Noise { colour, seed } => {
                Self::Noise(Noise::new(colour, seed.wrapping_add(number), rate))
            }
            Source::Harmonics {
                harmonics,
                id: _,
                struck,
                morph: swayed,
            } => {
                let first = harmonics.wavetables.get(&harmonics.spectrum, struck);
                match harmonics.morph.as_ref().zip(swayed) {
                    None => Self::Table(Table::new(first, phase)),
                    Some((morph, (struck, swing))) => {
                        let second = morph.wavetables.get(&morph.spectrum, struck);
                        let tables = [first, second].map(|table| Table::new(table, phase));
                        Self::Morphing(Morphing::new(tables, morph, swing, rate))
                    }
                }
            }
            Source::Modal {
                modal,
                id: _,
                struck,
            } => {
                let partials = modal.partials(&struck);
                Self::Modal(Modes::new(partials, struck.floor as f32, phase, rate))
            }
            Source::Pluck {
                pluck,
                id: _,
                struck,
            } => Self::Pluck(pluck::String::new(pluck, &struck, rate)),
            Source::Fm {
                fm,
                id: _,
                brightness,
            } => Self::Fm(Operators::new(fm, brightness, phase, rate)),
            Source::Recording {
                recording,
                id: _,
                gate,
            } => Self::Recording(recording::Player::new(recording, gate)),
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
            | Self::Noise(_)
            | Self::Recording(_) => 0,
        }
    }

    /// The bytes that an oscillator will have elsewhere that begins at a frequency.
    #[must_use]
    pub fn expected_memory(
        source: &Source<'_>,
        unison: &[UnisonCopy],
        increment: Increment,
        rate: SampleRate,
    ) -> usize {
        let own = |copy: &UnisonCopy| match source {
            Source::Pluck { .. } => {
                pluck::expected_memory(unison::stretched(increment, copy), rate)
            }
            Source::Modal { modal, .. } => modal::expected_memory(modal.most_partials()),
            Source::Sine
            | Source::Square
            | Source::Sawtooth
            | Source::Triangle
            | Source::Pulse(_)
            | Source::Noise { .. }
            | Source::Harmonics { .. }
            | Source::Fm { .. }
            | Source::Recording { .. } => 0,
        };
        unison
            .iter()
            .map(|copy| size_of::<Self>() + own(copy))
            .sum()
    }

    /// Fills `output` with what follows, while the frequency goes along `course`. `output` is a whole number of steps
    /// long, at most a chunk. `scratch` has two chunks.
    pub fn render(&mut self, course: &FrequencyRamps, scratch: &mut Scratch, output: &mut [f32]) {
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
            Self::Recording(player) => {
                course.for_each(output, |ramp, run| player.render(ramp, run))
            }
            Self::Unison(unison) => unison.render(course, scratch, output),
        }
    }
}
