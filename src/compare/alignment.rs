//! By how much one recording is late: coarsely by their envelopes over any span, then to the frame by their waveforms.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use super::audio_source::AudioSource;
use super::balance;
use crate::wav::Planes;

/// Frames of an excerpt that is compared closely, and how many excerpts there are.
const EXCERPT: usize = 1 << 16;
const EXCERPTS: usize = 6;
/// Points of an envelope; when it is full, two become one.
const POINTS: usize = 1 << 17;
/// Of two lags that fit almost equally well, as with a steady tone, the smaller is meant.
const PREFERENCE: f32 = 0.02;

/// Where two recordings fit best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    /// How many frames later the actual recording is; negative: earlier.
    pub offset: i64,
    /// How well the waveforms fit there: 1 for equal ones at any gain, 0 for strangers.
    pub correlation: f64,
}

/// The loudness of two recordings over time, for [`align`].
#[derive(Clone, Debug)]
pub(super) struct Envelopes {
    /// Frames of a point.
    step: u64,
    filled: u64,
    open: [f32; 2],
    points: [Vec<f32>; 2],
}

impl Envelopes {
    pub(super) fn new(rate: u32) -> Self {
        Self {
            step: u64::from(rate / 100).max(1),
            filled: 0,
            open: [0.0; 2],
            points: [Vec::new(), Vec::new()],
        }
    }

    pub(super) fn process(&mut self, actual: &Planes, expected: &Planes) {
        let frames = actual.first().map_or(0, Vec::len);
        let mut start = 0;
        while start < frames {
            let length = ((self.step - self.filled) as usize).min(frames - start);
            for (open, planes) in self.open.iter_mut().zip([actual, expected]) {
                let energy = |plane: &Vec<f64>| energy(&plane[start..start + length]);
                *open += planes.iter().map(energy).sum::<f64>() as f32;
            }
            start += length;
            self.filled += length as u64;
            if self.filled == self.step {
                self.end_point();
            }
        }
    }

    fn end_point(&mut self) {
        for (points, open) in self.points.iter_mut().zip(&mut self.open) {
            points.push(std::mem::take(open));
        }
        self.filled = 0;
        if self.points[0].len() == POINTS {
            for points in &mut self.points {
                *points = points.chunks(2).map(|pair| pair.iter().sum()).collect();
            }
            self.step *= 2;
        }
    }

    /// The lag, in frames, at which rises of loudness fit best.
    fn lag(&self) -> i64 {
        let onsets = self.points.each_ref().map(|points| onsets(points));
        let length = (2 * onsets[0].len()).next_power_of_two().max(16);
        let correlation = correlate(&onsets[0], &onsets[1], length);
        best(&correlation, onsets[0].len() as i64).map_or(0, |lag| lag * self.step as i64)
    }

    /// The first frames of the loudest excerpts of the expected recording, far from one another.
    pub(super) fn loudest(&self) -> Vec<u64> {
        let points = EXCERPT.div_ceil(self.step as usize).max(1);
        let sums = self.points[1]
            .chunks(points)
            .map(|run| run.iter().sum::<f32>());
        let mut runs: Vec<(usize, f32)> = sums.enumerate().filter(|run| run.1 > 0.0).collect();
        runs.sort_by(|a, b| b.1.total_cmp(&a.1));
        let starts = runs.iter().take(EXCERPTS);
        starts
            .map(|(run, _)| (run * points) as u64 * self.step)
            .collect()
    }
}

/// The energy of a run, as far as it is one of sound.
fn energy(samples: &[f64]) -> f64 {
    balance::product(samples, samples).min(1e12)
}

/// How much louder each point is than the one before it, on a scale on which soft passages count too.
fn onsets(points: &[f32]) -> Vec<f32> {
    let loudness = |energy: f32| libm::cbrtf(energy);
    let rise = |pair: &[f32]| (loudness(pair[1]) - loudness(pair[0])).max(0.0);
    let first = points.first().map(|energy| loudness(*energy));
    first
        .into_iter()
        .chain(points.windows(2).map(rise))
        .collect()
}

