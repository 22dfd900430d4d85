//! Values as people type them: times, sizes, decibels.

use crate::render::{Tail, Target};
use crate::units::{Decibels, SampleRate, Seconds};

/// The longest `--max-duration`: a century, so that frames stay far within 64 bits.
const LONGEST: f64 = 100.0 * 365.25 * 86_400.0;

/// The least `--memory`: below that not even one block of a few dozen notes fits.
const LEAST_MEMORY: u64 = 1_000_000;

/// The loudest and the softest `--gain`.
const MOST_DB: f64 = 120.0;

/// The most threads.
const MOST_JOBS: usize = 1024;

/// A time: `90`, `1.5`, `3:30`, `1:02:03`, `30s`, `90m`, `4h`, `1h30m`.
pub(super) fn time(typed: &str) -> Result<Seconds, String> {
    position(typed).and_then(|time| match time {
        Seconds(0.0) => Err("expected more than nothing".to_owned()),
        time => Ok(time),
    })
}

/// The longest song that is rendered: a time, or `off`, where none is too long.
pub(super) fn longest(typed: &str) -> Result<Seconds, String> {
    match typed {
        "off" => Ok(Seconds(LONGEST)),
        _ => time(typed).map_err(|error| format!("{error}; or off")),
    }
}

/// A place in a song, written as a [`time`]; 0 is its beginning.
pub(super) fn position(typed: &str) -> Result<Seconds, String> {
    let seconds = match typed.contains(':') {
        true => clock(typed),
        false => with_units(typed),
    };
    match seconds {
        Some(seconds) if seconds <= LONGEST => Ok(Seconds(seconds)),
        Some(_) => Err("expected at most a century".to_owned()),
        None => Err("expected seconds, m:ss, h:mm:ss, or units as in 30s, 90m, 4h".to_owned()),
    }
}

/// `m:ss` and `h:mm:ss`, seconds with or without a fraction.
fn clock(typed: &str) -> Option<f64> {
    let (rest, seconds) = typed.rsplit_once(':')?;
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (whole(hours)?, whole(minutes).filter(|m| *m < 60.0)?),
        None => (0.0, whole(rest)?),
    };
    let seconds = number(seconds).filter(|s| *s < 60.0)?;
    Some(hours * 3600.0 + minutes * 60.0 + seconds)
}

/// `90`, `30s`, `1h30m`.
fn with_units(typed: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = typed.trim();
    if let Some(seconds) = number(rest) {
        return Some(seconds);
    }
    while !rest.is_empty() {
        let unit = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let (count, after) = rest.split_at(unit);
        let end = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        total += number(count)?
            * match unit {
                "h" => 3600.0,
                "m" | "min" => 60.0,
                "s" => 1.0,
                _ => return None,
            };
        rest = after;
    }
    (!typed.trim().is_empty()).then_some(total)
}

/// Digits, perhaps with a fraction: neither signs, nor exponents, nor `inf`.
pub(super) fn number(typed: &str) -> Option<f64> {
    let plain = typed.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    typed.parse().ok().filter(|_| plain)
}

fn whole(typed: &str) -> Option<f64> {
    number(typed).filter(|_| !typed.contains('.'))
}

/// A size of memory.
pub(super) fn memory(typed: &str) -> Result<u64, String> {
    match size(typed)? {
        bytes if bytes >= LEAST_MEMORY => Ok(bytes),
        _ => Err("expected at least 1MB, the memory for a block of audio".to_owned()),
    }
}

/// A size: `1GiB`, `64MB`, `500k`, `1000000`. With an i, units are powers of 1024; without, of 1000.
pub(super) fn size(typed: &str) -> Result<u64, String> {
    let unit = typed
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(typed.len());
    let (count, unit) = typed.split_at(unit);
    let wrong = || "expected bytes, or a size such as 500MB, 64MiB, 2GiB".to_owned();
    let count = number(count.trim()).ok_or_else(wrong)?;
    let bytes = count * size_unit(unit).ok_or_else(wrong)?;
    // `as` saturates: more than there is anywhere is no limit.
    Ok(bytes as u64)
}

fn size_unit(unit: &str) -> Option<f64> {
    let unit = unit.to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (prefix, step) = match unit.strip_suffix('i') {
        Some(prefix) if !prefix.is_empty() => (prefix, 1024.0),
        _ => (unit, 1000.0),
    };
    match prefix {
        "" => Some(1.0),
        "k" => Some(step),
        "m" => Some(step * step),
        "g" => Some(step * step * step),
        "t" => Some(step * step * step * step),
        _ => None,
    }
}

