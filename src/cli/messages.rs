//! What is said about a rendered song: damage, silence, limited and clipped peaks, and the figures.

use super::args::config::Origin;
use super::console::Console;
use super::rendered::{Rendered, Times};
use super::settings::Settings;
use super::targets::Job;
use crate::bank::Bank;
use crate::midi::Repairs;
use crate::render::Report;
use crate::score::Score;
use crate::song::{Performance, Song};
use crate::units::{Decibels, Key, Seconds};
use crate::wav::{Channels, SampleFormat, WavSpec};

/// Repairs of a file that are told one by one.
const TOLD: usize = 5;

/// Which options were given, and where.
pub(super) fn origins(console: &Console, origins: &[Origin]) {
    for origin in origins {
        if console.is_verbose() {
            console.result(format_args!("{} ({})", origin.option, origin.place));
        }
    }
}

/// What was damaged.
pub(super) fn repairs(console: &Console, name: &str, repairs: &Repairs) {
    for repair in repairs.iter().take(TOLD) {
        console.warning(format_args!("{name}: {repair}"));
    }
    if repairs.total() > TOLD {
        let more = repairs.total() - TOLD;
        console.warning(format_args!(
            "{name}: ... and {more} more repairs (`cascade inspect` lists them)"
        ));
    }
}

/// What will not be heard.
pub(super) fn silence(
    console: &Console,
    name: &str,
    song: &Song,
    bank: &Bank,
    performance: &Performance<'_>,
) {
    let notes = song.score.notes.len();
    if notes == 0 {
        console.warning(format_args!(
            "{name}: there are no notes in it; the recording is silent"
        ));
    }
    if performance.plan().voices.is_empty() && performance.silent_notes() < notes as u64 {
        console.warning(format_args!(
            "{name}: no note sounds in what was asked for; the recording is silent"
        ));
    }
    let unheard = song.unheard(bank, performance);
    if unheard.drum_notes > 0 {
        let keys: Vec<String> = unheard.drum_keys.iter().map(Key::to_string).collect();
        let keys = keys.join(", ");
        console.warning(format_args!(
            "{name}: {} silent, since the bank has no drum for the keys {keys}",
            counted(unheard.drum_notes, "drum note is", "drum notes are")
        ));
    }
    if unheard.other_notes > 0 {
        console.warning(format_args!(
            "{name}: {} silent, since no layer of the preset sounds at their key and velocity",
            counted(unheard.other_notes, "note is", "notes are")
        ));
    }
}

/// Keys that a transposition has moved too far.
pub(super) fn folded(console: &Console, name: &str, score: &Score) {
    let folded = score.census.folded_notes;
    if folded > 0 {
        console.warning(format_args!(
            "{name}: {} folded back by octaves, since --transpose took them beyond the keys 0 to 127",
            counted(folded, "note was", "notes were")
        ));
    }
}

/// What a song became.
pub(super) fn song(console: &Console, job: &Job, song: &Rendered, settings: &Settings) {
    peaks(console, &job.source.shown(), song, settings);
    let duration = Seconds(song.report.frames as f64 * settings.wav.sample_rate.frame().0);
    let total = song.times.total().as_secs_f64();
    let target = job.target.shown();
    let notes = counted(song.note_ons, "note", "notes");
    let speed = duration.0 / total.max(1e-6);
    console.result(format_args!(
        "{target}: {duration}, {notes}, {total:.2} s ({speed:.0} x real time)"
    ));
    if console.is_verbose() {
        details(console, song, settings);
    }
}

/// What became of peaks.
fn peaks(console: &Console, name: &str, song: &Rendered, settings: &Settings) {
    let level = Decibels::from_gain(f64::from(song.report.peak)).0;
    if let Some(limiter) = song.report.limiter.filter(|l| l.limited_frames > 0) {
        let reduction = limiter.max_reduction.0;
        let time = Seconds(limiter.limited_frames as f64 * settings.wav.sample_rate.frame().0);
        console.note(format_args!(
            "{name}: peaks up to {level:+.1} dBFS were held down by the limiter, by up to {reduction:.1} dB \
             (for {time})"
        ));
    }
    if song.clipped > 0 {
        let samples = counted(song.clipped, "sample", "samples");
        // Down to the next tenth below full scale.
        let gain = song.report.gain.0 - (level * 10.0).ceil() / 10.0;
        console.warning(format_args!(
            "{name}: {samples} above full scale clipped (peak {level:+.1} dBFS); use --limiter on, --gain {gain:.1} or \
             --format f32"
        ));
    }
}

/// The figures of `--verbose`.
fn details(console: &Console, song: &Rendered, settings: &Settings) {
    let report = &song.report;
    recording(console, report.frames, &settings.wav);
    console.result(format_args!(
        "  {}, {} of {}, at most {} at once",
        counted(song.note_ons, "note", "notes"),
        counted(song.voices as u64, "voice", "voices"),
        counted(song.tones as u64, "distinct tone", "distinct tones"),
        song.peak_polyphony.unwrap_or_default()
    ));
    let (rendered, mixed) = (report.samples_rendered, report.samples_mixed);
    let shared = mixed as f64 / rendered.max(1) as f64;
    console.result(format_args!(
        "  {rendered} samples of tones rendered, {mixed} mixed ({shared:.1} x)"
    ));
    level(console, report, settings);
    let place = report.limiter.map_or("", |_| " before the limiter");
    match Decibels::from_gain(f64::from(report.peak)).0 {
        level if level.is_finite() => {
            console.result(format_args!("  peak {level:.1} dBFS{place}"));
        }
        _ => console.result("  silent"),
    }
    times(console, &song.times);
}

/// The gain that normalised it, and how loud it is.
fn level(console: &Console, report: &Report, settings: &Settings) {
    if settings.song.mix.normalize.is_some() {
        let gain = report.gain.0 - settings.song.mix.gain.0;
        console.result(format_args!("  normalized by {gain:+.3} dB"));
    }
    if let Some(loudness) = report.loudness {
        let (integrated, peak) = (
            loudness.integrated,
            loudness.true_peak.unwrap_or(loudness.peak).0,
        );
        console.result(format_args!(
            "  {integrated:.1} LUFS, true peak {peak:.1} dBTP"
        ));
    }
}

/// What the recording is made of.
fn recording(console: &Console, frames: u64, wav: &WavSpec) {
    let channels = match wav.channels {
        Channels::Mono => "mono",
        Channels::Stereo => "stereo",
    };
    let kind = match wav.format {
        SampleFormat::F32 => "float",
        _ => "integer",
    };
    let (rate, bits) = (wav.sample_rate, wav.format.bits());
    console.result(format_args!(
        "  {frames} frames at {rate}, {bits} bit {kind}, {channels}"
    ));
}

/// How long each stage took.
fn times(console: &Console, times: &Times) {
    let seconds = [times.read, times.score, times.plan, times.render].map(|t| t.as_secs_f64());
    let [read, score, plan, render] = seconds;
    console.result(format_args!(
        "  read {read:.3} s, score {score:.3} s, plan {plan:.3} s, render {render:.3} s"
    ));
}

/// A size: `12.3 MB`.
pub(super) fn bytes(count: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    match units.iter().find(|(unit, _)| count as f64 >= *unit) {
        Some((unit, name)) => format!("{:.1} {name}", count as f64 / unit),
        None => counted(count, "byte", "bytes"),
    }
}

/// `1 note`, `2 notes`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
