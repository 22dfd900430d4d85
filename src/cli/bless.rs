//! `--bless`: what is rendered becomes the baseline, with a reason, and never in CI.

use std::env;

use anyhow::{Result, bail};

use super::args::bless::BlessArgs;

/// Refuses to bless in CI, and without a reason.
pub(super) fn check(args: &BlessArgs) -> Result<()> {
    let Some(reason) = &args.reason else {
        return Ok(());
    };
    if env::var_os("CI").is_some_and(|value| !value.is_empty()) {
        bail!(
            "--bless is refused, since the environment variable CI is set: a build that makes its own baseline finds \
             nothing; bless on your own machine, look at the change of the manifest, and commit it"
        );
    }
    if reason.trim().is_empty() {
        bail!("--bless needs a reason, such as --bless \"softer attack of the flutes\"");
    }
    Ok(())
}
