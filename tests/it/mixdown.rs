//! What is made of the whole mix: effects, tail, normalised level, stems.

use std::convert::Infallible;
use std::fs;

use cascade::audio::Stereo;
use cascade::mix::effects::{Choice, ReverbChoice};
use cascade::plan::{Grouping, Plan};
use cascade::render::{Metering, Report, Tail, Target, frames, render_stems};
use cascade::score::Score;
use cascade::sound::effects::ReverbKind;
use cascade::units::{Decibels, Seconds};
use tempfile::TempDir;

use crate::player::{Player, fixture, read, song};

/// Low, to keep it short: what is compared is bits, not sound.
const RATE: u32 = 16_000;

const GROUPINGS: [Grouping; 3] = [Grouping::Channel, Grouping::Track, Grouping::Program];

fn player() -> Player {
    Player::general_midi().at(RATE).with_effects()
}

fn bits(samples: &[f32]) -> Vec<u32> {
    samples.iter().map(|sample| sample.to_bits()).collect()
}

/// The mix of a plan and its stems.
fn with_stems(player: &Player, plan: &Plan<'_>) -> (Stereo, Vec<Stereo>) {
    let (mut mix, mut stems) = (Stereo::default(), Vec::new());
    let sink = |block: &Stereo| {
        mix.extend(block);
        Ok::<_, Infallible>(())
    };
    let take = |blocks: &[&Stereo]| {
        stems.resize(blocks.len(), Stereo::default());
        stems
            .iter_mut()
            .zip(blocks)
            .for_each(|(stem, block)| stem.extend(block));
        Ok(())
    };
    let Ok(_) = render_stems(plan, &player.settings, None, sink, take);
    (mix, stems)
}

fn check_sum(player: &Player, score: &Score, grouping: Grouping) {
    let plan = Plan::grouped(score, &player.bank, player.rate, grouping);
    let (mix, stems) = with_stems(player, &plan);
    let mut sum = Stereo::silence(mix.len());
    stems.iter().for_each(|stem| sum.add(stem));
    assert!(mix.peak() > 0.01, "{grouping:?}: there is something to add");
    assert!(bits(&sum.left) == bits(&mix.left), "{grouping:?}");
    assert!(bits(&sum.right) == bits(&mix.right), "{grouping:?}");
}

#[test]
fn no_program_dies_away_through_denormal_numbers_which_are_slow() {
    let mut player = player();
    player.settings.tail = Tail::Seconds(Seconds(20.0));
    for group in 0..8 {
        let chord = song(|t| {
            for channel in 0..16 {
                let program = 16 * group + channel;
                let key = 40 + 3 * channel;
                t.program(channel, program).note(channel, key, 90, 0..500);
            }
            t
        });
        let sound = player.play(&chord);
        let mut samples = sound.left.iter().chain(&sound.right);
        assert!(samples.clone().any(|sample| *sample != 0.0));
        assert!(
            !samples.any(|sample| sample.is_subnormal()),
            "group {group}"
        );
    }
}

#[test]
fn the_sum_of_the_stems_is_the_mix_to_the_last_bit() {
    for name in [
        "greensleeves.mid",
        "reverb_and_chorus_sends.mid",
        "all_drum_keys.mid",
    ] {
        let score = read(&fixture(name));
        for grouping in GROUPINGS {
            let mut player = player();
            check_sum(&player, &score, grouping);
            player.settings.gain = Decibels(-3.7);
            check_sum(&player, &score, grouping);
        }
    }
}

#[test]
fn asking_for_the_stems_of_channels_does_not_change_the_mix() {
    let (player, score) = (player(), read(&fixture("greensleeves.mid")));
    let plan = player.plan(&score);
    let (mix, stems) = with_stems(&player, &plan);
    let alone = player.perform(&plan).0;
    assert!(bits(&mix.left) == bits(&alone.left));
    assert_eq!(
        stems.len(),
        plan.groups.len() + 1,
        "the effects are one more"
    );
}

