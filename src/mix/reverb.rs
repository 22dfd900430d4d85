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
//! Every line is longer than a step, so a step of all lines is read, mixed and written as whole vectors; the allpasses are
//! shorter, and take a step in parts.

use super::room::{Absorption, LINES, Room, next_prime, spacing};
use crate::audio;
use crate::dsp::delay::DelayLine;
use crate::dsp::phase::LANES;
use crate::dsp::simd::vectorised;
use crate::dsp::sine::sine;
use crate::plan::ReverbSetting;
use crate::units::{Hertz, SampleRate, Seconds};

/// Frames that all lines read before any of them writes: the shortest line of the smallest room has 137 at the lowest
/// rate, 8 kHz.
const STEP: usize = 128;

/// Frames that an allpass reads before it writes: the shortest has 41 at the lowest rate.
const PART: usize = 32;

/// One step of a signal.
type Step = [f32; STEP];

/// What a send of 1 brings back, beside the input, of steady noise; as loud as FluidSynth 2's default reverb.
const RETURN: f64 = 0.44;

/// Below this nothing goes in: rumble and offsets only make a room sound dull.
const LOW_CUT: Hertz = Hertz(40.0);

/// Delay and gain of the allpasses.
const DIFFUSERS: [(Seconds, f32); 4] = [
    (Seconds(0.0048), 0.7),
    (Seconds(0.0067), 0.7),
    (Seconds(0.0093), 0.6),
    (Seconds(0.0127), 0.6),
];

/// Delays of the early reflections of a room of size 1, left and right, in milliseconds.
const REFLECTIONS: [[f64; 4]; 2] = [[9.1, 14.3, 21.7, 38.3], [10.7, 16.9, 29.9, 42.7]];

/// How fast the pairs of lines turn into each other: a little uneven, so that they never meet.
const TURNS: [Hertz; 2] = [Hertz(0.43), Hertz(0.73)];

/// How far they turn to either side, in cycles: a twelfth.
const SWING: f32 = 1.0 / 12.0;

/// What is softer than this is silence: -200 dB.
const SILENCE: f32 = 1e-10;

/// The largest state that counts as 0, far above the smallest normal number.
const NEGLIGIBLE: f32 = 1e-20;

/// Input: mono, in runs of whole steps (but the last). Output: stereo, added. State: the lines. Remembers its input for
/// about its reverberation time.
#[derive(Clone, Debug)]
pub struct Reverb {
    resting: bool,
    low_cut: LowCut,
    input: DelayLine<STEP>,
    /// Frames.
    pre_delay: usize,
    early: [[Tap; 4]; 2],
    diffusers: [Diffuser; 4],
    /// Four groups of four.
    lines: [[Line; 4]; 4],
    /// What is on its way from the ends of the lines to their beginnings.
    between: [[Step; 4]; 4],
    spacing: usize,
    turns: [Turn; 2],
    gain: f32,
}

/// An early reflection.
#[derive(Clone, Copy, Debug)]
struct Tap {
    frames: usize,
    gain: f32,
}

/// A line of the network.
#[derive(Clone, Debug)]
struct Line {
    delay: DelayLine<STEP>,
    frames: usize,
    absorption: Absorption,
}

impl Reverb {
    /// A silent room.
    #[must_use]
    pub fn new(setting: &ReverbSetting, rate: SampleRate) -> Self {
        let room = Room::of(setting.kind);
        let delays = room.delays(rate);
        let gain = RETURN * f64::from(setting.level);
        let early = (gain * room.early.gain()) as f32;
        let pre_delay = room.pre_delay.to_frames(rate) as usize;
        Self {
            resting: true,
            low_cut: LowCut::new(rate),
            input: DelayLine::new(Seconds(0.06).to_frames(rate) as usize + 2 * STEP),
            pre_delay,
            early: REFLECTIONS.map(|side| reflections(side, early, &room, rate)),
            diffusers: DIFFUSERS.map(|(delay, gain)| Diffuser::new(delay, gain, rate)),
            // Every group has short lines and long ones.
            lines: [0, 1, 2, 3].map(|group| {
                let line =
                    |place: usize| Line::new(delays[4 * place + group], setting, &room, rate);
                [line(0), line(1), line(2), line(3)]
            }),
            between: [[[0.0; STEP]; 4]; 4],
            spacing: spacing(rate),
            turns: TURNS.map(|turn| Turn::new(turn, rate)),
            gain: (gain / response(&delays, setting.time, rate)) as f32,
        }
    }

