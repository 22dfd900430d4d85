//! Tempo, key and tuning changed on the way are what they would be if the song had been written so.

use cascade::midi;
use cascade::score::{self, CONCERT_PITCH, Changes, Score};
use cascade::units::{Hertz, Ratio};

use crate::equality::{SONGS, check_same};
use crate::measure::{between, cents, frequency};
use crate::player::{Player, RATE, fixture, read, song};
use crate::smf::{Smf, Track};

fn changed(bytes: &[u8], changes: Changes) -> Score {
    score::read_changed(&midi::parse(bytes).unwrap(), &changes)
}

fn transposed(bytes: &[u8], semitones: f64) -> Score {
    changed(bytes, Changes::new(Ratio::ONE, semitones, CONCERT_PITCH))
}

fn at_tempo(bytes: &[u8], numerator: u32, denominator: u32) -> Score {
    let ratio = Ratio::new(numerator, denominator).unwrap();
    changed(bytes, Changes::new(ratio, 0.0, CONCERT_PITCH))
}

/// Asserts that two scores sound the same, bit for bit.
fn check(what: &str, actual: &Score, expected: &Score) {
    let player = Player::general_midi().at(8_000);
    let sound = |score: &Score| player.perform(&player.plan(score)).0;
    check_same(what, &sound(actual), &sound(expected));
}

/// What moves in time: notes, a swell, a bend and a vibrato, with two tempos.
fn moving(first_tempo: u32, second_tempo: u32) -> Vec<u8> {
    let write = |t: &mut Track| {
        t.tempo(first_tempo).program(0, 16).note(0, 60, 90, 0..900);
        for step in 0..9u8 {
            let tick = u32::from(step) * 97;
            t.at(tick).control(0, 11, 127 - 10 * step);
            t.at(tick).bend(0, i16::from(step) * 500);
        }
        t.at(480).tempo(second_tempo);
        t.at(500).control(0, 1, 90);
        t.note(0, 67, 90, 500..1_333).note(9, 42, 80, 700..720);
    };
    Smf::new(480)
        .track(|t| {
            write(t);
            t
        })
        .to_bytes()
}

#[test]
fn a_changed_tempo_is_that_tempo_written() {
    let bytes = moving(500_000, 300_000);
    let check_ratio = |numerator, denominator, tempos: (u32, u32)| {
        let actual = at_tempo(&bytes, numerator, denominator);
        check("tempo", &actual, &read(&moving(tempos.0, tempos.1)));
    };
    check_ratio(2, 1, (250_000, 150_000));
    check_ratio(1, 2, (1_000_000, 600_000));
    check_ratio(2, 3, (750_000, 450_000));
    check_ratio(125, 100, (400_000, 240_000));
}

#[test]
fn the_tempo_of_time_code_changes_too() {
    let bytes = fixture("smpte_25fps.mid");
    let (whole, half) = (read(&bytes).duration(), at_tempo(&bytes, 2, 1).duration());
    assert_eq!(half.0, whole.0 / 2.0);
}

#[test]
fn a_song_without_changes_is_the_song() {
    for name in SONGS {
        let bytes = fixture(name);
        check(name, &transposed(&bytes, 0.0), &read(&bytes));
    }
}

/// A song in which everything that depends on keys happens, `up` semitones higher but for its drums.
fn keyed(up: u8) -> Vec<u8> {
    song(|t| {
        t.program(0, 30).program(1, 56).program(2, 4);
        t.control(1, 65, 127).control(1, 5, 50);
        t.note(0, 40 + up, 90, 0..500).note(1, 60 + up, 90, 0..300);
        t.note(1, 72 + up, 90, 300..800).note(9, 38, 90, 100..200);
        t.note(2, 50 + up, 70, 400..1_200);
        t.at(600).key_pressure(2, 50 + up, 127);
        t.control(1, 126, 0).note(1, 65 + up, 90, 900..1_500);
        t.note(1, 67 + up, 90, 1_100..1_300)
    })
}

#[test]
fn a_transposed_song_is_the_one_written_higher() {
    check("up", &transposed(&keyed(0), 7.0), &read(&keyed(7)));
    check("down", &transposed(&keyed(7), -7.0), &read(&keyed(0)));
}

#[test]
fn half_a_semitone_is_half_a_semitone_of_channel_tuning() {
    let notes = |tune: bool| {
        song(|t| {
            if tune {
                t.rpn(0, 1, 96, 0);
            }
            t.note(0, 60, 90, 0..800).note(9, 38, 90, 0..100);
            t.at(300).bend(0, 4_000)
        })
    };
    check(
        "quarter tone",
        &transposed(&notes(false), 0.5),
        &read(&notes(true)),
    );
}

#[test]
fn folded_notes_are_counted_and_none_is_lost() {
    let bytes = song(|t| {
        t.note(0, 126, 90, 0..100).note(0, 60, 90, 0..100);
        t.note(9, 81, 90, 0..100)
    });
    let score = transposed(&bytes, 60.0);
    let keys: Vec<u8> = score.notes.iter().map(|note| note.key.get()).collect();
    assert_eq!((keys, score.census.folded_notes), (vec![126, 120, 81], 1));
}

#[test]
fn the_tuning_is_heard_in_melodic_channels_alone() {
    let player = Player::of("sine");
    let left = |bytes: &[u8], tuning: f64| {
        let score = changed(bytes, Changes::new(Ratio::ONE, 0.0, Hertz(tuning)));
        player.perform(&player.plan(&score)).0.left
    };
    let melody = song(|t| t.note(0, 69, 100, 0..2_000));
    for tuning in [415.0, 432.0, 442.0] {
        let samples = left(&melody, tuning);
        let heard = frequency(between(&samples, RATE, 200.0..1_900.0), RATE, tuning);
        assert!(cents(heard, tuning).abs() < 0.01, "{heard} Hz for {tuning}");
    }
    let drums = song(|t| t.note(9, 38, 100, 0..200));
    assert_eq!(left(&drums, 432.0), left(&drums, 440.0));
}

#[test]
fn a_reset_in_the_song_does_not_undo_the_tuning() {
    let bytes = song(|t| {
        t.at(100).sysex(&[0x7E, 0x7F, 0x09, 0x01]);
        t.note(0, 69, 100, 200..900)
    });
    let score = changed(&bytes, Changes::new(Ratio::ONE, 0.0, Hertz(430.0)));
    let written = song(|t| t.note(0, 69, 100, 200..900));
    check(
        "reset",
        &score,
        &changed(&written, Changes::new(Ratio::ONE, 0.0, Hertz(430.0))),
    );
}
