//! MIDI bytes to tracks of events: the container is taken apart, damage repaired, and midly reads what is left.
//!
//! Flow: [`container`] finds the tracks (SMF, RMID), [`repair`] makes each one sound and notes what it did,
//! [`event`] turns midly's events into ours. Bytes in, events out; nothing here touches files.

pub mod container;
pub mod event;
pub mod repair;

use std::num::{NonZeroU8, NonZeroU16};

pub use container::{MidiError, parse};
pub use event::{Event, EventKind, Events, Message};
pub use repair::{Repair, RepairKind, Repairs};

/// A parsed Standard MIDI File: its tracks, sound after any repair.
#[derive(Debug)]
pub struct Smf<'a> {
    /// How the tracks relate to each other.
    pub format: Format,
    /// What a tick means.
    pub division: Division,
    /// The tracks, in the order of the file.
    pub tracks: Vec<Track<'a>>,
    /// What was found damaged and how it was mended.
    pub repairs: Repairs,
}

/// How the tracks of a file relate to each other (SMF 1.0, header chunk, `format`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Format 0: one track holds everything.
    SingleTrack,
    /// Format 1: the tracks are played together.
    Parallel,
    /// Format 2: the tracks are independent patterns, played here one after another.
    Sequential,
}

/// What a tick means (SMF 1.0, header chunk, `division`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Division {
    /// Metrical time: ticks to a quarter note, whose length the tempo gives.
    TicksPerQuarter(NonZeroU16),
    /// Time code: ticks to an SMPTE frame; tempo does not matter.
    Smpte {
        /// Frames per second.
        fps: Fps,
        /// Ticks per frame.
        ticks_per_frame: NonZeroU8,
    },
}

/// An SMPTE frame rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fps {
    /// 24 frames per second (film).
    F24,
    /// 25 frames per second (PAL).
    F25,
    /// 30000/1001 frames per second (NTSC, "29.97 drop").
    F2997,
    /// 30 frames per second.
    F30,
}
