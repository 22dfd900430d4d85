//! What is counted event by event, track by track.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::midi::{EventKind, Message, Track};
use crate::units::{Channel, Key};

#[derive(Default, Serialize)]
pub(super) struct TrackSummary {
    pub(super) name: Option<String>,
    pub(super) events: u64,
    pub(super) notes: u64,
}

#[derive(Serialize)]
pub(super) struct ChannelSummary {
    /// Counted from 1.
    pub(super) channel: usize,
    pub(super) notes: u64,
}

/// What is counted event by event.
#[derive(Default)]
pub(super) struct Count {
    keys: BTreeSet<Key>,
    by_channel: BTreeMap<Channel, u64>,
    /// Microseconds per quarter note.
    tempos: BTreeSet<u32>,
    time_signatures: Vec<String>,
}

impl Count {
    /// Counts the events of a track.
    pub(super) fn track(&mut self, track: &Track<'_>) -> TrackSummary {
        let mut summary = TrackSummary::default();
        for event in track.events() {
            summary.events += 1;
            match event.kind {
                EventKind::Channel {
                    channel,
                    message: Message::NoteOn { key, .. },
                } => {
                    summary.notes += 1;
                    self.keys.insert(key);
                    *self.by_channel.entry(channel).or_default() += 1;
                }
                EventKind::TrackName(name) if summary.name.is_none() => {
                    summary.name = Some(text(name)).filter(|name| !name.is_empty());
                }
                EventKind::Tempo(tempo) => {
                    self.tempos.insert(tempo);
                }
                EventKind::TimeSignature { beats, note } => self.time_signature(beats, note),
                _ => {}
            }
        }
        summary
    }

    fn time_signature(&mut self, beats: u8, note: u16) {
        let shown = format!("{beats}/{note}");
        if !self.time_signatures.contains(&shown) {
            self.time_signatures.push(shown);
        }
    }

    /// The lowest and the highest key.
    pub(super) fn key_range(&self) -> Option<[u8; 2]> {
        Some([self.keys.first()?.get(), self.keys.last()?.get()])
    }

    /// Quarter notes a minute, the slowest and the fastest.
    pub(super) fn tempo_range(&self) -> Option<[f64; 2]> {
        let per_minute = |tempo: &u32| 60e6 / f64::from(*tempo);
        let (slowest, fastest) = (self.tempos.last()?, self.tempos.first()?);
        Some([per_minute(slowest), per_minute(fastest)])
    }

    /// Every time signature, in the order of first appearance.
    pub(super) fn time_signatures(self) -> Vec<String> {
        self.time_signatures
    }

    /// Notes by channel.
    pub(super) fn channels(&self) -> Vec<ChannelSummary> {
        let summary = |(channel, notes): (&Channel, &u64)| ChannelSummary {
            channel: channel.index() + 1,
            notes: *notes,
        };
        self.by_channel.iter().map(summary).collect()
    }
}

/// Text of a file: UTF-8, or else Latin-1 as old programs wrote it; what would upset a terminal is replaced.
fn text(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control())
        .replace(char::is_control, " ")
}
