//! A recording is read: what lies under the kernel is added up, frame after frame.

use super::convolve::convolve;
use super::glide::{Glide, ONE};
use super::kernel::Kernel;
use super::recording::RecordedFrames;
use super::state::ReadState;

impl RecordedFrames {
    /// Fills `output` with what follows, and moves `state` and `glide` on. `kernel` is the same for the whole sound.
    pub fn render(
        &self,
        kernel: &Kernel,
        state: &mut ReadState,
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
}
