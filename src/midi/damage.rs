//! What is done about an event that is not sound: mended where its meaning is plain, left out where it is not.

use super::repair::Mender;
use super::report::RepairKind;
use super::scan::{self, META, Shape};

impl Mender<'_, '_> {
    /// Mends the event at `at`, which is not sound; returns where to go on.
    pub(super) fn mend_event(&mut self, at: usize) -> usize {
        self.remember_status();
        let Some((delta, body)) = self.read_delta(at) else {
            return self.truncate(at);
        };
        match self.bytes.get(body) {
            None => self.truncate(at),
            Some(0x00..=0x7F) if self.workshop.last_status == 0 => {
                self.skip_without_status(at, delta, body)
            }
            Some(0x00..=0x7F) => self.mend_running(at, delta, body),
            Some(&status @ 0x80..=0xEF) => self.mend_channel(at, delta, status, body + 1),
            Some(&status @ (0xF0 | 0xF7)) => self.mend_block(at, delta, body, status, body + 1),
            Some(&META) => self.mend_block(at, delta, body, META, body + 2),
            Some(&status) => self.skip_undefined(at, delta, body, status),
        }
    }

    /// A delta time of any length; one that is too long to be meant is 0.
    fn read_delta(&mut self, at: usize) -> Option<(u32, usize)> {
        /// Four times the longest sound delta time, days at any usual tempo: bounds what an event can grow to.
        const LONGEST: u32 = 4 * scan::MAX_QUANTITY;
        let (delta, end) = self.read_quantity(at)?;
        if delta > LONGEST {
            self.note(at, RepairKind::AbsurdDelta);
            return Some((0, end));
        }
        Some((delta, end))
    }

    /// A variable-length quantity of any length, at most `u32::MAX`, and where it ends.
    fn read_quantity(&mut self, at: usize) -> Option<(u32, usize)> {
        let length = self.bytes.get(at..)?.iter().position(|&byte| byte < 0x80)? + 1;
        let digits = self.bytes.get(at..at + length)?;
        if length > 4 {
            self.note(at, RepairKind::LongQuantity(length));
        }
        let value = digits.iter().fold(0_u64, |value, &byte| {
            (value << 7 | u64::from(byte & 0x7F)).min(1 << 40)
        });
        Some((u32::try_from(value).unwrap_or(u32::MAX), at + length))
    }

    /// A channel message without its status byte, which is the last one there was.
    fn mend_running(&mut self, at: usize, delta: u32, data: usize) -> usize {
        let status = self.workshop.last_status;
        if !self.has_status {
            self.note(data, RepairKind::InheritedStatus(status));
        } else if self.running == 0 {
            self.note(data, RepairKind::CarriedStatus(status));
        }
        self.mend_channel(at, delta, status, data)
    }

    /// A channel message whose data bytes may be above 127.
    fn mend_channel(&mut self, at: usize, delta: u32, status: u8, data: usize) -> usize {
        let end = data + scan::data_length(status);
        let Some(found) = self.bytes.get(data..end) else {
            return self.truncate(at);
        };
        let is_damaged = found.iter().any(|&byte| byte > 0x7F);
        if is_damaged && let Some(next) = self.find_within(at, end, status) {
            self.note(at, RepairKind::BrokenEvent(next - at));
            return self.take_out(at, next, delta);
        }
        let mut mended = [0; 2];
        for (i, (&found, mended)) in found.iter().zip(&mut mended).enumerate() {
            *mended = read_data_byte(found, matches!(status, 0x90..=0x9F) && i == 1);
            if found > 0x7F {
                self.note(
                    data + i,
                    RepairKind::DataByte {
                        found,
                        read: *mended,
                    },
                );
            }
        }
        self.write_channel(
            at,
            end,
            delta,
            status,
            mended.get(..end - data).unwrap_or_default(),
        );
        end
    }

    /// A meta event or SysEx with its length at `length`, which may take more than four bytes, or reach too far.
    fn mend_block(
        &mut self,
        at: usize,
        delta: u32,
        body: usize,
        status: u8,
        length: usize,
    ) -> usize {
        let Some((length, data)) = self.read_quantity(length) else {
            return self.truncate(at);
        };
        match data.checked_add(length as usize) {
            Some(end) if end <= self.bytes.len() => self.keep_block(
                at,
                Shape {
                    delta,
                    body,
                    status,
                    data,
                    end,
                },
                true,
            ),
            _ => self.skip_overrun(at, delta, body),
        }
    }

    /// Leaves out a meta event or SysEx that is longer than the track, up to the next sound event.
    fn skip_overrun(&mut self, at: usize, delta: u32, body: usize) -> usize {
        match self.find_sound(body + 1) {
            Some(next) => {
                self.note(body, RepairKind::Overrun(next - body));
                self.take_out(at, next, delta)
            }
            None => {
                self.note(body, RepairKind::Lost(self.bytes.len() - body));
                self.take_out(at, self.bytes.len(), 0)
            }
        }
    }

