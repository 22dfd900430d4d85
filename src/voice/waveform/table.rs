//! The wavetable oscillator for square, sawtooth and triangle: each cycle stored with just the harmonics that fit below
//! half the sample rate, so that nothing aliases.

use std::sync::OnceLock;

use super::{LANES, NYQUIST, Phases};
use crate::dsp::fourier;
use crate::voice::pitch::{Increment, Ramp, STEP};

/// The classic shapes, by their Fourier series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Odd harmonics at 1/n.
    Square,
    /// All harmonics at 1/n, rising.
    Sawtooth,
    /// Odd harmonics at 1/n^2, with alternating signs.
    Triangle,
}

impl Shape {
    /// The amplitude of a sine harmonic, so that the full series swings between -1 and 1.
    fn harmonic(self, number: usize) -> f64 {
        use std::f64::consts::PI;
        let (n, odd) = (number as f64, number % 2 == 1);
        match self {
            Self::Square if odd => 4.0 / (PI * n),
            Self::Triangle if odd => {
                let sign = if number % 4 == 1 { 1.0 } else { -1.0 };
                sign * 8.0 / (PI * PI * n * n)
            }
            Self::Square | Self::Triangle => 0.0,
            // A rising sawtooth that starts at zero.
            Self::Sawtooth => 2.0 / (PI * n) * if odd { 1.0 } else { -1.0 },
        }
    }
}

/// Levels of richness: 1 to 4 harmonics, then four steps to the octave up to 16,384.
const LEVELS: usize = 4 + 4 * 12;

/// The number of harmonics of a level.
fn harmonics(level: usize) -> u32 {
    const STEPS: [u32; 4] = [64, 76, 90, 107];
    match level.checked_sub(3) {
        None => level as u32 + 1,
        Some(step) => ((4 * STEPS[step % 4]) << (step / 4)) / 64,
    }
}

/// The richest level whose harmonics all lie below half the sample rate; `None` if not even the first does.
fn level(increment: Increment) -> Option<usize> {
    if increment >= NYQUIST {
        return None;
    }
    let fitting = (NYQUIST - 1) / increment.max(1);
    let mut level = match fitting {
        0..4 => return (fitting as usize).checked_sub(1),
        _ => 3 + 4 * (fitting.ilog2() as usize - 2),
    };
    while level + 1 < LEVELS && harmonics(level + 1) <= fitting {
        level += 1;
    }
    Some(level.min(LEVELS - 1))
}

/// The shortest and the longest stored cycle, as powers of two.
const SHORTEST: u32 = 11;
const LONGEST: u32 = 19;

/// A step of the 24 bits that are kept of the phase between two samples.
const FRACTION: f32 = 1.0 / 16_777_216.0;

/// A stored cycle: a power of two of samples, and the first one again behind the last.
#[derive(Debug)]
struct Cycle {
    samples: Vec<f32>,
    /// The length without the repeated sample is two to the power of this.
    bits: u32,
}

impl Cycle {
    /// Long enough that reading between samples in a straight line stays 90 dB below the wave: the error of harmonic n
    /// is (2 pi n / length)^2 / 8 of it, and they add up to a length of about 270 n^(3/4).
    fn new(shape: Shape, level: usize) -> Self {
        let count = harmonics(level);
        let amplitudes: Vec<f64> = (1..=count as usize)
            .map(|number| shape.harmonic(number))
            .collect();
        let (root, steep) = (
            libm::sqrt(f64::from(count)),
            libm::sqrt(libm::sqrt(f64::from(count))),
        );
        let length = ((270.0 * root * steep) as usize).next_power_of_two();
        let bits = length.trailing_zeros().clamp(SHORTEST, LONGEST);
        let mut samples = fourier::cycle(&amplitudes, 1 << bits);
        samples.push(samples[0]);
        Self { samples, bits }
    }

