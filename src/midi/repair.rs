//! Makes a track sound before midly sees it: every byte that midly would stumble over is mended and reported.
//!
//! midly 0.5.3 returns `Ok` and drops the rest of a track at the first damage, so none may be left. A sound track is
//! scanned once and borrowed; copying starts at the first damage.

use std::borrow::Cow;

use super::packet::{Packet, SYSEX, SYSEX_END};
use super::patch::{Patch, write_delta, write_quantity};
use super::report::{RepairKind, Repairs};
use super::scan::{self, END_OF_TRACK, META, Shape};

/// What goes from track to track while a file is mended.
#[derive(Debug)]
pub(super) struct Workshop {
    /// What was mended so far.
    pub(super) repairs: Repairs,
    /// The last status byte of a channel message; 0 before the first.
    pub(super) last_status: u8,
    /// How many events may still be read in search of a sound place: keeps the time linear in the file's length.
    pub(super) budget: usize,
}

impl Workshop {
    /// A workshop for a file of so many bytes.
    pub(super) fn new(file_length: usize) -> Self {
        Self {
            repairs: Repairs::default(),
            last_status: 0,
            budget: file_length.saturating_mul(2).saturating_add(1 << 20),
        }
    }
}

/// A track made sound.
#[derive(Debug)]
pub(super) struct Mended<'a> {
    /// Its events.
    pub(super) events: Cow<'a, [u8]>,
    /// Where it ends in the file: after its End of Track, or where its bytes end.
    pub(super) end: usize,
    /// Whether it reached an End of Track.
    pub(super) complete: bool,
}

/// Mends the track whose events begin at `start` and reach at most to the end of `bytes`.
pub(super) fn mend<'a>(
    bytes: &'a [u8],
    start: usize,
    track: usize,
    workshop: &mut Workshop,
) -> Mended<'a> {
    let patch = Patch::new(bytes, start);
    let mender = Mender {
        bytes,
        track,
        workshop,
        patch,
        running: 0,
        has_status: false,
        carry: 0,
        open: None,
        complete: false,
    };
    mender.run(start)
}

/// A track being mended.
pub(super) struct Mender<'a, 'w> {
    pub(super) bytes: &'a [u8],
    track: usize,
    pub(super) workshop: &'w mut Workshop,
    patch: Patch<'a>,
    /// The running status that midly will have here; 0 for none.
    pub(super) running: u8,
    /// Whether this track has had a status byte of its own.
    pub(super) has_status: bool,
    /// Ticks of events that were taken out, which the next event inherits.
    carry: u64,
    /// Where an F7 packet would go on with a SysEx that has not ended.
    open: Option<usize>,
    complete: bool,
}

