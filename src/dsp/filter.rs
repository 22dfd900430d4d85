//! A state-variable filter: low, high and band pass of the second order, steady under any movement of its cutoff.

/// The largest part of the sample rate that a cutoff may be.
pub const HIGHEST_CUTOFF: f64 = 0.49;

/// The coefficients of the filter for one cutoff and resonance.
///
/// The trapezoidal ("zero-delay feedback") form of V. Zavalishin, The Art of VA Filter Design, 2012, section 3.10, as
/// solved by A. Simper, Cytomic, 2013: the cutoff is exact, and coefficients may move at any time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    g: f32,
    k: f32,
}

impl Coefficients {
    /// `cutoff`: in cycles per frame, limited to [`HIGHEST_CUTOFF`]. `resonance`: 0 (Q = 0.707) to 1 (Q = 20).
    #[must_use]
    pub fn new(cutoff: f64, resonance: f64) -> Self {
        let cutoff = cutoff.clamp(1e-5, HIGHEST_CUTOFF);
        // Q from 2^-0.5 to 20 in equal ratios; k is 1/Q.
        let quality =
            std::f64::consts::FRAC_1_SQRT_2 * libm::exp2(resonance.clamp(0.0, 1.0) * 4.822);
        Self {
            g: libm::tan(std::f64::consts::PI * cutoff) as f32,
            k: (1.0 / quality) as f32,
        }
    }
}

/// What the filter gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// What lies below the cutoff.
    Low,
    /// What lies above the cutoff.
    High,
    /// What lies around the cutoff, at most unity gain.
    Band,
}

/// Input: samples. Output: filtered samples. Remembers two integrators.
#[derive(Clone, Copy, Debug, Default)]
pub struct StateVariable {
    first: f32,
    second: f32,
}

impl StateVariable {
    /// Filters `samples` in place while the coefficients go straight from `from` to `to`.
    pub fn process(
        &mut self,
        samples: &mut [f32],
        response: Response,
        from: Coefficients,
        to: Coefficients,
    ) {
        match response {
            Response::Low => self.run(samples, from, to, |_, _, _, low| low),
            Response::High => self.run(samples, from, to, |input, k, band, low| {
                input - k * band - low
            }),
            Response::Band => self.run(samples, from, to, |_, k, band, _| k * band),
        }
    }

    #[inline(always)]
    fn run(
        &mut self,
        samples: &mut [f32],
        from: Coefficients,
        to: Coefficients,
        output: impl Fn(f32, f32, f32, f32) -> f32,
    ) {
        if from == to {
            return self.run_fixed(samples, from, output);
        }
        let step = 1.0 / samples.len() as f32;
        let (g_step, k_step) = ((to.g - from.g) * step, (to.k - from.k) * step);
        let Coefficients { mut g, mut k } = from;
        for sample in samples {
            let a1 = 2.0 / (1.0 + g * (g + k));
            *sample = self.tick(*sample, k, a1, g * a1, g, &output);
            g += g_step;
            k += k_step;
        }
        self.settle();
    }

    #[inline(always)]
    fn run_fixed(
        &mut self,
        samples: &mut [f32],
        Coefficients { g, k }: Coefficients,
        output: impl Fn(f32, f32, f32, f32) -> f32,
    ) {
        let a1 = 2.0 / (1.0 + g * (g + k));
        let a2 = g * a1;
        for sample in samples {
            *sample = self.tick(*sample, k, a1, a2, g, &output);
        }
        self.settle();
    }

    /// `a1` and `a2`: twice Simper's, so that four operations lie between one sample and the next (4 ns instead of 7).
    #[inline(always)]
    fn tick(
        &mut self,
        input: f32,
        k: f32,
        a1: f32,
        a2: f32,
        g: f32,
        output: &impl Fn(f32, f32, f32, f32) -> f32,
    ) -> f32 {
        let twice_band = (a1 * self.first + a2 * input) - a2 * self.second;
        let band = 0.5 * twice_band;
        let low = self.second + g * band;
        self.first = twice_band - self.first;
        self.second += g * twice_band;
        output(input, k, band, low)
    }

    /// Ends a decay before it reaches the denormal numbers, which are slow.
    fn settle(&mut self) {
        for memory in [&mut self.first, &mut self.second] {
            if memory.abs() < 1e-20 {
                *memory = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Decibels;

    /// The gain at a frequency in cycles per frame, in dB, measured on a sine after the onset has died away.
    fn gain(response: Response, cutoff: f64, resonance: f64, frequency: f64) -> f64 {
        let coefficients = Coefficients::new(cutoff, resonance);
        let mut samples: Vec<f32> = (0..40_000)
            .map(|n| libm::sin(std::f64::consts::TAU * frequency * f64::from(n)) as f32)
            .collect();
        StateVariable::default().process(&mut samples, response, coefficients, coefficients);
        let power: f64 = samples[20_000..]
            .iter()
            .map(|x| f64::from(*x) * f64::from(*x))
            .sum::<f64>()
            / 20_000.0;
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
        let mut samples = vec![0.0; 20_000];
        samples[0] = 1.0;
        for chunk in samples.chunks_mut(64) {
            filter.process(chunk, Response::Low, coefficients, coefficients);
        }
        assert!(
            samples
                .iter()
                .all(|sample| *sample == 0.0 || sample.is_normal())
        );
    }
}
