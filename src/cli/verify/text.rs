//! What people read: each song that is not the same, why that may be, and where it differs.

use std::fmt::Write;

use super::song::{Case, Difference, Found};
use crate::batch::manifest::Entry;
use crate::batch::place::{Located, Sounding};
use crate::cli::junit::{Test, TestResult};
use crate::cli::messages::counted;
use crate::midi::names;
use crate::text::Shown;

/// Passages that are told of a song; `--report json` has all.
const TOLD: usize = 5;
/// Settings, banks and presets that are told; `--report json` has all.
const CHANGES: usize = 8;
/// Keys that are told of a channel.
const KEYS: usize = 8;

/// The whole report.
pub(super) fn of(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases
        .iter()
        .filter(|case| !matches!(case.found, Found::Same))
    {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<16} {}", verdict(case), Shown(&case.name));
        for line in lines(case) {
            let _ = writeln!(text, "    {}", Shown(line));
        }
    }
    let _ = writeln!(text, "{}", summary(cases));
    text
}

/// A verdict in words.
pub(super) fn verdict(case: &Case) -> &'static str {
    match case.found {
        Found::Same => "same",
        Found::Different(_) => "different",
        Found::NoBaseline => "no baseline",
        Found::NotVerified(_) => "not verified",
    }
}

