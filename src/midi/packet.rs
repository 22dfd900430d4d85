//! The data bytes of system exclusive messages within an event: in the event itself, or among the raw bytes of an escape.

use std::ops::Range;

/// Status byte of a system exclusive message.
pub(super) const SYSEX: u8 = 0xF0;

/// The byte that ends such a message; as a status byte in a file, an escape or a further packet of a message.
pub(super) const SYSEX_END: u8 = 0xF7;

/// What an F0 or F7 event holds of system exclusive messages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Packet {
    /// Where their data bytes stand.
    pub(super) data: Vec<Range<usize>>,
    /// Whether the message that it begins or goes on with is still without its F7.
    pub(super) is_open: bool,
}

impl Packet {
    /// Reads the contents of an event; `goes_on` where a message before it is still without its F7.
    pub(super) fn read(status: u8, bytes: &[u8], goes_on: bool) -> Self {
        let mut packet = Self::default();
        let mut at = 0;
        if status == SYSEX || goes_on && matches!(bytes, [0x00..=0x7F | SYSEX_END, ..]) {
            let end = find(bytes, 0, SYSEX_END);
            packet.is_open = end.is_none();
            at = end.unwrap_or(bytes.len());
            packet.data.push(0..at);
        }
        // Whole messages among raw bytes; what follows the F7 of an F0 event is not read.
        while status != SYSEX
            && let Some(start) = find(bytes, at, SYSEX)
            && let Some(end) = find(bytes, start, SYSEX_END)
        {
            packet.data.push(start + 1..end);
            at = end;
        }
        packet
    }
}

/// The first place of a byte from `from` on.
fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    let rest = bytes.get(from..)?;
    Some(from + rest.iter().position(|&byte| byte == wanted)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the data bytes of an event, and whether its message is still open.
    fn check(status: u8, bytes: &[u8], goes_on: bool, data: &[Range<usize>], is_open: bool) {
        let packet = Packet::read(status, bytes, goes_on);
        assert_eq!((packet.data.as_slice(), packet.is_open), (data, is_open));
    }

    #[test]
    fn a_message_reaches_to_its_f7_or_to_the_end_of_its_event() {
        check(
            SYSEX,
            &[1, 2, 0xF7, 3],
            false,
            std::slice::from_ref(&(0..2)),
            false,
        );
        check(SYSEX, &[1, 2], false, std::slice::from_ref(&(0..2)), true);
    }

    #[test]
    fn a_further_packet_goes_on_with_a_message_that_is_open() {
        check(
            SYSEX_END,
            &[1, 2],
            true,
            std::slice::from_ref(&(0..2)),
            true,
        );
        check(
            SYSEX_END,
            &[1, 0xF7],
            true,
            std::slice::from_ref(&(0..1)),
            false,
        );
        check(SYSEX_END, &[1, 2], false, &[], false);
        check(SYSEX_END, &[0x90, 1, 2], true, &[], false);
    }

    #[test]
    fn whole_messages_are_found_among_raw_bytes() {
        let raw = [0x90, 1, 2, 0xF0, 3, 0xF7, 0xF0, 4, 5, 0xF7, 0xF0, 6];
        check(SYSEX_END, &raw, false, &[4..5, 7..9], false);
    }
}
