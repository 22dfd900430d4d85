//! Phases counted in 2^32 steps to the cycle: whole numbers, so that any order of adding gives the same.

/// A frequency in steps of 2^-32 cycles per frame; above half the sample rate nothing can be heard of it.
pub type Increment = u32;

/// Half the sample rate: from here on there is no wave to be heard.
pub const NYQUIST: Increment = 1 << 31;

/// The frequency of a tone over a run of frames: it goes in a straight line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// At the first frame.
    pub from: Increment,
    /// At the first frame behind the run.
    pub to: Increment,
}

impl Ramp {
    /// The higher of its ends.
    #[must_use]
    pub fn highest(self) -> Increment {
        self.from.max(self.to)
    }

    /// The frequency halfway.
    #[must_use]
    pub fn middle(self) -> Increment {
        self.from.midpoint(self.to)
    }
}

/// Phases that are computed side by side; a multiple of every vector width in use.
pub const LANES: usize = 8;

/// The phases of a run of frames, in steps of 2^-32 cycles: what adding up an increment gives that grows by `change`
/// from frame to frame. All of it is integers modulo 2^32, so it is exact and any order of adding gives the same.
#[derive(Clone, Copy, Debug)]
pub struct Phases {
    start: u32,
    increment: u32,
    change: u32,
}

impl Phases {
    /// From `start` on, while the frequency goes along `ramp` for `frames`.
    #[must_use]
    #[inline]
    pub fn new(start: u32, ramp: Ramp, frames: usize) -> Self {
        let change = (i64::from(ramp.to) - i64::from(ramp.from)) / frames.max(1) as i64;
        Self {
            start,
            increment: ramp.from,
            change: change as u32,
        }
    }

    /// The phase at a frame: `start + frame * increment + frame * (frame - 1) / 2 * change`.
    #[must_use]
    #[inline]
    pub fn at(self, frame: u32) -> u32 {
        let triangle = (u64::from(frame) * u64::from(frame).saturating_sub(1) / 2) as u32;
        self.start
            .wrapping_add(frame.wrapping_mul(self.increment))
            .wrapping_add(triangle.wrapping_mul(self.change))
    }

    /// From the first frame on, eight frames at a time.
    #[must_use]
    #[inline(always)]
    pub fn eights(self) -> Eights {
        let eight = LANES as u32;
        // n (n - 1) / 2 at lane + 8, without that at lane.
        let more = |lane: usize| eight * (eight - 1) / 2 + eight * lane as u32;
        let steps = |lane| {
            let grown = self.change.wrapping_mul(more(lane));
            self.increment.wrapping_mul(eight).wrapping_add(grown)
        };
        Eights {
            phases: std::array::from_fn(|lane| self.at(lane as u32)),
            steps: std::array::from_fn(steps),
            change: self.change.wrapping_mul(eight * eight),
        }
    }

    /// Hands the phases of eight frames at a time, with the samples that belong to them, to `render`; `output` is a
    /// multiple of eight long.
    #[inline(always)]
    pub fn for_each(
        self,
        output: &mut [f32],
        mut render: impl FnMut(&[u32; LANES], &mut [f32; LANES]),
    ) {
        let mut eights = self.eights();
        debug_assert!(output.len().is_multiple_of(LANES));
        for chunk in output.as_chunks_mut::<LANES>().0 {
            render(&eights.phases, chunk);
            eights.advance();
        }
    }
}

/// The phases of one step after another, each of `STEP` frames, over which the frequency goes in a straight line.
#[derive(Clone, Copy, Debug)]
pub struct Steps<'e, const STEP: usize> {
    phase: u32,
    from: Increment,
    ends: &'e [Increment],
}

impl<'e, const STEP: usize> Steps<'e, STEP> {
    /// From a phase and a frequency on, by way of those at the ends of the steps.
    #[must_use]
    pub fn new(phase: u32, from: Increment, ends: &'e [Increment]) -> Self {
        Self { phase, from, ends }
    }

    /// The phase behind the steps that have been taken.
    #[must_use]
    pub fn phase(&self) -> u32 {
        self.phase
    }
}

impl<const STEP: usize> Iterator for Steps<'_, STEP> {
    type Item = Phases;

    #[inline(always)]
    fn next(&mut self) -> Option<Phases> {
        let (&to, ends) = self.ends.split_first()?;
        let ramp = Ramp {
            from: self.from,
            to,
        };
        let phases = Phases::new(self.phase, ramp, STEP);
        (self.phase, self.from, self.ends) = (phases.at(STEP as u32), to, ends);
        Some(phases)
    }
}

/// The phases of eight frames.
#[derive(Clone, Copy, Debug)]
pub struct Eights {
    /// Now.
    pub phases: [u32; LANES],
    /// What comes to them with the next step of eight frames.
    pub steps: [u32; LANES],
    /// What comes to the steps.
    pub change: u32,
}

impl Eights {
    /// To the next eight frames.
    #[inline(always)]
    pub fn advance(&mut self) {
        for lane in 0..LANES {
            self.phases[lane] = self.phases[lane].wrapping_add(self.steps[lane]);
            self.steps[lane] = self.steps[lane].wrapping_add(self.change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_eight_phases_at_once_gives_what_the_formula_gives() {
        for (from, to) in [(1000, 1000), (97_000_000, 98_000_000), (u32::MAX / 2, 12)] {
            let phases = Phases::new(12_345, Ramp { from, to }, 64);
            let mut heard = Vec::new();
            phases.for_each(&mut [0.0; 64], |phases, _| heard.extend_from_slice(phases));
            let expected: Vec<u32> = (0..64).map(|frame| phases.at(frame)).collect();
            assert_eq!(heard, expected);
        }
    }

    #[test]
    fn steps_go_on_where_the_one_before_ended() {
        let ends = [98_000_000, 98_000_000, 5];
        let mut steps = Steps::<64>::new(7, 97_000_000, &ends);
        let (mut phase, mut from) = (7, 97_000_000);
        for to in ends {
            let expected = Phases::new(phase, Ramp { from, to }, 64);
            let step = steps.next().unwrap();
            for frame in 0..=64 {
                assert_eq!(step.at(frame), expected.at(frame));
            }
            (phase, from) = (expected.at(64), to);
            assert_eq!(steps.phase(), phase);
        }
        assert!(steps.next().is_none());
    }
}
