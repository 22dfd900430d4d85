//! The limiter at the end of the mix: it turns the sum down before each peak, and leaves alone whatever has none.
//!
//! A feed-forward peak limiter with look-ahead: sliding minimum of the required gain, release, and a moving average as
//! long as the look-ahead. A mean of gains that are each low enough for a frame is low enough for it too, so the smooth
//! gain never overshoots (P. Hämäläinen, "Smoothing of the Control Signal Without Clipped Output in Digital Peak
//! Limiters", DAFx-02; the ballistics as in D. Giannoulis, M. Massberg and J. D. Reiss, "Digital Dynamic Range Compressor
//! Design", JAES 60, 2012).
//!
//! Gains are integers, so that the moving sum is exact and the gain returns to exactly 1.

use crate::audio::{self, Stereo};
use crate::dsp::round::nearest;
use crate::dsp::simd::vectorised;
use crate::units::{Decibels, SampleRate, Seconds};

/// The largest magnitude that leaves: -1 dBFS, `10^(-1/20)` rounded down to an `f32`.
pub const CEILING: f32 = 0.891_250_9;

/// How long before a peak the gain begins to fall; also how long it takes.
const LOOK_AHEAD: Seconds = Seconds(0.005);

/// The time constant of the gain's return, by convention of mastering limiters rather than by ear.
const RELEASE: Seconds = Seconds(0.1);

/// A gain of 1: gains have 30 fraction bits.
const ONE: u32 = 1 << 30;

/// The gain that the release approaches: a 64th above 1, so that it passes 1 after at most `RELEASE * ln 65` = 0.42 s
/// instead of never.
const RELEASE_TARGET: u32 = ONE + ONE / 64;

/// Frames that take one way together: all through the gain computer, or all past it.
const RUN: usize = 1024;

/// What a limiter has met and done so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimiterReport {
    /// The largest magnitude that came in, linear.
    pub peak: f32,
    /// Frames that left with a gain below 1.
    pub limited_frames: u64,
    /// The deepest reduction of any frame as a positive level; 0 dB if there was none.
    pub max_reduction: Decibels,
}

/// A stereo-linked look-ahead peak limiter with its ceiling at [`CEILING`].
///
/// Input: frames of any level. Output: as many frames in the same place, none above the ceiling; those farther than the
/// look-ahead before a peak and 0.43 s after it are the input bit for bit. State: the frames of the look-ahead, and the
/// gains they need.
#[derive(Clone, Debug)]
pub struct Limiter {
    gain: GainComputer,
    /// The last frames of the input, which wait for what follows them.
    held: Stereo,
    /// The gains of one run.
    gains: Vec<f32>,
    peak: f32,
    limited_frames: u64,
    min_gain: f32,
}

