//! Reads 243 MIDI files that no one here wrote, and compares notes and durations with what other parsers read.
//!
//! The files are in `../shared/corpus`, described there; where that folder does not exist these tests say so and pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cascade::midi;
use cascade::score::{self, Score};
use serde_json::Value;

use self::Reading::Refused;
use crate::player::Player;

/// What is made of the files that mido refuses, or reads otherwise: how many notes in how many seconds, and why.
#[rustfmt::skip]
const EXCEPTIONS: &[(&str, Reading, &str)] = &[
    // mido reads them, otherwise.
    ("derived/derived__f7_escape_noteon.mid", read(9, 4.5), "an F7 escape may carry a Note On (SMF 1.0), which mido passes over"),
    ("derived/derived__ntrks_0.mid", read(8, 4.0), "the header counts too few tracks: what is there is read"),
    ("derived/derived__ntrks_1_real_3.mid", read(16, 4.0), "the header counts too few tracks: what is there is read"),
    ("derived/derived__ntrks_65535.mid", read(8, 4.0), "the header counts too many tracks: what is there is read"),
    ("odd/test-midi-files__test-2-tracks-type-2.mid", read(16, 9.0), "the tracks of format 2 follow one another; mido gives the length of each"),
    ("derived/derived__header_only.mid", Refused, "there is no track, which mido takes for an empty song"),
    ("derived/derived__smpte_sub0.mid", Refused, "no ticks to an SMPTE frame: time stands still"),

    // mido refuses them too.
    ("derived/derived__no_tracks_claims_2.mid", Refused, "there is no track"),
    ("derived/derived__trunc_00014.mid", Refused, "there is no track"),
    ("derived/derived__trunc_00018.mid", Refused, "there is no track"),
    ("malformed/midifile__MIDIBadTrackHdr.mid", Refused, "there is no track"),
    ("derived/derived__rmid_no_data.mid", Refused, "a RIFF file without a data chunk"),
    ("derived/derived__text_file.mid", Refused, "not MIDI"),
    ("malformed/midifile__MIDIBadHeaderChunk.mid", Refused, "not MIDI"),
    ("malformed/test-midi-files__test-empty-file.mid", Refused, "no bytes"),
    ("derived/derived__trunc_00001.mid", Refused, "the header is cut off"),
    ("derived/derived__trunc_00004.mid", Refused, "the header is cut off"),
    ("derived/derived__trunc_00008.mid", Refused, "the header is cut off"),
    ("derived/derived__trunc_00013.mid", Refused, "the header is cut off"),

    // mido refuses them, though their music can be told.
    ("derived/derived__hdr_len_ffffffff.mid", read(8, 4.0), "only the length of the header is wrong"),
    ("malformed/midifile__MIDIBadHeaderLength.mid", read(4, 2.0), "only the length of the header is wrong"),
    ("malformed/midifile__MIDIBadHeaderTracksNum.mid", read(4, 2.0), "only the number of tracks is wrong"),
    ("derived/derived__trk_len_ffffffff.mid", read(8, 4.0), "only the length of the track is wrong"),
    ("derived/derived__meta_len_overrun.mid", read(8, 4.0), "a text that claims more than the file has ends before the notes"),
    ("derived/derived__sysex_len_overrun.mid", read(8, 4.0), "a message that claims more than the file has ends before the notes"),
    ("derived/derived__tempo_len2.mid", read(8, 4.0), "a tempo of two bytes is none, so 120 beats a minute stay"),
    ("derived/derived__rmid_ok.mid", read(8, 4.0), "RIFF, which mido does not know"),
    ("derived/derived__rmid_wrong_len.mid", read(8, 4.0), "RIFF, which mido does not know, with a wrong length"),
    ("odd/test-midi-files__test-non-midi-track.mid", read(8, 4.0), "a chunk of another kind is passed over"),
    ("malformed/test-midi-files__test-illegal-message-all.mid", read(8, 4.0), "undefined messages are passed over"),
    ("malformed/test-midi-files__test-illegal-message-f4.mid", read(8, 4.0), "undefined messages are passed over"),
    ("malformed/test-midi-files__test-illegal-message-f5.mid", read(8, 4.0), "undefined messages are passed over"),
    ("malformed/drywetmidi__Promenade-2-The-Old-Castle.mid", read(1386, 241.338_541_667), "a key signature that cannot be is of no matter"),
    ("malformed/drywetmidi__Promenade-4-Ballet-Of-Chickens.mid", read(1409, 108.156_768_302), "a key signature that cannot be is of no matter"),
    ("malformed/drywetmidi__dannyboy3.mid", read(1264, 222.944_180_625), "a time code that cannot be is of no matter"),
];

const fn read(notes: u64, seconds: f64) -> Reading {
    Reading::Read { notes, seconds }
}

/// What is made of a file.
#[derive(Clone, Copy, Debug)]
enum Reading {
    Refused,
    Read { notes: u64, seconds: f64 },
}

