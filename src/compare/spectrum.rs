//! Third-octave spectra every 100 ms, and how far those of two recordings lie apart.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::wav::Planes;

/// Third-octave bands from 25 Hz to 20 kHz (IEC 61260-1, base ten).
pub(super) const BANDS: usize = 30;
/// The band of 1 kHz.
const KILOHERTZ: i32 = 16;
/// What is softer counts as silence: 10 dB above the noise of 16 bits with dither, in one band.
const FLOOR: f64 = 1e-8;
/// The same in decibels.
pub(super) const FLOOR_DB: f64 = -80.0;

/// Mean squares in each band.
pub(super) type Bands = [f32; BANDS];

/// The middle of a band in Hz.
pub(super) fn center(band: usize) -> f64 {
    1000.0 * libm::exp10(f64::from(band as i32 - KILOHERTZ) / 10.0)
}

/// Frames from one spectrum to the next: 100 ms.
pub(super) fn hop(rate: u32) -> usize {
    (rate / 10).max(1) as usize
}

/// A mean square in decibels, silence at the floor.
pub(super) fn level(mean_square: f64) -> f64 {
    10.0 * libm::log10(mean_square.max(FLOOR))
}

/// Spectra of one recording.
///
/// Input: blocks of whole hops, the last excepted. Output: for each hop and channel the mean square in each band, under
/// a Hann window of at least one and a half hops that begins with the hop; a sine of amplitude a reads a^2 / 2.
pub(super) struct SpectrumMeter {
    transform: Arc<dyn RealToComplex<f32>>,
    hop: usize,
    window: Vec<f32>,
    scale: f32,
    /// The first bin of each band.
    edges: [usize; BANDS + 1],
    /// What has not been transformed yet, by channel.
    pending: Vec<Vec<f32>>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl SpectrumMeter {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        let hop = hop(rate);
        let length = (hop * 3 / 2).next_power_of_two().max(16);
        let transform = RealFftPlanner::new().plan_fft_forward(length);
        let hann =
            |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * n as f64 / length as f64);
        let energy: f64 = (0..length).map(|n| hann(n) * hann(n)).sum();
        Self {
            hop,
            window: (0..length).map(|n| hann(n) as f32).collect(),
            scale: (2.0 / (length as f64 * energy)) as f32,
            edges: edges(rate, length),
            pending: vec![Vec::new(); channels],
            input: transform.make_input_vec(),
            output: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
        }
    }

    /// Takes a block and appends the spectra that it completes to `spectra`, one vector of channels for each hop.
    pub(super) fn process(&mut self, block: &Planes, spectra: &mut Vec<Vec<Bands>>) {
        for (pending, plane) in self.pending.iter_mut().zip(block) {
            let finite = |x: &f64| if x.abs() < 1e6 { *x as f32 } else { 0.0 };
            pending.extend(plane.iter().map(finite));
        }
        let available = self.pending.first().map_or(0, Vec::len);
        let mut start = 0;
        while start + self.window.len() <= available {
            spectra.push(self.spectrum(start));
            start += self.hop;
        }
        for pending in &mut self.pending {
            pending.drain(..start);
        }
    }

    /// The spectra of what is left, silence following it.
    pub(super) fn finish(&mut self, spectra: &mut Vec<Vec<Bands>>) {
        let mut left = self.pending.first().map_or(0, Vec::len);
        let silence = vec![vec![0.0; self.window.len()]; self.pending.len()];
        for (pending, silence) in self.pending.iter_mut().zip(silence) {
            pending.extend(silence.iter().map(|sample: &f64| *sample as f32));
        }
        while left > 0 {
            spectra.push(self.spectrum(0));
            for pending in &mut self.pending {
                pending.drain(..self.hop.min(pending.len()));
                pending.resize(pending.len().max(self.window.len()), 0.0);
            }
            left = left.saturating_sub(self.hop);
        }
    }

    fn spectrum(&mut self, start: usize) -> Vec<Bands> {
        let channels = 0..self.pending.len();
        channels.map(|channel| self.bands(channel, start)).collect()
    }

    fn bands(&mut self, channel: usize, start: usize) -> Bands {
        let samples = &self.pending[channel][start..start + self.window.len()];
        for ((input, sample), weight) in self.input.iter_mut().zip(samples).zip(&self.window) {
            *input = sample * weight;
        }
        // It fails only for another length.
        let _ = self.transform.process_with_scratch(
            &mut self.input,
            &mut self.output,
            &mut self.scratch,
        );
        std::array::from_fn(|band| {
            let bins = &self.output[self.edges[band]..self.edges[band + 1]];
            self.scale * power(bins)
        })
    }
}

