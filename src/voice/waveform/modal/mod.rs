//! Modal synthesis: partials of any frequency, each a sine that dies away by itself, as those of struck and plucked things do.
//!
//! J.-M. Adrien, "The Missing Link: Modal Synthesis", in Representations of Musical Signals, 1991. Each partial keeps an
//! exact phase; within a run its samples follow from those before, sixteen at a time.

mod bank;

use std::cmp::Reverse;
use std::sync::Arc;

use self::bank::{Bank, PartialsState, RUN, ring};
use crate::dsp::phase::{LANES, Ramp};
use crate::sound::Partial;
use crate::units::{SampleRate, Seconds};

/// All partials of a tone, those that die away last first. Remembers where those stand that are still heard.
#[derive(Clone, Debug)]
pub struct Modes {
    banks: Arc<[Bank]>,
    states: Vec<PartialsState>,
    /// The amplitude from which on a partial is not heard.
    floor: f32,
}

impl Modes {
    pub(super) fn new(
        mut partials: Vec<Partial>,
        floor: f32,
        phase: u32,
        rate: SampleRate,
    ) -> Self {
        sort(&mut partials, floor);
        let eights = || partials.chunks(LANES);
        Self {
            banks: eights().map(|eight| Bank::new(eight, rate)).collect(),
            states: eights()
                .map(|eight| PartialsState::new(eight, phase))
                .collect(),
            floor,
        }
    }

    /// Bytes beside itself.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.banks) + self.states.len() * size_of::<PartialsState>()
    }

    /// Fills `output`, a whole number of steps long.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        // Only a resting frequency comes in runs longer than a step.
        for run in output.chunks_mut(RUN) {
            ring(
                &self.banks,
                &mut self.states,
                ramp.middle(),
                self.floor,
                run,
            );
            let silent = |state: &PartialsState| state.is_silent(self.floor);
            while self.states.last().is_some_and(silent) {
                self.states.pop();
            }
        }
    }
}

/// The bytes beside itself of what has so many partials.
pub(super) fn expected_memory(partials: usize) -> usize {
    partials.div_ceil(LANES) * (size_of::<Bank>() + size_of::<PartialsState>())
}

