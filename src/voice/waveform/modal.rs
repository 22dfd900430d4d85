//! Modal synthesis: partials of any frequency, each a sine that dies away by itself, as those of struck and plucked things do.
//!
//! J.-M. Adrien, "The Missing Link: Modal Synthesis", in Representations of Musical Signals, 1991. Each partial keeps an
//! exact phase; within a run its samples follow from those eight frames before by
//! `x[n + 8] = 2 r^8 cos(8 w) x[n] - r^16 x[n - 8]`, eight side by side.

use std::sync::Arc;

use crate::dsp::exp2::exp2;
use crate::dsp::phase::{Increment, LANES, NYQUIST, Ramp};
use crate::dsp::simd::vectorised;
use crate::dsp::sine::sine;
use crate::preset::spectrum::Struck;
use crate::preset::{Aftersound, Decays, Modal};
use crate::units::{Cents, SampleRate};

/// The longest run: its errors grow with the square of its length.
const RUN: usize = 128;

/// Partials that have fallen to this are not heard: -100 dB.
const SILENT: f64 = 1e-5;

/// From this frequency on partials fade, and at the highest they are gone, before they could alias.
const FADE: Increment = NYQUIST / 100 * 85;
const HIGHEST: Increment = NYQUIST / 100 * 97;

/// An aftersound is not added to partials that are weaker than this at the onset: -55 dB.
const WEAK: f64 = 1.8e-3;

/// A partial: what does not change while it rings.
#[derive(Clone, Copy, Debug)]
struct Mode {
    /// Frequency in multiples of the tone's.
    ratio: f64,
    /// At the onset.
    amplitude: f64,
    /// Logarithm to base 2 of the ratio of one frame to the one before.
    octaves_per_frame: f64,
    /// What is left after 0 to 15 frames, ...
    decays: [f32; 2 * LANES],
    /// ... after 8, ...
    forward: f32,
    /// ... and after 16.
    backward: f32,
}

impl Mode {
    fn new(ratio: f64, amplitude: f64, octaves_per_frame: f64) -> Self {
        let left = |frames: f64| exp2(octaves_per_frame * frames) as f32;
        Self {
            ratio,
            amplitude,
            octaves_per_frame,
            decays: std::array::from_fn(|frame| left(frame as f64)),
            forward: left(LANES as f64),
            backward: left(2.0 * LANES as f64),
        }
    }
}

/// A bank of partials. Remembers the phase of each, and the frame.
#[derive(Clone, Debug)]
pub struct Modes {
    modes: Arc<[Mode]>,
    phases: Vec<u32>,
    frame: u64,
}

impl Modes {
    pub(super) fn new(modal: &Modal, struck: Struck, phase: u32, rate: SampleRate) -> Self {
        let modes = modes(modal, struck, rate);
        Self {
            phases: vec![phase; modes.len()],
            modes: modes.into(),
            frame: 0,
        }
    }

    /// Fills `output`, a multiple of eight long.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        // Only a resting frequency comes in runs longer than a step.
        for run in output.chunks_mut(RUN) {
            self.run(ramp, run);
        }
    }

    fn run(&mut self, ramp: Ramp, output: &mut [f32]) {
        ring_all(
            &self.modes,
            &mut self.phases,
            self.frame,
            ramp.middle(),
            output,
        );
        self.frame += output.len() as u64;
    }
}

vectorised! {
    /// Sets `output` to the sum of all partials from `frame` on, and their phases to those behind it.
    fn ring_all(
        modes: &[Mode],
        phases: &mut [u32],
        frame: u64,
        increment: Increment,
        output: &mut [f32],
    ) {
        output.fill(0.0);
        let (frame, base) = (frame as f64, f64::from(increment));
        for (mode, phase) in modes.iter().zip(phases) {
            // `as` saturates: what is too high stays unheard.
            let increment = (mode.ratio * base + 0.5) as Increment;
            let amplitude =
                mode.amplitude * exp2(mode.octaves_per_frame * frame) * audible(increment);
            if amplitude > SILENT {
                ring(mode, *phase, increment, amplitude as f32, output);
            }
            *phase = phase.wrapping_add(increment.wrapping_mul(output.len() as u32));
        }
    }
}

/// Adds a partial from `phase` on.
#[inline(always)]
fn ring(mode: &Mode, phase: u32, increment: Increment, amplitude: f32, output: &mut [f32]) {
    let mut first = [0.0; 2 * LANES];
    for (frame, (value, decay)) in first.iter_mut().zip(&mode.decays).enumerate() {
        let phase = phase.wrapping_add(increment.wrapping_mul(frame as u32));
        *value = amplitude * decay * sine(phase);
    }
    let mut before: [f32; LANES] = std::array::from_fn(|lane| first[lane]);
    let mut now: [f32; LANES] = std::array::from_fn(|lane| first[LANES + lane]);
    // 2 cos(8 w) as 2 - 4 sin(4 w)^2, which is exact for low frequencies too.
    let half = sine(increment.wrapping_mul(LANES as u32 / 2));
    let forward = (2.0 - 4.0 * half * half) * mode.forward;
    let backward = mode.backward;
    let (chunks, _) = output.as_chunks_mut::<LANES>();
    let mut chunks = chunks.iter_mut();
    for values in [&before, &now] {
        if let Some(chunk) = chunks.next() {
            add(values, chunk);
        }
    }
    for chunk in chunks {
        let next = std::array::from_fn(|lane| forward * now[lane] - backward * before[lane]);
        before = now;
        now = next;
        add(&now, chunk);
    }
}

