//! A recorded sound, read at the speed that its pitch asks for.
//!
//! Its frequency is the ratio of frames read to frames heard: 2^[`RATIO_BITS`] steps are a ratio of 1, so that the ratio goes up
//! to 256, eight octaves, in steps of 1e-4 cents where it is 1.

use std::sync::Arc;

use crate::dsp::phase::Ramp;
use crate::dsp::sinc::{self, Kernel, Looping, ReadState};
use crate::sound::resolved::RATIO_BITS;
use crate::sound::{LoopMode, Recording};

/// A recording that is being read. Remembers how far.
#[derive(Clone, Debug)]
pub struct Player {
    recording: Arc<Recording>,
    state: ReadState,
}

impl Player {
    /// From its first frame on; a loop that is played until the release is played for `gate` frames.
    pub(super) fn new(recording: &Arc<Recording>, gate: Option<u64>) -> Self {
        let looping = match (recording.mode, gate) {
            (LoopMode::Never, _) => Looping::Never,
            (LoopMode::UntilRelease, Some(gate)) => Looping::Until(gate),
            (LoopMode::Forever | LoopMode::UntilRelease, _) => Looping::Forever,
        };
        Self {
            recording: Arc::clone(recording),
            state: ReadState::new(0, looping),
        }
    }

    /// Fills `output`, a whole number of steps long. The kernel is chosen for each run: runs end at the same frames however
    /// the sound is divided.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        let [from, to] = [ramp.from, ramp.to].map(|steps| u64::from(steps) << (32 - RATIO_BITS));
        let kernel = Kernel::for_increments(from.min(to), from.max(to));
        let mut glide = sinc::Ramp { from, to }.over(output.len());
        let frames = &self.recording.frames;
        frames.render(kernel, &mut self.state, &mut glide, output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Cents, Hertz};

    fn player(frames: &[f32]) -> Player {
        let recording = Recording {
            frames: sinc::RecordedFrames::new(frames, None),
            mode: LoopMode::Never,
            rate: Hertz(44_100.0),
            root: Cents(6000.0),
            hash: [0; 32],
        };
        Player::new(&Arc::new(recording), None)
    }

    #[test]
    fn at_its_own_speed_a_recording_is_copied() {
        let frames: Vec<f32> = (0..1000).map(|frame| (frame % 97) as f32 / 97.0).collect();
        let still = 1 << RATIO_BITS;
        let mut output = vec![0.0; 1024];
        let ramp = Ramp {
            from: still,
            to: still,
        };
        player(&frames).render(ramp, &mut output);
        assert_eq!(output[..1000], frames);
        assert_eq!(output[1000..], [0.0; 24]);
    }
}
