//! Allpasses that make the first echoes dense.

use super::room::next_prime;
use super::step::PART;
use crate::dsp::delay::DelayLine;
use crate::units::{SampleRate, Seconds};

/// A Schroeder allpass: all frequencies pass alike, but smeared over time.
#[derive(Clone, Debug)]
pub(super) struct Diffuser {
    pub(super) delay: DelayLine<PART>,
    pub(super) frames: usize,
    gain: f32,
}

impl Diffuser {
    pub(super) fn new(delay: Seconds, gain: f32, rate: SampleRate) -> Self {
        let frames = next_prime(delay.to_frames(rate) as usize);
        Self {
            delay: DelayLine::new(frames),
            frames,
            gain,
        }
    }

    #[inline(always)]
    pub(super) fn process(&mut self, signal: &mut [f32; PART]) {
        let delayed = self.delay.read(self.frames, PART);
        let mut inner = [0.0; PART];
        for t in 0..PART {
            inner[t] = signal[t] + self.gain * delayed[t];
            signal[t] = delayed[t] - self.gain * inner[t];
        }
        self.delay.write(&inner);
    }
}
