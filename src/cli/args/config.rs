//! The arguments of `cascade render` that say where its defaults come from.

use std::path::PathBuf;

use clap::Args;

/// Where defaults come from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Defaults")]
pub struct ConfigArgs {
    /// Take defaults from this TOML file, whose keys are the long names of these options: format = "f32", mono = true,
    /// mute = [4, 10]. Its paths start at its folder. What is typed here wins: --no-KEY is off where KEY has an off, and
    /// otherwise as if the file did not have KEY. [default: cascade.toml in the current folder, if there is one, which, as
    /// it was found and not given, may not set output, files-from, bless or force, and reads only below its folder]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Take defaults from no file, not even from cascade.toml
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,

    /// The options that were given, and where.
    #[arg(skip)]
    pub origins: Vec<Origin>,
}

impl ConfigArgs {
    /// Whether an option stands in a file that was found and not given.
    pub(in crate::cli) fn is_found(&self, long: &str) -> bool {
        let is_it = |origin: &Origin| origin.found.as_deref() == Some(long);
        self.origins.iter().any(is_it)
    }
}

/// An option that was given, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// As it would be typed: `--format f32`.
    pub option: String,
    /// `command line`, or a file and its line.
    pub place: String,
    /// Its long name, if it stands in a file that was found and not given.
    pub found: Option<String>,
}