    /// Adds the reverberation of `send` to both sides; all are equally long.
    pub fn process(&mut self, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let silent = audio::peak(send) == 0.0;
        if self.resting && silent {
            self.turns.iter_mut().for_each(|turn| turn.skip(send.len()));
            return;
        }
        self.resting = false;
        run(self, send, left, right);
        if silent {
            self.rest();
        }
    }

    /// Ends the tail where all of it has become silent, so that silence costs nothing.
    fn rest(&mut self) {
        let mut lines = self.lines.as_flattened().iter();
        let mut diffusers = self.diffusers.iter();
        let sounds = lines.any(|line| line.delay.peak() >= SILENCE)
            || diffusers.any(|diffuser| diffuser.delay.peak() >= SILENCE)
            || self.input.peak() >= SILENCE;
        if sounds {
            return;
        }
        for line in self.lines.as_flattened_mut() {
            line.delay.clear();
        }
        self.diffusers.iter_mut().for_each(|d| d.delay.clear());
        self.input.clear();
        self.low_cut.state = 0.0;
        self.resting = true;
    }

    /// Adds a step of what comes back to both sides; there is nothing in them yet.
    #[inline(always)]
    fn step(&mut self, input: &mut Step, sides: &mut [Step; 2]) {
        self.low_cut.process(input);
        self.input.write(input);
        let mut diffuse = [0.0; STEP];
        diffuse.copy_from_slice(self.input.read(self.pre_delay + STEP, STEP));
        for part in diffuse.as_chunks_mut().0 {
            for diffuser in &mut self.diffusers {
                diffuser.process(part);
            }
        }
        for (lines, between) in self.lines.iter().zip(&mut self.between) {
            leave(lines, self.spacing, sides, between);
        }
        for sample in sides.as_flattened_mut() {
            *sample *= self.gain;
        }
        self.add_early(sides);
        for place in 0..4 {
            self.enter(place, &diffuse);
        }
    }

    /// Puts the second half of the matrix, across the groups, into four lines, and the input into all of them: what is
    /// added to the first one before the matrix comes to each behind it.
    #[inline(always)]
    fn enter(&mut self, place: usize, input: &Step) {
        let [a, b, c, d] = self.between.each_ref().map(|group| &group[place]);
        let lines = self.lines.each_mut().map(|group| group[place].delay.step());
        let [to_a, to_b, to_c, to_d] = lines;
        let turn = self.turns.get_mut(place).map(Turn::next);
        for t in 0..STEP {
            let [a, b, c, d] = hadamard([a[t] + input[t], b[t], c[t], d[t]]);
            (to_a[t], to_b[t]) = (a, b);
            (to_c[t], to_d[t]) = (c, d);
        }
        if let Some(turn) = turn {
            for t in 0..STEP {
                [to_a[t], to_b[t]] = turn.apply(t, [to_a[t], to_b[t]]);
            }
        }
        for group in &mut self.lines {
            group[place].delay.advance();
        }
    }

    #[inline(always)]
    fn add_early(&self, sides: &mut [Step; 2]) {
        for (side, taps) in sides.iter_mut().zip(&self.early) {
            for tap in taps.iter().filter(|tap| tap.gain != 0.0) {
                let reflection = self.input.read(tap.frames + STEP, STEP);
                for (sample, reflection) in side.iter_mut().zip(reflection) {
                    *sample += reflection * tap.gain;
                }
            }
        }
    }
}

vectorised! {
    fn run(reverb: &mut Reverb, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let sides = left.chunks_mut(STEP).zip(right.chunks_mut(STEP));
        for (send, (left, right)) in send.chunks(STEP).zip(sides) {
            let mut input = [0.0; STEP];
            input[..send.len()].copy_from_slice(send);
            let mut sides = [[0.0; STEP]; 2];
            reverb.step(&mut input, &mut sides);
            add(left, &sides[0]);
            add(right, &sides[1]);
        }
    }
}

#[inline(always)]
fn add(sum: &mut [f32], samples: &Step) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += sample;
    }
}

/// Reflections that grow softer the later they are, and together have the energy of one of `level`.
fn reflections(times: [f64; 4], level: f32, room: &Room, rate: SampleRate) -> [Tap; 4] {
    let energy: f64 = times.iter().map(|time| 1.0 / time).sum();
    let mut sign = 1.0;
    times.map(|time| {
        sign = -sign;
        Tap {
            frames: Seconds(time * room.size / 1000.0).to_frames(rate) as usize,
            gain: (sign * libm::sqrt(1.0 / time / energy)) as f32 * level,
        }
    })
}

