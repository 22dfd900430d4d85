//! The course of an envelope in frames: a linear attack, a hold, and exponential falls that arrive on time.

/// What is left at the end of an exponential fall before it is made to end at nothing: -60 dB.
const FLOOR: f64 = 0.001;

/// An envelope, its times in frames. Input: frames since the onset, and how long the key is down. Output: 0.0..=1.0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// From nothing to full level.
    pub attack: f64,
    /// At full level.
    pub hold: f64,
    /// From full level to `sustain_level`.
    pub decay: f64,
    /// What is kept while the key is down, `0.0..=1.0`.
    pub sustain_level: f64,
    /// From wherever the note is to nothing.
    pub release: f64,
}

/// A stretch of an envelope that can be stepped along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The value at the first frame.
    pub value: f64,
    /// How it goes on.
    pub motion: Motion,
    /// The first frame behind the stretch.
    pub end: u64,
}

/// How an envelope goes from one frame to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Motion {
    /// `next = value + step`.
    Straight {
        /// What is added each frame.
        step: f64,
    },
    /// `next = goal + (value - goal) * ratio`.
    Falling {
        /// What it falls towards.
        goal: f64,
        /// What is left of the distance after a frame.
        ratio: f64,
    },
}

impl Stretch {
    fn level(value: f64, end: u64) -> Self {
        Self {
            value,
            motion: Motion::Straight { step: 0.0 },
            end,
        }
    }
}

impl Course {
    /// The end of the attack, of the hold and of the decay.
    fn corners(&self) -> (f64, f64, f64) {
        let top = self.attack + self.hold;
        (self.attack, top, top + self.decay)
    }

    /// The frames from the onset to the end of a decay to nothing; `None` where a level is kept.
    #[must_use]
    pub fn natural_end(&self) -> Option<u64> {
        (self.sustain_level == 0.0).then(|| self.corners().2.ceil() as u64)
    }

    /// How many frames sound in all when the key is down for `gate` frames.
    #[must_use]
    pub fn length(&self, gate: u64) -> u64 {
        match self.natural_end() {
            Some(end) if end <= gate => end,
            _ => gate.saturating_add(self.release.ceil() as u64),
        }
    }

    /// The stretch that begins at `frame`, of a note whose key is down for `gate` frames.
    #[must_use]
    pub fn stretch(&self, frame: u64, gate: u64) -> Stretch {
        if frame >= gate {
            let level = self.held(gate).value;
            let end = gate.saturating_add(self.release.ceil() as u64);
            let end = if frame < end { end } else { u64::MAX };
            return fall(level, 0.0, self.release, (frame - gate) as f64, end);
        }
        let stretch = self.held(frame);
        Stretch {
            end: stretch.end.min(gate),
            ..stretch
        }
    }

    /// The stretch that begins at `frame` while the key is down.
    fn held(&self, frame: u64) -> Stretch {
        let (attack, top, bottom) = self.corners();
        let time = frame as f64;
        if time < attack {
            let step = 1.0 / attack;
            Stretch {
                value: time * step,
                motion: Motion::Straight { step },
                end: attack.ceil() as u64,
            }
        } else if time < top {
            Stretch::level(1.0, top.ceil() as u64)
        } else if time < bottom {
            fall(
                1.0,
                self.sustain_level,
                self.decay,
                time - top,
                bottom.ceil() as u64,
            )
        } else {
            Stretch::level(self.sustain_level, u64::MAX)
        }
    }
}

/// An exponential fall from `from` to `to` in `frames`, `time` frames into it: it falls by 60 dB towards a point just
/// below `to`, so that it meets `to` on time.
fn fall(from: f64, to: f64, frames: f64, time: f64, end: u64) -> Stretch {
    if time >= frames {
        return Stretch::level(to, end);
    }
    let logarithm = libm::log(FLOOR) / frames;
    let height = (from - to) / (1.0 - FLOOR);
    let goal = to - height * FLOOR;
    let motion = Motion::Falling {
        goal,
        ratio: libm::exp(logarithm),
    };
    Stretch {
        value: goal + height * libm::exp(logarithm * time),
        motion,
        end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(sustain_level: f64) -> Course {
        Course {
            attack: 8.0,
            hold: 8.0,
            decay: 80.0,
            sustain_level,
            release: 40.0,
        }
    }

    fn values(course: &Course, gate: u64, frames: &[u64]) -> Vec<f64> {
        frames
            .iter()
            .map(|frame| (course.stretch(*frame, gate).value * 1e3).round() / 1e3)
            .collect()
    }

    #[test]
    fn each_corner_is_met_on_its_frame() {
        let frames = [0, 4, 8, 16, 96, 500, 1000, 1040];
        assert_eq!(
            values(&course(0.5), 1000, &frames),
            [0.0, 0.5, 1.0, 1.0, 0.5, 0.5, 0.5, 0.0]
        );
    }

    #[test]
    fn a_fall_loses_the_same_share_in_the_same_time() {
        let course = course(0.0);
        let [a, b, c] =
            [16, 26, 36].map(|frame| course.stretch(frame, 1000).value + FLOOR / (1.0 - FLOOR));
        assert!((b / a - c / b).abs() < 1e-12);
    }

    #[test]
    fn a_release_starts_from_wherever_the_note_is() {
        assert_eq!(values(&course(0.5), 4, &[3, 4, 44]), [0.375, 0.5, 0.0]);
    }

    #[test]
    fn stepping_along_a_stretch_gives_its_values() {
        let course = course(0.3);
        for start in [0, 20, 950, 1010] {
            let stretch = course.stretch(start, 1000);
            let mut value = stretch.value;
            for frame in start..stretch.end.min(start + 30) {
                assert!(
                    (value - course.stretch(frame, 1000).value).abs() < 1e-9,
                    "frame {frame}"
                );
                value = match stretch.motion {
                    Motion::Straight { step } => value + step,
                    Motion::Falling { goal, ratio } => goal + (value - goal) * ratio,
                };
            }
        }
    }

    #[test]
    fn a_note_lasts_until_its_release_or_its_decay_is_over() {
        assert_eq!(course(0.5).length(1000), 1040);
        assert_eq!(course(0.0).length(1000), 96);
        assert_eq!(course(0.0).length(10), 50);
    }
}
