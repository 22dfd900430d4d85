//! The arguments as typed: the program's own here, those of a command in its file.

pub mod batch;
pub mod bless;
pub mod changes;
pub mod compare;
pub mod config;
pub mod effects;
pub mod inspect;
pub mod labels;
pub mod manual;
pub mod mixdown;
pub mod negations;
pub mod presets;
pub mod recorded;
pub mod render;
pub mod switch;
pub mod verify;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  cascade render song.mid                       song.wav, beside song.mid
  cascade render -o take.wav --preset church_organ song.mid
  cascade render -o - song.mid | ffmpeg -i - song.mp3
  cascade inspect song.mid                      what is in the file
  cascade compare out/ golden/                  what differs, where and how much
  cascade verify golden/cascade-manifest.jsonl  does every song still sound as recorded?
  cascade presets list                          the sounds there are

Exit codes: 0 all done; 1 at least one input failed; 2 the command line is wrong.";

/// Renders MIDI files to WAV: fast, exact, the same bytes everywhere.
#[derive(Debug, Parser)]
#[command(name = "cascade", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Render MIDI files to WAV
    Render(Box<render::RenderArgs>),
    /// Tell what is in MIDI files: tracks, duration, notes, programs, controllers, repairs
    Inspect(inspect::InspectArgs),
    /// Compare WAV files, or folders of them: identical, within tolerance, or where and how much they differ
    Compare(compare::CompareArgs),
    /// Render again what a manifest records, and tell where it sounds otherwise, by bar, beat, channel and note
    Verify(verify::VerifyArgs),
    /// List, show, check and describe the sounds
    Presets(presets::PresetsArgs),
    /// Print a script that completes commands and options in a shell
    Completions(manual::CompletionsArgs),
    /// Print the manual page of cascade, or of one of its commands
    Man(manual::ManArgs),
}
