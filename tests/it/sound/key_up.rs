//! Layers that begin when a key goes up, and those that sound under the sustain pedal.

use cascade::bank::Bank;
use cascade::plan::{Excerpt, Plan, sounds};
use cascade::score::Score;
use cascade::sound::Preset;
use cascade::units::Decibels;
use proptest::prelude::*;

use crate::equality::{check_same, random_score};
use crate::player::{Player, read, song};
use crate::smf::Track;

/// A tone, and the noise of its damper.
const DAMPED: &str = r#"
[[layer]]
waveform = "sawtooth"

[[layer]]
waveform = "pink_noise"
trigger = "release"
release_fall_db_s = 20
level_key_db = -1
envelope = { decay_s = 0.05, sustain_level = 0 }
"#;

/// A tone, and another under the pedal.
const PEDALLED: &str = r#"
[[layer]]
waveform = "sawtooth"

[[layer]]
waveform = "modal"
sustain_pedal = "down"
envelope.release_s = 0.3
"#;

/// Plays every program with a preset, at eight frames a millisecond.
fn player(text: &str) -> Player {
    let mut player = Player::general_midi().at(8_000);
    let id = player
        .bank
        .add(Preset::parse("test.toml", text, &[]).unwrap());
    player.bank.play_all_melodic_with(id);
    player
}

/// The onsets of the voices of a song under a preset, in milliseconds.
fn onsets(preset: &str, write: impl FnOnce(&mut Track) -> &mut Track) -> Vec<u64> {
    let (player, score) = (player(preset), read(&song(write)));
    let plan = player.plan(&score);
    plan.voices.iter().map(|voice| voice.onset / 8).collect()
}

#[test]
fn a_layer_at_key_up_begins_with_the_damper_also_when_the_pedal_holds_it() {
    assert_eq!(onsets(DAMPED, |t| t.note(0, 60, 100, 0..500)), [0, 500]);
    let pedalled = |t: &mut Track| {
        t.control(0, 64, 127)
            .note(0, 60, 100, 0..500)
            .at(900)
            .control(0, 64, 0);
    };
    let begun = onsets(DAMPED, |t| {
        pedalled(t);
        t
    });
    assert_eq!(begun, [0, 900]);
}

#[test]
fn a_note_that_is_cut_off_has_no_layer_at_key_up() {
    let silenced = onsets(DAMPED, |t| {
        t.note(0, 60, 100, 0..500).at(300).control(0, 120, 0)
    });
    assert_eq!(silenced, [0]);
    let mono = onsets(DAMPED, |t| {
        t.control(0, 126, 1)
            .note(0, 60, 100, 0..500)
            .note(0, 64, 100, 300..800)
    });
    assert_eq!(mono, [0, 300, 800]);
}

#[test]
fn a_choked_note_has_no_layer_at_key_up() {
    let mut load = |_: &str| Ok(format!("choke_group = 1\n{DAMPED}").into_bytes());
    let bank = "[drums]\n\"42\" = \"hat.toml\"\n\"46\" = \"hat.toml\"";
    let mut player = Player::general_midi().at(8_000);
    player.bank = Bank::from_toml("bank.toml", bank, &mut load, &[]).unwrap();
    let bytes = song(|t| t.note(9, 46, 100, 0..500).note(9, 42, 100, 300..350));
    let score = read(&bytes);
    let plan = player.plan(&score);
    let begun: Vec<u64> = plan.voices.iter().map(|voice| voice.onset / 8).collect();
    assert_eq!(begun, [0, 300, 350]);
}

#[test]
fn a_key_struck_twice_under_the_pedal_has_one_damper() {
    let twice = onsets(DAMPED, |t| {
        t.control(0, 64, 127)
            .note(0, 60, 100, 0..100)
            .note(0, 60, 80, 200..300);
        t.at(700).control(0, 64, 0)
    });
    assert_eq!(twice, [0, 200, 700]);
}

