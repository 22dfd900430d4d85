//! Width: a mono sum spread to both sides, so that many notes become wide for the price of one.
//!
//! The same few delayed copies are added on the left and taken away on the right (M. R. Schroeder, "An Artificial
//! Stereophonic Effect Obtained from a Single Audio Signal", Journal of the Audio Engineering Society 6, 1958, with the
//! sparse decorrelators of B. Alary, A. Politis and V. Välimäki, "Velvet-Noise Decorrelator", DAFx 2017, for a delay).
//! Left and right add up to the sum alone, so nothing is lost in mono.

use crate::dsp::simd::vectorised;
use crate::plan::SPREAD;
use crate::units::{SampleRate, Seconds};

const COUNT: usize = 6;

/// Delays and gains of the copies. The squares of the gains add up to 1 and the gains to almost 0, which keeps the bass
/// in the middle. Delays and signs were searched for the evenest spectrum of either side: 2.4 dB deviation in thirds of
/// an octave at a width of 0.6.
const COPIES: [(Seconds, f32); COUNT] = [
    (Seconds(0.005_68), 0.509),
    (Seconds(0.006_84), -0.536),
    (Seconds(0.009_1), 0.387),
    (Seconds(0.010_81), -0.389),
    (Seconds(0.012_65), 0.290),
    (Seconds(0.015_73), -0.262),
];

/// What a sample rate makes of the copies.
#[derive(Clone, Copy, Debug)]
pub struct StereoWidener {
    /// In frames, with the gains.
    copies: [(usize, f32); COUNT],
    reach: usize,
}

impl StereoWidener {
    /// The spreading at a sample rate.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        let frames = |time: Seconds| time.to_frames(rate) as usize;
        Self {
            copies: COPIES.map(|(delay, gain)| (frames(delay), gain)),
            reach: frames(SPREAD),
        }
    }

    /// How many frames it remembers.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// Spreads a sum by `width` (`0.0..=1.0`): sets `left` and `right`, which are equally long; `sum` has the frames that
    /// are remembered before theirs.
    pub fn process(&self, width: f32, sum: &[f32], left: &mut [f32], right: &mut [f32]) {
        spread(&self.copies, width, sum, left, right);
    }

    /// Adds what [`process`](Self::process) sets to both sides, each under its gain: the same numbers, in one pass.
    pub fn add(
        &self,
        width: f32,
        sum: &[f32],
        gains: (f32, f32),
        left: &mut [f32],
        right: &mut [f32],
    ) {
        add_spread(&self.copies, width, sum, gains, left, right);
    }
}

vectorised! {
    fn spread(
        copies: &[(usize, f32); COUNT],
        width: f32,
        sum: &[f32],
        left: &mut [f32],
        right: &mut [f32],
    ) {
        for_each(copies, width, sum, left, right, |left, right, spread| {
            [*left, *right] = spread;
        });
    }
}

vectorised! {
    fn add_spread(
        copies: &[(usize, f32); COUNT],
        width: f32,
        sum: &[f32],
        gains: (f32, f32),
        left: &mut [f32],
        right: &mut [f32],
    ) {
        for_each(copies, width, sum, left, right, |left, right, spread| {
            *left += gains.0 * spread[0];
            *right += gains.1 * spread[1];
        });
    }
}

/// Hands the samples of both sides to `put`, with what the sum is there when it is spread.
#[inline(always)]
fn for_each(
    copies: &[(usize, f32); COUNT],
    width: f32,
    sum: &[f32],
    left: &mut [f32],
    right: &mut [f32],
    put: impl Fn(&mut f32, &mut f32, [f32; 2]),
) {
    let frames = left.len();
    let now = sum.len() - frames;
    // Two unrelated signals add up by power.
    let middle_gain = 1.0 / libm::sqrtf(1.0 + width * width);
    let side_gain = width * middle_gain;
    let [a, b, c, d, e, f] = copies.map(|(delay, _)| &sum[now - delay..][..frames]);
    let gains = copies.map(|(_, gain)| gain * side_gain);
    let (middle, right) = (&sum[now..][..frames], &mut right[..frames]);
    for i in 0..frames {
        let side = a[i] * gains[0]
            + b[i] * gains[1]
            + c[i] * gains[2]
            + d[i] * gains[3]
            + e[i] * gains[4]
            + f[i] * gains[5];
        let middle = middle[i] * middle_gain;
        put(&mut left[i], &mut right[i], [middle + side, middle - side]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::noise::white;

    /// Noise through the spreading: the frames that it was made from, left and right.
    fn spread_noise(width: f32) -> [Vec<f32>; 3] {
        let spread = StereoWidener::new(SampleRate::default());
        let noise: Vec<f32> = (0..65_536).map(|frame| white(1, frame)).collect();
        let frames = noise.len() - spread.reach();
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        spread.process(width, &noise, &mut left, &mut right);
        [noise[spread.reach()..].to_vec(), left, right]
    }

    fn product(one: &[f32], other: &[f32]) -> f64 {
        let products = one.iter().zip(other);
        products
            .map(|(one, other)| f64::from(*one) * f64::from(*other))
            .sum()
    }

    #[test]
    fn both_sides_are_as_strong_as_the_sum_and_add_up_to_it() {
        for width in [0.0, 0.3, 0.6, 1.0] {
            let [sum, left, right] = spread_noise(width);
            for side in [&left, &right] {
                let ratio = product(side, side) / product(&sum, &sum);
                assert!((ratio - 1.0).abs() < 0.02, "width {width}: {ratio}");
            }
            let gain = 2.0 / libm::sqrtf(1.0 + width * width);
            for ((left, right), sum) in left.iter().zip(&right).zip(&sum) {
                assert!((left + right - sum * gain).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn adding_under_gains_is_spreading_and_adding() {
        let noise: Vec<f32> = (0..4_096).map(|frame| white(1, frame)).collect();
        let spread = StereoWidener::new(SampleRate::default());
        let frames = noise.len() - spread.reach();
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        spread.process(0.4, &noise, &mut left, &mut right);
        let (mut to_left, mut to_right) = (noise[..frames].to_vec(), noise[..frames].to_vec());
        spread.add(0.4, &noise, (0.3, 0.7), &mut to_left, &mut to_right);
        for (side, added, gain) in [(left, to_left, 0.3), (right, to_right, 0.7)] {
            let sums = side
                .iter()
                .zip(&noise)
                .map(|(side, noise)| noise + gain * side);
            assert!(sums.eq(added));
        }
    }

    #[test]
    fn the_wider_the_less_the_sides_have_in_common() {
        let likeness = |width| {
            let [_, left, right] = spread_noise(width);
            product(&left, &right) / (product(&left, &left) * product(&right, &right)).sqrt()
        };
        assert!(likeness(0.0) > 0.999);
        assert!((likeness(0.5) - 0.6).abs() < 0.02);
        assert!(likeness(1.0).abs() < 0.02);
    }

    #[test]
    fn the_bass_stays_in_the_middle() {
        let sum: f32 = COPIES.iter().map(|(_, gain)| gain).sum();
        assert!(sum.abs() < 0.01, "{sum}");
    }
}
