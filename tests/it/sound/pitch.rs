//! Every key sounds at its frequency, and what moves it moves it by the right number of cents.

use cascade::units::Key;

use crate::measure::{between, cents, frequency};
use crate::player::{Player, RATE, fixture, song};

/// The classic shapes.
const SHAPES: [&str; 4] = ["sine", "square", "sawtooth", "triangle"];

/// How far a key is out of tune, in cents.
fn error(player: &Player, key: u8) -> f64 {
    let (rate, expected) = (player.rate.hz(), Key::new(key).frequency().0);
    let samples = player.left(&song(|t| t.note(0, key, 100, 0..2000)));
    cents(
        frequency(between(&samples, rate, 200.0..1900.0), rate, expected),
        expected,
    )
}

fn check_in_tune(player: &Player, keys: impl Iterator<Item = u8>, tolerance: f64) {
    let mut worst = (0.0, 0);
    for key in keys {
        let error = error(player, key);
        assert!(
            error.abs() < tolerance,
            "key {key} at {}: {error} cents",
            player.rate
        );
        if error.abs() > f64::abs(worst.0) {
            worst = (error, key);
        }
    }
    println!(
        "worst pitch at {}: {:.6} cents, key {}",
        player.rate, worst.0, worst.1
    );
}

#[test]
fn every_key_of_the_sine_is_in_tune_to_a_hundredth_of_a_cent() {
    check_in_tune(&Player::of("sine"), 0..=127, 0.01);
}

#[test]
fn every_shape_is_in_tune_at_every_rate() {
    for shape in SHAPES {
        for rate in [8_000, 48_000, 96_000, 192_000] {
            check_in_tune(
                &Player::of(shape).at(rate),
                [21, 60, 69, 100].into_iter(),
                0.01,
            );
        }
    }
}

#[test]
fn a_key_above_half_the_rate_is_silent() {
    for shape in SHAPES {
        let samples = Player::of(shape)
            .at(8_000)
            .left(&song(|t| t.note(0, 127, 127, 0..200)));
        assert!(samples.iter().all(|sample| *sample == 0.0), "{shape}");
    }
}

/// Asserts that middle C, moved as `bytes` tell, sounds `expected` cents higher between two times in milliseconds.
fn check_shift(bytes: &[u8], milliseconds: std::ops::Range<f64>, expected: f64) {
    let samples = Player::with("sine", &["envelope.release_s=0"]).left(bytes);
    let middle_c = Key::new(60).frequency().0;
    let near = middle_c * libm::exp2(expected / 1200.0);
    let found = frequency(between(&samples, RATE, milliseconds.clone()), RATE, near);
    let shift = cents(found, middle_c);
    assert!(
        (shift - expected).abs() < 0.05,
        "{milliseconds:?}: {shift} cents, expected {expected}"
    );
}

#[test]
fn the_wheel_bends_by_two_semitones() {
    let bytes = fixture("bend.mid");
    check_shift(&bytes, 600.0..980.0, 200.0 * 8191.0 / 8192.0);
    check_shift(&bytes, 1_050.0..1_450.0, 0.0);
    check_shift(&bytes, 1_550.0..1_950.0, -200.0);
}

#[test]
fn rpn_0_sets_the_bend_range() {
    let bytes = fixture("bend_range_12.mid");
    check_shift(&bytes, 50.0..450.0, 1200.0 * 8191.0 / 8192.0);
    check_shift(&bytes, 550.0..950.0, -1200.0);
}

#[test]
fn rpn_1_and_2_tune_a_channel() {
    let bytes = fixture("tuning_rpn.mid");
    check_shift(&bytes, 50.0..450.0, 50.0);
    check_shift(&bytes, 550.0..950.0, 350.0);
}

#[test]
fn system_exclusive_tunes_and_transposes_all_channels() {
    // Universal Master Fine Tuning: 14 bits around 8192 are 100 cents either way; Coarse Tuning: semitones from 64.
    let fine = [0x7F, 0x7F, 0x04, 0x03, 0x00, 0x60];
    let coarse = [0x7F, 0x7F, 0x04, 0x04, 0x00, 0x40 - 5];
    let bytes = song(|t| {
        t.at(0)
            .sysex(&fine)
            .sysex(&coarse)
            .note(7, 60, 100, 0..1000)
    });
    check_shift(&bytes, 200.0..950.0, 50.0 - 500.0);
}

