//! Whether one recording is the other in another key: spectra of the loudest moments, moved against one another.

use realfft::{RealFftPlanner, RealToComplex};

use super::alignment::excerpt;
use super::audio_source::AudioSource;

/// Frames of a moment: three quarters of a second at 44.1 kHz, so that semitones are apart from 100 Hz on.
const MOMENT: usize = 1 << 15;
/// Steps of an octave at which spectra are compared: 5 cents.
const STEPS: f64 = 240.0;
/// The farthest transposition that is looked for: an octave.
const FARTHEST: isize = 240;
/// Steps within which a transposition of a peak's width is none.
const NEAR: isize = 4;

/// The transposition, in cents, that makes the spectra alike, where they are much less so without it.
///
/// # Errors
///
/// Those of the recordings.
pub(super) fn transposition<A: AudioSource, B: AudioSource<Error = A::Error>>(
    actual: &mut A,
    expected: &mut B,
    channels: Option<&[usize]>,
    starts: &[i64],
) -> Result<Option<f64>, A::Error> {
    let transform = RealFftPlanner::new().plan_fft_forward(MOMENT);
    let mut fits = vec![0.0; 2 * FARTHEST as usize + 1];
    let mut energies = [0.0; 2];
    for start in starts {
        let rate = expected.spec().rate;
        let actual = logarithmic(
            &*transform,
            &excerpt(actual, channels, *start, MOMENT)?,
            rate,
        );
        let expected = logarithmic(
            &*transform,
            &excerpt(expected, channels, *start, MOMENT)?,
            rate,
        );
        energies[0] += product(&actual, &actual, 0);
        energies[1] += product(&expected, &expected, 0);
        for (fit, shift) in fits.iter_mut().zip(-FARTHEST..) {
            *fit += product(&actual, &expected, shift);
        }
    }
    Ok(best(&fits, libm::sqrt(energies[0] * energies[1])))
}

fn best(fits: &[f64], scale: f64) -> Option<f64> {
    let shifts = fits.iter().zip(-FARTHEST..);
    let (fit, shift) = shifts.max_by(|a, b| a.0.total_cmp(b.0))?;
    let untouched = fits[FARTHEST as usize];
    let better = *fit > 0.6 * scale && *fit > 1.3 * untouched && shift.abs() >= NEAR;
    better.then_some(shift as f64 * 1200.0 / STEPS)
}

/// The sum of `actual[n + shift] * expected[n]`.
fn product(actual: &[f32], expected: &[f32], shift: isize) -> f64 {
    let (ahead, behind) = (shift.max(0) as usize, (-shift).max(0) as usize);
    let actual = actual.get(ahead..).unwrap_or_default();
    let expected = expected.get(behind..).unwrap_or_default();
    actual
        .iter()
        .zip(expected)
        .map(|(a, e)| f64::from(a * e))
        .sum()
}

/// Amplitudes from 100 Hz to 5 kHz, at equal steps of pitch.
fn logarithmic(transform: &dyn RealToComplex<f32>, samples: &[f32], rate: u32) -> Vec<f32> {
    let turn = std::f64::consts::TAU / MOMENT as f64;
    let hann = |n: usize| (0.5 - 0.5 * libm::cos(turn * n as f64)) as f32;
    let mut input: Vec<f32> = samples
        .iter()
        .enumerate()
        .map(|(n, x)| x * hann(n))
        .collect();
    let mut bins = transform.make_output_vec();
    // It fails only for another length.
    let _ = transform.process(&mut input, &mut bins);
    let place =
        |step: usize| 100.0 * libm::exp2(step as f64 / STEPS) * MOMENT as f64 / f64::from(rate);
    let end = (5000.0 * MOMENT as f64 / f64::from(rate)).min((bins.len() - 2) as f64);
    let places = (0..).map(place).take_while(|place| *place < end);
    places
        .map(|place| {
            let (bin, share) = (place as usize, place.fract() as f32);
            bins[bin].norm() * (1.0 - share) + bins[bin + 1].norm() * share
        })
        .collect()
}
