//! Frequency modulation: sines whose phases are moved by other sines.
//!
//! J. M. Chowning, "The Synthesis of Complex Audio Spectra by Means of Frequency Modulation", JAES 21, 1973; as in the
//! synthesizers of the time it is the phase that is modulated, so the index is its peak deviation in radians.

use crate::dsp::exp2::exp2;
use crate::dsp::phase::{Increment, Ramp};
use crate::dsp::round::nearest;
use crate::dsp::simd::vectorised;
use crate::dsp::sine::sine;
use crate::sound::{Fm, MOST_OPERATORS};
use crate::units::SampleRate;
use crate::voice::grid::STEP;

/// Steps of phase in a radian.
const RADIAN: f32 = 683_565_275.6;

/// The highest part of the sample rate that a spectrum may reach.
const WIDEST: f64 = 0.47;

/// The sidebands beyond the index that are still heard: they fall by 20 dB or more from one to the next.
const SIDEBANDS: f64 = 2.0;

/// An operator: what does not change while it sounds.
#[derive(Clone, Copy, Debug)]
struct Operator {
    ratio: f64,
    /// Radians, or the level of one that is heard.
    index: f64,
    /// The operator that it moves; `None` is heard.
    target: Option<usize>,
    octaves_per_frame: f64,
    sustain: f64,
}

impl Operator {
    /// The index at a frame.
    fn index_at(&self, frame: u64) -> f64 {
        if self.octaves_per_frame == 0.0 {
            return self.index;
        }
        let left = exp2(self.octaves_per_frame * frame as f64);
        self.index * (self.sustain + (1.0 - self.sustain) * left)
    }
}

/// A stack of operators. Remembers their phases, the frame, and the last samples of the one that feeds back.
#[derive(Clone, Debug)]
pub struct Operators {
    operators: Vec<Operator>,
    phases: [u32; MOST_OPERATORS],
    feedback: f32,
    last: [f32; 2],
    frame: u64,
}

impl Operators {
    pub(super) fn new(fm: &Fm, brightness: f64, phase: u32, rate: SampleRate) -> Self {
        let operator = |typed: &crate::sound::Operator| Operator {
            ratio: typed.ratio,
            index: match typed.target {
                Some(_) => typed.index * brightness,
                None => typed.index,
            },
            target: typed.target,
            octaves_per_frame: match typed.decay.0 {
                0.0 => 0.0,
                _ => libm::log2(0.001) / typed.decay.in_frames(rate),
            },
            sustain: typed.sustain,
        };
        Self {
            operators: fm.operators.iter().map(operator).collect(),
            phases: [phase; MOST_OPERATORS],
            feedback: (fm.feedback * brightness) as f32,
            last: [0.0; 2],
            frame: 0,
        }
    }

    /// Bytes beside itself.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.operators)
    }

    /// Fills `output`, a whole number of steps long.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        // Only a resting frequency comes in runs longer than a step.
        for step in output.chunks_mut(STEP) {
            self.step(ramp.middle(), step);
        }
    }

    fn step(&mut self, increment: Increment, output: &mut [f32]) {
        let end = self.frame + output.len() as u64;
        let room = self.room(f64::from(increment) / 4_294_967_296.0);
        let mut moved = [[0.0f32; STEP]; MOST_OPERATORS];
        output.fill(0.0);
        // An operator moves one of a lower number, so the highest comes first.
        for number in (0..self.operators.len()).rev() {
            let operator = self.operators[number];
            let (from, to) = (operator.index_at(self.frame), operator.index_at(end));
            let step = (operator.ratio * f64::from(increment) + 0.5) as Increment;
            let frames = output.len();
            let (below, own) = moved.split_at_mut(number);
            let own = &mut own[0][..frames];
            let (sum, scale) = match operator.target {
                Some(target) => (&mut below[target][..frames], room),
                None => (&mut *output, 1.0),
            };
            let gain = Straight::new(from * scale, to * scale, frames);
            let phase = self.phases[number];
            if number + 1 == self.operators.len() && self.feedback != 0.0 {
                self.feed_back(phase, step, room as f32, own);
                add(own, gain, sum);
            } else {
                add_moved(phase, step, own, gain, sum);
            }
            self.phases[number] = phase.wrapping_add(step.wrapping_mul(frames as u32));
        }
        self.frame = end;
    }

    /// An operator that moves itself by the mean of its last two samples, which keeps it from hunting (Tomisawa, 1981).
    fn feed_back(&mut self, mut phase: u32, step: Increment, room: f32, wave: &mut [f32]) {
        let depth = self.feedback * room * 0.5 * RADIAN;
        for sample in wave {
            let moved = depth * (self.last[0] + self.last[1]);
            *sample = sine(phase.wrapping_add(moved as i64 as u32));
            self.last = [*sample, self.last[0]];
            phase = phase.wrapping_add(step);
        }
    }

    /// What the indices are multiplied by so that no sideband that is heard lies above half the sample rate: 1 where there
    /// is room. `frequency`: of the tone, in cycles per frame.
    fn room(&self, frequency: f64) -> f64 {
        let mut reach = [0.0; MOST_OPERATORS];
        let (mut own, mut widest) = (0.0f64, 0.0f64);
        for (number, operator) in self.operators.iter().enumerate().rev() {
            let reached = operator.ratio * frequency + reach[number];
            match operator.target {
                Some(target) => {
                    let index = operator.index_at(self.frame);
                    if index > 0.0 {
                        reach[target] += (index + SIDEBANDS) * reached;
                    }
                }
                None => {
                    own = own.max(operator.ratio * frequency);
                    widest = widest.max(reached);
                }
            }
        }
        if widest <= WIDEST {
            return 1.0;
        }
        ((WIDEST - own) / (widest - own)).clamp(0.0, 1.0)
    }
}