#[test]
fn a_channel_s_stem_is_what_the_channel_sounds_alone_without_effects() {
    let (player, score) = (player(), read(&fixture("greensleeves.mid")));
    let (_, stems) = with_stems(&player, &player.plan(&score));
    let mut channels: Vec<_> = score.notes.iter().map(|note| note.channel).collect();
    channels.sort_unstable();
    channels.dedup();
    assert!(channels.len() > 2);
    for (channel, stem) in channels.into_iter().zip(&stems) {
        let mut alone = score.clone();
        alone.notes.retain(|note| note.channel == channel);
        let player = Player::general_midi().at(RATE);
        let sound = player.perform(&player.plan(&alone)).0;
        let heard = sound.len().min(stem.len());
        assert!(stem.peak() > 0.001, "{channel}");
        // Alone, its tones come in another order, and so do its sums.
        for frame in 0..heard {
            let error = sound.left[frame] - stem.left[frame];
            assert!(error.abs() < 1e-6, "{channel}, frame {frame}: {error}");
        }
    }
}

#[test]
fn a_tail_in_seconds_follows_the_end_of_the_last_release() {
    let mut player = player();
    let score = read(&fixture("silence_after_last_note.mid"));
    let (end, song_end) = (player.plan(&score).sound_end, player.plan(&score).frames);
    assert!(end < song_end, "the song goes on after its last note");
    for (seconds, after) in [(0.0, 0), (0.25, 4_000), (3.0, 48_000)] {
        player.settings.tail = Tail::Seconds(Seconds(seconds));
        let plan = player.plan(&score);
        assert_eq!(frames(&plan, &player.settings), end + after);
        assert_eq!(player.perform(&plan).0.len() as u64, end + after);
    }
}

#[test]
fn the_tail_lasts_until_the_effects_are_silent_and_no_longer_than_it_must() {
    let note = song(|t| {
        t.control(0, 91, 127)
            .control(0, 93, 127)
            .note(0, 60, 127, 0..300)
    });
    let (mut player, score) = (player(), read(&note));
    for kind in [ReverbKind::SmallRoom, ReverbKind::LargeHall] {
        player.settings.effects.reverb = ReverbChoice::Kind(kind);
        let plan = player.plan(&score);
        let sound = player.perform(&plan).0;
        let last = &sound.left[sound.len() - 800..];
        // Below the last bit of 16.
        assert!(cascade::audio::peak(last) < 1.0 / 32_768.0, "{kind:?}");
        let tail = (sound.len() as u64 - plan.sound_end) as f64 / f64::from(RATE);
        assert!(tail < 0.5 + 1.5 * kind.time().0, "{kind:?}: {tail} s");
    }
}

#[test]
fn without_effects_or_sends_the_song_ends_with_its_last_sound() {
    let dry = song(|t| t.control(0, 91, 0).note(0, 60, 100, 0..300));
    let (mut player, score) = (player(), read(&dry));
    assert_eq!(
        frames(&player.plan(&score), &player.settings),
        player.plan(&score).frames
    );
    let unsent = player.perform(&player.plan(&score)).0;
    player.settings.effects = Choice::DRY;
    assert!(player.perform(&player.plan(&score)).0 == unsent);
}

#[test]
fn the_sends_are_linear_and_behind_the_volume() {
    let wet = |set: &[(u8, u8)]| {
        let bytes = song(|t| {
            set.iter()
                .fold(t, |t, (controller, value)| {
                    t.control(0, *controller, *value)
                })
                .note(0, 60, 100, 0..300)
        });
        let (player, score) = (player(), read(&bytes));
        let (_, stems) = with_stems(&player, &player.plan(&score));
        stems[1].peak()
    };
    let ratio = |a: f32, b: f32| f64::from(a / b);
    let full = wet(&[(91, 120)]);
    assert!((ratio(wet(&[(91, 60)]), full) - 0.5).abs() < 1e-4);
    let softer = ratio(wet(&[(91, 120), (7, 50)]), full);
    assert!(
        (softer - 0.25).abs() < 1e-4,
        "{softer}: volume 50 of 100 is a quarter"
    );
    assert!(
        (ratio(wet(&[]), full) - 1.0 / 3.0).abs() < 1e-4,
        "CC91 starts at 40"
    );
}

