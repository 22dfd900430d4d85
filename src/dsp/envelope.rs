//! The course of an envelope in frames: what it does while the key is down, and how it is let go.
//!
//! A release multiplies whatever the envelope is doing, as a damper does to a string. So the part before it does not
//! depend on when it comes, and can be rendered once for notes of every length.

/// What is left at the end of an exponential fall before it is made to end at nothing: -60 dB.
const FLOOR: f64 = 0.001;

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

/// An exponential fall over some frames: by 60 dB towards a point just below its end, so that it meets its end on time.
/// What an exponential costs is paid here once.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fall {
    frames: f64,
    /// The natural logarithm of the ratio of one frame to the one before.
    logarithm: f64,
    ratio: f64,
}

impl Fall {
    fn new(frames: f64) -> Self {
        let logarithm = if frames > 0.0 {
            libm::log(FLOOR) / frames
        } else {
            0.0
        };
        Self {
            frames,
            logarithm,
            ratio: libm::exp(logarithm),
        }
    }

    /// The stretch that begins at `time` frames into a fall from `from` to `to`.
    fn stretch(&self, from: f64, to: f64, time: f64, end: u64) -> Stretch {
        if time >= self.frames {
            return Stretch::level(to, end);
        }
        let height = (from - to) / (1.0 - FLOOR);
        let goal = to - height * FLOOR;
        let motion = Motion::Falling {
            goal,
            ratio: self.ratio,
        };
        Stretch {
            value: goal + height * libm::exp(self.logarithm * time),
            motion,
            end,
        }
    }
}

/// An envelope while its key is down. Input: frames since the onset. Output: 0.0..=1.0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    attack: f64,
    /// The end of the hold.
    top: f64,
    decay: Fall,
    sustain_level: f64,
}

impl Held {
    /// `attack` frames from nothing to full level in a straight line, `hold` frames there, `decay` frames falling
    /// exponentially to `sustain_level` (`0.0..=1.0`), which is kept.
    #[must_use]
    pub fn new(attack: f64, hold: f64, decay: f64, sustain_level: f64) -> Self {
        Self {
            attack,
            top: attack + hold,
            decay: Fall::new(decay),
            sustain_level,
        }
    }

    /// The frames of the attack.
    #[must_use]
    pub fn attack(&self) -> f64 {
        self.attack
    }

    /// The frames from the onset to the end of a decay to nothing; `None` where a level is kept.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        (self.sustain_level == 0.0).then(|| (self.top + self.decay.frames).ceil() as u64)
    }

    /// The stretch that begins at `frame`.
    #[must_use]
    pub fn stretch(&self, frame: u64) -> Stretch {
        let (bottom, time) = (self.top + self.decay.frames, frame as f64);
        if time < self.attack {
            let step = 1.0 / self.attack;
            let end = self.attack.ceil() as u64;
            Stretch {
                value: time * step,
                motion: Motion::Straight { step },
                end,
            }
        } else if time < self.top {
            Stretch::level(1.0, self.top.ceil() as u64)
        } else if time < bottom {
            self.decay.stretch(
                1.0,
                self.sustain_level,
                time - self.top,
                bottom.ceil() as u64,
            )
        } else {
            Stretch::level(self.sustain_level, u64::MAX)
        }
    }
}

/// The end of a note: at `gate` frames after the onset the key goes up, and what sounds falls to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Release {
    fall: Fall,
    attack: f64,
}

impl Release {
    /// A fall of `frames` frames, after a held envelope whose attack takes `attack` frames: a release within the attack
    /// also ends the rise.
    #[must_use]
    pub fn new(frames: f64, attack: f64) -> Self {
        Self {
            fall: Fall::new(frames),
            attack,
        }
    }

    /// The frames from the onset to silence.
    #[must_use]
    pub fn end(&self, gate: u64) -> u64 {
        gate.saturating_add(self.fall.frames.ceil() as u64)
    }

    /// The stretch of the factor on the held envelope that begins at `frame`. Where the rise of an attack has to be
    /// taken back it is one frame long.
    #[must_use]
    pub fn stretch(&self, frame: u64, gate: u64) -> Stretch {
        if frame < gate {
            return Stretch::level(1.0, gate);
        }
        let end = self.end(gate);
        let end = if frame < end { end } else { u64::MAX };
        let top = rise(gate as f64, self.attack) / rise(frame as f64, self.attack);
        let falling = self.fall.stretch(top, 0.0, (frame - gate) as f64, end);
        let rising = (frame as f64) < self.attack;
        Stretch {
            end: if rising { frame + 1 } else { end },
            ..falling
        }
    }
}

/// How far an attack has come.
fn rise(frame: f64, attack: f64) -> f64 {
    if frame < attack { frame / attack } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(sustain_level: f64) -> Held {
        Held::new(8.0, 8.0, 80.0, sustain_level)
    }

    fn thousandths(value: f64) -> f64 {
        (value * 1e3).round() / 1e3
    }

    #[test]
    fn each_corner_is_met_on_its_frame() {
        let values =
            [0, 4, 8, 16, 96, 500].map(|frame| thousandths(held(0.5).stretch(frame).value));
        assert_eq!(values, [0.0, 0.5, 1.0, 1.0, 0.5, 0.5]);
    }

    #[test]
    fn a_fall_loses_the_same_share_in_the_same_time() {
        let held = held(0.0);
        let [a, b, c] = [16, 26, 36].map(|frame| held.stretch(frame).value + FLOOR / (1.0 - FLOOR));
        assert!((b / a - c / b).abs() < 1e-12);
    }

    #[test]
    fn a_release_takes_the_note_to_nothing_on_time() {
        let release = Release::new(40.0, 8.0);
        let values =
            [0, 999, 1000, 1040, 2000].map(|frame| thousandths(release.stretch(frame, 1000).value));
        assert_eq!(values, [1.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_release_within_the_attack_ends_the_rise() {
        let (held, release) = (held(0.5), Release::new(1e9, 8.0));
        let values = [3, 4, 6, 8, 12]
            .map(|frame| thousandths(held.stretch(frame).value * release.stretch(frame, 4).value));
        assert_eq!(values, [0.375, 0.5, 0.5, 0.5, 0.5]);
    }

    #[test]
    fn stepping_along_a_stretch_gives_its_values() {
        let (held, release) = (held(0.3), Release::new(40.0, 8.0));
        let parts: [&dyn Fn(u64) -> Stretch; 2] = [&|frame| held.stretch(frame), &|frame| {
            release.stretch(frame, 50)
        }];
        for (part, start) in parts
            .iter()
            .flat_map(|part| [0, 20, 60].map(|start| (part, start)))
        {
            let stretch = part(start);
            let mut value = stretch.value;
            for frame in start..stretch.end.min(start + 30) {
                assert!((value - part(frame).value).abs() < 1e-9, "frame {frame}");
                value = match stretch.motion {
                    Motion::Straight { step } => value + step,
                    Motion::Falling { goal, ratio } => goal + (value - goal) * ratio,
                };
            }
        }
    }

    #[test]
    fn only_a_decay_to_nothing_has_an_end_of_its_own() {
        assert_eq!(held(0.0).end(), Some(96));
        assert_eq!(held(0.5).end(), None);
    }
}
