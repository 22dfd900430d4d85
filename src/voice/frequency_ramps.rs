//! How a frequency goes over a chunk of frames: in a straight line from step to step.

use super::grid::STEP;
use crate::dsp::phase::{Increment, LANES, Ramp};

/// The frequency over a chunk.
#[derive(Clone, Copy, Debug)]
pub struct FrequencyRamps {
    /// At the first frame.
    pub from: Increment,
    /// At the ends of the steps.
    pub ends: [Increment; LANES],
}

impl FrequencyRamps {
    /// A frequency that stays.
    #[must_use]
    pub const fn resting(increment: Increment) -> Self {
        Self {
            from: increment,
            ends: [increment; LANES],
        }
    }

    /// The frequency, if it is the same all along.
    #[must_use]
    pub fn rests(&self) -> Option<Increment> {
        (self.ends == [self.from; LANES]).then_some(self.from)
    }

    /// The lowest and the highest frequency.
    #[must_use]
    pub fn range(&self) -> [Increment; 2] {
        let ends = || self.ends.into_iter();
        [
            ends().fold(self.from, Increment::min),
            ends().fold(self.from, Increment::max),
        ]
    }

    /// The course times a ratio.
    #[must_use]
    pub fn stretched(&self, ratio: f64) -> Self {
        let times = |increment: Increment| (f64::from(increment) * ratio + 0.5) as Increment;
        Self {
            from: times(self.from),
            ends: self.ends.map(times),
        }
    }

    /// The straight lines of its first `frames`, a multiple of [`STEP`] and at most [`CHUNK`](super::grid::CHUNK), with the frames of each: a
    /// step, or all that follow each other without the frequency having moved.
    #[inline]
    pub fn ramps(&self, frames: usize) -> impl Iterator<Item = (Ramp, usize)> {
        let (mut from, mut ends) = (self.from, &self.ends[..frames / STEP]);
        std::iter::from_fn(move || {
            let (&to, others) = ends.split_first()?;
            let resting = others.iter().take_while(|end| to == from && **end == to);
            let steps = 1 + resting.count();
            let ramp = Ramp { from, to };
            (from, ends) = (to, &ends[steps..]);
            Some((ramp, steps * STEP))
        })
    }

    /// Hands each of the [`ramps`](Self::ramps), with the samples that belong to it, to `render`.
    #[inline]
    pub fn for_each(&self, mut output: &mut [f32], mut render: impl FnMut(Ramp, &mut [f32])) {
        for (ramp, frames) in self.ramps(output.len()) {
            let (run, rest) = std::mem::take(&mut output).split_at_mut(frames);
            render(ramp, run);
            output = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::grid::CHUNK;

    #[test]
    fn steps_without_movement_are_rendered_in_one_go() {
        let course = FrequencyRamps {
            from: 7,
            ends: [7, 7, 8, 9, 9, 9, 7, 7],
        };
        let ramps = |frames: usize| -> Vec<(u32, u32, usize)> {
            let ramps = course.ramps(frames);
            ramps
                .map(|(ramp, frames)| (ramp.from, ramp.to, frames / STEP))
                .collect()
        };
        let expected = [
            (7, 7, 2),
            (7, 8, 1),
            (8, 9, 1),
            (9, 9, 2),
            (9, 7, 1),
            (7, 7, 1),
        ];
        assert_eq!(ramps(CHUNK), expected);
        assert_eq!(ramps(3 * STEP), expected[..2]);
        assert_eq!(ramps(0), []);
    }
}
