//! What holds for any bytes, and for any sound file.

use proptest::collection::vec;
use proptest::prelude::*;

use super::fixture::{END, chunk, file, header};
use super::{EventKind, RepairKind, parse};

/// A sound event with its delta time, and its bytes.
fn event() -> impl Strategy<Value = Vec<u8>> {
    let delta = prop_oneof![
        Just(vec![0]),
        (0..128_u8).prop_map(|d| vec![d]),
        (0..128_u8).prop_map(|d| vec![0x83, d])
    ];
    let channel = (0x80..0xF0_u8, 0..128_u8, 0..128_u8).prop_map(|(status, first, second)| {
        let data = [status, first, second];
        data[..if matches!(status, 0xC0..=0xDF) { 2 } else { 3 }].to_vec()
    });
    let text =
        vec(any::<u8>(), 0..9).prop_map(|text| [vec![0xFF, 0x01, text.len() as u8], text].concat());
    let tempo = (1..128_u8).prop_map(|high| vec![0xFF, 0x51, 3, high, 0, 0]);
    let sysex = vec(0..128_u8, 0..9)
        .prop_map(|data| [vec![0xF0, data.len() as u8 + 1], data, vec![0xF7]].concat());
    let escape =
        vec(0..0xF0_u8, 0..9).prop_map(|data| [vec![0xF7, data.len() as u8], data].concat());
    (
        delta,
        prop_oneof![8 => channel, 1 => text, 1 => tempo, 1 => sysex, 1 => escape],
    )
        .prop_map(|(delta, event)| [delta, event].concat())
}

/// The bytes of a sound track.
fn track() -> impl Strategy<Value = Vec<u8>> {
    vec(event(), 0..40).prop_map(|events| [&events.concat(), END].concat())
}

/// Checks that bytes are read without panic, that what is read is sound, and that each track ends once.
fn check(bytes: &[u8]) {
    let Ok(smf) = parse(bytes) else { return };
    for track in &smf.tracks {
        let events: Vec<_> = track.events().collect();
        let ends = events
            .iter()
            .filter(|event| event.kind == EventKind::EndOfTrack)
            .count();
        assert_eq!(
            (ends, events.last().map(|event| &event.kind)),
            (1, Some(&EventKind::EndOfTrack))
        );
        assert!(events.is_sorted_by_key(|event| event.tick));

        let again = [header(0, 1), chunk(&track.bytes)].concat();
        let again = parse(&again).unwrap();
        assert!(
            again
                .repairs
                .iter()
                .all(|repair| repair.kind == RepairKind::MissingEndOfTrack),
            "{:?}",
            again.repairs
        );
        assert!(again.tracks[0].is_borrowed());
        assert_eq!(again.tracks[0].events().collect::<Vec<_>>(), events);
    }
    assert!(
        smf.repairs
            .iter()
            .all(|repair| repair.offset <= bytes.len())
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..400)) {
        check(&bytes);
    }

    #[test]
    fn any_bytes_after_a_header_are_read(bytes in vec(any::<u8>(), 0..400)) {
        check(&[header(1, 1), chunk(&bytes)].concat());
        check(&[header(1, 1), bytes].concat());
    }

    #[test]
    fn a_sound_file_is_borrowed_and_needs_no_repairs(tracks in vec(track(), 1..4)) {
        let tracks: Vec<&[u8]> = tracks.iter().map(Vec::as_slice).collect();
        let bytes = file(&tracks);
        let smf = parse(&bytes).unwrap();
        prop_assert!(smf.repairs.is_empty(), "{:?}", smf.repairs);
        prop_assert_eq!(smf.tracks.len(), tracks.len());
        for (track, bytes) in smf.tracks.iter().zip(tracks) {
            prop_assert!(track.is_borrowed());
            prop_assert_eq!(track.byte_length(), bytes.len());
        }
        check(&bytes);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(
        tracks in vec(track(), 1..4),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
    ) {
        let tracks: Vec<&[u8]> = tracks.iter().map(Vec::as_slice).collect();
        let mut bytes = file(&tracks);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes);
        check(&bytes[..length.index(bytes.len())]);
    }
}
