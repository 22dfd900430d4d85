//! Half the sample rate, and back: one sample for two, or two for one.
//!
//! Half-band filters, of which every second coefficient is 0 (M. G. Bellanger, J. L. Daguet and G. P. Lepagnol,
//! "Interpolation, Extrapolation, and Reduction of Computation Speed in Digital Filters", IEEE Trans. ASSP 22, 1974): what is
//! left is a filter that finds the samples midway between those of a signal, and both directions consist of it. They are
//! symmetric, so they delay all frequencies alike.

use super::phase::LANES;

/// Samples to either side that count for the one midway between them. With the shape of the window, they keep what is below
/// 0.43 of the lower rate to 0.5 dB, and what is above 0.62 of it 70 dB down.
const REACH: usize = 10;

/// The shape of the window, J. F. Kaiser's beta ("Nonrecursive Digital Filter Design Using the I0-sinh Window Function",
/// ISCAS 1974).
const SHAPE: f64 = 7.0;

/// Samples before the newest ones that count with them.
const HISTORY: usize = 2 * REACH - 1;

/// Samples that are found at once, where there are as many: each share is loaded once for them.
const WIDE: usize = 4 * LANES;

/// What one [`Decimator`] and one [`Interpolator`] delay a signal by, together, in frames of the higher rate.
pub const DELAY: usize = 4 * REACH - 2;

/// Input: twice as many samples, in place, a multiple of 16. Output: half as many. Remembers the last of each kind.
#[derive(Clone, Debug)]
pub struct Decimator {
    evens: Vec<f32>,
    odds: Midway,
}

impl Decimator {
    /// One that takes at most `longest` samples at once.
    #[must_use]
    pub fn new(longest: usize) -> Self {
        Self {
            evens: vec![0.0; REACH - 1 + longest / 2],
            odds: Midway::new(longest / 2),
        }
    }

    /// Puts half as many samples into the first half of `signal`.
    #[inline(always)]
    pub fn process(&mut self, signal: &mut [f32]) {
        let (pairs, frames) = (signal.as_chunks::<2>().0, signal.len() / 2);
        let places = self.evens[REACH - 1..].iter_mut();
        for ((even, odd), pair) in places.zip(self.odds.room(frames)).zip(pairs) {
            [*even, *odd] = *pair;
        }
        let signal = &mut signal[..frames];
        self.odds.find(signal);
        for (sample, even) in signal.iter_mut().zip(&self.evens) {
            *sample = 0.5 * (even + *sample);
        }
        self.odds.pass(frames);
        self.evens.copy_within(frames..frames + REACH - 1, 0);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.evens.fill(0.0);
        self.odds.clear();
    }
}

/// Input: samples, a multiple of eight. Output: twice as many, in place. Remembers the last ones.
#[derive(Clone, Debug)]
pub struct Interpolator {
    samples: Midway,
    between: Vec<f32>,
}

impl Interpolator {
    /// One that makes at most `longest` samples at once.
    #[must_use]
    pub fn new(longest: usize) -> Self {
        Self {
            samples: Midway::new(longest / 2),
            between: vec![0.0; longest / 2],
        }
    }

    /// Fills `signal` from the samples in its first half.
    #[inline(always)]
    pub fn process(&mut self, signal: &mut [f32]) {
        let frames = signal.len() / 2;
        self.samples.room(frames).copy_from_slice(&signal[..frames]);
        self.samples.find(&mut self.between[..frames]);
        let samples = self.samples.before().iter().zip(&self.between);
        for (pair, (sample, between)) in signal.as_chunks_mut().0.iter_mut().zip(samples) {
            *pair = [*sample, *between];
        }
        self.samples.pass(frames);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.samples.clear();
    }
}

/// The samples midway between those of a signal.
#[derive(Clone, Debug)]
struct Midway {
    /// Of the two nearest, the two behind those, and so on.
    shares: [f32; REACH],
    /// The [`HISTORY`] before the newest ones, and those.
    samples: Vec<f32>,
}

impl Midway {
    fn new(longest: usize) -> Self {
        Self {
            shares: shares(),
            samples: vec![0.0; HISTORY + longest],
        }
    }

    /// Where so many samples are to be put.
    #[inline(always)]
    fn room(&mut self, frames: usize) -> &mut [f32] {
        &mut self.samples[HISTORY..HISTORY + frames]
    }

    /// Those that the samples that are found come right behind.
    #[inline(always)]
    fn before(&self) -> &[f32] {
        &self.samples[REACH - 1..]
    }