/// The cross-correlation of two signals: at `lag` modulo `length`, the sum of `actual[n + lag] * expected[n]`.
fn correlate(actual: &[f32], expected: &[f32], length: usize) -> Vec<f32> {
    let mut planner = RealFftPlanner::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(length),
        planner.plan_fft_inverse(length),
    );
    let spectrum = |signal: &[f32]| {
        let mut input = forward.make_input_vec();
        let mut output = forward.make_output_vec();
        input[..signal.len()].copy_from_slice(signal);
        // It fails only for another length.
        let _ = forward.process(&mut input, &mut output);
        output
    };
    let (actual, expected) = (spectrum(actual), spectrum(expected));
    let products = actual.iter().zip(&expected).map(|(a, e)| a * e.conj());
    let mut products: Vec<Complex<f32>> = products.collect();
    for end in [0, length / 2] {
        products[end].im = 0.0;
    }
    let mut output = inverse.make_output_vec();
    let _ = inverse.process(&mut products, &mut output);
    output
}

/// The lag of the largest correlation within `range` to either side.
fn best(correlation: &[f32], range: i64) -> Option<i64> {
    let length = correlation.len() as i64;
    let value = |lag: i64| correlation[lag.rem_euclid(length) as usize];
    let preferred = |lag: i64| value(lag) * (1.0 - PREFERENCE * lag.abs() as f32 / range as f32);
    let lags = (1 - range.min(length / 2)..range.min(length / 2)).filter(|lag| value(*lag) > 0.0);
    lags.max_by(|a, b| preferred(*a).total_cmp(&preferred(*b)))
}

/// The sum of the channels of an excerpt, silence outside of the recording.
pub(super) fn excerpt<R: AudioSource>(
    recording: &mut R,
    channels: Option<&[usize]>,
    from: i64,
    frames: usize,
) -> Result<Vec<f32>, R::Error> {
    let mut planes = Planes::new();
    let skipped = (-from).clamp(0, frames as i64) as usize;
    recording.read(from.max(0) as u64, frames - skipped, &mut planes)?;
    let mut sum = vec![0.0; frames];
    for (channel, plane) in planes.iter().enumerate() {
        if channels.is_some_and(|chosen| !chosen.contains(&channel)) {
            continue;
        }
        for (sum, sample) in sum[skipped..].iter_mut().zip(plane) {
            *sum += if sample.abs() < 1e6 {
                *sample as f32
            } else {
                0.0
            };
        }
    }
    Ok(sum)
}

/// Where two recordings fit best; `None` if one of them is silent.
///
/// `origin` is the frame at which the envelopes began.
///
/// # Errors
///
/// Those of the recordings.
pub(super) fn align<A: AudioSource, B: AudioSource<Error = A::Error>>(
    actual: &mut A,
    expected: &mut B,
    channels: Option<&[usize]>,
    envelopes: &Envelopes,
    origin: u64,
) -> Result<Option<Alignment>, A::Error> {
    let coarse = envelopes.lag();
    let length = 4 * EXCERPT;
    let mut total = vec![0.0; length];
    let margin = (EXCERPT / 2) as i64;
    let starts: Vec<i64> = envelopes
        .loudest()
        .iter()
        .map(|s| (s + origin) as i64)
        .collect();
    for start in &starts {
        let expected = excerpt(expected, channels, *start, EXCERPT)?;
        let actual = excerpt(actual, channels, start + coarse - margin, 2 * EXCERPT)?;
        let correlation = correlate(&actual, &expected, length);
        for (total, value) in total.iter_mut().zip(&correlation) {
            *total += value;
        }
    }
    // Lag 0 stands at the margin: turned, so that the range lies about it.
    total.rotate_left(margin as usize);
    let Some(fine) = best(&total, margin) else {
        return Ok(None);
    };
    let offset = coarse + fine;
    let correlation = fit(actual, expected, channels, &starts, offset)?;
    Ok(Some(Alignment {
        offset,
        correlation,
    }))
}

/// The correlation coefficient of the excerpts at an offset.
fn fit<A: AudioSource, B: AudioSource<Error = A::Error>>(
    actual: &mut A,
    expected: &mut B,
    channels: Option<&[usize]>,
    starts: &[i64],
    offset: i64,
) -> Result<f64, A::Error> {
    let mut sums = [0.0f64; 3];
    for start in starts {
        let expected = excerpt(expected, channels, *start, EXCERPT)?;
        let actual = excerpt(actual, channels, start + offset, EXCERPT)?;
        for (a, e) in actual.iter().zip(&expected) {
            let (a, e) = (f64::from(*a), f64::from(*e));
            sums[0] += a * e;
            sums[1] += a * a;
            sums[2] += e * e;
        }
    }
    let scale = libm::sqrt(sums[1] * sums[2]);
    Ok(if scale > 0.0 { sums[0] / scale } else { 0.0 })
}
