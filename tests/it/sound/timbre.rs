//! Filters and what moves them: key, velocity, envelope, and the controllers for brightness and resonance.

use crate::measure::{between, decibels, peak, power_spectrum};
use crate::player::{Player, RATE, song};
use crate::smf::Track;

/// A sawtooth under a plain low pass with its corner at 1 kHz, and more keys.
fn filtered(overrides: &[&str]) -> Player {
    let all = [&["filter.cutoff_hz=1000"], overrides].concat();
    Player::with("sawtooth", &all)
}

/// A key held for a second after `set`.
fn held(
    player: &Player,
    key: u8,
    velocity: u8,
    set: impl Fn(&mut Track) -> &mut Track,
) -> Vec<f32> {
    player.left(&song(|t| set(t).note(0, key, velocity, 0..1000)))
}

/// The level of each harmonic of A2 (110 Hz).
fn harmonics(samples: &[f32]) -> Vec<f64> {
    let (start, frames) = (RATE as usize / 5, 1 << 15);
    let power = power_spectrum(&samples[start..start + frames]);
    let bins = 110.0 * frames as f64 / f64::from(RATE);
    (1..=50)
        .map(|number| {
            let place = (bins * f64::from(number)).round() as usize;
            decibels(power[place - 8..=place + 8].iter().sum()) / 2.0
        })
        .collect()
}

/// The gain in dB that a low pass of the second order with Q = 0.707 has at a frequency, on an axis that the bilinear
/// transform bends.
fn butterworth(hertz: f64, cutoff: f64) -> f64 {
    let bent = |hertz: f64| libm::tan(std::f64::consts::PI * hertz / f64::from(RATE));
    let ratio = bent(hertz) / bent(cutoff);
    -10.0 * libm::log10(1.0 + ratio * ratio * ratio * ratio)
}

#[test]
fn a_lowpass_has_its_corner_at_the_cutoff_and_falls_by_twelve_decibels_an_octave() {
    let open = harmonics(&held(&Player::of("sawtooth"), 45, 127, |t| t));
    let closed = harmonics(&held(&filtered(&[]), 45, 127, |t| t));
    for (number, (open, closed)) in (1..).zip(open.iter().zip(&closed)) {
        let expected = butterworth(110.0 * f64::from(number), 1000.0);
        let gain = closed - open;
        assert!(
            (gain - expected).abs() < 0.05,
            "harmonic {number}: {gain} dB, expected {expected}"
        );
    }
}

/// Asserts that two ways to play a key give the same sound, but for rounding.
fn check_same(one: &[f32], other: &[f32]) {
    let (one, other) = (
        between(one, RATE, 150.0..990.0),
        between(other, RATE, 150.0..990.0),
    );
    let loudest = peak(one);
    for (frame, (one, other)) in one.iter().zip(other).enumerate() {
        let error = f64::from((one - other).abs());
        assert!(error < 1e-4 * loudest, "frame {frame}: {one} and {other}");
    }
}

#[test]
fn brightness_moves_the_cutoff_by_four_octaves_either_way() {
    let moved = |value| held(&filtered(&[]), 45, 100, |t| t.control(0, 74, value));
    let typed = |cutoff| held(&filtered(&[cutoff]), 45, 100, |t| t);
    check_same(&moved(0), &typed("filter.cutoff_hz=62.5"));
    check_same(&moved(32), &typed("filter.cutoff_hz=250"));
    check_same(&moved(127), &typed("filter.cutoff_hz=16000"));
}

#[test]
fn brightness_that_moves_later_leaves_an_earlier_note_alone() {
    let bent = |brightness| {
        song(|t| {
            t.note(0, 60, 100, 0..500).at(100).bend(0, 4000);
            t.at(2000).control(0, 74, brightness).at(3000).end()
        })
    };
    let player = Player::of("sawtooth");
    check_same(&player.left(&bent(64)), &player.left(&bent(30)));
}

#[test]
fn resonance_moves_by_half_its_range_either_way() {
    let moved = |value| {
        held(&filtered(&["filter.resonance=0.5"]), 45, 100, |t| {
            t.control(0, 71, value)
        })
    };
    let typed = |resonance| held(&filtered(&[resonance]), 45, 100, |t| t);
    check_same(&moved(0), &typed("filter.resonance=0"));
    check_same(&moved(64), &typed("filter.resonance=0.5"));
    check_same(&moved(32), &typed("filter.resonance=0.25"));
}

#[test]
fn a_soft_velocity_closes_the_filter_and_a_full_one_leaves_it() {
    // Velocity moves nothing but the filter here.
    let keys = ["velocity_curve=0", "filter.velocity_cents=2400"];
    let struck = |velocity| held(&filtered(&keys), 45, velocity, |t| t);
    let typed = |cutoff: f64| {
        let cutoff = format!("filter.cutoff_hz={cutoff}");
        held(&filtered(&["velocity_curve=0", &cutoff]), 45, 127, |t| t)
    };
    check_same(&struck(127), &typed(1000.0));
    // Four velocities have a timbre of their own; the others have that of the nearest.
    for (velocity, own) in [
        (1, 1.0),
        (21, 1.0),
        (22, 43.0),
        (43, 43.0),
        (100, 85.0),
        (106, 127.0),
    ] {
        let octaves = -2.0 * (1.0 - own / 127.0);
        check_same(&struck(velocity), &typed(1000.0 * libm::exp2(octaves)));
    }
}

#[test]
fn key_tracking_moves_the_cutoff_an_octave_per_octave() {
    for (key, cutoff) in [(48, 500.0), (60, 1000.0), (84, 4000.0)] {
        let tracked = held(&filtered(&["filter.key_tracking=1"]), key, 100, |t| t);
        let typed = held(
            &filtered(&[&format!("filter.cutoff_hz={cutoff}")]),
            key,
            100,
            |t| t,
        );
        check_same(&tracked, &typed);
    }
}

#[test]
fn the_filter_s_envelope_rests_at_its_sustain_level() {
    let keys = [
        "filter.envelope_cents=2400",
        "filter.decay_s=0.02",
        "filter.sustain_level=0.5",
    ];
    check_same(
        &held(&filtered(&keys), 45, 100, |t| t),
        &held(&filtered(&["filter.cutoff_hz=2000"]), 45, 100, |t| t),
    );
}

#[test]
fn tremolo_takes_its_share_of_the_gain_at_the_trough() {
    let keys = ["lfo.gain=0.5", "lfo.rate_hz=2", "envelope.sustain_level=1"];
    let swaying = held(&Player::with("sine", &keys), 96, 100, |t| t);
    let flat = held(
        &Player::with("sine", &["envelope.sustain_level=1"]),
        96,
        100,
        |t| t,
    );
    // In the second cycle, of half a second: the crest at 625 ms, the trough at 875 ms.
    let level = |samples, time: f64| peak(between(samples, RATE, time - 5.0..time + 5.0));
    let share = |time| level(&swaying, time) / level(&flat, time);
    assert!((share(625.0) - 1.0).abs() < 0.005, "{}", share(625.0));
    assert!((share(875.0) - 0.5).abs() < 0.005, "{}", share(875.0));
}
