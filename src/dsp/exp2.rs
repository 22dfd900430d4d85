//! Two to the power of x, for pitch that moves: fast, and the same bits everywhere.

use super::phase::LANES;
use super::round::{nearest, rounded};
use super::simd::vectorised;

/// `2^x`. Input: -1000 to 1000. Error: below 3e-10 of the value (0.000001 cent).
///
/// The Taylor series of `e^(f ln 2)` to the eighth power over the fraction `f` in -0.5..=0.5, with the whole part put
/// straight into the exponent. Its terms are added in pairs (Estrin, 1960), which do not wait for each other.
#[must_use]
#[inline(always)]
pub fn exp2(x: f64) -> f64 {
    const SERIES: [f64; 9] = [
        1.0,
        std::f64::consts::LN_2,
        0.240_226_506_959_100_7,
        0.055_504_108_664_821_58,
        0.009_618_129_107_628_477,
        0.001_333_355_814_642_844_3,
        0.000_154_035_303_933_816_1,
        0.000_015_252_733_804_059_84,
        0.000_001_321_548_679_014_431,
    ];
    let x = x.clamp(-1000.0, 1000.0);
    let fraction = x - rounded(x);
    let square = fraction * fraction;
    let fourth = square * square;
    let pair = |power: usize| SERIES[power] + SERIES[power + 1] * fraction;
    let low = pair(0) + pair(2) * square;
    let high = pair(4) + pair(6) * square;
    let series = low + (high + SERIES[8] * fourth) * fourth;
    f64::from_bits((u64::from(nearest(x)) + 1023) << 52) * series
}

vectorised! {
    /// [`exp2`], eight times side by side.
    pub fn exp2s(exponents: &[f64; LANES]) -> [f64; LANES] {
        let mut powers = *exponents;
        for power in &mut powers {
            *power = exp2(*power);
        }
        powers
    }
}

#[cfg(test)]
mod tests {
    use super::exp2;

    #[test]
    fn it_agrees_with_libm() {
        for step in -40_000..40_000 {
            let x = f64::from(step) / 1234.5;
            let exact = libm::exp2(x);
            assert!((exp2(x) / exact - 1.0).abs() < 3e-10, "2^{x}");
        }
    }
}
