//! Finds the tracks in a file: the chunks of a Standard MIDI File, with or without RIFF around it.

use std::borrow::Cow;

use super::chunk::{chunk_end, find, find_track, is_track, length_at};
use super::error::MidiError;
use super::header::Header;
use super::repair::{self, Workshop};
use super::report::RepairKind;
use super::{Smf, Track, newlines, riff};

/// Reads a MIDI file: format 0, 1 or 2, as it is or in RIFF (RMID). Sound tracks are borrowed from `bytes`.
///
/// Damage that can be mended is mended, and reported in [`Smf::repairs`].
///
/// # Errors
///
/// [`MidiError`] if the bytes are no MIDI file, have no track, or a division that is no unit of time.
pub fn parse(bytes: &[u8]) -> Result<Smf<'_>, MidiError> {
    if bytes.is_empty() {
        return Err(MidiError::Empty);
    }
    let mut workshop = Workshop::new(bytes.len());
    let Some((restored, first)) = newlines::restore(bytes) else {
        return read(bytes, workshop);
    };
    let count = bytes.len() - restored.len();
    workshop
        .repairs
        .record(None, first, RepairKind::TextTransfer(count));
    let smf = read(&restored, workshop)?;
    let tracks = smf
        .tracks
        .into_iter()
        .map(|track| Track::new(Cow::Owned(track.bytes.into_owned())));
    Ok(Smf {
        format: smf.format,
        division: smf.division,
        tracks: tracks.collect(),
        repairs: smf.repairs,
    })
}

/// Whether bytes may be those that a MIDI file begins with: its header, or a RIFF file, stands somewhere in them.
#[must_use]
pub fn may_be_midi(head: &[u8]) -> bool {
    head.starts_with(b"RIFF") || find(head, 0, b"MThd").is_some()
}

/// Reads a MIDI file whose bytes are those that were written.
fn read(bytes: &[u8], mut workshop: Workshop) -> Result<Smf<'_>, MidiError> {
    let midi = riff::find_midi(bytes, &mut workshop.repairs)?;
    let bytes = bytes.get(..midi.end).unwrap_or(bytes);
    let header = Header::read(bytes, midi.start, &mut workshop.repairs)?;
    let tracks = read_tracks(bytes, header.end, &mut workshop);
    if tracks.is_empty() {
        return Err(MidiError::NoTracks {
            offset: header.end,
            end: bytes.len(),
        });
    }
    let mut repairs = workshop.repairs;
    header.check_track_count(tracks.len(), &mut repairs);
    let format = header.format(tracks.len(), &mut repairs);
    Ok(Smf {
        format,
        division: header.division,
        tracks,
        repairs,
    })
}

/// Reads every track chunk from `at` on; other chunks are skipped, as the standard says.
fn read_tracks<'a>(bytes: &'a [u8], mut at: usize, workshop: &mut Workshop) -> Vec<Track<'a>> {
    let mut tracks = Vec::new();
    while at < bytes.len() {
        if tracks.len() == usize::from(u16::MAX) {
            workshop
                .repairs
                .record(None, at, RepairKind::TooManyTracks(bytes.len() - at));
            break;
        }
        at = match (
            is_track(bytes, at),
            length_at(bytes, at),
            chunk_end(bytes, at),
        ) {
            (true, Some(declared), _) => {
                let (track, next) = read_track(bytes, at + 8, declared, tracks.len(), workshop);
                tracks.push(track);
                next
            }
            (false, _, Some(end)) => end,
            _ => {
                let next = find_track(bytes, at + 1);
                workshop
                    .repairs
                    .record(None, at, RepairKind::StrayBytes(next - at));
                next
            }
        };
    }
    tracks
}