impl<'a> Mender<'a, '_> {
    /// Reads to End of Track, or to the end of the bytes.
    fn run(mut self, start: usize) -> Mended<'a> {
        let mut at = start;
        while at < self.bytes.len() && !self.complete {
            at = match scan::read_event(self.bytes, at, self.running) {
                Some(event) if event.status < 0xF0 && self.carry == 0 => {
                    self.running = event.status;
                    event.end
                }
                Some(event) => self.keep(at, event),
                None => self.mend_event(at),
            };
        }
        self.remember_status();
        if !self.complete && self.carry > 0 {
            self.rewrite(at, at, 0, |out| {
                out.extend_from_slice(&[META, END_OF_TRACK, 0])
            });
        }
        Mended {
            events: self.patch.finish(at),
            end: at,
            complete: self.complete,
        }
    }

    /// Keeps a sound event, but for the ticks it inherits and for meta events that midly would not survive.
    fn keep(&mut self, at: usize, event: Shape) -> usize {
        if event.status >= 0xF0 {
            return self.keep_block(at, event, false);
        }
        let data = self.bytes.get(event.data..event.end).unwrap_or_default();
        self.write_channel(at, event.end, event.delta, event.status, data);
        event.end
    }

    /// Keeps a meta event or SysEx, written anew if asked or if it inherits ticks.
    pub(super) fn keep_block(&mut self, at: usize, event: Shape, anew: bool) -> usize {
        let data = self.bytes.get(event.data..event.end).unwrap_or_default();
        let meta_type = event.meta_type(self.bytes);
        if meta_type.is_some_and(|meta_type| self.is_refused(meta_type, event.body, data)) {
            return self.take_out(at, event.end, event.delta);
        }
        self.remember_status();
        self.running = 0;
        self.complete = meta_type == Some(END_OF_TRACK);
        let data = self.seven_bits(at, event, data);
        if anew || self.carry > 0 || matches!(data, Cow::Owned(_)) {
            self.rewrite(at, event.end, event.delta, |out| {
                out.push(event.status);
                out.extend(meta_type);
                write_quantity(out, data.len() as u32);
                out.extend_from_slice(&data);
            });
        }
        event.end
    }

    /// The contents of an event in which the data bytes of SysEx have seven bits: what a receiver makes of the eighth is
    /// open, and no parameter of an effect is made for it.
    fn seven_bits<'d>(&mut self, at: usize, event: Shape, data: &'d [u8]) -> Cow<'d, [u8]> {
        if !matches!(event.status, SYSEX | SYSEX_END) {
            return Cow::Borrowed(data);
        }
        let packet = Packet::read(event.status, data, self.open == Some(at));
        self.open = packet.is_open.then_some(event.end);
        let mut mended = Cow::Borrowed(data);
        for place in packet.data.into_iter().flatten() {
            if let Some(&found @ 0x80..) = data.get(place) {
                let read = found & 0x7F;
                mended.to_mut()[place] = read;
                self.note(event.data + place, RepairKind::DataByte { found, read });
            }
        }
        mended
    }

    /// Whether a meta event has contents that cannot be used, or that make midly give up on the track.
    fn is_refused(&mut self, meta_type: u8, at: usize, data: &[u8]) -> bool {
        match (meta_type, data) {
            (0x51, [0, 0, 0]) => self.note(at, RepairKind::TempoZero),
            (0x51, [_, _, _]) | (0x58, [_, _, _, _]) => return false,
            (0x51, _) => self.note(at, RepairKind::TempoLength(data.len())),
            (0x58, _) => (),
            (0x00 | 0x20 | 0x21 | 0x54 | 0x59, _) => return !midly_reads(meta_type, data),
            _ => return false,
        }
        true
    }

    /// Writes a channel message, with its status byte, in place of `at..end`.
    pub(super) fn write_channel(
        &mut self,
        at: usize,
        end: usize,
        delta: u32,
        status: u8,
        data: &[u8],
    ) {
        self.rewrite(at, end, delta, |out| {
            out.push(status);
            out.extend_from_slice(data);
        });
        self.running = status;
    }

    /// Writes an event in place of `at..end`, `delta` and the inherited ticks after the one before.
    fn rewrite(&mut self, at: usize, end: usize, delta: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let ticks = self.carry + u64::from(delta);
        self.patch.replace(at..end, |out| {
            write_delta(out, ticks);
            write(out);
        });
        self.carry = 0;
    }

    /// Takes out `at..end`; the next event inherits its ticks.
    pub(super) fn take_out(&mut self, at: usize, end: usize, delta: u32) -> usize {
        self.patch.cut(at..end);
        self.open = self.open.map(|open| if open == at { end } else { open });
        self.carry += u64::from(delta);
        end
    }

    /// Keeps midly's running status for when it is needed after it was cancelled.
    pub(super) fn remember_status(&mut self) {
        if self.running != 0 {
            self.workshop.last_status = self.running;
            self.has_status = true;
        }
    }

    /// Reports a repair in this track.
    pub(super) fn note(&mut self, offset: usize, kind: RepairKind) {
        self.workshop.repairs.record(Some(self.track), offset, kind);
    }
}

/// Whether midly reads a meta event of a type whose contents it checks; it looks at 5 bytes at most.
fn midly_reads(meta_type: u8, data: &[u8]) -> bool {
    let mut event = [0, META, meta_type, 0, 0, 0, 0, 0, 0];
    let mut length = 0;
    for (slot, &byte) in event.iter_mut().skip(4).zip(data) {
        *slot = byte;
        length += 1;
    }
    event[3] = length;
    midly::EventIter::new(&event[..4 + usize::from(length)])
        .next()
        .is_some_and(|event| event.is_ok())
}

