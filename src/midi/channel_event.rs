//! midly's channel messages as ours.

use midly::MidiMessage;

use super::event::{EventKind, Message};
use crate::units::{Channel, Key, Program, Velocity};

/// A channel message of midly's.
#[inline]
pub(super) fn channel_event<'a>(channel: u8, message: MidiMessage) -> EventKind<'a> {
    let key = |key: midly::num::u7| Key::new(key.as_int());
    let velocity = |velocity: midly::num::u7| Velocity::new(velocity.as_int());
    let message = match message {
        // MIDI 1.0: a Note On of velocity 0 is a Note Off of velocity 64.
        MidiMessage::NoteOn { key: k, vel } if vel == 0 => Message::NoteOff {
            key: key(k),
            velocity: Velocity::new(64),
        },
        MidiMessage::NoteOn { key: k, vel } => Message::NoteOn {
            key: key(k),
            velocity: velocity(vel),
        },
        MidiMessage::NoteOff { key: k, vel } => Message::NoteOff {
            key: key(k),
            velocity: velocity(vel),
        },
        MidiMessage::Aftertouch { key: k, vel } => Message::KeyPressure {
            key: key(k),
            pressure: vel.as_int(),
        },
        MidiMessage::Controller { controller, value } => Message::Control {
            controller: controller.as_int(),
            value: value.as_int(),
        },
        MidiMessage::ProgramChange { program } => {
            Message::ProgramChange(Program::new(program.as_int()))
        }
        MidiMessage::ChannelAftertouch { vel } => Message::ChannelPressure(vel.as_int()),
        MidiMessage::PitchBend { bend } => Message::PitchBend(bend.as_int()),
    };
    EventKind::Channel {
        channel: Channel::new(channel),
        message,
    }
}
