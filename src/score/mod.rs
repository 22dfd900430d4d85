//! Events become a score: notes with their exact beginning and end, and controllers as lanes over time.
//!
//! Flow: `merge` makes one stream of the tracks, `time` turns ticks into instants, `reader` plays the stream through
//! the state of sixteen channels (`channel`, `keys`, `sysex`, `effects`) and writes down the notes and `lane`s, under the
//! `change`s that are asked for. `meter` counts the bars of the same stream, for people.

mod articulation;
mod change;
mod channel;
mod effects;
mod keys;
mod lane;
mod merge;
mod meter;
mod reader;
mod sysex;
mod time;

use std::collections::BTreeMap;

pub use articulation::{Articulation, ArticulationId, Glide, Sound};
pub use change::{CONCERT_PITCH, Changes};
pub use channel::ChannelLanes;
pub use effects::{ChorusSetting, DelaySetting, Effects, ReverbKind, ReverbSetting};
pub use lane::Lane;
pub use meter::{Meter, Place};
pub use reader::{played, read, read_changed};
pub use sysex::Standard;
pub use time::{Clock, Instant, Timebase};

use crate::units::{Channel, Key, Seconds, Velocity};

/// A piece of music: everything that the rooms behind this one know of the file.
#[derive(Clone, Debug)]
pub struct Score {
    /// The unit of every instant here.
    pub timebase: Timebase,
    /// The notes in the order in which they were struck.
    pub notes: Vec<Note>,
    /// The articulations that notes refer to.
    pub articulations: Vec<Articulation>,
    /// The controllers of each channel.
    pub channels: Vec<ChannelLanes>,
    /// Vibrato in cents that pressure on single keys adds.
    pub key_pressure: BTreeMap<(Channel, Key), Lane>,
    /// Master volume, `0.0..=1.0`.
    pub master_volume: Lane,
    /// What the effects are set to when the first note is struck; later settings are not heard.
    pub effects: Effects,
    /// The end of the last track.
    pub end: Instant,
    /// What was met on the way.
    pub census: Census,
}

impl Score {
    /// The time to the end of the last track.
    #[must_use]
    pub fn duration(&self) -> Seconds {
        self.timebase.seconds(self.end)
    }

    /// The articulation of a note.
    #[must_use]
    pub fn articulation(&self, note: &Note) -> &Articulation {
        &self.articulations[note.articulation.0 as usize]
    }
}

/// One sounding event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// When it is struck.
    pub onset: Instant,
    /// When it is let go, by key and pedals; never before `onset`.
    pub end: Instant,
    /// When its key goes up, which pedals may outlast; never after `end`.
    pub key_up: Instant,
    /// How it is played.
    pub articulation: ArticulationId,
    /// The track that it stands in, counted from 0.
    pub track: u16,
    /// The channel that it belongs to.
    pub channel: Channel,
    /// Its key.
    pub key: Key,
    /// How fast the key went down, at least 1.
    pub velocity: Velocity,
    /// How fast the key went up; 64 where nothing said so.
    pub release_velocity: Velocity,
    /// How it ends.
    pub ending: Ending,
}

impl Note {
    fn end(&mut self, now: Instant, ending: Ending) {
        self.end = now;
        self.key_up = self.key_up.min(now);
        self.ending = ending;
    }
}

/// How a note ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Let go: the sound's own release follows.
    Released,
    /// Cut off: All Sound Off, or the next note of a mono channel.
    Cut,
}

/// What a score was made from, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Note-ons in the file.
    pub note_ons: u64,
    /// Note-offs without a note.
    pub stray_note_offs: u64,
    /// Notes that nothing ended before the end of the song.
    pub unended_notes: u64,
    /// Control Changes by channel and controller.
    pub controls: BTreeMap<(Channel, u8), u64>,
    /// Pitch bends by channel.
    pub bends: BTreeMap<Channel, u64>,
    /// Set Tempo events.
    pub tempo_changes: u64,
    /// System exclusive messages.
    pub sysex: u64,
    /// Notes that were transposed beyond the keys that there are, and folded back by octaves.
    pub folded_notes: u64,
}