/// The gain for steady noise from the input to one side: the energy of the sixteen lines comes out once in a mean delay,
/// smaller each time, half of it to each side, at a quarter of its level.
fn response(delays: &[usize; LINES], time: Seconds, rate: SampleRate) -> f64 {
    let mean = delays.iter().sum::<usize>() as f64 / LINES as f64;
    let kept = libm::pow(10.0, -6.0 * mean / time.in_frames(rate));
    libm::sqrt(LINES as f64 / 2.0 * kept / (1.0 - kept)) / 4.0
}

/// Takes what comes out of a group of lines through the first half of the matrix. Half of the lines go to each side, with
/// both signs, so the sides have nothing in common.
#[inline(always)]
fn leave(lines: &[Line; 4], reach: usize, [left, right]: &mut [Step; 2], mixed: &mut [Step; 4]) {
    let reads = lines
        .each_ref()
        .map(|line| line.delay.read(line.frames + reach, STEP + 2 * reach));
    let taps = |offset: usize| reads.map(|read| &read[offset..offset + STEP]);
    let (late, now, soon) = (taps(0), taps(reach), taps(2 * reach));
    let losses = lines.each_ref().map(|line| line.absorption);
    let [a, b, c, d] = mixed;
    for t in 0..STEP {
        let absorb = |line: usize| {
            let around = late[line][t] + soon[line][t];
            losses[line].centre * now[line][t] + losses[line].side * around
        };
        let ends = [absorb(0), absorb(1), absorb(2), absorb(3)];
        left[t] += ends[0] - ends[2];
        right[t] += ends[1] - ends[3];
        [a[t], b[t], c[t], d[t]] = hadamard(ends);
    }
}

/// The Hadamard matrix of order 4, times 2. Along the groups and across them it makes that of order 16, times 4.
#[inline(always)]
fn hadamard([a, b, c, d]: [f32; 4]) -> [f32; 4] {
    let (sums, differences) = ([a + b, c + d], [a - b, c - d]);
    [
        sums[0] + sums[1],
        differences[0] + differences[1],
        sums[0] - sums[1],
        differences[0] - differences[1],
    ]
}

impl Line {
    /// With a quarter of its level: the matrix brings it back.
    fn new(frames: usize, setting: &ReverbSetting, room: &Room, rate: SampleRate) -> Self {
        let absorption = Absorption::new(frames, setting, room, rate);
        Self {
            delay: DelayLine::new(frames + spacing(rate)),
            frames,
            absorption: Absorption {
                centre: absorption.centre / 4.0,
                side: absorption.side / 4.0,
            },
        }
    }
}

/// A Schroeder allpass: all frequencies pass alike, but smeared over time.
#[derive(Clone, Debug)]
struct Diffuser {
    delay: DelayLine<PART>,
    frames: usize,
    gain: f32,
}

impl Diffuser {
    fn new(delay: Seconds, gain: f32, rate: SampleRate) -> Self {
        let frames = next_prime(delay.to_frames(rate) as usize);
        Self {
            delay: DelayLine::new(frames),
            frames,
            gain,
        }
    }

    #[inline(always)]
    fn process(&mut self, signal: &mut [f32; PART]) {
        let delayed = self.delay.read(self.frames, PART);
        let mut inner = [0.0; PART];
        for t in 0..PART {
            inner[t] = signal[t] + self.gain * delayed[t];
            signal[t] = delayed[t] - self.gain * inner[t];
        }
        self.delay.write(&inner);
    }
}

/// Two lines that turn into each other: at every moment an orthogonal matrix, so no energy comes or goes.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// In 2^32 steps to the cycle.
    phase: u32,
    /// Per step.
    increment: u32,
    /// Cosine and sine of the angle now.
    rotation: [f32; 2],
}

impl Turn {
    fn new(turns: Hertz, rate: SampleRate) -> Self {
        let cycles = turns.0 * rate.frame().0 * STEP as f64;
        Self {
            phase: 0,
            increment: (cycles * 4_294_967_296.0) as u32,
            rotation: [1.0, 0.0],
        }
    }

