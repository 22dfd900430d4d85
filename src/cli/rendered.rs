//! What became of a song, and how long each stage took.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::bank::PresetId;
use crate::batch::manifest::Companion;
use crate::batch::measure::WrittenAudio;
use crate::render;

/// What became of a song.
#[derive(Debug)]
pub(super) struct Rendered {
    /// What the rendering did.
    pub(super) report: render::Report,
    /// Samples beyond full scale that were cut off.
    pub(super) clipped: u64,
    /// Note-ons in the file.
    pub(super) note_ons: u64,
    /// Parts of notes that sounded.
    pub(super) voices: usize,
    /// Different tones among them.
    pub(super) tones: usize,
    /// The most voices at once, where the details are asked for.
    pub(super) peak_polyphony: Option<usize>,
    /// The presets that are heard.
    pub(super) presets: BTreeSet<PresetId>,
    /// Repairs of the file.
    pub(super) repairs: usize,
    /// What the manifest has of it, where one is kept.
    pub(super) recording: Option<WrittenAudio>,
    /// What it has of the labels, where they were asked for.
    pub(super) labels: Option<Companion>,
    /// What it has of the list of stems, where they were asked for.
    pub(super) stems: Option<Companion>,
    /// How long each stage took.
    pub(super) times: Times,
}

/// How long each stage took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// Reading the bytes and taking the file apart.
    pub(super) read: Duration,
    /// Events to notes.
    pub(super) score: Duration,
    /// Notes to tones.
    pub(super) plan: Duration,
    /// Tones to the finished file.
    pub(super) render: Duration,
}

impl Times {
    /// All of it.
    pub(super) fn total(&self) -> Duration {
        self.read + self.score + self.plan + self.render
    }
}
