//! The arguments of `cascade render` that concern many inputs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::batch::shard::Shard;
use crate::cli::values;

/// What is done with many inputs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Many inputs")]
pub struct BatchArgs {
    /// Read inputs from a file, one a line, or from standard input (-). Their folders are kept below --output:
    /// a/song.mid becomes a/song.wav there
    #[arg(long, value_name = "FILE|-")]
    pub files_from: Option<PathBuf>,

    /// The inputs of --files-from end in NUL, not in a line feed, as `find -print0` writes them
    #[arg(short = '0', long, requires = "files_from")]
    pub null: bool,

    /// Render only the K-th of N parts of the inputs. The parts are equal by file size, and the same on every machine;
    /// together they are the whole
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,

    /// Skip what the manifest in the output folder records as made from the same bytes with the same settings, if the
    /// recording is there and has the recorded size (its samples are not read; `cascade verify` does that)
    #[arg(long)]
    pub resume: bool,

    /// Stop at the first failure [default: go on, and tell at the end what failed]
    #[arg(long)]
    pub fail_fast: bool,

    /// What is told about each input: text on standard error, or one JSON object a line on standard output, as it is
    /// finished, with the fields of the manifest and the figures of --verbose
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Messages"
    )]
    pub report: ReportFormat,

    /// Refuse to write a larger recording: 500MB, 2GiB; what does not fit on the disk is refused in any case
    #[arg(long, value_name = "SIZE", value_parser = values::size, help_heading = "Limits")]
    pub max_size: Option<u64>,
}

/// How an input is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum ReportFormat {
    Text,
    Json,
}
