//! What a layer's oscillator plays, with all that its shape depends on.

use std::fmt;
use std::sync::Arc;

use super::spectrum::{Spectrum, Strike, StruckSpectrum};
use super::wavetables::Wavetables;
use crate::dsp::bits::bits;
use crate::dsp::sinc;
use crate::units::{Cents, Decibels, Hertz, Key, SampleRate, Seconds, Velocity};

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
    /// Noise of some colour.
    Noise(Noise),
    /// A stored cycle of any spectrum, or the way from one to another.
    Harmonics(Arc<Harmonics>),
    /// Partials of any frequency, each ringing and dying away by itself.
    Modal(Arc<Modal>),
    /// A string that is plucked.
    Pluck(Arc<Pluck>),
    /// Sines that move each other's phase.
    Fm(Arc<Fm>),
    /// A recorded sound.
    Recording(Arc<Recording>),
}

impl Waveform {
    /// Whether it has a pitch.
    #[must_use]
    pub fn is_pitched(&self) -> bool {
        match self {
            Self::Noise(_) => false,
            Self::Sine
            | Self::Square
            | Self::Sawtooth
            | Self::Triangle
            | Self::Pulse(_)
            | Self::Harmonics(_)
            | Self::Modal(_)
            | Self::Pluck(_)
            | Self::Fm(_)
            | Self::Recording(_) => true,
        }
    }

    /// The recorded sound that it plays, if it does.
    #[must_use]
    pub fn recording(&self) -> Option<&Arc<Recording>> {
        match self {
            Self::Recording(recording) => Some(recording),
            Self::Sine
            | Self::Square
            | Self::Sawtooth
            | Self::Triangle
            | Self::Pulse(_)
            | Self::Noise(_)
            | Self::Harmonics(_)
            | Self::Modal(_)
            | Self::Pluck(_)
            | Self::Fm(_) => None,
        }
    }

    /// Whether it dies away by itself.
    #[must_use]
    pub fn rings(&self) -> bool {
        match self {
            Self::Modal(_) | Self::Pluck(_) => true,
            Self::Recording(recording) => recording.mode == LoopMode::Never,
            Self::Sine
            | Self::Square
            | Self::Sawtooth
            | Self::Triangle
            | Self::Pulse(_)
            | Self::Noise(_)
            | Self::Harmonics(_)
            | Self::Fm(_) => false,
        }
    }
}

/// A recorded sound.
pub struct Recording {
    /// Its frames, with the loop if it has one.
    pub frames: sinc::RecordedFrames,
    /// How the loop is played.
    pub mode: LoopMode,
    /// Its frames per second.
    pub rate: Hertz,
    /// The pitch at which it sounds as it was recorded: 6900 is 440 Hz.
    pub root: Cents,
    /// BLAKE3 of the file that it comes from, and of what is heard of it.
    pub hash: [u8; 32],
}

/// How the loop of a recording is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopMode {
    /// Not at all.
    Never,
    /// As long as the note sounds.
    Forever,
    /// Until its key is up; the rest of the recording follows.
    UntilRelease,
}

impl Recording {
    /// The frames that are read for each that is heard, where it is played `cents` away from where it sounds as it was recorded.
    #[must_use]
    pub fn ratio(&self, cents: f64, rate: SampleRate) -> f64 {
        libm::exp2(cents / 1200.0) * self.rate.0 / f64::from(rate.hz())
    }
}

/// What is stored follows from the file.
impl PartialEq for Recording {
    fn eq(&self, other: &Self) -> bool {
        (self.hash, self.mode, self.rate, self.root)
            == (other.hash, other.mode, other.rate, other.root)
    }
}

/// Without its frames: their hash tells them apart.
impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Recording");
        shown.field("frames", &self.frames.frames());
        shown.field("mode", &self.mode);
        shown.field("rate", &self.rate);
        shown.field("root", &self.root);
        shown.field(
            "hash",
            &blake3::Hash::from_bytes(self.hash).to_hex().as_str(),
        );
        shown.finish()
    }
}

/// Noise: a sequence of numbers that look random, and are the same wherever the same seed is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// How its power is spread over the spectrum.
    pub colour: Colour,
    /// Tells apart the noises of different presets and layers.
    pub seed: u32,
    /// Whether each key has a noise of its own.
    pub by_key: bool,
}

/// How the power of noise is spread over the spectrum. All colours are equally loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The same power in every hertz: uniform in `-1.0..1.0`.
    White,
    /// The same power in every octave.
    Pink,
    /// It falls by 6 dB per octave.
    Brown,
    /// It rises by 6 dB per octave.
    Blue,
}