impl Limiter {
    /// A limiter at rest.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self {
            gain: GainComputer::new(rate),
            held: Stereo::default(),
            gains: Vec::with_capacity(RUN),
            peak: 0.0,
            limited_frames: 0,
            min_gain: 1.0,
        }
    }

    /// Takes `input` and appends to `output` the frames that are ready: all but the last 5 ms of what came in so far.
    ///
    /// How the input is cut into blocks does not change the output.
    pub fn process(&mut self, input: &Stereo, output: &mut Stereo) {
        for (left, right) in input.left.chunks(RUN).zip(input.right.chunks(RUN)) {
            self.run(left, right, output);
        }
    }

    /// Appends the frames that were held back. The stream is over: nothing may follow.
    pub fn finish(&mut self, output: &mut Stereo) {
        let silence = [0.0; RUN];
        let mut rest = self.delay();
        while rest > 0 {
            let run = &silence[..rest.min(RUN)];
            self.run(run, run, output);
            rest -= run.len();
        }
        self.held.clear();
    }

    /// The figures up to now.
    #[must_use]
    pub fn report(&self) -> LimiterReport {
        LimiterReport {
            peak: self.peak,
            limited_frames: self.limited_frames,
            max_reduction: Decibels::from_gain(1.0 / f64::from(self.min_gain)),
        }
    }

    /// Frames between the arrival of a frame and that of the last frame that its gain depends on.
    fn delay(&self) -> usize {
        self.gain.window() - 1
    }

    /// Takes up to `RUN` frames and appends those that are ready.
    fn run(&mut self, left: &[f32], right: &[f32], output: &mut Stereo) {
        let peak = audio::peak(left).max(audio::peak(right));
        self.peak = self.peak.max(peak);
        let ready = (self.held.len() + left.len()).saturating_sub(self.delay());
        if peak <= CEILING && self.gain.is_at_rest() && ready >= self.held.len() {
            pass(left, ready, &mut self.held.left, &mut output.left);
            pass(right, ready, &mut self.held.right, &mut output.right);
            return;
        }
        self.held.left.extend_from_slice(left);
        self.held.right.extend_from_slice(right);
        self.gain.compute(left, right, &mut self.gains);
        // The first gains of a stream belong to frames before its first.
        let gains = &self.gains[left.len() - ready..];
        append_limited(&self.held.left[..ready], gains, &mut output.left);
        append_limited(&self.held.right[..ready], gains, &mut output.right);
        self.note(ready);
        self.held.left.drain(..ready);
        self.held.right.drain(..ready);
    }

    /// Enters the last `ready` gains in the report.
    fn note(&mut self, ready: usize) {
        let first = self.gains.len() - ready;
        // Gains are not negative, so their bits are ordered as they are; and integers have a vectorised minimum.
        let gains = self.gains[first..].iter().map(|gain| gain.to_bits() as i32);
        let one = 1f32.to_bits() as i32;
        self.limited_frames += gains.clone().map(|gain| u32::from(gain < one)).sum::<u32>() as u64;
        let min = gains.fold(one, i32::min);
        self.min_gain = self.min_gain.min(f32::from_bits(min as u32));
    }
}

/// Appends what was held back and as much of what follows as is ready, and holds the rest back.
fn pass(samples: &[f32], ready: usize, held: &mut Vec<f32>, output: &mut Vec<f32>) {
    let (passed, kept) = samples.split_at(ready - held.len());
    output.extend_from_slice(held);
    output.extend_from_slice(passed);
    held.clear();
    held.extend_from_slice(kept);
}

vectorised! {
    /// Appends `samples * gains`.
    fn append_limited(samples: &[f32], gains: &[f32], output: &mut Vec<f32>) {
        output.extend(samples.iter().zip(gains).map(|(sample, gain)| {
            let limited = sample * gain;
            debug_assert!(limited.is_nan() || limited.abs() <= CEILING * 1.000_001);
            // The gain is low enough but for the rounding of the quotient, the gain and the product.
            limited.clamp(-CEILING, CEILING)
        }));
    }
}

/// From peaks to gains: what each frame needs, its minimum over the window, release, mean over the window.
///
/// The gain that comes out with a frame belongs to the frame `window - 1` before it.
#[derive(Clone, Debug)]
struct GainComputer {
    minimum: SlidingMinimum,
    release: Release,
    mean: MovingMean,
    /// The gains that the frames of a run need.
    required: Vec<u32>,
}

impl GainComputer {
    fn new(rate: SampleRate) -> Self {
        // At least 40 frames: `SampleRate::MIN` is 8 kHz.
        let window = LOOK_AHEAD.to_frames(rate) as usize;
        Self {
            minimum: SlidingMinimum::new(window),
            release: Release::new(rate),
            mean: MovingMean::new(window),
            required: Vec::with_capacity(RUN),
        }
    }

    /// The length of the look-ahead in frames.
    fn window(&self) -> usize {
        self.mean.ring.len()
    }

