//! The levels of partials: what a preset lists, the slope behind it, where the string is struck, and what resonates.

use crate::dsp::bits::bits;
use crate::units::{Decibels, Hertz, Key, Velocity};

/// What is weaker than this beside the strongest partial is left out: nobody hears it.
const FLOOR_DB: f64 = -90.0;

/// The levels of partials, as functions of their number, the key and the velocity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectrum {
    /// The first partials.
    pub levels: Vec<Decibels>,
    /// How it goes on behind them, per octave.
    pub slope: Decibels,
    /// Added to the slope per octave of the key above middle C.
    pub key: Decibels,
    /// Added to the slope at the softest velocity, less the harder the key is struck.
    pub velocity: Decibels,
    /// Where a string is struck, as a share of its length; 0 leaves it out.
    pub strike: f64,
    /// What resonates, wherever the key is.
    pub formants: Vec<Formant>,
}

/// A resonance of a body or a mouth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Formant {
    /// Its centre.
    pub centre: Hertz,
    /// What it adds there.
    pub level: Decibels,
    /// Its width where it adds half of that.
    pub width: Hertz,
}

/// A key going down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strike {
    /// The frequency of the first partial.
    pub fundamental: Hertz,
    /// The key.
    pub key: Key,
    /// The velocity.
    pub velocity: Velocity,
}

/// What a spectrum makes of a strike: all that its levels depend on besides the partial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StruckSpectrum {
    /// The frequency of the first partial, where the levels depend on frequencies or on the key.
    pub fundamental: Option<Hertz>,
    /// Added to the slope.
    pub tilt: Decibels,
}

bits!(StruckSpectrum { fundamental, tilt });

impl Spectrum {
    /// Whether it depends on the key.
    #[must_use]
    pub fn uses_key(&self) -> bool {
        self.key.0 != 0.0 || !self.formants.is_empty()
    }

    /// What it makes of a strike.
    #[must_use]
    pub fn strike(&self, strike: Strike) -> StruckSpectrum {
        let tilt =
            self.key.0 * strike.key.octaves() + self.velocity.0 * (1.0 - strike.velocity.share());
        StruckSpectrum {
            fundamental: self.uses_key().then_some(strike.fundamental),
            tilt: Decibels(tilt),
        }
    }

    /// The amplitudes of partials whose frequencies are `ratios` times the first one's, all together as strong as a sine
    /// of amplitude 1. Those 90 dB below the strongest are 0.
    #[must_use]
    pub fn amplitudes(&self, struck: StruckSpectrum, ratios: &[f64]) -> Vec<f64> {
        let levels = ratios.iter().enumerate();
        let levels: Vec<f64> = levels
            .map(|(index, ratio)| self.level(struck, index, *ratio))
            .collect();
        let strongest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let amplitude = |level: f64| {
            if level < strongest + FLOOR_DB {
                0.0
            } else {
                Decibels(level - strongest).gain()
            }
        };
        let mut amplitudes: Vec<f64> = levels.into_iter().map(amplitude).collect();
        let power: f64 = amplitudes
            .iter()
            .map(|amplitude| amplitude * amplitude)
            .sum();
        let norm = 1.0 / libm::sqrt(power);
        amplitudes
            .iter_mut()
            .for_each(|amplitude| *amplitude *= norm);
        amplitudes
    }

    /// The level of a partial in decibels.
    fn level(&self, struck: StruckSpectrum, index: usize, ratio: f64) -> f64 {
        let octaves = libm::log2(ratio);
        let listed = match (self.levels.get(index), self.levels.last()) {
            (Some(level), _) => level.0,
            (None, Some(last)) => {
                let octaves = libm::log2((index + 1) as f64 / self.levels.len() as f64);
                last.0 + self.slope.0 * octaves
            }
            (None, None) => self.slope.0 * octaves,
        };
        listed
            + struck.tilt.0 * octaves
            + self.struck_at(index + 1)
            + struck
                .fundamental
                .map_or(0.0, |fundamental| self.resonance(fundamental.0 * ratio))
    }

    /// A partial is excited as far as its mode moves where the string is struck.
    fn struck_at(&self, number: usize) -> f64 {
        if self.strike == 0.0 {
            return 0.0;
        }
        let motion = libm::sin(std::f64::consts::PI * self.strike * number as f64);
        // A hammer or a finger has a width, so no partial is missing altogether.
        20.0 * libm::log10(motion.abs().max(0.02))
    }

    fn resonance(&self, hertz: f64) -> f64 {
        let added = self.formants.iter().map(|formant| {
            let distance = (hertz - formant.centre.0) / (0.5 * formant.width.0);
            formant.level.0 / (1.0 + distance * distance)
        });
        added.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIKE: Strike = Strike {
        fundamental: Hertz(100.0),
        key: Key::new(60),
        velocity: Velocity::new(127),
    };

    fn relative(spectrum: &Spectrum, count: usize) -> Vec<f64> {
        let ratios: Vec<f64> = (1..=count).map(|number| number as f64).collect();
        let amplitudes = spectrum.amplitudes(spectrum.strike(STRIKE), &ratios);
        let first = amplitudes[0];
        let levels = amplitudes.iter().map(|a| 20.0 * libm::log10(a / first));
        levels
            .map(|level| (level * 100.0).round() / 100.0)
            .collect()
    }

    #[test]
    fn behind_the_list_the_slope_goes_on() {
        let spectrum = Spectrum {
            levels: vec![Decibels(0.0), Decibels(-3.0)],
            slope: Decibels(-12.0),
            ..Spectrum::default()
        };
        assert_eq!(relative(&spectrum, 4), [0.0, -3.0, -10.02, -15.0]);
    }

    #[test]
    fn all_partials_together_are_as_strong_as_one_sine() {
        let spectrum = Spectrum {
            slope: Decibels(-3.0),
            ..Spectrum::default()
        };
        let amplitudes = spectrum.amplitudes(spectrum.strike(STRIKE), &[1.0, 2.0, 3.0, 4.5]);
        let power: f64 = amplitudes.iter().map(|a| a * a).sum();
        assert!((power - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_formant_lifts_what_lies_under_it() {
        let formant = Formant {
            centre: Hertz(300.0),
            level: Decibels(20.0),
            width: Hertz(100.0),
        };
        let spectrum = Spectrum {
            formants: vec![formant],
            ..Spectrum::default()
        };
        let levels = relative(&spectrum, 4);
        assert!(
            levels[2] > 15.0 && levels[1] < 5.0 && levels[3] < 5.0,
            "{levels:?}"
        );
    }

    #[test]
    fn a_string_struck_in_the_middle_has_no_even_partials() {
        let spectrum = Spectrum {
            strike: 0.5,
            ..Spectrum::default()
        };
        let levels = relative(&spectrum, 4);
        assert!(
            levels[1] < -30.0 && levels[2] == 0.0 && levels[3] < -30.0,
            "{levels:?}"
        );
    }
}
