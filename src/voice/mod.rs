//! The three stages of a note: [`pitch`] (key to frequency over time), [`waveform`] (frequency to raw samples, through
//! the filter of [`timbre`]) and [`envelope`] (raw samples to shaped samples).
//!
//! A [`layer`] runs through all three; the layers of a part add up to a [`tone`], which is rendered once for all the
//! notes that are equal in everything it depends on, and kept in [`crate::tones`], page by page. How a note is let go is its
//! own affair: the release is applied while the note is mixed. A voice never sees a channel: what a channel does to pitch
//! and timbre reaches it as curves.

pub mod course;
pub mod envelope;
pub mod layer;
pub mod pitch;
pub mod timbre;
pub mod tone;
pub mod tremolo;
pub mod waveform;
