//! The arguments of `cascade render` for data sets: the notes beside the recording.

use clap::{Args, ValueEnum};

/// What is written beside a recording.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Recording")]
pub struct LabelArgs {
    /// Also write the notes that are heard, one a line, to song.labels.csv or song.labels.jsonl beside song.wav: onset,
    /// release (key and pedals up) and key up in frames and seconds of the recording, where a note of a part may begin
    /// before it or end behind it; channel and track from 1, key, velocity, program from 0, bank, drum
    #[arg(long, value_name = "csv|jsonl", hide_possible_values = true)]
    pub labels: Option<LabelFormat>,
}

/// How the notes are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LabelFormat {
    /// Values between commas, under a line of names.
    Csv,
    /// An object of JSON a line.
    Jsonl,
}
