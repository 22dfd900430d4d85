//! The resolved model of a sound: what both doors, TOML and SoundFont, produce, and all that the rooms behind them know.
//!
//! Every default is filled in, every range checked, and units are as the engine wants them.

pub mod effects;
pub mod resolved;
mod send;
pub mod spectrum;
mod waveform;
pub mod wavetables;

use std::ops::RangeInclusive;

pub use send::Send;
pub use waveform::{
    Aftersound, Colour, Decays, Fm, Frequencies, Harmonics, LoopMode, MOST_OPERATORS, Modal, Morph,
    Noise, Operator, Partial, Pluck, Recording, StruckModal, StruckPluck, Waveform,
};

use crate::dsp::bits::bits;
use crate::units::{Cents, Decibels, Hertz, Key, Seconds, Velocity};

/// A named sound: one TOML file.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// The name it is asked for by: `electric_piano_1`.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// Whether the note ignores its note-off and sounds until its envelope has died away, as a drum does.
    pub one_shot: bool,
    /// What sounds together when a key is struck; never empty.
    pub layers: Vec<Layer>,
}

impl Layer {
    /// The gain of the layer for a key and a velocity that it sounds at, apart from the velocity curve of its part.
    #[must_use]
    pub fn gain(&self, key: Key, velocity: Velocity, velocity_curve: f64) -> f32 {
        let slope = Decibels(self.level_key.0 * key.octaves()).gain();
        let fades = fade(&self.keys, self.key_fade, key.get())
            * fade(&self.velocities, self.velocity_fade, velocity.get());
        let own_curve = libm::pow(velocity.share(), self.velocity_curve - velocity_curve);
        self.level * (slope * fades * own_curve) as f32
    }

    /// The amplitude, beside a sine as strong as the layer, from which on nothing is heard on a key: however hard it is struck,
    /// that is 90 dB below full scale.
    #[must_use]
    pub fn floor(&self, key: Key) -> f64 {
        const HEARD: f64 = 3e-5;
        let level = f64::from(self.level) * Decibels(self.level_key.0 * key.octaves()).gain();
        // A layer that is soft by itself may be part of something soft: 60 dB of it are heard in any case.
        (HEARD / level).clamp(0.1 * HEARD, 1e-3)
    }

    /// Whether it comes to an end while its key is down.
    pub(crate) fn dies_away(&self) -> bool {
        let envelope = &self.envelope;
        envelope.sustain_level == 0.0 || envelope.fade.0 > 0.0 || self.waveform.rings()
    }
}

/// The gain at a place between two ends, of which those within 0 to 127 fade in over `width` places. Two layers that
/// overlap by a width and a place are as strong together as one (the equal-power law).
fn fade(range: &RangeInclusive<u8>, width: u8, place: u8) -> f64 {
    if width == 0 {
        return 1.0;
    }
    let side = |distance: u8, open: bool| {
        let share = (f64::from(distance) + 1.0) / (f64::from(width) + 2.0);
        if open || share >= 1.0 {
            1.0
        } else {
            libm::sin(std::f64::consts::FRAC_PI_2 * share)
        }
    };
    let (low, high) = (*range.start(), *range.end());
    side(place.saturating_sub(low), low == 0) * side(high.saturating_sub(place), high == 127)
}

/// One of the simultaneous parts of a preset.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What is played.
    pub waveform: Waveform,
    /// When it begins.
    pub trigger: Trigger,
    /// Whether the sustain pedal has to be down (or up) when the key is struck; `None` is either.
    pub sustain_pedal: Option<bool>,
    /// Linear gain at full velocity on middle C.
    pub level: f32,
    /// Added to the level for each octave above middle C.
    pub level_key: Decibels,
    /// The gain of a velocity is `(velocity / 127) ^ velocity_curve`: 2 is General MIDI's square law, 0 ignores velocity.
    pub velocity_curve: f64,
    /// Where it is heard.
    pub place: Place,
    /// What cuts it off: another note of the same class.
    pub choke: Option<ChokeClass>,
    /// From one velocity to the next that has a timbre of its own, at least 1: the more velocities share one, the more notes
    /// share a tone.
    pub velocity_step: u8,
    /// The keys that it sounds on.
    pub keys: RangeInclusive<u8>,
    /// The keys over which it fades in from either end of its range.
    pub key_fade: u8,
    /// The velocities that it sounds at.
    pub velocities: RangeInclusive<u8>,
    /// The velocities over which it fades in from either end of their range.
    pub velocity_fade: u8,
    /// The oscillators that sound together; never empty.
    pub unison: Vec<UnisonCopy>,
    /// Key to frequency.
    pub pitch: Pitch,
    /// How loud over time.
    pub envelope: Envelope,
    /// What is taken from the spectrum, if anything.
    pub filter: Option<Filter>,
    /// What sways: pitch, gain or cutoff. The vibrato controllers change it.
    pub lfo: Lfo,
    /// What sways besides.
    pub second_lfo: Option<Lfo>,
}

