//! A high-pass before the reverb: rumble and offsets only make a room sound dull.

use super::step::Step;
use crate::dsp::phase::LANES;
use crate::units::{Hertz, SampleRate};

/// Below this nothing goes in.
const LOW_CUT: Hertz = Hertz(40.0);

/// The largest state that counts as 0, far above the smallest normal number.
const NEGLIGIBLE: f32 = 1e-20;

/// A high-pass of the first order: the input without its mean, which forgets exponentially.
#[derive(Clone, Copy, Debug)]
pub(super) struct LowCut {
    state: f32,
    /// What the mean keeps after 1 to 8 frames.
    kept: [f32; LANES],
    /// What each of eight frames adds to their means.
    shares: [[f32; LANES]; LANES],
}

impl LowCut {
    pub(super) fn new(rate: SampleRate) -> Self {
        let kept = |frames: usize| {
            let angle = std::f64::consts::TAU * LOW_CUT.0 * rate.frame().0;
            libm::exp(-angle * frames as f64) as f32
        };
        Self {
            state: 0.0,
            kept: std::array::from_fn(|lane| kept(lane + 1)),
            shares: std::array::from_fn(|from| {
                let share = |to: usize| {
                    to.checked_sub(from)
                        .map_or(0.0, |frames| (1.0 - kept(1)) * kept(frames))
                };
                std::array::from_fn(share)
            }),
        }
    }

    /// Each of eight means is a sum over the frames up to it and the mean before them, so that nothing but a product and a
    /// sum waits from eight to eight.
    #[inline(always)]
    pub(super) fn process(&mut self, signal: &mut Step) {
        for samples in signal.as_chunks_mut::<LANES>().0 {
            let mut means = [0.0; LANES];
            for (sample, shares) in samples.iter().zip(&self.shares) {
                for (mean, share) in means.iter_mut().zip(shares) {
                    *mean += share * sample;
                }
            }
            let before = self.state;
            self.state = means[LANES - 1] + self.kept[LANES - 1] * before;
            for (mean, kept) in means.iter_mut().zip(&self.kept) {
                *mean += kept * before;
            }
            for (sample, mean) in samples.iter_mut().zip(means) {
                *sample -= mean;
            }
        }
        if self.state.abs() < NEGLIGIBLE {
            self.state = 0.0;
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.state = 0.0;
    }
}
