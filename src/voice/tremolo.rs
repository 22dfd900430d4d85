//! Tremolo: the gain of a layer, as its lfos sway it.

use super::course::Ends;
use super::pitch::STEP;
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::dsp::phase::LANES;
use crate::dsp::simd::vectorised;

/// Each lfo sways the gain between 1 and 1 less its share.
#[derive(Clone, Copy, Debug)]
pub struct Tremolo {
    lfos: [LowFrequencyOscillator; 2],
    shares: [f64; 2],
}

impl Tremolo {
    /// The tremolo of two lfos, if either has a share.
    #[must_use]
    pub fn new(lfos: [LowFrequencyOscillator; 2], shares: [f64; 2]) -> Option<Self> {
        (shares != [0.0; 2]).then_some(Self { lfos, shares })
    }

    /// The gains at eight frames.
    #[must_use]
    pub fn gains(&self, frames: &Ends) -> [f32; LANES] {
        let mut gains = [1.0; LANES];
        for (lfo, share) in self.lfos.iter().zip(self.shares) {
            if share == 0.0 {
                continue;
            }
            for (gain, value) in gains.iter_mut().zip(lfo.values(frames)) {
                *gain *= 1.0 - share * 0.5 * (1.0 - value);
            }
        }
        gains.map(|gain| gain as f32)
    }
}

vectorised! {
    /// Brings a gain that goes from `from` in straight lines to those at the ends of the steps.
    pub fn sway(from: f32, ends: &[f32; LANES], output: &mut [f32]) {
        let mut from = from;
        for (step, to) in output.as_chunks_mut::<STEP>().0.iter_mut().zip(ends) {
            let slope = (to - from) * (1.0 / STEP as f32);
            for (offset, sample) in step.iter_mut().enumerate() {
                *sample *= from + slope * offset as i32 as f32;
            }
            from = *to;
        }
    }
}
