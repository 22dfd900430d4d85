//! What people are told: one line a message, on standard error, never in the way of the audio. Whatever names a message
//! is made of, it stays one line, and nothing that a terminal obeys leaves here but the program's own colours.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use clap::builder::styling::{AnsiColor, Style};
use indicatif::ProgressBar;

use super::ExitError;
use crate::text::Shown;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Errors only.
    Quiet,
    /// Warnings too; results where someone looks on.
    Normal,
    /// Everything.
    Verbose,
}

/// Standard error, as far as it is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    verbosity: Verbosity,
    terminal: bool,
}

impl Console {
    pub(super) fn new(verbosity: Verbosity) -> Self {
        let terminal = io::stderr().is_terminal();
        Self {
            verbosity,
            terminal,
        }
    }

    /// Whether everything is wanted.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Whether only errors are wanted.
    pub(super) fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Whether someone looks on.
    pub(super) const fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// An input failed.
    pub(super) fn error(&self, message: impl Display) {
        say("error", ERROR, message);
    }

    /// Something is not as it should be, but was dealt with.
    pub(super) fn warning(&self, message: impl Display) {
        if !self.is_quiet() {
            say("warning", WARNING, message);
        }
    }

    /// Something worth knowing.
    pub(super) fn note(&self, message: impl Display) {
        if !self.is_quiet() {
            say("note", NOTE, message);
        }
    }

    /// A result: for those who look on, or who ask for everything.
    pub(super) fn result(&self, message: impl Display) {
        if self.is_verbose() || (self.terminal && !self.is_quiet()) {
            line(message);
        }
    }
}

/// Tells why a command ended early, its causes on the same line.
pub fn stopped(stop: &ExitError) {
    match stop {
        ExitError::Usage(error) | ExitError::Failed(error) => {
            say("error", ERROR, format_args!("{error:#}"))
        }
        ExitError::ClosedPipe => {}
    }
}

fn say(kind: &str, style: Style, message: impl Display) {
    if is_coloured() {
        write(format_args!("{style}{kind}:{style:#} {}", Shown(message)));
    } else {
        write(format_args!("{kind}: {}", Shown(message)));
    }
}

/// The bar that is shown, if there is one.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From now on, lines appear above this bar.
pub(super) fn keep_below(bar: &ProgressBar) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
}

/// A line of standard error.
pub(super) fn line(message: impl Display) {
    write(Shown(message));
}

/// What is safe already. When nobody can be told any more, there is nobody to tell.
fn write(line: impl Display) {
    let write = || {
        let _ = writeln!(io::stderr(), "{line}");
    };
    match &*BAR.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Colour is for terminals that can, of people who want it (<https://no-color.org>).
fn is_coloured() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    io::stderr().is_terminal()
        && set("NO_COLOR").is_none()
        && set("TERM").is_none_or(|term| term != "dumb")
}
