//! Chorus and flanger: a delay that sways, to the left a quarter of a cycle before the right.
//!
//! One modulated delay line with feedback to each side (J. Dattorro, "Effect Design 2: Delay-Line Modulation and Chorus",
//! JAES 45, 1997), read between its frames by a cubic through four of them (Hermite's, as Catmull and Rom have it).
//!
//! A run of frames that is no longer than the shortest delay hears nothing of itself, so all of it is read as vectors
//! before any of it is written: 5 ns a frame, where one frame after another took 39.

use crate::audio;
use crate::dsp::round::{nearest, rounded};
use crate::dsp::simd::vectorised;
use crate::dsp::sine::sine;
use crate::sound::effects::ChorusSetting;
use crate::units::{SampleRate, Seconds};

/// What a send of 1 brings back on each side, beside the input.
const RETURN: f64 = 0.5;

/// Feedback above this would take for ever to die away.
const MOST_FEEDBACK: f32 = 0.95;

/// A quarter of a cycle of a phase in 2^32 steps.
const QUARTER: u32 = 1 << 30;

/// What is softer than this is silence: -200 dB.
const SILENCE: f32 = 1e-10;

/// Frames of a run at most.
const RUN: usize = 128;

/// Input: mono. Output: stereo, added. State: two delay lines and the place in the cycle.
#[derive(Clone, Debug)]
pub struct Chorus {
    resting: bool,
    sway: Sway,
    feedback: f32,
    gain: f32,
    /// Frames of a run.
    run: usize,
    sides: [SwayingLine; 2],
}

impl Chorus {
    /// A silent chorus.
    #[must_use]
    pub fn new(setting: &ChorusSetting, rate: SampleRate) -> Self {
        let swing = setting.depth.0 / 2.0;
        let centre = Seconds(setting.delay.0 + swing);
        let feedback = setting.feedback.clamp(0.0, MOST_FEEDBACK);
        // Feedback makes noise louder by 1 / sqrt(1 - feedback^2).
        let level = libm::sqrt(1.0 - f64::from(feedback) * f64::from(feedback));
        let longest = Seconds(centre.0 + swing).to_frames(rate) as usize + 4;
        // The cubic reaches a frame beyond the delay, and its rounding may reach another.
        let shortest = setting.delay.in_frames(rate) as usize;
        Self {
            resting: true,
            sway: Sway {
                phase: 0,
                increment: (setting.rate.0 * rate.frame().0 * 4_294_967_296.0) as u32,
                centre: centre.in_frames(rate),
                swing: Seconds(swing).in_frames(rate),
            },
            feedback,
            gain: (RETURN * level * f64::from(setting.level)) as f32,
            run: shortest.saturating_sub(3).clamp(1, RUN),
            sides: [SwayingLine::new(longest), SwayingLine::new(longest)],
        }
    }

    /// Adds the chorus of `send` to both sides; all are equally long.
    pub fn process(&mut self, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let silent = audio::peak(send) == 0.0;
        if self.resting && silent {
            self.sway.skip(send.len());
            return;
        }
        self.resting = false;
        let sides = left.chunks_mut(self.run).zip(right.chunks_mut(self.run));
        for (send, (left, right)) in send.chunks(self.run).zip(sides) {
            run(self, send, left, right);
        }
        if silent && self.sides.iter().all(|side| side.peak() < SILENCE) {
            self.sides.iter_mut().for_each(SwayingLine::clear);
            self.resting = true;
        }
    }
}

vectorised! {
    /// One run of both sides.
    fn run(chorus: &mut Chorus, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let Chorus { sway, feedback, gain, sides, .. } = chorus;
        let ahead = Sway { phase: sway.phase.wrapping_add(QUARTER), ..*sway };
        let [one, other] = sides;
        for (line, sway, output) in [(one, ahead, left), (other, *sway, right)] {
            let mut wet = [0.0; RUN];
            let wet = &mut wet[..send.len()];
            line.read(sway, wet);
            line.write(send, wet, *feedback);
            for (output, wet) in output.iter_mut().zip(wet) {
                *output += *wet * *gain;
            }
        }
        sway.skip(send.len());
    }
}

/// The delay over time, a sine.
#[derive(Clone, Copy, Debug)]
struct Sway {
    /// Of the cycle, in 2^32 steps.
    phase: u32,
    /// Per frame.
    increment: u32,
    /// Frames in the middle of the sway.
    centre: f64,
    /// Frames to either side of it.
    swing: f64,
}

impl Sway {
    /// The phase after some frames.
    #[inline(always)]
    fn after(&self, frames: u32) -> u32 {
        self.phase.wrapping_add(self.increment.wrapping_mul(frames))
    }

    /// Lets time pass.
    #[inline(always)]
    fn skip(&mut self, frames: usize) {
        self.phase = self.after(frames as u32);
    }

    /// The delay after some frames: whole frames, and how far it is from the older of the two around it to the newer.
    #[inline(always)]
    fn delay(&self, frames: u32) -> (u32, f32) {
        let delay = self.centre + self.swing * f64::from(sine(self.after(frames)));
        let place = 1.0 - (delay - rounded(delay - 0.5));
        (nearest(delay - 0.5), place as f32)
    }
}

/// A delay line that is read anywhere, between frames too.
#[derive(Clone, Debug)]
struct SwayingLine {
    /// What it remembers stands before the head, so that every read is one slice.
    samples: Vec<f32>,
    /// Where the next frame is written.
    head: usize,
    longest: usize,
}

impl SwayingLine {
    /// Frames that are written before what is remembered moves back to the beginning.
    const ROOM: usize = 4096;

