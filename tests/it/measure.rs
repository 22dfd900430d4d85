//! Measures sound: level, frequency, spectrum and jumps. None of it shares code with what it measures.

use std::f64::consts::TAU;
use std::ops::Range;

/// A complex number: real and imaginary part.
pub(crate) type Complex = (f64, f64);

/// Seven-term Blackman-Harris (H. Albrecht, "A family of cosine-sum windows for high-resolution measurements", ICASSP
/// 2001): nothing beyond seven bins is above -180 dB.
const WINDOW: [f64; 7] = [
    0.271_051_400_693_42,
    -0.433_297_939_234_48,
    0.218_122_999_543_11,
    -0.065_925_446_388_03,
    0.010_811_742_098_37,
    -0.000_776_584_825_22,
    0.000_013_887_217_35,
];

/// Bins to either side of a sine within which the window keeps its energy, and one more.
pub(crate) const LOBE: f64 = 8.0;

/// The samples between two times in milliseconds.
pub(crate) fn between(samples: &[f32], rate: u32, milliseconds: Range<f64>) -> &[f32] {
    let frame = |time: f64| (time * 1e-3 * f64::from(rate)).round() as usize;
    &samples[frame(milliseconds.start)..frame(milliseconds.end)]
}

/// Root of the mean of the squares.
pub(crate) fn rms(samples: &[f32]) -> f64 {
    let sum: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample) * f64::from(*sample))
        .sum();
    libm::sqrt(sum / samples.len() as f64)
}

/// A ratio of amplitudes in decibels.
pub(crate) fn decibels(ratio: f64) -> f64 {
    20.0 * libm::log10(ratio)
}

/// The interval between two frequencies in cents.
pub(crate) fn cents(frequency: f64, reference: f64) -> f64 {
    1200.0 * libm::log2(frequency / reference)
}

/// The largest step from one sample to the next.
pub(crate) fn steepest(samples: &[f32]) -> f64 {
    let steps = samples
        .windows(2)
        .map(|pair| f64::from(pair[1] - pair[0]).abs());
    steps.fold(0.0, f64::max)
}

/// The largest magnitude.
pub(crate) fn peak(samples: &[f32]) -> f64 {
    samples
        .iter()
        .fold(0.0, |peak, sample| peak.max(f64::from(sample.abs())))
}

/// The frequency of the sine near `near`, in Hz: by how far its phase goes, over longer and longer spans. `near` may be
/// wrong by four bins of half the samples, which keeps the sine in the window's lobe.
pub(crate) fn frequency(samples: &[f32], rate: u32, near: f64) -> f64 {
    let rate = f64::from(rate);
    let half = samples.len() / 2;
    let mut frequency = near;
    for span in [8, half / 32, half] {
        // Both stretches lie about the middle, so that a frequency that moves has one value there.
        let start = (half - span) / 2;
        let early = phase(&samples[start..start + half], frequency / rate);
        let late = phase(
            &samples[start + span..start + span + half],
            frequency / rate,
        );
        // What the phase went beyond what `frequency` explains.
        let cycles = late - early - frequency / rate * span as f64;
        frequency += (cycles - cycles.round()) * rate / span as f64;
    }
    frequency
}

/// The phase, in cycles, of the sine of `cycles_per_frame` at the first of `samples`.
fn phase(samples: &[f32], cycles_per_frame: f64) -> f64 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    let turn = unit(-cycles_per_frame);
    let mut pointer = (1.0, 0.0);
    for (sample, weight) in samples.iter().zip(window(samples.len())) {
        let sample = f64::from(*sample) * weight;
        real += sample * pointer.0;
        imaginary += sample * pointer.1;
        pointer = times(pointer, turn);
    }
    libm::atan2(imaginary, real) / TAU
}

/// The power at each bin from 0 to half the rate, of a power of two of samples under the window.
pub(crate) fn power_spectrum(samples: &[f32]) -> Vec<f64> {
    let weights = window(samples.len());
    let mut data: Vec<Complex> = samples
        .iter()
        .zip(weights)
        .map(|(sample, weight)| (f64::from(*sample) * weight, 0.0))
        .collect();
    transform(&mut data);
    data[..=samples.len() / 2]
        .iter()
        .map(|(re, im)| re * re + im * im)
        .collect()
}

/// The discrete Fourier transform of a power of two of values, in place (Cooley and Tukey, 1965).
fn transform(data: &mut [Complex]) {
    let length = data.len();
    let bits = length.trailing_zeros();
    for index in 0..length {
        let mirrored = index.reverse_bits() >> (usize::BITS - bits);
        if mirrored > index {
            data.swap(index, mirrored);
        }
    }
    let turns: Vec<Complex> = (0..length / 2)
        .map(|index| unit(-(index as f64) / length as f64))
        .collect();
    let mut half = 1;
    while half < length {
        let stride = length / (2 * half);
        for part in data.chunks_exact_mut(2 * half) {
            let (low, high) = part.split_at_mut(half);
            for (index, (low, high)) in low.iter_mut().zip(high).enumerate() {
                let turned = times(*high, turns[index * stride]);
                *high = (low.0 - turned.0, low.1 - turned.1);
                *low = (low.0 + turned.0, low.1 + turned.1);
            }
        }
        half *= 2;
    }
}

/// The window's weights, from one cosine by Chebyshev's recurrence.
fn window(length: usize) -> impl Iterator<Item = f64> {
    let turn = unit(1.0 / length as f64);
    let mut pointer = (1.0, 0.0);
    (0..length).map(move |_| {
        let cosine = pointer.0;
        pointer = times(pointer, turn);
        let (mut before, mut now, mut sum) = (1.0, cosine, WINDOW[0]);
        for weight in &WINDOW[1..] {
            sum += weight * now;
            (before, now) = (now, 2.0 * cosine * now - before);
        }
        sum
    })
}

/// The point on the unit circle after so many cycles.
fn unit(cycles: f64) -> Complex {
    let (sine, cosine) = libm::sincos(TAU * cycles);
    (cosine, sine)
}

fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// A sine of an amplitude and a frequency in cycles per frame.
#[cfg(test)]
fn sine(amplitude: f64, cycles_per_frame: f64, frames: usize) -> Vec<f32> {
    (0..frames)
        .map(|frame| (amplitude * unit(cycles_per_frame * frame as f64 + 0.1).1) as f32)
        .collect()
}

#[test]
fn the_frequency_of_a_known_sine_is_found_to_a_thousandth_of_a_cent() {
    for (hertz, frames) in [(8.2, 75_000), (440.123, 40_000), (12_543.9, 40_000)] {
        let samples = sine(0.5, hertz / 44_100.0, frames);
        let found = frequency(&samples, 44_100, hertz + 4.0);
        assert!(cents(found, hertz).abs() < 1e-3, "{hertz} Hz: {found}");
    }
}

#[test]
fn the_spectrum_of_a_sine_is_one_lobe() {
    let place = 200.3;
    let power = power_spectrum(&sine(0.5, place / 4096.0, 4096));
    let (mut lobe, mut rest) = (0.0, 0.0);
    for (bin, power) in power.iter().enumerate() {
        *if (bin as f64 - place).abs() < LOBE {
            &mut lobe
        } else {
            &mut rest
        } += power;
    }
    // The samples are rounded to 24 bits.
    assert!(rest / lobe < 1e-14, "{rest} of {lobe}");
}
