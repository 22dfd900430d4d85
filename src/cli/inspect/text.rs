//! The figures of a MIDI file as people read them.

use std::fmt::{Display, Write};

use super::summary::{DivisionSummary, Summary};
use crate::midi::names;
use crate::text::Shown;
use crate::units::Seconds;

/// Everything, one fact a line.
pub(super) fn of(path: &str, summary: &Summary) -> String {
    let mut page = Page(format!("{}\n", Shown(path)));
    general(&mut page, summary);
    tracks(&mut page, summary);
    music(&mut page, summary);
    damage(&mut page, summary);
    page.0.truncate(page.0.trim_end().len());
    page.0
}

/// Lines of a name and a fact.
struct Page(String);

impl Page {
    fn fact(&mut self, name: &str, fact: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "  {name:<17} {}", Shown(fact));
    }

    /// A fact that is a list, if there is anything in it.
    fn list(&mut self, name: &str, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        if !items.is_empty() {
            self.fact(name, items.join(", "));
        }
    }
}

fn general(page: &mut Page, summary: &Summary) {
    page.fact("size", format_args!("{} bytes", summary.bytes));
    page.fact("format", summary.format);
    match summary.division {
        DivisionSummary::Metrical { ticks_per_quarter } => {
            page.fact(
                "division",
                format_args!("{ticks_per_quarter} ticks per quarter note"),
            );
        }
        DivisionSummary::Smpte {
            fps,
            ticks_per_frame,
        } => page.fact(
            "division",
            format_args!("{ticks_per_frame} ticks per SMPTE frame, {fps} frames per second"),
        ),
    }
    page.fact("duration", Seconds(summary.duration_s));
}

fn tracks(page: &mut Page, summary: &Summary) {
    page.fact("tracks", summary.tracks.len());
    for (index, track) in summary.tracks.iter().enumerate() {
        let name = track.name.as_deref().unwrap_or("(no name)");
        let (events, notes) = (track.events, track.notes);
        let number = format!("  {}", index + 1);
        page.fact(
            &number,
            format_args!("{events} events, {notes} notes: {name}"),
        );
    }
}

fn music(page: &mut Page, summary: &Summary) {
    page.fact(
        "notes",
        format_args!(
            "{}, at most {} at once",
            summary.notes, summary.peak_polyphony
        ),
    );
    if let Some([low, high]) = summary.key_range {
        let (low_name, high_name) = (names::key(low), names::key(high));
        page.fact(
            "keys",
            format_args!("{low} to {high} ({low_name} to {high_name})"),
        );
    }
    let channels = summary.channels.iter();
    page.list(
        "channels",
        channels.map(|c| format!("{} ({})", c.channel, c.notes)),
    );
    let programs = summary.programs.iter();
    page.list(
        "programs",
        programs.map(|p| format!("{} {} ({})", p.program, p.name, p.notes)),
    );
    let drums = summary.drum_keys.iter();
    page.list(
        "drum keys",
        drums.map(|d| format!("{} ({})", d.key, d.notes)),
    );
    let controllers = summary.controllers.iter();
    page.list(
        "controllers",
        controllers.map(|c| match c.name {
            Some(name) => format!("{} {name} ({})", c.controller, c.count),
            None => format!("{} ({})", c.controller, c.count),
        }),
    );
    let others = [
        ("pitch bends", summary.pitch_bends),
        ("SysEx", summary.sysex),
    ];
    for (name, count) in others.into_iter().filter(|(_, count)| *count > 0) {
        page.fact(name, count);
    }
    tempo(page, summary);
    page.list("time signatures", summary.time_signatures.iter().cloned());
}

fn tempo(page: &mut Page, summary: &Summary) {
    let changes = summary.tempo_changes;
    match summary.tempo_range {
        Some([slowest, fastest]) if slowest == fastest => {
            page.fact("tempo", format_args!("{slowest:.1} quarter notes a minute"));
        }
        Some([slowest, fastest]) => page.fact(
            "tempo",
            format_args!("{slowest:.1} to {fastest:.1} quarter notes a minute, {changes} changes"),
        ),
        None => page.fact("tempo", "120 quarter notes a minute (none is set)"),
    }
}

fn damage(page: &mut Page, summary: &Summary) {
    let oddities = [
        ("unended notes", summary.unended_notes),
        ("stray note-offs", summary.stray_note_offs),
    ];
    for (name, count) in oddities.into_iter().filter(|(_, count)| *count > 0) {
        page.fact(name, count);
    }
    page.fact("repairs", summary.repair_count);
    for repair in &summary.repairs {
        page.fact("", &repair.sentence);
    }
    let unkept = summary.repair_count - summary.repairs.len();
    if unkept > 0 {
        page.fact("", format_args!("... and {unkept} more"));
    }
}
