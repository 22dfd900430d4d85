//! The header of a Standard MIDI File: format, track count, division.

use std::num::{NonZeroU8, NonZeroU16};

use super::chunk::{chunk_end, find, find_track, length_at};
use super::error::MidiError;
use super::report::{RepairKind, Repairs};
use super::{Division, Format, Fps};

/// The `MThd` chunk.
pub(super) struct Header {
    /// Where it begins in the file.
    start: usize,
    format: u16,
    track_count: u16,
    /// What a tick means.
    pub(super) division: Division,
    /// Where the first track chunk is looked for.
    pub(super) end: usize,
}

impl Header {
    /// Finds and reads the header, from `from` on.
    pub(super) fn read(
        bytes: &[u8],
        from: usize,
        repairs: &mut Repairs,
    ) -> Result<Self, MidiError> {
        let Some(start) = find(bytes, from, b"MThd") else {
            return Err(MidiError::not_midi(bytes));
        };
        if start > from {
            repairs.record(None, from, RepairKind::LeadingBytes(start - from));
        }
        let body = start + 8;
        let first_track = find_track(bytes, start + 4);
        let [a, b, c, d, e, f] = bytes
            .get(body..first_track)
            .and_then(<[u8]>::first_chunk)
            .ok_or(MidiError::HeaderCutShort {
                offset: start,
                found: first_track - start,
            })?;
        let division = read_division([*e, *f], body + 4)?;
        let end = header_end(bytes, start, first_track, repairs);
        let (format, track_count) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
        Ok(Self {
            start,
            format,
            track_count,
            division,
            end,
        })
    }

    /// Reports a track count that is not the one in the header.
    pub(super) fn check_track_count(&self, found: usize, repairs: &mut Repairs) {
        if usize::from(self.track_count) != found {
            let kind = RepairKind::TrackCount {
                declared: self.track_count,
                found,
            };
            repairs.record(None, self.start + 10, kind);
        }
    }

    /// How the tracks are meant to be played.
    pub(super) fn format(&self, tracks: usize, repairs: &mut Repairs) -> Format {
        let offset = self.start + 8;
        match self.format {
            0 if tracks == 1 => return Format::SingleTrack,
            0 => repairs.record(None, offset, RepairKind::SingleTrackFormat(tracks)),
            1 => (),
            2 => return Format::Sequential,
            unknown => repairs.record(None, offset, RepairKind::Format(unknown)),
        }
        Format::Parallel
    }
}

/// Where the header ends: where it says, if a chunk begins there, or else at the first track.
fn header_end(bytes: &[u8], start: usize, first_track: usize, repairs: &mut Repairs) -> usize {
    let Some(length) = length_at(bytes, start) else {
        return first_track;
    };
    let end = (start + 8).saturating_add(length as usize);
    if length >= 6 && end <= first_track && (end == bytes.len() || chunk_end(bytes, end).is_some())
    {
        return end;
    }
    if length != 6 {
        repairs.record(None, start + 4, RepairKind::HeaderLength(length));
    }
    first_track
}

/// The two bytes of the division at `offset` (SMF 1.0, "division").
fn read_division([high, low]: [u8; 2], offset: usize) -> Result<Division, MidiError> {
    let error = |found: String| MidiError::Division { offset, found };
    if high < 0x80 {
        let ticks = NonZeroU16::new(u16::from_be_bytes([high, low]));
        return ticks
            .map(Division::TicksPerQuarter)
            .ok_or_else(|| error("0".to_owned()));
    }
    let frames = high.wrapping_neg();
    let fps = match frames {
        24 => Fps::F24,
        25 => Fps::F25,
        29 => Fps::F2997,
        30 => Fps::F30,
        _ => return Err(error(format!("{frames} SMPTE frames per second"))),
    };
    let ticks = NonZeroU8::new(low).ok_or_else(|| error("0 ticks per SMPTE frame".to_owned()))?;
    Ok(Division::Smpte {
        fps,
        ticks_per_frame: ticks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi::fixture::{END, chunk, kinds};
    use crate::midi::parse;

    /// The division of a file in which it stands so.
    fn division(bytes: [u8; 2]) -> Result<Division, MidiError> {
        let file = [b"MThd\0\0\0\x06\0\0\0\x01", bytes.as_slice(), &chunk(END)].concat();
        parse(&file).map(|smf| smf.division)
    }

    #[test]
    fn a_division_is_ticks_per_quarter_note_or_time_code() {
        let ticks = |n| Division::TicksPerQuarter(NonZeroU16::new(n).unwrap());
        let smpte = |fps, n| Division::Smpte {
            fps,
            ticks_per_frame: NonZeroU8::new(n).unwrap(),
        };
        assert_eq!(division([0x01, 0xE0]), Ok(ticks(480)));
        assert_eq!(division([0x7F, 0xFF]), Ok(ticks(32_767)));
        assert_eq!(division([0xE8, 4]), Ok(smpte(Fps::F24, 4)));
        assert_eq!(division([0xE7, 40]), Ok(smpte(Fps::F25, 40)));
        assert_eq!(division([0xE3, 100]), Ok(smpte(Fps::F2997, 100)));
        assert_eq!(division([0xE2, 80]), Ok(smpte(Fps::F30, 80)));
    }

    #[test]
    fn a_division_that_is_no_unit_of_time_is_refused() {
        for bytes in [[0, 0], [0xE8, 0], [0xFF, 4], [0x80, 4]] {
            assert!(
                matches!(division(bytes), Err(MidiError::Division { offset: 12, .. })),
                "{bytes:?}"
            );
        }
    }

    /// Checks what is repaired in a file made of these parts and one track.
    fn check(parts: &[&[u8]], repairs: &[RepairKind]) {
        let bytes = [parts.concat(), chunk(END)].concat();
        assert_eq!(kinds(&parse(&bytes).unwrap()), repairs);
    }

    const BODY: &[u8] = b"\0\0\0\x01\x01\xE0";

    #[test]
    fn a_longer_header_is_legal() {
        check(&[b"MThd\0\0\0\x08", BODY, b"hi"], &[]);
    }

    #[test]
    fn a_header_length_that_leads_nowhere_is_ignored() {
        for length in [0, 4, 7, 22, u32::MAX] {
            check(
                &[b"MThd", &length.to_be_bytes(), BODY],
                &[RepairKind::HeaderLength(length)],
            );
        }
    }

    #[test]
    fn bytes_before_the_header_are_skipped() {
        check(
            &[&[0; 128], b"MThd\0\0\0\x06", BODY],
            &[RepairKind::LeadingBytes(128)],
        );
    }

    #[test]
    fn a_header_that_is_cut_short_is_refused() {
        for found in 4..14 {
            let bytes = &[b"MThd\0\0\0\x06", BODY].concat()[..found];
            assert_eq!(
                parse(bytes).unwrap_err(),
                MidiError::HeaderCutShort { offset: 0, found }
            );
        }
        let bytes = [b"MThd\0\0\0\x04\0\0\0\x01".to_vec(), chunk(END)].concat();
        assert_eq!(
            parse(&bytes).unwrap_err(),
            MidiError::HeaderCutShort {
                offset: 0,
                found: 12
            }
        );
    }
}