/// The sum of the squared magnitudes, in lanes that the compiler makes vectors of.
fn power(bins: &[Complex<f32>]) -> f32 {
    let (chunks, rest) = bins.as_chunks::<8>();
    let mut lanes = [0.0f32; 8];
    for chunk in chunks {
        for (lane, bin) in lanes.iter_mut().zip(chunk) {
            *lane += bin.norm_sqr();
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|bin| bin.norm_sqr()).sum::<f32>()
}

/// The first bin of each band, and the one after the last.
fn edges(rate: u32, length: usize) -> [usize; BANDS + 1] {
    std::array::from_fn(|band| {
        let hertz = center(band) * libm::exp10(-0.05);
        let bin = libm::ceil(hertz * length as f64 / f64::from(rate)) as usize;
        bin.min(length / 2 + 1)
    })
}

/// How far the spectra of two recordings lie apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SpectralDistance {
    /// The root mean square of the differences in level of all bands at all times in which either sounds, in decibels.
    pub(super) distance: f64,
    /// The same in the worst 100 ms.
    pub(super) worst: f64,
    /// The hop of the worst.
    pub(super) worst_hop: usize,
    /// The largest difference in level of a channel, over 300 ms, in decibels.
    pub(super) envelope: f64,
    /// Its first hop.
    pub(super) envelope_hop: usize,
    /// How much brighter: the slope of the difference of the average spectra, in decibels an octave.
    pub(super) tilt: f64,
    /// The level in each band at the worst moment, of both.
    pub(super) worst_bands: [[f64; BANDS]; 2],
    /// The mean square in each band over all time, of both.
    pub(super) average: [[f64; BANDS]; 2],
    /// Hops in which either sounds, and those among them that differ by more than 1 dB.
    pub(super) sounding: usize,
    /// See `sounding`.
    pub(super) differing: usize,
}

/// Adds up the distance, hop by hop.
#[derive(Default)]
pub(super) struct DistanceMeter {
    hop: usize,
    squares: f64,
    cells: u64,
    recent: Vec<Vec<[f64; 2]>>,
    total: SpectralDistance,
}

impl DistanceMeter {
    pub(super) fn process(&mut self, actual: &[Vec<Bands>], expected: &[Vec<Bands>]) {
        for (actual, expected) in actual.iter().zip(expected) {
            self.spectra(actual, expected);
            self.envelope(actual, expected);
            self.hop += 1;
        }
    }

    pub(super) fn finish(mut self) -> SpectralDistance {
        self.total.distance = libm::sqrt(self.squares / self.cells.max(1) as f64);
        self.total.tilt = tilt(&self.total.average);
        self.total
    }

    fn spectra(&mut self, actual: &[Bands], expected: &[Bands]) {
        let (mut squares, mut cells) = (0.0, 0);
        for (actual, expected) in actual.iter().zip(expected) {
            for (band, (actual, expected)) in actual.iter().zip(expected).enumerate() {
                let (actual, expected) = (f64::from(*actual), f64::from(*expected));
                self.total.average[0][band] += actual;
                self.total.average[1][band] += expected;
                if actual > FLOOR || expected > FLOOR {
                    let difference = level(actual) - level(expected);
                    squares += difference * difference;
                    cells += 1;
                }
            }
        }
        self.squares += squares;
        self.cells += cells;
        let distance = libm::sqrt(squares / cells.max(1) as f64);
        self.total.sounding += usize::from(cells > 0);
        self.total.differing += usize::from(distance > 1.0);
        if distance > self.total.worst {
            self.total.worst = distance;
            self.total.worst_hop = self.hop;
            self.total.worst_bands = [levels(actual), levels(expected)];
        }
    }

    /// Levels over three hops: an onset that is some milliseconds early is no difference in level.
    fn envelope(&mut self, actual: &[Bands], expected: &[Bands]) {
        let sum = |bands: &Bands| bands.iter().map(|band| f64::from(*band)).sum::<f64>();
        let now = actual.iter().zip(expected);
        self.recent
            .push(now.map(|(a, e)| [sum(a), sum(e)]).collect());
        if self.recent.len() < 3 {
            return;
        }
        for channel in 0..actual.len() {
            let mean =
                |of: usize| self.recent.iter().map(|hop| hop[channel][of]).sum::<f64>() / 3.0;
            // Below -60 dBFS a level is hardly heard beside the rest.
            let [actual, expected] = [0, 1].map(|of| level(mean(of).max(1e-6)));
            let difference = (actual - expected).abs();
            if difference > self.total.envelope {
                self.total.envelope = difference;
                self.total.envelope_hop = self.hop - 2;
            }
        }
        self.recent.remove(0);
    }
}

