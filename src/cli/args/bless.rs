//! The argument that makes what is rendered the baseline, of `cascade render` and `cascade verify`.

use clap::Args;

/// Whether what is rendered becomes the baseline.
#[derive(Args, Debug)]
pub struct BlessArgs {
    /// Make this the baseline of `cascade verify`, and record why: the reason stands in the manifest beside the version.
    /// Refused where the environment variable CI is set, since a build that makes its own baseline finds nothing
    #[arg(
        long = "bless",
        id = "reason",
        value_name = "REASON",
        help_heading = "Baseline"
    )]
    pub reason: Option<String>,
}
