//! One song, from its bytes to a complete recording.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rayon::ThreadPool;

use super::console::Console;
use super::determinism::Witness;
use super::failure::{Failure, OrFailure};
use super::labels;
use super::measure::{Measuring, Recording, Tap};
use super::outputs::Outputs;
use super::progress::Part;
use super::replace::{Kind, Replace};
use super::settings::Settings;
use super::sink::Sink;
use super::stems::{StemFiles, Stems};
use super::targets::{self, Job, Target, folder_of};
use super::told;
use crate::audio::Stereo;
use crate::bank::PresetId;
use crate::batch::manifest::{Companion, ErrorKind};
use crate::midi::{self, Smf};
use crate::plan::{Excerpt, Plan};
use crate::render::{self, Metering};
use crate::score::{self, Score};
use crate::tones::library::Library;
use crate::units::Seconds;
use crate::wav::WavWriter;

/// What became of a song.
#[derive(Debug)]
pub(super) struct Song {
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
    pub(super) recording: Option<Recording>,
    /// What it has of the labels, where they were asked for.
    pub(super) labels: Option<Companion>,
    /// What it has of the list of stems, where they were asked for.
    pub(super) stems: Option<Companion>,
    /// How long each stage took.
    pub(super) times: Times,
}

/// Where songs are rendered: what is the same for all of them.
pub(super) struct Studio<'a> {
    /// How they are rendered.
    pub(super) settings: &'a Settings,
    /// Memory for the tones of each.
    pub(super) memory: u64,
    /// The tones that they leave to each other, where there are several.
    pub(super) library: Option<&'a Library>,
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

