//! Several oscillators of one kind, a little out of tune with each other: a section, a chorus, a pair of strings.

use super::{Oscillator, Start};
use crate::dsp::curve::add_level;
use crate::dsp::phase::Increment;
use crate::sound::UnisonCopy;
use crate::sound::resolved::Source;
use crate::units::SampleRate;
use crate::voice::frequency_ramps::FrequencyRamps;
use crate::voice::grid::Scratch;

/// Oscillators that sound together, each with the ratio of its frequency to the layer's.
#[derive(Clone, Debug)]
pub struct Unison(Vec<(f64, Oscillator)>);

impl Unison {
    pub(super) fn new(source: &Source<'_>, copies: &[UnisonCopy], rate: SampleRate) -> Self {
        let numbered = copies.iter().zip(0..);
        let copy = |(copy, number): (&UnisonCopy, u32)| {
            let start = Start {
                phase: (copy.phase * 4_294_967_296.0) as u32,
                number,
            };
            (ratio(copy), Oscillator::alone(source, start, rate))
        };
        Self(numbered.map(copy).collect())
    }

    /// Bytes beside itself.
    pub(super) fn memory(&self) -> usize {
        let copies = self.0.iter();
        copies
            .map(|(_, copy)| size_of::<(f64, Oscillator)>() + copy.memory())
            .sum()
    }

    /// Fills `output`, at most a chunk, with the sum.
    pub(super) fn render(
        &mut self,
        course: &FrequencyRamps,
        scratch: &mut Scratch,
        output: &mut [f32],
    ) {
        let copies = self.0.split_first_mut();
        let (Some(((ratio, first), others)), Some((copy, scratch))) =
            (copies, scratch.split_first_mut())
        else {
            return;
        };
        first.render(&course.stretched(*ratio), scratch, output);
        let copy = &mut copy[..output.len()];
        for (ratio, other) in others {
            other.render(&course.stretched(*ratio), scratch, copy);
            add_level(1.0, copy, output);
        }
    }
}

/// The ratio of the frequency of a copy to the layer's.
fn ratio(copy: &UnisonCopy) -> f64 {
    libm::exp2(copy.detune.0 / 1200.0)
}

/// The frequency of a copy where the layer's is this.
pub(super) fn stretched(increment: Increment, copy: &UnisonCopy) -> Increment {
    FrequencyRamps::resting(increment)
        .stretched(ratio(copy))
        .from
}
