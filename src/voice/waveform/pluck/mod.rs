//! A plucked string: a delay line as long as a period that hears itself through the losses of the string.
//!
//! D. A. Jaffe and J. O. Smith, "Extensions of the Karplus-Strong Plucked-String Algorithm", Computer Music Journal 7,
//! 1983; as one loop after M. Karjalainen, V. Välimäki and T. Tolonen, "Plucked-String Models", Computer Music Journal 22,
//! 1998. The line starts with the shape that the pluck gives the string, from the spectrum of the preset.

mod line;
mod loss;
mod reading;

use std::sync::Arc;

use self::line::StringLine;
use self::loss::Loss;
use self::reading::{BEFORE, Reading, WIDE};
use crate::dsp::phase::{Increment, NYQUIST, Phases, Ramp};
use crate::dsp::wavetable::{Wavetable, level};
use crate::sound::{Pluck, StruckPluck};
use crate::units::{Hertz, SampleRate};

/// The lowest frequency of a string: that of the lowest key, bent down by a fourth. What is tuned lower sounds at this
/// one, so that no tuning decides how long a line is: at most 2^16 frames, at 192 kHz.
const LOWEST: Hertz = Hertz(6.0);

/// A string. Remembers its line, and where it was read last.
#[derive(Clone, Debug)]
pub struct String {
    loss: Loss,
    line: StringLine,
    /// [`LOWEST`] at this rate.
    lowest: Increment,
    /// A frequency, and its delay: a run begins with that of the last, and most stay with it.
    delay: (Increment, f64),
    /// What is plucked when the first frequency is known.
    shape: Option<Arc<Wavetable>>,
}

impl String {
    pub(super) fn new(pluck: &Pluck, struck: &StruckPluck, rate: SampleRate) -> Self {
        let frequency = struck.fundamental.0;
        Self {
            loss: Loss::new(frequency, struck.decay, struck.high_decay, rate),
            line: StringLine::default(),
            lowest: lowest(rate),
            delay: (0, 0.0),
            shape: Some(pluck.wavetables.get(&pluck.spectrum, struck.spectrum)),
        }
    }

    /// Fills `output`, a whole number of steps long and at most a chunk.
    pub(super) fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        if ramp.highest() >= NYQUIST {
            return output.fill(0.0);
        }
        let ramp = Ramp {
            from: ramp.from.max(self.lowest),
            to: ramp.to.max(self.lowest),
        };
        if let Some(shape) = self.shape.take() {
            self.pluck(&shape, ramp);
        }
        let (from, to) = (self.delay(ramp.from), self.delay(ramp.to));
        let reading = Reading::new(from, to, output.len());
        self.line.go_on(&reading, &self.loss, output);
    }

    /// The frames that the line has to delay for a period in all.
    fn delay(&mut self, increment: Increment) -> f64 {
        if self.delay.0 != increment {
            let cycles = f64::from(increment) / 4_294_967_296.0;
            let delay = 1.0 / cycles - self.loss.delay(std::f64::consts::TAU * cycles);
            let (shortest, longest) = (BEFORE + 1, self.line.longest());
            self.delay = (increment, delay.clamp(shortest as f64, longest as f64));
        }
        self.delay.1
    }

    /// The bytes of its line.
    pub(super) fn memory(&self) -> usize {
        self.line.memory()
    }

    /// Fills the line with the last two periods of the string's shape.
    fn pluck(&mut self, shape: &Arc<Wavetable>, ramp: Ramp) {
        let length = room(ramp.from);
        self.line = StringLine::new(length, |line| {
            if let Some(level) = level(ramp.from) {
                let back = (length as u32).wrapping_mul(ramp.from);
                let steady = Ramp {
                    from: ramp.from,
                    to: ramp.from,
                };
                let phases = Phases::new(0u32.wrapping_sub(back), steady, length);
                shape.cycle(level).render(phases, line);
            }
        });
    }
}

/// [`LOWEST`] at a rate.
fn lowest(rate: SampleRate) -> Increment {
    (LOWEST.0 * rate.frame().0 * 4_294_967_296.0) as Increment
}

/// The bytes of the line of a string that begins at a frequency.
pub(super) fn expected_memory(from: Increment, rate: SampleRate) -> usize {
    StringLine::bytes(room(from.max(lowest(rate))))
}

/// How many samples a line remembers that begins with a frequency.
fn room(from: Increment) -> usize {
    let period = NYQUIST / from.max(1) * 2 + 2;
    // Room for a bend of an octave downwards.
    (2 * period as usize + 2 * WIDE).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::spectrum::{Spectrum, Strike};
    use crate::sound::wavetables::Wavetables;
    use crate::units::{Decibels, Hertz, Key, Seconds, Velocity};
    use crate::voice::grid::CHUNK;
    use crate::voice::pitch;

    fn string(key: u8, rate: SampleRate) -> (String, Hertz) {
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
        let strike = Strike {
            fundamental: key.frequency(),
            key,
            velocity: Velocity::new(100),
        };
        let string = String::new(&pluck, &pluck.strike(strike), rate);
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
    fn no_frequency_decides_how_long_a_line_is() {
        for hz in [8_000, 44_100, 96_000, 192_000] {
            let rate = SampleRate::new(hz).unwrap();
            for from in [0, 1, 2, 1_000, 100_000, 1 << 20, NYQUIST - 1, NYQUIST] {
                let mut string = string(36, rate).0;
                let mut samples = [0.0; CHUNK];
                for to in [from, 0, 1, NYQUIST - 1] {
                    string.render(Ramp { from, to }, &mut samples);
                    assert!(samples.iter().all(|sample| sample.is_finite()));
                }
                assert!(string.memory() <= 2 * (1 << 16) * size_of::<f32>());
                if from < NYQUIST {
                    assert_eq!(string.memory(), expected_memory(from, rate));
                }
            }
        }
    }

    #[test]
    fn what_is_tuned_lower_than_the_lowest_key_can_be_bent_sounds_at_the_lowest_frequency() {
        let rate = SampleRate::default();
        let lowest = lowest(rate);
        let heard = |from| {
            let mut samples = [0.0; CHUNK];
            string(0, rate)
                .0
                .render(Ramp { from, to: from }, &mut samples);
            samples
        };
        assert_eq!(heard(lowest / 100), heard(lowest));
        assert_ne!(heard(lowest * 2), heard(lowest));
        // A fourth below the lowest key is a frequency of its own.
        assert!(pitch::increment(-500.0, rate) > lowest);
    }

    #[test]
    fn every_key_of_a_piano_is_in_tune_to_a_tenth_of_a_cent() {
        for key in (21..=108).step_by(3) {
            let (mut string, Hertz(hertz)) = string(key, SampleRate::default());
            let increment = pitch::increment(f64::from(key) * 100.0, SampleRate::default());
            let ramp = Ramp {
                from: increment,
                to: increment,
            };
            let mut samples = vec![0.0; 44_096];
            for chunk in samples.chunks_mut(CHUNK) {
                string.render(ramp, chunk);
            }
            let (start, later) = (2000, 20_000);
            let turned = phase(&samples, later, hertz) - phase(&samples, start, hertz);
            let turned = turned - libm::round(turned);
            let error = turned * 44_100.0 / (later - start) as f64;
            let cents = 1200.0 * libm::log2(1.0 + error / hertz);
            assert!(cents.abs() < 0.1, "key {key}: {cents} cents");
        }
    }
}
