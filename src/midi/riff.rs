//! RMID: a MIDI file in the `data` chunk of a RIFF file (MMA RP-029).

use std::ops::Range;

use super::error::MidiError;
use super::report::{RepairKind, Repairs};

/// Where the MIDI file lies within the bytes: all of them, but for RMID.
pub(super) fn find_midi(bytes: &[u8], repairs: &mut Repairs) -> Result<Range<usize>, MidiError> {
    match (bytes.get(..4), bytes.get(8..12)) {
        (Some(b"RIFF"), Some(b"RMID")) => find_data(bytes, repairs),
        (Some(b"RIFF"), Some(form)) => Err(MidiError::other_riff(form)),
        _ => Ok(0..bytes.len()),
    }
}

/// The contents of the `data` chunk.
fn find_data(bytes: &[u8], repairs: &mut Repairs) -> Result<Range<usize>, MidiError> {
    let declared = length_at(bytes, 4);
    if declared.is_some_and(|length| !ends_at(bytes, 8, length)) {
        repairs.record(
            None,
            4,
            RepairKind::RiffLength(declared.unwrap_or_default()),
        );
    }
    let mut at = 12;
    while let (Some(id), Some(length)) = (bytes.get(at..at + 4), length_at(bytes, at + 4)) {
        let start = at + 8;
        if id == b"data" {
            return Ok(start..data_end(bytes, start, length, repairs));
        }
        let Some(next) = padded_end(start, length).filter(|&next| next <= bytes.len()) else {
            break;
        };
        at = next;
    }
    Err(MidiError::RmidWithoutData)
}

/// Where the `data` chunk ends: where it says, if the file ends or another chunk begins there.
fn data_end(bytes: &[u8], start: usize, length: u32, repairs: &mut Repairs) -> usize {
    let is_chunk = |at: usize| {
        bytes
            .get(at..at + 4)
            .is_some_and(|id| id.iter().all(u8::is_ascii_graphic))
    };
    let next = padded_end(start, length);
    if ends_at(bytes, start, length) || next.is_some_and(is_chunk) {
        return start.saturating_add(length as usize).min(bytes.len());
    }
    repairs.record(None, start - 4, RepairKind::RiffLength(length));
    bytes.len()
}

/// Whether a chunk's contents end with the file, give or take the padding byte.
fn ends_at(bytes: &[u8], start: usize, length: u32) -> bool {
    let end = start.checked_add(length as usize);
    end == Some(bytes.len()) || padded_end(start, length) == Some(bytes.len())
}

/// Where the next chunk begins: chunks are padded to even lengths.
fn padded_end(start: usize, length: u32) -> Option<usize> {
    let length = length as usize;
    start.checked_add(length)?.checked_add(length % 2)
}

/// The chunk length at `at`: RIFF counts with the low byte first.
fn length_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)?
        .first_chunk()
        .copied()
        .map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi::fixture::{END, file, kinds};
    use crate::midi::parse;

    /// Checks what is repaired in a RIFF MIDI file with these lengths, between other chunks.
    fn check(riff_length: u32, data_length: u32, repairs: &[RepairKind]) {
        let midi = file(&[END]);
        let parts: [&[u8]; 7] = [
            b"RIFF",
            &riff_length.to_le_bytes(),
            b"RMIDDISP\x01\0\0\0!\0data",
            &data_length.to_le_bytes(),
            &midi,
            b"LIST\x04\0\0\0",
            b"INFO",
        ];
        let bytes = parts.concat();
        let smf = parse(&bytes).unwrap();
        assert_eq!(kinds(&smf), repairs);
        assert_eq!(smf.tracks.len(), 1);
        assert!(smf.tracks[0].is_borrowed());
    }

    #[test]
    fn a_riff_midi_file_is_read_like_the_file_inside() {
        check(60, 26, &[]);
    }

    #[test]
    fn riff_lengths_that_are_wrong_are_ignored() {
        check(u32::MAX, 26, &[RepairKind::RiffLength(u32::MAX)]);
        check(
            60,
            u32::MAX,
            &[RepairKind::RiffLength(u32::MAX), RepairKind::StrayBytes(12)],
        );
        check(
            60,
            9,
            &[RepairKind::RiffLength(9), RepairKind::StrayBytes(12)],
        );
    }
}
