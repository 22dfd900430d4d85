//! Tremolo: the gain of a layer, as its lfos sway it.

use super::grid::Ends;
use super::grid::STEP;
use crate::dsp::phase::LANES;
use crate::dsp::simd::vectorised;
use crate::sound::resolved::Swing;

/// The gains that lfos give at eight frames: each sways between 1 and 1 less its depth.
#[must_use]
pub fn gains(swings: &[Option<Swing>; 2], frames: &Ends) -> [f32; LANES] {
    let mut gains = [1.0; LANES];
    for swing in swings.iter().flatten() {
        for (gain, value) in gains.iter_mut().zip(swing.lfo.values(frames)) {
            *gain *= 1.0 - swing.depth * 0.5 * (1.0 - value);
        }
    }
    gains.map(|gain| gain as f32)
}

vectorised! {
    /// Brings a gain that goes from `from` in straight lines to those at the ends of the steps.
    pub fn sway(from: f32, ends: &[f32; LANES], output: &mut [f32]) {
        let mut from = from;
        for (step, to) in output.as_chunks_mut::<STEP>().0.iter_mut().zip(ends) {
            let slope = (to - from) * (1.0 / STEP as f32);
            for (offset, sample) in step.iter_mut().enumerate() {
                *sample *= from + slope * offset as i32 as f32;
            }
            from = *to;
        }
    }
}
