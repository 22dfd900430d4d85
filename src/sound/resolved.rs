//! A layer that is struck, as numbers: all that its samples depend on, and nothing else.
//!
//! What is absent is absent by type, so that two layers that sound alike have equal [bits](crate::dsp::bits) whatever
//! their presets say of what they do not use. Nothing keeps a list of what a layer depends on: it is these fields.

use std::sync::Arc;

use super::{Colour, Fm, Harmonics, Modal, Pluck, Recording, StruckModal, StruckPluck, UnisonCopy};
use crate::dsp::bits::{Bits, Words, bits};
use crate::dsp::curve::Curve;
use crate::dsp::envelope::HeldEnvelope;
use crate::dsp::filter::Response;
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::sound::spectrum::StruckSpectrum;

/// Layers that are struck together and add up to one tone.
#[derive(Clone, Debug)]
pub struct ToneSpec<'a> {
    /// The layers in the order of adding; never empty.
    pub layers: Box<[LayerSpec<'a>]>,
}

bits!(ToneSpec<'a> { layers });

/// A layer that is struck.
#[derive(Clone, Debug)]
pub struct LayerSpec<'a> {
    /// What is played.
    pub source: Source<'a>,
    /// The oscillators that sound together; never empty.
    pub unison: &'a [UnisonCopy],
    /// Its pitch, if it has one.
    pub pitch: Option<PitchSpec>,
    /// What sways its gain: each lfo between 1 and 1 less its depth.
    pub tremolo: [Option<Swing>; 2],
    /// What is taken from the spectrum.
    pub filter: Option<FilterSpec>,
    /// How loud it is over time while its key is down; none where that is the affair of each voice.
    pub held: Option<HeldEnvelope>,
    /// Its linear gain within the tone.
    pub level: f32,
}

bits!(LayerSpec<'a> {
    source,
    unison,
    pitch,
    tremolo,
    filter,
    held,
    level,
});

/// Which layer of a bank something belongs to: the same for as long as the bank lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerId {
    /// The preset, by its place in the bank.
    pub preset: u16,
    /// The layer, by its place in the preset.
    pub layer: u16,
}

bits!(LayerId { preset, layer });

/// A waveform that is struck.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The fundamental alone.
    Sine,
    /// Odd harmonics at 1/n.
    Square,
    /// All harmonics at 1/n.
    Sawtooth,
    /// Odd harmonics at 1/n^2.
    Triangle,
    /// Up for a share of the cycle, down for the rest.
    Pulse(f64),
    /// Noise.
    Noise {
        /// Its colour.
        colour: Colour,
        /// Equal seeds make equal noise.
        seed: u32,
    },
    /// Stored cycles.
    Harmonics {
        /// Where they are stored.
        harmonics: &'a Harmonics,
        /// Which that is.
        id: LayerId,
        /// What the spectrum depends on.
        struck: StruckSpectrum,
        /// What the second spectrum depends on, and what sways the way to it.
        morph: Option<(StruckSpectrum, Option<Swing>)>,
    },
    /// Partials that ring and die away.
    Modal {
        /// Their laws.
        modal: &'a Modal,
        /// Which they are.
        id: LayerId,
        /// What they depend on.
        struck: StruckModal,
    },
    /// A plucked string.
    Pluck {
        /// Its laws.
        pluck: &'a Pluck,
        /// Which they are.
        id: LayerId,
        /// What it depends on.
        struck: StruckPluck,
    },
    /// Sines that move each other's phase.
    Fm {
        /// Their numbers.
        fm: &'a Fm,
        /// Which they are.
        id: LayerId,
        /// What the indices are multiplied by.
        brightness: f64,
    },
    /// A recorded sound. Its pitch is the ratio of frames read to frames heard, see [`RATIO_BITS`].
    Recording {
        /// The sound.
        recording: &'a Arc<Recording>,
        /// Which that is.
        id: LayerId,
        /// Frames until the key is up, for one that loops until then.
        gate: Option<u64>,
    },
}

/// The frequency of a recorded sound, in steps of 2^-32 cycles per frame as that of others, is the ratio of frames read to
/// frames heard in steps of 2^-24: up to 256, eight octaves up.
pub const RATIO_BITS: u32 = 24;

impl Bits for Source<'_> {
    fn write(&self, words: &mut Words) {
        match self {
            Self::Sine => 0u8.write(words),
            Self::Square => 1u8.write(words),
            Self::Sawtooth => 2u8.write(words),
            Self::Triangle => 3u8.write(words),
            Self::Pulse(width) => (4u8, width).write(words),
            Self::Noise { colour, seed } => (5u8, (*colour as u8, seed)).write(words),
            // What a reference refers to is told by its id.
            Self::Harmonics {
                harmonics: _,
                id,
                struck,
                morph,
            } => (6u8, (id, (struck, morph))).write(words),
            Self::Modal {
                modal: _,
                id,
                struck,
            } => (7u8, (id, struck)).write(words),
            Self::Pluck {
                pluck: _,
                id,
                struck,
            } => (8u8, (id, struck)).write(words),
            Self::Fm {
                fm: _,
                id,
                brightness,
            } => (9u8, (id, brightness)).write(words),
            Self::Recording {
                recording: _,
                id,
                gate,
            } => (10u8, (id, gate)).write(words),
        }
    }
}

