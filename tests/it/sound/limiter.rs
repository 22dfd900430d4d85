//! The limiter leaves a quiet song alone and holds a loud one down.

use crate::measure::peak;
use crate::player::{Player, fixture, song};
use crate::smf::Track;

/// -1 dBFS.
const CEILING: f64 = 0.891_250_938_133_745_5;

/// A chord of ten keys, each this loud.
fn chord(velocity: u8) -> Vec<u8> {
    let strike = |t: &mut Track| {
        for key in 60..70 {
            t.note(0, key, velocity, 0..800);
        }
    };
    song(|t| {
        t.control(0, 7, 127);
        strike(t);
        t
    })
}

fn check_quiet(bytes: &[u8]) {
    let plain = Player::of("sine").play(bytes);
    assert!(
        f64::from(plain.peak()) <= CEILING,
        "quiet enough to be a test"
    );
    assert!(plain == Player::of("sine").limited().play(bytes));
}

#[test]
fn a_quiet_song_is_the_same_bit_for_bit() {
    check_quiet(&fixture("one_note.mid"));
    check_quiet(&fixture("chromatic_scale.mid"));
    check_quiet(&fixture("expression_swell.mid"));
    check_quiet(&chord(30));
}

#[test]
fn a_loud_song_never_exceeds_minus_one_decibel() {
    for shape in ["sine", "square", "sawtooth", "triangle"] {
        let bytes = chord(127);
        assert!(
            f64::from(Player::of(shape).play(&bytes).peak()) > 1.5,
            "loud enough to be a test"
        );
        let limited = Player::of(shape).limited().play(&bytes);
        for plane in [&limited.left, &limited.right] {
            let peak = peak(plane);
            assert!(peak <= CEILING, "{shape}: {peak}");
            assert!(peak > 0.99 * CEILING, "{shape}: {peak} is too low");
        }
    }
}

#[test]
fn the_report_tells_the_peak_before_the_limiter_and_what_it_took_away() {
    let bytes = chord(127);
    let (plain, limited) = (Player::of("square"), Player::of("square").limited());
    let score = crate::player::read(&bytes);
    let (sound, loud) = plain.perform(&plain.plan(&score));
    let (_, report) = limited.perform(&limited.plan(&score));
    assert_eq!((loud.peak, loud.limiter), (sound.peak(), None));
    let limiter = report.limiter.unwrap();
    assert_eq!(report.peak, sound.peak());
    let needed = crate::measure::decibels(f64::from(report.peak) / CEILING);
    assert!(
        (limiter.max_reduction.0 - needed).abs() < 0.01,
        "{} of {needed} dB",
        limiter.max_reduction
    );
    assert!(limiter.limited_frames > 0);
}

#[test]
fn the_limiter_changes_neither_length_nor_timing() {
    let bytes = song(|t| {
        t.control(0, 7, 127).note(0, 60, 40, 0..300);
        (60..76).fold(t, |t, key| t.note(0, key, 127, 1_000..1_500))
    });
    let (plain, limited) = (
        Player::of("sine").left(&bytes),
        Player::of("sine").limited().left(&bytes),
    );
    assert_eq!(plain.len(), limited.len());
    assert_eq!(
        plain[..43_000],
        limited[..43_000],
        "more than 5 ms before the peak"
    );
}