    /// Whether frames below the ceiling would neither be changed nor change anything.
    ///
    /// The release has been at 1 for a window, so the sliding minimum has, so no frame of the window needs less.
    fn is_at_rest(&self) -> bool {
        self.mean.is_one()
    }

    /// Replaces `gains` by those of a run of frames.
    fn compute(&mut self, left: &[f32], right: &[f32], gains: &mut Vec<f32>) {
        self.required.clear();
        require(left, right, &mut self.required);
        self.minimum.apply(&mut self.required);
        self.release.apply(&mut self.required);
        gains.clear();
        self.mean.append(&self.required, gains);
    }
}

vectorised! {
    /// Appends the gains that frames need.
    fn require(left: &[f32], right: &[f32], gains: &mut Vec<u32>) {
        gains.extend(left.iter().zip(right).map(|(l, r)| required_gain(*l, *r)));
    }
}

/// The gain that brings the louder of two samples down to the ceiling, at most 1.
#[inline(always)]
fn required_gain(left: f32, right: f32) -> u32 {
    let peak = left.abs().max(right.abs()).max(CEILING);
    // A quotient of exactly 1 for every quiet frame.
    let gain = f64::from(CEILING / peak) * f64::from(ONE);
    // Half a step less makes it round down; 1 stays 1, as ties go to even. A saturating cast takes four times as long.
    nearest(gain - 0.5)
}

/// The minimum of the last `window` values, 1 before the first (M. van Herk, Pattern Recognition Letters 13, 1992;
/// J. Gil and M. Werman, IEEE PAMI 15, 1993): three comparisons a value, whatever the window.
///
/// Time is cut into spans of one window. A window is the end of the span before and the beginning of this one.
#[derive(Clone, Debug)]
struct SlidingMinimum {
    /// Before `place`, the values of this span; from there on, the minima from the next place to the end of the span
    /// before.
    span: Vec<u32>,
    place: usize,
    /// The minimum of this span's values.
    minimum: u32,
}

impl SlidingMinimum {
    fn new(window: usize) -> Self {
        Self {
            span: vec![ONE; window],
            place: 0,
            minimum: ONE,
        }
    }

    /// Replaces each value by the minimum of the window that ends with it.
    fn apply(&mut self, mut values: &mut [u32]) {
        while !values.is_empty() {
            let room = self.span.len() - self.place;
            let (now, later) = values.split_at_mut(room.min(values.len()));
            let mut minimum = self.minimum;
            for (value, slot) in now.iter_mut().zip(&mut self.span[self.place..]) {
                let older = std::mem::replace(slot, *value);
                minimum = minimum.min(*value);
                *value = minimum.min(older);
            }
            self.minimum = minimum;
            self.place += now.len();
            if self.place == self.span.len() {
                self.begin_span();
            }
            values = later;
        }
    }

    /// Turns the values of the full span into minima to its end.
    fn begin_span(&mut self) {
        let mut minimum = ONE;
        for value in self.span.iter_mut().rev() {
            let to_the_end = minimum.min(*value);
            *value = minimum;
            minimum = to_the_end;
        }
        self.place = 0;
        self.minimum = ONE;
    }
}

/// A gain that falls at once and returns exponentially, whatever the programme: `gain += (target - gain) * share`.
#[derive(Clone, Debug)]
struct Release {
    gain: u32,
    /// `1 - exp(-1 / (RELEASE * rate))`, with 32 fraction bits.
    share: u64,
}

impl Release {
    fn new(rate: SampleRate) -> Self {
        let share = -libm::expm1(-1.0 / RELEASE.in_frames(rate));
        Self {
            gain: ONE,
            share: (share * 4_294_967_296.0) as u64,
        }
    }

    /// Replaces the gain that each frame may have at most by the one that it gets.
    fn apply(&mut self, gains: &mut [u32]) {
        let (mut gain, share) = (self.gain, self.share);
        for limit in gains {
            let step = (u64::from(RELEASE_TARGET - gain) * share) >> 32;
            gain = (*limit).min(gain + step as u32);
            *limit = gain;
        }
        self.gain = gain;
    }
}