impl Reading {
    /// The same notes, and a duration that is equal but for mido's six decimals.
    fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Refused, Self::Refused) => true,
            (
                Self::Read {
                    notes: a,
                    seconds: s,
                },
                Self::Read {
                    notes: b,
                    seconds: t,
                },
            ) => a == b && (s - t).abs() < 2e-6 + 1e-9 * t,
            _ => false,
        }
    }

    fn of(score: &Score) -> Self {
        read(score.census.note_ons, score.duration().0)
    }

    /// What `expected.json` says of a file: mido's figures, or those of mido told to clip data bytes.
    fn expected(entry: &Value) -> Option<Self> {
        [&entry["mido"], &entry["mido_clip"]]
            .into_iter()
            .find_map(|figures| {
                let (notes, seconds) = (
                    figures["note_ons"].as_u64()?,
                    figures["duration_s"].as_f64()?,
                );
                Some(read(notes, seconds))
            })
    }
}

/// The corpus, if it is there.
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no {}", folder.display());
    None
}

/// Every file of the corpus, with what `expected.json` says of it.
fn expectations(folder: &Path) -> BTreeMap<String, Value> {
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Reads a file; an error must say something.
fn reading(name: &str, bytes: &[u8]) -> Reading {
    match midi::parse(bytes) {
        Ok(smf) => Reading::of(&score::read(&smf)),
        Err(error) => {
            assert!(
                error.to_string().len() > 10,
                "{name}: {error:?} says nothing"
            );
            Reading::Refused
        }
    }
}

/// Asserts that a file is read as the table or else as mido says; where neither does, that it is read at all.
fn check(name: &str, entry: &Value, bytes: &[u8]) -> Result<(), String> {
    let ours = reading(name, bytes);
    let exception = EXCEPTIONS.iter().find(|(file, ..)| *file == name);
    match (exception, Reading::expected(entry)) {
        (Some((_, expected, _)), _) if ours.agrees(*expected) => Ok(()),
        (Some((_, expected, reason)), _) => Err(format!(
            "{name}: {ours:?}, not {expected:?} though {reason}"
        )),
        (None, Some(mido)) if ours.agrees(mido) => Ok(()),
        (None, Some(mido)) => Err(format!("{name}: {ours:?}, mido: {mido:?}")),
        (None, None) if ours.agrees(Refused) => Err(format!("{name}: refused")),
        (None, None) => Ok(()),
    }
}

#[test]
fn notes_and_durations_are_those_of_other_parsers() {
    let Some(folder) = corpus() else { return };
    let expectations = expectations(&folder);
    assert!(expectations.len() >= 243);
    let wrong: Vec<String> = expectations
        .iter()
        .filter_map(|(name, entry)| check(name, entry, &fs::read(folder.join(name)).unwrap()).err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_exceptions_names_files_that_exist_and_are_exceptions() {
    let Some(folder) = corpus() else { return };
    let expectations = expectations(&folder);
    for (name, ours, _) in EXCEPTIONS {
        let mido = Reading::expected(&expectations[*name]);
        assert!(
            mido.is_none_or(|mido| !mido.agrees(*ours)),
            "{name} is none"
        );
    }
}

#[test]
fn sound_files_need_no_repair() {
    let Some(folder) = corpus() else { return };
    for name in expectations(&folder)
        .keys()
        .filter(|name| name.starts_with("songs/"))
    {
        let bytes = fs::read(folder.join(name)).unwrap();
        let repairs = midi::parse(&bytes).unwrap().repairs;
        assert!(repairs.is_empty(), "{name}: {repairs:?}");
    }
}

/// Asserts that a song can be heard: not silent, no overflow, not shorter than its notes.
fn check_sound(player: &Player, name: &str, entry: &Value, bytes: &[u8]) {
    let sound = player.play(bytes);
    let finite = sound
        .left
        .iter()
        .chain(&sound.right)
        .all(|sample| sample.is_finite());
    assert!(finite, "{name}: not finite");
    let peak = sound.peak();
    assert!((0.01..4.0).contains(&peak), "{name}: a peak of {peak}");
    let last = entry["mido"]["last_note_off_s"].as_f64().unwrap();
    let seconds = sound.len() as f64 / f64::from(player.rate.hz());
    assert!(
        seconds >= last - 1e-3 && seconds < last + 30.0,
        "{name}: {seconds} s, the last note ends at {last} s"
    );
}

#[test]
fn short_songs_can_be_heard() {
    let Some(folder) = corpus() else { return };
    let player = Player::general_midi().at(8_000);
    let short = |entry: &Value| {
        entry["mido"]["duration_s"]
            .as_f64()
            .is_some_and(|seconds| seconds < 40.0)
    };
    let mut heard = 0;
    for (name, entry) in &expectations(&folder) {
        if name.starts_with("songs/") && short(entry) {
            check_sound(&player, name, entry, &fs::read(folder.join(name)).unwrap());
            heard += 1;
        }
    }
    assert!(heard >= 10, "{heard} songs are short");
    println!("{heard} songs heard");
}
