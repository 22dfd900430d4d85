//! What people type of music: tunings, transpositions, tempos, channels.

use std::ops::RangeInclusive;

use super::values::number;
use crate::units::{Channel, ChannelSet, Hertz, Ratio};

/// The lowest and the highest `--tuning`.
const TUNINGS: RangeInclusive<f64> = 400.0..=480.0;

/// The farthest `--transpose`: from one end of the keys to the other.
const MOST_SEMITONES: f64 = 127.0;

/// A frequency for the A above middle C.
pub(super) fn tuning(typed: &str) -> Result<Hertz, String> {
    let hertz = number(typed).filter(|hertz| TUNINGS.contains(hertz));
    hertz.map(Hertz).ok_or_else(|| {
        let (low, high) = (TUNINGS.start(), TUNINGS.end());
        format!("expected the frequency of A4, {low} to {high} Hz, such as 442")
    })
}

/// Semitones, up or down, whole or not.
pub(super) fn semitones(typed: &str) -> Result<f64, String> {
    let (sign, size) = match typed.as_bytes().first() {
        Some(b'-') => (-1.0, &typed[1..]),
        Some(b'+') => (1.0, &typed[1..]),
        _ => (1.0, typed),
    };
    let size = number(size).filter(|size| *size <= MOST_SEMITONES);
    size.map(|size| sign * size).ok_or_else(|| {
        format!("expected semitones, -{MOST_SEMITONES} to {MOST_SEMITONES}, such as -3 or 0.5")
    })
}

/// An exact ratio: `0.5`, `1.25`, `2/3`.
pub(super) fn ratio(typed: &str) -> Result<Ratio, String> {
    let ratio = match typed.split_once('/') {
        Some((numerator, denominator)) => digits(numerator).zip(digits(denominator)),
        None => decimal(typed),
    };
    let ratio = ratio.and_then(|(numerator, denominator)| Ratio::new(numerator, denominator));
    ratio.ok_or_else(|| {
        let (least, most) = (Ratio::LEAST, Ratio::MOST);
        format!(
            "expected {least} to {most} with at most six decimals, or a fraction: 0.5, 1.25, 2/3"
        )
    })
}

/// A decimal number as a fraction.
fn decimal(typed: &str) -> Option<(u32, u32)> {
    let (whole, decimals) = typed.split_once('.').unwrap_or((typed, ""));
    let places = u32::try_from(decimals.len()).ok().filter(|n| *n <= 6)?;
    let numerator = digits(&format!("{whole}{decimals}"))?;
    Some((numerator, 10u32.pow(places)))
}

fn digits(typed: &str) -> Option<u32> {
    let plain = typed.bytes().all(|b| b.is_ascii_digit());
    typed.parse().ok().filter(|_| plain)
}

/// Channels, counted from 1: `1,2,10`, `1-4,10`.
pub(super) fn channels(typed: &str) -> Result<ChannelSet, String> {
    let parts: Option<Vec<_>> = typed.split(',').map(channel_range).collect();
    let parts = parts.ok_or("expected channels from 1 to 16, as in 1,2,10 or 1-4,10")?;
    Ok(parts.into_iter().flatten().collect())
}

/// `3`, or `1-4`.
fn channel_range(typed: &str) -> Option<impl Iterator<Item = Channel> + use<>> {
    let (first, last) = typed.split_once('-').unwrap_or((typed, typed));
    let number = |typed: &str| digits(typed.trim()).filter(|n| (1..=16).contains(n));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then(|| (first..=last).map(|n| Channel::new(n as u8 - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_a_decimal_or_a_fraction_and_exact() {
        let check = |typed: &str, (numerator, denominator)| {
            let expected = Ratio::new(numerator, denominator);
            assert_eq!(ratio(typed).ok(), expected, "{typed}");
        };
        check("0.5", (5, 10));
        check("2", (2, 1));
        check("1.000001", (1_000_001, 1_000_000));
        check(".5", (5, 10));
        check("2/3", (2, 3));
        for typed in [
            "",
            ".",
            "0",
            "-1",
            "1e1",
            "1.0000001",
            "1/0",
            "/",
            "101",
            "2/",
            "1:2",
        ] {
            assert!(ratio(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn channels_are_numbers_and_ranges() {
        let check = |typed: &str, expected: &[u8]| {
            let set = channels(typed).unwrap();
            let found: Vec<u8> = (1..=16)
                .filter(|n| set.contains(Channel::new(n - 1)))
                .collect();
            assert_eq!(found, expected, "{typed}");
        };
        check("1,2,10", &[1, 2, 10]);
        check("1-4, 10", &[1, 2, 3, 4, 10]);
        check("16", &[16]);
        for typed in ["", "0", "17", "4-1", "1,", "a", "1-", "-3", "1-4-6"] {
            assert!(channels(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_transposition_has_a_sign_and_a_fraction() {
        assert_eq!(semitones("-3"), Ok(-3.0));
        assert_eq!(semitones("+0.5"), Ok(0.5));
        for typed in ["", "-", "--3", "128", "inf", "é"] {
            assert!(semitones(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_tuning_is_that_of_an_a() {
        assert_eq!(tuning("432"), Ok(Hertz(432.0)));
        for typed in ["", "-440", "399.9", "481", "220"] {
            assert!(tuning(typed).is_err(), "{typed}");
        }
    }
}
