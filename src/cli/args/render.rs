//! The arguments of `cascade render`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::batch::BatchArgs;
use super::bless::BlessArgs;
use super::changes::{ChangeArgs, ExcerptArgs};
use super::config::ConfigArgs;
use super::effects::EffectArgs;
use super::labels::LabelArgs;
use super::mixdown::MixdownArgs;
use super::negations::Negations;
use super::switch::Switch;
use crate::batch::options::RecordedOptions;
use crate::cli::console::Verbosity;
use crate::cli::values;
use crate::units::{Decibels, SampleRate, Seconds};
use crate::wav::SampleFormat;

const EXAMPLES: &str = "\
Examples:
  cascade render song.mid                       song.wav, beside song.mid
  cascade render -o wavs *.mid                  wavs/NAME.wav for each
  cascade render -o wavs midi/                  the whole tree, on all cores
  cascade render -o wavs midi/ --resume         again: only what is new or has changed
  find midi -name '*.mid' -print0 | cascade render -0 --files-from - -o wavs
  cascade render -o wavs midi/ --shard 3/8 --report json > 3.jsonl
  cascade render --bless \"first baseline\" tests/songs -o golden   for `cascade verify`
  cascade render -o - song.mid | sox - song.flac
  curl -s https://example.org/song.mid | cascade render - > song.wav
  cascade render --format f32 --limiter off -r 96000 song.mid
  cascade render --preset church_organ --set envelope.release_s=0.4 song.mid
  cascade render --normalize lufs=-14 --reverb plate song.mid
  cascade render --from 1:30 --to 1:45 song.mid
  cascade render --tempo 0.8 --transpose -2 --mute 4,10 song.mid
  cascade render --solo 2 -o bass.wav song.mid
  cascade render --labels csv song.mid          song.wav, and its notes in song.labels.csv
  cascade render --stems channel --format f32 song.mid   song.wav, and a file for each channel in song.stems";

/// The memory for one song, where nothing else is asked for, in bytes.
pub(in crate::cli) const MEMORY_OF_ONE: u64 = 320 << 20;

/// What `cascade render` is told.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct RenderArgs {
    /// The options that decide the samples, as given. The first field: the others take theirs out of what was given.
    #[command(flatten)]
    pub given: RecordedOptions,

    /// MIDI files, folders (all .mid, .midi, .kar and .rmi in them), or - for standard input
    #[arg(required_unless_present = "files_from", value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    /// One input: the file (or existing folder) to write to, or - for standard output. Several inputs or a folder: a
    /// folder, made if it is missing, that mirrors theirs and gets a manifest, cascade-manifest.jsonl [default:
    /// song.mid -> song.wav beside it; standard input -> standard output]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,

    /// Replace what lies in an output's place, whatever it is [default: only what looks as if Cascade had written it: a
    /// recording, labels, stems; of --raw, what a manifest names; and in a folder, only what the same input made].
    /// Read-only files are never replaced
    #[arg(long)]
    pub force: bool,

    /// How the sound is made.
    #[command(flatten)]
    pub sound: SoundArgs,

    /// What is made of the whole mix.
    #[command(flatten)]
    pub mixdown: MixdownArgs,

    /// How the recording is written.
    #[command(flatten)]
    pub recording: RecordingArgs,

    /// What is written beside it.
    #[command(flatten)]
    pub labels: LabelArgs,

    /// How the music is changed.
    #[command(flatten)]
    pub changes: ChangeArgs,

    /// What of it is recorded.
    #[command(flatten)]
    pub excerpt: ExcerptArgs,

    /// What is done with many inputs.
    #[command(flatten)]
    pub batch: BatchArgs,

    /// Whether it becomes the baseline.
    #[command(flatten)]
    pub bless: BlessArgs,

    /// Refuse a longer song: seconds, m:ss, h:mm:ss, 90m, 4h
    #[arg(long, value_name = "TIME|off", default_value = "4h", value_parser = values::longest, help_heading = "Limits")]
    pub max_duration: Seconds,

    /// Upper bound for audio kept in memory, of all songs together: 500MB, 2GiB; at least 1MB [default: 320MiB for one song,
    /// 512MiB for several]
    #[arg(long, value_name = "SIZE", value_parser = values::memory, help_heading = "Limits")]
    pub memory: Option<u64>,

    /// Refuse a damaged file instead of repairing it
    #[arg(long, help_heading = "Limits")]
    pub strict: bool,

    /// Threads [default: one for each core]
    #[arg(short, long, value_name = "N", value_parser = values::jobs, help_heading = "Limits")]
    pub jobs: Option<usize>,

    /// Render twice, with 1 and with N threads, and fail if a byte differs
    #[arg(long, help_heading = "Limits")]
    pub check_determinism: bool,

    /// Where defaults come from.
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Tell nothing but errors
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Messages")]
    pub quiet: bool,

    /// Tell what was done, how long each stage took, and which options were given where
    #[arg(short, long, help_heading = "Messages")]
    pub verbose: bool,

    /// Show how far it is: auto shows a bar on terminals; on also writes a line for each tenth elsewhere
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Messages"
    )]
    pub progress: ProgressMode,

    /// The opposites of all these options. The last field: it makes them of those before it.
    #[command(flatten)]
    pub negations: Negations,
}

