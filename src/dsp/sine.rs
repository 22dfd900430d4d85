//! The sine of a phase counted in 2^32 steps to the cycle: a polynomial, so that it vectorises and is exact everywhere.

/// `sin(2 pi phase / 2^32)`. Error: below 3e-7 (-130 dB).
///
/// With t in -1..=1 for half a cycle to either side, `sin(pi t)` is `t (1 - t^2)` times a smooth even function, here
/// fitted over the Chebyshev points by a polynomial of the fifth degree in t^2: no quadrants, no branches.
#[must_use]
#[inline(always)]
pub fn sine(phase: u32) -> f32 {
    sine_of_half(phase as i32 as f32 * (1.0 / 2_147_483_648.0))
}

/// `sin(pi t)` for `t` in -1..=1, as [`sine`].
#[must_use]
#[inline(always)]
pub fn sine_of_half(t: f32) -> f32 {
    let u = t * t;
    let even = -0.000_385_938_19 * u + 0.006_860_188;
    let even = even * u - 0.075_187_26;
    let even = even * u + 0.524_036_15;
    let even = even * u - 2.026_119_5;
    let even = even * u + std::f32::consts::PI;
    t * (1.0 - u) * even
}

/// As [`sine`], for what errors build up on. Error: below 1e-10; a polynomial of the sixth degree in t^2.
#[must_use]
#[inline(always)]
pub fn precise_sine(phase: u32) -> f64 {
    let t = f64::from(phase as i32) * (1.0 / 2_147_483_648.0);
    let u = t * t;
    let even = 0.000_018_599_411_237_600_3 * u - 0.000_441_735_986_849_543_7;
    let even = even * u + 0.006_922_960_438_474_249;
    let even = even * u - 0.075_219_812_402_051_68;
    let even = even * u + 0.524_043_780_062_795_6;
    let even = even * u - 2.026_120_118_150_530_4;
    let even = even * u + 3.141_592_653_505_191_5;
    t * (1.0 - u) * even
}

#[cfg(test)]
mod tests {
    use super::{precise_sine, sine};

    #[test]
    fn it_agrees_with_libm_all_around_the_circle() {
        let (mut worst, mut worst_precise) = (0.0f64, 0.0f64);
        for step in 0..1_000_003u64 {
            let phase = (step * 4295) as u32;
            let exact = libm::sin(f64::from(phase) / 4_294_967_296.0 * std::f64::consts::TAU);
            worst = worst.max((f64::from(sine(phase)) - exact).abs());
            worst_precise = worst_precise.max((precise_sine(phase) - exact).abs());
        }
        assert!(worst < 3e-7, "{worst}");
        assert!(worst_precise < 1e-10, "{worst_precise}");
    }
}