/// The mean of the last `window` gains, 1 before the first.
#[derive(Clone, Debug)]
struct MovingMean {
    ring: Vec<u32>,
    place: usize,
    /// The sum of the ring; signed, as only signed integers convert to floats in one instruction.
    sum: i64,
    /// The sum of a ring of ones.
    full: i64,
}

impl MovingMean {
    fn new(window: usize) -> Self {
        let full = window as i64 * i64::from(ONE);
        Self {
            ring: vec![ONE; window],
            place: 0,
            sum: full,
            full,
        }
    }

    fn is_one(&self) -> bool {
        self.sum == self.full
    }

    /// Appends to `means` the mean of the window that ends with each gain.
    fn append(&mut self, mut gains: &[u32], means: &mut Vec<f32>) {
        while !gains.is_empty() {
            let room = self.ring.len() - self.place;
            let (now, later) = gains.split_at(room.min(gains.len()));
            let (mut sum, full) = (self.sum, self.full as f64);
            let slots = &mut self.ring[self.place..];
            means.extend(now.iter().zip(slots).map(|(gain, slot)| {
                sum += i64::from(*gain) - i64::from(std::mem::replace(slot, *gain));
                // Both are below 2^53, and the quotient of equals is exactly 1.
                (sum as f64 / full) as f32
            }));
            self.sum = sum;
            self.place = (self.place + now.len()) % self.ring.len();
            gains = later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn rate(hz: u32) -> SampleRate {
        SampleRate::new(hz).unwrap()
    }

    /// The look-ahead at 8 kHz, the rate of most tests here.
    const WINDOW: usize = 40;
    /// Frames at 8 kHz after which a peak is forgotten: the release's 0.42 s and two windows.
    const RECOVERY: usize = 3_400 + 2 * WINDOW;

    /// What leaves a limiter that is given the blocks, and its report.
    fn limit_blocks(rate: SampleRate, blocks: &[Stereo]) -> (Stereo, LimiterReport) {
        let mut limiter = Limiter::new(rate);
        let mut output = Stereo::default();
        for block in blocks {
            limiter.process(block, &mut output);
        }
        limiter.finish(&mut output);
        (output, limiter.report())
    }

    fn limit(input: &Stereo) -> (Stereo, LimiterReport) {
        limit_blocks(rate(8_000), std::slice::from_ref(input))
    }

    fn mono(samples: Vec<f32>) -> Stereo {
        Stereo {
            left: samples.clone(),
            right: samples,
        }
    }

    /// Deterministic white noise in `-amplitude..=amplitude`.
    fn noise(frames: usize, amplitude: f32) -> Stereo {
        let mut state = 1u32;
        let mut plane = || -> Vec<f32> {
            (0..frames)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    amplitude * (state as i32 as f32 / 2_147_483_648.0)
                })
                .collect()
        };
        Stereo {
            left: plane(),
            right: plane(),
        }
    }

    fn sine(hz: u32, frequency: f64, amplitude: f64, frames: usize) -> Vec<f32> {
        (0..frames)
            .map(|i| (amplitude * libm::sin(TAU * frequency * i as f64 / f64::from(hz))) as f32)
            .collect()
    }

    fn bits(samples: &[f32]) -> Vec<u32> {
        samples.iter().map(|sample| sample.to_bits()).collect()
    }

    #[track_caller]
    fn assert_same_bits(a: &Stereo, b: &Stereo) {
        assert!(bits(&a.left) == bits(&b.left), "left differs");
        assert!(bits(&a.right) == bits(&b.right), "right differs");
    }

    #[test]
    fn the_ceiling_is_minus_one_decibel_rounded_down() {
        let exact = Decibels(-1.0).gain();
        assert!(f64::from(CEILING) <= exact);
        assert!(f64::from(CEILING.next_up()) > exact);
    }

