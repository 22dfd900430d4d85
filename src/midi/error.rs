//! Why bytes cannot be read as MIDI at all; whatever can be read despite damage is a repair instead.

use thiserror::Error;

/// Why a file cannot be read as MIDI. Offsets count bytes from the start of the file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MidiError {
    /// There are no bytes.
    #[error(
        "the file is empty (0 bytes); expected a MIDI file, which begins with \"MThd\"; export or download it again"
    )]
    Empty,
    /// There is no `MThd` anywhere.
    #[error(
        "not a MIDI file: it begins with {looks_like} (byte 0x0); \
         expected \"MThd\" (Standard MIDI File) or \"RIFF....RMID\"; export the song as a .mid file"
    )]
    NotMidi {
        /// What the first bytes look like.
        looks_like: String,
    },
    /// A RIFF file of another kind.
    #[error(
        "not a MIDI file: {form} (byte 0x8 says what a RIFF file holds; expected \"RMID\"); \
         give the .mid file of the song instead"
    )]
    OtherRiff {
        /// What it is instead.
        form: String,
    },
    /// A RIFF MIDI file without MIDI inside.
    #[error(
        "the RIFF MIDI file has no \"data\" chunk (looked from byte 0xc on), so there is no music in it; \
         export or download it again"
    )]
    RmidWithoutData,
    /// The file ends, or the tracks begin, within the header.
    #[error(
        "the MIDI header at byte {offset:#x} has {found} of its 14 bytes; \
         the file is cut short: export or download it again"
    )]
    HeaderCutShort {
        /// Where the header begins.
        offset: usize,
        /// How many bytes of it there are.
        found: usize,
    },
    /// The header's division is no unit of time.
    #[error(
        "the MIDI header's division at byte {offset:#x} is {found}; expected 1 to 32767 ticks per quarter note, \
         or 24, 25, 29 or 30 SMPTE frames per second with 1 to 255 ticks each; export the file again"
    )]
    Division {
        /// Where the division stands.
        offset: usize,
        /// What it says.
        found: String,
    },
    /// There is a header, but no `MTrk` chunk.
    #[error(
        "no tracks: there is no \"MTrk\" chunk after the MIDI header (looked from byte {offset:#x} to the end, {end:#x}); \
         the file holds no music: export or download it again"
    )]
    NoTracks {
        /// Where the search began.
        offset: usize,
        /// Where the file ends.
        end: usize,
    },
}

/// What files that are mistaken for MIDI begin with.
const SIGNATURES: [(&[u8], &str); 12] = [
    (b"MUS\x1a", "a Doom MUS song"),
    (b"FORM", "an IFF file (perhaps XMI or AIFF)"),
    (b"HMI-MIDISONG", "an HMI song"),
    (b"HMIMIDIP", "an HMP song"),
    (b"XMF_", "an XMF song"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"fLaC", "a FLAC recording"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<", "HTML or XML"),
    (b"MTrk", "a MIDI track without the file header"),
];

impl MidiError {
    /// The error for bytes without any `MThd`.
    pub(super) fn not_midi(bytes: &[u8]) -> Self {
        let known = SIGNATURES
            .iter()
            .find(|(signature, _)| bytes.starts_with(signature));
        let first = bytes
            .get(..bytes.len().min(8))
            .unwrap_or_default()
            .escape_ascii();
        let looks_like = match known {
            Some((_, what)) => format!("\"{first}\", like {what}"),
            None if is_text(bytes) => format!("\"{first}\", like text"),
            None => format!("\"{first}\""),
        };
        Self::NotMidi { looks_like }
    }

    /// The error for a RIFF file that is not RMID, by its form type.
    pub(super) fn other_riff(form: &[u8]) -> Self {
        let form = match form {
            b"WAVE" => "it is a WAV recording".to_owned(),
            b"sfbk" => "it is a SoundFont".to_owned(),
            b"DLS " => "it is a DLS instrument collection".to_owned(),
            b"AVI " => "it is an AVI video".to_owned(),
            other => format!("it is a RIFF file of type \"{}\"", other.escape_ascii()),
        };
        Self::OtherRiff { form }
    }
}

/// Whether the first bytes are printable ASCII, tabs and line ends.
fn is_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .take(64)
        .all(|&byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use crate::midi::parse;

    #[test]
    fn what_is_not_midi_is_called_by_its_name() {
        let check = |bytes: &[u8], expected: &str| {
            let message = parse(bytes).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        };
        check(b"this is no song", "it begins with \"this is \", like text");
        check(b"PK\x03\x04song.mid", "like a ZIP archive");
        check(b"\0\x01\x02", "it begins with \"\\x00\\x01\\x02\"");
        check(b"MT0d\0\0\0\x06", "expected \"MThd\"");
        check(b"RIFF\x04\0\0\0WAVE", "it is a WAV recording");
        check(b"RIFF\x04\0\0\0sfbk", "it is a SoundFont");
        check(b"RIFF\x04\0\0\0RMID", "no \"data\" chunk");
    }
}