/// Reads the track whose events begin at `start`; returns it, and where the next chunk is looked for.
fn read_track<'a>(
    bytes: &'a [u8],
    start: usize,
    declared: u32,
    index: usize,
    workshop: &mut Workshop,
) -> (Track<'a>, usize) {
    let end = start.saturating_add(declared as usize);
    // A length is believed if a chunk or the end of the file follows; or else the next "MTrk" is the limit.
    let is_believed = end == bytes.len() || is_track(bytes, end) || chunk_end(bytes, end).is_some();
    let limit = if is_believed {
        end
    } else {
        find_track(bytes, start)
    };
    let mended = repair::mend(bytes.get(..limit).unwrap_or(bytes), start, index, workshop);

    let next = match mended.complete {
        true if mended.end < end => {
            find(bytes.get(..limit).unwrap_or(bytes), mended.end, b"MTrk").unwrap_or(limit)
        }
        _ => mended.end,
    };
    let mut note = |offset, kind| workshop.repairs.record(Some(index), offset, kind);
    if mended.end > end || next < end || (!mended.complete && !is_believed) {
        note(
            start - 4,
            RepairKind::TrackLength {
                declared,
                found: mended.end - start,
            },
        );
    }
    if !mended.complete {
        note(mended.end, RepairKind::MissingEndOfTrack);
    } else if mended.end < next {
        note(mended.end, RepairKind::BytesAfterEnd(next - mended.end));
    }
    (Track::new(mended.events), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi::fixture::{END, chunk, file, header, kinds};
    use crate::midi::{Format, RepairKind::*};

    const SONG: &[u8] = &[
        0x00, 0x90, 0x3C, 0x64, 0x60, 0x80, 0x3C, 0x40, 0x00, 0xFF, 0x2F, 0x00,
    ];

    /// Checks that as many tracks are found as said, each of them sound like `SONG`, under these repairs.
    fn check(parts: &[&[u8]], tracks: usize, repairs: &[RepairKind]) {
        let bytes = parts.concat();
        let smf = parse(&bytes).unwrap();
        assert_eq!(kinds(&smf), repairs);
        assert_eq!(smf.tracks.len(), tracks);
        for track in &smf.tracks {
            assert_eq!(track.bytes.as_ref(), SONG);
            assert!(track.is_borrowed());
        }
    }

    /// A track chunk with a length of its own choice.
    fn chunk_of(length: u32) -> Vec<u8> {
        [b"MTrk", length.to_be_bytes().as_slice(), SONG].concat()
    }

    #[test]
    fn a_sound_file_is_borrowed_whatever_its_format() {
        for (format, tracks, expected) in [
            (0, 1, Format::SingleTrack),
            (1, 2, Format::Parallel),
            (2, 2, Format::Sequential),
        ] {
            let bytes = [header(format, tracks), chunk(SONG).repeat(tracks.into())].concat();
            check(&[&bytes], tracks.into(), &[]);
            assert_eq!(parse(&bytes).unwrap().format, expected);
        }
    }

    #[test]
    fn chunks_of_other_kinds_are_skipped() {
        check(
            &[
                &header(0, 1),
                b"XFIH\0\0\0\x02hi",
                &chunk(SONG),
                b"note\0\0\0\0",
            ],
            1,
            &[],
        );
    }

    #[test]
    fn a_track_count_that_is_wrong_is_ignored() {
        check(
            &[&header(1, 1), &chunk(SONG), &chunk(SONG)],
            2,
            &[TrackCount {
                declared: 1,
                found: 2,
            }],
        );
        check(
            &[&header(1, 9), &chunk(SONG)],
            1,
            &[TrackCount {
                declared: 9,
                found: 1,
            }],
        );
    }

    #[test]
    fn a_format_that_does_not_exist_is_parallel() {
        check(&[&header(3, 1), &chunk(SONG)], 1, &[RepairKind::Format(3)]);
        check(
            &[&header(0, 2), &chunk(SONG), &chunk(SONG)],
            2,
            &[SingleTrackFormat(2)],
        );
    }

    #[test]
    fn a_track_length_past_the_end_of_the_file_is_ignored() {
        check(
            &[&header(0, 1), &chunk_of(u32::MAX)],
            1,
            &[TrackLength {
                declared: u32::MAX,
                found: 12,
            }],
        );
    }

    #[test]
    fn a_track_length_that_swallows_the_next_track_is_ignored() {
        check(
            &[&header(1, 2), &chunk_of(32), &chunk(SONG)],
            2,
            &[TrackLength {
                declared: 32,
                found: 12,
            }],
        );
        check(
            &[&header(1, 2), &chunk_of(20), &chunk(SONG)],
            2,
            &[TrackLength {
                declared: 20,
                found: 12,
            }],
        );
    }

    #[test]
    fn a_track_length_too_short_is_ignored() {
        for declared in 0..12 {
            let repairs = [TrackLength {
                declared,
                found: 12,
            }];
            check(
                &[&header(1, 2), &chunk_of(declared), &chunk(SONG)],
                2,
                &repairs,
            );
        }
    }

    #[test]
    fn bytes_after_end_of_track_are_ignored() {
        check(
            &[&header(0, 1), &chunk(&[SONG, b"abc"].concat())],
            1,
            &[BytesAfterEnd(3)],
        );
    }

    #[test]
    fn bytes_between_and_after_chunks_are_skipped() {
        check(
            &[&header(1, 2), &chunk(SONG), &[0], &chunk(SONG), &[0; 5]],
            2,
            &[StrayBytes(1), StrayBytes(5)],
        );
    }

    #[test]
    fn a_track_without_end_of_track_ends_where_its_bytes_end() {
        let track = &SONG[..8];
        let bytes = file(&[track, SONG]);
        let smf = parse(&bytes).unwrap();
        assert_eq!(kinds(&smf), [MissingEndOfTrack]);
        assert_eq!(
            (smf.tracks[0].bytes.as_ref(), smf.tracks[0].is_borrowed()),
            (track, true)
        );
    }

    #[test]
    fn an_empty_track_is_a_track() {
        let bytes = file(&[&[]]);
        let smf = parse(&bytes).unwrap();
        assert_eq!(
            (
                kinds(&smf),
                smf.tracks.len(),
                smf.tracks[0].events().count()
            ),
            (vec![MissingEndOfTrack], 1, 1)
        );
    }

    #[test]
    fn a_transfer_in_text_mode_is_undone() {
        let bytes = [&header(0, 1)[..], b"MTrk\0\0\0\x04\r\n\xFF\x2F\0"].concat();
        let smf = parse(&bytes).unwrap();
        assert_eq!(kinds(&smf), [TextTransfer(1)]);
        assert_eq!(
            smf.tracks[0].events().last().map(|event| event.tick),
            Some(10)
        );
    }

    #[test]
    fn a_file_without_tracks_is_refused() {
        let bytes = [header(1, 0), b"note\0\0\0\0".to_vec()].concat();
        assert_eq!(
            parse(&bytes).unwrap_err(),
            MidiError::NoTracks {
                offset: 14,
                end: 22
            }
        );
        assert_eq!(parse(&[]).unwrap_err(), MidiError::Empty);
    }

    #[test]
    fn no_more_tracks_are_read_than_a_header_can_count() {
        let bytes = [header(1, 1), chunk(END).repeat(65_536)].concat();
        let smf = parse(&bytes).unwrap();
        assert_eq!(smf.tracks.len(), 65_535);
        assert_eq!(
            kinds(&smf),
            [
                TooManyTracks(12),
                TrackCount {
                    declared: 1,
                    found: 65_535
                }
            ]
        );
    }
}