    #[test]
    fn what_never_exceeds_the_ceiling_leaves_bit_for_bit() {
        for hz in [8_000, 44_100, 192_000] {
            let mut input = noise(20_000, CEILING);
            input.left[3_000] = CEILING;
            input.right[19_999] = -CEILING;
            input.left[5] = -0.0;
            let (output, report) = limit_blocks(rate(hz), std::slice::from_ref(&input));
            assert_same_bits(&output, &input);
            assert_eq!(report.peak, CEILING);
            assert_eq!(report.limited_frames, 0);
            assert_eq!(report.max_reduction, Decibels(0.0));
        }
    }

    #[test]
    fn nothing_leaves_above_the_ceiling() {
        for hz in [8_000, 11_025, 44_100, 96_000] {
            for amplitude in [0.9, 1.0, 3.0, 1e3, 1e9, f32::MAX] {
                let input = noise(30_000, amplitude);
                let (output, _) = limit_blocks(rate(hz), &[input]);
                assert!(output.peak() <= CEILING, "{amplitude} at {hz} Hz");
            }
        }
    }

    #[test]
    fn single_spikes_leave_at_the_ceiling_and_not_above() {
        for spike in [0.9f32, 1.0, 1.7, -4.0, 1e4] {
            for place in [0, 1, 38, 39, 40, 41, 1_000, 1_023, 1_024, 2_999] {
                let mut input = Stereo::silence(3_000);
                input.left[place] = spike;
                let (output, _) = limit(&input);
                let peak = output.left[place].abs();
                assert!(peak <= CEILING, "{spike} at {place} leaves at {peak}");
                assert!(
                    peak > CEILING * 0.999,
                    "{spike} at {place} leaves at {peak}"
                );
            }
        }
    }

    #[test]
    fn far_from_a_peak_the_output_is_the_input_bit_for_bit() {
        for spike in [0.892, 1.0, 3.0, 1e20] {
            let mut input = noise(20_000, 0.8);
            let place = 9_000;
            input.right[place] = spike;
            let (output, _) = limit(&input);
            let (before, after) = (place - WINDOW, place + RECOVERY);
            assert_eq!(bits(&output.left[..before]), bits(&input.left[..before]));
            assert_eq!(bits(&output.right[after..]), bits(&input.right[after..]));
            assert_ne!(output.left[place], input.left[place]);
        }
    }

    #[test]
    fn both_channels_get_the_same_gain() {
        let mut input = noise(6_000, 0.5);
        input.left[2_000] = 5.0;
        let swapped = Stereo {
            left: input.right.clone(),
            right: input.left.clone(),
        };
        let (output, report) = limit(&input);
        let (output_swapped, report_swapped) = limit(&swapped);
        assert_eq!(output.left, output_swapped.right);
        assert_eq!(output.right, output_swapped.left);
        assert_eq!(report, report_swapped);
        assert!((output.right[2_000] / input.right[2_000] - CEILING / 5.0).abs() < 1e-6);
    }

    #[test]
    fn the_gain_has_no_step() {
        let mut input = mono(vec![0.5; 8_000]);
        for place in [2_000, 2_010, 2_700, 2_701] {
            input.left[place] = 4.0;
        }
        let (output, _) = limit(&input);
        let gains: Vec<f32> = output.right.iter().map(|sample| sample / 0.5).collect();
        let deepest = gains.iter().fold(1.0f32, |min, gain| min.min(*gain));
        assert!((deepest - CEILING / 4.0).abs() < 1e-6);
        // The steepest slope is the attack: the whole reduction, evenly over the look-ahead.
        let slope = (1.0 - deepest) / WINDOW as f32 + 1e-6;
        for pair in gains.windows(2) {
            assert!((pair[1] - pair[0]).abs() <= slope, "{pair:?}");
        }
    }

