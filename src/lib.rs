//! Cascade renders MIDI files to audio.

pub mod audio;
pub mod midi;
pub mod preset;
pub mod units;
