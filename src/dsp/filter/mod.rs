//! A state-variable filter: low, high and band pass of the second order, steady under any movement of its cutoff.

mod coefficients;
mod moving;
mod still;

pub use coefficients::{BLOCK, Coefficients, HIGHEST_CUTOFF, Response};

use coefficients::Integrators;

/// Input: samples. Output: filtered samples. Remembers two integrators.
#[derive(Clone, Debug, Default)]
pub struct StateVariable {
    integrators: Integrators,
    /// For the coefficients that last stayed: it takes as long to find as 128 frames do.
    still: Option<still::Matrices>,
}

impl StateVariable {
    /// Filters `samples`, a whole number of blocks, in place while the coefficients go straight from `from` to `to`.
    pub fn process(
        &mut self,
        samples: &mut [f32],
        response: Response,
        from: Coefficients,
        to: Coefficients,
    ) {
        debug_assert!(samples.len().is_multiple_of(BLOCK));
        if from == to {
            self.rest(samples, response, from);
        } else {
            let (blocks, _) = samples.as_chunks_mut();
            moving::filter(&mut self.integrators, blocks, response, from, to);
        }
    }

    fn rest(&mut self, samples: &mut [f32], response: Response, at: Coefficients) {
        self.still.take_if(|matrices| !matrices.is_of(response, at));
        let new = || still::Matrices::new(response, at);
        let matrices = self.still.get_or_insert_with(new);
        matrices.filter(&mut self.integrators, samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd;
    use crate::units::Decibels;

    const FRAMES: u32 = 320 * BLOCK as u32;

    /// The gain at a frequency in cycles per frame, in dB, measured on a sine after the onset has died away.
    fn gain(response: Response, cutoff: f64, resonance: f64, frequency: f64) -> f64 {
        let coefficients = Coefficients::new(cutoff, resonance);
        let mut samples: Vec<f32> = (0..FRAMES)
            .map(|n| libm::sin(std::f64::consts::TAU * frequency * f64::from(n)) as f32)
            .collect();
        StateVariable::default().process(&mut samples, response, coefficients, coefficients);
        let settled = &samples[FRAMES as usize / 2..];
        let squares = settled.iter().map(|x| f64::from(*x) * f64::from(*x));
        let power = squares.sum::<f64>() / f64::from(FRAMES / 2);
        Decibels::from_gain(libm::sqrt(2.0 * power)).0
    }

    fn check(measured: f64, expected: f64) {
        assert!(
            (measured - expected).abs() < 0.1,
            "{measured} dB, expected {expected} dB"
        );
    }

    #[test]
    fn low_pass_keeps_what_is_below_and_falls_twelve_decibels_an_octave() {
        check(gain(Response::Low, 0.01, 0.0, 0.001), 0.0);
        check(gain(Response::Low, 0.01, 0.0, 0.01), -3.01);
        check(
            gain(Response::Low, 0.001, 0.0, 0.02) - gain(Response::Low, 0.001, 0.0, 0.01),
            -12.05,
        );
    }

    #[test]
    fn high_and_band_pass_do_as_their_names_say() {
        check(gain(Response::High, 0.01, 0.0, 0.2), 0.0);
        check(gain(Response::High, 0.01, 0.0, 0.01), -3.01);
        check(gain(Response::Band, 0.01, 0.5, 0.01), 0.0);
        assert!(gain(Response::Band, 0.01, 0.5, 0.1) < -20.0);
    }

    #[test]
    fn full_resonance_peaks_at_a_quality_of_twenty() {
        check(gain(Response::Low, 0.01, 1.0, 0.01), 26.02);
    }

    #[test]
    fn a_decay_ends_in_zero_and_not_in_denormals() {
        let coefficients = Coefficients::new(0.01, 0.0);
        let mut filter = StateVariable::default();
        let mut samples = vec![0.0; 160 * BLOCK];
        samples[0] = 1.0;
        for chunk in samples.chunks_mut(BLOCK) {
            filter.process(chunk, Response::Low, coefficients, coefficients);
        }
        assert!(
            samples
                .iter()
                .all(|sample| *sample == 0.0 || sample.is_normal())
        );
    }

    /// The coefficients in double precision, and `k`.
    fn exact_coefficients((cutoff, resonance): (f64, f64)) -> [f64; 4] {
        let g = libm::tan(std::f64::consts::PI * cutoff);
        let k = std::f64::consts::SQRT_2 / libm::exp2(4.822 * resonance);
        let across = 2.0 * g / (1.0 + g * (g + k));
        [across, across * (g + k), across * g, k]
    }

    /// The filter in double precision, one frame after the other.
    fn exact(samples: &[f32], response: Response, from: [f64; 4], to: [f64; 4]) -> Vec<f64> {
        let (mut first, mut second) = (0.0, 0.0);
        let frames = samples.len() as f64;
        let tick = |(frame, sample): (usize, &f32)| {
            let part = frame as f64 / frames;
            let at = |index: usize| from[index] + (to[index] - from[index]) * part;
            let [across, own, follow, k] = [0, 1, 2, 3].map(at);
            let input = f64::from(*sample);
            let driven = 0.5 * input - second;
            let next = first - own * first + across * driven;
            let next_second = second + across * first + follow * driven;
            let (band, low) = (first + next, second + next_second);
            (first, second) = (next, next_second);
            match response {
                Response::Low => low,
                Response::High => input - k * band - low,
                Response::Band => k * band,
            }
        };
        samples.iter().enumerate().map(tick).collect()
    }

    /// Noise in -1.0..1.0.
    fn noise(frames: usize) -> Vec<f32> {
        let mut state = 1u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as i32 as f32 / 2_147_483_648.0
        };
        (0..frames).map(next).collect()
    }

    const RESPONSES: [Response; 3] = [Response::Low, Response::High, Response::Band];

    /// What is wrong with the output, in dB of its power, while a filter goes from one cutoff and resonance to another.
    fn error(response: Response, from: (f64, f64), to: (f64, f64)) -> f64 {
        let mut samples = noise(320 * BLOCK);
        let [start, end] = [from, to].map(exact_coefficients);
        let expected = exact(&samples, response, start, end);
        let [from, to] = [from, to].map(|(cutoff, resonance)| Coefficients::new(cutoff, resonance));
        StateVariable::default().process(&mut samples, response, from, to);
        let (mut power, mut wrong) = (0.0, 0.0);
        for (sample, expected) in samples.iter().zip(&expected) {
            power += expected * expected;
            wrong += (f64::from(*sample) - expected) * (f64::from(*sample) - expected);
        }
        Decibels::from_gain(libm::sqrt(wrong / power)).0
    }

    #[test]
    fn it_is_exact_at_every_cutoff_and_resonance_still_or_moving() {
        // 0.0001 is 20 Hz at 192 kHz. One frame after the other in single precision is exact to -63 dB there.
        let corners = [0.0001, 0.001, 0.01, 0.3, 0.49]
            .map(|cutoff| [0.0, 1.0].map(|resonance| (cutoff, resonance)));
        for response in RESPONSES {
            for from in corners.as_flattened() {
                for to in corners.as_flattened() {
                    let error = error(response, *from, *to);
                    let bound = if from == to { -90.0 } else { -75.0 };
                    assert!(error < bound, "{response:?} {from:?} {to:?}: {error} dB");
                }
            }
        }
    }

    #[test]
    fn wide_vectors_change_no_bit() {
        let ends = [(0.0001, 1.0), (0.03, 0.3), (0.49, 0.0)]
            .map(|(cutoff, resonance)| Coefficients::new(cutoff, resonance));
        let perform = |baseline: bool| {
            simd::use_baseline(baseline);
            let mut bits = Vec::new();
            for response in RESPONSES {
                for (from, to) in ends.iter().flat_map(|from| ends.map(|to| (*from, to))) {
                    let mut samples = noise(4 * BLOCK);
                    StateVariable::default().process(&mut samples, response, from, to);
                    bits.extend(samples.iter().map(|sample| sample.to_bits()));
                }
            }
            bits
        };
        let narrow = perform(true);
        assert_eq!(perform(false), narrow);
    }
}