/// Something that sways to either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// How.
    pub lfo: LowFrequencyOscillator,
    /// How far.
    pub depth: f64,
}

bits!(Swing { lfo, depth });

impl Swing {
    /// A swing that is one: of a depth that is not zero.
    #[must_use]
    pub fn new(lfo: LowFrequencyOscillator, depth: f64) -> Option<Self> {
        (depth != 0.0).then_some(Self { lfo, depth })
    }
}

/// The parts that a pitch is the sum of, all in cents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PitchSpec {
    /// What stays: key, detuning, a constant bend. 6900 is 440 Hz.
    pub still: f64,
    /// Exponential approaches from an offset: a preset's sweep.
    pub sweep: Option<PitchSweep>,
    /// A glide from another key.
    pub glide: Option<GlideSpec>,
    /// Vibrato. Its depth is what stays of it; a movement may add to that.
    pub vibrato: Option<Swing>,
    /// A swing that no controller changes.
    pub sway: Option<Swing>,
}

bits!(PitchSpec {
    still,
    sweep,
    glide,
    vibrato,
    sway,
});

impl PitchSpec {
    /// One that never changes.
    #[must_use]
    pub const fn still(cents: f64) -> Self {
        Self {
            still: cents,
            sweep: None,
            glide: None,
            vibrato: None,
            sway: None,
        }
    }
}

/// An offset that falls by 60 dB in a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PitchSweep {
    /// At the onset.
    pub cents: f64,
    /// Logarithm to base 2 of the ratio of one frame to the one before.
    pub octaves_per_frame: f64,
}

bits!(PitchSweep {
    cents,
    octaves_per_frame
});

/// An offset that goes to zero in a straight line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlideSpec {
    /// At the onset.
    pub cents: f64,
    /// Until it is gone.
    pub frames: f64,
}

bits!(GlideSpec { cents, frames });

/// A filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilterSpec {
    /// What passes.
    pub response: Response,
    /// Cutoff at rest, in octaves above one cycle per frame.
    pub octaves: f64,
    /// 0 (Q = 0.707) to 1 (Q = 20); what lies outside is clamped after movements are added.
    pub resonance: f64,
    /// What its envelope does to the cutoff.
    pub envelope: Option<FilterEnvelope>,
    /// What sways the cutoff, in octaves.
    pub swings: [Option<Swing>; 2],
}

bits!(FilterSpec {
    response,
    octaves,
    resonance,
    envelope,
    swings,
});

impl Bits for Response {
    fn write(&self, words: &mut Words) {
        (*self as u8).write(words);
    }
}

/// The envelope of a filter's cutoff: a linear attack, then an exponential fall to the sustain level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilterEnvelope {
    /// What it adds to the cutoff at its height, in octaves.
    pub octaves: f64,
    /// Frames.
    pub attack: f64,
    /// Frames in which it falls by 60 dB.
    pub decay: f64,
    /// The share of its height that is left.
    pub sustain_level: f64,
}

bits!(FilterEnvelope {
    octaves,
    attack,
    decay,
    sustain_level,
});

/// What controllers can do to a tone while it sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// Its pitch, in cents.
    Pitch,
    /// The depth of its vibrato, in cents.
    Vibrato,
    /// The cutoff of its filters, in octaves.
    Cutoff,
    /// The resonance of its filters, as in [`FilterSpec`].
    Resonance,
}

impl Destination {
    /// How many there are.
    pub const COUNT: usize = 4;

    /// All of them, in order.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Pitch, Self::Vibrato, Self::Cutoff, Self::Resonance];
}

impl ToneSpec<'_> {
    /// Whether anything in it can be moved in a way.
    #[must_use]
    pub fn heeds(&self, destination: Destination) -> bool {
        let mut layers = self.layers.iter();
        layers.any(|layer| match destination {
            Destination::Pitch | Destination::Vibrato => layer.pitch.is_some(),
            Destination::Cutoff | Destination::Resonance => layer.filter.is_some(),
        })
    }
}

/// What controllers do to a tone while it sounds: a curve over the song for each destination that moves, none for those
/// that rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Movement<'a> {
    /// The frame of the onset on the curves.
    pub onset: u64,
    /// By [`Destination`].
    pub curves: [Option<&'a Curve>; Destination::COUNT],
}

impl<'a> Movement<'a> {
    /// The curve of a destination, and the frame of the onset on it.
    #[must_use]
    pub fn of(&self, destination: Destination) -> Option<(&'a Curve, u64)> {
        self.curves[destination as usize].map(|curve| (curve, self.onset))
    }
}