#[inline(always)]
fn add(values: &[f32; LANES], chunk: &mut [f32; LANES]) {
    for (sample, value) in chunk.iter_mut().zip(values) {
        *sample += value;
    }
}

/// The gain of a partial by its frequency.
fn audible(increment: Increment) -> f64 {
    if increment <= FADE {
        1.0
    } else {
        let above = f64::from(increment - FADE) / f64::from(HIGHEST - FADE);
        (1.0 - above).max(0.0)
    }
}

/// The partials of a tone.
fn modes(modal: &Modal, struck: Struck, rate: SampleRate) -> Vec<Mode> {
    let ratios = modal.frequencies.ratios(struck.key);
    let amplitudes = modal.spectrum.amplitudes(struck, &ratios);
    let decay = modal.decay_of(struck.key).in_frames(rate);
    let mut modes = Vec::with_capacity(ratios.len());
    for (index, (ratio, amplitude)) in ratios.iter().zip(amplitudes).enumerate() {
        if amplitude == 0.0 {
            continue;
        }
        let frames = decay * share(&modal.decays, index, *ratio);
        let fall = |frames: f64| libm::log2(0.001) / frames.max(1.0);
        modes.push(Mode::new(*ratio, amplitude, fall(frames)));
        let aftersound = modal.aftersound.filter(|_| amplitude > WEAK);
        if let Some(Aftersound {
            level,
            times,
            detune: Cents(cents),
        }) = aftersound
        {
            let ratio = ratio * libm::exp2(cents / 1200.0);
            modes.push(Mode::new(ratio, amplitude * level, fall(frames * times)));
        }
    }
    modes
}

fn share(decays: &Decays, index: usize, ratio: f64) -> f64 {
    match decays {
        Decays::Shares(shares) => *shares.get(index).or(shares.last()).unwrap_or(&1.0),
        Decays::Slope(slope) => libm::pow(ratio, -slope),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::Frequencies;
    use crate::preset::spectrum::Spectrum;
    use crate::units::{Decibels, Hertz, Key, Seconds, Velocity};

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

    fn struck() -> Struck {
        Struck {
            fundamental: Hertz(100.0),
            key: Key::new(60),
            velocity: Velocity::new(127),
        }
    }

    #[test]
    fn it_is_the_sum_of_its_partials_whatever_the_runs() {
        let rate = SampleRate::default();
        let (ratios, increment) = ([1.0, 2.756, 5.404], 9_739_000u32);
        let modal = modal(&ratios, 0.5);
        let amplitudes = modal.spectrum.amplitudes(struck(), &ratios);
        for run in [64, 256, 1024] {
            let mut modes = Modes::new(&modal, struck(), 0, rate);
            let mut heard = vec![0.0; 8192];
            for output in heard.chunks_mut(run) {
                modes.render(
                    Ramp {
                        from: increment,
                        to: increment,
                    },
                    output,
                );
            }
            for (frame, sample) in heard.iter().enumerate() {
                let partials = ratios.iter().zip(&amplitudes).map(|(ratio, amplitude)| {
                    let cycles =
                        f64::from((ratio * f64::from(increment) + 0.5) as u32) / 4_294_967_296.0;
                    let left =
                        libm::exp2(libm::log2(0.001) * frame as f64 * ratio / (0.5 * 44_100.0));
                    amplitude * left * libm::sin(std::f64::consts::TAU * cycles * frame as f64)
                });
                let exact: f64 = partials.sum();
                assert!(
                    (f64::from(*sample) - exact).abs() < 2e-5,
                    "runs of {run}, frame {frame}"
                );
            }
        }
    }

    #[test]
    fn the_partials_of_a_stiff_string_are_stretched() {
        let frequencies = Frequencies::StiffString {
            count: 10,
            inharmonicity: 0.0004,
            key: 1.0,
        };
        let stretched = frequencies.ratios(Key::new(60));
        let cents = 1200.0 * libm::log2(stretched[9] / 10.0);
        // B (n^2 - 1) / 2 in natural logarithms, to the first order.
        assert!((cents - 33.6).abs() < 0.7, "{cents}");
        assert_eq!(stretched[0], 1.0);
    }

    #[test]
    fn a_partial_above_half_the_sample_rate_is_not_heard() {
        let modal = modal(&[1.0, 6.0], 1.0);
        let mut modes = Modes::new(&modal, struck(), 0, SampleRate::default());
        let mut heard = [0.0; 64];
        modes.render(
            Ramp {
                from: 400_000_000,
                to: 400_000_000,
            },
            &mut heard,
        );
        let amplitudes = modal.spectrum.amplitudes(struck(), &[1.0, 6.0]);
        assert!(crate::audio::peak(&heard) <= amplitudes[0] as f32);
    }
}
