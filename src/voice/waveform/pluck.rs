//! A plucked string: a delay line as long as a period that hears itself through the losses of the string.
//!
//! D. A. Jaffe and J. O. Smith, "Extensions of the Karplus-Strong Plucked-String Algorithm", Computer Music Journal 7,
//! 1983; as one loop after M. Karjalainen, V. Välimäki and T. Tolonen, "Plucked-String Models", Computer Music Journal 22,
//! 1998. The line starts with the shape that the pluck gives the string, from the spectrum of the preset.

use crate::dsp::phase::{NYQUIST, Phases, Ramp};
use crate::dsp::wavetable::{Wavetable, level};
use crate::preset::Pluck;
use crate::preset::spectrum::Struck;
use crate::units::{Hertz, SampleRate, Seconds};

/// Points that a value between samples is read from.
const TAPS: usize = 6;

/// Samples of the line before the point that is read, among those.
const BEFORE: f64 = 2.0;

/// The frequency at which the decay of the highs is given.
const HIGH: Hertz = Hertz(4000.0);

/// The losses of the string on one way around: a gain and a first-order low pass.
#[derive(Clone, Copy, Debug)]
struct Loss {
    gain: f64,
    pole: f64,
}

impl Loss {
    /// Losses with which `frequency` and [`HIGH`] fall by 60 dB in their times.
    fn new(frequency: f64, low: Seconds, high: Seconds, rate: SampleRate) -> Self {
        let step = std::f64::consts::TAU / f64::from(rate.hz());
        // 60 dB in the time are this share a period.
        let kept = |time: Seconds| libm::pow(0.001, 1.0 / (time.0 * frequency));
        let (first, highs) = (frequency * step, (HIGH.0 * step).min(2.5));
        let wanted = kept(high) / kept(low);
        let pole = if wanted >= 1.0 || highs <= first {
            0.0
        } else {
            bisect(|pole| lowpass(pole, highs) / lowpass(pole, first) - wanted)
        };
        Self {
            gain: (kept(low) / lowpass(pole, first)).min(1.0),
            pole,
        }
    }

    /// The phase delay at `angle` radians a frame, in frames.
    fn delay(&self, angle: f64) -> f64 {
        let (sine, cosine) = libm::sincos(angle);
        libm::atan2(self.pole * sine, 1.0 - self.pole * cosine) / angle
    }
}

/// The gain of the low pass `(1 - p) / (1 - p z^-1)` at an angle.
fn lowpass(pole: f64, angle: f64) -> f64 {
    let cosine = libm::cos(angle);
    (1.0 - pole) / libm::sqrt(1.0 - 2.0 * pole * cosine + pole * pole)
}

/// Where a falling function of the pole crosses zero.
fn bisect(function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 0.999);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if function(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// A string. Remembers its line, where it is read, and the low pass.
#[derive(Clone, Debug)]
pub struct String {
    loss: Loss,
    line: Vec<f32>,
    /// Where the next sample is written.
    place: usize,
    lowpass: f32,
    /// What is plucked when the first frequency is known.
    shape: Option<std::sync::Arc<Wavetable>>,
}

impl String {
    pub(super) fn new(pluck: &Pluck, struck: Struck, rate: SampleRate) -> Self {
        let frequency = struck.fundamental.0;
        let factor = libm::exp2(-pluck.decay_key * struck.key.octaves());
        let (low, high) = (pluck.decay.0 * factor, pluck.high_decay.0 * factor);
        Self {
            loss: Loss::new(frequency, Seconds(low), Seconds(high.min(low)), rate),
            line: Vec::new(),
            place: 0,
            lowpass: 0.0,
            shape: Some(pluck.wavetables.get(&pluck.spectrum, struck)),
        }
    }

    /// Fills `output`.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        if ramp.from == 0 || ramp.highest() >= NYQUIST {
            return output.fill(0.0);
        }
        if let Some(shape) = self.shape.take() {
            self.pluck(&shape, ramp);
        }
        let (from, to) = (self.delay(ramp.from), self.delay(ramp.to));
        if from == to {
            let (whole, weights) = read_at(from);
            for sample in output {
                *sample = self.tick(whole, &weights);
            }
        } else {
            let step = (to - from) / output.len() as f64;
            for (frame, sample) in output.iter_mut().enumerate() {
                let (whole, weights) = read_at(from + step * frame as f64);
                *sample = self.tick(whole, &weights);
            }
        }
    }

    /// The frames that the line has to delay for a period in all.
    fn delay(&self, increment: u32) -> f64 {
        let cycles = f64::from(increment) / 4_294_967_296.0;
        let delay = 1.0 / cycles - self.loss.delay(std::f64::consts::TAU * cycles);
        delay.clamp(BEFORE + 1.0, (self.line.len().max(8) - TAPS) as f64)
    }

    /// Fills the line with the last two periods of the string's shape.
    fn pluck(&mut self, shape: &Wavetable, ramp: Ramp) {
        let period = NYQUIST / ramp.from.max(1) * 2 + 2;
        // Room for a bend of an octave downwards.
        let length = (2 * period as usize + 2 * TAPS).next_power_of_two();
        self.line = vec![0.0; length];
        if let Some(level) = level(ramp.from) {
            let back = (length as u32).wrapping_mul(ramp.from);
            let steady = Ramp {
                from: ramp.from,
                to: ramp.from,
            };
            let phases = Phases::new(0u32.wrapping_sub(back), steady, length);
            shape.cycle(level).render(phases, &mut self.line);
        }
        self.lowpass = self.line[length - 1];
    }

    #[inline(always)]
    fn tick(&mut self, whole: usize, weights: &[f32; TAPS]) -> f32 {
        let mask = self.line.len() - 1;
        let newest = self.place + self.line.len() - whole + BEFORE as usize;
        let mut value = 0.0;
        for (tap, weight) in weights.iter().enumerate() {
            value += weight * self.line[(newest - tap) & mask];
        }
        let gain = (self.loss.gain * (1.0 - self.loss.pole)) as f32;
        self.lowpass = gain * value + self.loss.pole as f32 * self.lowpass;
        self.line[self.place] = self.lowpass;
        self.place = (self.place + 1) & mask;
        self.lowpass
    }
}