/// How many songs came out how.
pub(super) fn summary(cases: &[Case]) -> String {
    let count = |word: &&str| cases.iter().filter(|case| verdict(case) == *word).count();
    let counts: Vec<String> = ["same", "different", "no baseline", "not verified"]
        .iter()
        .map(|word| (count(word), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let songs = counted(cases.len() as u64, "song", "songs");
    format!("{songs}: {}", counts.join(", "))
}

/// A song as a test of JUnit.
pub(super) fn test(case: &Case) -> Test {
    Test {
        name: case.name.clone(),
        result: match &case.found {
            Found::Same => TestResult::Passed,
            Found::NotVerified(reason) => TestResult::Error(reason.clone()),
            Found::NoBaseline if case.renewed.is_some() => TestResult::Passed,
            Found::NoBaseline => TestResult::Error(no_baseline(case).to_owned()),
            Found::Different(difference) => TestResult::Failed {
                message: headline(difference),
                body: lines(case),
            },
        },
    }
}

/// The first difference in one line.
pub(super) fn headline(difference: &Difference) -> String {
    match difference.places.first() {
        Some(first) => format!("differs {}", place(first)),
        None => "differs".to_owned(),
    }
}

/// What is told of a song that the manifest lacks.
pub(super) fn no_baseline(case: &Case) -> &'static str {
    match case.renewed {
        None => {
            "is not in the manifest, but in a folder whose songs are; make it part of the baseline with --bless REASON, or \
             move it elsewhere"
        }
        Some(_) => BLESSED,
    }
}

const BLESSED: &str = "blessed: from now on this is the baseline";

/// All that is told of a song that differs, or is new.
pub(super) fn lines(case: &Case) -> Vec<String> {
    let difference = match &case.found {
        Found::Different(difference) => difference,
        Found::NoBaseline => return vec![no_baseline(case).to_owned()],
        Found::Same | Found::NotVerified(_) => return Vec::new(),
    };
    let mut lines = suspicions(&case.recorded, difference);
    lines.extend(passages(difference));
    lines.extend(levels(&case.recorded, &difference.now));
    if let Some(compared) = &difference.compared {
        lines.extend(compared.lines());
    }
    if case.renewed.is_some() {
        lines.push(BLESSED.to_owned());
    }
    lines
}

/// What else is not as it was.
fn suspicions(recorded: &Entry, difference: &Difference) -> Vec<String> {
    let now = &difference.now;
    let why = recorded.reason.as_deref();
    let why = why.map_or(String::new(), |reason| format!(" ({reason})"));
    let is_older = recorded.version != now.version;
    let others = format!("presets, banks or settings are others than those of the baseline{why}");
    let mut lines = Vec::new();
    if is_older {
        let (then, now) = (&recorded.version, &now.version);
        lines.push(format!(
            "rendered by cascade {now}, the baseline{why} by {then}"
        ));
    }
    match &difference.changes {
        Some(changes) if !changes.is_empty() => {
            lines.push(format!("{others}:"));
            lines.extend(few(changes).into_iter().map(|line| format!("    {line}")));
        }
        Some(_) if is_older => {
            lines.push("with the same options, and presets and banks of the same texts".to_owned());
        }
        // The hash holds the version, too.
        None if is_older => {}
        None if recorded.settings_hash != now.settings_hash => {
            lines.push(format!(
                "{others}; which ones, only the manifest of a later version tells"
            ));
        }
        _ => lines.push(format!(
            "the same version, presets and settings as the baseline{why}: only the program or the machine is another"
        )),
    }
    lines
}

/// The first of them, and how many more there are.
fn few(changes: &[String]) -> Vec<String> {
    let mut told: Vec<String> = changes.iter().take(CHANGES).cloned().collect();
    if changes.len() > CHANGES {
        told.push(format!("... and {} more", changes.len() - CHANGES));
    }
    told
}

fn passages(difference: &Difference) -> Vec<String> {
    let places = &difference.places;
    if places.is_empty() {
        return vec![
            "where is not known: less than half a decibel in every octave, or no fingerprint"
                .to_owned(),
        ];
    }
    let mut lines = Vec::new();
    let likely = difference.likely_channels.iter();
    let likely: Vec<String> = likely.map(usize::to_string).collect();
    match likely.len() {
        0 => {}
        1 => lines.push(format!("likely: channel {}", likely[0])),
        _ => lines.push(format!("likely: channels {}", likely.join(", "))),
    }
    for located in places.iter().take(TOLD) {
        lines.push(format!("{}: {}", place(located), change(located)));
        let sounding = located.channels.iter();
        lines.extend(sounding.map(|channel| format!("    {}", notes(channel))));
        if located.channels.is_empty() {
            lines.push("    no note is held there: a release, an effect or the tail".to_owned());
        }
    }
    if let Some(last) = places.get(TOLD..).and_then(|rest| rest.last()) {
        let more = counted((places.len() - TOLD) as u64, "passage", "passages");
        lines.push(format!("... and {more} more, the last one {}", place(last)));
    }
    lines
}

/// Where a passage is.
pub(super) fn place(located: &Located) -> String {
    let times = format!(
        "{:.1} s to {:.1} s",
        located.passage.from_s, located.passage.to_s
    );
    match (&located.from, &located.to) {
        (Some(from), Some(to)) => format!("from bar {from} to {to} ({times})"),
        _ => format!("from {times}"),
    }
}

/// How much a passage differs.
pub(super) fn change(located: &Located) -> String {
    let passage = &located.passage;
    let hertz = match passage.band_hz {
        hertz if hertz >= 1000.0 => format!("{:.0} kHz", hertz / 1000.0),
        hertz => format!("{hertz:.0} Hz"),
    };
    format!(
        "loudness {:+.1} dB, the octave of {hertz} {:+.1} dB",
        passage.loudness_db, passage.band_db
    )
}

/// The notes of a channel.
pub(super) fn notes(sounding: &Sounding) -> String {
    let key = |key: &u8| match sounding.drums {
        true => key.to_string(),
        false => names::key(*key),
    };
    let keys: Vec<String> = sounding.keys.iter().take(KEYS).map(key).collect();
    let more = match sounding.keys.len() > KEYS {
        true => ", ...",
        false => "",
    };
    let sounds: Vec<&str> = sounding.sounds.iter().map(String::as_str).collect();
    format!(
        "channel {}, {}: {} ({}{more})",
        sounding.channel,
        sounds.join(", "),
        counted(sounding.notes as u64, "note", "notes"),
        keys.join(", ")
    )
}

/// What the whole became.
fn levels(recorded: &Entry, now: &Entry) -> Vec<String> {
    let mut lines = Vec::new();
    if let (Some(then), Some(now)) = (recorded.frames, now.frames)
        && then != now
    {
        lines.push(format!("length: {now} frames, {then} expected"));
    }
    let level = |name: &str, unit: &str, then: Option<f64>, now: Option<f64>| {
        let shown =
            |level: Option<f64>| level.map_or("silence".to_owned(), |l| format!("{l:.2} {unit}"));
        (then != now).then(|| format!("{name}: {}, {} expected", shown(now), shown(then)))
    };
    lines.extend(level("loudness", "LUFS", recorded.lufs, now.lufs));
    lines.extend(level("peak", "dBFS", recorded.peak_dbfs, now.peak_dbfs));
    lines
}
