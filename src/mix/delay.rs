//! The delay of the sends: echoes that come back weaker and weaker, in the middle or from side to side.

use crate::audio;
use crate::sound::effects::DelaySetting;
use crate::units::SampleRate;

/// Repeats lose what lies above this, as those of tape and of the GS modules do.
const BRIGHTNESS_HERTZ: f64 = 6000.0;

/// What is softer than this is silence: -200 dB.
const SILENCE: f32 = 1e-10;

/// An echo. Input: a mono send. Output: added to both sides. Remembers the line and the low pass of the repeats.
#[derive(Clone, Debug)]
pub struct Delay {
    resting: bool,
    line: Vec<f32>,
    place: usize,
    feedback: f32,
    level: f32,
    /// What the low pass keeps of its last value.
    pole: f32,
    lowpass: f32,
    /// Whether echoes change sides, and which side is next.
    panned: bool,
    right_next: bool,
}

impl Delay {
    /// A silent line.
    #[must_use]
    pub fn new(setting: &DelaySetting, rate: SampleRate) -> Self {
        let frames = setting.time.to_frames(rate).max(1) as usize;
        let angle = std::f64::consts::TAU * BRIGHTNESS_HERTZ / f64::from(rate.hz());
        Self {
            resting: true,
            line: vec![0.0; frames],
            place: 0,
            feedback: setting.feedback,
            level: setting.level,
            pole: libm::exp(-angle) as f32,
            lowpass: 0.0,
            panned: setting.panned,
            right_next: false,
        }
    }

    /// Adds the echoes of `send` to both sides. All three are equally long.
    pub fn process(&mut self, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        let silent = audio::peak(send) == 0.0;
        if self.resting && silent {
            self.skip(send.len());
            return;
        }
        self.resting = false;
        self.echo(send, left, right);
        if silent && audio::peak(&self.line) < SILENCE {
            self.line.fill(0.0);
            self.lowpass = 0.0;
            self.resting = true;
        }
    }

    /// Lets time pass.
    fn skip(&mut self, frames: usize) {
        let place = self.place + frames;
        self.right_next ^= place / self.line.len() % 2 == 1;
        self.place = place % self.line.len();
    }

    fn echo(&mut self, send: &[f32], left: &mut [f32], right: &mut [f32]) {
        for ((send, left), right) in send.iter().zip(left).zip(right) {
            let echo = self.line[self.place];
            self.lowpass = echo + (self.lowpass - echo) * self.pole;
            self.line[self.place] = send + self.lowpass * self.feedback;
            let echo = echo * self.level;
            match (self.panned, self.right_next) {
                (false, _) => {
                    *left += echo;
                    *right += echo;
                }
                (true, false) => *left += echo,
                (true, true) => *right += echo,
            }
            self.place += 1;
            if self.place == self.line.len() {
                self.place = 0;
                self.right_next = !self.right_next;
            }
        }
        // What is too weak to be heard must not become denormal.
        if self.lowpass.abs() < 1e-20 {
            self.lowpass = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Seconds;

    fn echoes(panned: bool) -> (Vec<f32>, Vec<f32>) {
        let setting = DelaySetting {
            time: Seconds(0.1),
            feedback: 0.5,
            level: 1.0,
            panned,
        };
        let mut delay = Delay::new(&setting, SampleRate::new(8000).unwrap());
        let mut send = vec![0.0; 4000];
        // A long pulse, of which the low pass leaves the middle as it is.
        send[..100].fill(1.0);
        let (mut left, mut right) = (vec![0.0; 4000], vec![0.0; 4000]);
        for start in (0..4000).step_by(1000) {
            let run = start..start + 1000;
            delay.process(&send[run.clone()], &mut left[run.clone()], &mut right[run]);
        }
        (left, right)
    }

    #[test]
    fn echoes_come_at_every_delay_and_lose_the_same_share() {
        let (left, right) = echoes(false);
        let heard = [50, 850, 1650, 2450].map(|frame| (left[frame] * 1000.0).round());
        assert_eq!(heard, [0.0, 1000.0, 500.0, 250.0]);
        assert_eq!(left, right);
    }

    #[test]
    fn echoes_that_are_panned_change_sides() {
        let (left, right) = echoes(true);
        assert!(left[850] == 0.0 && right[850] > 0.9 && left[1650] > 0.4 && right[1650] == 0.0);
    }

    #[test]
    fn rest_changes_neither_the_echoes_nor_their_sides() {
        let setting = DelaySetting {
            time: Seconds(0.1),
            feedback: 0.1,
            level: 1.0,
            panned: true,
        };
        let rate = SampleRate::new(8000).unwrap();
        let (mut rested, mut fresh) = (Delay::new(&setting, rate), Delay::new(&setting, rate));
        let (mut send, mut left, mut right) = ([0.0; 1000], [0.0; 1000], [0.0; 1000]);
        send[0] = 1.0;
        rested.process(&send, &mut left, &mut right);
        let mut blocks = 1;
        while !rested.resting {
            rested.process(&[0.0; 1000], &mut left, &mut right);
            blocks += 1;
        }
        rested.process(&[0.0; 1000], &mut left, &mut right);
        fresh.echo(
            &vec![0.0; 1000 * (blocks + 1)],
            &mut [0.0; 20_000],
            &mut [0.0; 20_000],
        );
        let echoes = |delay: &mut Delay| {
            let (mut left, mut right) = ([0.0; 1000], [0.0; 1000]);
            delay.process(&send, &mut left, &mut right);
            (left, right)
        };
        assert_eq!(echoes(&mut rested), echoes(&mut fresh));
    }
}
