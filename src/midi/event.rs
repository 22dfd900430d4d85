//! What a track says, event by event: channel messages, tempo, system exclusive, and the few meta events that matter.

use std::borrow::Cow;

use crate::units::{Channel, Key, Program, Velocity};

/// Something that happens in a track.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// Ticks from the start of the track.
    pub tick: u64,
    /// What happens.
    pub kind: EventKind<'a>,
}

/// What happens at an event.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind<'a> {
    /// A message to one channel.
    Channel {
        /// Which channel.
        channel: Channel,
        /// The message.
        message: Message,
    },
    /// A complete system exclusive message, its parts joined, without the framing F0 and F7.
    SysEx(Cow<'a, [u8]>),
    /// Set Tempo: microseconds per quarter note.
    Tempo(u32),
    /// A time signature: beats to a bar, and the note that a beat is, as 4 for a quarter.
    TimeSignature {
        /// Beats to a bar.
        beats: u8,
        /// The note that gets a beat: 4 is a quarter note.
        note: u16,
    },
    /// The name of the track.
    TrackName(&'a [u8]),
    /// The port that the track plays on from here (FF 21), counted from 0.
    Port(u8),
    /// The name of the device that the track plays on (FF 09).
    DeviceName(&'a [u8]),
    /// The track ends.
    EndOfTrack,
}

/// A message to one channel. A Note On of velocity 0 has become a Note Off of velocity 64 (MIDI 1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A key goes up.
    NoteOff {
        /// Which key.
        key: Key,
        /// How fast.
        velocity: Velocity,
    },
    /// A key goes down.
    NoteOn {
        /// Which key.
        key: Key,
        /// How fast, at least 1.
        velocity: Velocity,
    },
    /// Pressure on one key (polyphonic aftertouch), `0..=127`.
    KeyPressure {
        /// Which key.
        key: Key,
        /// How much.
        pressure: u8,
    },
    /// A controller moves (Control Change), both numbers `0..=127`.
    Control {
        /// Which controller.
        controller: u8,
        /// Its new value.
        value: u8,
    },
    /// A program is chosen.
    ProgramChange(Program),
    /// Pressure on the whole channel, `0..=127`.
    ChannelPressure(u8),
    /// The pitch wheel, `-8192..=8191`.
    PitchBend(i16),
}