    /// Leaves out data bytes that no status byte precedes, up to the next sound event.
    fn skip_without_status(&mut self, at: usize, delta: u32, body: usize) -> usize {
        let next = self.find_sound(body).unwrap_or(self.bytes.len());
        self.note(body, RepairKind::NoStatus(next - body));
        self.take_out(at, next, delta)
    }

    /// Leaves out a system message that has no place in a file, with its data bytes (MIDI 1.0, table 5).
    fn skip_undefined(&mut self, at: usize, delta: u32, body: usize, status: u8) -> usize {
        let most = match status {
            0xF1 | 0xF3 => 1,
            0xF2 => 2,
            _ => 0,
        };
        let rest = self.bytes.get(body + 1..).unwrap_or_default();
        let data = rest
            .iter()
            .take(most)
            .take_while(|&&byte| byte < 0x80)
            .count();
        self.note(body, RepairKind::UndefinedStatus(status));
        self.take_out(at, body + 1 + data, delta)
    }

    /// Leaves out an event that the end of the track cuts off.
    fn truncate(&mut self, at: usize) -> usize {
        self.note(at, RepairKind::Truncated(self.bytes.len() - at));
        self.take_out(at, self.bytes.len(), 0)
    }

    /// The first offset within a damaged channel message where sound events begin, unless they go on after it.
    fn find_within(&mut self, at: usize, end: usize, status: u8) -> Option<usize> {
        /// Half as many events look sound from a wrong offset now and then.
        const ENOUGH: usize = 8;
        let budget = &mut self.workshop.budget;
        if scan::is_clean(self.bytes, end, status, ENOUGH, budget) {
            return None;
        }
        (at + 1..end).find(|&next| scan::is_clean(self.bytes, next, 0, ENOUGH, budget))
    }

    /// The first offset from `from` on, within a window, where sound events stand.
    fn find_sound(&mut self, from: usize) -> Option<usize> {
        const WINDOW: usize = 64 << 10;
        /// Bytes read from a wrong offset never look like so many events.
        const ENOUGH: usize = 64;
        if self.workshop.budget == 0 {
            return None;
        }
        let until = self.bytes.len().min(from.saturating_add(WINDOW));
        (from..until)
            .find(|&at| scan::is_clean(self.bytes, at, 0, ENOUGH, &mut self.workshop.budget))
    }
}

/// A data byte without its eighth bit, as a receiver reads it. A velocity of 128 has overflowed to it, and is 127:
/// without the eighth bit it would be 0, a Note Off, and the note lost.
const fn read_data_byte(found: u8, is_velocity: bool) -> u8 {
    if is_velocity && found == 0x80 {
        0x7F
    } else {
        found & 0x7F
    }
}

#[cfg(test)]
mod tests {
    use crate::midi::RepairKind::*;
    use crate::midi::fixture::{END, OFF, ON, check, file, kinds};
    use crate::midi::parse;
    use crate::midi::repair::{Workshop, mend};

    const TEXT: &[u8] = &[0x00, 0xFF, 0x01, 0x02, b'h', b'i'];

    #[test]
    fn running_status_is_carried_on_across_a_meta_event() {
        check(
            &[ON, TEXT, &[0x10, 0x3E, 0x64, 0x10, 0x3E, 0x00], OFF, END],
            &[
                ON,
                TEXT,
                &[0x10, 0x90, 0x3E, 0x64, 0x10, 0x3E, 0x00],
                OFF,
                END,
            ],
            &[CarriedStatus(0x90)],
        );
    }

    #[test]
    fn running_status_is_carried_on_across_a_sysex() {
        let reset: &[u8] = &[0x00, 0xF0, 0x05, 0x7E, 0x7F, 0x09, 0x01, 0xF7];
        check(
            &[ON, reset, &[0x10, 0x3E, 0x64], OFF, END],
            &[ON, reset, &[0x10, 0x90, 0x3E, 0x64], OFF, END],
            &[CarriedStatus(0x90)],
        );
    }

    #[test]
    fn a_track_without_a_status_byte_inherits_that_of_the_track_before() {
        let bytes = file(&[&[ON, END].concat(), &[&[0x10, 0x3E, 0x64], END].concat()]);
        let smf = parse(&bytes).unwrap();
        assert_eq!(kinds(&smf), [InheritedStatus(0x90)]);
        assert_eq!(
            smf.tracks[1].bytes.as_ref(),
            [&[0x10, 0x90, 0x3E, 0x64], END].concat()
        );
    }