#[test]
fn reset_all_controllers_lets_the_wheel_go() {
    check_shift(&fixture("reset_all_controllers.mid"), 1_100.0..1_450.0, 0.0);
}

/// How many cents above key 108 it sounds at a time in milliseconds, where about `near` are expected.
fn cents_at(samples: &[f32], time: f64, near: f64) -> f64 {
    let reference = Key::new(108).frequency().0;
    let span = between(samples, RATE, time - 9.0..time + 9.0);
    cents(
        frequency(span, RATE, reference * libm::exp2(near / 1200.0)),
        reference,
    )
}

/// Times in milliseconds, 5 ms apart.
fn times(from: u32, to: u32) -> impl Iterator<Item = f64> {
    (from..to).step_by(5).map(f64::from)
}

/// Asserts how far vibrato swings to either side of key 108, in cents.
fn check_vibrato(expected: f64, bytes: &[u8]) {
    let samples = Player::of("sine").left(bytes);
    let swing = times(1_000, 2_500).fold((0.0f64, 0.0f64), |(low, high), time| {
        let cents = cents_at(&samples, time, 0.0);
        (low.min(cents), high.max(cents))
    });
    let tolerance = 0.01 * expected + 0.05;
    assert!(
        (swing.0 + expected).abs() < tolerance && (swing.1 - expected).abs() < tolerance,
        "{swing:?}, expected {expected}"
    );
}

#[test]
fn the_modulation_wheel_swings_fifty_cents_to_either_side() {
    check_vibrato(0.0, &song(|t| t.note(0, 108, 100, 0..2600)));
    check_vibrato(
        50.0,
        &song(|t| t.control(0, 1, 127).note(0, 108, 100, 0..2600)),
    );
    let halfway = song(|t| t.control(0, 1, 64).note(0, 108, 100, 0..2600));
    check_vibrato(50.0 * 64.0 / 127.0, &halfway);
}

#[test]
fn rpn_5_sets_the_depth_of_the_modulation_wheel() {
    let deep = song(|t| {
        t.rpn(0, 5, 1, 0)
            .control(0, 1, 127)
            .note(0, 108, 100, 0..2600)
    });
    check_vibrato(100.0, &deep);
}

#[test]
fn pressure_on_channel_or_key_is_vibrato_too() {
    check_vibrato(
        50.0,
        &song(|t| t.pressure(0, 127).note(0, 108, 100, 0..2600)),
    );
    check_vibrato(
        50.0,
        &song(|t| t.key_pressure(0, 108, 127).note(0, 108, 100, 0..2600)),
    );
    check_vibrato(
        0.0,
        &song(|t| t.key_pressure(0, 107, 127).note(0, 108, 100, 0..2600)),
    );
}

#[test]
fn pressure_on_a_drum_s_key_counts_whether_or_not_it_moves() {
    let player = Player::general_midi();
    let stroke = |time| {
        player.left(&song(|t| {
            t.note(9, 49, 100, 10..500)
                .at(time)
                .key_pressure(9, 49, 127)
        }))
    };
    let untouched = player.left(&song(|t| t.note(9, 49, 100, 10..500)));
    let differs = |sound: Vec<f32>| {
        sound
            .iter()
            .zip(&untouched)
            .any(|(one, other)| one != other)
    };
    assert_eq!(
        (differs(stroke(0)), differs(stroke(200))),
        (true, true),
        "before the stroke and during it"
    );
}

#[test]
fn portamento_glides_from_the_last_key_in_a_straight_line_and_arrives() {
    // CC5 = 64: 5 ms, doubled every 12 steps.
    let duration = 5.0 * libm::exp2(64.0 / 12.0);
    let bytes = song(|t| {
        t.control(0, 5, 64).control(0, 65, 127);
        t.note(0, 96, 100, 0..500).note(0, 108, 100, 500..1500)
    });
    let samples = Player::with("sine", &["envelope.release_s=0"]).left(&bytes);
    for time in times(520, 1_400) {
        let left = 1.0 - (time - 500.0) / duration;
        let expected = -1200.0 * left.max(0.0);
        let cents = cents_at(&samples, time, expected);
        let at_corner = left.abs() < 12.0 / duration;
        assert!(
            (cents - expected).abs() < if at_corner { 40.0 } else { 2.0 },
            "{time} ms: {cents} cents, expected {expected}"
        );
    }
}

#[test]
fn portamento_that_is_off_leaves_the_pitch_alone() {
    check_shift(&fixture("portamento.mid"), 2_050.0..2_950.0, 0.0);
}
