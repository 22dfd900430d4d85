//! Stored cycles of a wave, each with just the harmonics that fit below half the sample rate, so that nothing aliases.

mod read;
mod shelf;

use std::iter;
use std::sync::{Arc, Mutex, PoisonError};

use self::read::read;
use super::fourier;
use super::phase::{Increment, NYQUIST, Phases, Steps};

/// Levels of richness: 1 to 4 harmonics, then four steps to the octave up to 16,384.
pub const LEVELS: usize = 4 + 4 * 12;

/// The number of harmonics of a level.
#[must_use]
pub const fn harmonics(level: usize) -> u32 {
    const STEPS: [u32; 4] = [64, 76, 90, 107];
    match level.checked_sub(3) {
        None => level as u32 + 1,
        Some(step) => ((4 * STEPS[step % 4]) << (step / 4)) / 64,
    }
}

/// [`harmonics`] of every level, for the step from level to level while a tone sounds.
const HARMONICS: [u32; LEVELS] = {
    let (mut counts, mut level) = ([0; LEVELS], 0);
    while level < LEVELS {
        counts[level] = harmonics(level);
        level += 1;
    }
    counts
};

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
    while level + 1 < LEVELS && HARMONICS[level + 1] <= fitting {
        level += 1;
    }
    Some(level.min(LEVELS - 1))
}

/// A wave as cycles of growing richness, each built when it is first asked for, and again when it was forgotten: however
/// many waves there are, their cycles take no more memory than the `shelf` has.
#[derive(Debug)]
pub struct Wavetable {
    /// Of `sin(2 pi (n + 1) x)`.
    amplitudes: Vec<f64>,
    /// Levels beyond the last harmonic are one and the same: this.
    richest: usize,
    cycles: [Mutex<Option<Arc<Cycle>>>; LEVELS],
}

impl Wavetable {
    /// The wave of some harmonics: `amplitudes[n]` is that of `sin(2 pi (n + 1) x)`.
    #[must_use]
    pub fn new(mut amplitudes: Vec<f64>) -> Self {
        let heard = amplitudes.iter().rposition(|amplitude| *amplitude != 0.0);
        amplitudes.truncate(heard.map_or(1, |last| last + 1));
        let all = HARMONICS.partition_point(|count| (*count as usize) < amplitudes.len());
        Self {
            amplitudes,
            richest: all.min(LEVELS - 1),
            cycles: [const { Mutex::new(None) }; LEVELS],
        }
    }

    /// The cycle of a level.
    #[must_use]
    pub fn cycle(self: &Arc<Self>, level: usize) -> Arc<Cycle> {
        let level = level.min(self.richest);
        let mut place = self.place(level);
        if let Some(cycle) = &*place {
            return Arc::clone(cycle);
        }
        let kept = self.amplitudes.len().min(harmonics(level) as usize);
        let cycle = Arc::new(Cycle::new(&self.amplitudes[..kept]));
        *place = Some(Arc::clone(&cycle));
        drop(place);
        shelf::put(self, level, size_of_val(&*cycle.samples));
        cycle
    }

    /// Forgets a cycle; whoever reads it goes on with it.
    fn forget(&self, level: usize) {
        *self.place(level) = None;
    }

    fn place(&self, level: usize) -> std::sync::MutexGuard<'_, Option<Arc<Cycle>>> {
        let place = self.cycles[level].lock();
        place.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The shortest and the longest stored cycle, as powers of two.
const SHORTEST: u32 = 10;
const LONGEST: u32 = 18;

/// Samples to a period of the highest harmonic, at least: its images lie 36 dB below it then.
const SAMPLES_A_PERIOD: usize = 8;

/// A stored cycle.
#[derive(Debug)]
pub struct Cycle {
    /// A power of two of them, and the first one again.
    samples: Vec<f32>,
    /// Their number, without the last, is two to the power of this.
    bits: u32,
}

impl Cycle {
    /// Reading between samples in a straight line takes `sinc^2(n / length)` from harmonic n, which is given back here.
    fn new(amplitudes: &[f64]) -> Self {
        let bits = bits(amplitudes);
        let step = std::f64::consts::PI / f64::from(1u32 << bits);
        let sharpened = amplitudes.iter().enumerate().map(|(index, amplitude)| {
            let angle = step * (index + 1) as f64;
            let root = angle / libm::sin(angle);
            amplitude * root * root
        });
        Self {
            samples: fourier::cycle(&sharpened.collect::<Vec<f64>>(), 1 << bits),
            bits,
        }
    }

    /// Fills `output`, a multiple of eight long.
    pub fn render(&self, phases: Phases, output: &mut [f32]) {
        read(&self.samples, self.bits, iter::once((output, phases)));
    }

    /// Fills `output`, a whole number of steps long and no more than there are; a step is a multiple of eight long.
    pub fn follow<const STEP: usize>(&self, steps: &mut Steps<'_, STEP>, output: &mut [f32]) {
        read(&self.samples, self.bits, output.chunks_mut(STEP).zip(steps));
    }
}

/// The length, as a power of two, at which the images that reading in straight lines leaves stay 90 dB below the wave:
/// those of harmonic n have `2 zeta(4) (n / length)^4` of its power.
fn bits(amplitudes: &[f64]) -> u32 {
    let (mut power, mut bent) = (0.0, 0.0);
    for (index, amplitude) in amplitudes.iter().enumerate() {
        let square = ((index + 1) * (index + 1)) as f64;
        power += amplitude * amplitude;
        bent += amplitude * amplitude * square * square;
    }
    // 216 is the fourth root of 2 zeta(4) / 10^(-90 / 10).
    let bend = libm::sqrt(libm::sqrt(bent / power.max(f64::MIN_POSITIVE)));
    let length = ((216.0 * bend) as usize).max(SAMPLES_A_PERIOD * amplitudes.len());
    let bits = length.next_power_of_two().trailing_zeros();
    bits.clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(amplitudes: Vec<f64>) -> Arc<Wavetable> {
        Arc::new(Wavetable::new(amplitudes))
    }

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
    fn a_wave_is_read_to_within_90_decibels() {
        let amplitudes: Vec<f64> = (1..=45).map(|number| 1.0 / f64::from(number)).collect();
        let wave = |x: f64| -> f64 {
            let harmonics = amplitudes.iter().enumerate();
            let sines = harmonics
                .map(|(index, a)| a * libm::sin(std::f64::consts::TAU * (index + 1) as f64 * x));
            sines.sum()
        };
        let ramp = crate::dsp::phase::Ramp {
            from: 1_234_567,
            to: 1_234_567,
        };
        let (phases, mut samples) = (Phases::new(0, ramp, 4096), vec![0.0; 4096]);
        Arc::new(Wavetable::new(amplitudes.clone()))
            .cycle(LEVELS - 1)
            .render(phases, &mut samples);
        let (mut power, mut error) = (0.0, 0.0);
        for (frame, sample) in samples.iter().enumerate() {
            let exact = wave(f64::from(phases.at(frame as u32)) / 4_294_967_296.0);
            power += exact * exact;
            error += (f64::from(*sample) - exact) * (f64::from(*sample) - exact);
        }
        assert!(error < 1e-9 * power, "{}", error / power);
    }

    #[test]
    fn a_cycle_has_the_harmonics_of_its_level() {
        let table = wave(vec![1.0, 0.0, 0.5]);
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
