//! Partials by the eight: their recursions, run by run.

use crate::dsp::exp2::exp2;
use crate::dsp::phase::{Increment, LANES, NYQUIST};
use crate::dsp::round::nearest;
use crate::dsp::simd::vectorised;
use crate::dsp::sine::{precise_sine, sine};
use crate::sound::Partial;
use crate::units::SampleRate;
use crate::voice::grid::STEP;

/// The longest run, which begins from exact phases: behind it partials up to 10 kHz are off by less than
/// -88 dB. 32 of them take 4.1 ns a sample in runs of 128, 1.9 in runs of 1024.
pub(super) const RUN: usize = 8 * STEP;

/// Partials whose recursions go side by side, since each waits for its own last values.
const GROUP: usize = 4;

/// From this frequency on partials fade, and at the highest they are gone, before they could alias.
const FADE: Increment = NYQUIST / 100 * 85;
const HIGHEST: Increment = NYQUIST / 100 * 97;

/// Up to eight partials: what does not change while they ring.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bank {
    /// Frequencies in multiples of the tone's.
    ratios: [f64; LANES],
    /// What is left of each after 0 to 15 frames, ...
    decays: [[f32; 2 * LANES]; LANES],
    /// ... after 8, ...
    left: [f64; LANES],
    /// ... and after a step.
    step: [f32; LANES],
}

impl Bank {
    pub(super) fn new(partials: &[Partial], rate: SampleRate) -> Self {
        let mut bank = Self::default();
        for (lane, partial) in partials.iter().enumerate() {
            let fall = libm::log2(0.001) / partial.decay.in_frames(rate).max(1.0);
            let left = |frames: usize| exp2(fall * frames as f64);
            let frame = left(1);
            let mut decay = 1.0;
            for value in &mut bank.decays[lane] {
                *value = decay as f32;
                decay *= frame;
            }
            bank.ratios[lane] = partial.ratio;
            bank.left[lane] = left(LANES);
            bank.step[lane] = left(STEP) as f32;
        }
        bank
    }

    /// The frequencies of the partials.
    #[inline(always)]
    fn increments(&self, increment: Increment) -> [Increment; LANES] {
        let base = f64::from(increment);
        self.ratios.map(|ratio| {
            // What is too high stays unheard.
            nearest((ratio * base).min(f64::from(Increment::MAX)))
        })
    }
}

/// Where the partials of a bank stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartialsState {
    phases: [u32; LANES],
    amplitudes: [f32; LANES],
}

impl PartialsState {
    pub(super) fn new(partials: &[Partial], phase: u32) -> Self {
        let amplitude = |lane: usize| match partials.get(lane) {
            Some(partial) => partial.amplitude as f32,
            None => 0.0,
        };
        Self {
            phases: [phase; LANES],
            amplitudes: std::array::from_fn(amplitude),
        }
    }

    pub(super) fn is_silent(&self, floor: f32) -> bool {
        self.amplitudes.iter().all(|amplitude| *amplitude <= floor)
    }

    /// Goes on by a run.
    #[inline(always)]
    fn pass(&mut self, bank: &Bank, increments: &[Increment; LANES], frames: usize) {
        for (phase, increment) in self.phases.iter_mut().zip(increments) {
            *phase = phase.wrapping_add(increment.wrapping_mul(frames as u32));
        }
        for _ in 0..frames / STEP {
            for (amplitude, left) in self.amplitudes.iter_mut().zip(&bank.step) {
                *amplitude *= left;
            }
        }
    }
}

vectorised! {
    /// Sets `output`, a whole number of steps long, to the sum of all partials above a floor, and their states to those
    /// behind it.
    pub(super) fn ring(
        banks: &[Bank],
        states: &mut [PartialsState],
        increment: Increment,
        floor: f32,
        output: &mut [f32],
    ) {
        let mut silent = true;
        for (bank, state) in banks.iter().zip(states) {
            let run = Run::new(bank, state, increment, floor);
            for first in (0..LANES).step_by(GROUP) {
                let mut group = run.amplitudes[first..first + GROUP].iter();
                if group.any(|amplitude| *amplitude > 0.0) {
                    if silent {
                        run.put_group::<false>(bank, first, output);
                    } else {
                        run.put_group::<true>(bank, first, output);
                    }
                    silent = false;
                }
            }
            state.pass(bank, &run.increments, output.len());
        }
        if silent {
            output.fill(0.0);
        }
    }
}

/// The partials of a bank at the start of a run.
struct Run {
    phases: [u32; LANES],
    increments: [Increment; LANES],
    /// As they are heard.
    amplitudes: [f32; LANES],
    turns: Turns,
}

/// How the samples of partials go on. Of each sixteen there are the half sums and the half differences of those eight
/// frames apart: the one goes as a sine, the other as a cosine, so that low frequencies are as exact as high ones.
#[derive(Clone, Copy, Debug, Default)]
struct Turns {
    /// From sums to the next sums, ...
    sums: [f32; LANES],
    /// ... from differences to the next sums, ...
    sums_of_differences: [f32; LANES],
    /// ... from sums to the next differences, ...
    differences_of_sums: [f32; LANES],
    /// ... and from differences to the next differences.
    differences: [f32; LANES],
}

