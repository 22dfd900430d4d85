//! What is made of the whole mix, as typed: its end, its level, its stems.

use clap::{Args, ValueEnum};

use crate::cli::values;
use crate::plan::Grouping;
use crate::render::{Tail, Target};

/// What is made of the whole mix.
#[derive(Args, Debug)]
#[command(next_help_heading = "Mix")]
pub struct MixdownArgs {
    /// What follows the last note: auto is the rest of the song, until the effects are silent too; a number is so many
    /// seconds from the end of the last note's release, and off none
    #[arg(long, value_name = "auto|off|SECONDS", default_value = "auto", value_parser = values::tail)]
    pub tail: Tail,

    /// Bring the whole to a true peak (peak=-1, in dBTP; nothing is limited then) or to a loudness (lufs=-14). The song
    /// is rendered twice
    #[arg(long, value_name = "TARGET", value_parser = values::target)]
    pub normalize: Option<Target>,

    /// Also write one file for each channel, track or program, and one for the effects, into song.stems beside the
    /// recording, and stems.json that lists them. Their sum is the mix before the limiter: to the last bit with
    /// --format f32
    #[arg(long, value_name = "BY")]
    pub stems: Option<Stems>,
}

/// What stems are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum Stems {
    Channel,
    Track,
    Program,
}

impl From<Stems> for Grouping {
    fn from(stems: Stems) -> Self {
        match stems {
            Stems::Channel => Self::Channel,
            Stems::Track => Self::Track,
            Stems::Program => Self::Program,
        }
    }
}
