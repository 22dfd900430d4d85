//! The largest magnitude of a run of samples.

use super::simd::vectorised;

vectorised! {
    /// The largest magnitude in `samples`, 0 for none.
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

/// The larger of two numbers; `peak` if the other is none. One instruction, where `f32::max` is three.
#[inline(always)]
fn larger(peak: f32, magnitude: f32) -> f32 {
    if magnitude > peak { magnitude } else { peak }
}
