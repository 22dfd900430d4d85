//! The three stages of a note: [`pitch`] (key to frequency over time), [`waveform`] (frequency to raw samples, through
//! the filter of [`filter`]) and [`envelope`] (raw samples to shaped samples).
//!
//! A [`layer`] runs through all three; layers that are struck together add up to a [`tone`], which is rendered once for
//! all the notes that are equal in everything it depends on, and kept in [`crate::tones`], page by page. How a note is let
//! go is its own affair: the release is applied while the note is mixed.
//!
//! What comes in is numbers and curves ([`crate::sound::resolved`]): no note, no key, no channel, no preset.

pub mod envelope;
pub mod filter;
pub mod frequency_ramps;
pub mod grid;
pub mod layer;
pub mod pitch;
pub mod tone;
pub mod tremolo;
pub mod waveform;
