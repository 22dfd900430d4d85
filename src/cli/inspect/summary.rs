//! The figures of a MIDI file. The names of the fields are those of the JSON, and stay.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::super::source::Source;
use super::count::{ChannelSummary, Count, TrackSummary};
use crate::midi::{self, Division, Format, Fps, Repair, Smf, names};
use crate::score::{self, Instant, Instrument, Score};

/// What is in a MIDI file.
#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) bytes: usize,
    /// 0, 1 or 2.
    pub(super) format: u8,
    pub(super) division: DivisionSummary,
    /// Seconds to the end of the last track; tracks of format 2 follow one another.
    pub(super) duration_s: f64,
    /// Note-ons.
    pub(super) notes: u64,
    /// The lowest and the highest key.
    pub(super) key_range: Option<[u8; 2]>,
    pub(super) peak_polyphony: usize,
    pub(super) tracks: Vec<TrackSummary>,
    pub(super) channels: Vec<ChannelSummary>,
    pub(super) programs: Vec<ProgramSummary>,
    pub(super) drum_keys: Vec<DrumSummary>,
    pub(super) controllers: Vec<ControllerSummary>,
    pub(super) pitch_bends: u64,
    pub(super) sysex: u64,
    pub(super) tempo_changes: u64,
    /// Quarter notes a minute, the slowest and the fastest that is set; without any it is 120.
    pub(super) tempo_range: Option<[f64; 2]>,
    /// In the order of their first appearance.
    pub(super) time_signatures: Vec<String>,
    pub(super) unended_notes: u64,
    pub(super) stray_note_offs: u64,
    /// All repairs, of which the first thousand are in `repairs`.
    pub(super) repair_count: usize,
    pub(super) repairs: Vec<RepairSummary>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum DivisionSummary {
    Metrical { ticks_per_quarter: u16 },
    Smpte { fps: f64, ticks_per_frame: u8 },
}

#[derive(Serialize)]
pub(super) struct ProgramSummary {
    /// Counted from 0.
    pub(super) program: u8,
    pub(super) name: &'static str,
    pub(super) notes: u64,
}

#[derive(Serialize)]
pub(super) struct DrumSummary {
    pub(super) key: u8,
    pub(super) notes: u64,
}

#[derive(Serialize)]
pub(super) struct ControllerSummary {
    pub(super) controller: u8,
    pub(super) name: Option<&'static str>,
    pub(super) count: u64,
}

#[derive(Serialize)]
pub(super) struct RepairSummary {
    /// Counted from 1; nothing for the file around the tracks.
    pub(super) track: Option<usize>,
    /// The damaged byte, from the start of the file.
    pub(super) offset: usize,
    pub(super) what: String,
    /// All of it as a sentence.
    #[serde(skip)]
    pub(super) sentence: String,
}

/// Reads a file and counts what is in it.
pub(super) fn of(source: &Source) -> Result<Summary> {
    let bytes = source.read()?;
    let smf = midi::parse(&bytes)?;
    let score = score::read(&smf);
    let mut count = Count::default();
    let tracks = smf.tracks.iter().map(|track| count.track(track)).collect();
    let (programs, drum_keys) = sounds(&score);
    let census = &score.census;
    Ok(Summary {
        bytes: bytes.len(),
        format: match smf.format {
            Format::SingleTrack => 0,
            Format::Parallel => 1,
            Format::Sequential => 2,
        },
        division: division(smf.division),
        duration_s: score.duration().0,
        notes: census.note_ons,
        key_range: count.key_range(),
        peak_polyphony: peak_polyphony(&score),
        tracks,
        channels: count.channels(),
        programs,
        drum_keys,
        controllers: controllers(&score),
        pitch_bends: census.bends.values().sum(),
        sysex: census.sysex,
        tempo_changes: census.tempo_changes,
        tempo_range: count.tempo_range(),
        time_signatures: count.time_signatures(),
        unended_notes: census.unended_notes,
        stray_note_offs: census.stray_note_offs,
        repair_count: smf.repairs.total(),
        repairs: repairs(&smf),
    })
}

fn division(division: Division) -> DivisionSummary {
    match division {
        Division::TicksPerQuarter(ticks) => DivisionSummary::Metrical {
            ticks_per_quarter: ticks.get(),
        },
        Division::Smpte {
            fps,
            ticks_per_frame,
        } => DivisionSummary::Smpte {
            fps: match fps {
                Fps::F24 => 24.0,
                Fps::F25 => 25.0,
                Fps::F2997 => 29.97,
                Fps::F30 => 30.0,
            },
            ticks_per_frame: ticks_per_frame.get(),
        },
    }
}

/// The programs and the drum keys that notes are played on.
fn sounds(score: &Score) -> (Vec<ProgramSummary>, Vec<DrumSummary>) {
    let (mut programs, mut keys) = (BTreeMap::<u8, u64>::new(), BTreeMap::<u8, u64>::new());
    for note in &score.notes {
        match score.articulation(note).sound {
            Instrument::Melodic { program, .. } => *programs.entry(program.get()).or_default() += 1,
            Instrument::Drums { .. } => *keys.entry(note.key.get()).or_default() += 1,
        }
    }
    let program = |(program, notes): (u8, u64)| ProgramSummary {
        program,
        name: names::program(program),
        notes,
    };
    let drum = |(key, notes)| DrumSummary { key, notes };
    (
        programs.into_iter().map(program).collect(),
        keys.into_iter().map(drum).collect(),
    )
}

fn controllers(score: &Score) -> Vec<ControllerSummary> {
    let mut counts = BTreeMap::<u8, u64>::new();
    for ((_, controller), count) in &score.census.controls {
        *counts.entry(*controller).or_default() += count;
    }
    let summary = |(controller, count)| ControllerSummary {
        controller,
        name: names::controller(controller),
        count,
    };
    counts.into_iter().map(summary).collect()
}

/// The most notes that sound at once; one that ends when another begins does not count.
fn peak_polyphony(score: &Score) -> usize {
    let mut ends: Vec<Instant> = score.notes.iter().map(|note| note.end).collect();
    ends.sort_unstable();
    let (mut ended, mut peak) = (0, 0);
    for (index, note) in score.notes.iter().enumerate() {
        let begun = index + 1;
        while ended < index && ends[ended] <= note.onset {
            ended += 1;
        }
        peak = peak.max(begun - ended);
    }
    peak
}

fn repairs(smf: &Smf<'_>) -> Vec<RepairSummary> {
    let summary = |repair: &Repair| RepairSummary {
        track: repair.track.map(|track| track + 1),
        offset: repair.offset,
        what: repair.kind.to_string(),
        sentence: repair.to_string(),
    };
    smf.repairs.iter().map(summary).collect()
}