/// The loudness of a recording at 48 kHz by ITU-R BS.1770-4: K-weighting (tables 1 and 2), gates at -70 LUFS and -10 LU.
fn loudness(sound: &Stereo) -> f64 {
    let weigh = |plane: &[f32]| {
        let shelf = [
            1.535_124_859_586_97,
            -2.691_696_189_406_38,
            1.198_392_810_852_85,
            -1.690_659_293_182_41,
            0.732_480_774_215_85,
        ];
        let pass = [1.0, -2.0, 1.0, -1.990_047_454_833_98, 0.990_072_250_366_21];
        let signal = plane.iter().map(|sample| f64::from(*sample)).collect();
        biquad(biquad(signal, shelf), pass)
    };
    let [left, right] = [&sound.left, &sound.right].map(|plane| weigh(plane));
    let power = |place: usize| {
        let block = place..place + 19_200;
        let squares = |plane: &[f64]| plane[block.clone()].iter().map(|s| s * s).sum::<f64>();
        (squares(&left) + squares(&right)) / 19_200.0
    };
    let powers: Vec<f64> = (0..=left.len() - 19_200)
        .step_by(4_800)
        .map(power)
        .collect();
    let level = |power: f64| -0.691 + 10.0 * libm::log10(power);
    let mean = |gate: f64| {
        let heard: Vec<f64> = powers
            .iter()
            .copied()
            .filter(|p| level(*p) > gate)
            .collect();
        level(heard.iter().sum::<f64>() / heard.len() as f64)
    };
    mean(mean(-70.0) - 10.0)
}

fn biquad(mut signal: Vec<f64>, [b0, b1, b2, a1, a2]: [f64; 5]) -> Vec<f64> {
    let mut state = [0.0; 2];
    for sample in &mut signal {
        let output = b0 * *sample + state[0];
        state = [
            b1 * *sample - a1 * output + state[1],
            b2 * *sample - a2 * output,
        ];
        *sample = output;
    }
    signal
}

/// The true peak of a plane, by a windowed sinc of 64 frames at eight places between any two.
fn true_peak(plane: &[f32]) -> f64 {
    let mut peak = 0.0f64;
    for eighth in 0..8 {
        let shift = f64::from(eighth) / 8.0;
        let weights: Vec<f64> = (0..64)
            .map(|tap| {
                let x = std::f64::consts::PI * (f64::from(tap) - 31.0 - shift);
                let sinc = if x == 0.0 { 1.0 } else { libm::sin(x) / x };
                sinc * (0.5 + 0.5 * libm::cos(x / 32.5))
            })
            .collect();
        for window in plane.windows(64) {
            let sum: f64 = window
                .iter()
                .zip(&weights)
                .map(|(s, w)| f64::from(*s) * w)
                .sum();
            peak = peak.max(sum.abs());
        }
    }
    peak
}

fn normalized(target: Target, limiter: bool) -> (Stereo, Report) {
    let mut player = Player::general_midi().at(48_000).with_effects();
    player.settings.normalize = Some(target);
    player.settings.meter = Metering::TruePeak;
    player.settings.limiter = limiter;
    let melody = song(|t| {
        (0..12).fold(t, |t, n| {
            let start = u32::from(n) * 350;
            t.note(0, 55 + n, 60 + 5 * n, start..start + 400)
        })
    });
    player.perform(&player.plan(&read(&melody)))
}

