//! What words of TOML stand for: waveforms, and channels of a file.

/// A waveform, by its word; what belongs to it stands in keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// See [`Waveform::Sine`](crate::sound::Waveform::Sine).
    Sine,
    /// See [`Waveform::Square`](crate::sound::Waveform::Square).
    Square,
    /// See [`Waveform::Sawtooth`](crate::sound::Waveform::Sawtooth).
    Sawtooth,
    /// See [`Waveform::Triangle`](crate::sound::Waveform::Triangle).
    Triangle,
    /// See [`Waveform::Pulse`](crate::sound::Waveform::Pulse).
    Pulse,
    /// See [`Colour::White`](crate::sound::Colour::White).
    WhiteNoise,
    /// See [`Colour::Pink`](crate::sound::Colour::Pink).
    PinkNoise,
    /// See [`Colour::Brown`](crate::sound::Colour::Brown).
    BrownNoise,
    /// See [`Colour::Blue`](crate::sound::Colour::Blue).
    BlueNoise,
    /// See [`Waveform::Harmonics`](crate::sound::Waveform::Harmonics).
    Harmonics,
    /// See [`Waveform::Modal`](crate::sound::Waveform::Modal).
    Modal,
    /// See [`Waveform::Pluck`](crate::sound::Waveform::Pluck).
    Pluck,
    /// See [`Waveform::Fm`](crate::sound::Waveform::Fm).
    Fm,
    /// See [`Waveform::Recording`](crate::sound::Waveform::Recording).
    Recording,
}

/// Which channel of a file is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The mean of all.
    Mix,
    /// The first.
    Left,
    /// The second.
    Right,
}