    /// The power of what a signal has besides a sine of `frequency`, relative to that sine.
    fn distortion(hz: u32, frequency: f64, samples: &[f32]) -> Decibels {
        let (mut sine, mut cosine, mut power) = (0.0, 0.0, 0.0);
        for (i, sample) in samples.iter().enumerate() {
            let angle = TAU * frequency * i as f64 / f64::from(hz);
            sine += f64::from(*sample) * libm::sin(angle);
            cosine += f64::from(*sample) * libm::cos(angle);
            power += f64::from(*sample) * f64::from(*sample);
        }
        let fundamental = (sine * sine + cosine * cosine) * 2.0 / samples.len() as f64;
        Decibels(Decibels::from_gain((power - fundamental).max(0.0) / fundamental).0 / 2.0)
    }

    #[test]
    fn a_sine_6_db_over_keeps_its_shape() {
        let hz = 48_000;
        for (frequency, at_most) in [
            (1_000.0, -100.0),
            (200.0, -100.0),
            (80.0, -50.0),
            (40.0, -36.0),
        ] {
            let input = mono(sine(hz, frequency, 2.0, hz as usize));
            let (output, _) = limit_blocks(rate(hz), &[input]);
            // Past the onset, and whole periods of each frequency.
            let level = distortion(hz, frequency, &output.left[12_000..36_000]);
            assert!(level.0 < at_most, "{frequency} Hz: {level}");
            let peak = audio::peak(&output.left[12_000..36_000]);
            assert!(peak > CEILING * 0.99, "{frequency} Hz: {peak}");
        }
    }

    #[test]
    fn as_many_frames_leave_as_came_in() {
        for frames in [0, 1, 2, 38, 39, 40, 41, 1_023, 1_024, 1_025, 1_063, 5_000] {
            for amplitude in [0.5, 2.0] {
                let (output, _) = limit(&noise(frames, amplitude));
                assert_eq!(output.left.len(), frames);
                assert_eq!(output.right.len(), frames);
            }
        }
    }

    #[test]
    fn all_but_the_look_ahead_leaves_at_once() {
        let mut limiter = Limiter::new(rate(8_000));
        let mut output = Stereo::silence(3);
        limiter.process(&noise(100, 2.0), &mut output);
        assert_eq!(output.len(), 3 + 100 - (WINDOW - 1));
        limiter.finish(&mut output);
        assert_eq!(output.len(), 3 + 100);
    }

    #[test]
    fn nothing_in_gives_nothing_out() {
        let (output, report) = limit_blocks(rate(44_100), &[]);
        assert!(output.is_empty());
        assert_eq!(report.peak, 0.0);
        assert_eq!(report.limited_frames, 0);
        assert_eq!(report.max_reduction, Decibels(0.0));
    }

    #[test]
    fn the_report_says_how_much_was_limited() {
        let mut input = Stereo::silence(20_000);
        input.left[10_000] = -2.0;
        let (_, report) = limit(&input);
        assert_eq!(report.peak, 2.0);
        let expected = Decibels::from_gain(2.0 / f64::from(CEILING));
        assert!((report.max_reduction.0 - expected.0).abs() < 1e-5);
        // The attack, and a release from 0.45: 0.1 s * ln(36).
        let expected = 39.0 + 800.0 * libm::log((1.0 + 1.0 / 64.0 - 0.445_6) * 64.0) + 39.0;
        assert!(
            (report.limited_frames as f64 - expected).abs() < 20.0,
            "{report:?}"
        );
    }

    #[test]
    fn a_peak_at_the_very_end_is_caught_and_reported() {
        let mut input = mono(vec![0.5; 100]);
        input.left[99] = 2.0;
        let (output, report) = limit(&input);
        assert!(output.left[99] <= CEILING);
        // Not the frames of silence that flush.
        assert_eq!(report.limited_frames, WINDOW as u64);
    }

