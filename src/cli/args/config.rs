//! The arguments of `cascade render` that say where its defaults come from.

use std::path::PathBuf;

use clap::Args;

use crate::cli::config::Origin;

/// Where defaults come from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Defaults")]
pub struct ConfigArgs {
    /// Take defaults from this TOML file, whose keys are the long names of these options: format = "f32", mono = true,
    /// mute = [4, 10]. Its paths start at its folder; what is typed here wins, and --no-KEY ignores a KEY of the file
    /// [default: cascade.toml in the current folder, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Take defaults from no file, not even from cascade.toml
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// The options that were given, and where.
    #[arg(skip)]
    pub origins: Vec<Origin>,
}
