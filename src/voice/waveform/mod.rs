//! Stage two: frequency to raw samples. One file for each kind of oscillator.
//!
//! A new waveform is one file here, one arm in [`Oscillator`], one arm in [`crate::preset::Waveform`] and its name in the
//! preset reference. It gets a slice to fill and a [`Ramp`] of its frequency, and may remember what it needs.

mod noise;
mod sine;
mod table;

use self::noise::Noise;
use self::table::Shape;
use super::pitch::{Increment, Ramp};
use crate::preset::Waveform;
use crate::units::SampleRate;

/// Half the sample rate: from here on there is no wave to be heard.
const NYQUIST: Increment = 1 << 31;

/// An oscillator and what it remembers. Output: samples, at most about 1 in magnitude.
#[derive(Clone, Debug)]
pub enum Oscillator {
    /// The fundamental alone.
    Sine {
        /// Where in its cycle it stands, in steps of 2^-32 cycles.
        phase: u32,
    },
    /// A stored cycle: square, sawtooth, triangle.
    Table(table::Table),
    /// Noise, white or pink.
    Noise(Noise),
}

impl Oscillator {
    /// An oscillator at the start of its cycle. `seed` tells apart the noises of different tones.
    #[must_use]
    pub fn new(waveform: Waveform, seed: u32, rate: SampleRate) -> Self {
        match waveform {
            Waveform::Sine => Self::Sine { phase: 0 },
            Waveform::Square => Self::Table(table::Table::new(Shape::Square)),
            Waveform::Sawtooth => Self::Table(table::Table::new(Shape::Sawtooth)),
            Waveform::Triangle => Self::Table(table::Table::new(Shape::Triangle)),
            Waveform::WhiteNoise => Self::Noise(Noise::white(seed)),
            Waveform::PinkNoise => Self::Noise(Noise::pink(seed, rate)),
        }
    }

    /// Fills `output` with what follows, while the frequency goes along `ramp`.
    pub fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        match self {
            Self::Sine { phase } => *phase = sine::render(*phase, ramp, output),
            Self::Table(table) => table.render(ramp, output),
            Self::Noise(noise) => noise.render(output),
        }
    }
}

/// The phases of a run of frames: `start + i * increment + i (i - 1) / 2 * change`, exact modulo 2^32.
///
/// That is what adding up an increment which grows by `change` from frame to frame gives; written in closed form it
/// vectorises, and any part of it can be computed alone.
#[derive(Clone, Copy, Debug)]
struct Phases {
    start: u32,
    increment: u32,
    change: i32,
}

impl Phases {
    fn new(start: u32, ramp: Ramp, frames: usize) -> Self {
        let change = (i64::from(ramp.to) - i64::from(ramp.from)) / frames.max(1) as i64;
        Self {
            start,
            increment: ramp.from,
            change: change as i32,
        }
    }

    #[inline(always)]
    fn at(self, frame: u32) -> u32 {
        let triangle = frame.wrapping_mul(frame.wrapping_sub(1)) >> 1;
        self.start
            .wrapping_add(frame.wrapping_mul(self.increment))
            .wrapping_add(triangle.wrapping_mul(self.change as u32))
    }

    /// As [`Self::at`] where the frequency does not change.
    #[inline(always)]
    fn at_still(self, frame: u32) -> u32 {
        self.start.wrapping_add(frame.wrapping_mul(self.increment))
    }
}
