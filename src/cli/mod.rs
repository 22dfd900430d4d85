//! The command line: arguments, and one file per command. Files, standard streams and the clock live here.
//!
//! Flow of `render`: [`args`] as typed, with the defaults of [`config`] -> `settings` (checked), `inputs` (found) and
//! `targets` (which input goes where) -> `batch` (some at a time, with a manifest) -> `song` (one, through the front
//! door of the library into a `sink`) -> `messages` (what is said about it). The other commands are one file or folder each.
//!
//! **To add a command**: its arguments in `args/`, its file here, its arm in [`run`].

pub mod args;
pub mod config;
pub mod console;
mod exit;
mod stdout;
mod stems;

mod compare;
mod inspect;
mod manual;
mod presets;
mod render;
mod verify;

mod inputs;
mod music;
mod settings;
mod source;
mod targets;
mod values;

mod beside;
mod bless;
mod bounded;
mod companions;
mod draft;
mod failure;
mod interrupt;
mod junit;
mod labels;
mod links;
mod outputs;
mod paths;
mod replace;
mod reports;
mod scratch;
mod sink;

mod batch;
mod messages;
mod progress;
mod rendered;
mod song;

pub use args::Cli;
pub use exit::{ExitError, Status};

use args::Command;

/// Runs a command to its end.
///
/// # Errors
///
/// [`ExitError`] if it ended before all was done, and why.
pub fn run(cli: Cli) -> Result<Status, ExitError> {
    match cli.command {
        Command::Render(args) => render::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Presets(args) => presets::run(&args.command),
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
    }
}
