//! Where instants lie in frames.

use crate::score::{Instant, Timebase};
use crate::units::SampleRate;

/// Where instants lie in frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) timebase: Timebase,
    pub(super) rate: SampleRate,
}

impl Scale {
    pub(super) fn frame(self, instant: Instant) -> u64 {
        self.timebase.frame(instant, self.rate)
    }
}
