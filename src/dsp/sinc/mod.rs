//! A recording read at any speed by a windowed sinc: what lies between its frames, and above the output's band, is not
//! heard; its loop goes round at any length.
//!
//! In: a [`Recording`], the [`Kernel`] for the increments of a sound, and a [`Glide`] for each run of frames. Out: mono
//! samples. It remembers a [`State`], from which it goes on at any frame: any division of the runs gives the same bits.

mod convolve;
mod glide;
mod kernel;
mod recording;
mod state;
#[cfg(test)]
mod tests;

use self::convolve::convolve;
pub use self::glide::{Glide, HIGHEST, ONE, Ramp, increment};
pub use self::kernel::Kernel;
pub use self::recording::Recording;
pub use self::state::{Looping, State};

/// Taps that are added side by side.
const LANES: usize = 8;

impl Recording {
    /// Fills `output` with what follows, and moves `state` and `glide` on. `kernel` is the same for the whole sound.
    pub fn render(
        &self,
        kernel: &Kernel,
        state: &mut State,
        glide: &mut Glide,
        output: &mut [f32],
    ) {
        let mut rest = output;
        while !rest.is_empty() {
            let Some((stretch, limit)) = state.settle(self, kernel) else {
                return rest.fill(0.0);
            };
            let frames = glide.frames_within(state.distance_to(limit));
            let frames = frames.min(state.unchanged()).min(rest.len());
            let (now, later) = rest.split_at_mut(frames);
            let first_tap = stretch.first + kernel.reach() as i64 - 1;
            let position = state.position_from(first_tap);
            let copied = kernel.is_exact() && glide.is_still_at(ONE) && position as u32 == 0;
            if copied {
                let place = (position >> 32) as usize + kernel.reach() - 1;
                now.copy_from_slice(&stretch.frames[place..place + frames]);
            } else {
                convolve(kernel, &stretch.frames, glide.steps(position), now);
            }
            state.advance(frames, glide.advance(frames));
            rest = later;
        }
    }

    /// How many frames are left until the recording, at this increment, is over and all that follows is silence: the last
    /// kernel has gone by. `None` where it loops, or has still to leave its loop, or does not move.
    #[must_use]
    pub fn frames_left(&self, kernel: &Kernel, state: &State, increment: u64) -> Option<u64> {
        let mut state = *state;
        if state.settle(self, kernel).is_none() {
            return Some(0);
        }
        let distance = state.distance_to(state.end(self, kernel)?);
        (increment > 0).then(|| distance.div_ceil(increment.min(HIGHEST)))
    }
}
