//! What people read: a line of verdict for each pair, the reasons and figures below those that are not the same.

use std::fmt::Write;

use super::judge::{Case, Found, Judged};
use crate::compare::limits::{Breach, LIMITS};
use crate::compare::{Figures, Verdict};
use crate::text::Shown;

/// The whole report.
pub(super) fn of(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<16} {}", verdict(case), Shown(&case.pair.name));
        if let Found::Compared(judged) = &case.found {
            details(&mut text, case, judged);
        }
    }
    if cases.len() > 1 {
        let _ = writeln!(text, "{}", summary(cases));
    }
    text
}

/// A verdict in words.
pub(super) fn verdict(case: &Case) -> String {
    match &case.found {
        Found::Compared(judged) => judged.judgement.verdict.to_string(),
        Found::NotCompared(_) => "not compared".to_owned(),
    }
}

/// How many cases ended how.
pub(super) fn summary(cases: &[Case]) -> String {
    let count = |word: &str| cases.iter().filter(|case| verdict(case) == word).count();
    let words = ["identical", "within tolerance", "different", "not compared"];
    let counts: Vec<String> = words
        .iter()
        .map(|word| (count(word), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} pairs: {}", cases.len(), counts.join(", "))
}

fn details(text: &mut String, case: &Case, judged: &Judged) {
    let Some(figures) = &judged.figures else {
        return;
    };
    for breach in &judged.judgement.breaches {
        let _ = writeln!(text, "    {} (profile {})", reason(breach), case.profile);
    }
    if judged.judgement.verdict == Verdict::Identical {
        return;
    }
    if let Some(cause) = &figures.cause {
        let _ = writeln!(text, "    likely: {cause}");
    }
    for (name, fact) in facts(figures) {
        let _ = writeln!(text, "    {name:<14} {fact}");
    }
}

/// A broken limit in words.
pub(super) fn reason(breach: &Breach) -> String {
    let limit = LIMITS.iter().find(|limit| limit.key == breach.limit);
    let meaning = limit.map_or("samples that are infinite or no number", |limit| {
        limit.meaning
    });
    let word = if limit.is_some_and(|limit| limit.is_least()) {
        "at least"
    } else {
        "allowed"
    };
    let Breach {
        limit,
        unit,
        found,
        allowed,
    } = breach;
    format!("{limit}: {found:.4} {unit}, {word} {allowed}: {meaning}").replace(".0000 ", " ")
}

/// The figures by name.
pub(super) fn facts(figures: &Figures) -> Vec<(&'static str, String)> {
    let f = figures;
    let total = f.frames[0].max(f.frames[1]) * f.channels as u64;
    let mut facts = vec![
        ("samples", differing(f, total)),
        (
            "peak",
            format!(
                "{} dBFS, {:.2} LSB of 16 bit, at {:.3} s in channel {}",
                db(f.peak_db),
                f.peak_lsb,
                f.peak_at_s,
                f.peak_channel
            ),
        ),
        (
            "rms",
            format!(
                "{} dBFS, signal-to-noise ratio {} dB",
                db(f.rms_db),
                db(f.snr_db)
            ),
        ),
        (
            "worst 100 ms",
            format!(
                "{} dBFS at {:.3} s, signal-to-noise ratio {} dB",
                db(f.worst_db),
                f.worst_at_s,
                db(f.worst_snr_db)
            ),
        ),
        (
            "loudness",
            pair(f.loudness_lufs, f.loudness_lu, "LUFS", "LU"),
        ),
        (
            "true peak",
            pair(f.true_peak_dbtp, f.true_peak_db, "dBTP", "dB"),
        ),
        (
            "level",
            format!(
                "gain {} dB, correlation {:.6}, one channel {:.2} dB, 300 ms {:.2} dB at {:.1} s",
                signed(f.gain_db),
                f.correlation,
                f.channel_db,
                f.envelope_db,
                f.envelope_at_s
            ),
        ),
        (
            "spectrum",
            format!(
                "{:.2} dB in third octaves, worst {:.2} dB at {:.1} s, tilt {} dB/octave",
                f.spectrum_db,
                f.spectrum_worst_db,
                f.spectrum_worst_at_s,
                signed(f.tilt_db)
            ),
        ),
    ];
    match (f.offset_ms, f.offset_correlation) {
        (Some(offset), Some(correlation)) if correlation > 0.5 => {
            facts.push((
                "offset",
                format!(
                    "{} ms, where the correlation is {correlation:.4}; not corrected",
                    signed(offset)
                ),
            ));
        }
        _ => facts.push(("offset", "none at which the waveforms are alike".to_owned())),
    }
    if f.length_s != 0.0 {
        let [actual, expected] = f.frames;
        facts.push((
            "length",
            format!(
                "{} s: {actual} frames, {expected} expected",
                signed(f.length_s)
            ),
        ));
    }
    defects(f, &mut facts);
    facts
}

fn differing(f: &Figures, total: u64) -> String {
    let range = match (f.first_difference_s, f.last_difference_s) {
        (Some(first), Some(last)) => format!(", from {first:.3} s to {last:.3} s"),
        _ => String::new(),
    };
    format!("{} of {total} differ{range}", f.differing_samples)
}

fn defects(f: &Figures, facts: &mut Vec<(&'static str, String)>) {
    let from = |at: Option<f64>| at.map_or(String::new(), |at| format!(", from {at:.3} s on"));
    if f.silence_s > 0.0 {
        facts.push((
            "silence",
            format!(
                "{:.2} s that should sound{}",
                f.silence_s,
                from(f.silence_at_s)
            ),
        ));
    }
    if f.clipped != [0, 0] {
        facts.push((
            "clipping",
            format!(
                "{} samples, {} expected{}",
                f.clipped[0],
                f.clipped[1],
                from(f.clipped_at_s)
            ),
        ));
    }
    if f.dc_db > -80.0 {
        facts.push(("offset from 0", format!("{} dBFS", db(f.dc_db))));
    }
    if f.not_finite != [0, 0] {
        facts.push((
            "not finite",
            format!(
                "{} samples, {} expected{}",
                f.not_finite[0],
                f.not_finite[1],
                from(f.not_finite_at_s)
            ),
        ));
    }
    if f.clicks > 0 {
        facts.push(("clicks", format!("{} new{}", f.clicks, from(f.click_at_s))));
    }
}

fn pair([actual, expected]: [f64; 2], change: f64, unit: &str, step: &str) -> String {
    format!(
        "{} {unit}, {} expected: {} {step}",
        db(actual),
        db(expected),
        signed(change)
    )
}

/// Decibels, the infinite by name.
fn db(value: f64) -> String {
    match value {
        f64::INFINITY => "infinite".to_owned(),
        f64::NEG_INFINITY => "-infinite".to_owned(),
        value => format!("{value:.2}"),
    }
}

fn signed(value: f64) -> String {
    if value.is_finite() {
        format!("{value:+.2}")
    } else {
        db(value)
    }
}
