//! The level of each channel, and whether one recording is the other at another gain, upside down or left for right.

use crate::wav::Planes;

/// Sums of squares and products.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Balance {
    /// The energy of each channel: actual and expected.
    pub(super) channels: Vec<[f64; 2]>,
    /// The sum of the products.
    pub(super) product: f64,
    /// The energy of the difference with left and right exchanged, of two channels.
    pub(super) exchanged: Option<f64>,
}

impl Balance {
    pub(super) fn new(channels: usize) -> Self {
        Self {
            channels: vec![[0.0; 2]; channels],
            product: 0.0,
            exchanged: (channels == 2).then_some(0.0),
        }
    }

    pub(super) fn process(&mut self, actual: &Planes, expected: &Planes) {
        for ((sums, actual), expected) in self.channels.iter_mut().zip(actual).zip(expected) {
            sums[0] += product(actual, actual);
            sums[1] += product(expected, expected);
            self.product += product(actual, expected);
        }
        if let ([left, right], [was_left, was_right], Some(exchanged)) =
            (&actual[..], &expected[..], &mut self.exchanged)
        {
            *exchanged += distance(left, was_right) + distance(right, was_left);
        }
    }

    /// The energies of all channels together.
    fn energies(&self) -> [f64; 2] {
        [0, 1].map(|of| self.channels.iter().map(|channel| channel[of]).sum())
    }

    /// How alike the waveforms are: 1 for the same at any gain, -1 upside down, 0 for strangers.
    pub(super) fn correlation(&self) -> f64 {
        let [actual, expected] = self.energies();
        let scale = libm::sqrt(actual * expected);
        if scale > 0.0 {
            self.product / scale
        } else {
            0.0
        }
    }

    /// The gain, linear, by which what was expected comes nearest to what is.
    pub(super) fn gain(&self) -> f64 {
        let [_, expected] = self.energies();
        if expected > 0.0 {
            self.product / expected
        } else {
            1.0
        }
    }

    /// The largest change of a channel's level, in decibels; channels that are silent in both aside.
    pub(super) fn channel_level(&self, samples: u64) -> f64 {
        let level = |energy: f64| super::spectrum::level(energy / samples.max(1) as f64);
        let changes = self
            .channels
            .iter()
            .map(|[a, e]| (level(*a) - level(*e)).abs());
        changes.fold(0.0, f64::max)
    }
}

/// A sum over four lanes, which the compiler makes vectors of.
fn sum(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64 + Copy) -> f64 {
    let (a, a_rest) = a.as_chunks::<4>();
    let (b, b_rest) = b.as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| term(*a, *b)).sum();
    let total = lanes.iter().sum::<f64>() + rest;
    if total.is_finite() {
        return total;
    }
    // Frames with samples that are no finite numbers count as silence.
    let pairs = a.as_flattened().iter().zip(b.as_flattened());
    let finite = pairs.filter(|(a, b)| a.is_finite() && b.is_finite());
    finite.map(|(a, b)| term(*a, *b)).sum()
}

/// The sum of the products.
pub(super) fn product(a: &[f64], b: &[f64]) -> f64 {
    sum(a, b, |a, b| a * b)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    sum(a, b, |a, b| (a - b) * (a - b))
}
