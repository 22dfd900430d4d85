//! Harmonics at will: a stored cycle of any spectrum, or the way from one spectrum to another.

use super::table::Table;
use crate::dsp::exp2::exp2s;
use crate::dsp::phase::LANES;
use crate::dsp::simd::vectorised;
use crate::sound::Morph;
use crate::sound::resolved::Swing;
use crate::units::SampleRate;
use crate::voice::frequency_ramps::FrequencyRamps;
use crate::voice::grid::STEP;
use crate::voice::grid::Scratch;
use crate::voice::grid::{Ends, ends};

/// Two stored cycles and the way between them. Remembers both oscillators and the frame.
#[derive(Clone, Debug)]
pub struct Morphing {
    first: Table,
    second: Table,
    frame: u64,
    way: Way,
    /// At `frame`.
    position: f32,
}

/// The position between the two over time: 0 is the first, 1 the second.
#[derive(Clone, Copy, Debug)]
struct Way {
    from: f64,
    to: f64,
    octaves_per_frame: f64,
    swing: Option<Swing>,
}

impl Way {
    fn new(morph: &Morph, swing: Option<Swing>, rate: SampleRate) -> Self {
        Self {
            from: morph.from,
            to: morph.to,
            octaves_per_frame: libm::log2(0.001) / morph.time.in_frames(rate).max(1.0),
            swing,
        }
    }

    /// The positions at eight frames.
    fn positions(&self, frames: &Ends) -> [f32; LANES] {
        let left = exp2s(&frames.map(|frame| self.octaves_per_frame * frame as f64));
        let sway = |swing: Swing| swing.lfo.values(frames).map(|value| swing.depth * value);
        let swayed = self.swing.map_or([0.0; LANES], sway);
        std::array::from_fn(|index| {
            // What is left of the way in the end is not heard, and one cycle is enough then: -50 dB.
            let left = if left[index] > 0.003 {
                left[index]
            } else {
                0.0
            };
            let position = self.to + (self.from - self.to) * left;
            (position + swayed[index]).clamp(0.0, 1.0) as f32
        })
    }
}

impl Morphing {
    /// Both oscillators, and the way from the first to the second.
    pub(super) fn new(
        [first, second]: [Table; 2],
        morph: &Morph,
        swing: Option<Swing>,
        rate: SampleRate,
    ) -> Self {
        let way = Way::new(morph, swing, rate);
        let [position, ..] = way.positions(&[0; LANES]);
        Self {
            first,
            second,
            frame: 0,
            way,
            position,
        }
    }

    /// Fills `output`, at most a chunk; the position goes straight from step to step.
    pub(super) fn render(
        &mut self,
        course: &FrequencyRamps,
        scratch: &mut Scratch,
        output: &mut [f32],
    ) {
        let (from, ends) = (self.position, self.way.positions(&ends(self.frame)));
        (self.frame, self.position) = (self.frame + output.len() as u64, ends[LANES - 1]);
        let stays_at = |position| from == position && ends == [position; LANES];
        if stays_at(0.0) {
            self.second.pass(course, output.len());
            return self.first.follow(course, output);
        }
        if stays_at(1.0) {
            self.first.pass(course, output.len());
            return self.second.follow(course, output);
        }
        let Some(second) = scratch.first_mut() else {
            return;
        };
        let second = &mut second[..output.len()];
        self.first.follow(course, output);
        self.second.follow(course, second);
        mix(from, &ends, second, output);
    }
}

vectorised! {
    /// Takes `first` to `second` by a share that goes from `from` in straight lines to those at the ends of the steps.
    fn mix(from: f32, ends: &[f32; LANES], second: &[f32], first: &mut [f32]) {
        let mut from = from;
        let (first, second) = (first.as_chunks_mut::<STEP>().0, second.as_chunks::<STEP>().0);
        for ((first, second), to) in first.iter_mut().zip(second).zip(ends) {
            let slope = (to - from) * (1.0 / STEP as f32);
            for (offset, (sample, second)) in first.iter_mut().zip(second).enumerate() {
                *sample += (*second - *sample) * (from + slope * offset as i32 as f32);
            }
            from = *to;
        }
    }
}
