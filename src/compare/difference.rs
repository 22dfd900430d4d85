//! The difference of two recordings, sample by sample: its peak, its level, its worst moment.

use crate::wav::Planes;

/// Steps of 16 bits in full scale.
pub(super) const LSB_16: f64 = 32_768.0;

/// A window of this share of a second has a level of its own: 100 ms.
const WINDOWS_PER_SECOND: u32 = 10;

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Difference {
    /// Samples that are not equal.
    pub(super) differing: u64,
    /// The first frame that is not equal.
    pub(super) first: Option<u64>,
    /// The last frame that is not equal.
    pub(super) last: Option<u64>,
    /// The largest magnitude of the difference.
    pub(super) peak: f64,
    /// The frame of the peak.
    pub(super) peak_at: u64,
    /// The channel of the peak.
    pub(super) peak_channel: usize,
    /// The sum of the squares of the difference.
    pub(super) energy: f64,
    /// The sum of the squares of what was expected.
    pub(super) expected_energy: f64,
    /// Samples compared.
    pub(super) samples: u64,
    /// The mean square of the difference in the worst window.
    pub(super) worst: f64,
    /// The first frame of the worst window.
    pub(super) worst_at: u64,
    /// The mean square of what was expected in the worst window.
    pub(super) worst_expected: f64,
}

/// Adds up the difference of blocks of equal length.
pub(super) struct DifferenceMeter {
    window: usize,
    filled: usize,
    at: u64,
    energy: f64,
    expected: f64,
    total: Difference,
}

impl DifferenceMeter {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            window: (rate / WINDOWS_PER_SECOND).max(1) as usize,
            filled: 0,
            at: 0,
            energy: 0.0,
            expected: 0.0,
            total: Difference::default(),
        }
    }

    /// Takes a block; what is no number counts as 0 here.
    pub(super) fn process(&mut self, actual: &Planes, expected: &Planes) {
        let frames = actual.first().map_or(0, Vec::len);
        let mut start = 0;
        while start < frames {
            let length = (self.window - self.filled).min(frames - start);
            self.run(actual, expected, start..start + length);
            start += length;
            self.filled += length;
            if self.filled == self.window {
                self.end_window(actual.len());
            }
        }
    }

    /// What was measured so far.
    pub(super) fn finish(mut self, channels: usize) -> Difference {
        if self.filled > 0 {
            self.end_window(channels);
        }
        self.total
    }

    /// A run within one window.
    fn run(&mut self, actual: &Planes, expected: &Planes, range: std::ops::Range<usize>) {
        let length = range.len() as u64;
        for (channel, (actual, expected)) in actual.iter().zip(expected).enumerate() {
            let (actual, expected) = (&actual[range.clone()], &expected[range.clone()]);
            let sums = Sums::of(actual, expected);
            self.energy += sums.energy;
            self.expected += sums.expected;
            self.total.differing += sums.differing;
            self.total.samples += length;
            if sums.differing > 0 {
                self.locate(channel, actual, expected, sums.peak);
            }
        }
        self.at += length;
    }

    /// The first, the last and the largest of a run's differences.
    fn locate(&mut self, channel: usize, actual: &[f64], expected: &[f64], peak: f64) {
        let mut pairs = actual.iter().zip(expected);
        let differs = |(a, e): (&f64, &f64)| !same(*a, *e);
        let first = pairs.clone().position(differs).unwrap_or(0) as u64 + self.at;
        let last = pairs.clone().rposition(differs).unwrap_or(0) as u64 + self.at;
        self.total.first = Some(self.total.first.map_or(first, |old| old.min(first)));
        self.total.last = self.total.last.max(Some(last));
        if peak > self.total.peak {
            let is_peak = |(a, e): (&f64, &f64)| (finite(*a) - finite(*e)).abs() == peak;
            self.total.peak = peak;
            self.total.peak_at = self.at + pairs.position(is_peak).unwrap_or(0) as u64;
            self.total.peak_channel = channel;
        }
    }

    fn end_window(&mut self, channels: usize) {
        let samples = (self.filled * channels).max(1) as f64;
        let (mean, total) = (self.energy / samples, &mut self.total);
        if mean > total.worst {
            total.worst = mean;
            total.worst_at = self.at - self.filled as u64;
            total.worst_expected = self.expected / samples;
        }
        total.energy += self.energy;
        total.expected_energy += self.expected;
        (self.energy, self.expected, self.filled) = (0.0, 0.0, 0);
    }
}

/// Whether two samples are the same: equal numbers, or both none.
fn same(actual: f64, expected: f64) -> bool {
    actual == expected || (actual.is_nan() && expected.is_nan())
}

/// A sample, or 0 for what is no finite number.
fn finite(sample: f64) -> f64 {
    if sample.is_finite() { sample } else { 0.0 }
}

/// The sums of one run.
#[derive(Default)]
struct Sums {
    differing: u64,
    peak: f64,
    energy: f64,
    expected: f64,
}

impl Sums {
    fn of(actual: &[f64], expected: &[f64]) -> Self {
        const LANES: usize = 4;
        // Lanes of their own let the compiler use whole vectors.
        let mut lanes = ([0u64; LANES], [0.0f64; LANES], [0.0; LANES], [0.0; LANES]);
        let (actual, actual_rest) = actual.as_chunks::<LANES>();
        let (expected, expected_rest) = expected.as_chunks::<LANES>();
        for (actual, expected) in actual.iter().zip(expected) {
            for lane in 0..LANES {
                let difference = actual[lane] - expected[lane];
                // False of what is no number, which is found below.
                lanes.0[lane] += u64::from(difference != 0.0);
                lanes.1[lane] = lanes.1[lane].max(difference.abs());
                lanes.2[lane] += difference * difference;
                lanes.3[lane] += expected[lane] * expected[lane];
            }
        }
        let mut sums = Self {
            differing: lanes.0.iter().sum(),
            peak: lanes.1.into_iter().fold(0.0, f64::max),
            energy: lanes.2.iter().sum(),
            expected: lanes.3.iter().sum(),
        };
        for (actual, expected) in actual_rest.iter().zip(expected_rest) {
            sums.add(*actual, *expected);
        }
        if (sums.energy + sums.expected).is_finite() {
            return sums;
        }
        Self::of_anything(actual.as_flattened(), expected.as_flattened())
            .with(actual_rest, expected_rest)
    }

    /// The sums where some samples are no finite numbers.
    fn of_anything(actual: &[f64], expected: &[f64]) -> Self {
        Self::default().with(actual, expected)
    }

    fn with(mut self, actual: &[f64], expected: &[f64]) -> Self {
        for (actual, expected) in actual.iter().zip(expected) {
            if actual.is_finite() && expected.is_finite() {
                self.add(*actual, *expected);
            } else {
                self.differing += u64::from(!same(*actual, *expected));
                let (actual, expected) = (finite(*actual), finite(*expected));
                let differing = self.differing;
                self.add(actual, expected);
                self.differing = differing;
            }
        }
        self
    }

    fn add(&mut self, actual: f64, expected: f64) {
        let difference = actual - expected;
        self.differing += u64::from(difference != 0.0);
        self.peak = self.peak.max(difference.abs());
        self.energy += difference * difference;
        self.expected += expected * expected;
    }
}
