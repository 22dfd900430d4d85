//! The same bits whatever the way: threads, sharing, memory and blocks change nothing that is heard.

use std::collections::BTreeSet;

use cascade::audio::Stereo;
use cascade::dsp::simd;
use cascade::plan::Plan;
use cascade::render::Settings;
use cascade::score::Score;
use cascade::tones::shared::SharedToneCache;
use cascade::wav::{Channels, SampleFormat, WavSpec, WavWriter};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use crate::player::{Player, fixture, read, song};

/// Songs that use everything that moves a tone or shares it.
pub(crate) const SONGS: [&str; 13] = [
    "greensleeves.mid",
    "all_drum_keys.mid",
    "all_programs.mid",
    "bend.mid",
    "channel_pressure.mid",
    "expression_swell.mid",
    "hi_hat_choke.mid",
    "modulation.mid",
    "mono_legato.mid",
    "portamento.mid",
    "reverb_and_chorus_sends.mid",
    "sustain_pedal.mid",
    "velocity_ladder.mid",
];

/// Low, to keep it short: what is compared is bits, not sound.
const RATE: u32 = 8_000;

/// What the test plays with; effects and limiter are in the line too.
fn player() -> Player {
    Player::general_midi().at(RATE).with_effects().limited()
}

#[test]
fn wide_vectors_change_no_bit() {
    for name in ["all_programs.mid", "bend.mid", "modulation.mid"] {
        let player = player();
        let plan = player.plan(&read(&fixture(name)));
        simd::use_baseline(true);
        let narrow = player.perform(&plan).0;
        simd::use_baseline(false);
        check_same(name, &player.perform(&plan).0, &narrow);
    }
}

/// A plan on so many threads.
fn on_threads(threads: usize, player: &Player, plan: &Plan<'_>) -> Stereo {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| player.perform(plan).0)
}

/// The bits of every sample: unlike floats, they tell 0 from -0, and NaN equals itself.
fn bits(sound: &Stereo) -> Vec<u32> {
    let samples = sound.left.iter().chain(&sound.right);
    samples.map(|sample| sample.to_bits()).collect()
}

pub(crate) fn check_same(what: &str, sound: &Stereo, expected: &Stereo) {
    assert_eq!(sound.len(), expected.len(), "{what}: length");
    let different = bits(sound)
        .iter()
        .zip(bits(expected))
        .position(|(a, b)| *a != b);
    assert_eq!(different, None, "{what}: the first sample that differs");
}

/// Asserts that a score sounds the same on any number of threads.
fn check_threads(name: &str, score: &Score) {
    check_threads_of(&player(), name, score);
}

fn check_threads_of(player: &Player, name: &str, score: &Score) {
    let plan = player.plan(score);
    let expected = on_threads(1, player, &plan);
    for threads in [2, 3, 8] {
        check_same(
            &format!("{name} on {threads} threads"),
            &on_threads(threads, player, &plan),
            &expected,
        );
    }
}

/// Asserts that tones of each voice's own sound as shared ones do.
fn check_sharing(name: &str, score: &Score) {
    check_sharing_of(&player(), name, score);
}

fn check_sharing_of(player: &Player, name: &str, score: &Score) {
    let shared = player.perform(&player.plan(score)).0;
    let unshared = player.perform(&player.plan_unshared(score)).0;
    check_same(&format!("{name} unshared"), &unshared, &shared);
}

/// Asserts that tones that are dropped and rendered again sound as those that are kept.
fn check_memory(name: &str, score: &Score) {
    check_memory_of(player(), name, score);
}

fn check_memory_of(mut player: Player, name: &str, score: &Score) {
    let expected = player.perform(&player.plan(score)).0;
    for memory in [0, 100_000, 1_000_000] {
        player.settings = Settings {
            memory,
            ..player.settings
        };
        let sound = player.perform(&player.plan(score)).0;
        check_same(&format!("{name} in {memory} bytes"), &sound, &expected);
    }
}

/// Asserts that tones which other songs have left in a library sound as those that a song renders for itself.
fn check_library(scores: &[Score], memory: u64) {
    check_library_of(&player(), scores, memory);
}

fn check_library_of(player: &Player, scores: &[Score], memory: u64) {
    let library = SharedToneCache::new(memory);
    // What two songs have rendered the third one need not.
    for round in 0..3 {
        for (number, score) in scores.iter().enumerate() {
            let plan = player.plan(score);
            let sound = player.perform_with(&plan, Some(&library)).0;
            let alone = player.perform(&plan).0;
            check_same(&format!("song {number}, round {round}"), &sound, &alone);
        }
    }
}

