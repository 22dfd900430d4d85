//! Reading a stored cycle at the phases of runs of frames, eight at a time: in one way for every processor and in one for
//! AVX2, which give the same bits.
//!
//! The two are not the same code built twice, as elsewhere: what a compiler makes of loads from eight places hangs on
//! details. The portable loop, built for AVX2, takes 1.3 to 1.7 times as long as the one below, by the length of the cycle.

use crate::dsp::phase::{LANES, Phases};

/// A step of the 24 bits that are kept of the phase between two samples.
const FRACTION: f32 = 1.0 / 16_777_216.0;

/// Fills runs of samples, each a multiple of eight long and with its phases, from a cycle of two to the power of `bits`
/// samples, and the first one again.
pub(super) fn read<'o>(
    cycle: &[f32],
    bits: u32,
    runs: impl Iterator<Item = (&'o mut [f32], Phases)>,
) {
    #[cfg(target_arch = "x86_64")]
    if crate::dsp::simd::has_avx2() {
        #[expect(unsafe_code, reason = "a function for other processors")]
        // SAFETY: the processor has been asked.
        return unsafe { avx2::read(cycle, bits, runs) };
    }
    by_length!(bits, read_of(cycle, runs));
}

/// A length known to the compiler needs no check of the index, which is a phase's upper bits.
macro_rules! by_length {
    ($bits:expr, $read:ident($cycle:expr, $runs:expr)) => {
        match $bits {
            10 => $read::<{ (1 << 10) + 1 }>($cycle, $runs),
            11 => $read::<{ (1 << 11) + 1 }>($cycle, $runs),
            12 => $read::<{ (1 << 12) + 1 }>($cycle, $runs),
            13 => $read::<{ (1 << 13) + 1 }>($cycle, $runs),
            14 => $read::<{ (1 << 14) + 1 }>($cycle, $runs),
            15 => $read::<{ (1 << 15) + 1 }>($cycle, $runs),
            16 => $read::<{ (1 << 16) + 1 }>($cycle, $runs),
            17 => $read::<{ (1 << 17) + 1 }>($cycle, $runs),
            _ => $read::<{ (1 << 18) + 1 }>($cycle, $runs),
        }
    };
}
use by_length;

fn read_of<'o, const LENGTH: usize>(
    cycle: &[f32],
    runs: impl Iterator<Item = (&'o mut [f32], Phases)>,
) {
    let Some(cycle) = cycle.first_chunk::<LENGTH>() else {
        return;
    };
    let bits = (LENGTH - 1).trailing_zeros();
    for (output, phases) in runs {
        phases.for_each(output, |phases, samples| {
            for (sample, phase) in samples.iter_mut().zip(phases) {
                let place = (phase >> (32 - bits)) as usize;
                let (low, high) = (cycle[place], cycle[place + 1]);
                let fraction = ((phase << bits) >> 8) as i32 as f32 * FRACTION;
                *sample = low + (high - low) * fraction;
            }
        });
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_cvtsi32_si128, _mm256_add_epi32, _mm256_add_ps, _mm256_castpd_ps,
        _mm256_cvtepi32_ps, _mm256_mul_ps, _mm256_set1_ps, _mm256_setr_pd, _mm256_shuffle_ps,
        _mm256_sll_epi32, _mm256_srli_epi32, _mm256_sub_ps,
    };

    use super::{FRACTION, LANES, Phases};

    #[target_feature(enable = "avx2")]
    pub(super) fn read<'o>(
        cycle: &[f32],
        bits: u32,
        runs: impl Iterator<Item = (&'o mut [f32], Phases)>,
    ) {
        super::by_length!(bits, read_of(cycle, runs));
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn read_of<'o, const LENGTH: usize>(
        cycle: &[f32],
        runs: impl Iterator<Item = (&'o mut [f32], Phases)>,
    ) {
        let Some(cycle) = cycle.first_chunk::<LENGTH>() else {
            return;
        };
        let bits = (LENGTH - 1).trailing_zeros();
        // Two samples are one load as a number of 64 bits, which is never computed with.
        let pair = |place: usize| -> f64 { bytemuck::cast([cycle[place], cycle[place + 1]]) };
        let (shift, scale) = (_mm_cvtsi32_si128(bits as i32), _mm256_set1_ps(FRACTION));
        for (output, phases) in runs {
            let eights = phases.eights();
            let mut phases: __m256i = bytemuck::cast(eights.phases);
            let mut steps: __m256i = bytemuck::cast(eights.steps);
            let change: __m256i = bytemuck::cast([eights.change; LANES]);
            for samples in output.as_chunks_mut::<LANES>().0 {
                // Phases leave the vector two by two, which is the slow part.
                let twos: [u64; LANES / 2] = bytemuck::cast(phases);
                let lower = |two: usize| pair((twos[two] as u32 >> (32 - bits)) as usize);
                let upper = |two: usize| pair((twos[two] >> (64 - bits)) as usize);
                let outer = _mm256_setr_pd(lower(0), upper(0), lower(2), upper(2));
                let inner = _mm256_setr_pd(lower(1), upper(1), lower(3), upper(3));
                let (outer, inner) = (_mm256_castpd_ps(outer), _mm256_castpd_ps(inner));
                let low = _mm256_shuffle_ps::<0b10_00_10_00>(outer, inner);
                let high = _mm256_shuffle_ps::<0b11_01_11_01>(outer, inner);
                let kept = _mm256_srli_epi32::<8>(_mm256_sll_epi32(phases, shift));
                let fraction = _mm256_mul_ps(_mm256_cvtepi32_ps(kept), scale);
                let slope = _mm256_sub_ps(high, low);
                *samples = bytemuck::cast(_mm256_add_ps(low, _mm256_mul_ps(slope, fraction)));
                phases = _mm256_add_epi32(phases, steps);
                steps = _mm256_add_epi32(steps, change);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;
    use crate::dsp::phase::Steps;
    use crate::dsp::simd;

    #[test]
    fn both_ways_give_the_same_bits() {
        for bits in 10..=18 {
            let cycle: Vec<f32> = (0..=1u32 << bits)
                .map(|place| (place as f32).sqrt() + (place % 77) as f32)
                .collect();
            for (from, to) in [(97_000_000, 97_000_000), (1 << 31, 3), (5, 1 << 31)] {
                let ends = [to, 77];
                let (mut one_by_one, mut in_a_row) = ([[0.0; 512]; 2], [[0.0; 512]; 2]);
                for (way, baseline) in [true, false].into_iter().enumerate() {
                    simd::use_baseline(baseline);
                    let steps = || Steps::<256>::new(0xDEAD_BEEF, from, &ends);
                    for (output, phases) in one_by_one[way].chunks_mut(256).zip(steps()) {
                        read(&cycle, bits, iter::once((output, phases)));
                    }
                    read(&cycle, bits, in_a_row[way].chunks_mut(256).zip(steps()));
                }
                assert_eq!(one_by_one[0], one_by_one[1], "{bits} bits, {from} to {to}");
                assert_eq!(in_a_row, one_by_one, "{bits} bits, {from} to {to}");
            }
        }
    }
}
