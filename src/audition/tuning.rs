//! How far a note is out of tune: the strongest of its first harmonics, by the turn of its phase over time.

use std::f64::consts::TAU;

use crate::sound::{Frequencies, Preset, Waveform};
use crate::units::{Key, SampleRate, Seconds};

/// The stretch of the note that is measured: behind most sweeps, before the release.
const FROM: Seconds = Seconds(0.2);
const TO: Seconds = Seconds(0.58);

/// Half the range that is searched, in cents, and the width of a step.
const RANGE: i32 = 120;
const STEP: i32 = 2;

/// The error in cents; `None` where the preset has no pitch that follows the keyboard, or it is too weak to be measured.
pub(super) fn error(preset: &Preset, key: Key, samples: &[f32], rate: SampleRate) -> Option<f64> {
    let keyed = preset.layers.iter().any(|layer| {
        layer.keys.contains(&key.get())
            && layer.pitch.fixed.is_none()
            && is_harmonic(&layer.waveform)
    });
    let frame = |time: Seconds| (time.0 * f64::from(rate.hz())) as usize;
    let held = samples.get(frame(FROM)..frame(TO)).filter(|_| keyed)?;
    let exact = key.frequency().0 / f64::from(rate.hz());
    let candidates = (1..=4).filter(|number| exact * f64::from(*number) < 0.45);
    let peaks = candidates.map(|number| peak(held, exact * f64::from(number)));
    let (cents, strength) = peaks.max_by(|one, other| one.1.total_cmp(&other.1))?;
    // What is weaker than this is noise.
    let power = held
        .iter()
        .map(|sample| f64::from(*sample) * f64::from(*sample))
        .sum::<f64>();
    let share = strength * strength * 2.0 / (held.len() as f64 * power.max(1e-20));
    (share > 0.02).then_some(cents)
}

/// Whether a waveform sounds at the pitch of its key.
fn is_harmonic(waveform: &Waveform) -> bool {
    match waveform {
        Waveform::Modal(modal) => matches!(modal.frequencies, Frequencies::StiffString { .. }),
        Waveform::Fm(fm) => fm
            .operators
            .iter()
            .all(|operator| operator.ratio.fract() == 0.0),
        other => other.is_pitched(),
    }
}

/// The strongest frequency near one (in cycles per frame): how far off it is in cents, and its strength.
fn peak(samples: &[f32], frequency: f64) -> (f64, f64) {
    let at = |cents: f64| strength(samples, frequency * libm::exp2(cents / 1200.0));
    let steps = (-RANGE / STEP..=RANGE / STEP).map(|step| f64::from(step * STEP));
    let strengths: Vec<(f64, f64)> = steps.map(|cents| (cents, at(cents))).collect();
    let best = (0..strengths.len())
        .max_by(|one, other| strengths[*one].1.total_cmp(&strengths[*other].1))
        .unwrap_or_default();
    let (cents, height) = strengths[best];
    // A parabola through the peak and its neighbours.
    let neighbour = |index: Option<usize>| {
        index
            .and_then(|index| strengths.get(index))
            .map_or(height, |s| s.1)
    };
    let (left, right) = (neighbour(best.checked_sub(1)), neighbour(Some(best + 1)));
    let bend = left - 2.0 * height + right;
    let shift = if bend < 0.0 {
        0.5 * (left - right) / bend
    } else {
        0.0
    };
    (cents + shift * f64::from(STEP), height)
}

/// The direct current of a note: its mean under a window of Hann, which leaves nothing of its partials.
pub(super) fn mean(samples: &[f32]) -> f64 {
    let step = TAU / samples.len() as f64;
    let windowed = samples
        .iter()
        .enumerate()
        .map(|(frame, sample)| f64::from(*sample) * (1.0 - libm::cos(step * frame as f64)));
    windowed.sum::<f64>() / samples.len() as f64
}

/// The magnitude of a frequency under a window of Hann: twice that of a sine is its amplitude times the length over two.
fn strength(samples: &[f32], frequency: f64) -> f64 {
    let length = samples.len() as f64;
    let (turn_sine, turn_cosine) = libm::sincos(TAU * frequency);
    let (slow_sine, slow_cosine) = libm::sincos(TAU / length);
    let (mut re, mut im) = (0.0, 0.0);
    let (mut sine, mut cosine) = (0.0, 1.0);
    let (mut window_sine, mut window_cosine) = (0.0, 1.0);
    for sample in samples {
        let weighted = f64::from(*sample) * (1.0 - window_cosine);
        re += weighted * cosine;
        im += weighted * sine;
        (sine, cosine) = (
            sine * turn_cosine + cosine * turn_sine,
            cosine * turn_cosine - sine * turn_sine,
        );
        (window_sine, window_cosine) = (
            window_sine * slow_cosine + window_cosine * slow_sine,
            window_cosine * slow_cosine - window_sine * slow_sine,
        );
    }
    libm::sqrt(re * re + im * im)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_is_found_where_it_is() {
        for cents in [-70.0, -3.3, 0.0, 41.0] {
            let frequency = 0.01 * libm::exp2(cents / 1200.0);
            let samples: Vec<f32> = (0..16_000)
                .map(|frame| libm::sin(TAU * frequency * f64::from(frame)) as f32)
                .collect();
            let (found, _) = peak(&samples, 0.01);
            assert!((found - cents).abs() < 0.1, "{found}, expected {cents}");
        }
    }
}
