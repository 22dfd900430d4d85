//! Pedals, modes, drums and patterns: when notes end, and what becomes of them.

use cascade::score::Ending::{self, Cut, Released};
use cascade::score::{Instrument, Score};

use crate::measure::{between, decibels, peak};
use crate::player::{Player, RATE, fixture, read, song};

/// A note as the tests write it: key, onset and end in milliseconds, and how it ends.
type Expected = (u8, f64, f64, Ending);

fn notes(score: &Score) -> Vec<Expected> {
    let milliseconds = |instant| (score.timebase.seconds(instant).0 * 1e6).round() / 1e3;
    score
        .notes
        .iter()
        .map(|note| {
            let (onset, end) = (milliseconds(note.onset), milliseconds(note.end));
            (note.key.get(), onset, end, note.ending)
        })
        .collect()
}

fn check(bytes: &[u8], expected: &[Expected]) {
    assert_eq!(notes(&read(bytes)), expected);
}

fn check_fixture(name: &str, expected: &[Expected]) {
    assert_eq!(notes(&read(&fixture(name))), expected, "{name}");
}

#[test]
fn the_sustain_pedal_holds_what_is_let_go() {
    check_fixture(
        "sustain_pedal.mid",
        &[
            (60, 0.0, 1_500.0, Released),
            (60, 2_000.0, 2_500.0, Released),
        ],
    );
}

#[test]
fn a_pedal_that_comes_too_late_holds_nothing() {
    let late = song(|t| {
        t.note(0, 60, 100, 0..500)
            .at(501)
            .control(0, 64, 127)
            .at(900)
            .control(0, 64, 0)
    });
    check(&late, &[(60, 0.0, 500.0, Released)]);
}

#[test]
fn half_pedal_counts_from_sixty_four() {
    let pedal = |value| {
        song(|t| {
            t.control(0, 64, value)
                .note(0, 60, 100, 0..500)
                .at(900)
                .control(0, 64, 0)
        })
    };
    check(&pedal(63), &[(60, 0.0, 500.0, Released)]);
    check(&pedal(64), &[(60, 0.0, 900.0, Released)]);
}

#[test]
fn sostenuto_holds_only_the_keys_that_were_down() {
    check_fixture(
        "sostenuto.mid",
        &[(60, 0.0, 1_500.0, Released), (64, 250.0, 500.0, Released)],
    );
}

#[test]
fn all_notes_off_releases_and_heeds_the_pedal() {
    let chord = [60, 64, 67].map(|key| (key, 0.0, 500.0, Released));
    check_fixture("all_notes_off.mid", &chord);
    let pedalled = song(|t| {
        t.control(0, 64, 127).note_on(0, 60, 100);
        t.at(500).control(0, 123, 0).at(900).control(0, 64, 0)
    });
    check(&pedalled, &[(60, 0.0, 900.0, Released)]);
}

#[test]
fn all_sound_off_cuts_in_spite_of_the_pedal() {
    let chord = [60, 64, 67].map(|key| (key, 0.0, 500.0, Cut));
    check_fixture("all_sound_off.mid", &chord);
    let pedalled = song(|t| {
        t.control(0, 64, 127)
            .note(0, 60, 100, 0..200)
            .at(500)
            .control(0, 120, 0)
    });
    check(&pedalled, &[(60, 0.0, 500.0, Cut)]);
}

#[test]
fn after_all_sound_off_there_is_silence_within_ten_milliseconds_and_what_makes_it_wide() {
    let wide = 16.0;
    for (player, silence) in [
        (Player::of("sine"), 510.0),
        (Player::general_midi(), 510.0 + wide),
    ] {
        let samples = player.left(&fixture("all_sound_off.mid"));
        assert!(
            between(&samples, RATE, 495.0..500.0)
                .iter()
                .any(|sample| *sample != 0.0)
        );
        assert!(
            between(&samples, RATE, silence..1_500.0)
                .iter()
                .all(|sample| *sample == 0.0)
        );
    }
}

