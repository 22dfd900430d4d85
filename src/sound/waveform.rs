//! What a layer's oscillator plays, with all that its shape depends on.

use std::sync::Arc;

use super::spectrum::{Spectrum, Struck};
use super::wavetables::Wavetables;
use crate::units::{Cents, Decibels, Key, Seconds};

/// What a layer's oscillator plays, with all that its shape depends on. Each is one file in `voice/waveform/`.
#[derive(Clone, Debug, PartialEq)]
pub enum Waveform {
    /// The fundamental alone.
    Sine,
    /// Odd harmonics at 1/n.
    Square,
    /// All harmonics at 1/n.
    Sawtooth,
    /// Odd harmonics at 1/n^2.
    Triangle,
    /// Up for a share of the cycle (`0.0..1.0`), down for the rest.
    Pulse(f64),
    /// Noise with the same power in every hertz: uniform in `-1.0..1.0`.
    WhiteNoise,
    /// Noise with the same power in every octave, as loud as white noise.
    PinkNoise,
    /// Noise that falls by 6 dB per octave, as loud as white noise.
    BrownNoise,
    /// Noise that rises by 6 dB per octave, as loud as white noise.
    BlueNoise,
    /// A stored cycle of any spectrum, or the way from one to another.
    Harmonics(Arc<Harmonics>),
    /// Partials of any frequency, each ringing and dying away by itself.
    Modal(Arc<Modal>),
    /// A string that is plucked.
    Pluck(Arc<Pluck>),
    /// Sines that move each other's phase.
    Fm(Arc<Fm>),
}

impl Waveform {
    /// Whether it has a pitch.
    #[must_use]
    pub fn is_pitched(&self) -> bool {
        !matches!(
            self,
            Self::WhiteNoise | Self::PinkNoise | Self::BrownNoise | Self::BlueNoise
        )
    }

    /// Whether it dies away by itself, faster the higher the key.
    #[must_use]
    pub fn rings(&self) -> bool {
        matches!(self, Self::Modal(_) | Self::Pluck(_))
    }

    /// Whether its shape depends on the key.
    #[must_use]
    pub fn uses_key(&self) -> bool {
        match self {
            Self::Fm(fm) => fm.key.0 != 0.0,
            _ => self.spectrum().is_some_and(Spectrum::uses_key),
        }
    }

    /// Whether its shape depends on the velocity.
    #[must_use]
    pub fn uses_velocity(&self) -> bool {
        match self {
            Self::Fm(fm) => fm.velocity.0 != 0.0,
            _ => self.spectrum().is_some_and(Spectrum::uses_velocity),
        }
    }

    /// Whether the lfo sways its shape.
    #[must_use]
    pub fn heeds_lfo(&self) -> bool {
        match self {
            Self::Harmonics(harmonics) => harmonics.morph.as_ref().is_some_and(|m| m.lfo != 0.0),
            _ => false,
        }
    }

    /// The spectrum of its partials, where it has one of its own.
    #[must_use]
    pub fn spectrum(&self) -> Option<&Spectrum> {
        match self {
            Self::Harmonics(harmonics) => Some(&harmonics.spectrum),
            Self::Modal(modal) => Some(&modal.spectrum),
            Self::Pluck(pluck) => Some(&pluck.spectrum),
            _ => None,
        }
    }
}

/// A periodic wave.
#[derive(Debug, PartialEq)]
pub struct Harmonics {
    /// Its spectrum.
    pub spectrum: Spectrum,
    /// Its stored cycles.
    pub wavetables: Wavetables,
    /// What it moves towards.
    pub morph: Option<Morph>,
}

/// The way from one spectrum to another: position 0 is the first, 1 the second.
#[derive(Debug, PartialEq)]
pub struct Morph {
    /// The second spectrum.
    pub spectrum: Spectrum,
    /// Its stored cycles.
    pub wavetables: Wavetables,
    /// The position at the onset, `0.0..=1.0`.
    pub from: f64,
    /// The position that it approaches, `0.0..=1.0`.
    pub to: f64,
    /// Until all but a thousandth of the way is gone.
    pub time: Seconds,
    /// The swing of the lfo to either side.
    pub lfo: f64,
}

/// Partials that ring and die away.
#[derive(Clone, Debug, PartialEq)]
pub struct Modal {
    /// Their levels at the onset.
    pub spectrum: Spectrum,
    /// Their frequencies.
    pub frequencies: Frequencies,
    /// The time in which the first partial of middle C falls by 60 dB.
    pub decay: Seconds,
    /// How many times over the decay halves per octave of the key.
    pub decay_key: f64,
    /// How the decays of the partials differ.
    pub decays: Decays,
    /// What rings on.
    pub aftersound: Option<Aftersound>,
}

/// A partial of what rings, as it begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Partial {
    /// Its frequency in multiples of the key's.
    pub ratio: f64,
    /// Its amplitude at the onset.
    pub amplitude: f64,
    /// The time in which it falls by 60 dB.
    pub decay: Seconds,
}

impl Partial {
    /// The time until it has fallen to `floor`.
    #[must_use]
    pub fn end(&self, floor: f64) -> Seconds {
        Seconds(self.decay.0 * falls(self.amplitude / floor))
    }
}

/// An aftersound is not added to partials that are weaker than this at the onset: -55 dB.
const WEAK: f64 = 1.8e-3;

/// How many times a fall by 60 dB reaches from 1 down to `1 / over`.
fn falls(over: f64) -> f64 {
    (libm::log10(over) / 3.0).max(0.0)
}

impl Modal {
    /// The decay of the first partial on a key.
    #[must_use]
    pub fn decay_of(&self, key: Key) -> Seconds {
        Seconds(self.decay.0 * libm::exp2(-self.decay_key * key.octaves()))
    }

