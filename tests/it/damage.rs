//! Damaged fixtures give what can be recovered of them, and say that they were repaired; the hopeless ones are refused.

use cascade::midi;
use cascade::score;

use crate::player::fixture;

/// Onset in milliseconds, channel and key.
type Struck = (f64, usize, u8);

/// C, D, E, F on channel 1, half a second each.
const FOUR_QUARTERS: [Struck; 4] = [
    (0.0, 0, 60),
    (500.0, 0, 62),
    (1000.0, 0, 64),
    (1500.0, 0, 65),
];

fn check_recovered(name: &str, expected: &[Struck]) {
    let bytes = fixture(name);
    let smf = midi::parse(&bytes).unwrap();
    assert!(!smf.repairs.is_empty(), "{name}: the repair is reported");
    let score = score::read(&smf);
    let struck: Vec<Struck> = score
        .notes
        .iter()
        .map(|note| {
            let onset = score.timebase.seconds(note.onset).0 * 1e3;
            (onset, note.channel.index(), note.key.get())
        })
        .collect();
    assert_eq!(struck, expected, "{name}");
}

#[test]
fn all_notes_of_a_damaged_track_are_recovered() {
    for name in [
        "running_status_across_meta.mid",
        "data_byte_above_127.mid",
        "undefined_status.mid",
        "end_of_track_missing.mid",
        "track_length_too_long.mid",
    ] {
        check_recovered(name, &FOUR_QUARTERS);
    }
}

#[test]
fn the_notes_before_a_truncation_are_recovered() {
    let cut_off = [(0.0, 1, 72), (500.0, 1, 74), (1000.0, 1, 76)];
    let mut expected = [&FOUR_QUARTERS[..], &cut_off].concat();
    expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
    check_recovered("truncated.mid", &expected);
}

#[test]
fn a_note_off_without_a_note_is_counted_and_harmless() {
    let bytes = fixture("note_off_without_on.mid");
    let score = score::read(&midi::parse(&bytes).unwrap());
    assert_eq!((score.notes.len(), score.census.stray_note_offs), (1, 1));
}

#[test]
fn a_sound_fixture_needs_no_repair() {
    for name in [
        "one_note.mid",
        "greensleeves.mid",
        "riff_wrapped.rmi",
        "running_status.mid",
        "format_2.mid",
    ] {
        let bytes = fixture(name);
        let repairs = midi::parse(&bytes).unwrap().repairs;
        assert!(repairs.is_empty(), "{name}: {repairs:?}");
    }
}

#[test]
fn what_holds_no_music_is_refused_in_words() {
    for name in [
        "division_zero.mid",
        "header_only.mid",
        "empty.mid",
        "text.mid",
    ] {
        let error = midi::parse(&fixture(name))
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(error.contains(' '), "{name}: {error}");
    }
}