    #[test]
    fn data_bytes_that_no_status_ever_preceded_are_skipped() {
        check(
            &[&[0x05, 0x3C, 0x64, 0x10, 0x3C], ON, OFF, END],
            &[&[0x05, 0x90, 0x3C, 0x64], OFF, END],
            &[NoStatus(4)],
        );
    }

    #[test]
    fn undefined_status_bytes_are_skipped_with_their_data_but_not_their_time() {
        check(
            &[
                &[
                    0x10, 0xF1, 0x7F, 0x10, 0xF2, 0x7F, 0x7F, 0x10, 0xF4, 0x10, 0xFE, 0x20, 0x90,
                    0x3C, 0x64,
                ],
                OFF,
                END,
            ],
            &[&[0x60, 0x90, 0x3C, 0x64], OFF, END],
            &[
                UndefinedStatus(0xF1),
                UndefinedStatus(0xF2),
                UndefinedStatus(0xF4),
                UndefinedStatus(0xFE),
            ],
        );
    }

    #[test]
    fn a_data_byte_above_127_loses_its_eighth_bit() {
        check(
            &[&[0x00, 0x90, 0xBC, 0x64], OFF, END],
            &[ON, OFF, END],
            &[DataByte {
                found: 0xBC,
                read: 0x3C,
            }],
        );
    }

    #[test]
    fn a_velocity_of_128_is_127_and_loses_no_note() {
        check(
            &[&[0x00, 0x90, 0x3C, 0x80], OFF, END],
            &[&[0x00, 0x90, 0x3C, 0x7F], OFF, END],
            &[DataByte {
                found: 0x80,
                read: 0x7F,
            }],
        );
    }

    #[test]
    fn an_event_with_a_status_byte_among_its_data_gives_way_to_the_event_that_begins_there() {
        check(
            &[ON, &[0x00], ON, OFF, OFF, END],
            &[ON, ON, OFF, OFF, END],
            &[BrokenEvent(1)],
        );
    }

    #[test]
    fn a_delta_time_of_five_bytes_keeps_its_value() {
        check(
            &[&[0x81, 0x80, 0x80, 0x80, 0x00, 0x90, 0x3C, 0x64], OFF, END],
            &[
                &[
                    0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0x01, 0x00, 0x01, 0x90, 0x3C, 0x64,
                ],
                OFF,
                END,
            ],
            &[LongQuantity(5)],
        );
    }

    #[test]
    fn a_delta_time_that_cannot_be_meant_is_0() {
        check(
            &[
                &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x90, 0x3C, 0x64],
                OFF,
                END,
            ],
            &[ON, OFF, END],
            &[LongQuantity(6), AbsurdDelta],
        );
    }

    #[test]
    fn a_length_of_five_bytes_keeps_its_value() {
        check(
            &[
                &[0x00, 0xFF, 0x03, 0x80, 0x80, 0x80, 0x80, 0x02, b'h', b'i'],
                ON,
                OFF,
                END,
            ],
            &[&[0x00, 0xFF, 0x03, 0x02, b'h', b'i'], ON, OFF, END],
            &[LongQuantity(5)],
        );
    }

    #[test]
    fn after_a_meta_event_longer_than_the_track_reading_goes_on_at_the_next_event() {
        check(
            &[&[0x10, 0xFF, 0x01, 0xFF, 0x7F, b'h', b'i'], ON, OFF, END],
            &[&[0x10, 0x90, 0x3C, 0x64], OFF, END],
            &[Overrun(6)],
        );
    }

    #[test]
    fn after_a_sysex_longer_than_the_track_the_rest_is_lost_if_no_event_is_found() {
        check(
            &[ON, OFF, &[0x00, 0xF0, 0x7F, 0x01, 0x02]],
            &[ON, OFF, END],
            &[Lost(4), MissingEndOfTrack],
        );
    }

    #[test]
    fn an_event_cut_off_by_the_end_is_dropped() {
        check(
            &[ON, OFF, &[0x00, 0x90, 0x3C]],
            &[ON, OFF, END],
            &[Truncated(3), MissingEndOfTrack],
        );
        check(
            &[ON, OFF, &[0x81]],
            &[ON, OFF, END],
            &[Truncated(1), MissingEndOfTrack],
        );
        check(
            &[ON, OFF, &[0x00, 0xFF]],
            &[ON, OFF, END],
            &[Truncated(2), MissingEndOfTrack],
        );
    }

    #[test]
    fn the_search_for_sound_events_ends_with_its_budget() {
        let overruns = [0x00, 0xFF, 0x01, 0xFF, 0xFF, 0x7F, 0x00, 0x90, 0x3C, 0x64].repeat(20_000);
        let bytes = file(&[&overruns]);
        let mut workshop = Workshop {
            budget: 100,
            ..Workshop::new(bytes.len())
        };
        let mended = mend(&bytes, 22, 0, &mut workshop);
        assert_eq!((workshop.budget, mended.end), (0, bytes.len()));
    }
}
