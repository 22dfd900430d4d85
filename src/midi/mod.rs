//! MIDI bytes to tracks of events: the container is taken apart, damage repaired, and midly reads what is left.
//!
//! Flow: [`container`] finds the tracks (`chunk`, `header`; `riff` for RMID; `newlines` undoes a transfer in text mode);
//! `repair` makes each one sound and notes in a `report` what it did (`scan` knows what is sound, `damage` what to do
//! about the rest, `packet` where SysEx have data, `patch` copies only what differs); `decode` turns midly's events into
//! ours ([`event`], and `escape` for raw bytes). Bytes in, events out; nothing here touches files.
//!
//! A new repair is an arm of `report::RepairKind` with its sentence, and a few lines where the damage is met: `damage`
//! for an event, `container` and `header` for what is around the tracks.

mod channel_event;
mod chunk;
pub mod container;
mod header;
pub mod names;
mod newlines;
mod riff;

mod damage;
mod packet;
mod patch;
mod repair;
mod report;
mod scan;

mod decode;
mod escape;
pub mod event;

mod error;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod properties;

use std::borrow::Cow;
use std::num::{NonZeroU8, NonZeroU16};

pub use container::{may_be_midi, parse};
pub use decode::Events;
pub use error::MidiError;
pub use event::{Event, EventKind, Message};
pub use report::{Repair, RepairKind, Repairs};

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

/// A track whose events midly reads to the end: as it stands in the file, or mended.
#[derive(Clone, Debug)]
pub struct Track<'a> {
    bytes: Cow<'a, [u8]>,
}

impl<'a> Track<'a> {
    /// A track of sound events.
    const fn new(bytes: Cow<'a, [u8]>) -> Self {
        Self { bytes }
    }

    /// The events in order, decoded as they are asked for.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events::new(&self.bytes)
    }

    /// How many bytes the events take: a note takes six to nine, so this is a hint for reserving memory.
    #[must_use]
    pub fn byte_length(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the events are borrowed from the file, as every sound track is.
    #[must_use]
    pub const fn is_borrowed(&self) -> bool {
        matches!(self.bytes, Cow::Borrowed(_))
    }
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
