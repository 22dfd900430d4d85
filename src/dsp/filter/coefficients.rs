//! The coefficients of the filter, what it remembers, and which of its outputs is heard.

use crate::dsp::exp2::exp2;
use crate::dsp::sine::precise_sine;

/// Frames that are filtered in one go while coefficients move.
pub const BLOCK: usize = 128;

/// The largest part of the sample rate that a cutoff may be.
pub const HIGHEST_CUTOFF: f64 = 0.49;

/// The coefficients of the filter for one cutoff and resonance.
///
/// The trapezoidal ("zero-delay feedback") form of V. Zavalishin, The Art of VA Filter Design, 2012, section 3.10: the
/// cutoff is exact, and coefficients may move at any time. With `g = tan(pi cutoff)`, `k = 1 / Q` and
/// `across = 2 g / (1 + g (g + k))`, a frame changes two integrators by
///
/// ```text
/// first:  across (input / 2 - second) - across (g + k) first
/// second: across g (input / 2 - second) + across first
/// ```
///
/// (Changes stay exact at low cutoffs, and halves of Zavalishin's integrators save multiplications.) Without input, no
/// such frame, nor any mixture of two, makes the sum of their squares greater: whatever way the coefficients take, the
/// filter is stable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    pub(super) across: f32,
    /// `across (g + k)`.
    pub(super) first: f32,
    /// `across g`.
    pub(super) second: f32,
    pub(super) k: f32,
}

impl Coefficients {
    /// `cutoff`: in cycles per frame, limited to [`HIGHEST_CUTOFF`]. `resonance`: 0 (Q = 0.707) to 1 (Q = 20).
    #[must_use]
    pub fn new(cutoff: f64, resonance: f64) -> Self {
        let g = tangent(cutoff.clamp(1e-5, HIGHEST_CUTOFF));
        // Q from 2^-0.5 to 20 in equal ratios.
        let k = std::f64::consts::SQRT_2 * exp2(resonance.clamp(0.0, 1.0) * -4.822);
        let across = 2.0 * g / (1.0 + g * (g + k));
        Self {
            across: across as f32,
            first: (across * (g + k)) as f32,
            second: (across * g) as f32,
            k: k as f32,
        }
    }

    /// Each coefficient, from those of two sets.
    #[inline(always)]
    pub(super) fn zip(self, other: Self, of: impl Fn(f32, f32) -> f32) -> Self {
        Self {
            across: of(self.across, other.across),
            first: of(self.first, other.first),
            second: of(self.second, other.second),
            k: of(self.k, other.k),
        }
    }
}

/// `tan(pi x)` for x in 0.00001..=0.49, to 0.04 cents.
fn tangent(x: f64) -> f64 {
    const QUARTER: u32 = 1 << 30;
    let phase = (x * 2_147_483_648.0 + 0.5) as u32;
    precise_sine(phase) / precise_sine(phase + QUARTER)
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

impl Response {
    #[inline(always)]
    pub(super) fn heard(self, input: f32, k: f32, band: f32, low: f32) -> f32 {
        match self {
            Self::Low => low,
            Self::High => input - k * band - low,
            Self::Band => k * band,
        }
    }
}

/// What the filter remembers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Integrators {
    pub(super) first: f32,
    pub(super) second: f32,
}

impl Integrators {
    /// Ends a decay before it reaches the denormal numbers, which are slow.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        for memory in [&mut self.first, &mut self.second] {
            if memory.abs() < 1e-20 {
                *memory = 0.0;
            }
        }
    }
}
