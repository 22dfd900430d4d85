//! The gain that brings a recording to a level: measured by rendering it once without writing it.

use super::meter::{Loudness, Metering};
use super::settings::{Settings, Target};
use crate::units::Decibels;

/// Gains are whole thousandths of a decibel, so that the last bits of a logarithm do not matter.
const STEPS: f64 = 1000.0;

/// More than this is no gain but noise.
const MOST: f64 = 80.0;

impl Target {
    /// The gain from what was measured to the target; silence stays as it is.
    pub(super) fn gain(self, measured: &Loudness) -> Decibels {
        let gain = match self {
            Self::TruePeak(target) => target.0 - measured.true_peak.unwrap_or(measured.peak).0,
            Self::Loudness(target) => target - measured.integrated,
        };
        match gain.is_finite() {
            true => Decibels((gain * STEPS).floor().clamp(-MOST * STEPS, MOST * STEPS) / STEPS),
            false => Decibels(0.0),
        }
    }
}

impl Settings {
    /// Those of the first pass: the mix as it is, measured.
    pub(super) fn measuring(&self) -> Self {
        Self {
            limiter: false,
            normalize: None,
            meter: match self.normalize {
                Some(Target::TruePeak(_)) => Metering::TruePeak,
                _ => Metering::Loudness,
            },
            ..*self
        }
    }

    /// Those of the second pass.
    pub(super) fn normalized(&self, target: Target, measured: &Loudness) -> Self {
        let gain = target.gain(measured);
        Self {
            gain: Decibels(self.gain.0 + gain.0),
            limiter: self.limiter && !matches!(target, Target::TruePeak(_)),
            normalize: None,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: Target, integrated: f64, peak: f64, gain: f64) {
        let true_peak = Decibels(peak);
        let measured = Loudness {
            integrated,
            peak: true_peak,
            true_peak: Some(true_peak),
        };
        assert_eq!(target.gain(&measured), Decibels(gain));
    }

    #[test]
    fn the_gain_is_what_is_missing_and_never_a_thousandth_more() {
        check(Target::Loudness(-14.0), -20.000_4, -3.0, 6.0);
        check(Target::TruePeak(Decibels(-1.0)), -20.0, -3.500_9, 2.5);
        check(Target::TruePeak(Decibels(-1.0)), -20.0, 2.0, -3.0);
    }

    #[test]
    fn silence_has_no_gain_and_near_silence_a_bounded_one() {
        let nothing = f64::NEG_INFINITY;
        check(Target::Loudness(-14.0), nothing, nothing, 0.0);
        check(Target::TruePeak(Decibels(-1.0)), nothing, nothing, 0.0);
        check(Target::TruePeak(Decibels(-1.0)), nothing, -200.0, 80.0);
    }
}
