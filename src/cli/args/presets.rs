//! The arguments of `cascade presets`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  cascade presets list
  cascade presets show organ > my_organ.toml    then edit it, and
  cascade presets check my_organ.toml
  cascade render --preset my_organ.toml song.mid
  cascade presets describe                      every key that a preset can have";

/// What `cascade presets` is told.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PresetsArgs {
    /// What is to be done.
    #[command(subcommand)]
    pub command: PresetsCommand,
}

/// What can be done with presets.
#[derive(Debug, Subcommand)]
pub enum PresetsCommand {
    /// List the built-in presets, and which programs (0-127) or drum keys they play
    List {
        /// One JSON object a line for each preset
        #[arg(long)]
        json: bool,
    },
    /// Print the TOML of a built-in preset
    Show {
        /// A name from `cascade presets list`
        name: String,
    },
    /// Check preset files and bank files: presets are also played over their range, and judged
    Check {
        /// TOML files [default: every built-in preset]
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print every key of a preset file with its default, range and unit
    Describe,
}
