//! What a tolerance ought to catch: a recording that was disturbed a little, in ways in which renderers go wrong.

use realfft::RealFftPlanner;

use super::audio_source::Memory;

/// A way to disturb a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Everything a tenth of a decibel softer.
    Gain,
    /// One sample a hundredth of full scale off.
    Sample,
    /// The strongest partial and its harmonics missing for a quarter of a second.
    Note,
    /// Everything a millisecond later.
    Shift,
    /// White noise at -70 dBFS.
    Noise,
    /// A low-pass of one pole at 8 kHz.
    LowPass,
    /// Left and right exchanged.
    Exchange,
}

impl Disturbance {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Gain,
        Self::Sample,
        Self::Note,
        Self::Shift,
        Self::Noise,
        Self::LowPass,
        Self::Exchange,
    ];

    /// What it is, in some words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gain => "gain of -0.1 dB",
            Self::Sample => "one sample off by 0.01",
            Self::Note => "a note missing for 250 ms",
            Self::Shift => "1 ms later",
            Self::Noise => "noise at -70 dBFS",
            Self::LowPass => "low-pass at 8 kHz",
            Self::Exchange => "left and right exchanged",
        }
    }

    /// The disturbed recording; `None` where that changes nothing, as when both channels of a recording are equal.
    #[must_use]
    pub fn apply(self, recording: &Memory) -> Option<Memory> {
        let mut disturbed = recording.clone();
        match self {
            Self::Gain => each(&mut disturbed, |x| x * 0.988_553),
            Self::Sample => sample(&mut disturbed),
            Self::Note => note(&mut disturbed),
            Self::Shift => shift(&mut disturbed),
            Self::Noise => noise(&mut disturbed),
            Self::LowPass => low_pass(&mut disturbed),
            Self::Exchange => disturbed.planes.reverse(),
        }
        (disturbed != *recording).then_some(disturbed)
    }
}

fn each(recording: &mut Memory, change: impl Fn(f64) -> f64) {
    for sample in recording.planes.iter_mut().flatten() {
        *sample = change(*sample);
    }
}

/// The sample in the middle of the first channel.
fn sample(recording: &mut Memory) {
    let plane = recording.planes.first_mut();
    if let Some(sample) = plane.and_then(|plane| {
        let middle = plane.len() / 2;
        plane.get_mut(middle)
    }) {
        *sample += if *sample > 0.0 { -0.01 } else { 0.01 };
    }
}

fn shift(recording: &mut Memory) {
    let frames = (recording.rate / 1000).max(1) as usize;
    for plane in &mut recording.planes {
        let length = plane.len();
        plane.splice(0..0, std::iter::repeat_n(0.0, frames));
        plane.truncate(length);
    }
}

/// Uniform noise of this level from a linear congruential generator (Knuth's MMIX), so that it is the same every time.
fn noise(recording: &mut Memory) {
    const AMPLITUDE: f64 = 3.162e-4 * 1.732;
    let mut state = 1u64;
    for sample in recording.planes.iter_mut().flatten() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        *sample += AMPLITUDE * ((state >> 32) as f64 / 2_147_483_648.0 - 1.0);
    }
}

fn low_pass(recording: &mut Memory) {
    let keep = libm::exp(-std::f64::consts::TAU * 8000.0 / f64::from(recording.rate));
    for plane in &mut recording.planes {
        let mut state = 0.0;
        for sample in plane {
            state = *sample + keep * (state - *sample);
            *sample = state;
        }
    }
}

/// Takes out the strongest partial of the loudest quarter of a second, and its harmonics, fading in and out.
fn note(recording: &mut Memory) {
    let length = (recording.rate / 4) as usize & !1;
    let Some(start) = loudest(recording, length) else {
        return;
    };
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(length),
        planner.plan_fft_inverse(length),
    );
    for plane in &mut recording.planes {
        let part = &mut plane[start..start + length];
        let (mut input, mut bins) = (part.to_vec(), forward.make_output_vec());
        // They fail only for other lengths.
        let _ = forward.process(&mut input, &mut bins);
        let powers: Vec<f64> = bins.iter().map(|bin| bin.norm_sqr()).collect();
        let strongest = (5..powers.len()).max_by(|a, b| powers[*a].total_cmp(&powers[*b]));
        let strongest = strongest.unwrap_or(5) as f64;
        for (index, bin) in bins.iter_mut().enumerate() {
            let harmonic = (index as f64 / strongest).round().max(1.0);
            if (index as f64 - harmonic * strongest).abs() <= (0.02 * index as f64).max(3.0) {
                *bin *= 0.0;
            }
        }
        let last = bins.len() - 1;
        (bins[0].im, bins[last].im) = (0.0, 0.0);
        let _ = inverse.process(&mut bins, &mut input);
        fade(part, &input);
    }
}

/// From one signal over to the other, scaled by its length, and back.
fn fade(part: &mut [f64], without: &[f64]) {
    let length = part.len() as f64;
    for (index, (sample, without)) in part.iter_mut().zip(without).enumerate() {
        let share = 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * index as f64 / length);
        *sample += libm::sqrt(share) * (without / length - *sample);
    }
}

/// The first frame of the loudest run of so many frames.
fn loudest(recording: &Memory, length: usize) -> Option<usize> {
    let energy = |start: usize| -> f64 {
        let planes = recording.planes.iter();
        planes
            .flat_map(|plane| &plane[start..start + length])
            .map(|x| x * x)
            .sum()
    };
    let frames = recording.planes.first()?.len();
    let starts = (0..frames.checked_sub(length)? + 1).step_by(length.max(1));
    starts.max_by(|a, b| energy(*a).total_cmp(&energy(*b)))
}
