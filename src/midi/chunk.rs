//! Chunks of a Standard MIDI File: four letters, a length, contents.

/// Whether a track chunk begins at `at`.
pub(super) fn is_track(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at..)
        .is_some_and(|rest| rest.starts_with(b"MTrk"))
}

/// Where the chunk at `at` ends, if one is there: four printable letters and a length that fits in the file.
pub(super) fn chunk_end(bytes: &[u8], at: usize) -> Option<usize> {
    let id = bytes.get(at..)?.first_chunk::<4>()?;
    if !id.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let end = (at + 8).checked_add(length_at(bytes, at)? as usize)?;
    (end <= bytes.len()).then_some(end)
}

/// The length of the chunk at `at`: SMF counts with the high byte first.
pub(super) fn length_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at + 4..)?
        .first_chunk()
        .copied()
        .map(u32::from_be_bytes)
}

/// The next track chunk from `from` on, or the end of the file.
pub(super) fn find_track(bytes: &[u8], from: usize) -> usize {
    find(bytes, from, b"MTrk").unwrap_or(bytes.len())
}

/// The first place of a chunk's letters from `from` on.
pub(super) fn find(bytes: &[u8], from: usize, id: &[u8; 4]) -> Option<usize> {
    let place = bytes
        .get(from..)?
        .windows(4)
        .position(|window| window == id)?;
    Some(from + place)
}