#[cfg(test)]
mod tests {
    use crate::midi::RepairKind::*;
    use crate::midi::fixture::{END, ON, check};

    #[test]
    fn a_sound_track_is_left_as_it_is() {
        check(
            &[ON, &[0x60, 0x3C, 0x00], END],
            &[ON, &[0x60, 0x3C, 0x00], END],
            &[],
        );
    }

    #[test]
    fn a_set_tempo_that_is_none_is_ignored() {
        check(
            &[
                &[0x10, 0xFF, 0x51, 0x03, 0, 0, 0, 0x10, 0x90, 0x3C, 0x64],
                END,
            ],
            &[&[0x20, 0x90, 0x3C, 0x64], END],
            &[TempoZero],
        );
        check(
            &[&[0x00, 0xFF, 0x51, 0x02, 0x07, 0xA1], ON, END],
            &[ON, END],
            &[TempoLength(2)],
        );
        check(
            &[&[0x00, 0xFF, 0x51, 0x04, 0x07, 0xA1, 0x20, 0x00], ON, END],
            &[ON, END],
            &[TempoLength(4)],
        );
    }

    #[test]
    fn meta_events_that_midly_would_not_survive_are_ignored_silently() {
        check(&[&[0x00, 0xFF, 0x59, 0x01, 0x05], ON, END], &[ON, END], &[]);
        check(
            &[&[0x00, 0xFF, 0x54, 0x05, 0x41, 99, 99, 99, 99], ON, END],
            &[ON, END],
            &[],
        );
        check(
            &[&[0x00, 0xFF, 0x58, 0x02, 0x04, 0x02], ON, END],
            &[ON, END],
            &[],
        );
    }

    #[test]
    fn the_data_bytes_of_a_sysex_have_seven_bits_however_it_is_packed() {
        let data = |found: u8| DataByte {
            found,
            read: found & 0x7F,
        };
        check(
            &[&[0x00, 0xF0, 0x04, 0x41, 0xBF, 0x80, 0xF7], ON, END],
            &[&[0x00, 0xF0, 0x04, 0x41, 0x3F, 0x00, 0xF7], ON, END],
            &[data(0xBF), data(0x80)],
        );
        // A further packet, also behind an event that is left out, and a message among raw bytes.
        check(
            &[
                &[0x00, 0xF0, 0x01, 0x41],
                &[0x00, 0xF4, 0x00, 0xF7, 0x03, 0x01, 0xFF, 0xF7],
                &[0x00, 0xF7, 0x05, 0xF0, 0xFE, 0xF7, 0xF8, 0xFA],
                END,
            ],
            &[
                &[0x00, 0xF0, 0x01, 0x41, 0x00, 0xF7, 0x03, 0x01, 0x7F, 0xF7],
                &[0x00, 0xF7, 0x05, 0xF0, 0x7E, 0xF7, 0xF8, 0xFA],
                END,
            ],
            &[UndefinedStatus(0xF4), data(0xFF), data(0xFE)],
        );
    }

    #[test]
    fn what_is_no_data_of_a_sysex_is_left_alone() {
        let sound: &[&[u8]] = &[
            &[0x00, 0xF7, 0x04, 0x90, 0x3C, 0x64, 0xF8],
            &[0x00, 0xF0, 0x03, 0x41, 0xF7, 0xFF],
            &[0x00, 0xF7, 0x02, 0xF0, 0xFF],
            &[0x00, 0xFF, 0x01, 0x02, 0xFF, 0xFE],
            END,
        ];
        check(sound, sound, &[]);
    }

    #[test]
    fn ticks_of_events_left_out_before_a_missing_end_are_kept() {
        check(
            &[ON, &[0x60, 0xF4]],
            &[ON, &[0x60, 0xFF, 0x2F, 0x00]],
            &[UndefinedStatus(0xF4), MissingEndOfTrack],
        );
    }
}
