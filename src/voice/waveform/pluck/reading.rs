//! How a string is read between samples, and what it becomes on the way: the recursion of its line.

use super::loss::{AHEAD, Loss};

/// Points that a value between samples is read from.
const TAPS: usize = 6;

/// Samples of the line before the point that is read, among those.
pub(super) const BEFORE: usize = 2;

/// Points that those are read from.
pub(super) const WIDE: usize = TAPS + AHEAD - 1;

/// From which delay on eight frames need none of each other.
const SHORTEST: usize = BEFORE + AHEAD;

/// The recursion of a line over a run of frames: a frame is the sum of `N` samples from `back` frames ago on backwards,
/// weighted, and of `kept` times an earlier frame. The weights go in straight lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recursion<const N: usize> {
    pub(super) back: usize,
    pub(super) weights: [f32; N],
    /// What weights change by from frame to frame.
    pub(super) steps: [f32; N],
    pub(super) kept: f32,
}

/// Where the line is read over a run of frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    whole: usize,
    weights: [f64; TAPS],
    steps: [f64; TAPS],
}

impl Reading {
    /// From one delay to another.
    pub(super) fn new(from: f64, to: f64, frames: usize) -> Self {
        let whole = libm::floor(from);
        let mut reading = Self {
            whole: whole as usize,
            weights: weights(from - whole),
            steps: [0.0; TAPS],
        };
        // A step moves the point by a fraction of a frame, so the weights may go in straight lines.
        if from != to && (to - whole - 0.5).abs() <= 2.0 {
            let (goal, share) = (weights(to - whole), 1.0 / frames as f64);
            for (tap, step) in reading.steps.iter_mut().enumerate() {
                *step = (goal[tap] - reading.weights[tap]) * share;
            }
        }
        reading
    }

    /// Each frame from the one before it.
    pub(super) fn recursion(&self, loss: &Loss) -> Recursion<TAPS> {
        let gain = loss.response[0];
        Recursion {
            back: self.whole - BEFORE,
            weights: self.weights.map(|weight| (gain * weight) as f32),
            steps: self.steps.map(|step| (gain * step) as f32),
            kept: loss.left[1] as f32,
        }
    }

    /// Each frame from the eighth before it, unless the delay is too short for that.
    ///
    /// What the low pass keeps of one frame, `y[n] = x[n] + p y[n - 1]`, is after eight `y[n] = x[n] + p x[n - 1] + ... +
    /// p^7 x[n - 7] + p^8 y[n - 8]`; the sum goes into the weights.
    pub(super) fn ahead(&self, loss: &Loss) -> Option<Recursion<WIDE>> {
        if self.whole < SHORTEST {
            return None;
        }
        let (mut weights, mut steps) = ([0.0; WIDE], [0.0; WIDE]);
        for (earlier, response) in loss.response.iter().enumerate() {
            for tap in 0..TAPS {
                let weight = self.weights[tap] - earlier as f64 * self.steps[tap];
                weights[tap + earlier] += response * weight;
                steps[tap + earlier] += response * self.steps[tap];
            }
        }
        Some(Recursion {
            back: self.whole - BEFORE,
            weights: weights.map(|weight| weight as f32),
            steps: steps.map(|step| step as f32),
            kept: loss.left[AHEAD] as f32,
        })
    }
}

/// The weights of the samples around a point that lies `fraction` frames behind the third of them: Lagrange's polynomial
/// of the fifth degree (T. I. Laakso et al., "Splitting the Unit Delay", IEEE Signal Processing Magazine 13, 1996).
fn weights(fraction: f64) -> [f64; TAPS] {
    const SCALES: [f64; TAPS] = [-120.0, 24.0, -12.0, 12.0, -24.0, 120.0];
    let place = fraction + BEFORE as f64;
    let mut weights = [1.0; TAPS];
    for tap in 0..TAPS {
        for other in (0..TAPS).filter(|other| *other != tap) {
            weights[tap] *= place - other as f64;
        }
        weights[tap] /= SCALES[tap];
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_between_samples_hits_every_sample_and_adds_up_to_one() {
        for fraction in [0.0, 0.25, 0.5, 0.999] {
            assert!((weights(fraction).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(weights(0.0), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    }
}
