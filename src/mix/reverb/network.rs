//! The feedback delay network with what comes before it, all at one rate.
//!
//! Every line is longer than a step, so a step of all lines is read, mixed and written as whole vectors; the allpasses are
//! shorter, and take a step in parts.

use super::diffuser::Diffuser;
use super::low_cut::LowCut;
use super::room::{Absorption, LINES, Room};
use super::step::{STEP, Step};
use super::turn::Turn;
use crate::dsp::delay::DelayLine;
use crate::sound::effects::ReverbSetting;
use crate::units::{Hertz, SampleRate, Seconds};

/// What a send of 1 brings back, beside the input, of steady noise; as loud as FluidSynth 2's default reverb.
const RETURN: f64 = 0.44;

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

/// What is softer than this is silence: -200 dB.
const SILENCE: f32 = 1e-10;

/// The neighbours of a frame that the absorption of a line reaches to.
const REACH: usize = 1;

/// Input: mono, a step at a time. Output: stereo. State: the lines. Remembers its input for about its reverberation time.
#[derive(Clone, Debug)]
pub(super) struct Network {
    low_cut: LowCut,
    input: DelayLine<STEP>,
    /// Frames.
    pre_delay: usize,
    early: [[Tap; 4]; 2],
    diffusers: [Diffuser; 4],
    /// Four groups of four.
    lines: [[NetworkLine; 4]; 4],
    /// What is on its way from the ends of the lines to their beginnings.
    between: [[Step; 4]; 4],
    turns: [Turn; 2],
    /// Of what goes in behind the early reflections.
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
struct NetworkLine {
    delay: DelayLine<STEP>,
    frames: usize,
    absorption: Absorption,
}

impl Network {
    /// A silent room. What comes back is heard so many frames `late`, which its delays are shorter by.
    pub(super) fn new(setting: &ReverbSetting, rate: SampleRate, late: usize) -> Self {
        let room = Room::of(setting.kind);
        let delays = room.delays(rate);
        let gain = RETURN * f64::from(setting.level);
        let early = (gain * room.early.gain()) as f32;
        let pre_delay = room.pre_delay.to_frames(rate) as usize;
        Self {
            low_cut: LowCut::new(rate),
            input: DelayLine::new(Seconds(0.06).to_frames(rate) as usize + 2 * STEP),
            pre_delay: pre_delay.saturating_sub(late),
            early: REFLECTIONS.map(|side| reflections(side, early, &room, rate, late)),
            diffusers: DIFFUSERS.map(|(delay, gain)| Diffuser::new(delay, gain, rate)),
            // Every group has short lines and long ones.
            lines: [0, 1, 2, 3].map(|group| {
                let line = |place: usize| {
                    NetworkLine::new(delays[4 * place + group], setting, &room, rate)
                };
                [line(0), line(1), line(2), line(3)]
            }),
            between: [[[0.0; STEP]; 4]; 4],
            turns: TURNS.map(|turn| Turn::new(turn, rate)),
            gain: (gain / response(&delays, setting.time, rate)) as f32,
        }
    }

    /// Lets steps of silence pass.
    pub(super) fn skip(&mut self, steps: usize) {
        self.turns.iter_mut().for_each(|turn| turn.skip(steps));
    }

    /// Whether nothing is heard any more of what has come in.
    pub(super) fn is_silent(&self) -> bool {
        let mut lines = self.lines.as_flattened().iter();
        let mut diffusers = self.diffusers.iter();
        lines.all(|line| line.delay.peak() < SILENCE)
            && diffusers.all(|diffuser| diffuser.delay.peak() < SILENCE)
            && self.input.peak() < SILENCE
    }

    /// Forgets everything but the time.
    pub(super) fn clear(&mut self) {
        for line in self.lines.as_flattened_mut() {
            line.delay.clear();
        }
        self.diffusers.iter_mut().for_each(|d| d.delay.clear());
        self.input.clear();
        self.low_cut.clear();
    }

    /// Takes in a step, and sets both sides to what comes back.
    #[inline(always)]
    pub(super) fn step(&mut self, input: &mut Step, [left, right]: [&mut Step; 2]) {
        self.low_cut.process(input);
        self.input.write(input);
        let mut diffuse = [0.0; STEP];
        let delayed = self.input.read(self.pre_delay + STEP, STEP);
        for (sample, delayed) in diffuse.iter_mut().zip(delayed) {
            *sample = delayed * self.gain;
        }
        for part in diffuse.as_chunks_mut().0 {
            for diffuser in &mut self.diffusers {
                diffuser.process(part);
            }
        }
        self.reflect(&self.early[0], left);
        self.reflect(&self.early[1], right);
        for (lines, between) in self.lines.iter().zip(&mut self.between) {
            leave(lines, [left, right], between);
        }
        for place in 0..4 {
            self.enter(place, &diffuse);
        }
    }

    /// Sets a side to its early reflections.
    #[inline(always)]
    fn reflect(&self, taps: &[Tap; 4], side: &mut Step) {
        let [a, b, c, d] = taps.map(|tap| self.input.read(tap.frames + STEP, STEP));
        let gains = taps.map(|tap| tap.gain);
        for t in 0..STEP {
            side[t] = (a[t] * gains[0] + b[t] * gains[1]) + (c[t] * gains[2] + d[t] * gains[3]);
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
}

/// Reflections that grow softer the later they are, and together have the energy of one of `level`.
fn reflections(
    times: [f64; 4],
    level: f32,
    room: &Room,
    rate: SampleRate,
    late: usize,
) -> [Tap; 4] {
    let energy: f64 = times.iter().map(|time| 1.0 / time).sum();
    let mut sign = 1.0;
    times.map(|time| {
        sign = -sign;
        Tap {
            frames: (Seconds(time * room.size / 1000.0).to_frames(rate) as usize)
                .saturating_sub(late),
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
fn leave(lines: &[NetworkLine; 4], [left, right]: [&mut Step; 2], mixed: &mut [Step; 4]) {
    let reads = lines
        .each_ref()
        .map(|line| line.delay.read(line.frames + REACH, STEP + 2 * REACH));
    let taps = |offset: usize| reads.map(|read| &read[offset..offset + STEP]);
    let (late, now, soon) = (taps(0), taps(REACH), taps(2 * REACH));
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

impl NetworkLine {
    /// With a quarter of its level: the matrix brings it back.
    fn new(frames: usize, setting: &ReverbSetting, room: &Room, rate: SampleRate) -> Self {
        let absorption = Absorption::new(frames, setting, room, rate);
        Self {
            delay: DelayLine::new(frames + REACH),
            frames,
            absorption: Absorption {
                centre: absorption.centre / 4.0,
                side: absorption.side / 4.0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::step::PART;
    use super::*;
    use crate::sound::effects::ReverbKind;

    #[test]
    fn no_line_and_no_allpass_is_shorter_than_what_it_reads_at_once() {
        for hz in [8_000, 11_025, 22_050, 44_100] {
            let setting = ReverbSetting::new(ReverbKind::SmallRoom);
            let network = Network::new(&setting, SampleRate::new(hz).unwrap(), 0);
            let mut lines = network.lines.as_flattened().iter();
            assert!(lines.all(|line| line.frames >= STEP + REACH));
            assert!(network.diffusers.iter().all(|d| d.frames >= PART));
        }
    }
}