/// The whole frames of a delay, and the weights of the samples around it: Lagrange's polynomial of the fifth degree
/// (T. I. Laakso et al., "Splitting the Unit Delay", IEEE Signal Processing Magazine 13, 1996).
fn read_at(delay: f64) -> (usize, [f32; TAPS]) {
    let whole = libm::floor(delay);
    let place = delay - whole + BEFORE;
    let weight = |tap: usize| {
        let others = (0..TAPS).filter(|other| *other != tap);
        let factors = others.map(|other| (place - other as f64) / (tap as f64 - other as f64));
        factors.product::<f64>() as f32
    };
    (whole as usize, std::array::from_fn(weight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::spectrum::Spectrum;
    use crate::preset::wavetables::Wavetables;
    use crate::units::{Decibels, Key, Velocity};
    use crate::voice::pitch;

    #[test]
    fn losses_take_both_frequencies_down_in_their_times() {
        let rate = SampleRate::default();
        let loss = Loss::new(110.0, Seconds(6.0), Seconds(0.5), rate);
        let time = |hertz: f64| {
            let angle = std::f64::consts::TAU * hertz / 44_100.0;
            // Periods of 110 Hz until 60 dB are gone.
            libm::log(0.001) / libm::log(loss.gain * lowpass(loss.pole, angle)) / 110.0
        };
        assert!((time(110.0) - 6.0).abs() < 0.01, "{}", time(110.0));
        assert!((time(4000.0) - 0.5).abs() < 0.01, "{}", time(4000.0));
    }

    #[test]
    fn reading_between_samples_hits_every_sample_and_adds_up_to_one() {
        for delay in [10.0, 10.25, 10.5, 10.999] {
            let (whole, weights) = read_at(delay);
            assert_eq!(whole, 10);
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        assert_eq!(read_at(10.0).1, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    }

    fn string(key: u8) -> (String, Hertz) {
        let key = Key::new(key);
        let pluck = Pluck {
            spectrum: Spectrum {
                slope: Decibels(-6.0),
                ..Spectrum::default()
            },
            wavetables: Wavetables::default(),
            decay: Seconds(8.0),
            high_decay: Seconds(2.0),
            decay_key: 0.3,
        };
        let struck = Struck {
            fundamental: key.frequency(),
            key,
            velocity: Velocity::new(100),
        };
        let string = String::new(&pluck, struck, SampleRate::default());
        (string, key.frequency())
    }

    /// The phase of the partial at `hertz` over half a second from `start` on, in cycles.
    fn phase(samples: &[f32], start: usize, hertz: f64) -> f64 {
        let count = 22_050;
        let (mut re, mut im) = (0.0, 0.0);
        for frame in 0..count {
            let window = 1.0 - libm::cos(std::f64::consts::TAU * frame as f64 / count as f64);
            let angle = std::f64::consts::TAU * hertz * (start + frame) as f64 / 44_100.0;
            let (sine, cosine) = libm::sincos(angle);
            let sample = f64::from(samples[start + frame]) * window;
            re += sample * cosine;
            im -= sample * sine;
        }
        libm::atan2(im, re) / std::f64::consts::TAU
    }

    #[test]
    fn every_key_of_a_piano_is_in_tune_to_a_tenth_of_a_cent() {
        for key in (21..=108).step_by(3) {
            let (mut string, Hertz(hertz)) = string(key);
            let increment = pitch::increment(f64::from(key) * 100.0, SampleRate::default());
            let ramp = Ramp {
                from: increment,
                to: increment,
            };
            let mut samples = vec![0.0; 44_096];
            string.render(ramp, &mut samples);
            let (start, later) = (2000, 20_000);
            let turned = phase(&samples, later, hertz) - phase(&samples, start, hertz);
            let turned = turned - libm::round(turned);
            let error = turned * 44_100.0 / (later - start) as f64;
            let cents = 1200.0 * libm::log2(1.0 + error / hertz);
            assert!(cents.abs() < 0.1, "key {key}: {cents} cents");
        }
    }
}