/// Where a layer is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// How far it is away from the part's pan, left (-1) to right (1).
    pub pan: f32,
    /// How far it is spread to the sides, `0.0..=1.0`.
    pub width: f32,
    /// What is added to the part's sends, by [`Send`].
    pub sends: [f32; Send::COUNT],
}

bits!(Place { pan, width, sends });

/// Notes of the same class cut each other off, as the hi-hats do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChokeClass {
    /// Its number.
    pub number: u16,
    /// Where it counts.
    pub scope: ChokeScope,
}

/// Among which notes a choke class counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChokeScope {
    /// Those of a part, whatever presets play them: each drum of a kit is a preset.
    Part,
    /// Those of a part that the same preset plays, as exclusive classes of SoundFonts (2.04, 8.1.2, generator 57).
    Preset,
}

/// When a layer begins (the word is SFZ's).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trigger {
    /// When its key is struck.
    Attack,
    /// When its note is let go, by key and pedals. It dies away by itself.
    Release {
        /// What each second for which the note was held takes from the level.
        fall: Decibels,
    },
}

/// One of the oscillators of a layer, which differ in nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnisonCopy {
    /// Added to the layer's pitch.
    pub detune: Cents,
    /// Where in its cycle it starts, `0.0..1.0`.
    pub phase: f64,
}

bits!(UnisonCopy { detune, phase });

/// Key to frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    /// The frequency of every key, for drums; `None` follows the keyboard.
    pub fixed: Option<Hertz>,
    /// Added to the pitch.
    pub detune: Cents,
    /// Added four octaves above middle C, and taken away four below; in between it grows with the cube of the distance.
    pub stretch: Cents,
    /// Where the pitch starts, relative to where it goes: `sweep` away at the onset, ...
    pub sweep: Cents,
    /// ... falling exponentially, by 60 dB in this time.
    pub sweep_decay: Seconds,
}

/// Loudness over time: a delay, an attack, a hold, then exponential segments that reach their goal on time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope {
    /// Silence before the attack.
    pub delay: Seconds,
    /// From nothing to full level.
    pub attack: Seconds,
    /// The bend of the attack: 0 is straight, above it is steep at first, below it at last.
    pub attack_curve: f64,
    /// At full level.
    pub hold: Seconds,
    /// From full level to `sustain_level`.
    pub decay: Seconds,
    /// The gain that is kept while the key is down, `0.0..=1.0`.
    pub sustain_level: f64,
    /// From the sustain level to nothing while the key is down; zero keeps the level.
    pub fade: Seconds,
    /// From wherever the note is to nothing, after the key is up.
    pub release: Seconds,
    /// Notes held for less have a shorter release.
    pub release_gate: Seconds,
    /// How many times over decay, fade and release halve per octave above middle C.
    pub key_scaling: f64,
}

/// A second-order filter (12 dB per octave).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// What passes.
    pub kind: FilterKind,
    /// The corner (or centre) frequency for middle C at rest.
    pub cutoff: Hertz,
    /// Height of the peak at the corner: 0 is none (Butterworth, Q = 0.707), 1 nearly self-oscillates (Q = 20).
    pub resonance: f64,
    /// How far the cutoff follows the key: 1 moves it an octave per octave, measured from middle C.
    pub key_tracking: f64,
    /// How far the softest velocity lowers the cutoff.
    pub velocity: Cents,
    /// How far the filter's envelope raises the cutoff at its height.
    pub envelope_depth: Cents,
    /// Linear rise of the filter's envelope.
    pub attack: Seconds,
    /// Exponential fall to `sustain_level`.
    pub decay: Seconds,
    /// Where the fall ends, `0.0..=1.0` of `envelope_depth`.
    pub sustain_level: f64,
}

/// What a filter lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterKind {
    /// What lies below the cutoff.
    Lowpass,
    /// What lies above the cutoff.
    Highpass,
    /// What lies around the cutoff, at unity gain in the centre.
    Bandpass,
}

/// A low-frequency sine that starts with the note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lfo {
    /// Cycles per second.
    pub rate: Hertz,
    /// Silence before it begins, after which it fades in over one cycle.
    pub delay: Seconds,
    /// Vibrato: the swing to either side. The modulation wheel adds to it.
    pub pitch: Cents,
    /// Tremolo: the share of the gain that is taken away at the trough, `0.0..=1.0`.
    pub gain: f64,
    /// Swing of the filter's cutoff to either side.
    pub cutoff: Cents,
}

#[cfg(test)]
mod tests {
    use super::fade;

    #[test]
    fn two_ranges_that_overlap_are_as_strong_as_one() {
        for key in 60..=65 {
            let (lower, upper) = (fade(&(0..=65), 5, key), fade(&(60..=127), 5, key));
            assert!(
                (lower * lower + upper * upper - 1.0).abs() < 1e-12,
                "key {key}"
            );
        }
    }

    #[test]
    fn the_ends_of_the_keyboard_do_not_fade() {
        assert_eq!(
            (fade(&(0..=127), 9, 0), fade(&(0..=127), 9, 127)),
            (1.0, 1.0)
        );
        assert_eq!(
            (fade(&(20..=90), 0, 20), fade(&(20..=90), 4, 50)),
            (1.0, 1.0)
        );
    }
}
