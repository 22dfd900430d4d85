//! The sine oscillator: a polynomial of the phase, with nothing but the fundamental at any frequency.

use crate::dsp::phase::{LANES, NYQUIST, Phases, Ramp};
use crate::dsp::simd::vectorised;
use crate::dsp::sine::sine;

/// Phases that are found before any of their sines: a loop over many vectorises, one over eight does not (2.8 ns a sample).
const RUN: usize = 64;

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
        let mut eights = phases.eights();
        for run in output.chunks_mut(RUN) {
            let mut phases = [0; RUN];
            for eight in phases.as_chunks_mut::<LANES>().0 {
                *eight = eights.phases;
                eights.advance();
            }
            for (sample, phase) in run.iter_mut().zip(phases) {
                *sample = sine(phase);
            }
        }
    }
}