/// How the sound is made.
#[derive(Args, Debug)]
#[command(next_help_heading = "Instrument")]
pub struct SoundArgs {
    /// Play every melodic channel with this preset (`cascade presets list`), or with the one in this TOML file
    #[arg(short, long, value_name = "NAME|FILE")]
    pub preset: Option<PathBuf>,

    /// A bank in TOML; what it does not assign stays as it is built in
    #[arg(long, value_name = "FILE")]
    pub bank: Option<PathBuf>,

    /// Change a parameter of every preset (`cascade presets describe`); may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,

    /// Gain of the whole mix, in decibels
    #[arg(long, value_name = "DB", default_value = "0", value_parser = values::gain, allow_negative_numbers = true)]
    pub gain: Decibels,

    /// How the effects are set.
    #[command(flatten)]
    pub effects: EffectArgs,

    /// A look-ahead limiter, which touches nothing below -1 dBFS
    #[arg(
        long,
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub limiter: Switch,
}

/// How the recording is written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Recording")]
pub struct RecordingArgs {
    /// Frames per second, 8000 to 192000
    #[arg(short = 'r', long, value_name = "HZ", default_value = "44100", value_parser = values::sample_rate)]
    pub sample_rate: SampleRate,

    /// How a sample is stored: 16, 24 or 32 bit integer, or 32 bit float
    #[arg(long, default_value = "i16")]
    pub format: Format,

    /// Interleaved little-endian samples without a header; song.raw where no output is named
    #[arg(long)]
    pub raw: bool,

    /// One channel: (left + right) / 2
    #[arg(long)]
    pub mono: bool,

    /// Dither of 16 bit samples (the other formats need none): the same noise on every run
    #[arg(
        long,
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub dither: Switch,
}

impl RenderArgs {
    /// How much is told.
    pub(in crate::cli) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }

    /// The memory for so many songs.
    pub(in crate::cli) fn memory(&self, songs: usize) -> u64 {
        const SEVERAL: u64 = 512 << 20;
        let default = if songs > 1 { SEVERAL } else { MEMORY_OF_ONE };
        self.memory.unwrap_or(default)
    }
}

/// How a sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum Format {
    I16,
    I24,
    I32,
    F32,
}

impl From<Format> for SampleFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::I16 => Self::I16,
            Format::I24 => Self::I24,
            Format::I32 => Self::I32,
            Format::F32 => Self::F32,
        }
    }
}

/// When progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum ProgressMode {
    Auto,
    On,
    Off,
}