impl Noise {
    /// Noise of a colour, for a layer of a preset by its number and name.
    #[must_use]
    pub fn new(colour: Colour, preset: &str, layer: u16) -> Self {
        let bytes = preset.bytes().chain(layer.to_le_bytes());
        Self {
            colour,
            seed: bytes.fold(0x811C_9DC5, mingled),
            by_key: false,
        }
    }

    /// The seed for a key.
    #[must_use]
    pub fn seed_of(&self, key: Key) -> u32 {
        mingled(self.seed, if self.by_key { key.get() } else { 0 })
    }
}

/// One step of FNV-1a (Fowler, Noll, Vo).
fn mingled(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
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

/// What modal synthesis makes of a strike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StruckModal {
    /// What the levels depend on.
    pub spectrum: StruckSpectrum,
    /// The inharmonicity of a stiff string on the key.
    pub inharmonicity: Option<f64>,
    /// The time in which the first partial falls by 60 dB.
    pub decay: Seconds,
    /// The amplitude from which on a partial is not heard.
    pub floor: f64,
}

bits!(StruckModal {
    spectrum,
    inharmonicity,
    decay,
    floor,
});

impl Modal {
    /// What it makes of a strike, where nothing below `floor` is heard.
    #[must_use]
    pub fn strike(&self, strike: Strike, floor: f64) -> StruckModal {
        StruckModal {
            spectrum: self.spectrum.strike(strike),
            inharmonicity: self.frequencies.inharmonicity(strike.key),
            decay: Seconds(self.decay.0 * libm::exp2(-self.decay_key * strike.key.octaves())),
            floor,
        }
    }

    /// The partials of a note. What rings on of one follows it as a partial of its own.
    #[must_use]
    pub fn partials(&self, struck: &StruckModal) -> Vec<Partial> {
        let ratios = self.frequencies.ratios(struck.inharmonicity);
        let amplitudes = self.spectrum.amplitudes(struck.spectrum, &ratios);
        let whole = struck.decay.0;
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

    /// The time until nothing is heard any more: until the last partial has fallen to the floor.
    #[must_use]
    pub fn end_of(&self, struck: &StruckModal) -> Seconds {
        let partials = self.partials(struck);
        let ends = partials.iter().map(|partial| partial.end(struck.floor).0);
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

/// What a plucked string makes of a strike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StruckPluck {
    /// What its shape depends on.
    pub spectrum: StruckSpectrum,
    /// The frequency of its first partial.
    pub fundamental: Hertz,
    /// The time in which that falls by 60 dB.
    pub decay: Seconds,
    /// The same for what lies at 4 kHz.
    pub high_decay: Seconds,
}

bits!(StruckPluck {
    spectrum,
    fundamental,
    decay,
    high_decay,
});

impl Pluck {
    /// What it makes of a strike.
    #[must_use]
    pub fn strike(&self, strike: Strike) -> StruckPluck {
        let factor = libm::exp2(-self.decay_key * strike.key.octaves());
        let (low, high) = (self.decay.0 * factor, self.high_decay.0 * factor);
        StruckPluck {
            spectrum: self.spectrum.strike(strike),
            fundamental: strike.fundamental,
            decay: Seconds(low),
            high_decay: Seconds(high.min(low)),
        }
    }

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

impl Fm {
    /// What a strike multiplies the indices by.
    #[must_use]
    pub fn brightness(&self, key: Key, velocity: Velocity) -> f64 {
        let softness = 1.0 - velocity.share();
        let level = self.velocity.0 * softness + self.key.0 * key.octaves();
        Decibels(level).gain()
    }
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
    /// B on a key, for a stiff string.
    fn inharmonicity(&self, key: Key) -> Option<f64> {
        match self {
            Self::Ratios(_) => None,
            Self::StiffString {
                inharmonicity,
                key: doublings,
                ..
            } => Some(inharmonicity * libm::exp2(doublings * key.octaves())),
        }
    }

    /// The partials' frequencies in multiples of the key's, where B is what it is for the key.
    fn ratios(&self, inharmonicity: Option<f64>) -> Vec<f64> {
        match self {
            Self::Ratios(ratios) => ratios.clone(),
            Self::StiffString { count, .. } => {
                let b = inharmonicity.unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partials_of_a_stiff_string_are_stretched() {
        let frequencies = Frequencies::StiffString {
            count: 10,
            inharmonicity: 0.0004,
            key: 1.0,
        };
        let stretched = frequencies.ratios(frequencies.inharmonicity(Key::new(60)));
        let cents = 1200.0 * libm::log2(stretched[9] / 10.0);
        // B (n^2 - 1) / 2 in natural logarithms, to the first order.
        assert!((cents - 33.6).abs() < 0.7, "{cents}");
        assert_eq!(stretched[0], 1.0);
    }
}
