//! Recordings are played in tune, looped as they say, and let go from where they are.

use std::f64::consts::TAU;

use cascade::units::Key;

use crate::measure::{between, cents, frequency};
use crate::player::{Player, RATE, song};

/// Frames of a sine of so many hertz at 44.1 kHz.
fn sine(hertz: f64, frames: usize) -> Vec<f32> {
    let sample = |frame| libm::sin(TAU * hertz * frame as f64 / 44_100.0) as f32;
    (0..frames).map(sample).collect()
}

/// A preset of one recording, heard as it is: no attack, no velocity.
fn preset(keys: &str) -> String {
    format!(
        "[[layer]]\nwaveform = \"recording\"\nlevel_db = 0\nvelocity_curve = 0\nenvelope.attack_s = 0\n\
         [layer.recording]\nfile = \"a.wav\"\n{keys}"
    )
}

fn check_in_tune(player: &Player, keys: &[u8], tolerance: f64) {
    for key in keys {
        let samples = player.left(&song(|t| t.note(0, *key, 100, 0..2000)));
        let (rate, expected) = (player.rate.hz(), Key::new(*key).frequency().0);
        let heard = frequency(between(&samples, rate, 200.0..1900.0), rate, expected);
        let error = cents(heard, expected);
        assert!(
            error.abs() < tolerance,
            "key {key} at {rate} Hz: {error} cents"
        );
    }
}

#[test]
fn a_loop_is_in_tune_on_every_key_and_at_every_rate() {
    // 441 Hz is 100 frames; the root is that much above A.
    let frames = sine(441.0, 1_000);
    let root = 69.0 + 12.0 * libm::log2(441.0 / 440.0);
    let toml = preset(&format!(
        "root_key = {root}\nloop_mode = \"forever\"\nloop_start = 200\nloop_end = 300"
    ));
    for rate in [22_050, 44_100, 96_000] {
        let player = Player::with_recording(&toml, &frames).at(rate);
        check_in_tune(&player, &[33, 45, 57, 69, 70, 81, 93], 0.05);
    }
}

#[test]
fn a_bend_and_a_vibrato_move_a_recording() {
    let toml = preset("root_key = 69\nloop_mode = \"forever\"\nloop_end = 4410");
    let player = Player::with_recording(&toml, &sine(440.0, 4_410));
    let bent = player.left(&song(|t| t.bend(0, 8191).note(0, 69, 100, 0..2000)));
    let heard = frequency(between(&bent, RATE, 200.0..1900.0), RATE, 493.9);
    // 8191 of 8192 of two semitones.
    assert!((cents(heard, 440.0) - 199.98).abs() < 0.05, "{heard} Hz");
}

#[test]
fn at_its_root_and_rate_a_recording_is_copied() {
    let frames: Vec<f32> = sine(1_000.0, 3_000);
    let player = Player::with_recording(&preset(""), &frames);
    let samples = player.left(&song(|t| t.note(0, 60, 127, 0..500)));
    // Volume 100, squared, and the middle of the pan.
    let gain = libm::pow(100.0 / 127.0, 2.0) * libm::sqrt(0.5);
    for (frame, sample) in frames.iter().enumerate() {
        let exact = f64::from(*sample) * gain;
        assert!(
            (f64::from(samples[frame]) - exact).abs() < 1e-6,
            "frame {frame}"
        );
    }
    assert!(samples[3_000..].iter().all(|sample| *sample == 0.0));
}

#[test]
fn a_recording_without_a_loop_ends_the_note() {
    let frames = sine(1_000.0, 4_410);
    let player = Player::with_recording(&preset(""), &frames);
    let seconds = |key| {
        let plan = player.plan(&crate::player::read(&song(|t| {
            t.note(0, key, 100, 0..5000)
        })));
        plan.sound_end as f64 / 44_100.0
    };
    assert!((seconds(60) - 0.1).abs() < 0.001, "{}", seconds(60));
    assert!((seconds(48) - 0.2).abs() < 0.001, "{}", seconds(48));
}

#[test]
fn a_loop_that_is_played_until_the_release_is_left_then() {
    // Silence follows the loop.
    let mut frames = sine(441.0, 1_000);
    frames.extend([0.0; 44_100]);
    let looped = |mode: &str| {
        let toml = preset(&format!(
            "loop_mode = \"{mode}\"\nloop_start = 500\nloop_end = 1000"
        )) + "\n[layer.envelope]\nrelease_s = 2";
        let toml = toml.replace("envelope.attack_s = 0\n", "");
        let player = Player::with_recording(&toml, &frames);
        let samples = player.left(&song(|t| t.note(0, 60, 100, 0..1000)));
        let peak = |range| {
            between(&samples, RATE, range)
                .iter()
                .fold(0.0f32, |a, b| a.max(b.abs()))
        };
        [peak(800.0..990.0), peak(1_050.0..1_300.0)]
    };
    let [held, after] = looped("until_release");
    assert!(held > 0.1 && after < 1e-4, "{held} {after}");
    let [held, after] = looped("forever");
    assert!(held > 0.1 && after > 0.01, "{held} {after}");
}

#[test]
fn the_decay_stops_at_the_release() {
    let toml = "[[layer]]\nwaveform = \"recording\"\nlevel_db = 0\nvelocity_curve = 0\n\
                envelope = { attack_s = 0, decay_s = 2, sustain_level = 0, release_s = 1 }\n\
                recording = { file = \"a.wav\", loop_mode = \"forever\" }";
    let player = Player::with_recording(toml, &[1.0; 100]);
    let samples = player.left(&song(|t| t.note(0, 60, 100, 0..500)));
    let at = |ms: usize| f64::from(samples[ms * RATE as usize / 1000]);
    // 60 dB in two seconds, then 60 dB in one.
    let db = |from, to| 20.0 * libm::log10(at(to) / at(from));
    assert!((db(100, 400) + 9.0).abs() < 0.2, "{}", db(100, 400));
    assert!((db(600, 900) + 18.0).abs() < 0.4, "{}", db(600, 900));
}

#[test]
fn notes_of_any_velocity_and_envelope_share_a_tone() {
    let toml =
        preset("loop_mode = \"forever\"").replace("velocity_curve = 0", "velocity_curve = 2");
    let player = Player::with_recording(&toml, &sine(441.0, 1_000));
    let score = crate::player::read(&song(|t| {
        let t = t.note(0, 60, 20, 0..500).note(0, 60, 120, 600..900);
        t.at(1000).control(0, 73, 90).note(0, 60, 90, 1000..1500)
    }));
    let plan = player.plan(&score);
    assert_eq!((plan.voices.len(), plan.tones.len()), (3, 1));
    assert!(plan.voices[0].gain < plan.voices[1].gain);
}
