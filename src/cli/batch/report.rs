//! `--report json`: a line for each input as it ends, with all that the manifest has of it and what it took.

use std::io::{self, Write};

use serde::Serialize;

use crate::batch::manifest::Entry;
use crate::cli::rendered::Rendered;
use crate::cli::stdout;

/// A line. The names of the fields are those of the JSON, and stay.
#[derive(Serialize)]
struct ReportLine<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    /// Whether it was skipped, since an earlier run rendered it.
    unchanged: bool,
    #[serde(flatten)]
    figures: Figures,
}

/// What rendering took; all nothing if it was not rendered now.
#[derive(Default, Serialize)]
struct Figures {
    /// Parts of notes that sounded.
    voices: Option<usize>,
    /// Different tones among them.
    tones: Option<usize>,
    /// The most voices at once.
    peak_polyphony: Option<usize>,
    /// Samples of tones.
    samples_rendered: Option<u64>,
    /// Samples of voices.
    samples_mixed: Option<u64>,
    /// Samples beyond full scale.
    clipped_samples: Option<u64>,
    /// Frames that the limiter held down.
    limited_frames: Option<u64>,
    /// Seconds for each stage.
    read_s: Option<f64>,
    score_s: Option<f64>,
    plan_s: Option<f64>,
    render_s: Option<f64>,
}

impl Figures {
    fn of(song: &Rendered) -> Self {
        let (report, times) = (&song.report, &song.times);
        Self {
            voices: Some(song.voices),
            tones: Some(song.tones),
            peak_polyphony: song.peak_polyphony,
            samples_rendered: Some(report.samples_rendered),
            samples_mixed: Some(report.samples_mixed),
            clipped_samples: Some(song.clipped),
            limited_frames: report.limiter.map(|limiter| limiter.limited_frames),
            read_s: Some(times.read.as_secs_f64()),
            score_s: Some(times.score.as_secs_f64()),
            plan_s: Some(times.plan.as_secs_f64()),
            render_s: Some(times.render.as_secs_f64()),
        }
    }
}

/// Writes the line of an input to standard output.
pub(super) fn write(entry: &Entry, song: Option<&Rendered>, unchanged: bool) -> io::Result<()> {
    let line = ReportLine {
        entry,
        unchanged,
        figures: song.map(Figures::of).unwrap_or_default(),
    };
    let line = stdout::json(&line)? + "\n";
    let mut stdout = io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}
