//! Square, sawtooth and triangle have the harmonics of their series, and nothing else.

use cascade::units::Key;

use crate::measure::{LOBE, decibels, power_spectrum};
use crate::player::{Player, RATE, song};

/// Frames that are analysed: bins of 0.67 Hz, so that even the lines of key 12 stand 24 bins apart.
const FRAMES: usize = 1 << 16;

/// Every third key from the lowest whose lines stand apart.
fn keys() -> impl Iterator<Item = u8> {
    (12..=127).step_by(3)
}

/// The steady part of a held key.
struct Spectrum {
    power: Vec<f64>,
    bins_per_harmonic: f64,
}

impl Spectrum {
    fn of(player: &Player, key: u8) -> Self {
        let samples = player.left(&song(|t| t.note(0, key, 127, 0..1750)));
        let start = RATE as usize / 5;
        Self {
            power: power_spectrum(&samples[start..start + FRAMES]),
            bins_per_harmonic: Key::new(key).frequency().0 / bin_width(),
        }
    }

    /// The power of a harmonic.
    fn harmonic(&self, number: u32) -> f64 {
        let place = self.bins_per_harmonic * f64::from(number);
        let (first, last) = ((place - LOBE).ceil() as usize, (place + LOBE) as usize);
        self.power[first..=last].iter().sum()
    }

    /// The power between 20 Hz and 20 kHz of what is no harmonic, as a share of all power.
    fn impurity(&self) -> f64 {
        let audible = (20.0 / bin_width()) as usize..(20_000.0 / bin_width()) as usize;
        let is_harmonic = |bin: &usize| {
            let place = *bin as f64;
            let number = (place / self.bins_per_harmonic).round().max(1.0);
            (place - number * self.bins_per_harmonic).abs() <= LOBE
        };
        let rest: f64 = audible
            .filter(|bin| !is_harmonic(bin))
            .map(|bin| self.power[bin])
            .sum();
        rest / self.power.iter().sum::<f64>()
    }
}

fn bin_width() -> f64 {
    f64::from(RATE) / FRAMES as f64
}

fn check_purity(shape: &str) {
    let player = Player::of(shape);
    let mut worst = (f64::NEG_INFINITY, 0);
    for key in keys() {
        let level = decibels(Spectrum::of(&player, key).impurity()) / 2.0;
        assert!(
            level < -90.0,
            "{shape}, key {key}: {level:.1} dB are no harmonics"
        );
        if level > worst.0 {
            worst = (level, key);
        }
    }
    println!(
        "{shape}: at most {:.1} dB besides the harmonics, key {}",
        worst.0, worst.1
    );
}

#[test]
fn the_sine_is_pure() {
    check_purity("sine");
}

#[test]
fn the_square_does_not_alias() {
    check_purity("square");
}

#[test]
fn the_sawtooth_does_not_alias() {
    check_purity("sawtooth");
}

#[test]
fn the_triangle_does_not_alias() {
    check_purity("triangle");
}

/// Asserts that the harmonics below 15 kHz have the amplitudes of a series, to a 20th of a decibel.
fn check_series(shape: &str, amplitude: impl Fn(u32) -> f64) {
    let player = Player::of(shape);
    let mut worst = (0.0, 0, 0);
    for key in keys() {
        let spectrum = Spectrum::of(&player, key);
        let fundamental = spectrum.harmonic(1);
        for number in 2..=(15_000.0 / Key::new(key).frequency().0) as u32 {
            let level = decibels(spectrum.harmonic(number) / fundamental) / 2.0;
            let expected = decibels(amplitude(number));
            if expected == f64::NEG_INFINITY {
                assert!(
                    level < -90.0,
                    "{shape}, key {key}: harmonic {number} has {level:.1} dB"
                );
                continue;
            }
            let error = level - expected;
            assert!(
                error.abs() < 0.05,
                "{shape}, key {key}, harmonic {number}: {error:.3} dB off at {level} dB"
            );
            if error.abs() > f64::abs(worst.0) {
                worst = (error, key, number);
            }
        }
    }
    println!(
        "{shape}: worst harmonic {:.4} dB off, key {}, number {}",
        worst.0, worst.1, worst.2
    );
}

fn if_odd(number: u32, amplitude: f64) -> f64 {
    if number % 2 == 1 { amplitude } else { 0.0 }
}

#[test]
fn the_square_has_odd_harmonics_at_one_nth() {
    check_series("square", |n| if_odd(n, 1.0 / f64::from(n)));
}

#[test]
fn the_sawtooth_has_all_harmonics_at_one_nth() {
    check_series("sawtooth", |n| 1.0 / f64::from(n));
}

#[test]
fn the_triangle_has_odd_harmonics_at_one_nth_squared() {
    check_series("triangle", |n| if_odd(n, 1.0 / f64::from(n * n)));
}