    /// The partials of a note. What rings on of one follows it as a partial of its own.
    #[must_use]
    pub fn partials(&self, struck: Struck) -> Vec<Partial> {
        let ratios = self.frequencies.ratios(struck.key);
        let amplitudes = self.spectrum.amplitudes(struck, &ratios);
        let whole = self.decay_of(struck.key).0;
        let mut partials = Vec::with_capacity(2 * ratios.len());
        for (index, (ratio, amplitude)) in ratios.into_iter().zip(amplitudes).enumerate() {
            if amplitude == 0.0 {
                continue;
            }
            let decay = whole * self.decays.share(index, ratio);
            partials.push(Partial {
                ratio,
                amplitude,
                decay: Seconds(decay),
            });
            if let Some(after) = self.aftersound.filter(|_| amplitude > WEAK) {
                partials.push(Partial {
                    ratio: ratio * libm::exp2(after.detune.0 / 1200.0),
                    amplitude: amplitude * after.level,
                    decay: Seconds(decay * after.times),
                });
            }
        }
        partials
    }

    /// The most partials that it has on any key.
    #[must_use]
    pub fn most_partials(&self) -> usize {
        let ratios = match &self.frequencies {
            Frequencies::Ratios(ratios) => ratios.len(),
            Frequencies::StiffString { count, .. } => *count,
        };
        if self.aftersound.is_some() {
            2 * ratios
        } else {
            ratios
        }
    }

    /// The time until nothing is heard any more: until the last partial has fallen to `floor`.
    #[must_use]
    pub fn end_of(&self, struck: Struck, floor: f64) -> Seconds {
        let partials = self.partials(struck);
        let ends = partials.iter().map(|partial| partial.end(floor).0);
        Seconds(ends.fold(0.0, f64::max))
    }
}

/// A plucked string.
#[derive(Debug, PartialEq)]
pub struct Pluck {
    /// The shape that the pluck gives it.
    pub spectrum: Spectrum,
    /// Its stored cycles.
    pub wavetables: Wavetables,
    /// The time in which the first partial of middle C falls by 60 dB.
    pub decay: Seconds,
    /// The same for what lies at 4 kHz.
    pub high_decay: Seconds,
    /// How many times over both halve per octave of the key.
    pub decay_key: f64,
}

impl Pluck {
    /// The time until nothing is heard any more on a key: until it has fallen to `floor`.
    #[must_use]
    pub fn end_of(&self, key: Key, floor: f64) -> Seconds {
        let times = libm::exp2(-self.decay_key * key.octaves()) * falls(1.0 / floor);
        Seconds(self.decay.0 * times)
    }
}

/// The most operators of a layer.
pub const MOST_OPERATORS: usize = 6;

/// Frequency modulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fm {
    /// The operators; the first is heard.
    pub operators: Vec<Operator>,
    /// How far the last one moves itself, in radians.
    pub feedback: f64,
    /// What the softest velocity takes from the indices.
    pub velocity: Decibels,
    /// Added to the indices per octave of the key above middle C.
    pub key: Decibels,
}

/// A sine that is heard, or moves the phase of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operator {
    /// Its frequency in multiples of the key's.
    pub ratio: f64,
    /// How far it moves its target in radians, or its level.
    pub index: f64,
    /// The operator that it moves, counted from 0 and lower than its own number; `None` is heard.
    pub target: Option<usize>,
    /// The time in which the index falls by 60 dB towards `sustain`; zero stays.
    pub decay: Seconds,
    /// The share of the index that is left.
    pub sustain: f64,
}

/// The frequencies of partials, in multiples of the key's.
#[derive(Clone, Debug, PartialEq)]
pub enum Frequencies {
    /// As listed.
    Ratios(Vec<f64>),
    /// Those of a stiff string: n * sqrt((1 + B n^2) / (1 + B)) (H. Fletcher, "Normal Vibration Frequencies of a Stiff
    /// Piano String", JASA 36, 1964).
    StiffString {
        /// How many.
        count: usize,
        /// B at middle C.
        inharmonicity: f64,
        /// How many times over B doubles per octave of the key.
        key: f64,
    },
}

impl Frequencies {
    /// The partials' frequencies on a key, in multiples of the key's.
    #[must_use]
    pub fn ratios(&self, key: Key) -> Vec<f64> {
        match self {
            Self::Ratios(ratios) => ratios.clone(),
            Self::StiffString {
                count,
                inharmonicity,
                key: doublings,
            } => {
                let b = inharmonicity * libm::exp2(doublings * key.octaves());
                let stretched = |n: f64| n * libm::sqrt((1.0 + b * n * n) / (1.0 + b));
                (1..=*count)
                    .map(|number| stretched(number as f64))
                    .collect()
            }
        }
    }
}

/// How the decays of partials differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Decays {
    /// Shares of the whole decay, one for each partial; the last one holds for the rest.
    Shares(Vec<f64>),
    /// How many times over the decay halves per octave above the first partial.
    Slope(f64),
}

impl Decays {
    /// What a partial has of the whole decay.
    fn share(&self, index: usize, ratio: f64) -> f64 {
        match self {
            Self::Shares(shares) => *shares.get(index).or(shares.last()).unwrap_or(&1.0),
            Self::Slope(slope) => libm::pow(ratio, -slope),
        }
    }
}

/// What rings on when the first sound of coupled strings has gone: their common motion has the bridge move and dies
/// fast, what is left rests on it and stays (G. Weinreich, "Coupled Piano Strings", JASA 62, 1977).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aftersound {
    /// Relative to the partial's level at the onset.
    pub level: f64,
    /// How many times longer it takes.
    pub times: f64,
    /// How far it is out of tune.
    pub detune: Cents,
}