/// Renders a song from its bytes, and tells what had to be repaired or could not be played. Its files have yet to be given
/// their names; the recording may replace what `replace` says.
pub(super) fn render(
    job: &Job,
    bytes: &[u8],
    mut clock: Clock,
    part: &mut Part<'_>,
    studio: &Studio<'_>,
    replace: Replace,
) -> Result<(Song, Outputs), Failure> {
    let (settings, console) = (studio.settings, studio.console);
    let mut times = Times::default();

    let smf = midi::parse(bytes).or_failure(ErrorKind::NotMidi)?;
    times.read = clock.lap();
    check_damage(&smf, settings).or_failure(ErrorKind::Damaged)?;
    told::repairs(console, &job.source.shown(), &smf.repairs);

    let mut score = score::read_changed(&smf, &settings.changes);
    times.score = clock.lap();

    let grouping = settings.stems.unwrap_or_default();
    let plan = Plan::grouped(&score, &settings.bank, settings.wav.sample_rate, grouping);
    check_start(&plan, settings).or_failure(ErrorKind::Other)?;
    let lead_in = render::lead_in(&plan, &settings.render);
    let plan = plan.excerpt(&Excerpt {
        lead_in,
        ..settings.excerpt
    });
    times.plan = clock.lap();
    check_duration(&plan, settings).or_failure(ErrorKind::TooLong)?;
    check_size(&plan, settings).or_failure(ErrorKind::TooLarge)?;
    let memory = memory_for_tones(&plan, studio).or_failure(ErrorKind::TooLarge)?;
    told::folded(console, &job.source.shown(), &score);
    told::silence(console, &job.source.shown(), &score, &settings.bank, &plan);

    if let (Some(_), Target::File(path)) = (&job.place, &job.target) {
        targets::make_folder(folder_of(path)).or_failure(ErrorKind::CannotWrite)?;
    }
    let sink = Sink::open(&job.target, Kind::of(&settings.wav), replace);
    let sink = sink.map_err(Failure::writing)?;
    let labels = settings
        .labels
        .map(|format| labels::draft(&job.target, format, &score, &plan, settings))
        .transpose()
        .map_err(Failure::writing)?;
    let stems = open_stems(job, &plan, &score, settings).map_err(Failure::writing)?;
    // All that is left to do with the notes is in the plan.
    score.notes = Vec::new();
    part.begin(render::frames(&plan, &settings.render));
    let recorded = record(job, &plan, sink, stems, memory, part, studio)?;
    times.render = clock.lap();
    let song = Song {
        report: recorded.report,
        clipped: recorded.clipped,
        note_ons: score.census.note_ons,
        voices: plan.voices.len(),
        tones: plan.tones.len(),
        peak_polyphony: studio.detailed.then(|| plan.peak_polyphony()),
        presets: plan.presets(),
        repairs: smf.repairs.total(),
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
    Ok((song, outputs))
}

fn check_damage(smf: &Smf<'_>, settings: &Settings) -> Result<()> {
    let more = match smf.repairs.total() {
        0 | 1 => String::new(),
        total => format!(" (and {} more: `cascade inspect` lists them)", total - 1),
    };
    match smf.repairs.iter().next() {
        Some(first) if settings.strict => {
            bail!("damaged, which --strict refuses to repair: {first}{more}")
        }
        _ => Ok(()),
    }
}

fn check_start(plan: &Plan<'_>, settings: &Settings) -> Result<()> {
    let (from, end) = (
        settings.excerpt.from,
        render::frames(plan, &settings.render),
    );
    if from < end {
        return Ok(());
    }
    let seconds = |frames: u64| Seconds(frames as f64 * plan.rate.frame().0);
    bail!(
        "--from {} is beyond the end of the song, which is {} long",
        seconds(from),
        seconds(end)
    );
}

fn check_duration(plan: &Plan<'_>, settings: &Settings) -> Result<()> {
    let limit = settings.max_duration;
    let frames = render::frames(plan, &settings.render);
    if frames <= limit.to_frames(plan.rate) {
        return Ok(());
    }
    let seconds = frames as f64 * plan.rate.frame().0;
    let duration = Seconds(seconds);
    let enough = match seconds {
        s if s > 7200.0 => format!("{:.0}h", (s / 3600.0).ceil()),
        s if s > 120.0 => format!("{:.0}m", (s / 60.0).ceil()),
        s => format!("{:.0}s", s.ceil()),
    };
    bail!(
        "the song is {duration} long, longer than {limit}; if that is what it should be, allow it with \
         --max-duration {enough}"
    );
}

/// The bytes of the recording.
fn size(plan: &Plan<'_>, settings: &Settings) -> u64 {
    let wav = &settings.wav;
    let frames = render::frames(plan, &settings.render);
    let data = wav.data_bytes(frames);
    wav.header(frames).len() as u64 + data + if wav.raw { 0 } else { data % 2 }
}

fn check_size(plan: &Plan<'_>, settings: &Settings) -> Result<()> {
    let size = size(plan, settings);
    match settings.max_size {
        Some(most) if size > most => bail!(
            "the recording would have {}, more than the {} of --max-size; allow more, or write less with --mono, \
             --sample-rate or --format",
            told::bytes(size),
            told::bytes(most)
        ),
        _ => Ok(()),
    }
}

fn check_free_space(job: &Job, sink: &Sink, size: u64) -> Result<(), Failure> {
    match sink.free_space() {
        Some(free) if size > free => Err(anyhow!(
            "cannot write {}: it will have {}, but {} are free on the disk; make room, or write elsewhere with --output",
            job.target.shown(),
            told::bytes(size),
            told::bytes(free)
        ))
        .or_failure(ErrorKind::NoSpace),
        _ => Ok(()),
    }
}

/// What the files of the stems leave of the memory; refused where even that of one block is too much, since a file may
/// have tens of thousands of tracks.
fn memory_for_tones(plan: &Plan<'_>, studio: &Studio<'_>) -> Result<u64> {
    /// A few hundred buses are within what a song takes beside its tones.
    const ALWAYS: u64 = 16 << 20;
    let settings = studio.settings;
    let files = settings
        .stems
        .filter(|_| settings.stem_files)
        .map_or(0, |_| {
            let effects = render::has_effects(plan, &settings.render);
            Stems::memory(plan, effects, &settings.wav)
        });
    let needed = files + render::least_memory(plan, &settings.render, settings.stems.is_some());
    if needed > studio.memory.max(ALWAYS) {
        bail!(
            "the {} stems and {} buses of this song take {} of memory at least, more than the {} that --memory allows it; \
             allow more, or do without --stems or with those of --stems channel",
            settings.stems.map_or(0, |_| plan.groups.len()),
            plan.buses.len(),
            told::bytes(needed),
            told::bytes(studio.memory)
        );
    }
    Ok(studio.memory.saturating_sub(files))
}

/// The files of the stems, if they are asked for.
fn open_stems(
    job: &Job,
    plan: &Plan<'_>,
    score: &Score,
    settings: &Settings,
) -> Result<Option<Stems>> {
    let (Some(grouping), true, Target::File(target)) =
        (settings.stems, settings.stem_files, &job.target)
    else {
        return Ok(None);
    };
    let effects = render::has_effects(plan, &settings.render);
    Stems::open(target, plan, score, grouping, effects, settings).map(Some)
}

/// What was recorded, complete but for the names of the files.
struct Recorded {
    report: render::Report,
    /// Samples that were cut off.
    clipped: u64,
    /// What was measured.
    recording: Option<Recording>,
    sink: Sink,
    stems: Option<StemFiles>,
}

/// Renders a plan into the output, and its stems into theirs.
fn record(
    job: &Job,
    plan: &Plan<'_>,
    sink: Sink,
    mut stems: Option<Stems>,
    memory: u64,
    part: &mut Part<'_>,
    studio: &Studio<'_>,
) -> Result<Recorded, Failure> {
    let settings = studio.settings;
    check_free_space(job, &sink, size(plan, settings))?;
    let render_settings = render::Settings {
        memory,
        ..settings.render
    };
    let mut witness = match settings.check_determinism {
        true => Some(Witness::new(plan, &render_settings, studio.pool)?),
        false => None,
    };
    let render_settings = render::Settings {
        meter: match settings.render.meter {
            Metering::Off if studio.measuring > Measuring::Nothing => Metering::Loudness,
            asked => asked,
        },
        ..render_settings
    };
    let write = || -> io::Result<Recorded> {
        let frames = render::frames(plan, &settings.render);
        let tap = Tap::new(sink, &settings.wav, frames, studio.measuring);
        let mut writer = WavWriter::new(tap, settings.wav, frames);
        let take = |block: &Stereo| {
            if studio.stop.load(Relaxed) {
                return Err(io::Error::other(
                    "another song failed, and --fail-fast stops all",
                ));
            }
            part.advance(block.len() as u64);
            witness.as_mut().map_or(Ok(()), |w| w.check(block))?;
            writer.write(block)
        };
        let render = || match &mut stems {
            None => render::render(plan, &render_settings, studio.library, take),
            Some(stems) => {
                render::render_stems(plan, &render_settings, studio.library, take, |blocks| {
                    stems.write(blocks)
                })
            }
        };
        let report = studio.pool.install(render)?;
        witness.map_or(Ok(()), |mut w| w.finish())?;
        let clipped = writer.clipped_samples();
        let stems = stems.map(Stems::finish).transpose()?;
        let (sink, bytes, samples) = writer.finish()?.finish();
        let measured = samples.zip(report.loudness.as_ref());
        let recording =
            measured.map(|(samples, loudness)| Recording::new(bytes, samples, loudness));
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
