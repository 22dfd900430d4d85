//! One song, from its bytes to a complete recording.

use std::io;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rayon::ThreadPool;

use super::console::Console;
use super::determinism::Witness;
use super::progress::Progress;
use super::settings::Settings;
use super::sink::Sink;
use super::targets::Job;
use super::told;
use crate::audio::Stereo;
use crate::midi::{self, Smf};
use crate::plan::Plan;
use crate::render;
use crate::score;
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

/// Renders a song, and tells what had to be repaired or could not be played.
pub(super) fn render(
    job: &Job,
    settings: &Settings,
    pool: &ThreadPool,
    console: &Console,
) -> Result<Song> {
    let mut clock = Clock::start();
    let mut times = Times::default();

    let bytes = job.source.read()?;
    let smf = midi::parse(&bytes)?;
    times.read = clock.lap();
    check_damage(&smf, settings)?;
    told::repairs(console, &job.source.shown(), &smf.repairs);

    let score = score::read(&smf);
    times.score = clock.lap();

    let plan = Plan::new(&score, &settings.bank, settings.wav.sample_rate);
    times.plan = clock.lap();
    check_duration(&plan, settings)?;
    told::silence(console, &job.source.shown(), &score, &settings.bank, &plan);

    let (report, clipped) = record(job, &plan, settings, pool, console)?;
    times.render = clock.lap();
    Ok(Song {
        report,
        clipped,
        note_ons: score.census.note_ons,
        voices: plan.voices.len(),
        tones: plan.tones.len(),
        peak_polyphony: console.is_verbose().then(|| plan.peak_polyphony()),
        times,
    })
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

fn check_duration(plan: &Plan<'_>, settings: &Settings) -> Result<()> {
    let limit = settings.max_duration;
    if plan.frames <= limit.to_frames(plan.rate) {
        return Ok(());
    }
    let seconds = plan.frames as f64 * plan.rate.frame().0;
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

/// Renders a plan into the output; returns also how many samples were cut off.
fn record(
    job: &Job,
    plan: &Plan<'_>,
    settings: &Settings,
    pool: &ThreadPool,
    console: &Console,
) -> Result<(render::Report, u64)> {
    let name = job.source.name();
    let mut progress = Progress::new(settings.progress, console, name, plan.frames);
    let mut witness = match settings.check_determinism {
        true => Some(Witness::new(plan, &settings.render, pool)?),
        false => None,
    };
    let sink = Sink::open(&job.target)?;
    let write = || -> io::Result<(render::Report, u64)> {
        let mut writer = WavWriter::new(sink, settings.wav, plan.frames)?;
        let take = |block: &Stereo| {
            progress.advance(block.len() as u64);
            witness.as_mut().map_or(Ok(()), |w| w.check(block))?;
            writer.write(block)
        };
        let report = pool.install(|| render::render(plan, &settings.render, take))?;
        witness.map_or(Ok(()), |mut w| w.finish())?;
        let clipped = writer.clipped_samples();
        writer.finish()?.finish()?;
        Ok((report, clipped))
    };
    write().with_context(|| format!("cannot write {}", job.target.shown()))
}

/// A stopwatch.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
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