#[test]
fn a_mono_channel_has_one_voice_that_plays_legato() {
    let bytes = fixture("mono_legato.mid");
    check(
        &bytes,
        &[
            (60, 0.0, 500.0, Cut),
            (64, 500.0, 1_000.0, Cut),
            (67, 1_000.0, 1_500.0, Released),
        ],
    );
    let score = read(&bytes);
    let legato: Vec<bool> = score
        .notes
        .iter()
        .map(|note| score.articulation(note).legato)
        .collect();
    assert_eq!(legato, [false, true, true]);
}

#[test]
fn a_mono_channel_falls_back_on_the_key_that_is_still_down() {
    let trill = song(|t| {
        t.control(0, 126, 1)
            .note(0, 60, 100, 0..900)
            .note(0, 64, 80, 300..600)
    });
    check(
        &trill,
        &[
            (60, 0.0, 300.0, Cut),
            (64, 300.0, 600.0, Cut),
            (60, 600.0, 900.0, Released),
        ],
    );
}

#[test]
fn a_legato_note_skips_its_attack() {
    // With an attack of half a second the second note is at full level after 10 ms all the same.
    let player = Player::with(
        "sine",
        &["envelope.attack_s=0.5", "envelope.sustain_level=1"],
    );
    let bytes = |pedal| {
        song(|t| {
            t.control(0, 68, pedal)
                .note(0, 60, 100, 0..1_000)
                .note(0, 72, 100, 990..2_000)
        })
    };
    let level = |pedal| {
        let second = player.left(&bytes(pedal));
        crate::measure::peak(between(&second, RATE, 1_200.0..1_300.0))
    };
    let full = crate::measure::peak(between(&player.left(&bytes(127)), RATE, 1_800.0..1_900.0));
    assert!((level(127) / full - 1.0).abs() < 0.01);
    assert!(level(0) < 0.7 * full);
}

#[test]
fn equal_keys_end_first_in_first_out() {
    check_fixture(
        "overlapping_equal_keys.mid",
        &[(60, 0.0, 1_000.0, Released), (60, 500.0, 1_500.0, Released)],
    );
}

#[test]
fn a_note_that_nothing_ends_lasts_to_the_end_of_the_track() {
    check_fixture(
        "never_released.mid",
        &[(60, 0.0, 500.0, Released), (64, 500.0, 1_500.0, Released)],
    );
}

#[test]
fn the_tracks_of_format_2_follow_one_another() {
    let bytes = fixture("format_2.mid");
    check(
        &bytes,
        &[
            (60, 0.0, 500.0, Released),
            (64, 500.0, 1_000.0, Released),
            (67, 1_000.0, 2_000.0, Released),
            (71, 2_000.0, 3_000.0, Released),
        ],
    );
    assert_eq!(read(&bytes).duration().0, 3.0);
}

#[test]
fn a_song_lasts_to_the_end_of_its_track_even_in_silence() {
    let samples = Player::of("sine").left(&fixture("silence_after_last_note.mid"));
    assert_eq!(samples.len(), 4 * RATE as usize);
}

#[test]
fn a_hi_hat_is_choked_by_the_next_of_its_group() {
    let player = Player::general_midi();
    let bytes = fixture("hi_hat_choke.mid");
    let choked = player.left(&bytes);
    let closed = player.left(&song(|t| t.note(9, 42, 110, 1_250..1_375).at(4_000).end()));
    let span = 1_262.0..1_990.0;
    assert_eq!(
        between(&choked, RATE, span.clone()),
        between(&closed, RATE, span),
        "12 ms after the closed hi-hat nothing of the open one is left"
    );
    let ringing = between(&choked, RATE, 260.0..400.0);
    assert!(
        ringing.iter().any(|sample| *sample != 0.0),
        "the first one rings on"
    );
}