#[test]
fn the_longer_a_note_was_held_the_softer_is_its_layer_at_key_up() {
    let (player, bytes) = (
        player(DAMPED),
        song(|t| t.note(0, 60, 127, 0..500).note(0, 60, 127, 1_000..2_500)),
    );
    let score = read(&bytes);
    let gains: Vec<f32> = player
        .plan(&score)
        .voices
        .iter()
        .map(|voice| voice.gain)
        .collect();
    let fall = Decibels::from_gain(f64::from(gains[1] / gains[3])).0;
    assert!((fall - 20.0).abs() < 1e-3, "{fall}");
}

#[test]
fn what_only_sounds_at_key_up_is_no_note() {
    let (_, layer) = DAMPED.split_at(DAMPED.rfind("[[layer]]").unwrap());
    let (player, score) = (player(layer), read(&song(|t| t.note(0, 60, 100, 0..500))));
    let plan = player.plan(&score);
    assert_eq!((plan.voices.len(), plan.silent_notes), (1, 1));
    let note = &score.notes[0];
    assert!(!sounds(
        &player.bank,
        score.articulation(note),
        note.key,
        note.velocity
    ));
}

#[test]
fn a_note_under_the_pedal_has_its_halo_and_one_without_has_none() {
    let voices = |value| {
        onsets(PEDALLED, |t| {
            t.control(0, 64, value)
                .note(0, 60, 100, 0..500)
                .at(900)
                .control(0, 64, 0)
        })
    };
    assert_eq!((voices(0), voices(63)), (vec![0], vec![0]));
    assert_eq!(voices(64), [0, 0]);
    let late = onsets(PEDALLED, |t| {
        t.note(0, 60, 100, 0..500)
            .at(1)
            .control(0, 64, 127)
            .at(900)
            .control(0, 64, 0)
    });
    assert_eq!(late, [0]);
}

#[test]
fn the_noise_of_the_damper_is_heard_behind_the_end_of_the_song() {
    let (player, score) = (player(DAMPED), read(&song(|t| t.note(0, 60, 100, 0..500))));
    let plan = player.plan(&score);
    // 4000 frames, the least attack and 50 ms.
    assert_eq!((plan.sound_end, plan.frames), (4_000 + 800, 4_800));
    assert_eq!(plan.peak_polyphony(), 2);
}

/// Both kinds of layers.
fn both() -> Player {
    let second = PEDALLED.rfind("[[layer]]").unwrap();
    player(&format!("{DAMPED}{}", &PEDALLED[second..]))
}

fn part(player: &Player, score: &Score, from: u64, to: u64) -> cascade::audio::Stereo {
    let excerpt = Excerpt {
        from,
        to,
        ..Excerpt::default()
    };
    player.perform(&player.plan(score).excerpt(&excerpt)).0
}

#[test]
fn an_excerpt_of_a_key_going_up_has_the_bits_of_the_whole() {
    let player = both();
    let score = read(&song(|t| {
        t.note(0, 60, 100, 0..500).control(0, 64, 127);
        t.note(0, 62, 90, 100..600)
            .note(1, 40, 90, 50..510)
            .at(800)
            .control(0, 64, 0)
    }));
    let whole = player.perform(&player.plan(&score)).0;
    for from in [3_900, 4_001, 6_300, 6_401] {
        let mut cut = whole.clone();
        cut.left.truncate(from as usize + 90);
        cut.right.truncate(from as usize + 90);
        cut.left.drain(..from as usize);
        cut.right.drain(..from as usize);
        let sound = part(&player, &score, from, from + 90);
        check_same("key-up", &sound, &cut);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn voices_stand_in_the_order_of_their_onsets(score in random_score(&[0, 1])) {
        let player = both();
        let plan: Plan<'_> = player.plan(&score);
        prop_assert!(plan.voices.is_sorted_by_key(|voice| voice.onset));
    }
}