/// Those that are heard longest come first: what has died away is always at the end.
fn sort(partials: &mut [Partial], floor: f32) {
    partials.sort_by_cached_key(|partial| {
        let Seconds(end) = partial.end(f64::from(floor));
        Reverse((end * 1e9) as u64)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::spectrum::{Spectrum, Strike};
    use crate::sound::{Decays, Frequencies, Modal, StruckModal};
    use crate::units::{Decibels, Hertz, Key, Velocity};
    use crate::voice::grid::STEP;

    fn modal(ratios: &[f64], decay: f64) -> Modal {
        Modal {
            spectrum: Spectrum {
                slope: Decibels(-6.0),
                ..Spectrum::default()
            },
            frequencies: Frequencies::Ratios(ratios.to_vec()),
            decay: Seconds(decay),
            decay_key: 0.0,
            decays: Decays::Slope(1.0),
            aftersound: None,
        }
    }

    fn struck(modal: &Modal) -> StruckModal {
        let strike = Strike {
            fundamental: Hertz(100.0),
            key: Key::new(60),
            velocity: Velocity::new(127),
        };
        modal.strike(strike, f64::from(FLOOR))
    }

    const FLOOR: f32 = 3e-5;

    fn modes(modal: &Modal) -> Modes {
        Modes::new(
            modal.partials(&struck(modal)),
            FLOOR,
            0,
            SampleRate::default(),
        )
    }

    const RATIOS: [f64; 3] = [1.0, 2.756, 5.404];

    /// The sum of the partials that fall by 60 dB in half a second, the frequency resting in each run.
    fn exact(amplitudes: &[f64], ramps: &[Ramp]) -> Vec<f64> {
        let mut sum = vec![0.0; ramps.len() * STEP];
        for (ratio, amplitude) in RATIOS.iter().zip(amplitudes) {
            let mut phase = 0u32;
            for (frame, sample) in sum.iter_mut().enumerate() {
                let octaves = libm::log2(0.001) * frame as f64 * ratio / (0.5 * 44_100.0);
                let cycles = f64::from(phase) / 4_294_967_296.0;
                *sample +=
                    amplitude * libm::exp2(octaves) * libm::sin(std::f64::consts::TAU * cycles);
                let middle = f64::from(ramps[frame / STEP].middle());
                phase = phase.wrapping_add((ratio * middle + 0.5) as u32);
            }
        }
        sum
    }

    fn assert_sums_up(from: u32, change: u32, run: usize) {
        let modal = modal(&RATIOS, 0.5);
        let amplitudes = modal.spectrum.amplitudes(struck(&modal).spectrum, &RATIOS);
        let ramp = |step: u32| Ramp {
            from: from + step * change,
            to: from + (step + 1) * change,
        };
        let ramps: Vec<Ramp> = (0..64).map(ramp).collect();
        let mut modes = modes(&modal);
        let mut heard = vec![0.0; 8192];
        for (output, ramps) in heard.chunks_mut(run).zip(ramps.chunks(run / STEP)) {
            modes.render(ramps[0], output);
        }
        let exact = exact(&amplitudes, &ramps);
        for (frame, (sample, exact)) in heard.iter().zip(exact).enumerate() {
            let error = (f64::from(*sample) - exact).abs();
            assert!(
                error < f64::from(FLOOR) + 1e-5,
                "runs of {run}, frame {frame}: {error}"
            );
        }
    }

    #[test]
    fn it_is_the_sum_of_its_partials_whatever_the_runs() {
        for run in [STEP, 256, 1024, 8192] {
            for from in [3_000_000, 9_739_000, 67_000_000] {
                assert_sums_up(from, 0, run);
            }
        }
    }

    #[test]
    fn a_low_partial_is_as_exact_as_a_high_one() {
        // 8 Hz to 10 kHz, each for eight of the longest runs.
        for increment in [780_000, 3_000_000, 9_739_000, 67_000_000, 974_000_000] {
            let modal = modal(&[1.0], 20.0);
            let amplitude = modal.spectrum.amplitudes(struck(&modal).spectrum, &[1.0])[0];
            let ramp = Ramp {
                from: increment,
                to: increment,
            };
            let mut heard = vec![0.0; 8 * RUN];
            modes(&modal).render(ramp, &mut heard);
            let mut phase = 0u32;
            for (frame, sample) in heard.iter().enumerate() {
                let left = libm::exp2(libm::log2(0.001) * frame as f64 / (20.0 * 44_100.0));
                let cycles = f64::from(phase) / 4_294_967_296.0;
                let exact = amplitude * left * libm::sin(std::f64::consts::TAU * cycles);
                let error = (f64::from(*sample) - exact).abs() / amplitude;
                assert!(error < 4e-5, "{increment}, frame {frame}: {error}");
                phase = phase.wrapping_add(increment);
            }
        }
    }

    #[test]
    fn it_is_the_sum_of_its_partials_while_the_pitch_moves() {
        for change in [300, 20_000] {
            assert_sums_up(9_739_000, change, STEP);
        }
    }

    #[test]
    fn a_tone_in_pieces_is_the_same_to_the_bit() {
        let ramp = Ramp {
            from: 9_739_000,
            to: 9_739_000,
        };
        let ratios: Vec<f64> = (1..=19).map(f64::from).collect();
        let render = |run: usize| {
            let mut modes = modes(&modal(&ratios, 0.1));
            let mut heard = vec![0.0; 8192];
            for output in heard.chunks_mut(run) {
                // What goes on from a copy is what goes on.
                modes = modes.clone();
                modes.render(ramp, output);
            }
            heard
        };
        assert_eq!(render(1024), render(8192));
    }

    #[test]
    fn a_partial_above_half_the_sample_rate_is_not_heard() {
        let modal = modal(&[1.0, 6.0], 1.0);
        let mut modes = modes(&modal);
        let mut heard = [0.0; STEP];
        modes.render(
            Ramp {
                from: 400_000_000,
                to: 400_000_000,
            },
            &mut heard,
        );
        let amplitudes = modal
            .spectrum
            .amplitudes(struck(&modal).spectrum, &[1.0, 6.0]);
        assert!(crate::audio::peak(&heard) <= amplitudes[0] as f32);
    }
}
