//! The arguments of `cascade inspect`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  cascade inspect song.mid
  cascade inspect --json *.mid | jq -r '[.path, .duration_s] | @tsv'
  cascade inspect --strict *.mid > /dev/null    tells which files are damaged";

/// What `cascade inspect` is told.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// MIDI files, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    /// One JSON object a line for each input
    #[arg(long)]
    pub json: bool,

    /// A damaged file counts as failed
    #[arg(long)]
    pub strict: bool,
}
