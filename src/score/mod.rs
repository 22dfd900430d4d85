//! Events become a score: notes with their exact beginning and end, and controllers as lanes over time.
//!
//! Flow: `port` finds the port of each track, `merge` makes one stream of the tracks, `time` turns ticks into instants,
//! `reader` plays the stream through the state of all parts (`part`, `keys`, `sysex`, `effects`) and writes down the notes
//! and `lane`s, under the `change`s that are asked for. `meter` counts the bars of the same stream, for people.
//!
//! Controllers are kept as they were sent, each [`Control`] of each part in a [`Lane`]. What General MIDI makes of them is
//! said in [`crate::plan`].

mod articulation;
mod change;
mod control;
mod effects;
mod keys;
mod lane;
mod merge;
mod meter;
mod part;
mod port;
mod reader;
mod sysex;
mod time;

use std::collections::BTreeMap;

pub use articulation::{Articulation, ArticulationId, Glide, Instrument};
pub use change::{CONCERT_PITCH, Changes};
pub use control::Control;
pub use lane::Lane;
pub use meter::{Meter, MusicalPlace};
pub use part::PartLanes;
pub use reader::{played, read, read_changed};
pub use sysex::Standard;
pub use time::{Clock, Instant, Timebase};

use crate::sound::effects::Effects;
use crate::units::{Cents, Channel, Key, Part, Seconds, Velocity};

/// A piece of music: everything that the rooms behind this one know of the file.
#[derive(Clone, Debug)]
pub struct Score {
    /// The unit of every instant here.
    pub timebase: Timebase,
    /// The notes in the order in which they were struck.
    pub notes: Vec<Note>,
    /// The articulations that notes refer to.
    pub articulations: Vec<Articulation>,
    /// The controllers of each part, in order of parts: sixteen for each port.
    pub parts: Vec<PartLanes>,
    /// Pressure on single keys, `0..=127`.
    pub key_pressure: BTreeMap<(Part, Key), Lane>,
    /// What holds for all parts.
    pub master: Master,
    /// What is added to the pitch of everything but drums, beside what the file says.
    pub tuning: Cents,
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

    /// The controllers of a part that the song has.
    #[must_use]
    pub fn lanes(&self, part: Part) -> Option<&PartLanes> {
        let place = self.parts.binary_search_by_key(&part, |lanes| lanes.part);
        place.ok().map(|place| &self.parts[place])
    }

    /// Whether the song plays on more than one port.
    #[must_use]
    pub fn has_ports(&self) -> bool {
        self.parts.len() > Channel::COUNT
    }

    /// The articulation of a note.
    #[must_use]
    pub fn articulation(&self, note: &Note) -> &Articulation {
        &self.articulations[note.articulation.0 as usize]
    }
}

/// What holds for all parts, as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Master {
    /// 14 bit.
    pub volume: Lane,
    /// Tenths of a cent.
    pub fine_tuning: Lane,
    /// Semitones; drums keep their keys.
    pub transposition: Lane,
}

impl Default for Master {
    /// The values at power-up.
    fn default() -> Self {
        Self {
            volume: Lane::new(127 << 7),
            fine_tuning: Lane::new(0),
            transposition: Lane::new(0),
        }
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
    /// The port that it is played on.
    pub port: u8,
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
    /// The part that plays it.
    #[must_use]
    pub fn part(&self) -> Part {
        Part {
            port: self.port,
            channel: self.channel,
        }
    }

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
