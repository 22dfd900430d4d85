//! Noise without a generator's memory: each sample is a hash of its place, so any part can be rendered alone.

use super::simd::vectorised;
use crate::units::SampleRate;

/// The white noise sample at `place` of the sequence `seed`: uniform in -1.0..1.0, power 1/3.
#[must_use]
#[inline(always)]
pub fn white(seed: u32, place: u32) -> f32 {
    hash(seed, place) as i32 as f32 * (1.0 / 2_147_483_648.0)
}

/// A number at random, the same for the same seed and place: the finaliser of MurmurHash3 (Appleby, 2011) over the place,
/// started from the seed.
#[must_use]
#[inline(always)]
pub fn hash(seed: u32, place: u32) -> u32 {
    let mut hash = place.wrapping_mul(0x9E37_79B9) ^ seed;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85EB_CA6B);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xC2B2_AE35);
    hash ^ hash >> 16
}

/// The blue noise sample at `place` of the sequence `seed`: the difference of white noise, which rises by 6 dB per octave,
/// power 1/3.
#[must_use]
#[inline(always)]
pub fn blue(seed: u32, place: u32) -> f32 {
    (white(seed, place) - white(seed, place.wrapping_sub(1))) * std::f32::consts::FRAC_1_SQRT_2
}

vectorised! {
    /// Fills `output` with [`white`] noise from `place` on.
    pub fn fill_white(seed: u32, place: u32, output: &mut [f32]) {
        for (offset, sample) in output.iter_mut().enumerate() {
            *sample = white(seed, place.wrapping_add(offset as u32));
        }
    }
}

vectorised! {
    /// Fills `output` with [`blue`] noise from `place` on.
    pub fn fill_blue(seed: u32, place: u32, output: &mut [f32]) {
        for (offset, sample) in output.iter_mut().enumerate() {
            *sample = blue(seed, place.wrapping_add(offset as u32));
        }
    }
}

/// The length of a stretch of noise that goes around and around: 3 s at 44.1 kHz. As often as it repeats, no beat is heard.
pub const PERIOD: usize = 1 << 17;

/// The length of a part of it, which can be made without the others.
pub const PART: usize = PERIOD / 8;

/// A part of a stretch of noise as a filter gives it that goes around and around the same white noise: each part goes on where
/// the one before ends, and the first one behind the last. It takes 0.2 ms.
///
/// `filter`: white noise to coloured, at rest. What it remembers must be too soft to matter after an eighth of a second.
#[must_use]
pub fn part(rate: SampleRate, index: usize, mut filter: impl FnMut(f32) -> f32) -> Box<[f32]> {
    const SEED: u32 = 0x9A7C_0101;
    let ahead = rate.hz() as usize / 8;
    let mut place = index * PART + PERIOD - ahead;
    let mut next = || {
        let coloured = filter(white(SEED, (place % PERIOD) as u32));
        place += 1;
        coloured
    };
    for _ in 0..ahead {
        next();
    }
    (0..PART).map(|_| next()).collect()
}

/// White noise to brown: 6 dB less per octave above 20 Hz.
///
/// Input: white noise. Output: brown noise of the same power. Remembers one value.
#[derive(Clone, Debug)]
pub struct Brown {
    pole: f32,
    gain: f32,
    memory: f32,
}

impl Brown {
    /// A filter at rest.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        let pole = libm::exp(-std::f64::consts::TAU * 20.0 / f64::from(rate.hz()));
        Self {
            pole: pole as f32,
            // The energy of the response is 1 / (1 - pole^2).
            gain: libm::sqrt(1.0 - pole * pole) as f32,
            memory: 0.0,
        }
    }

    /// The next sample.
    #[must_use]
    #[inline]
    pub fn process(&mut self, white: f32) -> f32 {
        self.memory = white * self.gain + self.pole * self.memory;
        self.memory
    }
}

/// The number of first-order sections of [`Pink`].
const SECTIONS: usize = 6;

/// White noise to pink: 3 dB less per octave, within 0.5 dB from 20 Hz to a third of the sample rate.
///
/// Input: white noise. Output: pink noise of about the same power. Remembers one value a section. A ladder of poles two
/// octaves apart, each followed by a zero one octave higher, falls by 3 dB per octave on average.
#[derive(Clone, Debug)]
pub struct Pink {
    poles: [f32; SECTIONS],
    zeros: [f32; SECTIONS],
    memory: [f32; SECTIONS],
    gain: f32,
}

