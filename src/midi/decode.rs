//! midly's events, one after another, as ours: ticks counted from the start, SysEx joined, escapes taken apart.

use std::borrow::Cow;

use midly::{MetaMessage, TrackEventKind};

use super::channel_event::channel_event;
use super::escape::Escape;
use super::event::{Event, EventKind};

/// The events of a track, in order; the last one, and only the last, is [`EventKind::EndOfTrack`].
#[derive(Clone, Debug)]
pub struct Events<'a> {
    midly: midly::EventIter<'a>,
    /// Ticks from the start of the track to the last event read.
    tick: u64,
    /// What is left of an escape at that tick.
    escape: Escape<'a>,
    ended: bool,
}

impl<'a> Events<'a> {
    /// The events of a sound track.
    pub(super) fn new(track: &'a [u8]) -> Self {
        Self {
            midly: midly::EventIter::new(track),
            tick: 0,
            escape: Escape::new(&[]),
            ended: false,
        }
    }

    /// Our reading of an event of midly's that is no channel message, if it is one that matters. Kept out of the way
    /// of channel messages: they are nearly all there is.
    #[inline(never)]
    fn read_system(&mut self, event: TrackEventKind<'a>) -> Option<EventKind<'a>> {
        match event {
            TrackEventKind::Midi { channel, message } => {
                Some(channel_event(channel.as_int(), message))
            }
            TrackEventKind::SysEx(data) => Some(EventKind::SysEx(self.join(data))),
            TrackEventKind::Escape(data) => {
                self.escape = Escape::new(data);
                self.escape.next()
            }
            TrackEventKind::Meta(MetaMessage::EndOfTrack) => Some(self.end()),
            TrackEventKind::Meta(meta) => read_meta(meta),
        }
    }

    /// Ends the track, whether its End of Track is there or was missing.
    fn end<'e>(&mut self) -> EventKind<'e> {
        self.ended = true;
        EventKind::EndOfTrack
    }

    /// A SysEx whose first packet this is, with the packets that continue it. Ends at the first F7.
    fn join(&mut self, first: &'a [u8]) -> Cow<'a, [u8]> {
        let (data, mut is_complete) = up_to_f7(first);
        let mut joined = Cow::Borrowed(data);
        while !is_complete && let Some(packet) = self.next_packet() {
            let (data, is_last) = up_to_f7(packet);
            joined.to_mut().extend_from_slice(data);
            is_complete = is_last;
        }
        joined
    }

    /// Reads the next event if it is an F7 packet that continues a SysEx: one that begins with data or the final F7.
    fn next_packet(&mut self) -> Option<&'a [u8]> {
        let mut ahead = self.midly.clone();
        let event = ahead.next()?.ok()?;
        match event.kind {
            TrackEventKind::Escape(packet @ [0x00..=0x7F | 0xF7, ..]) => {
                self.midly = ahead;
                self.tick += u64::from(event.delta.as_int());
                Some(packet)
            }
            _ => None,
        }
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Event<'a>;

    #[inline]
    fn next(&mut self) -> Option<Event<'a>> {
        if self.ended {
            return None;
        }
        if !self.escape.is_empty()
            && let Some(kind) = self.escape.next()
        {
            return Some(Event {
                tick: self.tick,
                kind,
            });
        }
        loop {
            let Some(Ok(event)) = self.midly.next() else {
                return Some(Event {
                    tick: self.tick,
                    kind: self.end(),
                });
            };
            self.tick += u64::from(event.delta.as_int());
            let kind = match event.kind {
                TrackEventKind::Midi { channel, message } => {
                    Some(channel_event(channel.as_int(), message))
                }
                other => self.read_system(other),
            };
            if let Some(kind) = kind {
                return Some(Event {
                    tick: self.tick,
                    kind,
                });
            }
        }
    }
}

/// The meta events that matter.
fn read_meta(meta: MetaMessage<'_>) -> Option<EventKind<'_>> {
    match meta {
        MetaMessage::Tempo(microseconds) => Some(EventKind::Tempo(microseconds.as_int())),
        // The denominator is a power of two.
        MetaMessage::TimeSignature(beats, power, _, _) => {
            let note = 1_u16.checked_shl(power.into())?;
            Some(EventKind::TimeSignature { beats, note })
        }
        MetaMessage::TrackName(name) => Some(EventKind::TrackName(name)),
        MetaMessage::MidiPort(port) => Some(EventKind::Port(port.as_int())),
        MetaMessage::DeviceName(name) => Some(EventKind::DeviceName(name)),
        _ => None,
    }
}

/// The data before the first F7, and whether there was one.
fn up_to_f7(data: &[u8]) -> (&[u8], bool) {
    match data.iter().position(|&byte| byte == 0xF7) {
        Some(end) => (data.get(..end).unwrap_or(data), true),
        None => (data, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi::event::Message;
    use crate::midi::fixture::END;
    use crate::units::{Channel, Key, Program, Velocity};

    /// Checks the events that bytes before an End of Track hold, with their ticks.
    fn check(track: &[&[u8]], expected: &[(u64, EventKind<'_>)]) {
        let bytes = [&track.concat(), END].concat();
        let mut events: Vec<_> = Events::new(&bytes)
            .map(|event| (event.tick, event.kind))
            .collect();
        let end = events.pop().map(|(_, kind)| kind);
        assert_eq!(end, Some(EventKind::EndOfTrack));
        assert_eq!(events, expected);
    }

    fn channel<'a>(channel: u8, message: Message) -> EventKind<'a> {
        EventKind::Channel {
            channel: Channel::new(channel),
            message,
        }
    }

    fn note_on<'a>(key: u8) -> EventKind<'a> {
        channel(
            0,
            Message::NoteOn {
                key: Key::new(key),
                velocity: Velocity::new(100),
            },
        )
    }

    fn sysex(data: &[u8]) -> EventKind<'_> {
        EventKind::SysEx(Cow::Borrowed(data))
    }

    #[test]
    fn every_channel_message_is_read() {
        let key = Key::new(60);
        let velocity = Velocity::new;
        check(
            &[&[0x81, 0x00, 0x82, 60, 1]],
            &[(
                128,
                channel(
                    2,
                    Message::NoteOff {
                        key,
                        velocity: velocity(1),
                    },
                ),
            )],
        );
        check(
            &[&[0, 0x92, 60, 1]],
            &[(
                0,
                channel(
                    2,
                    Message::NoteOn {
                        key,
                        velocity: velocity(1),
                    },
                ),
            )],
        );
        check(
            &[&[0, 0x9F, 60, 0]],
            &[(
                0,
                channel(
                    15,
                    Message::NoteOff {
                        key,
                        velocity: velocity(64),
                    },
                ),
            )],
        );
        check(
            &[&[0, 0xA0, 60, 5]],
            &[(0, channel(0, Message::KeyPressure { key, pressure: 5 }))],
        );
        check(
            &[&[0, 0xB0, 7, 5]],
            &[(
                0,
                channel(
                    0,
                    Message::Control {
                        controller: 7,
                        value: 5,
                    },
                ),
            )],
        );
        check(
            &[&[0, 0xC0, 7]],
            &[(0, channel(0, Message::ProgramChange(Program::new(7))))],
        );
        check(
            &[&[0, 0xD0, 7]],
            &[(0, channel(0, Message::ChannelPressure(7)))],
        );
        check(
            &[&[0, 0xE0, 0, 0]],
            &[(0, channel(0, Message::PitchBend(-8192)))],
        );
        check(
            &[&[0, 0xE0, 0x7F, 0x7F]],
            &[(0, channel(0, Message::PitchBend(8191)))],
        );
    }

    #[test]
    fn the_meta_events_that_matter_are_read() {
        check(
            &[&[0, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20]],
            &[(0, EventKind::Tempo(500_000))],
        );
        check(
            &[&[0, 0xFF, 0x58, 4, 6, 3, 36, 8]],
            &[(0, EventKind::TimeSignature { beats: 6, note: 8 })],
        );
        check(&[&[0, 0xFF, 0x58, 4, 6, 16, 36, 8]], &[]);
        check(
            &[&[0, 0xFF, 0x03, 2, b'h', b'i', 0, 0xFF, 0x01, 1, b'x']],
            &[(0, EventKind::TrackName(b"hi"))],
        );
    }

    #[test]
    fn ticks_count_on_from_event_to_event() {
        check(
            &[&[5, 0x90, 60, 100, 6, 0xFF, 0x01, 0, 7, 0x90, 61, 100]],
            &[(5, note_on(60)), (18, note_on(61))],
        );
    }

    #[test]
    fn the_packets_of_a_sysex_are_joined() {
        check(&[&[0, 0xF0, 3, 1, 2, 0xF7]], &[(0, sysex(&[1, 2]))]);
        check(
            &[&[5, 0xF0, 2, 1, 2, 6, 0xF7, 1, 3, 7, 0xF7, 2, 4, 0xF7]],
            &[(18, sysex(&[1, 2, 3, 4]))],
        );
    }

    #[test]
    fn a_sysex_without_its_f7_ends_where_another_event_begins() {
        check(
            &[&[0, 0xF0, 2, 1, 2, 5, 0x90, 60, 100]],
            &[(0, sysex(&[1, 2])), (5, note_on(60))],
        );
        check(
            &[&[0, 0xF0, 2, 1, 2, 5, 0xF7, 3, 0x90, 60, 100]],
            &[(0, sysex(&[1, 2])), (5, note_on(60))],
        );
    }

    #[test]
    fn the_complete_messages_of_an_escape_are_read() {
        check(&[&[5, 0xF7, 3, 0x90, 60, 100]], &[(5, note_on(60))]);
        check(
            &[&[5, 0xF7, 5, 0x90, 60, 100, 61, 100]],
            &[(5, note_on(60)), (5, note_on(61))],
        );
        check(
            &[&[0, 0xF7, 7, 0xF2, 1, 2, 0xF8, 0x90, 60, 100]],
            &[(0, note_on(60))],
        );
        check(
            &[&[0, 0xF7, 7, 0xF0, 1, 2, 0xF7, 0x90, 60, 100]],
            &[(0, sysex(&[1, 2])), (0, note_on(60))],
        );
        check(
            &[&[0, 0xF7, 5, 0x90, 60, 0x90, 60, 100]],
            &[(0, note_on(60))],
        );
        check(
            &[
                &[0, 0xF7, 3, 1, 2, 3],
                &[0, 0xF7, 0],
                &[0, 0xF7, 2, 0x90, 60],
                &[0, 0xF7, 2, 0xF0, 1],
            ],
            &[],
        );
    }

    #[test]
    fn a_track_ends_once_even_if_its_end_is_missing() {
        let mut events = Events::new(&[5, 0x90, 60, 100]);
        assert_eq!(
            events.next(),
            Some(Event {
                tick: 5,
                kind: note_on(60)
            })
        );
        assert_eq!(
            events.next(),
            Some(Event {
                tick: 5,
                kind: EventKind::EndOfTrack
            })
        );
        assert_eq!(events.next(), None);
    }
}