    fn new(longest: usize) -> Self {
        Self {
            samples: vec![0.0; longest + Self::ROOM],
            head: longest,
            longest,
        }
    }

    /// What comes back in the frames to be written next.
    #[inline(always)]
    fn read(&self, sway: Sway, wet: &mut [f32]) {
        let (mut wholes, mut places) = ([0; RUN], [0.0; RUN]);
        let (wholes, places) = (&mut wholes[..wet.len()], &mut places[..wet.len()]);
        for (t, (whole, place)) in (0u32..).zip(wholes.iter_mut().zip(places.iter_mut())) {
            (*whole, *place) = sway.delay(t);
        }
        let mut start = 0;
        // As long as the whole frames stay, what is read lies side by side.
        for still in wholes.chunk_by(|one, next| one == next) {
            let end = start + still.len();
            let oldest = self.head + start - (still[0] as usize + 2);
            let samples = &self.samples[oldest..oldest + still.len() + 3];
            between(samples, &places[start..end], &mut wet[start..end]);
            start = end;
        }
    }

    /// Takes in the next frames, and a share of what came back.
    #[inline(always)]
    fn write(&mut self, send: &[f32], wet: &[f32], feedback: f32) {
        if self.head + send.len() > self.samples.len() {
            let remembered = self.head - self.longest..self.head;
            self.samples.copy_within(remembered, 0);
            self.head = self.longest;
        }
        let samples = &mut self.samples[self.head..self.head + send.len()];
        for (sample, (send, wet)) in samples.iter_mut().zip(send.iter().zip(wet)) {
            *sample = send + feedback * wet;
        }
        self.head += send.len();
    }

    /// The largest magnitude that it remembers.
    fn peak(&self) -> f32 {
        audio::peak(&self.samples[self.head - self.longest..self.head])
    }

    /// Forgets everything.
    fn clear(&mut self) {
        self.samples.fill(0.0);
    }
}

/// What lies at each of some places between samples: the first between the second and the third of them, and so on.
#[inline(always)]
fn between(samples: &[f32], places: &[f32], output: &mut [f32]) {
    let count = output.len();
    let taps = |offset: usize| &samples[offset..offset + count];
    let (a, b, c, d) = (taps(0), taps(1), taps(2), taps(3));
    for i in 0..count {
        output[i] = hermite([a[i], b[i], c[i], d[i]], places[i]);
    }
}

/// The cubic through the middle two of four frames, `place` of the way between them.
#[inline(always)]
fn hermite([a, b, c, d]: [f32; 4], place: f32) -> f32 {
    let slope = (c - a) * 0.5;
    let square = a - 2.5 * b + 2.0 * c - 0.5 * d;
    let cube = (d - a) * 0.5 + 1.5 * (b - c);
    ((cube * place + square) * place + slope) * place + b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Hertz;

    fn setting() -> ChorusSetting {
        ChorusSetting {
            delay: Seconds(0.008),
            rate: Hertz(2.0),
            depth: Seconds(0.004),
            feedback: 0.0,
            to_reverb: 0.0,
            level: 2.0,
        }
    }

    fn wet(setting: &ChorusSetting, send: &[f32], block: usize) -> [Vec<f32>; 2] {
        let mut chorus = Chorus::new(setting, SampleRate::default());
        let (mut left, mut right) = (vec![0.0; send.len()], vec![0.0; send.len()]);
        let sides = left.chunks_mut(block).zip(right.chunks_mut(block));
        for (send, (left, right)) in send.chunks(block).zip(sides) {
            chorus.process(send, left, right);
        }
        [left, right]
    }

    #[test]
    fn a_ramp_comes_back_by_the_delay_later_which_sways_between_its_ends() {
        // A cubic reads a straight line exactly, so the output is the input's place in time.
        let send: Vec<f32> = (0..44_100).map(|n| n as f32 / 44_100.0).collect();
        let [left, right] = wet(&setting(), &send, 44_100);
        let mut ends = (f32::MAX, f32::MIN);
        for frame in 4_410..44_100 {
            let delays =
                [&left, &right].map(|side| send[frame] - side[frame] / (2.0 * RETURN as f32));
            ends = (ends.0.min(delays[0]), ends.1.max(delays[0]));
            // A quarter of a cycle apart, the two swings are the legs of a right triangle.
            let swings = delays.map(|delay| (delay - 0.010) / 0.002);
            let round = swings[0] * swings[0] + swings[1] * swings[1];
            assert!((round - 1.0).abs() < 1e-2, "frame {frame}: {round}");
        }
        assert!(
            (ends.0 - 0.008).abs() < 1e-5 && (ends.1 - 0.012).abs() < 1e-5,
            "{ends:?}"
        );
    }

    #[test]
    fn the_cut_into_blocks_changes_nothing() {
        let send: Vec<f32> = (0..20_000)
            .map(|n| if n < 9_000 { (n % 91) as f32 } else { 0.0 })
            .collect();
        assert_eq!(wet(&setting(), &send, 20_000), wet(&setting(), &send, 77));
    }

    #[test]
    fn feedback_dies_away_and_the_chorus_rests() {
        let flanger = ChorusSetting::new(5).unwrap();
        let mut chorus = Chorus::new(&flanger, SampleRate::default());
        let (mut send, mut left, mut right) = ([0.0; 4096], [0.0; 4096], [0.0; 4096]);
        send[0] = 1.0;
        chorus.process(&send, &mut left, &mut right);
        for _ in 0..20 {
            chorus.process(&[0.0; 4096], &mut left, &mut right);
        }
        assert!(chorus.resting);
    }
}
