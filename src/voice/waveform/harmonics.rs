//! Harmonics at will: a stored cycle of any spectrum, or the way from one spectrum to another.

use std::sync::Arc;

use super::table::{Stored, Table};
use crate::dsp::exp2::exp2;
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::dsp::phase::Ramp;
use crate::preset::spectrum::Struck;
use crate::preset::{Harmonics, Morph};
use crate::units::SampleRate;
use crate::voice::pitch::STEP;

/// Two stored cycles and the way between them. Remembers both oscillators and the frame.
#[derive(Clone, Debug)]
pub struct Morphing {
    first: Table,
    second: Table,
    frame: u64,
    course: Course,
    /// At `frame`, as the last step left it.
    position: f64,
}

/// The position between the two over time: 0 is the first, 1 the second.
#[derive(Clone, Copy, Debug)]
struct Course {
    from: f64,
    to: f64,
    octaves_per_frame: f64,
    lfo: LowFrequencyOscillator,
    depth: f64,
}

impl Course {
    fn new(morph: &Morph, lfo: LowFrequencyOscillator, rate: SampleRate) -> Self {
        Self {
            from: morph.from,
            to: morph.to,
            octaves_per_frame: libm::log2(0.001) / morph.time.in_frames(rate).max(1.0),
            lfo,
            depth: morph.lfo,
        }
    }

    fn at(&self, frame: u64) -> f64 {
        let left = exp2(self.octaves_per_frame * frame as f64);
        // What is left of the way in the end is not heard, and one cycle is enough then.
        let left = if left > 0.001 { left } else { 0.0 };
        let position = self.to + (self.from - self.to) * left;
        (position + self.depth * self.lfo.value(frame)).clamp(0.0, 1.0)
    }
}

/// The stored wave of a spectrum that does not move.
pub(super) fn still(harmonics: &Harmonics, struck: Struck) -> Stored {
    Stored::Shared(harmonics.wavetables.get(&harmonics.spectrum, struck))
}

impl Morphing {
    pub(super) fn new(
        harmonics: &Arc<Harmonics>,
        morph: &Morph,
        struck: Struck,
        lfo: LowFrequencyOscillator,
        phase: u32,
        rate: SampleRate,
    ) -> Self {
        let second = Stored::Shared(morph.wavetables.get(&morph.spectrum, struck));
        let course = Course::new(morph, lfo, rate);
        Self {
            first: Table::new(still(harmonics, struck), phase),
            second: Table::new(second, phase),
            frame: 0,
            course,
            position: course.at(0),
        }
    }

    /// Fills `output`; the position goes straight from step to step.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        if output.len() == STEP {
            return self.step(ramp, output);
        }
        // Only a resting frequency comes in runs longer than a step.
        for step in output.chunks_mut(STEP) {
            self.step(ramp, step);
        }
    }

    fn step(&mut self, ramp: Ramp, output: &mut [f32]) {
        let mut second = [0.0; STEP];
        let second = &mut second[..output.len()];
        let end = self.frame + output.len() as u64;
        let (from, to) = (self.position, self.course.at(end));
        (self.frame, self.position) = (end, to);
        if (from, to) == (0.0, 0.0) {
            self.second.pass(ramp, output.len());
            return self.first.render(ramp, output);
        }
        if (from, to) == (1.0, 1.0) {
            self.first.pass(ramp, output.len());
            return self.second.render(ramp, output);
        }
        self.first.render(ramp, output);
        self.second.render(ramp, second);
        let (from, slope) = (from as f32, ((to - from) / output.len() as f64) as f32);
        for (offset, (sample, second)) in output.iter_mut().zip(second).enumerate() {
            *sample += (*second - *sample) * (from + slope * offset as i32 as f32);
        }
    }
}
