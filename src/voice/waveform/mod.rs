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

/// Phases that are computed side by side; a multiple of every vector width in use.
const LANES: usize = 8;

/// The phases of a run of frames, in steps of 2^-32 cycles: what adding up an increment gives that grows by `change`
/// from frame to frame. All of it is integers modulo 2^32, so it is exact and any order of adding gives the same.
#[derive(Clone, Copy, Debug)]
struct Phases {
    start: u32,
    increment: u32,
    change: u32,
}

impl Phases {
    fn new(start: u32, ramp: Ramp, frames: usize) -> Self {
        let change = (i64::from(ramp.to) - i64::from(ramp.from)) / frames.max(1) as i64;
        Self {
            start,
            increment: ramp.from,
            change: change as u32,
        }
    }

    /// The phase at a frame: `start + frame * increment + frame * (frame - 1) / 2 * change`.
    fn at(self, frame: u32) -> u32 {
        let triangle = (u64::from(frame) * u64::from(frame).saturating_sub(1) / 2) as u32;
        self.start
            .wrapping_add(frame.wrapping_mul(self.increment))
            .wrapping_add(triangle.wrapping_mul(self.change))
    }

    /// Hands the phases of eight frames at a time, with the samples that belong to them, to `render`. Tones are rendered
    /// in whole steps, so `output` is a multiple of eight long.
    #[inline(always)]
    fn for_each(
        self,
        output: &mut [f32],
        mut render: impl FnMut(&[u32; LANES], &mut [f32; LANES]),
    ) {
        let mut phases: [u32; LANES] = std::array::from_fn(|lane| self.at(lane as u32));
        let mut steps: [u32; LANES] =
            std::array::from_fn(|lane| self.at((lane + LANES) as u32).wrapping_sub(phases[lane]));
        let step_change = self.change.wrapping_mul((LANES * LANES) as u32);
        debug_assert!(output.len().is_multiple_of(LANES));
        for chunk in output.as_chunks_mut::<LANES>().0 {
            render(&phases, chunk);
            for lane in 0..LANES {
                phases[lane] = phases[lane].wrapping_add(steps[lane]);
                steps[lane] = steps[lane].wrapping_add(step_change);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_eight_phases_at_once_gives_what_the_formula_gives() {
        for (from, to) in [(1000, 1000), (97_000_000, 98_000_000), (u32::MAX / 2, 12)] {
            let phases = Phases::new(12_345, Ramp { from, to }, 64);
            let mut heard = Vec::new();
            phases.for_each(&mut [0.0; 64], |phases, _| heard.extend_from_slice(phases));
            let expected: Vec<u32> = (0..64).map(|frame| phases.at(frame)).collect();
            assert_eq!(heard, expected);
        }
    }
}