impl Pink {
    /// A filter at rest.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        let root = |hertz: f64| {
            let hertz = hertz.min(f64::from(rate.hz()) * 0.49);
            libm::exp(-std::f64::consts::TAU * hertz / f64::from(rate.hz()))
        };
        let mut pink = Self {
            poles: [0.0; SECTIONS],
            zeros: [0.0; SECTIONS],
            memory: [0.0; SECTIONS],
            gain: 1.0,
        };
        for section in 0..SECTIONS {
            let pole = 10.0 * f64::from(1u32 << (2 * section));
            pink.poles[section] = root(pole) as f32;
            pink.zeros[section] = root(2.0 * pole) as f32;
        }
        pink.gain = pink.level();
        pink
    }

    /// The next sample.
    #[must_use]
    #[inline]
    pub fn process(&mut self, white: f32) -> f32 {
        let mut signal = white * self.gain;
        for (section, memory) in self.memory.iter_mut().enumerate() {
            let state = signal + self.poles[section] * *memory;
            signal = state - self.zeros[section] * *memory;
            *memory = state;
        }
        signal
    }

    /// The gain that gives back the power of white noise: one over the root of the response's energy.
    fn level(&self) -> f32 {
        let mut filter = Self {
            gain: 1.0,
            ..self.clone()
        };
        let energy: f64 = (0..20_000)
            .map(|frame| filter.process(if frame == 0 { 1.0 } else { 0.0 }))
            .map(f64::from)
            .map(|sample| sample * sample)
            .sum();
        (1.0 / libm::sqrt(energy)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_noise_is_uniform_and_uncorrelated() {
        let count = 100_000;
        let noise: Vec<f64> = (0..count).map(|place| f64::from(white(7, place))).collect();
        let mean = noise.iter().sum::<f64>() / f64::from(count);
        let power = noise.iter().map(|x| x * x).sum::<f64>() / f64::from(count);
        let neighbour =
            noise.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / f64::from(count);
        assert!(mean.abs() < 0.01 && (power - 1.0 / 3.0).abs() < 0.01 && neighbour.abs() < 0.01);
    }

    #[test]
    fn pink_noise_falls_three_decibels_an_octave() {
        let rate = SampleRate::default();
        // The response at a frequency, from the impulse response.
        let mut pink = Pink::new(rate);
        let response: Vec<f32> = (0..65_536)
            .map(|n| pink.process(if n == 0 { 1.0 } else { 0.0 }))
            .collect();
        let level = |hertz: f64| {
            let step = std::f64::consts::TAU * hertz / 44_100.0;
            let (mut re, mut im) = (0.0, 0.0);
            for (n, sample) in response.iter().enumerate() {
                let (sine, cosine) = libm::sincos(step * n as f64);
                re += f64::from(*sample) * cosine;
                im += f64::from(*sample) * sine;
            }
            10.0 * libm::log10(re * re + im * im)
        };
        for octave in 0..9 {
            let hertz = 25.0 * f64::from(1 << octave);
            let step = level(hertz) - level(2.0 * hertz);
            assert!((step - 3.01).abs() < 0.6, "{hertz} Hz: {step} dB");
        }
    }

    #[test]
    fn each_part_goes_on_where_the_one_before_ends() {
        for rate in [8_000, 44_100, 192_000].map(|hz| SampleRate::new(hz).unwrap()) {
            let (pink, brown) = (Pink::new(rate), Brown::new(rate));
            check_joins(|index| {
                let mut pink = pink.clone();
                part(rate, index, |white| pink.process(white))
            });
            check_joins(|index| {
                let mut brown = brown.clone();
                part(rate, index, |white| brown.process(white))
            });
        }
    }

    /// The parts meet as neighbours do elsewhere: the difference at a joint is not out of the ordinary.
    fn check_joins(part: impl FnMut(usize) -> Box<[f32]>) {
        let samples = (0..PERIOD / PART).map(part).collect::<Vec<_>>().concat();
        assert_eq!(samples.len(), PERIOD);
        let step = |place: usize| samples[place] - samples[(place + PERIOD - 1) % PERIOD];
        let inside = (0..PERIOD).filter(|place| place % PART != 0);
        let worst = inside.map(|place| step(place).abs()).fold(0.0, f32::max);
        for joint in (0..PERIOD).step_by(PART) {
            assert!(step(joint).abs() <= worst);
        }
    }

    #[test]
    fn brown_and_blue_noise_are_as_strong_as_white() {
        let mut brown = Brown::new(SampleRate::default());
        let power = |noise: &mut dyn FnMut(u32) -> f32| {
            (0..400_000).map(&mut *noise).map(|x| x * x).sum::<f32>() / 400_000.0
        };
        let brown = power(&mut |place| brown.process(white(3, place)));
        let blue = power(&mut |place| blue(3, place));
        assert!((brown * 3.0 - 1.0).abs() < 0.15, "{brown}");
        assert!((blue * 3.0 - 1.0).abs() < 0.02, "{blue}");
    }

    #[test]
    fn pink_noise_is_as_strong_as_white() {
        let mut pink = Pink::new(SampleRate::default());
        let power: f32 = (0..200_000)
            .map(|n| pink.process(white(3, n)))
            .map(|x| x * x)
            .sum::<f32>()
            / 200_000.0;
        assert!((power * 3.0 - 1.0).abs() < 0.15, "{power}");
    }
}
