//! How far a rendering is: a bar with the time left on a terminal, a line for each tenth elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::render::ProgressMode;
use super::console::{self, Console};

/// What is done before this is not worth a bar.
const PATIENCE: Duration = Duration::from_millis(300);

const BAR: &str = "{prefix} [{bar:30}] {percent:>3} %, {eta} left";

/// The progress of one song.
#[derive(Debug)]
pub(super) enum Progress {
    /// Nobody wants to know.
    Hidden,
    /// A bar, which appears when it takes long.
    Bar {
        /// The bar.
        bar: ProgressBar,
        /// When the song was begun, until the bar is shown.
        begun: Option<Instant>,
    },
    /// Lines.
    Lines {
        /// The song.
        name: String,
        /// Its frames.
        frames: u64,
        /// Those that are done.
        done: u64,
    },
}

impl Progress {
    /// The progress of a song of so many frames.
    pub(super) fn new(mode: ProgressMode, console: &Console, name: String, frames: u64) -> Self {
        match mode {
            ProgressMode::Off => Self::Hidden,
            _ if console.is_quiet() => Self::Hidden,
            _ if console.is_terminal() => Self::bar(name, frames),
            ProgressMode::On => Self::Lines {
                name,
                frames,
                done: 0,
            },
            ProgressMode::Auto => Self::Hidden,
        }
    }

    fn bar(name: String, frames: u64) -> Self {
        let style = ProgressStyle::with_template(BAR);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(frames), ProgressDrawTarget::hidden());
        bar.set_style(style.progress_chars("=> "));
        bar.set_prefix(name);
        let begun = Some(Instant::now());
        Self::Bar { bar, begun }
    }

    /// So many frames more are done.
    pub(super) fn advance(&mut self, count: u64) {
        match self {
            Self::Hidden => {}
            Self::Bar { bar, begun } => {
                bar.inc(count);
                if begun.is_some_and(|begun| begun.elapsed() >= PATIENCE) {
                    *begun = None;
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
            }
            Self::Lines { name, frames, done } => {
                let tenth = |done: u64| (done as f64 / *frames as f64 * 10.0) as u64;
                let before = tenth(*done);
                *done += count;
                if tenth(*done) > before {
                    console::line(format_args!("{name}: {} %", tenth(*done) * 10));
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Self::Bar { bar, .. } = self {
            bar.finish_and_clear();
        }
    }
}