#[test]
fn a_gs_message_makes_a_channel_a_drum_part() {
    let score = read(&fixture("gs_drum_part.mid"));
    assert!(
        score
            .notes
            .iter()
            .all(|note| matches!(score.articulation(note).sound, Instrument::Drums { .. }))
    );
    let player = Player::general_midi();
    let plan = player.plan(&score);
    let (ours, theirs) = plan.voices.split_at(plan.voices.len() / 2);
    assert!(!ours.is_empty());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(theirs.onset - ours.onset, u64::from(RATE));
        let what =
            |voice: &cascade::plan::Voice| (voice.tone, voice.ending, voice.gain, voice.gate);
        assert_eq!(
            what(ours),
            what(theirs),
            "the same stroke on channel 10 and 11"
        );
    }
}

#[test]
fn drums_ignore_their_note_off() {
    let player = Player::general_midi();
    let stroke = |length| player.left(&song(|t| t.note(9, 49, 100, 0..length).at(5_000).end()));
    assert_eq!(stroke(10), stroke(1_000));
}

#[test]
fn what_rings_is_rendered_for_as_long_as_it_is_heard() {
    let player = Player::general_midi();
    let check = |channel: u8, program: u8, key: u8| {
        let held = song(|t| {
            t.control(channel, 7, 127).program(channel, program);
            t.note(channel, key, 127, 0..20_000)
        });
        let score = read(&held);
        let plan = player.plan(&score);
        let sound = player.perform(&plan).0.left;
        let sounding = 1 + sound.iter().rposition(|sample| *sample != 0.0).unwrap();
        // Up to 90 dB below full scale, and not in silence after that: the board of a vibraphone is wider than a frame.
        let last = decibels(peak(&sound[sounding - 2_000..sounding]));
        assert!(
            (-110.0..-85.0).contains(&last),
            "program {program}, key {key} ends at {last} dBFS"
        );
        let silent = plan.sound_end as usize - sounding;
        assert!(
            silent < 3_000,
            "program {program}, key {key}: {silent} frames of silence"
        );
    };
    for (program, key) in [(8, 72), (11, 60), (14, 60), (46, 48)] {
        check(0, program, key);
    }
    for drum in [46, 49, 51, 53] {
        check(9, 0, drum);
    }
}

#[test]
fn the_soft_pedal_softens() {
    let player = Player::of("sine");
    let level = |pedal| {
        let samples = player.left(&song(|t| t.control(0, 67, pedal).note(0, 60, 100, 0..500)));
        crate::measure::peak(&samples)
    };
    let softer = crate::measure::decibels(level(127) / level(0));
    assert!((-6.0..-1.0).contains(&softer), "{softer} dB");
}

#[test]
fn no_voice_is_stolen_from_1920_notes_at_once() {
    let player = Player::of("sine").at(16_000);
    let (bytes, every_channel) = (fixture("every_key_at_once.mid"), 15.0);
    let score = read(&bytes);
    let plan = player.plan(&score);
    assert!(plan.voices.len() >= 1_920 && plan.silent_notes == 0);
    let all = player.perform(&plan).0;
    assert_eq!(plan.peak_polyphony(), plan.voices.len());
    // The sum of the single keys, each alone in a song, fifteen times.
    let mut sum = vec![0.0; all.left.len()];
    for key in 0..=127 {
        let alone = player.left(&song(|t| t.note(0, key, 10, 0..500)));
        for (sum, sample) in sum.iter_mut().zip(&alone) {
            *sum += every_channel * f64::from(*sample);
        }
    }
    let loudest = crate::measure::peak(&all.left);
    for (frame, (sum, sample)) in sum.iter().zip(&all.left).enumerate() {
        let error = (sum - f64::from(*sample)).abs();
        assert!(
            error < 1e-5 * loudest,
            "frame {frame}: {sample}, expected {sum}"
        );
    }
}

#[test]
fn polyphony_counts_what_sounds_at_once() {
    let player = Player::with("sine", &["envelope.release_s=0.01"]);
    let polyphony = |length| {
        let row = song(|t| {
            (0..10).fold(t, |t, index| {
                t.note(0, 60, 100, index * 100..index * 100 + length)
            })
        });
        player.plan(&read(&row)).peak_polyphony()
    };
    assert_eq!((polyphony(50), polyphony(150), polyphony(250)), (1, 2, 3));
}
