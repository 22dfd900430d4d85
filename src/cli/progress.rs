//! How far a run is: one bar over all songs with the time left on a terminal, a line for each tenth elsewhere.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::render::ProgressMode;
use super::console::{self, Console};
use super::targets::Job;
use crate::text::Shown;

/// What is done before this is not worth a bar.
const PATIENCE: Duration = Duration::from_millis(300);

const BAR: &str = "{prefix} [{bar:30}] {percent:>3} %, {eta} left";

/// Work that a byte of a song is; fine enough for a song of a few bytes that takes long.
const WORK_OF_BYTE: u64 = 1 << 10;

/// Bytes that each song counts for beside its own.
const FILE_COST: u64 = 1 << 10;

/// The progress of a run. Songs count by their bytes, which is all that is known of them beforehand.
#[derive(Debug)]
pub(super) struct Progress {
    display: Display,
    total: u64,
    done: AtomicU64,
}

#[derive(Debug)]
enum Display {
    /// Nobody wants to know.
    Hidden,
    /// A bar, which appears when it takes long.
    Bar {
        bar: ProgressBar,
        begun: Instant,
        shown: AtomicBool,
    },
    /// Lines about what has this name.
    Lines(String),
}

impl Progress {
    /// The progress of a run.
    pub(super) fn new(mode: ProgressMode, console: &Console, jobs: &[Job]) -> Self {
        let total = jobs.iter().map(work).sum();
        let name = match jobs {
            [job] => job.source.name(),
            jobs => format!("{} songs", jobs.len()),
        };
        let display = match mode {
            ProgressMode::Off => Display::Hidden,
            _ if console.is_quiet() => Display::Hidden,
            _ if console.is_terminal() => Display::bar(name, total),
            ProgressMode::On => Display::Lines(name),
            ProgressMode::Auto => Display::Hidden,
        };
        let done = AtomicU64::new(0);
        Self {
            display,
            total,
            done,
        }
    }

    /// The part of one song in it.
    pub(super) fn part(&self, job: &Job) -> SongProgress<'_> {
        SongProgress {
            progress: self,
            work: work(job),
            frames: 1,
            frames_done: 0,
            told: 0,
        }
    }

    fn advance(&self, work: u64) {
        let before = self.done.fetch_add(work, Relaxed);
        match &self.display {
            Display::Hidden => {}
            Display::Bar { bar, begun, shown } => {
                bar.inc(work);
                if begun.elapsed() >= PATIENCE && !shown.swap(true, Relaxed) {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                    console::keep_below(bar);
                }
            }
            Display::Lines(name) => {
                let tenth = |done: u64| (done as f64 / self.total as f64 * 10.0) as u64;
                let now = tenth(before + work);
                if now > tenth(before) {
                    console::line(format_args!("{name}: {} %", now * 10));
                }
            }
        }
    }
}

impl Display {
    fn bar(name: String, total: u64) -> Self {
        let style = ProgressStyle::with_template(BAR);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        bar.set_style(style.progress_chars("=> "));
        bar.set_prefix(Shown(name).to_string());
        Self::Bar {
            bar,
            begun: Instant::now(),
            shown: AtomicBool::new(false),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Display::Bar { bar, .. } = &self.display {
            bar.finish_and_clear();
        }
    }
}

fn work(job: &Job) -> u64 {
    job.bytes
        .saturating_add(FILE_COST)
        .saturating_mul(WORK_OF_BYTE)
}

/// The progress of one song. When it is dropped, all of the song counts as done.
#[derive(Debug)]
pub(super) struct SongProgress<'a> {
    progress: &'a Progress,
    work: u64,
    frames: u64,
    frames_done: u64,
    /// Work that was counted.
    told: u64,
}

impl SongProgress<'_> {
    /// The song has so many frames.
    pub(super) fn begin(&mut self, frames: u64) {
        self.frames = frames.max(1);
    }

    /// So many frames more are done.
    pub(super) fn advance(&mut self, count: u64) {
        self.frames_done += count;
        let share = self.frames_done as f64 / self.frames as f64;
        self.tell((self.work as f64 * share) as u64);
    }

    fn tell(&mut self, done: u64) {
        let done = done.min(self.work);
        if done > self.told {
            self.progress.advance(done - self.told);
            self.told = done;
        }
    }
}

impl Drop for SongProgress<'_> {
    fn drop(&mut self) {
        self.tell(self.work);
    }
}