impl Turns {
    /// With the increments of the partials, and what is `left` of them after eight frames, r^8.
    ///
    /// Samples eight frames apart follow `x[n + 8] = c x[n] - d x[n - 8]` with c = 2 r^8 cos(8 w) and d = r^16: twice that,
    /// in terms of their sums and differences. `1 - cos` and `1 - r^8` come by themselves, so that low frequencies and slow
    /// decays lose nothing.
    #[inline(always)]
    fn new(increments: &[Increment; LANES], left: &[f64; LANES]) -> Self {
        let mut turns = Self::default();
        for lane in 0..LANES {
            let half = precise_sine(increments[lane].wrapping_mul(LANES as u32 / 2));
            let (left, lost) = (left[lane], 1.0 - left[lane]);
            let versine = 2.0 * left * half * half;
            let (half_c, d) = (left - versine, left * left);
            let middle = 2.0 * half_c * half_c - d;
            let aside = half_c * (1.0 - d);
            turns.sums[lane] = (middle + aside) as f32;
            turns.sums_of_differences[lane] = (half_c * (1.0 + d + 2.0 * half_c)) as f32;
            turns.differences_of_sums[lane] = -(half_c * (lost * lost + 2.0 * versine)) as f32;
            turns.differences[lane] = (middle - aside) as f32;
        }
        turns
    }
}

impl Run {
    #[inline(always)]
    fn new(bank: &Bank, state: &PartialsState, increment: Increment, floor: f32) -> Self {
        let increments = bank.increments(increment);
        let mut amplitudes = state.amplitudes;
        for (amplitude, increment) in amplitudes.iter_mut().zip(&increments) {
            *amplitude = heard(*amplitude, *increment, floor);
        }
        Self {
            phases: state.phases,
            increments,
            amplitudes,
            turns: Turns::new(&increments, &bank.left),
        }
    }

    /// Adds the partials of the group from lane `first` on to what is there, or puts them in its place.
    #[inline(always)]
    fn put_group<const ADD: bool>(&self, bank: &Bank, first: usize, output: &mut [f32]) {
        let mut last = [[0.0; 2 * LANES]; GROUP];
        let mut factors = [[0.0; 4]; GROUP];
        for (index, (last, factors)) in last.iter_mut().zip(&mut factors).enumerate() {
            let lane = first + index;
            self.start(lane, &bank.decays[lane], last);
            *factors = [
                self.turns.sums[lane],
                self.turns.sums_of_differences[lane],
                self.turns.differences_of_sums[lane],
                self.turns.differences[lane],
            ];
        }
        let Some((start, rest)) = output.as_chunks_mut().0.split_first_mut() else {
            return;
        };
        put::<ADD>(&last, start);
        for chunk in rest {
            for (last, [a, b, c, d]) in last.iter_mut().zip(&factors) {
                for lane in 0..LANES {
                    let (sum, difference) = (last[lane], last[lane + LANES]);
                    last[lane] = a * sum + b * difference;
                    last[lane + LANES] = c * sum + d * difference;
                }
            }
            put::<ADD>(&last, chunk);
        }
    }

    /// Half the sums and differences of the first sixteen samples of a partial.
    #[inline(always)]
    fn start(&self, lane: usize, decays: &[f32; 2 * LANES], last: &mut [f32; 2 * LANES]) {
        let mut samples = [0.0; 2 * LANES];
        for (frame, sample) in samples.iter_mut().enumerate() {
            let passed = self.increments[lane].wrapping_mul(frame as u32);
            let sine = sine(self.phases[lane].wrapping_add(passed));
            *sample = (0.5 * self.amplitudes[lane]) * decays[frame] * sine;
        }
        for frame in 0..LANES {
            last[frame] = samples[frame + LANES] + samples[frame];
        }
        for frame in 0..LANES {
            last[frame + LANES] = samples[frame + LANES] - samples[frame];
        }
    }
}

#[inline(always)]
fn put<const ADD: bool>([a, b, c, d]: &[[f32; 2 * LANES]; GROUP], output: &mut [f32; 2 * LANES]) {
    let mut total = [0.0; 2 * LANES];
    for (frame, total) in total.iter_mut().enumerate() {
        *total = (a[frame] + b[frame]) + (c[frame] + d[frame]);
    }
    if !ADD {
        *output = [0.0; 2 * LANES];
    }
    for frame in 0..LANES {
        output[frame] += total[frame] - total[frame + LANES];
    }
    for frame in 0..LANES {
        output[frame + LANES] += total[frame] + total[frame + LANES];
    }
}

/// The amplitude with which a partial is heard: not one that has fallen to the floor, and less near half the sample rate.
#[inline(always)]
fn heard(amplitude: f32, increment: Increment, floor: f32) -> f32 {
    const SLOPE: f32 = 1.0 / (HIGHEST - FADE) as f32;
    let below = HIGHEST as f32 - increment as f32;
    let heard = amplitude * (below * SLOPE).clamp(0.0, 1.0);
    if heard > floor { heard } else { 0.0 }
}
