//! One song, from its bytes to a complete recording.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rayon::ThreadPool;

use super::console::Console;
use super::failure::{Failure, OrFailure};
use super::labels;
use super::messages;
use super::outputs::Outputs;
use super::paths::folder_of;
use super::progress::SongProgress;
use super::rendered::{Rendered, Times};
use super::replace::{Kind, Replace};
use super::settings::Settings;
use super::sink::Sink;
use super::stems::{StemFiles, Stems};
use super::targets::{self, Job, Target};
use crate::audio::Stereo;
use crate::batch::manifest::ErrorKind;
use crate::batch::measure::{Measuring, Tap, WrittenAudio};
use crate::midi::{self, Repairs};
use crate::render::{self, Metering};
use crate::score::Score;
use crate::song::{DeterminismCheck, Performance, Song, SongError};
use crate::tones::shared::SharedToneCache;
use crate::units::Seconds;
use crate::wav::WavWriter;

/// Where songs are rendered: what is the same for all of them.
pub(super) struct RenderContext<'a> {
    /// How they are rendered.
    pub(super) settings: &'a Settings,
    /// Memory for the tones of each.
    pub(super) memory: u64,
    /// The tones that they leave to each other, where there are several.
    pub(super) library: Option<&'a SharedToneCache>,
    /// The threads.
    pub(super) pool: &'a ThreadPool,
    /// Who is told.
    pub(super) console: &'a Console,
    /// What is measured of recordings.
    pub(super) measuring: Measuring,
    /// Whether the figures are complete.
    pub(super) detailed: bool,
    /// Whether to stop, since another song failed.
    pub(super) stop: &'a AtomicBool,
}

/// Renders a song from its bytes, and tells what had to be repaired or could not be played. Its files have yet to be given
/// their names; the recording may replace what `replace` says.
pub(super) fn render(
    job: &Job,
    bytes: &[u8],
    mut clock: Clock,
    part: &mut SongProgress<'_>,
    context: &RenderContext<'_>,
    replace: Replace,
) -> Result<(Rendered, Outputs), Failure> {
    let (settings, console) = (context.settings, context.console);
    let mut times = Times::default();

    let smf = midi::parse(bytes).or_failure(ErrorKind::NotMidi)?;
    times.read = clock.lap();
    check_damage(&smf.repairs, settings).or_failure(ErrorKind::Damaged)?;
    messages::repairs(console, &job.source.shown(), &smf.repairs);

    let song = Song::of(smf, &settings.changes);
    times.score = clock.lap();

    let performance = song.perform(&settings.bank, &settings.song);
    let mut performance = performance.map_err(refused)?;
    if let Some(library) = context.library {
        performance = performance.with_shared_tones(library);
    }
    times.plan = clock.lap();
    let size = size(performance.frames(), settings);
    check_size(size, settings).or_failure(ErrorKind::TooLarge)?;
    let has_stems = settings.stems.is_some();
    let limited = performance.limit_memory(
        context.memory,
        stem_memory(&performance, settings),
        has_stems,
    );
    limited.map_err(refused)?;
    messages::folded(console, &job.source.shown(), &song.score);
    messages::silence(
        console,
        &job.source.shown(),
        &song,
        &settings.bank,
        &performance,
    );

    if let (Some(_), Target::File(path)) = (&job.place, &job.target) {
        targets::make_folder(folder_of(path)).or_failure(ErrorKind::CannotWrite)?;
    }
    let sink = Sink::open(&job.target, Kind::of(&settings.wav), replace);
    let sink = sink.map_err(Failure::writing)?;
    let labels = settings
        .labels
        .map(|format| labels::draft(&job.target, format, &song, &performance, settings))
        .transpose()
        .map_err(Failure::writing)?;
    let stems = open_stems(job, &performance, &song.score, settings).map_err(Failure::writing)?;
    let (note_ons, repairs) = (song.score.census.note_ons, song.repairs.total());
    // All that is left to do with it is in the performance.
    drop(song);
    part.begin(performance.frames());
    check_free_space(job, &sink, size)?;
    let recorded = record(job, &mut performance, sink, stems, part, context)?;
    times.render = clock.lap();
    let rendered = Rendered {
        report: recorded.report,
        clipped: recorded.clipped,
        note_ons,
        voices: performance.plan().voices.len(),
        tones: performance.plan().tones.len(),
        peak_polyphony: context.detailed.then(|| performance.peak_polyphony()),
        presets: performance.presets(),
        repairs,
        recording: recorded.recording,
        labels: labels.as_ref().map(|labels| labels.companion.clone()),
        stems: recorded.stems.as_ref().map(|stems| stems.companion.clone()),
        times,
    };
    let outputs = Outputs {
        target: job.target.clone(),
        recording: recorded.sink,
        labels,
        stems: recorded.stems,
    };
    Ok((rendered, outputs))
}

/// Why a song is not rendered, with the options that would change that.
fn refused(error: SongError) -> Failure {
    let (kind, error) = match error {
        SongError::Midi(error) => (ErrorKind::NotMidi, error.into()),
        SongError::BeyondEnd { from, end } => (
            ErrorKind::Other,
            anyhow!("--from {from} is beyond the end of the song, which is {end} long"),
        ),
        SongError::TooLong { duration, limit } => (
            ErrorKind::TooLong,
            anyhow!(
                "the song is {duration} long, longer than {limit}; if that is what it should be, allow it with \
                 --max-duration {}",
                enough(duration)
            ),
        ),
        SongError::TooLittleMemory {
            stems,
            buses,
            least,
            limit,
        } => (
            ErrorKind::TooLarge,
            anyhow!(
                "the {stems} stems and {buses} buses of this song take {} of memory at least, more than the {} that \
                 --memory allows it; allow more, or do without --stems or with those of --stems channel",
                messages::bytes(least),
                messages::bytes(limit)
            ),
        ),
        SongError::EmptyExcerpt { .. } => (ErrorKind::Other, error.into()),
    };
    Failure { kind, error }
}

