//! What of a song is recorded.

use crate::units::ChannelSet;

/// What of a song is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The first frame.
    pub from: u64,
    /// The first frame that is left out again; the song may end before it.
    pub to: u64,
    /// Frames before the first one that are mixed all the same, for what remembers them.
    pub lead_in: u64,
    /// The channels that are heard, of every port.
    pub channels: ChannelSet,
}

impl Default for Excerpt {
    /// All of it.
    fn default() -> Self {
        Self {
            from: 0,
            to: u64::MAX,
            lead_in: 0,
            channels: ChannelSet::ALL,
        }
    }
}