    /// The cycle, built when it is first asked for and kept for the life of the program.
    fn get(shape: Shape, level: usize) -> &'static Self {
        static CYCLES: [[OnceLock<Cycle>; LEVELS]; 3] =
            [const { [const { OnceLock::new() }; LEVELS] }; 3];
        CYCLES[shape as usize][level].get_or_init(|| Self::new(shape, level))
    }

    /// Hands the values of the wave at eight frames at a time, with the samples that belong to them, to `put`.
    fn for_each(
        &self,
        phases: Phases,
        output: &mut [f32],
        put: impl FnMut([f32; LANES], &mut [f32; LANES]),
    ) {
        // A length known to the compiler needs no check of the index, which is a phase's upper bits.
        match self.bits {
            11 => self.for_each_of::<{ 1 << 11 }>(phases, output, put),
            12 => self.for_each_of::<{ 1 << 12 }>(phases, output, put),
            13 => self.for_each_of::<{ 1 << 13 }>(phases, output, put),
            14 => self.for_each_of::<{ 1 << 14 }>(phases, output, put),
            15 => self.for_each_of::<{ 1 << 15 }>(phases, output, put),
            16 => self.for_each_of::<{ 1 << 16 }>(phases, output, put),
            17 => self.for_each_of::<{ 1 << 17 }>(phases, output, put),
            18 => self.for_each_of::<{ 1 << 18 }>(phases, output, put),
            _ => self.for_each_of::<{ 1 << 19 }>(phases, output, put),
        }
    }

    #[inline(always)]
    fn for_each_of<const LENGTH: usize>(
        &self,
        phases: Phases,
        output: &mut [f32],
        mut put: impl FnMut([f32; LANES], &mut [f32; LANES]),
    ) {
        let (Some(lows), Some(highs)) = (
            self.samples.first_chunk::<LENGTH>(),
            self.samples.last_chunk::<LENGTH>(),
        ) else {
            return;
        };
        let bits = LENGTH.trailing_zeros();
        phases.for_each(output, |phases, samples| {
            let (mut low, mut high, mut values) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                let index = (phases[lane] >> (32 - bits)) as usize;
                (low[lane], high[lane]) = (lows[index], highs[index]);
            }
            for lane in 0..LANES {
                let fraction = ((phases[lane] << bits) >> 8) as i32 as f32 * FRACTION;
                values[lane] = low[lane] + (high[lane] - low[lane]) * fraction;
            }
            put(values, samples);
        });
    }

    fn render(&self, phases: Phases, output: &mut [f32]) {
        self.for_each(phases, output, |values, samples| *samples = values);
    }

    /// Fades from what `output` holds to this cycle.
    fn fade_in(&self, phases: Phases, output: &mut [f32]) {
        let (step, mut share) = (1.0 / output.len() as f32, 0.0);
        self.for_each(phases, output, |values, samples| {
            for (sample, value) in samples.iter_mut().zip(values) {
                *sample += (value - *sample) * share;
                share += step;
            }
        });
    }
}

/// A wavetable oscillator. Remembers its phase and how rich it sounded last.
#[derive(Clone, Debug)]
pub struct Table {
    shape: Shape,
    phase: u32,
    /// `None` before the first frame; then the level, if there was any.
    last: Option<Option<usize>>,
}

impl Table {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            phase: 0,
            last: None,
        }
    }

    /// Fills `output`. Where the frequency has moved to another level, the first step fades from the old one to the new.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        let now = level(ramp.from.max(ramp.to));
        let last = self.last.replace(now).unwrap_or(now);
        let fading = if now == last {
            0
        } else {
            STEP.min(output.len())
        };
        let (head, tail) = output.split_at_mut(fading);
        if !head.is_empty() {
            let phases = Phases::new(self.phase, ramp, head.len());
            put(last, self.shape, head, |cycle, head| {
                cycle.render(phases, head)
            });
            put(now, self.shape, head, |cycle, head| {
                cycle.fade_in(phases, head)
            });
            self.phase = phases.at(head.len() as u32);
        }
        // Only a resting frequency comes in runs longer than a step, so the ramp is the same behind the head.
        let phases = Phases::new(self.phase, ramp, tail.len());
        put(now, self.shape, tail, |cycle, tail| {
            cycle.render(phases, tail)
        });
        self.phase = phases.at(tail.len() as u32);
    }
}

/// Has the cycle of a level, or silence where there is none, put into `output`.
fn put(
    level: Option<usize>,
    shape: Shape,
    output: &mut [f32],
    put: impl FnOnce(&Cycle, &mut [f32]),
) {
    match level {
        Some(level) => put(Cycle::get(shape, level), output),
        None => output.fill(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_rise_four_to_the_octave() {
        let counts: Vec<u32> = (0..12).map(harmonics).collect();
        assert_eq!(counts, [1, 2, 3, 4, 4, 5, 6, 8, 9, 11, 13, 16]);
        assert!(harmonics(LEVELS - 1) > 13_000);
    }

    #[test]
    fn a_level_is_as_rich_as_fits_and_no_richer() {
        for increment in (1..2_000_000)
            .map(|step| step * 1073)
            .filter(|increment| *increment < NYQUIST)
        {
            let level = level(increment).unwrap();
            assert!(u64::from(harmonics(level)) * u64::from(increment) < u64::from(NYQUIST));
            assert!(
                level + 1 == LEVELS
                    || u64::from(harmonics(level + 1)) * u64::from(increment) >= u64::from(NYQUIST)
            );
        }
        assert_eq!(level(NYQUIST), None);
    }

    #[test]
    fn the_shapes_swing_between_minus_one_and_one() {
        for shape in [Shape::Square, Shape::Sawtooth, Shape::Triangle] {
            let cycle = Cycle::get(shape, 40);
            let peak = crate::audio::peak(&cycle.samples);
            // The series of a jump overshoots by 9 % of it (Gibbs).
            assert!((0.99..1.19).contains(&peak), "{shape:?}: {peak}");
        }
    }
}
