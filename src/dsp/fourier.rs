//! An inverse Fourier transform for building wavetables: the same bits on every machine, which fast libraries, with
//! their paths for each processor, do not promise.

use std::sync::OnceLock;

use super::simd::vectorised;

/// One cycle of a periodic wave from its harmonics.
///
/// Input: `harmonics[n]` is the amplitude of `sin(2 pi (n + 1) x)`; `length`, a power of two above twice their number.
/// Output: `length + 1` samples of x from 0 to 1, of which the last is the first again. Radix-2 decimation in time (Cooley and
/// Tukey, 1965), in `f64`.
#[must_use]
pub fn cycle(harmonics: &[f64], length: usize) -> Vec<f32> {
    debug_assert!(length.is_power_of_two() && length > 2 * harmonics.len());
    let mut real = vec![0.0f64; length];
    let mut imaginary = vec![0.0f64; length];
    let bits = length.trailing_zeros();
    // Where the order is reversed, few low frequencies lie far apart, and the first stages only repeat them.
    let repeated = length / (harmonics.len() + 1).next_power_of_two();
    for (index, amplitude) in harmonics.iter().enumerate() {
        // A sine of amplitude a is -i a / 2 at its frequency; taking the real part of the result doubles it.
        let place = reversed(index + 1, bits);
        imaginary[place..place + repeated].fill(-amplitude);
    }
    butterflies(&mut real, &mut imaginary, repeated);
    let mut samples = Vec::with_capacity(length + 1);
    samples.extend(real.iter().chain(real.first()).map(|sample| *sample as f32));
    samples
}

fn reversed(index: usize, bits: u32) -> usize {
    index.reverse_bits() >> (usize::BITS - bits)
}

/// The turns of half a circle in `half` steps (a power of two), kept for the life of the program: cosine and sine.
fn turns(half: usize) -> &'static [(f64, f64)] {
    static TURNS: [OnceLock<Vec<(f64, f64)>>; usize::BITS as usize] =
        [const { OnceLock::new() }; usize::BITS as usize];
    TURNS[half.trailing_zeros() as usize].get_or_init(|| {
        let angle = |step: usize| std::f64::consts::PI * step as f64 / half as f64;
        let turn = |step| {
            let (sine, cosine) = libm::sincos(angle(step));
            (cosine, sine)
        };
        (0..half).map(turn).collect()
    })
}

/// The inverse transform in place (unscaled), of input in bit-reversed order; the stages before those of `half` are done.
fn butterflies(real: &mut [f64], imaginary: &mut [f64], mut half: usize) {
    while half < real.len() {
        stage(turns(half), real, imaginary);
        half *= 2;
    }
}

vectorised! {
    /// One stage of it: as many turns as pairs to turn together.
    fn stage(turns: &[(f64, f64)], real: &mut [f64], imaginary: &mut [f64]) {
        let half = turns.len();
        let parts = real
            .chunks_exact_mut(2 * half)
            .zip(imaginary.chunks_exact_mut(2 * half));
        for (real, imaginary) in parts {
            let (lower_real, upper_real) = real.split_at_mut(half);
            let (lower_imaginary, upper_imaginary) = imaginary.split_at_mut(half);
            let lower = lower_real.iter_mut().zip(lower_imaginary);
            let upper = upper_real.iter_mut().zip(upper_imaginary);
            for (((lower_x, lower_y), (upper_x, upper_y)), (cosine, sine)) in
                lower.zip(upper).zip(turns)
            {
                let x = *upper_x * cosine - *upper_y * sine;
                let y = *upper_x * sine + *upper_y * cosine;
                (*upper_x, *upper_y) = (*lower_x - x, *lower_y - y);
                (*lower_x, *lower_y) = (*lower_x + x, *lower_y + y);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cycle;

    #[test]
    fn harmonics_come_out_as_sines() {
        let wave = cycle(&[1.0, 0.0, -0.5], 64);
        for (index, sample) in wave.iter().enumerate() {
            let x = std::f64::consts::TAU * index as f64 / 64.0;
            let exact = libm::sin(x) - 0.5 * libm::sin(3.0 * x);
            assert!((f64::from(*sample) - exact).abs() < 1e-7, "sample {index}");
        }
    }
}