fn for_all_songs(check: fn(&str, &Score)) {
    for name in SONGS {
        check(name, &read(&fixture(name)));
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for_all_songs(check_threads);
}

#[test]
fn sharing_tones_changes_nothing() {
    for_all_songs(check_sharing);
}

#[test]
fn scarce_memory_changes_nothing() {
    for_all_songs(check_memory);
}

#[test]
fn what_other_songs_have_rendered_changes_nothing() {
    let scores: Vec<Score> = SONGS.iter().map(|name| read(&fixture(name))).collect();
    for memory in [0, 5_000_000, 1 << 30] {
        check_library(&scores, memory);
    }
}

#[test]
fn a_song_that_comes_a_third_time_is_not_rendered_again() {
    let (player, score) = (player(), read(&fixture("greensleeves.mid")));
    let (plan, library) = (player.plan(&score), SharedToneCache::new(1 << 30));
    let rendered = || {
        let report = player.perform_with(&plan, Some(&library)).1;
        report.samples_rendered
    };
    let times = [rendered(), rendered(), rendered()];
    assert!(times[0] > 0 && times[2] < times[0] / 10, "{times:?}");
}

#[test]
fn a_tone_of_which_another_song_needed_less_is_whole_again() {
    // An organ pipe speaks as long as it is asked to: the first song drops the pages that it has behind it, the second one
    // renders the beginning of the first page.
    let organ = |length: u32| read(&song(|t| t.program(0, 19).note(0, 60, 64, 0..length)));
    check_library(&[organ(10_000), organ(200)], 1 << 30);
}

/// A song of so many tones that its windows are long, and that more sums than may be open are wanted at once: each program
/// is played on several channels, and each channel changes between wide and narrow ones.
fn crowd() -> Score {
    const PROGRAMS: [u8; 7] = [0, 48, 11, 19, 89, 105, 32];
    read(&song(|t| {
        (0..1_200u32).fold(t, |t, index| {
            let (channel, time) = ((index % 16) as u8, index * 7);
            let (key, velocity) = (36 + (index * 11 % 49) as u8, 20 + (index * 37 % 100) as u8);
            let program = PROGRAMS[(index / 16 / 20 + index % 4) as usize % PROGRAMS.len()];
            t.at(time).program(channel, program);
            t.note(channel, key, velocity, time..time + 40 + index * 13 % 900)
        })
    }))
}

#[test]
fn a_crowd_sounds_the_same_in_whatever_order_it_is_worked_through() {
    let score = crowd();
    let player = player();
    let plan = player.plan(&score);
    assert!(plan.buses.len() > 16 && plan.tones.len() > 256);
    check_threads("crowd", &score);
    check_sharing("crowd", &score);
    check_memory("crowd", &score);
    check_library(&[score.clone(), score], 20_000_000);
}

#[test]
fn notes_that_are_over_at_once_are_silence() {
    let over = ["attack_s=0", "decay_s=0", "sustain_level=0", "release_s=0"];
    let over: Vec<String> = over
        .iter()
        .map(|value| format!("envelope.{value}"))
        .collect();
    let mut settings: Vec<&str> = over.iter().map(String::as_str).collect();
    settings.push("width=1");
    let player = Player::with("sine", &settings);
    let samples = player.left(&song(|t| {
        t.note(0, 60, 100, 0..100).note(0, 62, 100, 50..400)
    }));
    assert!(samples.iter().all(|sample| *sample == 0.0));
}

#[test]
fn rendering_twice_gives_the_same() {
    let score = read(&fixture("greensleeves.mid"));
    let (first, second) = (player(), player());
    let again = second.perform(&second.plan(&score)).0;
    check_same("again", &again, &first.perform(&first.plan(&score)).0);
}

#[test]
fn sharing_saves_work_and_scarce_memory_costs_some() {
    let (mut player, score) = (player(), read(&fixture("greensleeves.mid")));
    let rendered = |player: &Player, plan: &Plan<'_>| player.perform(plan).1.samples_rendered;
    let shared = rendered(&player, &player.plan(&score));
    assert!(shared < rendered(&player, &player.plan_unshared(&score)));
    player.settings.memory = 0;
    assert!(
        shared < rendered(&player, &player.plan(&score)),
        "memory of 0 drops tones at all"
    );
}

#[test]
fn equal_notes_struck_together_are_one_that_is_louder() {
    let player = Player::of("sine");
    let stack = |count| song(|t| (0..count).fold(t, |t, _| t.note(0, 60, 50, 0..400)));
    let (one, four) = (stack(1), stack(4));
    assert_eq!(player.plan(&read(&four)).voices.len(), 1);
    let pairs = player.left(&one).into_iter().zip(player.left(&four));
    assert!(pairs.clone().any(|(one, _)| one != 0.0));
    for (one, four) in pairs {
        assert_eq!(four, 4.0 * one);
    }
}

#[test]
fn what_a_sound_does_not_use_makes_no_tones_of_its_own() {
    let tones = |layer: &str, control: u8| {
        let toml = format!("[[layer]]\n{layer}");
        let player = Player::with_recording(&toml, &[]);
        let notes = song(|t| {
            (0..3u8).fold(t, |t, note| {
                let time = u32::from(note) * 500;
                let t = t.at(time).control(0, control, 40 + 30 * note);
                t.note(0, 60, 100, time..time + 100)
            })
        });
        player.plan(&read(&notes)).tones.len()
    };
    const PLAIN: &str = "waveform = \"sine\"";
    let check = |layer: &str, control, expected| {
        assert_eq!(tones(layer, control), expected, "CC{control}: {layer}");
    };
    // Rate, depth and delay of a vibrato that is not there; resonance without a filter; the attack of no attack.
    for control in [71, 76, 77, 78] {
        check(PLAIN, control, 1);
    }
    check("waveform = \"sine\"\nenvelope.attack_s = 0", 73, 1);
    check("waveform = \"sine\"\nenvelope.attack_s = 0.1", 73, 3);
    check("waveform = \"sine\"\nfilter.cutoff_hz = 900", 71, 3);
    for control in [76, 77, 78] {
        check(
            "waveform = \"sine\"\nlfo.pitch_cents = 9\nlfo.delay_s = 0.1",
            control,
            3,
        );
    }
    check("waveform = \"white_noise\"\nlfo.pitch_cents = 9", 77, 1);
    // CC74 closes a filter on every sound.
    check(PLAIN, 74, 3);
}

/// Asserts that a score without drums, which choke each other, sounds as its notes do, each played alone and then added.
/// A key that lets two notes go at once has one damper, so one of them is left out.
fn check_sum(score: &Score) {
    let (mut score, mut dampers) = (score.clone(), BTreeSet::new());
    score
        .notes
        .retain(|note| dampers.insert((note.channel, note.key, note.end)));
    let player = Player::general_midi().at(RATE);
    let whole = player.perform(&player.plan(&score)).0;
    let mut sum = vec![0.0; whole.len()];
    for note in &score.notes {
        let alone = Score {
            notes: vec![*note],
            ..score.clone()
        };
        let sound = player.perform(&player.plan(&alone)).0;
        for (sum, sample) in sum.iter_mut().zip(&sound.left) {
            *sum += f64::from(*sample);
        }
    }
    for (frame, (sum, sample)) in sum.iter().zip(&whole.left).enumerate() {
        let error = (sum - f64::from(*sample)).abs();
        assert!(error < 1e-5, "frame {frame}: {sample}, the sum is {sum}");
    }
}

/// The bytes of a file written in blocks of so many frames.
fn wav(sound: &Stereo, block: usize, spec: WavSpec) -> Vec<u8> {
    let mut writer = WavWriter::new(Vec::new(), spec, sound.len() as u64);
    for (left, right) in sound.left.chunks(block).zip(sound.right.chunks(block)) {
        let (left, right) = (left.to_vec(), right.to_vec());
        writer.write(&Stereo { left, right }).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn a_song_s_file_does_not_depend_on_how_it_is_cut_into_blocks() {
    let (player, score) = (player(), read(&fixture("hi_hat_choke.mid")));
    let plan = player.plan(&score);
    for format in [
        SampleFormat::I16,
        SampleFormat::I24,
        SampleFormat::I32,
        SampleFormat::F32,
    ] {
        let spec = WavSpec {
            sample_rate: player.rate,
            channels: Channels::Stereo,
            format,
            dither: true,
            raw: false,
        };
        let frames = cascade::render::frames(&plan, &player.settings);
        let mut writer = WavWriter::new(Vec::new(), spec, frames);
        cascade::render::render(&plan, &player.settings, None, |block| writer.write(block))
            .unwrap();
        let streamed = writer.finish().unwrap();
        let sound = player.perform(&plan).0;
        for block in [1, 1_000, sound.len()] {
            assert!(
                wav(&sound, block, spec) == streamed,
                "{format:?} in blocks of {block}"
            );
        }
    }
}

/// Something that happens in a random song, at a time in milliseconds.
#[derive(Clone, Debug)]
enum Happening {
    Note {
        channel: u8,
        key: u8,
        velocity: u8,
        length: u32,
    },
    Bend {
        channel: u8,
        bend: i16,
    },
    Control {
        channel: u8,
        controller: u8,
        value: u8,
    },
    Program {
        channel: u8,
        program: u8,
    },
    Pressure {
        channel: u8,
        pressure: u8,
    },
}

fn happening(channels: &'static [u8]) -> impl Strategy<Value = Happening> {
    // Few channels, keys and velocities, so that notes share and overlap.
    let channel = || prop::sample::select(channels);
    let key = prop_oneof![4 => 48u8..60, 1 => 0u8..128];
    let velocity = prop_oneof![Just(1u8), Just(64), Just(127)];
    let controller = prop::sample::select(vec![
        1u8, 5, 6, 7, 8, 10, 11, 64, 65, 66, 67, 68, 71, 72, 73, 74, 75, 76, 84, 100, 101, 120, 91,
        93, 121, 123, 126, 127,
    ]);
    let note = (channel(), key, velocity, 0u32..1_500);
    prop_oneof![
        6 => note.prop_map(|(channel, key, velocity, length)| Happening::Note { channel, key, velocity, length }),
        1 => (channel(), -8192i16..8192).prop_map(|(channel, bend)| Happening::Bend { channel, bend }),
        3 => (channel(), controller, 0u8..128)
            .prop_map(|(channel, controller, value)| Happening::Control { channel, controller, value }),
        1 => (channel(), 0u8..128).prop_map(|(channel, program)| Happening::Program { channel, program }),
        1 => (channel(), 0u8..128).prop_map(|(channel, pressure)| Happening::Pressure { channel, pressure }),
    ]
}

/// Random songs on these channels; 9 is drums.
pub(crate) fn random_score(channels: &'static [u8]) -> impl Strategy<Value = Score> {
    prop::collection::vec((0u32..2_500, happening(channels)), 1..40).prop_map(|happenings| {
        read(&song(|t| {
            for (time, happening) in &happenings {
                t.at(*time);
                match *happening {
                    Happening::Note {
                        channel,
                        key,
                        velocity,
                        length,
                    } => t.note(channel, key, velocity, *time..*time + length),
                    Happening::Bend { channel, bend } => t.bend(channel, bend),
                    Happening::Control {
                        channel,
                        controller,
                        value,
                    } => t.control(channel, controller, value),
                    Happening::Program { channel, program } => t.program(channel, program),
                    Happening::Pressure { channel, pressure } => t.pressure(channel, pressure),
                };
            }
            t
        }))
    })
}

/// A frame of something that has no period.
fn recorded(frame: u32) -> f32 {
    let hash = frame.wrapping_mul(0x9E37_79B9).rotate_left(13) ^ frame;
    hash.wrapping_mul(0x85EB_CA6B) as i32 as f32 / 2_147_483_648.0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_songs_sound_the_same_on_any_number_of_threads(score in random_score(&[0, 1, 9])) {
        check_threads("random song", &score);
    }

    #[test]
    fn random_songs_sound_the_same_shared_and_unshared(score in random_score(&[0, 1, 9])) {
        check_sharing("random song", &score);
    }

    #[test]
    fn random_songs_sound_the_same_in_scarce_memory(score in random_score(&[0, 1, 9])) {
        check_memory("random song", &score);
    }

    #[test]
    fn random_songs_sound_the_same_with_what_others_left(
        scores in prop::collection::vec(random_score(&[0, 1, 9]), 2..4)
    ) {
        check_library(&scores, 20_000_000);
    }

    #[test]
    fn random_songs_of_recordings_sound_the_same_whatever_the_way(score in random_score(&[0, 1, 9])) {
        let player = || {
            let frames: Vec<f32> = (0..4_000).map(|frame| recorded(frame) * 0.5).collect();
            Player::with_recordings(&frames).at(RATE).with_effects().limited()
        };
        check_threads_of(&player(), "recordings", &score);
        check_sharing_of(&player(), "recordings", &score);
        check_memory_of(player(), "recordings", &score);
        check_library_of(&player(), &[score.clone(), score], 20_000_000);
    }

    #[test]
    fn random_songs_are_the_sum_of_their_notes(score in random_score(&[0, 1])) {
        check_sum(&score);
    }
}