/// The levels of the bands, all channels together.
fn levels(channels: &[Bands]) -> [f64; BANDS] {
    let mut levels = [0.0; BANDS];
    for (band, level_db) in levels.iter_mut().enumerate() {
        *level_db = level(channels.iter().map(|bands| f64::from(bands[band])).sum());
    }
    levels
}

/// The slope of the difference of two spectra by least squares, over the bands within 60 dB of the loudest.
fn tilt(averages: &[[f64; BANDS]; 2]) -> f64 {
    let loudest = averages.iter().flatten().fold(0.0f64, |a, b| a.max(*b));
    let audible = |band: &usize| {
        averages
            .iter()
            .all(|average| average[*band] > loudest * 1e-6)
    };
    let points: Vec<(f64, f64)> = (0..BANDS)
        .filter(audible)
        .map(|band| {
            let difference = 10.0 * libm::log10(averages[0][band] / averages[1][band]);
            (libm::log2(center(band)), difference)
        })
        .collect();
    let count = points.len() as f64;
    let mean_x = points.iter().map(|p| p.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / count;
    let over: f64 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    let under: f64 = points.iter().map(|p| (p.0 - mean_x) * (p.0 - mean_x)).sum();
    if under > 0.0 { over / under } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hertz: f64, amplitude: f64, frames: usize) -> Planes {
        let step = std::f64::consts::TAU * hertz / 44_100.0;
        vec![
            (0..frames)
                .map(|n| amplitude * libm::sin(step * n as f64))
                .collect(),
        ]
    }

    fn spectra(planes: &Planes) -> Vec<Vec<Bands>> {
        let mut meter = SpectrumMeter::new(44_100, planes.len());
        let mut spectra = Vec::new();
        meter.process(planes, &mut spectra);
        meter.finish(&mut spectra);
        spectra
    }

    #[test]
    fn a_sine_reads_half_its_square_in_its_own_band() {
        for (hertz, band) in [(100.0, 6), (1000.0, 16), (8000.0, 25)] {
            let all = spectra(&sine(hertz, 0.5, 44_100));
            let bands = all[3][0];
            assert!((bands[band] - 0.125).abs() < 2e-4, "{hertz} Hz: {bands:?}");
        }
    }

    #[test]
    fn every_hop_has_a_spectrum_even_the_last_partial_one() {
        assert_eq!(spectra(&sine(440.0, 0.5, 44_100)).len(), 10);
        assert_eq!(spectra(&sine(440.0, 0.5, 44_101)).len(), 11);
        assert_eq!(spectra(&sine(440.0, 0.5, 100)).len(), 1);
    }

    #[test]
    fn a_gain_is_the_distance_and_no_tilt() {
        let (loud, soft) = (
            spectra(&sine(440.0, 0.5, 88_200)),
            spectra(&sine(440.0, 0.25, 88_200)),
        );
        let mut meter = DistanceMeter::default();
        meter.process(&loud[..17], &soft[..17]);
        let found = meter.finish();
        let gain = 20.0 * libm::log10(2.0);
        assert!((found.envelope - gain).abs() < 1e-3, "{}", found.envelope);
        assert!((found.worst - gain).abs() < 1e-3, "{}", found.worst);
        assert!(found.tilt.abs() < 1e-3);
    }

    #[test]
    fn treble_that_is_doubled_is_a_tilt() {
        let mix = |treble: f64| -> Planes {
            let (low, high) = (sine(250.0, 0.1, 44_100), sine(4000.0, treble, 44_100));
            vec![low[0].iter().zip(&high[0]).map(|(a, b)| a + b).collect()]
        };
        let mut meter = DistanceMeter::default();
        meter.process(&spectra(&mix(0.2))[..8], &spectra(&mix(0.1))[..8]);
        // 6.02 dB over the four octaves between two bands, the leakage around them aside.
        let tilt = meter.finish().tilt;
        assert!((tilt - 6.02 / 4.0).abs() < 0.1, "{tilt}");
    }
}