#[test]
fn loudness_is_brought_to_the_target() {
    for target in [-30.0, -18.0] {
        let (sound, report) = normalized(Target::Loudness(target), true);
        let heard = loudness(&sound);
        assert!((heard - target).abs() < 0.1, "{heard} LUFS, not {target}");
        let reported = report.loudness.unwrap().integrated;
        assert!(
            (reported - heard).abs() < 0.05,
            "{reported} LUFS reported, {heard} heard"
        );
    }
}

#[test]
fn the_true_peak_is_brought_to_the_target_whatever_the_limiter() {
    for target in [-12.0, -0.2] {
        let (sound, report) = normalized(Target::TruePeak(Decibels(target)), true);
        let peak = true_peak(&sound.left).max(true_peak(&sound.right));
        let heard = Decibels::from_gain(peak).0;
        assert!((heard - target).abs() < 0.1, "{heard} dBTP, not {target}");
        assert_eq!(report.limiter, None);
    }
}

#[test]
fn silence_is_not_normalized() {
    let mut player = player();
    player.settings.normalize = Some(Target::Loudness(-14.0));
    let silent = song(|t| t.control(0, 7, 0).note(0, 60, 100, 0..300));
    let (sound, report) = player.perform(&player.plan(&read(&silent)));
    assert_eq!((sound.peak(), report.gain), (0.0, Decibels(0.0)));
}

/// Runs `cascade render` on greensleeves in a folder; returns whether it succeeded, and what it said.
fn run(desk: &TempDir, arguments: &str) -> (bool, String) {
    fs::write(desk.path().join("song.mid"), fixture("greensleeves.mid")).unwrap();
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("cascade");
    command
        .current_dir(desk.path())
        .arg("render")
        .arg("song.mid");
    let output = command.args(arguments.split_whitespace()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

/// The samples of a file of 32-bit floats.
fn samples(path: &std::path::Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).unwrap();
    reader.samples::<f32>().map(Result::unwrap).collect()
}

#[test]
fn stems_are_files_that_a_list_explains_and_that_add_up() {
    let desk = TempDir::new().unwrap();
    let (done, said) = run(&desk, "--stems channel --format f32 --limiter off -r 8000");
    assert!(done, "{said}");
    let folder = desk.path().join("song.stems");
    let list = fs::read(folder.join("stems.json")).unwrap();
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    assert_eq!(list["by"], "channel");
    let stems = list["stems"].as_array().unwrap();
    let mut sum = vec![0.0; samples(&desk.path().join("song.wav")).len()];
    for stem in stems {
        let stem = samples(&folder.join(stem["file"].as_str().unwrap()));
        sum.iter_mut()
            .zip(&stem)
            .for_each(|(sum, sample)| *sum += sample);
    }
    assert!(bits(&sum) == bits(&samples(&desk.path().join("song.wav"))));
    assert_eq!(stems.last().unwrap()["effects"], true);
    let notes: u64 = stems
        .iter()
        .map(|stem| stem["notes"].as_u64().unwrap())
        .sum();
    assert_eq!(notes, read(&fixture("greensleeves.mid")).notes.len() as u64);
    let files = fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, stems.len() + 1, "nothing but the stems and the list");
}

#[test]
fn stems_of_standard_output_are_refused() {
    let desk = TempDir::new().unwrap();
    let (done, said) = run(&desk, "--stems track -o -");
    assert!(!done && said.contains("--stems needs a file"), "{said}");
}

#[test]
fn wrong_targets_and_tails_are_refused_with_what_is_expected() {
    let desk = TempDir::new().unwrap();
    for (arguments, expected) in [
        ("--normalize loud", "lufs=-14"),
        ("--normalize peak=3", "at most 0"),
        ("--tail long", "or auto"),
        ("--reverb cathedral", "large-hall"),
    ] {
        let (done, said) = run(&desk, arguments);
        assert!(!done && said.contains(expected), "{arguments}: {said}");
    }
}