    /// Lets time pass.
    #[inline(always)]
    fn skip(&mut self, frames: usize) {
        let steps = frames.div_ceil(STEP) as u32;
        self.phase = self.phase.wrapping_add(self.increment.wrapping_mul(steps));
        self.rotation = Self::at(self.phase);
    }

    #[inline(always)]
    fn at(phase: u32) -> [f32; 2] {
        let angle = (sine(phase) * SWING * 4_294_967_296.0) as i32 as u32;
        [sine(angle.wrapping_add(1 << 30)), sine(angle)]
    }

    /// The rotation of the next step.
    #[inline(always)]
    fn next(&mut self) -> Rotation {
        let from = self.rotation;
        self.skip(STEP);
        let slope = |axis: usize| (self.rotation[axis] - from[axis]) / STEP as f32;
        Rotation {
            from,
            slopes: [slope(0), slope(1)],
        }
    }
}

/// The cosine and sine of an angle that moves. Within a step it moves by a thousandth of a cycle (six at 8 kHz), so that
/// the chord is as good as the arc: what it loses is below 2e-4.
#[derive(Clone, Copy, Debug)]
struct Rotation {
    from: [f32; 2],
    slopes: [f32; 2],
}

impl Rotation {
    #[inline(always)]
    fn apply(&self, t: usize, [a, b]: [f32; 2]) -> [f32; 2] {
        let time = t as i32 as f32;
        let cosine = self.from[0] + self.slopes[0] * time;
        let sine = self.from[1] + self.slopes[1] * time;
        [cosine * a - sine * b, sine * a + cosine * b]
    }
}

/// A high-pass of the first order: the input without its mean, which forgets exponentially.
#[derive(Clone, Copy, Debug)]
struct LowCut {
    state: f32,
    /// What the mean keeps after 1 to 8 frames.
    kept: [f32; LANES],
    /// What each of eight frames adds to their means.
    shares: [[f32; LANES]; LANES],
}

impl LowCut {
    fn new(rate: SampleRate) -> Self {
        let kept = |frames: usize| {
            let angle = std::f64::consts::TAU * LOW_CUT.0 * rate.frame().0;
            libm::exp(-angle * frames as f64) as f32
        };
        Self {
            state: 0.0,
            kept: std::array::from_fn(|lane| kept(lane + 1)),
            shares: std::array::from_fn(|from| {
                let share = |to: usize| {
                    to.checked_sub(from)
                        .map_or(0.0, |frames| (1.0 - kept(1)) * kept(frames))
                };
                std::array::from_fn(share)
            }),
        }
    }

    /// Each of eight means is a sum over the frames up to it and the mean before them, so that nothing but a product and a
    /// sum waits from eight to eight.
    #[inline(always)]
    fn process(&mut self, signal: &mut Step) {
        for samples in signal.as_chunks_mut::<LANES>().0 {
            let mut means = [0.0; LANES];
            for (sample, shares) in samples.iter().zip(&self.shares) {
                for (mean, share) in means.iter_mut().zip(shares) {
                    *mean += share * sample;
                }
            }
            for (mean, kept) in means.iter_mut().zip(&self.kept) {
                *mean += kept * self.state;
            }
            self.state = means[LANES - 1];
            for (sample, mean) in samples.iter_mut().zip(means) {
                *sample -= mean;
            }
        }
        if self.state.abs() < NEGLIGIBLE {
            self.state = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::BLOCK;
    use crate::dsp::noise;
    use crate::plan::ReverbKind;

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
    fn no_line_and_no_allpass_is_shorter_than_what_it_reads_at_once() {
        for hz in [8_000, 11_025, 44_100, 192_000] {
            let reverb = Reverb::new(&ReverbSetting::new(ReverbKind::SmallRoom), rate(hz));
            let mut lines = reverb.lines.as_flattened().iter();
            assert!(lines.all(|line| line.frames >= STEP + reverb.spacing));
            assert!(reverb.diffusers.iter().all(|d| d.frames >= PART));
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
        let mut reverb = Reverb::new(&ReverbSetting::new(ReverbKind::SmallRoom), rate(8_000));
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
                "block {blocks}"
            );
            send[0] = 0.0;
            blocks += 1;
        }
        // 200 dB at 60 dB in 1.1 s.
        assert!((6..=10).contains(&blocks), "{blocks}");
        left.fill(0.0);
        reverb.process(&send, &mut left, &mut right);
        assert_eq!(audio::peak(&left), 0.0);
    }
}
