//! An escape (F7 packet): raw MIDI bytes, transmitted as they are (SMF 1.0, "sysex event", second form).

use std::borrow::Cow;

use midly::live::LiveEvent;

use super::channel_event::channel_event;
use super::event::EventKind;
use super::scan::data_length;

/// The complete messages among raw MIDI bytes.
#[derive(Clone, Debug)]
pub(super) struct Escape<'a> {
    rest: &'a [u8],
    /// The running status; 0 for none.
    running: u8,
    /// Whether an F7 may still come: where none was found, none is looked for again.
    may_end: bool,
}

impl<'a> Escape<'a> {
    /// The messages of a packet.
    pub(super) const fn new(packet: &'a [u8]) -> Self {
        Self {
            rest: packet,
            running: 0,
            may_end: true,
        }
    }

    /// Whether nothing is left.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The channel message whose data bytes come next, if all of them are there.
    fn channel_message(&mut self) -> Option<EventKind<'a>> {
        let length = data_length(self.running);
        let (data, rest) = self.rest.split_at_checked(length)?;
        if data.iter().any(|&byte| byte > 0x7F) {
            return None;
        }
        self.rest = rest;
        let mut message = [self.running, 0, 0];
        message
            .iter_mut()
            .skip(1)
            .zip(data)
            .for_each(|(slot, &byte)| *slot = byte);
        match LiveEvent::parse(&message) {
            Ok(LiveEvent::Midi { channel, message }) => {
                Some(channel_event(channel.as_int(), message))
            }
            _ => None,
        }
    }

    /// The SysEx whose data come next, if its final F7 is there.
    fn system_exclusive(&mut self) -> Option<EventKind<'a>> {
        let end = self.rest.iter().position(|&byte| byte == 0xF7);
        self.may_end = end.is_some();
        let (data, rest) = self.rest.split_at_checked(end?)?;
        self.rest = rest;
        Some(EventKind::SysEx(Cow::Borrowed(data)))
    }
}

impl<'a> Iterator for Escape<'a> {
    type Item = EventKind<'a>;

    fn next(&mut self) -> Option<EventKind<'a>> {
        while let Some((&first, rest)) = self.rest.split_first() {
            let message = match first {
                0x00..=0x7F if self.running != 0 => self.channel_message(),
                0xF0 => {
                    self.rest = rest;
                    self.running = 0;
                    self.may_end.then(|| self.system_exclusive()).flatten()
                }
                _ => None,
            };
            if message.is_some() {
                return message;
            }
            self.step_over(first);
        }
        None
    }
}

impl Escape<'_> {
    /// Leaves out a byte that begins no complete message, but for a status byte, which stays in force.
    fn step_over(&mut self, first: u8) {
        match first {
            0x80..=0xEF => self.running = first,
            0xF0..=0xF7 => self.running = 0,
            _ => (),
        }
        if first != 0xF0 {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
    }
}
