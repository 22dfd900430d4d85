//! The arguments of `cascade inspect`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  cascade inspect song.mid
  cascade inspect --json *.mid | jq -r '[.path, .duration_s] | @tsv'
  cascade inspect --plot song.svg song.mid      a piano roll with controllers; of a WAV, a spectrogram
  cascade inspect --strict *.mid > /dev/null    tells which files are damaged";

/// What `cascade inspect` is told.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct InspectArgs {
    /// MIDI files, or - for standard input; with --plot also a WAV file
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    /// One JSON object a line for each input
    #[arg(long)]
    pub json: bool,

    /// Draw the file as SVG, which every browser shows: the notes and controllers of a MIDI file, or the waveform and
    /// spectrogram of a WAV file
    #[arg(long, value_name = "FILE.svg", conflicts_with = "json", value_parser = svg)]
    pub plot: Option<PathBuf>,

    /// A damaged file counts as failed
    #[arg(long)]
    pub strict: bool,
}

/// A file that is drawn to.
fn svg(typed: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(typed);
    match path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("svg"))
    {
        true => Ok(path),
        false => Err("pictures are written as SVG; name a file that ends in .svg".to_owned()),
    }
}