    #[test]
    fn infinities_and_nans_do_not_panic() {
        let mut input = noise(3_000, 0.5);
        input.left[100] = f32::NAN;
        input.right[1_500] = f32::INFINITY;
        input.left[2_500] = f32::MIN_POSITIVE / 4.0;
        let (output, _) = limit(&input);
        assert_eq!(output.len(), 3_000);
        let finite = |samples: &[f32]| {
            let finite = samples.iter().filter(|sample| sample.is_finite());
            finite.copied().collect::<Vec<f32>>()
        };
        for side in [&output.left, &output.right] {
            assert!(audio::peak(&finite(side)) <= CEILING);
        }
    }

    #[test]
    fn the_required_gain_is_rounded_down_and_one_below_the_ceiling() {
        for quiet in [0.0, -0.0, 0.3, CEILING, -CEILING, f32::NAN] {
            assert_eq!(required_gain(quiet, 0.1), ONE);
        }
        assert_eq!(required_gain(f32::INFINITY, 0.0), 0);
        for loud in noise(10_000, 5_000.0).left {
            let gain = f64::from(required_gain(0.0, loud)) / f64::from(ONE);
            let exact = f64::from(CEILING) / f64::from(loud.abs().max(CEILING));
            // The quotient is rounded to 24 bits.
            assert!(gain <= exact * (1.0 + 6e-8), "{loud}");
            assert!(
                gain >= exact * (1.0 - 6e-8) - 1.0 / f64::from(ONE),
                "{loud}"
            );
        }
    }

    #[test]
    fn the_sliding_minimum_is_the_minimum_of_the_window() {
        let values: Vec<u32> = noise(2_000, 1.0)
            .left
            .iter()
            .map(|sample| (sample.abs() * ONE as f32) as u32)
            .collect();
        for window in [1, 2, 3, 40, 221] {
            let mut sliding = SlidingMinimum::new(window);
            let mut minima = values.clone();
            for run in minima.chunks_mut(77) {
                sliding.apply(run);
            }
            for (i, minimum) in minima.into_iter().enumerate() {
                let first = (i + 1).saturating_sub(window);
                let expected = values[first..=i].iter().copied().min();
                assert_eq!(Some(minimum), expected, "{window} at {i}");
            }
        }
    }

    #[test]
    fn the_release_reaches_exactly_one_in_0_42_seconds() {
        for hz in [8_000, 44_100, 192_000] {
            let mut release = Release::new(rate(hz));
            let mut gains = vec![ONE; hz as usize];
            gains[0] = 0;
            release.apply(&mut gains);
            let frames = gains.iter().filter(|gain| **gain < ONE).count();
            assert!(gains[frames..].iter().all(|gain| *gain == ONE));
            let seconds = frames as f64 / f64::from(hz);
            assert!((seconds - 0.417).abs() < 0.003, "{seconds} s at {hz} Hz");
        }
    }

    proptest! {
        #[test]
        fn how_the_input_is_cut_into_blocks_does_not_change_the_output(
            cuts in prop::collection::vec(0usize..12_000, 0..8),
            spikes in prop::collection::vec((0usize..12_000, -4.0f32..4.0), 0..5),
        ) {
            let mut whole = noise(12_000, 0.89);
            for (place, spike) in spikes {
                whole.right[place] = spike;
            }
            let mut cuts = cuts;
            cuts.extend([0, 12_000]);
            cuts.sort_unstable();
            let blocks: Vec<Stereo> = cuts
                .windows(2)
                .map(|ends| Stereo {
                    left: whole.left[ends[0]..ends[1]].to_vec(),
                    right: whole.right[ends[0]..ends[1]].to_vec(),
                })
                .collect();
            let (in_blocks, report_in_blocks) = limit_blocks(rate(8_000), &blocks);
            let (at_once, report) = limit(&whole);
            assert_same_bits(&in_blocks, &at_once);
            prop_assert_eq!(report_in_blocks, report);
        }
    }
}
