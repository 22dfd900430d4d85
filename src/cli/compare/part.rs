//! Which part of two recordings is compared.

use anyhow::{Result, bail};

use super::super::args::compare::CompareArgs;
use crate::units::Seconds;

/// Which part of the recordings is compared.
#[derive(Clone, Debug, Default)]
pub(super) struct ComparedPart {
    pub(super) from: Option<Seconds>,
    pub(super) to: Option<Seconds>,
    /// Counted from 0; none: all.
    pub(super) channels: Vec<usize>,
}

impl ComparedPart {
    pub(super) fn new(args: &CompareArgs) -> Result<Self> {
        if let (Some(from), Some(to)) = (args.from, args.to)
            && from >= to
        {
            bail!("--from {from} is not before --to {to}, so there is nothing to compare");
        }
        Ok(Self {
            from: args.from,
            to: args.to,
            channels: args.channels.iter().map(|channel| channel - 1).collect(),
        })
    }
}