/// Decibels.
pub(super) fn gain(typed: &str) -> Result<Decibels, String> {
    match typed.parse::<f64>() {
        Ok(db) if db.abs() <= MOST_DB => Ok(Decibels(db)),
        _ => Err(format!(
            "expected decibels, -{MOST_DB} to {MOST_DB}, such as -6"
        )),
    }
}

/// What follows the last note: `auto`, or a time, which may be 0 or `off`.
pub(super) fn tail(typed: &str) -> Result<Tail, String> {
    match (typed, number(typed)) {
        ("auto", _) => Ok(Tail::Auto),
        ("off", _) | (_, Some(0.0)) => Ok(Tail::Seconds(Seconds(0.0))),
        _ => time(typed)
            .map(Tail::Seconds)
            .map_err(|error| format!("{error}; or auto, or off")),
    }
}

/// A level: `peak=-1`, `lufs=-14`.
pub(super) fn target(typed: &str) -> Result<Target, String> {
    let wrong =
        "expected peak=DB, at most 0, such as peak=-1; or lufs=LUFS, -70 to 0, such as lufs=-14";
    let (kind, level) = typed.split_once('=').ok_or(wrong)?;
    let level: f64 = level.parse().map_err(|_| wrong)?;
    match kind {
        "peak" if (-MOST_DB..=0.0).contains(&level) => Ok(Target::TruePeak(Decibels(level))),
        // Below -70 LUFS EBU R 128 hears nothing.
        "lufs" if (-70.0..=0.0).contains(&level) => Ok(Target::Loudness(level)),
        _ => Err(wrong.to_owned()),
    }
}

/// Frames per second.
pub(super) fn sample_rate(typed: &str) -> Result<SampleRate, String> {
    let rate = typed.parse().ok().and_then(SampleRate::new);
    rate.ok_or_else(|| {
        let (min, max) = (SampleRate::MIN, SampleRate::MAX);
        format!("expected a whole number of Hz, {min} to {max}, such as 48000")
    })
}

/// A channel of a recording, counted from 1.
pub(super) fn wav_channel(typed: &str) -> Result<usize, String> {
    let channel = typed.parse().ok().filter(|n| (1..=65_535).contains(n));
    channel.ok_or_else(|| "expected channels counted from 1, such as 1,2".to_owned())
}

/// A number of threads.
pub(super) fn jobs(typed: &str) -> Result<usize, String> {
    let jobs = typed.parse().ok().filter(|n| (1..=MOST_JOBS).contains(n));
    jobs.ok_or_else(|| format!("expected a number of threads, 1 to {MOST_JOBS}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_a_clock_or_units() {
        let check = |typed: &str, expected: f64| assert_eq!(time(typed), Ok(Seconds(expected)));
        check("90", 90.0);
        check("1.5", 1.5);
        check("3:30", 210.0);
        check("90:00", 5400.0);
        check("1:02:03.5", 3723.5);
        check("30s", 30.0);
        check("90m", 5400.0);
        check("4h", 14_400.0);
        check("1h30m", 5400.0);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for typed in [
            "",
            "h",
            "-1",
            "0",
            "1e3",
            "inf",
            "nan",
            "3:60",
            "1:60:00",
            "1:2:3:4",
            "4d",
            ":",
            "1:",
            "9e99h",
            "4 x",
            "999999999h",
        ] {
            assert!(time(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_size_has_units_of_1000_or_1024() {
        let check = |typed: &str, expected: u64| assert_eq!(memory(typed), Ok(expected));
        check("1GiB", 1 << 30);
        check("64MB", 64_000_000);
        check("2000k", 2_000_000);
        check("1.5 MiB", 3 << 19);
        check("1000000", 1_000_000);
        check("2G", 2_000_000_000);
    }

    #[test]
    fn what_is_no_size_or_too_small_is_refused() {
        for typed in ["", "MB", "-1GB", "1 parsec", "500k", "0", "infGB", "1ib"] {
            assert!(memory(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_place_in_a_song_may_be_its_beginning() {
        assert_eq!(position("0"), Ok(Seconds(0.0)));
        assert_eq!(position("0:00"), Ok(Seconds(0.0)));
        assert_eq!(position("1:30"), Ok(Seconds(90.0)));
        assert!(position("-1").is_err());
    }

    #[test]
    fn decibels_are_finite() {
        assert_eq!(gain("-6"), Ok(Decibels(-6.0)));
        for typed in ["", "inf", "nan", "121", "6dB"] {
            assert!(gain(typed).is_err(), "{typed}");
        }
    }
}
