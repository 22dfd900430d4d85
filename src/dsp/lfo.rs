//! A low-frequency sine that starts with the note, after a delay and a fade over one cycle.

use super::bits::bits;
use super::phase::LANES;
use super::round::rounded;
use super::simd::vectorised;
use super::sine::sine_of_half;
use crate::units::{Hertz, SampleRate, Seconds};

/// Input: frames since the note began. Output: -1.0..=1.0. Remembers nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowFrequencyOscillator {
    delay: f64,
    cycles_per_frame: f64,
}

bits!(LowFrequencyOscillator {
    delay,
    cycles_per_frame
});

impl LowFrequencyOscillator {
    /// A sine of `rate` cycles per second that is silent for `delay`.
    #[must_use]
    pub fn new(rate: Hertz, delay: Seconds, sample_rate: SampleRate) -> Self {
        Self {
            delay: delay.in_frames(sample_rate),
            cycles_per_frame: rate.0 * sample_rate.frame().0,
        }
    }

    /// The value at a frame.
    #[must_use]
    pub fn value(&self, frame: u64) -> f64 {
        self.at(frame)
    }

    /// The values at eight frames, side by side.
    #[must_use]
    pub fn values(&self, frames: &[u64; LANES]) -> [f64; LANES] {
        values(self, frames)
    }

    #[inline(always)]
    fn at(&self, frame: u64) -> f64 {
        let cycles = ((frame as f64 - self.delay) * self.cycles_per_frame).max(0.0);
        f64::from(sine_of_half((2.0 * (cycles - rounded(cycles))) as f32)) * cycles.min(1.0)
    }
}

vectorised! {
    fn values(lfo: &LowFrequencyOscillator, frames: &[u64; LANES]) -> [f64; LANES] {
        let mut values = [0.0; LANES];
        for (value, frame) in values.iter_mut().zip(frames) {
            *value = lfo.at(*frame);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_fades_in_and_swings() {
        // 8 Hz at 8 kHz: a cycle is 1000 frames; the delay is 800.
        let rate = SampleRate::new(8000).unwrap();
        let lfo = LowFrequencyOscillator::new(Hertz(8.0), Seconds(0.1), rate);
        let expected = [
            (0, 0.0),
            (800, 0.0),
            (1050, 0.25),
            (2050, 1.0),
            (2550, -1.0),
        ];
        for (frame, value) in expected {
            assert!(
                (lfo.value(frame) - value).abs() < 1e-6,
                "frame {frame}: {}",
                lfo.value(frame)
            );
        }
    }
}
