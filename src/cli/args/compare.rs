//! The arguments of `cascade compare`.

use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::values;
use crate::compare::Profile;
use crate::compare::limits::LIMITS;
use crate::units::Seconds;

const EXAMPLES: &str = "\
Examples:
  cascade compare take.wav golden.wav
  cascade compare out/ golden/                          every WAV in both, by relative path
  cascade compare --profile portable out/ golden/ --junit compare.xml --html compare.html
  cascade compare --profile perceptual --limit loudness=0.2 take.wav golden.wav
  cascade compare --report json out/ golden/ | jq -r 'select(.verdict != \"identical\") | .path'
  cascade compare --self-test golden.wav                what would the limits catch?

Profiles:
  exact        every sample is equal
  portable     at most one step of 16 bit, the same length: other machines, other arithmetic
  perceptual   about the same loudness, envelope and spectrum: other versions, other tools

Reports replace neither a recording that is compared nor any file that is no such report.

Exit codes: 0 identical or within tolerance; 1 different (--self-test: something is let through); 2 not compared: a file
is missing, extra or unreadable, the rates or channels differ, or there is nothing to compare.";

/// The examples, and every limit with its defaults.
pub(super) fn after_long_help() -> String {
    let mut help =
        format!("{EXAMPLES}\n\nLimits, and what they are under exact, portable and perceptual:\n");
    for limit in &LIMITS {
        let shown = |profile| match limit.default(profile) {
            Some(value) => value.to_string(),
            None => "-".to_owned(),
        };
        let [exact, portable, perceptual] =
            [Profile::Exact, Profile::Portable, Profile::Perceptual].map(shown);
        let (key, meaning, unit) = (limit.key, limit.meaning, limit.unit);
        // Writing to a string cannot fail.
        let _ = writeln!(
            help,
            "  {key:<15} {exact:>3} {portable:>3} {perceptual:>5}  {meaning} [{unit}]"
        );
    }
    help.push_str(
        "\nA file of tolerances (--tolerances) holds, all of it optional:\n  \
         profile = \"portable\"\n  \
         limits = { loudness = 0.3, clicks = \"off\" }\n  \
         [[file]]\n  \
         path = \"drums/**/*.wav\"\n  \
         profile = \"perceptual\"\n  \
         limits = { spectrum = 3.0 }",
    );
    help
}

/// What `cascade compare` is told.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, after_long_help = after_long_help())]
pub struct CompareArgs {
    /// The WAV file, or folder of them, that is judged
    #[arg(value_name = "ACTUAL")]
    pub actual: PathBuf,

    /// The WAV file or folder that it should be like
    #[arg(value_name = "EXPECTED", required_unless_present = "self_test")]
    pub expected: Option<PathBuf>,

    /// What differences are for [default: exact, or what --tolerances says]
    #[arg(long, value_enum, help_heading = "Tolerance")]
    pub profile: Option<ProfileName>,

    /// Change a limit, or switch it off: loudness=0.3, clicks=off (--help lists all); may be repeated
    #[arg(long = "limit", value_name = "KEY=VALUE", help_heading = "Tolerance")]
    pub limits: Vec<String>,

    /// A TOML file of limits, for all files and for some (--help shows one)
    #[arg(long, value_name = "FILE", help_heading = "Tolerance")]
    pub tolerances: Option<PathBuf>,

    /// Disturb ACTUAL a little, in seven ways, and tell which limit catches each
    #[arg(long, conflicts_with_all = ["expected", "junit", "html", "difference"], help_heading = "Tolerance")]
    pub self_test: bool,

    /// Compare only these channels: 1 is the left one
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = values::wav_channel, help_heading = "Part")]
    pub channels: Vec<usize>,

    /// Compare from here on: seconds, or m:ss
    #[arg(long, value_name = "TIME", value_parser = values::time, help_heading = "Part")]
    pub from: Option<Seconds>,

    /// Compare up to here: seconds, or m:ss
    #[arg(long, value_name = "TIME", value_parser = values::time, help_heading = "Part")]
    pub to: Option<Seconds>,

    /// What standard output gets: text for people, or one JSON object a line for each pair
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

    /// Write a page with waveforms and spectrograms of what differs; it needs no network
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub html: Option<PathBuf>,

    /// Write what differs as WAV (actual minus expected, 32-bit float); of folders, a folder
    #[arg(long, value_name = "PATH", help_heading = "Reports")]
    pub difference: Option<PathBuf>,

    /// Threads [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = values::jobs)]
    pub jobs: Option<usize>,

    /// Tell nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// The profiles by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum ProfileName {
    Exact,
    Portable,
    Perceptual,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Exact => Self::Exact,
            ProfileName::Portable => Self::Portable,
            ProfileName::Perceptual => Self::Perceptual,
        }
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum ReportFormat {
    Text,
    Json,
}
