//! How a plan is rendered, and what is said of it afterwards.

use super::meter::{Loudness, Metering};
use crate::mix::effects::Choice;
use crate::mix::limiter::LimiterReport;
use crate::units::{Decibels, Seconds};

/// What is done with the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Applied to the whole mix.
    pub gain: Decibels,
    /// Whether peaks above -1 dBFS are held down.
    pub limiter: bool,
    /// Which effects are heard.
    pub effects: Choice,
    /// What follows the last note.
    pub tail: Tail,
    /// The level that the whole is brought to, beside the gain.
    pub normalize: Option<Target>,
    /// Whether the recording will be `(left + right) / 2`, which is what is measured then.
    pub mono: bool,
    /// What is measured of what comes out: [`Report::loudness`].
    pub meter: Metering,
    /// The tones kept in memory, in bytes; what exceeds it is rendered again when it is needed again.
    pub memory: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gain: Decibels(0.0),
            limiter: true,
            effects: Choice::default(),
            tail: Tail::Auto,
            normalize: None,
            mono: false,
            meter: Metering::Off,
            memory: 1 << 30,
        }
    }
}

/// The level that a recording is brought to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// True peak in dBTP. Nothing is limited.
    TruePeak(Decibels),
    /// Integrated loudness in LUFS. The limiter holds down what would exceed its ceiling.
    Loudness(f64),
}

/// What follows the last note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tail {
    /// The rest of the song, and whatever is heard of the effects.
    Auto,
    /// So long after the end of the last note's release, whatever the song and the effects do then.
    Seconds(Seconds),
}

/// What a rendering did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Frames that came out.
    pub frames: u64,
    /// The largest magnitude of any sample before the limiter.
    pub peak: f32,
    /// What the limiter did, where it was on.
    pub limiter: Option<LimiterReport>,
    /// The gain of the mix, normalisation included.
    pub gain: Decibels,
    /// How loud it came out, where that was asked for.
    pub loudness: Option<Loudness>,
    /// Samples of tones that were rendered.
    pub samples_rendered: u64,
    /// Samples of tones that were mixed: more than were rendered, since notes share tones.
    pub samples_mixed: u64,
}
