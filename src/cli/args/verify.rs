//! The arguments of `cascade verify`.

use std::path::PathBuf;

use clap::Args;

use super::bless::BlessArgs;
use super::compare::ReportFormat;
use super::render::ProgressMode;
use crate::cli::values;

const EXAMPLES: &str = "\
Examples:
  cascade render --bless \"first baseline\" tests/songs -o golden
                                    makes the baseline, golden/cascade-manifest.jsonl;
                                    the WAVs beside it may be deleted
  cascade verify golden             does every song still sound as recorded?
  cascade verify golden --junit verify.xml --html verify.html
  cascade verify golden --report json | jq -r 'select(.verdict == \"different\") | .input'
  cascade verify golden --bless \"softer flutes\"
                                    what differs is meant; no WAV is written
  cat 1.jsonl 2.jsonl > all.jsonl && cascade verify all.jsonl

Run it in the folder that `cascade render` was run in: inputs, presets and banks are found by the
paths of then. Options come from the manifest alone, and only those that decide the samples count;
cascade.toml is not read. Where a recording still lies beside the manifest, the samples are
compared, too, as `cascade compare` does. A song that differs is told with the options, presets
and banks that are not as they were.

New songs are told, too: those in the folders that `cascade render` was given, or in a folder of
which it was given all songs (songs/*.mid), but not in the manifest. --bless adds them with the
options that the other songs of their folder have; where these have several, it refuses. The
manifests of shards are verified together, since each lacks the songs of the others.

Nothing is written but the reports, and with --bless the manifest. A report replaces no song,
preset, bank, recording or manifest, and no other file but an earlier report.

Exit codes, the first that holds: 2 a song of the manifest could not be verified: it is missing, it
is another one now, it could not be rendered then or now, or there is nothing to verify; 1 a song
sounds otherwise; 2 a song has no baseline: it is new; 0 every sample of every song is the same, or
was blessed.";

/// What `cascade verify` is told.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// The manifest of `cascade render`, or the folder that cascade-manifest.jsonl is in
    #[arg(value_name = "MANIFEST")]
    pub manifest: PathBuf,

    /// Whether it becomes the baseline.
    #[command(flatten)]
    pub bless: BlessArgs,

    /// What standard output gets: text for people, or one JSON object a line for each song
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Reports"
    )]
    pub report: ReportFormat,

    /// Write the verdicts as JUnit XML, which CI systems show
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub junit: Option<PathBuf>,

    /// Write a page of what differs, with pictures where the recordings still lie beside the manifest; it needs no network
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub html: Option<PathBuf>,

    /// Threads [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = values::jobs)]
    pub jobs: Option<usize>,

    /// Tell nothing but errors
    #[arg(short, long)]
    pub quiet: bool,

    /// Show how far it is: auto shows a bar on terminals; on also writes a line for each tenth elsewhere
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub progress: ProgressMode,
}
