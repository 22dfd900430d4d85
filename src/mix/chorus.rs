//! Chorus and flanger: a delay that sways, to the left a quarter of a cycle before the right.
//!
//! One modulated delay line with feedback to each side (J. Dattorro, "Effect Design 2: Delay-Line Modulation and Chorus",
//! JAES 45, 1997), read between its frames by a cubic through four of them (Hermite's, as Catmull and Rom have it).

use crate::audio;
use crate::dsp::sine::sine;
use crate::plan::ChorusSetting;
use crate::units::{SampleRate, Seconds};

/// What a send of 1 brings back on each side, beside the input.
const RETURN: f64 = 0.5;

/// Feedback above this would take for ever to die away.
const MOST_FEEDBACK: f32 = 0.95;

/// A quarter of a cycle of a phase in 2^32 steps.
const QUARTER: u32 = 1 << 30;

/// What is softer than this is silence: -200 dB.
const SILENCE: f32 = 1e-10;

/// Input: mono. Output: stereo, added. State: two delay lines and the place in the cycle.
#[derive(Clone, Debug)]
pub struct Chorus {
    resting: bool,
    /// Of the cycle, in 2^32 steps.
    phase: u32,
    /// Per frame.
    increment: u32,
    /// Frames in the middle of the sway.
    centre: f64,
    /// Frames to either side of it.
    swing: f64,
    feedback: f32,
    gain: f32,
    sides: [Ring; 2],
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
        Self {
            resting: true,
            phase: 0,
            increment: (setting.rate.0 * rate.frame().0 * 4_294_967_296.0) as u32,
            centre: centre.in_frames(rate),
            swing: Seconds(swing).in_frames(rate),
            feedback,
            gain: (RETURN * level * f64::from(setting.level)) as f32,
            sides: [Ring::new(longest), Ring::new(longest)],
        }
    }

    /// Adds the chorus of `send` to both sides; all are equally long.
    pub fn process(&mut self, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let silent = audio::peak(send) == 0.0;
        if self.resting && silent {
            self.phase = self
                .phase
                .wrapping_add(self.increment.wrapping_mul(send.len() as u32));
            return;
        }
        self.resting = false;
        for (send, (left, right)) in send.iter().zip(left.iter_mut().zip(right)) {
            let [wet_left, wet_right] = self.frame(*send);
            *left += wet_left * self.gain;
            *right += wet_right * self.gain;
        }
        if silent
            && self
                .sides
                .iter()
                .all(|side| audio::peak(&side.samples) < SILENCE)
        {
            self.sides
                .iter_mut()
                .for_each(|side| side.samples.fill(0.0));
            self.resting = true;
        }
    }

    fn frame(&mut self, send: f32) -> [f32; 2] {
        let phases = [self.phase.wrapping_add(QUARTER), self.phase];
        self.phase = self.phase.wrapping_add(self.increment);
        std::array::from_fn(|side| {
            let delay = self.centre + self.swing * f64::from(sine(phases[side]));
            let ring = &mut self.sides[side];
            let wet = ring.read(delay);
            ring.write(send + self.feedback * wet);
            wet
        })
    }
}

/// A delay line that is read anywhere, between frames too.
#[derive(Clone, Debug)]
struct Ring {
    /// A power of two of them.
    samples: Vec<f32>,
    /// Where the next frame is written.
    head: usize,
}

impl Ring {
    fn new(longest: usize) -> Self {
        Self {
            samples: vec![0.0; longest.next_power_of_two()],
            head: 0,
        }
    }

    /// The signal `delay` frames before the one to be written next, at least 2.
    fn read(&self, delay: f64) -> f32 {
        let whole = delay as usize;
        // From the older frame to the newer.
        let place = (1.0 - (delay - whole as f64)) as f32;
        let frame =
            |back: usize| self.samples[self.head.wrapping_sub(back) & (self.samples.len() - 1)];
        hermite(
            [
                frame(whole + 2),
                frame(whole + 1),
                frame(whole),
                frame(whole - 1),
            ],
            place,
        )
    }

    fn write(&mut self, sample: f32) {
        let place = self.head;
        self.samples[place] = sample;
        self.head = (place + 1) & (self.samples.len() - 1);
    }
}

/// The cubic through the middle two of four frames, `place` of the way between them.
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
