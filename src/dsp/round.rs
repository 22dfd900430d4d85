//! Numbers to whole numbers by an addition, which vectorises on every processor where a conversion does not.

/// 1.5 * 2^52: a sum of this size has no bits for fractions, so the addition rounds, and the whole number stands in the
/// sum's lower bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The nearest whole number, ties to even, modulo 2^32; `as i32` takes it back below zero. Input: magnitudes below 2^51.
#[must_use]
#[inline(always)]
pub fn nearest(x: f64) -> u32 {
    (x + ROUND).to_bits() as u32
}

/// As [`nearest`], of magnitudes below 2^22; only the lower 16 bits are those of the number.
#[must_use]
#[inline(always)]
pub fn nearest_f32(x: f32) -> i32 {
    const ROUND: f32 = 12_582_912.0;
    (x + ROUND).to_bits() as i32
}

/// As [`nearest`], as a number.
#[must_use]
#[inline(always)]
pub fn rounded(x: f64) -> f64 {
    (x + ROUND) - ROUND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_of_a_small_number_round_alike() {
        for (x, whole) in [
            (0.5, 0),
            (1.5, 2),
            (2.5, 2),
            (-0.5, 0),
            (-1.5, -2),
            (32_766.6, 32_767),
            (-32_768.0, -32_768),
        ] {
            assert_eq!(nearest_f32(x) as i16, whole, "{x}");
        }
    }

    #[test]
    fn it_rounds_to_the_nearest_and_ties_to_even() {
        for (x, whole) in [
            (0.0, 0),
            (0.5, 0),
            (1.5, 2),
            (2.4, 2),
            (-0.5, 0),
            (-2.6, -3),
            (2_147_483_647.4, i32::MAX),
            (-2_147_483_648.0, i32::MIN),
        ] {
            assert_eq!(nearest(x) as i32, whole, "{x}");
            assert_eq!(rounded(x), f64::from(whole), "{x}");
        }
    }

    #[test]
    fn what_is_too_large_wraps_around() {
        assert_eq!(nearest(4_294_967_295.0), u32::MAX);
        assert_eq!(nearest(4_294_967_299.0), 3);
        assert_eq!(nearest(-1.0), u32::MAX);
    }
}
