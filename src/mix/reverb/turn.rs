//! Lines of the network that turn into each other.

use super::step::STEP;
use crate::dsp::sine::sine;
use crate::units::{Hertz, SampleRate};

/// How far they turn to either side, in cycles: a twelfth.
const SWING: f32 = 1.0 / 12.0;

/// Two lines that turn into each other: at every moment an orthogonal matrix, so no energy comes or goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// In 2^32 steps to the cycle.
    phase: u32,
    /// Per step.
    increment: u32,
    /// Cosine and sine of the angle now.
    rotation: [f32; 2],
}

impl Turn {
    pub(super) fn new(turns: Hertz, rate: SampleRate) -> Self {
        let cycles = turns.0 * rate.frame().0 * STEP as f64;
        Self {
            phase: 0,
            increment: (cycles * 4_294_967_296.0) as u32,
            rotation: [1.0, 0.0],
        }
    }

    /// Lets steps pass.
    #[inline(always)]
    pub(super) fn skip(&mut self, steps: usize) {
        let angle = self.increment.wrapping_mul(steps as u32);
        self.phase = self.phase.wrapping_add(angle);
        self.rotation = Self::at(self.phase);
    }

    #[inline(always)]
    fn at(phase: u32) -> [f32; 2] {
        let angle = (sine(phase) * SWING * 4_294_967_296.0) as i32 as u32;
        [sine(angle.wrapping_add(1 << 30)), sine(angle)]
    }

    /// The rotation of the next step.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Rotation {
        let from = self.rotation;
        self.skip(1);
        let slope = |axis: usize| (self.rotation[axis] - from[axis]) / STEP as f32;
        Rotation {
            from,
            slopes: [slope(0), slope(1)],
        }
    }
}

/// The cosine and sine of an angle that moves. Within a step it moves by two thousandths of a cycle (six at 8 kHz), so that
/// the chord is as good as the arc: what it loses is below 2e-4.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rotation {
    from: [f32; 2],
    slopes: [f32; 2],
}

impl Rotation {
    #[inline(always)]
    pub(super) fn apply(&self, t: usize, [a, b]: [f32; 2]) -> [f32; 2] {
        let time = t as i32 as f32;
        let cosine = self.from[0] + self.slopes[0] * time;
        let sine = self.from[1] + self.slopes[1] * time;
        [cosine * a - sine * b, sine * a + cosine * b]
    }
}
