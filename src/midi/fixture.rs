//! Files for the tests of this folder.

use super::{Event, RepairKind, Smf, Track, parse};

/// End of Track, right after the event before it.
pub(super) const END: &[u8] = &[0x00, 0xFF, 0x2F, 0x00];

/// Middle C is struck.
pub(super) const ON: &[u8] = &[0x00, 0x90, 0x3C, 0x64];

/// Middle C is released, 0x60 ticks later.
pub(super) const OFF: &[u8] = &[0x60, 0x80, 0x3C, 0x40];

/// A Standard MIDI File of 480 ticks per quarter note: format 0 for one track, format 1 for more.
pub(super) fn file(tracks: &[&[u8]]) -> Vec<u8> {
    let format = u8::from(tracks.len() > 1);
    let mut bytes = header(format, tracks.len() as u8);
    for track in tracks {
        bytes.extend(chunk(track));
    }
    bytes
}

/// The header chunk of such a file.
pub(super) fn header(format: u8, tracks: u8) -> Vec<u8> {
    [
        b"MThd\0\0\0\x06\0".as_slice(),
        &[format, 0, tracks],
        &[0x01, 0xE0],
    ]
    .concat()
}

/// A track chunk.
pub(super) fn chunk(track: &[u8]) -> Vec<u8> {
    [
        b"MTrk",
        (track.len() as u32).to_be_bytes().as_slice(),
        track,
    ]
    .concat()
}

/// What was repaired.
pub(super) fn kinds(smf: &Smf<'_>) -> Vec<RepairKind> {
    smf.repairs.iter().map(|repair| repair.kind).collect()
}

/// Checks that a damaged track reads like a sound one, under these repairs.
pub(super) fn check(damaged: &[&[u8]], sound: &[&[u8]], repairs: &[RepairKind]) {
    let (damaged, sound) = (file(&[&damaged.concat()]), file(&[&sound.concat()]));
    let (damaged, sound) = (parse(&damaged).unwrap(), parse(&sound).unwrap());
    assert_eq!(kinds(&sound), []);
    assert!(sound.tracks[0].is_borrowed());
    assert_eq!(kinds(&damaged), repairs);
    assert_eq!(events(&damaged.tracks[0]), events(&sound.tracks[0]));
}

/// All the events of a track.
fn events<'t>(track: &'t Track<'_>) -> Vec<Event<'t>> {
    track.events().collect()
}
