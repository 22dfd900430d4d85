//! What a string loses on the way around: a gain and a first-order low pass.

use crate::units::{Hertz, SampleRate, Seconds};

/// Frames that go side by side, looking as far ahead.
pub(super) const AHEAD: usize = 8;

/// The frequency at which the decay of the highs is given.
const HIGH: Hertz = Hertz(4000.0);

/// The losses of the string on one way around: a gain and a first-order low pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pole: f64,
    /// What the low pass keeps of a frame after 0 to 8 frames, ...
    pub(super) left: [f64; AHEAD + 1],
    /// ... and what both give of it in these.
    pub(super) response: [f64; AHEAD],
}

impl Loss {
    /// Losses with which `frequency` and [`HIGH`] fall by 60 dB in their times.
    pub(super) fn new(frequency: f64, low: Seconds, high: Seconds, rate: SampleRate) -> Self {
        let step = std::f64::consts::TAU / f64::from(rate.hz());
        // 60 dB in the time are this share a period.
        let kept = |time: Seconds| libm::pow(0.001, 1.0 / (time.0 * frequency));
        let (first, highs) = (frequency * step, (HIGH.0 * step).min(2.5));
        let wanted = kept(high) / kept(low);
        let pole = if wanted >= 1.0 || highs <= first {
            0.0
        } else {
            bisect(|pole| lowpass(pole, highs) / lowpass(pole, first) - wanted)
        };
        let gain = (kept(low) / lowpass(pole, first)).min(1.0);
        let (mut left, mut response) = ([1.0; AHEAD + 1], [gain * (1.0 - pole); AHEAD]);
        for frame in 0..AHEAD {
            response[frame] *= left[frame];
            left[frame + 1] = left[frame] * pole;
        }
        Self {
            pole,
            left,
            response,
        }
    }

    /// The phase delay at `angle` radians a frame, in frames.
    pub(super) fn delay(&self, angle: f64) -> f64 {
        let (sine, cosine) = libm::sincos(angle);
        libm::atan2(self.pole * sine, 1.0 - self.pole * cosine) / angle
    }
}

/// The gain of the low pass `(1 - p) / (1 - p z^-1)` at an angle.
fn lowpass(pole: f64, angle: f64) -> f64 {
    let cosine = libm::cos(angle);
    (1.0 - pole) / libm::sqrt(1.0 - 2.0 * pole * cosine + pole * pole)
}

/// Where a falling function of the pole crosses zero.
fn bisect(function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 0.999);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if function(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_take_both_frequencies_down_in_their_times() {
        let rate = SampleRate::default();
        let loss = Loss::new(110.0, Seconds(6.0), Seconds(0.5), rate);
        let time = |hertz: f64| {
            let angle = std::f64::consts::TAU * hertz / 44_100.0;
            // Periods of 110 Hz until 60 dB are gone.
            libm::log(0.001)
                / libm::log(loss.response[0] / (1.0 - loss.pole) * lowpass(loss.pole, angle))
                / 110.0
        };
        assert!((time(110.0) - 6.0).abs() < 0.01, "{}", time(110.0));
        assert!((time(4000.0) - 0.5).abs() < 0.01, "{}", time(4000.0));
    }
}
