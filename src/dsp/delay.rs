//! A line that gives back what went in a while ago, in steps of many frames, so that what reads it vectorises.

/// Input: `STEP` frames at a time. Output: any of the last `longest` frames, none sooner than a step. State: a ring of
/// them, whose first frames stand behind its end once more, so that every read is one slice.
#[derive(Clone, Debug)]
pub struct DelayLine<const STEP: usize> {
    samples: Vec<f32>,
    /// Frames of the ring, a multiple of the step.
    ring: usize,
    /// Where the next step is written.
    head: usize,
}

impl<const STEP: usize> DelayLine<STEP> {
    /// A silent line that remembers at least `longest` frames.
    #[must_use]
    pub fn new(longest: usize) -> Self {
        let ring = longest.next_multiple_of(STEP).max(STEP);
        Self {
            samples: vec![0.0; ring + 2 * STEP],
            ring,
            head: 0,
        }
    }

    /// `count` frames, at most two steps, of which the first is `delay` frames before the one to be written next.
    /// `count <= delay <= longest`.
    #[must_use]
    #[inline(always)]
    pub fn read(&self, delay: usize, count: usize) -> &[f32] {
        let place = self.head + self.ring - delay;
        let place = if place >= self.ring {
            place - self.ring
        } else {
            place
        };
        &self.samples[place..place + count]
    }

    /// Takes the next step in.
    #[inline(always)]
    pub fn write(&mut self, step: &[f32; STEP]) {
        self.step().copy_from_slice(step);
        self.advance();
    }

    /// Where the next step is to be written, before [`DelayLine::advance`].
    #[inline(always)]
    pub fn step(&mut self) -> &mut [f32] {
        &mut self.samples[self.head..self.head + STEP]
    }

    /// Takes in what was written to [`DelayLine::step`].
    #[inline(always)]
    pub fn advance(&mut self) {
        if self.head < 2 * STEP {
            let copy = self.ring + self.head;
            self.samples.copy_within(self.head..self.head + STEP, copy);
        }
        self.head += STEP;
        if self.head == self.ring {
            self.head = 0;
        }
    }

    /// The largest magnitude that it remembers.
    #[must_use]
    pub fn peak(&self) -> f32 {
        super::peak::peak(&self.samples)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: usize = 32;

    #[test]
    fn what_went_in_comes_out_after_every_delay() {
        for longest in [STEP, STEP + 1, 2 * STEP, 3 * STEP + 5, 1000] {
            let mut line = DelayLine::<STEP>::new(longest);
            for step in 0..40 {
                let now = (step * STEP) as f32;
                for delay in [STEP, longest] {
                    let count = delay.min(2 * STEP);
                    for (offset, sample) in line.read(delay, count).iter().enumerate() {
                        let expected = now - delay as f32 + offset as f32;
                        assert_eq!(
                            *sample,
                            expected.max(0.0),
                            "{longest} {step} {delay} {offset}"
                        );
                    }
                }
                line.write(&std::array::from_fn(|offset| now + offset as f32));
            }
        }
    }
}
