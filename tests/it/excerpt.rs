//! A recorded part of a song has the bits of the whole, and costs only what is heard in it.

use std::ops::Range;

use cascade::audio::Stereo;
use cascade::plan::{Excerpt, Plan};
use cascade::score::Score;
use cascade::units::{Channel, ChannelSet};
use proptest::prelude::*;

use crate::equality::{SONGS, check_same, random_score};
use crate::player::{Player, fixture, read, song};

/// Low, to keep it short: what is compared is bits, not sound.
fn player() -> Player {
    Player::general_midi().at(8_000)
}

fn part(frames: &Range<u64>) -> Excerpt {
    Excerpt {
        from: frames.start,
        to: frames.end,
        ..Excerpt::default()
    }
}

fn only(channel: u8) -> Excerpt {
    Excerpt {
        channels: [Channel::new(channel)].into_iter().collect(),
        ..Excerpt::default()
    }
}

/// The frames of a recording from `frames.start` on, as far as there are any before `frames.end`.
fn cut(whole: &Stereo, frames: &Range<u64>) -> Stereo {
    let end = whole.len().min(frames.end as usize);
    let frames = frames.start as usize..end;
    Stereo {
        left: whole.left[frames.clone()].to_vec(),
        right: whole.right[frames].to_vec(),
    }
}

/// Asserts that a part of a song is that part of its recording.
fn check_part(name: &str, score: &Score, whole: &Stereo, frames: &Range<u64>) {
    let player = player();
    let plan = player.plan(score);
    let lead_in = cascade::render::lead_in(&plan, &player.settings);
    let plan = plan.excerpt(&Excerpt {
        lead_in,
        ..part(frames)
    });
    let (sound, report) = player.perform(&plan);
    assert_eq!(
        report.frames,
        cascade::render::frames(&plan, &player.settings),
        "{name}"
    );
    check_same(&format!("{name}, {frames:?}"), &sound, &cut(whole, frames));
    let plan = player.plan(score).excerpt(&Excerpt {
        lead_in: 5_000,
        ..part(frames)
    });
    let sound = player.perform(&plan).0;
    check_same(
        &format!("{name}, {frames:?} with a lead-in"),
        &sound,
        &cut(whole, frames),
    );
}

fn rendered(player: &Player, plan: &Plan<'_>) -> u64 {
    player.perform(plan).1.samples_rendered
}

#[test]
fn parts_of_songs_are_cut_from_the_whole() {
    for name in SONGS {
        let score = read(&fixture(name));
        let whole = player().perform(&player().plan(&score)).0;
        let end = whole.len() as u64;
        let ranges = [
            0..1,
            1..end,
            4_095..4_097,
            end / 3..end / 3 + 10_000,
            4_096..8_192,
            end / 2..u64::MAX,
            end - 1..end + 1,
        ];
        for frames in &ranges {
            check_part(name, &score, &whole, frames);
        }
    }
}

#[test]
fn parts_hear_the_effects_of_what_came_before() {
    let player = player().with_effects();
    for name in ["greensleeves.mid", "reverb_and_chorus_sends.mid"] {
        let score = read(&fixture(name));
        let plan = || player.plan(&score);
        let whole = player.perform(&plan()).0;
        let lead_in = cascade::render::lead_in(&plan(), &player.settings);
        for frames in [5_000..9_000, whole.len() as u64 / 2..u64::MAX] {
            let excerpt = Excerpt {
                lead_in,
                ..part(&frames)
            };
            let sound = player.perform(&plan().excerpt(&excerpt)).0;
            check_same(name, &sound, &cut(&whole, &frames));
        }
    }
}

#[test]
fn parts_that_follow_one_another_join_to_the_whole() {
    let (player, score) = (player(), read(&fixture("modulation.mid")));
    let whole = player.perform(&player.plan(&score)).0;
    let mut joined = Stereo::default();
    let lead_in = cascade::render::lead_in(&player.plan(&score), &player.settings);
    for start in (0..whole.len() as u64).step_by(7_001) {
        let plan = player.plan(&score).excerpt(&Excerpt {
            lead_in,
            ..part(&(start..start + 7_001))
        });
        joined.extend(&player.perform(&plan).0);
    }
    check_same("joined parts", &joined, &whole);
}

#[test]
fn notes_outside_of_a_part_are_not_rendered() {
    // Three pitches, so three tones: half a second each, a second apart.
    let bytes = song(|t| {
        for (place, key) in [60, 62, 64].into_iter().enumerate() {
            let start = 1_000 * place as u32;
            t.note(0, key, 100, start..start + 500);
        }
        t
    });
    let (player, score) = (Player::of("sawtooth"), read(&bytes));
    let second = player.plan(&score).excerpt(&part(&(60_000..70_000)));
    assert_eq!((second.voices.len(), second.tones.len()), (1, 1));
    let whole = rendered(&player, &player.plan(&score));
    assert!(rendered(&player, &second) < whole / 2);
    // Of a note that goes on after the end no more is rendered than is heard, in whole pages.
    let beginning = player.plan(&score).excerpt(&part(&(0..100)));
    assert!(rendered(&player, &beginning) <= 8_192);
}

#[test]
fn a_muted_song_is_as_long_as_the_whole() {
    let (player, score) = (player(), read(&fixture("greensleeves.mid")));
    let whole = player.plan(&score);
    for channel in Channel::all() {
        let solo = player.plan(&score).excerpt(&only(channel.index() as u8));
        assert_eq!(player.perform(&solo).1.frames, whole.frames);
    }
    let silent = Excerpt {
        channels: ChannelSet::ALL.without(ChannelSet::ALL),
        ..Excerpt::default()
    };
    let plan = player.plan(&score).excerpt(&silent);
    let (sound, report) = player.perform(&plan);
    assert_eq!((sound.peak(), report.samples_rendered), (0.0, 0));
}

#[test]
fn a_channel_alone_is_what_the_song_without_the_others_is() {
    let notes = |channels: &[u8]| {
        song(|t| {
            for channel in channels {
                let key = 60 + 4 * channel;
                t.at(0).program(*channel, 8 * channel);
                t.note(*channel, key, 90, 0..700);
            }
            t
        })
    };
    let (player, score) = (player(), read(&notes(&[1, 4, 9])));
    for channel in [1, 4, 9] {
        let solo = player
            .perform(&player.plan(&score).excerpt(&only(channel)))
            .0;
        let alone = player.play(&notes(&[channel]));
        let length = alone.len() as u64;
        check_same("solo", &cut(&solo, &(0..length)), &alone);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_parts_of_random_songs_are_cut_from_the_whole(
        score in random_score(&[0, 1, 9]),
        from in 0.0..1.0f64,
        length in 1u64..20_000,
    ) {
        let whole = player().perform(&player().plan(&score)).0;
        let from = (from * (whole.len() - 1) as f64) as u64;
        check_part("random song", &score, &whole, &(from..from + length));
    }
}