/// What goes in a straight line.
#[derive(Clone, Copy)]
struct Straight {
    from: f32,
    /// From frame to frame.
    step: f32,
}

impl Straight {
    fn new(from: f64, to: f64, frames: usize) -> Self {
        Self {
            from: from as f32,
            step: ((to - from) / frames as f64) as f32,
        }
    }

    #[inline(always)]
    fn at(self, frame: usize) -> f32 {
        self.from + self.step * frame as i32 as f32
    }
}

vectorised! {
    /// Adds a sine whose phase is moved by `moved` radians.
    fn add_moved(phase: u32, step: Increment, moved: &[f32], gain: Straight, sum: &mut [f32]) {
        for (frame, (sum, moved)) in sum.iter_mut().zip(moved).enumerate() {
            let phase = phase.wrapping_add(step.wrapping_mul(frame as u32));
            *sum += sine(phase.wrapping_add(steps(*moved))) * gain.at(frame);
        }
    }
}

vectorised! {
    fn add(wave: &[f32], gain: Straight, sum: &mut [f32]) {
        for (frame, (sum, sample)) in sum.iter_mut().zip(wave).enumerate() {
            *sum += sample * gain.at(frame);
        }
    }
}

/// An angle in steps of phase.
#[inline(always)]
fn steps(radians: f32) -> u32 {
    nearest(f64::from(radians * RADIAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::simd;
    use crate::sound::Operator as Typed;
    use crate::units::{Decibels, Seconds};

    fn two(index: f64) -> Fm {
        let operator = |index, target| Typed {
            ratio: 1.0,
            index,
            target,
            decay: Seconds(0.0),
            sustain: 0.0,
        };
        Fm {
            operators: vec![operator(1.0, None), operator(index, Some(0))],
            feedback: 0.0,
            velocity: Decibels(0.0),
            key: Decibels(0.0),
        }
    }

    fn heard(fm: &Fm, increment: u32, frames: usize) -> Vec<f32> {
        let mut operators = Operators::new(fm, 1.0, 0, SampleRate::default());
        let mut output = vec![0.0; frames];
        let ramp = Ramp {
            from: increment,
            to: increment,
        };
        operators.render(ramp, &mut output);
        output
    }

    #[test]
    fn it_is_chownings_formula() {
        let increment = 1 << 25;
        for (frame, sample) in heard(&two(2.0), increment, 1024).iter().enumerate() {
            let phase = std::f64::consts::TAU * frame as f64 / 128.0;
            let exact = libm::sin(phase + 2.0 * libm::sin(phase));
            assert!(
                (f64::from(*sample) - exact).abs() < 2e-6,
                "frame {frame}: {sample}, expected {exact}"
            );
        }
    }

    #[test]
    fn where_there_is_no_room_for_sidebands_it_is_a_sine() {
        let increment = 2_100_000_000;
        for (frame, sample) in heard(&two(8.0), increment, 64).iter().enumerate() {
            let exact = sine(increment.wrapping_mul(frame as u32));
            assert!((sample - exact).abs() < 1e-6, "frame {frame}");
        }
    }

    #[test]
    fn wide_vectors_change_no_bit() {
        let perform = |baseline: bool| {
            simd::use_baseline(baseline);
            heard(&two(7.3), 9_731_337, 1024)
        };
        let narrow = perform(true);
        assert_eq!(perform(false), narrow);
    }
}
