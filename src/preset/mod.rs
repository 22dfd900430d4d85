//! Sounds: TOML as typed becomes presets that cannot be invalid, found by program or drum key in a [`bank`].
//!
//! The types below are the resolved level: every default filled in, every range checked, units as the engine wants them.
//!
//! **To add a key**: its field in `file.rs`, its row in [`mod@reference`] (default, range, unit, meaning), its field below,
//! its line in `resolve.rs`. A test fails while the first two disagree; `--set`, `presets describe` and the errors follow
//! from the row.
//!
//! **To add a waveform or a filter**: its arm in the enum below and its row in [`reference::WAVEFORMS`] or
//! [`reference::FILTER_KINDS`]. Keys of its own go in a table of its own (`[layer.pluck]`), which is an `Option` in
//! [`Layer`], like [`Filter`].
//!
//! **To add a sound**: its file in `presets/` (or `presets/drums/`), its line in `built_in.rs`, and its programs or keys
//! in `presets/bank.toml`.

pub mod bank;
mod bank_file;
mod built_in;
mod diagnose;
mod error;
mod file;
pub(crate) mod nearest;
mod overrides;
pub mod parameter;
pub mod reference;
mod resolve;
mod source;

use std::ops::RangeInclusive;

pub use bank::{Bank, PresetId};
pub use bank_file::BankError;
pub use error::{Place, PresetError};
pub use overrides::Override;

use crate::units::{Cents, Hertz, Seconds};

/// A named sound: one TOML file.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// The name it is asked for by: `electric_piano_1`.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// Notes of the same group on a channel cut each other off, as the hi-hats do; drums only.
    pub choke_group: Option<u8>,
    /// Whether the note ignores its note-off and sounds until its envelope has died away, as a drum does.
    pub one_shot: bool,
    /// What sounds together when a key is struck; never empty.
    pub layers: Vec<Layer>,
}

/// One of the simultaneous parts of a preset.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What is played.
    pub waveform: Waveform,
    /// Linear gain at full velocity.
    pub level: f32,
    /// The gain of a velocity is `(velocity / 127) ^ velocity_curve`: 2 is General MIDI's square law, 0 ignores velocity.
    pub velocity_curve: f64,
    /// Place between left (-1) and right (1), added to the channel's pan.
    pub pan: f32,
    /// The keys that it sounds on.
    pub keys: RangeInclusive<u8>,
    /// The velocities that it sounds at.
    pub velocities: RangeInclusive<u8>,
    /// Key to frequency.
    pub pitch: Pitch,
    /// How loud over time.
    pub envelope: Envelope,
    /// What is taken from the spectrum, if anything.
    pub filter: Option<Filter>,
    /// What sways: pitch, gain or cutoff.
    pub lfo: Lfo,
}

/// The shape of a layer's oscillator. Each is one file in `voice/waveform/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Waveform {
    /// The fundamental alone.
    Sine,
    /// Odd harmonics at 1/n.
    Square,
    /// All harmonics at 1/n.
    Sawtooth,
    /// Odd harmonics at 1/n^2.
    Triangle,
    /// Noise with the same power in every hertz: uniform in `-1.0..1.0`.
    WhiteNoise,
    /// Noise with the same power in every octave, as loud as white noise.
    PinkNoise,
}

/// Key to frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    /// The frequency of every key, for drums; `None` follows the keyboard.
    pub fixed: Option<Hertz>,
    /// Added to the pitch.
    pub detune: Cents,
    /// Where the pitch starts, relative to where it goes: `sweep` away at the onset, ...
    pub sweep: Cents,
    /// ... falling exponentially, by 60 dB in this time.
    pub sweep_decay: Seconds,
}

/// Loudness over time: a linear attack, a hold, then exponential segments that reach their goal on time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Envelope {
    /// From nothing to full level.
    pub attack: Seconds,
    /// At full level.
    pub hold: Seconds,
    /// From full level to `sustain_level`.
    pub decay: Seconds,
    /// The gain that is kept while the key is down, `0.0..=1.0`.
    pub sustain_level: f64,
    /// From wherever the note is to nothing, after the key is up.
    pub release: Seconds,
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
