//! The entry of a song in the making: what a run's entries share, whose it is, and what became of it.

use crate::batch::manifest::{Entry, Status};
use crate::batch::name::Name;
use crate::cli::args::render::RenderArgs;
use crate::cli::rendered::Rendered;
use crate::cli::settings::Settings;
use crate::cli::source::Source;
use crate::cli::targets::{Job, Target};

/// What the entries of a run have in common.
pub(super) fn blank(args: &RenderArgs, settings: &Settings) -> Entry {
    Entry {
        input: Name::new(""),
        output: None,
        status: Status::Failed,
        error_kind: None,
        error: None,
        input_hash: None,
        input_bytes: None,
        settings_hash: settings.digest(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: args.given.clone(),
        made_of: None,
        folder: None,
        output_hash: None,
        output_bytes: None,
        frames: None,
        sample_rate: settings.wav.sample_rate.hz(),
        duration_s: None,
        notes: None,
        peak_dbfs: None,
        lufs: None,
        repairs: None,
        labels: None,
        stems: None,
        fingerprint: None,
        reason: args.bless.reason.clone(),
    }
}

/// The entry of a song that is not rendered yet.
pub(super) fn begin(blank: &Entry, job: &Job) -> Entry {
    let input = match &job.source {
        Source::Stdin => Name::new("-"),
        Source::File(path) => Name::of_path(path),
    };
    let output = match (&job.place, &job.target) {
        (Some(place), _) => Some(Name::of_path(place)),
        (None, Target::File(path)) => Some(Name::of_path(path)),
        (None, Target::Stdout | Target::Nowhere) => None,
    };
    Entry {
        input,
        output,
        folder: job.folder.as_deref().cloned(),
        ..blank.clone()
    }
}

/// Fills in what became of a song.
pub(in crate::cli) fn complete(entry: &mut Entry, song: &Rendered, settings: &Settings) {
    let frames = song.report.frames;
    entry.status = Status::Ok;
    entry.frames = Some(frames);
    entry.duration_s = Some(frames as f64 / f64::from(settings.wav.sample_rate.hz()));
    entry.notes = Some(song.note_ons);
    entry.repairs = Some(song.repairs as u64);
    entry.labels.clone_from(&song.labels);
    entry.stems.clone_from(&song.stems);
    let made_of = settings.made_of.clone();
    entry.made_of = Some(made_of.with_presets(&settings.bank, song.presets.iter().copied()));
    if let Some(recording) = &song.recording {
        entry.output_hash = Some(recording.hash.clone());
        entry.output_bytes = Some(recording.bytes);
        entry.peak_dbfs = recording.peak_dbfs;
        entry.lufs = recording.lufs;
        entry.fingerprint = recording.fingerprint.clone().map(Into::into);
    }
}