    /// Fills `output` with as many as were put in.
    #[inline(always)]
    fn find(&self, output: &mut [f32]) {
        let (wide, rest) = output.as_chunks_mut::<WIDE>();
        let narrow = wide.len() * WIDE;
        for (index, output) in wide.iter_mut().enumerate() {
            self.find_run(index * WIDE, output);
        }
        for (index, output) in rest.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            self.find_run(narrow + index * LANES, output);
        }
    }

    #[inline(always)]
    fn find_run<const COUNT: usize>(&self, first: usize, output: &mut [f32; COUNT]) {
        let around = &self.samples[first..first + HISTORY + COUNT];
        let mut sums = [0.0; COUNT];
        for distance in 0..REACH {
            let before = &around[REACH - 1 - distance..][..COUNT];
            let behind = &around[REACH + distance..][..COUNT];
            for lane in 0..COUNT {
                sums[lane] += self.shares[distance] * (before[lane] + behind[lane]);
            }
        }
        *output = sums;
    }

    /// Keeps what counts for the next ones.
    #[inline(always)]
    fn pass(&mut self, frames: usize) {
        self.samples.copy_within(frames..frames + HISTORY, 0);
    }

    fn clear(&mut self) {
        self.samples.fill(0.0);
    }
}

/// The windowed sinc halfway between its zeros, both sides of which sum up to 1.
fn shares() -> [f32; REACH] {
    let share = |place: usize| {
        let distance = place as f64 + 0.5;
        let position = distance / REACH as f64;
        let window = bessel(SHAPE * libm::sqrt(1.0 - position * position));
        let angle = std::f64::consts::PI * distance;
        window * libm::sin(angle) / angle
    };
    let shares: [f64; REACH] = std::array::from_fn(share);
    let sum = 2.0 * shares.iter().sum::<f64>();
    shares.map(|share| (share / sum) as f32)
}

/// The modified Bessel function of the first kind and order 0, by its series, for arguments up to 10.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for index in 1..=40 {
        let step = x / f64::from(2 * index);
        term *= step * step;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: usize = 256;

    /// A sine at so many cycles a sample.
    fn sine(frequency: f64, frames: usize) -> Vec<f32> {
        let angle = |frame: usize| std::f64::consts::TAU * frequency * frame as f64;
        (0..frames)
            .map(|frame| libm::sin(angle(frame)) as f32)
            .collect()
    }

    fn halved(signal: &[f32]) -> Vec<f32> {
        let mut decimator = Decimator::new(RUN);
        let mut halved = Vec::new();
        for run in signal.chunks(RUN) {
            let mut run = run.to_vec();
            decimator.process(&mut run);
            halved.extend_from_slice(&run[..run.len() / 2]);
        }
        halved
    }

    fn doubled(signal: &[f32]) -> Vec<f32> {
        let mut interpolator = Interpolator::new(RUN);
        let mut doubled = Vec::new();
        for run in signal.chunks(RUN / 2) {
            let mut twice = run.to_vec();
            twice.resize(2 * run.len(), 0.0);
            interpolator.process(&mut twice);
            doubled.extend(twice);
        }
        doubled
    }

    /// In decibels, without the beginning.
    fn level(signal: impl Iterator<Item = f32>) -> f64 {
        let squares: Vec<f64> = signal.skip(100).map(|s| f64::from(s * s)).collect();
        10.0 * libm::log10(2.0 * squares.iter().sum::<f64>() / squares.len() as f64)
    }

    #[test]
    fn what_is_low_comes_through_both_ways_late_and_as_it_was() {
        for frequency in [0.001, 0.02, 0.1, 0.17] {
            let signal = sine(frequency, 8 * RUN);
            let back = doubled(&halved(&signal));
            let error = back[DELAY..].iter().zip(&signal).map(|(b, s)| b - s);
            assert!(level(error) < -50.0, "{frequency}");
        }
    }

    #[test]
    fn what_is_too_high_for_half_the_rate_is_not_heard() {
        for frequency in [0.31, 0.36, 0.42, 0.49] {
            let aliased = halved(&sine(frequency, 8 * RUN));
            assert!(level(aliased.into_iter()) < -70.0, "{frequency}");
        }
    }

    #[test]
    fn doubling_adds_no_images() {
        for frequency in [0.01, 0.2, 0.38] {
            let signal = doubled(&sine(frequency, 8 * RUN));
            let exact = sine(frequency / 2.0, 16 * RUN);
            let late = signal[2 * REACH..].iter().zip(&exact);
            assert!(level(late.map(|(s, e)| s - e)) < -65.0, "{frequency}");
        }
    }

    #[test]
    fn runs_of_any_length_give_the_same() {
        let signal = sine(0.0371, 4 * RUN);
        let mut decimator = Decimator::new(RUN);
        let mut pieces = Vec::new();
        let mut rest = &signal[..];
        for frames in [16, 64, 128, 256].into_iter().cycle() {
            let (run, others) = rest.split_at(frames.min(rest.len()));
            if run.is_empty() {
                break;
            }
            let mut run = run.to_vec();
            decimator.process(&mut run);
            pieces.extend_from_slice(&run[..run.len() / 2]);
            rest = others;
        }
        assert_eq!(pieces, halved(&signal));
    }
}
