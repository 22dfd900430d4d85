//! The three stages of a note: [`pitch`] (key to frequency over time), [`waveform`] (frequency to raw samples) and
//! [`envelope`] (raw samples to shaped samples).
//!
//! Stages one and two make a [`tone`], which is rendered once for all the notes that are equal in everything it
//! depends on; stage three is applied to each note while it is mixed. A voice never sees a channel: what a channel
//! does to pitch and timbre reaches it as curves.

pub mod envelope;
pub mod pitch;
pub mod pool;
pub mod tone;
pub mod waveform;
