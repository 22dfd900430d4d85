//! The largest magnitude of a run of samples, and whether all of them are numbers.

use super::simd::vectorised;

vectorised! {
    /// The largest magnitude in `samples`, 0 for none. What is no number is passed over.
    #[must_use]
    pub fn peak(samples: &[f32]) -> f32 {
        // Independent maxima let the compiler use whole vectors, and several at a time.
        let (chunks, rest) = samples.as_chunks::<32>();
        let mut lanes = [0.0f32; 32];
        for chunk in chunks {
            for (lane, sample) in lanes.iter_mut().zip(chunk) {
                *lane = larger(*lane, sample.abs());
            }
        }
        lanes
            .iter()
            .chain(rest)
            .fold(0.0, |peak, sample| larger(peak, sample.abs()))
    }
}

vectorised! {
    /// Whether no sample is infinite or no number.
    #[must_use]
    pub fn all_finite(samples: &[f32]) -> bool {
        // Nothing times a finite number is 0, which added changes nothing; of any other, it is no number, which stays.
        let (chunks, rest) = samples.as_chunks::<32>();
        let mut lanes = [0.0f32; 32];
        for chunk in chunks {
            for (lane, sample) in lanes.iter_mut().zip(chunk) {
                *lane += sample * 0.0;
            }
        }
        lanes.iter().chain(rest).all(|sample| sample.is_finite())
    }
}

/// The larger of two numbers; `peak` if the other is none. One instruction, where `f32::max` is three.
#[inline(always)]
fn larger(peak: f32, magnitude: f32) -> f32 {
    if magnitude > peak { magnitude } else { peak }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sample_that_is_no_finite_number_is_found_anywhere() {
        assert!(all_finite(&[
            f32::MAX,
            -0.0,
            f32::MIN,
            f32::MIN_POSITIVE / 4.0
        ]));
        for place in 0..71 {
            for odd in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut samples = [f32::MAX; 71];
                assert!(all_finite(&samples));
                samples[place] = odd;
                assert!(!all_finite(&samples), "{odd} at {place}");
            }
        }
    }
}
