//! The envelope that is heard has the times and levels that the preset asks for.
//!
//! A note divided by the same note held flat is its envelope, sample by sample.

use crate::measure::between;
use crate::player::{Player, RATE, song};

/// Attack 0.1 s, decay 0.2 s to one half, release 0.3 s.
const SHAPED: [&str; 4] = [
    "envelope.attack_s=0.1",
    "envelope.decay_s=0.2",
    "envelope.sustain_level=0.5",
    "envelope.release_s=0.3",
];

const FLAT: [&str; 3] = [
    "envelope.attack_s=0",
    "envelope.sustain_level=1",
    "envelope.release_s=5",
];

/// The envelope of key 84 held for so many milliseconds: frames and values, where the tone is strong enough to tell.
fn heard(overrides: &[&str], held: u32) -> Vec<(usize, f64)> {
    let shaped = Player::with("sine", overrides).left(&song(|t| t.note(0, 84, 100, 0..held)));
    let flat = Player::with("sine", &FLAT).left(&song(|t| t.note(0, 84, 100, 0..5000)));
    let strong = 0.5 * crate::measure::peak(&flat);
    shaped
        .iter()
        .zip(&flat)
        .enumerate()
        .filter(|(_, (_, flat))| f64::from(flat.abs()) > strong)
        .map(|(frame, (shaped, flat))| (frame, f64::from(*shaped) / f64::from(*flat)))
        .collect()
}

/// An exponential that loses 60 dB in `duration` and is shifted to end at `to`, `time` after it left `from`.
fn fall(from: f64, to: f64, time: f64, duration: f64) -> f64 {
    let left = libm::pow(0.001, time / duration);
    to + (from - to) * (left - 0.001) / 0.999
}

/// The envelope that `SHAPED` asks for while the key is down, at a time in seconds.
fn held(time: f64) -> f64 {
    match time {
        ..0.1 => time / 0.1,
        ..0.3 => fall(1.0, 0.5, time - 0.1, 0.2),
        _ => 0.5,
    }
}

/// The envelope that `SHAPED` asks for of a key that goes up at `gate`: the rise stops there, and the release multiplies
/// whatever else the envelope does.
fn asked(time: f64, gate: f64) -> f64 {
    if time < gate {
        return held(time);
    }
    let released = if time < gate + 0.3 {
        fall(1.0, 0.0, time - gate, 0.3)
    } else {
        0.0
    };
    let rise = |time: f64| (time / 0.1).min(1.0);
    held(time) * released * rise(gate) / rise(time)
}

fn check_shape(milliseconds: u32) {
    let mut worst = 0.0f64;
    for (frame, value) in heard(&SHAPED, milliseconds) {
        let expected = asked(
            frame as f64 / f64::from(RATE),
            f64::from(milliseconds) * 1e-3,
        );
        assert!(
            (value - expected).abs() < 2e-5,
            "{milliseconds} ms, frame {frame}: {value}, expected {expected}"
        );
        worst = worst.max((value - expected).abs());
    }
    println!("{milliseconds} ms: worst envelope error {worst:.2e}");
}

#[test]
fn attack_decay_sustain_and_release_are_met_at_every_sample() {
    check_shape(1000);
}

#[test]
fn a_key_let_go_in_the_attack_or_the_decay_releases_from_there() {
    check_shape(50);
    check_shape(150);
}

#[test]
fn a_note_ends_with_its_release_to_the_frame() {
    let samples = Player::with("sine", &SHAPED).left(&song(|t| t.note(0, 84, 100, 0..1000)));
    assert_eq!(samples.len(), 57_330);
    assert!(samples[57_320..].iter().any(|sample| *sample != 0.0));
}

#[test]
fn a_hold_keeps_the_full_level() {
    let shaped = [&SHAPED[..], &["envelope.hold_s=0.25"]].concat();
    for (frame, value) in heard(&shaped, 600) {
        let time = frame as f64 / f64::from(RATE);
        if (0.1..0.35).contains(&time) {
            assert!((value - 1.0).abs() < 2e-5, "frame {frame}: {value}");
        }
    }
}

#[test]
fn an_envelope_without_sustain_ends_by_itself() {
    let bell = [
        "envelope.attack_s=0.01",
        "envelope.decay_s=0.2",
        "envelope.sustain_level=0",
    ];
    let samples = Player::with("sine", &bell).left(&song(|t| t.note(0, 84, 100, 0..1000)));
    assert!(
        between(&samples, RATE, 200.0..209.0)
            .iter()
            .any(|sample| *sample != 0.0)
    );
    assert!(
        between(&samples, RATE, 211.0..1000.0)
            .iter()
            .all(|sample| *sample == 0.0)
    );
}

/// Asserts how much longer a controller's value makes a time: what is heard with it is heard with `seconds` typed too.
fn check_time(controller: u8, value: u8, key: &str, seconds: f64) {
    let preset = [
        "envelope.attack_s=0.1",
        "envelope.decay_s=0.2",
        "envelope.sustain_level=0.5",
        "envelope.release_s=0.3",
        &format!("{key}={seconds}"),
    ];
    let typed = Player::with("sine", &preset).left(&song(|t| t.note(0, 84, 100, 0..1500)));
    let moved = Player::with("sine", &SHAPED).left(&song(|t| {
        t.control(0, controller, value).note(0, 84, 100, 0..1500)
    }));
    assert_eq!(typed, moved, "CC{controller} = {value}");
}

#[test]
fn attack_decay_and_release_controllers_double_a_time_every_sixteen_steps() {
    check_time(73, 80, "envelope.attack_s", 0.2);
    check_time(75, 80, "envelope.decay_s", 0.4);
    check_time(72, 96, "envelope.release_s", 1.2);
    check_time(72, 48, "envelope.release_s", 0.15);
}