/// What `--max-duration` has to be for a song.
fn enough(duration: Seconds) -> String {
    match duration.0 {
        s if s > 7200.0 => format!("{:.0}h", (s / 3600.0).ceil()),
        s if s > 120.0 => format!("{:.0}m", (s / 60.0).ceil()),
        s => format!("{:.0}s", s.ceil()),
    }
}

fn check_damage(repairs: &Repairs, settings: &Settings) -> Result<()> {
    let more = match repairs.total() {
        0 | 1 => String::new(),
        total => format!(" (and {} more: `cascade inspect` lists them)", total - 1),
    };
    match repairs.iter().next() {
        Some(first) if settings.strict => {
            bail!("damaged, which --strict refuses to repair: {first}{more}")
        }
        _ => Ok(()),
    }
}

/// The bytes of the recording.
fn size(frames: u64, settings: &Settings) -> u64 {
    let wav = &settings.wav;
    let data = wav.data_bytes(frames);
    wav.header(frames).len() as u64 + data + if wav.raw { 0 } else { data % 2 }
}

fn check_size(size: u64, settings: &Settings) -> Result<()> {
    match settings.max_size {
        Some(most) if size > most => bail!(
            "the recording would have {}, more than the {} of --max-size; allow more, or write less with --mono, \
             --sample-rate or --format",
            messages::bytes(size),
            messages::bytes(most)
        ),
        _ => Ok(()),
    }
}

fn check_free_space(job: &Job, sink: &Sink, size: u64) -> Result<(), Failure> {
    match sink.free_space() {
        Some(free) if size > free => Err(anyhow!(
            "cannot write {}: it will have {}, but {} are free on the disk; make room, or write elsewhere with --output",
            job.target.shown(),
            messages::bytes(size),
            messages::bytes(free)
        ))
        .or_failure(ErrorKind::NoSpace),
        _ => Ok(()),
    }
}

/// What the files of the stems take of the memory.
fn stem_memory(performance: &Performance<'_>, settings: &Settings) -> u64 {
    match settings.stems {
        Some(_) if settings.stem_files => {
            let effects = performance.has_effects();
            Stems::memory(performance.plan(), effects, &settings.wav)
        }
        _ => 0,
    }
}

/// The files of the stems, if they are asked for.
fn open_stems(
    job: &Job,
    performance: &Performance<'_>,
    score: &Score,
    settings: &Settings,
) -> Result<Option<Stems>> {
    let (Some(grouping), true, Target::File(target)) =
        (settings.stems, settings.stem_files, &job.target)
    else {
        return Ok(None);
    };
    Stems::open(target, performance, score, grouping, settings).map(Some)
}

/// What was recorded, complete but for the names of the files.
struct Recorded {
    report: render::Report,
    /// Samples that were cut off.
    clipped: u64,
    /// What was measured.
    recording: Option<WrittenAudio>,
    sink: Sink,
    stems: Option<StemFiles>,
}

/// Renders a song into the output, and its stems into theirs.
fn record(
    job: &Job,
    performance: &mut Performance<'_>,
    sink: Sink,
    mut stems: Option<Stems>,
    part: &mut SongProgress<'_>,
    context: &RenderContext<'_>,
) -> Result<Recorded, Failure> {
    let settings = context.settings;
    let mut determinism = match settings.check_determinism {
        true => {
            let check = DeterminismCheck::new(performance, context.pool);
            Some(check.context("cannot start the threads")?)
        }
        false => None,
    };
    if settings.song.mix.meter == Metering::Off && context.measuring > Measuring::Nothing {
        performance.measure(Metering::Loudness);
    }
    let write = || -> io::Result<Recorded> {
        let frames = performance.frames();
        let tap = Tap::new(sink, &settings.wav, frames, context.measuring);
        let mut writer = WavWriter::new(tap, settings.wav, frames);
        let take = |block: &Stereo| {
            if context.stop.load(Relaxed) {
                return Err(io::Error::other(
                    "another song failed, and --fail-fast stops all",
                ));
            }
            part.advance(block.len() as u64);
            if let Some(check) = &mut determinism {
                check.check(block).map_err(io::Error::other)?;
            }
            writer.write(block)
        };
        let render = || match &mut stems {
            None => performance.render_into(take),
            Some(stems) => performance.render_stems_into(take, |blocks| stems.write(blocks)),
        };
        let report = context.pool.install(render)?;
        if let Some(mut check) = determinism {
            check.finish().map_err(io::Error::other)?;
        }
        let clipped = writer.clipped_samples();
        let stems = stems.map(Stems::finish).transpose()?;
        let (sink, bytes, samples) = writer.finish()?.finish();
        let measured = samples.zip(report.loudness.as_ref());
        let recording =
            measured.map(|(samples, loudness)| WrittenAudio::new(bytes, samples, loudness));
        Ok(Recorded {
            report,
            clipped,
            recording,
            sink,
            stems,
        })
    };
    write()
        .with_context(|| format!("cannot write {}", job.target.shown()))
        .map_err(Failure::writing)
}

/// A stopwatch.
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the last lap.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        let lap = now - self.0;
        self.0 = now;
        lap
    }
}
