//! Stored cycles of a wave, each with just the harmonics that fit below half the sample rate, so that nothing aliases.

use std::sync::OnceLock;

use super::fourier;
use super::phase::{Increment, LANES, NYQUIST, Phases};

/// Levels of richness: 1 to 4 harmonics, then four steps to the octave up to 16,384.
pub const LEVELS: usize = 4 + 4 * 12;

/// The number of harmonics of a level.
#[must_use]
pub fn harmonics(level: usize) -> u32 {
    const STEPS: [u32; 4] = [64, 76, 90, 107];
    match level.checked_sub(3) {
        None => level as u32 + 1,
        Some(step) => ((4 * STEPS[step % 4]) << (step / 4)) / 64,
    }
}

/// The richest level whose harmonics all lie below half the sample rate; `None` if not even the first does.
#[must_use]
pub fn level(increment: Increment) -> Option<usize> {
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

/// A wave as cycles of growing richness, each built when it is first asked for.
#[derive(Debug)]
pub struct Wavetable {
    /// Of `sin(2 pi (n + 1) x)`.
    amplitudes: Vec<f64>,
    cycles: [OnceLock<Cycle>; LEVELS],
}

impl Wavetable {
    /// The wave of some harmonics: `amplitudes[n]` is that of `sin(2 pi (n + 1) x)`.
    #[must_use]
    pub fn new(mut amplitudes: Vec<f64>) -> Self {
        let heard = amplitudes.iter().rposition(|amplitude| *amplitude != 0.0);
        amplitudes.truncate(heard.map_or(1, |last| last + 1));
        Self {
            amplitudes,
            cycles: [const { OnceLock::new() }; LEVELS],
        }
    }

    /// The cycle of a level.
    #[must_use]
    pub fn cycle(&self, level: usize) -> &Cycle {
        // Levels beyond the last harmonic are one and the same.
        let count = self.amplitudes.len();
        let richest = (0..LEVELS).find(|level| harmonics(*level) as usize >= count);
        let level = level.min(richest.unwrap_or(LEVELS - 1));
        let kept = count.min(harmonics(level) as usize);
        self.cycles[level].get_or_init(|| Cycle::new(&self.amplitudes[..kept]))
    }
}

/// The shortest and the longest stored cycle, as powers of two.
const SHORTEST: u32 = 11;
const LONGEST: u32 = 19;

/// Samples to a period of the highest harmonic, at least: reading in straight lines takes 0.05 dB from it then.
const SAMPLES_A_PERIOD: usize = 24;

/// A step of the 24 bits that are kept of the phase between two samples.
const FRACTION: f32 = 1.0 / 16_777_216.0;

/// A stored cycle: a power of two of samples, and the first one again behind the last.
#[derive(Debug)]
pub struct Cycle {
    samples: Vec<f32>,
    /// The length without the repeated sample is two to the power of this.
    bits: u32,
}

impl Cycle {
    /// Long enough that reading between samples in a straight line stays 90 dB below the wave: the error of harmonic n
    /// is (2 pi n / length)^2 / 8 of it.
    fn new(amplitudes: &[f64]) -> Self {
        let (mut power, mut bent) = (0.0, 0.0);
        for (index, amplitude) in amplitudes.iter().enumerate() {
            let square = ((index + 1) * (index + 1)) as f64;
            power += amplitude * amplitude;
            bent += amplitude * amplitude * square * square;
        }
        // 395 is 2 pi / sqrt(8 * 10^(-90 / 20)).
        let bend = libm::sqrt(libm::sqrt(bent / power.max(f64::MIN_POSITIVE)));
        let length = (395.0 * bend) as usize;
        let bits = length
            .max(SAMPLES_A_PERIOD * amplitudes.len())
            .next_power_of_two()
            .trailing_zeros();
        let bits = bits.clamp(SHORTEST, LONGEST);
        let mut samples = fourier::cycle(amplitudes, 1 << bits);
        samples.push(samples[0]);
        Self { samples, bits }
    }

    /// Hands the values of the wave at eight frames at a time, with the samples that belong to them, to `put`.
    pub fn for_each(
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

    /// Fills `output`.
    pub fn render(&self, phases: Phases, output: &mut [f32]) {
        self.for_each(phases, output, |values, samples| *samples = values);
    }

    /// Fades from what `output` holds to this cycle.
    pub fn fade_in(&self, phases: Phases, output: &mut [f32]) {
        let (step, mut share) = (1.0 / output.len() as f32, 0.0);
        self.for_each(phases, output, |values, samples| {
            for (sample, value) in samples.iter_mut().zip(values) {
                *sample += (value - *sample) * share;
                share += step;
            }
        });
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
    fn a_cycle_has_the_harmonics_of_its_level() {
        let table = Wavetable::new(vec![1.0, 0.0, 0.5]);
        let heard = |level: usize| {
            let mut samples = [0.0; 64];
            let ramp = crate::dsp::phase::Ramp {
                from: 1 << 26,
                to: 1 << 26,
            };
            table
                .cycle(level)
                .render(Phases::new(0, ramp, 64), &mut samples);
            samples
        };
        for (level, third) in [(0, 0.0), (1, 0.0), (2, 0.5), (40, 0.5)] {
            for (frame, sample) in heard(level).iter().enumerate() {
                let x = std::f64::consts::TAU * frame as f64 / 64.0;
                let exact = libm::sin(x) + third * libm::sin(3.0 * x);
                assert!((f64::from(*sample) - exact).abs() < 3e-5, "level {level}");
            }
        }
    }
}
