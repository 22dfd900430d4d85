//! The arguments of `cascade render` that change the music, or record a part of it.

use clap::Args;

use crate::cli::{music, values};
use crate::units::{ChannelSet, Hertz, Ratio, Seconds};

/// How the performance departs from what is written.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Parts and changes")]
pub struct ChangeArgs {
    /// Play so many times as fast: 0.5 is half the speed, 2/3 is exact too
    #[arg(long, value_name = "RATIO", default_value = "1", value_parser = music::ratio)]
    pub tempo: Ratio,

    /// Play melodic channels so many semitones higher; keys beyond 0 and 127 are folded by octaves
    #[arg(
        long,
        value_name = "SEMITONES",
        default_value = "0",
        value_parser = music::semitones,
        allow_negative_numbers = true
    )]
    pub transpose: f64,

    /// The frequency of the A above middle C, 400 to 480; drums keep their pitch
    #[arg(long, value_name = "HZ", default_value = "440", value_parser = music::tuning)]
    pub tuning: Hertz,
}

/// What of a song is recorded.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Parts and changes")]
pub struct ExcerptArgs {
    /// Begin there, with all that sounds by then: seconds, m:ss or h:mm:ss of the song as --tempo plays it
    #[arg(long, value_name = "TIME", value_parser = values::position)]
    pub from: Option<Seconds>,

    /// End there, cut without a fade or a tail: parts that follow one another join to the whole, to the last bit with
    /// --limiter off and --dither off
    #[arg(long, value_name = "TIME", value_parser = values::position)]
    pub to: Option<Seconds>,

    /// Leave these channels out (1-16, as in 1,2,10 or 1-4); the recording stays as long as it is with them
    #[arg(long, value_name = "LIST", value_parser = music::channels)]
    pub mute: Option<ChannelSet>,

    /// Leave all channels out but these
    #[arg(long, value_name = "LIST", value_parser = music::channels)]
    pub solo: Option<ChannelSet>,
}
