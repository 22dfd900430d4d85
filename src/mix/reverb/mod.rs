//! Reverb: early reflections, diffusion, and a feedback delay network of sixteen lines.
//!
//! The network is J.-M. Jot and A. Chaigne's ("Digital Delay Networks for Designing Artificial Reverberators", AES 90,
//! 1991): lines of prime lengths, each as absorbent as it is long, behind a Hadamard matrix, which is orthogonal, so that
//! nothing but the absorption takes energy. Some of its rows turn slowly, as in S. J. Schlecht and E. A. P. Habets,
//! "Time-Varying Feedback Matrices in Feedback Delay Networks and Their Application in Artificial Reverberation", JASA
//! 138, 2015: no mode stands still long enough to ring. Allpasses before it (M. R. Schroeder, "Natural Sounding Artificial
//! Reverberation", JAES 10, 1962; lengths near those of J. Dattorro, "Effect Design 1", JAES 45, 1997) make the first
//! echoes dense.
//!
//! All of it runs at the lowest half, quarter or eighth of the song's rate that is not below 22.05 kHz: a room swallows first
//! what is above 10 kHz, and at 44.1 kHz it takes a quarter less time so, the filters on the way included.

mod diffuser;
mod low_cut;
mod network;
mod room;
mod step;
mod turn;

use self::network::Network;
use self::step::STEP;
use crate::audio;
use crate::dsp::halfband::{self, Decimator, Interpolator};
use crate::dsp::simd::vectorised;
use crate::sound::effects::ReverbSetting;
use crate::units::SampleRate;

/// The lowest rate that the network is brought down to, in Hz.
const LOWEST_RATE: u32 = 22_050;

/// Input: mono, in runs of whole [`BLOCK`](audio::BLOCK)s (but the last). Output: stereo, added. State: the network, and
/// the filters of the way down to its rate and back.
#[derive(Clone, Debug)]
pub struct Reverb {
    resting: bool,
    network: Network,
    /// Each brings the rate down by half.
    decimators: Vec<Decimator>,
    /// And back up, on each side.
    interpolators: [Vec<Interpolator>; 2],
    /// What a step of the network is made of, and what becomes of it on each side, at the song's rate.
    runs: [Vec<f32>; 3],
}

impl Reverb {
    /// A silent room.
    #[must_use]
    pub fn new(setting: &ReverbSetting, rate: SampleRate) -> Self {
        let halvings = (rate.hz() / LOWEST_RATE).checked_ilog2().unwrap_or(0);
        let slow = SampleRate::new(rate.hz() >> halvings).unwrap_or(rate);
        let late = halfband::DELAY - (halfband::DELAY >> halvings);
        let longest = (0..halvings).map(|halving| STEP << (halvings - halving));
        let side: Vec<_> = longest.clone().rev().map(Interpolator::new).collect();
        Self {
            resting: true,
            network: Network::new(setting, slow, late),
            decimators: longest.map(Decimator::new).collect(),
            interpolators: [side.clone(), side],
            runs: std::array::from_fn(|_| vec![0.0; STEP << halvings]),
        }
    }

    /// Adds the reverberation of `send` to both sides; all are equally long.
    pub fn process(&mut self, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let silent = audio::peak(send) == 0.0;
        if self.resting && silent {
            let run = self.runs[0].len();
            return self.network.skip(send.len().div_ceil(run));
        }
        self.resting = false;
        run(self, send, left, right);
        if silent && self.network.is_silent() {
            self.rest();
        }
    }

    /// Forgets a tail that has become silent, so that silence costs nothing.
    fn rest(&mut self) {
        self.network.clear();
        self.decimators.iter_mut().for_each(Decimator::clear);
        let interpolators = self.interpolators.iter_mut().flatten();
        interpolators.for_each(Interpolator::clear);
        self.resting = true;
    }

    /// Takes in a step's worth of the song, and leaves what comes back in the runs of the sides.
    #[inline(always)]
    fn step(&mut self, send: &[f32]) {
        let [input, sides @ ..] = &mut self.runs;
        input[..send.len()].copy_from_slice(send);
        input[send.len()..].fill(0.0);
        let mut frames = input.len();
        for decimator in &mut self.decimators {
            decimator.process(&mut input[..frames]);
            frames /= 2;
        }
        let [left, right] = sides;
        if let (Some(input), Some(left), Some(right)) = (
            input.first_chunk_mut(),
            left.first_chunk_mut(),
            right.first_chunk_mut(),
        ) {
            self.network.step(input, [left, right]);
        }
        for (side, interpolators) in sides.iter_mut().zip(&mut self.interpolators) {
            let mut frames = STEP;
            for interpolator in interpolators {
                frames *= 2;
                interpolator.process(&mut side[..frames]);
            }
        }
    }
}

