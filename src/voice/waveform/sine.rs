//! The sine oscillator: a polynomial of the phase, with nothing but the fundamental at any frequency.

use crate::dsp::phase::{NYQUIST, Phases, Ramp};
use crate::dsp::simd::vectorised;
use crate::dsp::sine::sine;

/// Fills `output` from `phase` on and returns the phase behind it.
pub(super) fn render(phase: u32, ramp: Ramp, output: &mut [f32]) -> u32 {
    let phases = Phases::new(phase, ramp, output.len());
    let end = phases.at(output.len() as u32);
    if ramp.highest() >= NYQUIST {
        output.fill(0.0);
    } else {
        sines(phases, output);
    }
    end
}

vectorised! {
    fn sines(phases: Phases, output: &mut [f32]) {
        phases.for_each(output, |phases, samples| {
            for (sample, phase) in samples.iter_mut().zip(phases) {
                *sample = sine(*phase);
            }
        });
    }
}
