//! `inspect --plot`: a picture of a MIDI file or of a recording.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::super::compare::recording;
use super::super::replace::Kind;
use super::super::reports::write;
use super::super::source::Source;
use crate::compare::AudioSource;
use crate::plot::{self, Axis, Chart, Contrast, Outline, Spectrogram, Tone};
use crate::song::Song;

/// Columns of a picture of a recording.
const COLUMNS: usize = 1000;
const WIDTH: f64 = 1140.0;

/// Draws the one input.
pub(super) fn run(sources: &[Source], target: &Path) -> Result<()> {
    let [source] = sources else {
        bail!("--plot draws one file; {} were named", sources.len());
    };
    let picture = match source {
        Source::File(path) if is_recording(path)? => of_recording(path),
        source => of_song(source),
    };
    write(
        target,
        Kind::Picture,
        picture.with_context(|| source.shown())?.as_bytes(),
    )
}

/// Whether a file begins like a WAV file, and not like a MIDI file in a RIFF container.
fn is_recording(path: &Path) -> Result<bool> {
    use std::io::Read;
    let told = || path.display().to_string();
    let mut head = Vec::new();
    let file = std::fs::File::open(path)
        .context("cannot be opened")
        .with_context(told)?;
    file.take(12)
        .read_to_end(&mut head)
        .context("cannot be read")
        .with_context(told)?;
    Ok(head.len() == 12 && &head[8..] == b"WAVE")
}

fn of_song(source: &Source) -> Result<String> {
    let bytes = source.read()?;
    Ok(plot::roll(&Song::read(&bytes)?.score, &source.name()))
}

fn of_recording(path: &Path) -> Result<String> {
    let mut file = recording::open(path)?;
    let (frames, rate) = (file.frames(), file.spec().rate);
    if frames == 0 {
        bail!("has no samples to draw");
    }
    let outline = Outline::of(&mut file, 0..frames, COLUMNS)?;
    let spectrogram = Spectrogram::of(&mut file, 0..frames, COLUMNS)?;
    let time = Axis::time(0.0, frames as f64 / f64::from(rate));
    let name = path.file_name().unwrap_or_default().display().to_string();
    let full = Axis::linear(-1.0, 1.0, "");
    let chart = Chart::new(WIDTH, time)
        .panel(&name, 160.0, &full, |frame| {
            outline.path(frame, Tone::Actual)
        })
        .panel("Spectrogram", 300.0, &Spectrogram::axis(rate), |frame| {
            spectrogram.image(frame, Contrast::Level)
        });
    Ok(chart.file(&format!("Waveform and spectrogram of {name}")))
}