vectorised! {
    fn run(reverb: &mut Reverb, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let frames = reverb.runs[0].len();
        let sides = left.chunks_mut(frames).zip(right.chunks_mut(frames));
        for (send, (left, right)) in send.chunks(frames).zip(sides) {
            reverb.step(send);
            let [_, to_left, to_right] = &reverb.runs;
            add(left, to_left);
            add(right, to_right);
        }
    }
}

#[inline(always)]
fn add(sum: &mut [f32], samples: &[f32]) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += sample;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::BLOCK;
    use crate::dsp::noise;
    use crate::sound::effects::ReverbKind;
    use crate::units::Seconds;

    const KINDS: [ReverbKind; 3] = [
        ReverbKind::SmallRoom,
        ReverbKind::LargeHall,
        ReverbKind::Plate,
    ];

    fn rate(hz: u32) -> SampleRate {
        SampleRate::new(hz).unwrap()
    }

    /// What a room answers to `input`, for so many seconds.
    fn answer(setting: &ReverbSetting, hz: u32, input: &[f32], seconds: f64) -> [Vec<f32>; 2] {
        let frames = Seconds(seconds).to_frames(rate(hz)) as usize;
        let frames = frames.max(input.len()).next_multiple_of(BLOCK);
        let mut send = input.to_vec();
        send.resize(frames, 0.0);
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let mut reverb = Reverb::new(setting, rate(hz));
        let blocks = left.chunks_mut(BLOCK).zip(right.chunks_mut(BLOCK));
        for (send, (left, right)) in send.chunks(BLOCK).zip(blocks) {
            reverb.process(send, left, right);
        }
        [left, right]
    }

    /// A band of an octave around a frequency: two resonances of the second order.
    fn octave(samples: &[f32], centre: f64, hz: u32) -> Vec<f64> {
        let w = std::f64::consts::TAU * centre / f64::from(hz);
        let alpha = libm::sin(w) * libm::sinh(std::f64::consts::LN_2 / 2.0 * w / libm::sin(w));
        let (a0, a1, a2) = (1.0 + alpha, -2.0 * libm::cos(w), 1.0 - alpha);
        let mut signal: Vec<f64> = samples.iter().map(|s| f64::from(*s)).collect();
        for _ in 0..2 {
            let (mut x, mut y) = ([0.0; 2], [0.0; 2]);
            for sample in &mut signal {
                let output = (alpha * (*sample - x[1]) - a1 * y[0] - a2 * y[1]) / a0;
                (x, y) = ([*sample, x[0]], [output, y[0]]);
                *sample = output;
            }
        }
        signal
    }

    /// Reverberation time by backward integration (M. R. Schroeder, JASA 37, 1965), from -5 to -35 dB.
    fn reverberation_time(signal: &[f64], hz: u32) -> f64 {
        let mut left: Vec<f64> = signal
            .iter()
            .rev()
            .scan(0.0, |sum, s| {
                *sum += s * s;
                Some(*sum)
            })
            .collect();
        left.reverse();
        let below = |level: f64| {
            let energy = left[0] * libm::pow(10.0, level / 10.0);
            left.iter().position(|e| *e < energy).unwrap() as f64
        };
        2.0 * (below(-35.0) - below(-5.0)) / f64::from(hz)
    }

    fn energy(samples: &[f32]) -> f64 {
        samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum()
    }

    #[test]
    fn the_reverberation_time_is_the_one_that_is_set_in_every_octave_up_to_1_khz() {
        for (hz, seconds) in [
            (8_000, 1.8),
            (44_100, 0.8),
            (44_100, 1.8),
            (44_100, 5.0),
            (96_000, 1.8),
        ] {
            for kind in KINDS {
                let mut setting = ReverbSetting::new(kind);
                setting.time = Seconds(seconds);
                let [left, right] = answer(&setting, hz, &[1.0], seconds * 1.5);
                for centre in [125.0, 250.0, 500.0, 1_000.0] {
                    let times = [&left, &right]
                        .map(|side| reverberation_time(&octave(side, centre, hz), hz));
                    let mean = (times[0] + times[1]) / 2.0;
                    assert!(
                        (mean / seconds - 1.0).abs() < 0.1,
                        "{kind:?} at {hz} Hz, {centre} Hz: {mean} s of {seconds}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_treble_dies_away_sooner() {
        for hz in [44_100, 96_000] {
            let setting = ReverbSetting::default();
            let [left, _] = answer(&setting, hz, &[1.0], 3.0);
            let time = |centre| reverberation_time(&octave(&left, centre, hz), hz);
            let (middle, treble) = (time(1_000.0), time(8_000.0));
            assert!(
                treble < 0.65 * middle && treble > 0.3 * middle,
                "{treble} s, {middle} s"
            );
        }
    }

    #[test]
    fn echoes_are_dense_after_a_tenth_of_a_second() {
        // A Gaussian has 31.7 % outside one standard deviation (J. S. Abel and P. Huang, AES 121, 2006).
        for kind in KINDS {
            let [left, _] = answer(&ReverbSetting::new(kind), 44_100, &[1.0], 0.5);
            let window = &left[6_615..8_820];
            let deviation = libm::sqrt(energy(window) / window.len() as f64) as f32;
            let outside = window.iter().filter(|s| s.abs() > deviation).count();
            let density = outside as f64 / window.len() as f64 / 0.317;
            assert!(density > 0.85, "{kind:?}: {density}");
        }
    }

    #[test]
    fn the_sides_of_the_tail_have_nothing_in_common_and_are_equally_loud() {
        for kind in KINDS {
            let [left, right] = answer(&ReverbSetting::new(kind), 44_100, &[1.0], 1.5);
            let (left, right) = (&left[4_410..], &right[4_410..]);
            let product: f64 = left
                .iter()
                .zip(right)
                .map(|(l, r)| f64::from(*l) * f64::from(*r))
                .sum();
            let correlation = product / libm::sqrt(energy(left) * energy(right));
            assert!(correlation.abs() < 0.1, "{kind:?}: {correlation}");
            let balance = 10.0 * libm::log10(energy(left) / energy(right));
            assert!(balance.abs() < 1.0, "{kind:?}: {balance} dB");
        }
    }

    #[test]
    fn rooms_are_equally_loud_at_every_rate_and_time() {
        // Steps at 4 kHz: what is measured is the middle, not the treble, which is absorbed.
        let noise = |hz: u32| -> Vec<f32> {
            let step = |frame: u32| frame / (hz / 4_000);
            (1..6 * hz)
                .map(|frame| noise::white(1, step(frame)))
                .collect()
        };
        let level = |kind, hz, seconds| {
            let mut setting = ReverbSetting::new(kind);
            setting.time = Seconds(seconds);
            let [left, _] = answer(&setting, hz, &noise(hz), 0.0);
            10.0 * libm::log10(energy(&left) / energy(&noise(hz)))
        };
        let expected = level(ReverbKind::LargeHall, 48_000, 1.0);
        for kind in KINDS {
            for (hz, seconds) in [(16_000, 1.0), (48_000, 0.5), (96_000, 1.0)] {
                let off = level(kind, hz, seconds) - expected;
                // White noise at a high rate is mostly treble, which is absorbed.
                assert!(
                    off.abs() < 4.5,
                    "{kind:?} at {hz} Hz, {seconds} s: {off} dB"
                );
            }
        }
    }

    #[test]
    fn a_constant_input_leaves_nothing() {
        let [left, right] = answer(&ReverbSetting::default(), 44_100, &[1.0; 1 << 18], 0.0);
        let last = |side: &[f32]| audio::peak(&side[side.len() - 1_000..]);
        assert!(last(&left).max(last(&right)) < 1e-3);
    }

    #[test]
    fn the_tail_ends_in_silence_and_the_room_rests() {
        // At most 200 dB at 60 dB in 1.1 s; with and without another rate for the network.
        for (hz, expected) in [(8_000, 6..=10), (44_100, 30..=44)] {
            let mut reverb = Reverb::new(&ReverbSetting::new(ReverbKind::SmallRoom), rate(hz));
            let (mut send, mut left, mut right) =
                (vec![0.0; BLOCK], vec![0.0; BLOCK], vec![0.0; BLOCK]);
            send[0] = 1.0;
            let mut blocks = 0;
            while blocks == 0 || !reverb.resting {
                left.fill(0.0);
                right.fill(0.0);
                reverb.process(&send, &mut left, &mut right);
                assert!(
                    left.iter().all(|s| *s == 0.0 || s.is_normal()),
                    "{hz} Hz, block {blocks}"
                );
                send[0] = 0.0;
                blocks += 1;
            }
            assert!(expected.contains(&blocks), "{hz} Hz: {blocks}");
            left.fill(0.0);
            reverb.process(&send, &mut left, &mut right);
            assert_eq!(audio::peak(&left), 0.0);
        }
    }
}
