//! How a song is rendered: rate, excerpt, order of adding, length and mix.

use crate::plan::{self, Grouping};
use crate::render;
use crate::units::{ChannelSet, SampleRate, Seconds};

/// How a song is rendered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Frames per second.
    pub sample_rate: SampleRate,
    /// What of the song is rendered.
    pub excerpt: Excerpt,
    /// What stems are told apart by. It is also the order of adding, so the last bits of the mix depend on it.
    pub grouping: Grouping,
    /// The longest rendering that is allowed: a file of a few bytes may be days long. Four hours, unless it is set.
    pub longest: Seconds,
    /// Gain, limiter, effects, tail, loudness and memory.
    pub mix: render::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sample_rate: SampleRate::default(),
            excerpt: Excerpt::default(),
            grouping: Grouping::default(),
            longest: Seconds(4.0 * 3600.0),
            mix: render::Settings::default(),
        }
    }
}

/// What of a song is rendered, sample for sample as in the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excerpt {
    /// Where it begins, in seconds of the song.
    pub from: Seconds,
    /// Where it ends, in seconds of the song; nothing for the end of the song and its tail, which may come before.
    pub to: Option<Seconds>,
    /// The channels that are heard.
    pub channels: ChannelSet,
}

impl Default for Excerpt {
    /// All of it.
    fn default() -> Self {
        Self {
            from: Seconds(0.0),
            to: None,
            channels: ChannelSet::ALL,
        }
    }
}

impl Excerpt {
    /// The same, counted in frames of a rate; what is mixed before it is not known yet.
    #[must_use]
    pub fn in_frames(&self, rate: SampleRate) -> plan::Excerpt {
        plan::Excerpt {
            from: self.from.to_frames(rate),
            to: self.to.map_or(u64::MAX, |time| time.to_frames(rate)),
            lead_in: 0,
            channels: self.channels,
        }
    }
}
