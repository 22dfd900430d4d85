//! A voice, and how it ends.

use crate::dsp::bits::bits;
use crate::dsp::envelope::VoiceEnvelope;

/// One layer group of one note, or of several that are equal.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// The frame at which it begins.
    pub onset: u64,
    /// Frames until its release.
    pub gate: u64,
    /// Index of its tone.
    pub tone: u32,
    /// Index of its ending.
    pub ending: u32,
    /// Linear gain.
    pub gain: f32,
    /// Index of its bus.
    pub bus: u32,
    /// Index of its layer group.
    pub layer_group: u32,
}

/// How a voice ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// Frames from the onset until its tone has died away by itself, if it does.
    pub natural: Option<u64>,
    /// How loud it is over time, apart from what its tone has of that.
    pub envelope: VoiceEnvelope,
}

bits!(Ending { natural, envelope });

impl Ending {
    /// How many frames sound of a voice that is let go after `gate` frames.
    #[must_use]
    pub fn length(&self, gate: u64) -> u64 {
        let released = self.envelope.end(gate);
        self.natural
            .map_or(released, |natural| natural.min(released))
    }
}
