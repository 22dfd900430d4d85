//! The course of an envelope in frames: what it does while the key is down, and how it is let go.
//!
//! A release multiplies whatever the envelope is doing, as a damper does to a string. So the part before it does not
//! depend on when it comes, and can be rendered once for notes of every length.

use super::bits::{Bits, Words, bits};

/// What is left at the end of an exponential fall before it is made to end at nothing: -60 dB.
const FLOOR: f64 = 0.001;

/// A stretch of an envelope that can be stepped along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnvelopeSegment {
    /// The value at the first frame.
    pub value: f64,
    /// How it goes on.
    pub motion: SegmentShape,
    /// The first frame behind the stretch.
    pub end: u64,
}

/// How an envelope goes from one frame to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SegmentShape {
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
    /// `over / under`, each of which goes its own way.
    Quotient {
        /// What is divided.
        over: Recurrence,
        /// What it is divided by.
        under: Recurrence,
    },
}

/// A number that goes on as `next = value * ratio + step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrence {
    /// The number at the first frame.
    pub value: f64,
    /// What it is multiplied by each frame.
    pub ratio: f64,
    /// What is added each frame.
    pub step: f64,
}

impl EnvelopeSegment {
    fn level(value: f64, end: u64) -> Self {
        Self {
            value,
            motion: SegmentShape::Straight { step: 0.0 },
            end,
        }
    }

    /// The same as a line; none for a quotient.
    fn line(&self) -> Option<Recurrence> {
        let (ratio, step) = match self.motion {
            SegmentShape::Straight { step } => (1.0, step),
            SegmentShape::Falling { goal, ratio } => (ratio, goal * (1.0 - ratio)),
            SegmentShape::Quotient { .. } => return None,
        };
        let value = self.value;
        Some(Recurrence { value, ratio, step })
    }

    /// The quotient of two stretches, as long as both last; they are no quotients themselves.
    fn over(self, under: Self) -> Self {
        let motion = match (self.line(), under.line()) {
            (Some(over), Some(under)) => SegmentShape::Quotient { over, under },
            _ => return self,
        };
        Self {
            value: self.value / under.value,
            motion,
            end: self.end.min(under.end),
        }
    }
}

/// An exponential fall over some frames: by 60 dB towards a point just below its end, so that it meets its end on time.
/// What an exponential costs is paid here once.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ExponentialDecay {
    frames: f64,
    /// The natural logarithm of the ratio of one frame to the one before.
    logarithm: f64,
    ratio: f64,
}

bits!(ExponentialDecay {
    frames,
    logarithm,
    ratio
});

impl ExponentialDecay {
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
    fn stretch(&self, from: f64, to: f64, time: f64, end: u64) -> EnvelopeSegment {
        if time >= self.frames {
            return EnvelopeSegment::level(to, end);
        }
        let height = (from - to) / (1.0 - FLOOR);
        let goal = to - height * FLOOR;
        let motion = SegmentShape::Falling {
            goal,
            ratio: self.ratio,
        };
        EnvelopeSegment {
            value: goal + height * libm::exp(self.logarithm * time),
            motion,
            end,
        }
    }
}

/// The rise from nothing to full level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attack {
    /// Frames of silence before it.
    pub delay: f64,
    /// Frames that it takes.
    pub attack: f64,
    /// Its bend: it goes like `(1 - e^(-curve x)) / (1 - e^-curve)`; 0 is a straight line.
    pub curve: f64,
}

bits!(Attack {
    delay,
    attack,
    curve
});

impl Attack {
    /// The frames to full level.
    #[must_use]
    pub fn end(&self) -> f64 {
        self.delay + self.attack
    }

    /// How far it has come at a frame.
    fn value(&self, frame: f64) -> f64 {
        if frame >= self.end() {
            1.0
        } else if frame <= self.delay {
            0.0
        } else {
            let share = (frame - self.delay) / self.attack;
            match self.curve {
                0.0 => share,
                curve => libm::expm1(-curve * share) / libm::expm1(-curve),
            }
        }
    }

    /// The stretch that begins at a frame before its end.
    fn stretch(&self, frame: f64) -> EnvelopeSegment {
        if frame < self.delay {
            return EnvelopeSegment::level(0.0, self.delay.ceil() as u64);
        }
        let motion = if self.curve == 0.0 {
            SegmentShape::Straight {
                step: 1.0 / self.attack,
            }
        } else {
            SegmentShape::Falling {
                goal: -1.0 / libm::expm1(-self.curve),
                ratio: libm::exp(-self.curve / self.attack),
            }
        };
        EnvelopeSegment {
            value: self.value(frame),
            motion,
            end: self.end().ceil() as u64,
        }
    }
}

/// The times of an envelope in frames, and its level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldTimes {
    /// The delay and the attack.
    pub rise: Attack,
    /// At full level.
    pub hold: f64,
    /// Falling exponentially to `sustain_level`.
    pub decay: f64,
    /// What is kept, `0.0..=1.0`.
    pub sustain_level: f64,
    /// Falling exponentially from there to nothing; `None` keeps the level.
    pub fade: Option<f64>,
}

/// An envelope while its key is down. Input: frames since the onset. Output: 0.0..=1.0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldEnvelope {
    rise: Attack,
    /// The end of the hold.
    top: f64,
    decay: ExponentialDecay,
    sustain_level: f64,
    fade: Option<ExponentialDecay>,
    /// When what it shapes has died away by itself.
    latest: Option<u64>,
}

bits!(HeldEnvelope {
    rise,
    top,
    decay,
    sustain_level,
    fade,
    latest
});

impl HeldEnvelope {
    /// The envelope of some times.
    #[must_use]
    pub fn new(times: HeldTimes) -> Self {
        Self {
            rise: times.rise,
            top: times.rise.end() + times.hold,
            decay: ExponentialDecay::new(times.decay),
            sustain_level: times.sustain_level,
            fade: times.fade.map(ExponentialDecay::new),
            latest: None,
        }
    }

    /// The same envelope for something that has died away by itself after some frames.
    #[must_use]
    pub fn ending_by(self, frames: f64) -> Self {
        Self {
            latest: Some(frames.ceil() as u64),
            ..self
        }
    }

    /// The delay and the attack.
    #[must_use]
    pub fn rise(&self) -> Attack {
        self.rise
    }

    /// The frames to the end of the decay.
    fn bottom(&self) -> f64 {
        self.top + self.decay.frames
    }

    /// The frames from the onset until nothing is left; `None` where a level is kept.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        let own = match self.fade {
            _ if self.sustain_level == 0.0 => Some(self.bottom().ceil() as u64),
            Some(fade) => Some((self.bottom() + fade.frames).ceil() as u64),
            None => None,
        };
        own.into_iter().chain(self.latest).min()
    }

    /// The stretch that begins at `frame`.
    #[must_use]
    pub fn stretch(&self, frame: u64) -> EnvelopeSegment {
        let (bottom, time) = (self.bottom(), frame as f64);
        if time < self.rise.end() {
            self.rise.stretch(time)
        } else if time < self.top {
            EnvelopeSegment::level(1.0, self.top.ceil() as u64)
        } else if time < bottom {
            self.decay.stretch(
                1.0,
                self.sustain_level,
                time - self.top,
                bottom.ceil() as u64,
            )
        } else {
            self.kept(time - bottom, bottom)
        }
    }

    /// What follows the decay.
    fn kept(&self, time: f64, bottom: f64) -> EnvelopeSegment {
        match self.fade {
            Some(fade) if time < fade.frames => {
                let end = (bottom + fade.frames).ceil() as u64;
                fade.stretch(self.sustain_level, 0.0, time, end)
            }
            Some(_) => EnvelopeSegment::level(0.0, u64::MAX),
            None => EnvelopeSegment::level(self.sustain_level, u64::MAX),
        }
    }
}

/// The end of a note: at `gate` frames after the onset the key goes up, and what sounds falls to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Release {
    fall: ExponentialDecay,
    rise: Attack,
}

bits!(Release { fall, rise });

impl Release {
    /// A fall of `frames` frames, after a held envelope that rises like this: a release within the rise also ends it.
    #[must_use]
    pub fn new(frames: f64, rise: Attack) -> Self {
        Self {
            fall: ExponentialDecay::new(frames),
            rise,
        }
    }

    /// The frames from the onset to silence.
    #[must_use]
    pub fn end(&self, gate: u64) -> u64 {
        gate.saturating_add(self.fall.frames.ceil() as u64)
    }

    /// The stretch of the factor on the held envelope that begins at `frame`. As long as an attack goes on rising, that
    /// is taken back.
    #[must_use]
    pub fn stretch(&self, frame: u64, gate: u64) -> EnvelopeSegment {
        if frame < gate {
            return EnvelopeSegment::level(1.0, gate);
        }
        let end = self.end(gate);
        let end = if frame < end { end } else { u64::MAX };
        let top = self.rise.value(gate as f64);
        let falling = self.fall.stretch(top, 0.0, (frame - gate) as f64, end);
        // What was let go before it began stays silent.
        if top > 0.0 && (frame as f64) < self.rise.end() {
            falling.over(self.rise.stretch(frame as f64))
        } else {
            falling
        }
    }
}

/// The whole of an envelope whose decay stops when the key goes up: what is left then falls to nothing, as in SoundFonts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SegmentEnvelope {
    held: HeldEnvelope,
    fall: ExponentialDecay,
}

bits!(SegmentEnvelope { held, fall });

impl SegmentEnvelope {
    /// A held envelope, and a release of so many frames.
    #[must_use]
    pub fn new(held: HeldEnvelope, release: f64) -> Self {
        Self {
            held,
            fall: ExponentialDecay::new(release),
        }
    }

    /// The frames from the onset to silence.
    #[must_use]
    pub fn end(&self, gate: u64) -> u64 {
        gate.saturating_add(self.fall.frames.ceil() as u64)
    }

    /// The stretch that begins at `frame`, where the key goes up after `gate` frames.
    #[must_use]
    pub fn stretch(&self, frame: u64, gate: u64) -> EnvelopeSegment {
        if frame < gate {
            let held = self.held.stretch(frame);
            return EnvelopeSegment {
                end: held.end.min(gate),
                ..held
            };
        }
        let end = self.end(gate);
        let end = if frame < end { end } else { u64::MAX };
        let left = self.held.stretch(gate).value;
        self.fall.stretch(left, 0.0, (frame - gate) as f64, end)
    }
}

/// What the tone of a voice is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VoiceEnvelope {
    /// The tone has its held envelope in it: only the release.
    Baked(Release),
    /// All of it.
    Segments(SegmentEnvelope),
}

impl Bits for VoiceEnvelope {
    fn write(&self, words: &mut Words) {
        match self {
            Self::Baked(release) => (0u8, release).write(words),
            Self::Segments(segments) => (1u8, segments).write(words),
        }
    }
}

impl VoiceEnvelope {
    /// The frames from the onset to silence, if the key goes up after `gate` of them.
    #[must_use]
    pub fn end(&self, gate: u64) -> u64 {
        match self {
            Self::Baked(release) => release.end(gate),
            Self::Segments(segments) => segments.end(gate),
        }
    }

    /// The segment that begins at `frame`.
    #[must_use]
    pub fn stretch(&self, frame: u64, gate: u64) -> EnvelopeSegment {
        match self {
            Self::Baked(release) => release.stretch(frame, gate),
            Self::Segments(segments) => segments.stretch(frame, gate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RISE: Attack = Attack {
        delay: 0.0,
        attack: 8.0,
        curve: 0.0,
    };

    fn times(sustain_level: f64) -> HeldTimes {
        HeldTimes {
            rise: RISE,
            hold: 8.0,
            decay: 80.0,
            sustain_level,
            fade: None,
        }
    }

    fn held(sustain_level: f64) -> HeldEnvelope {
        HeldEnvelope::new(times(sustain_level))
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
        let release = Release::new(40.0, RISE);
        let values =
            [0, 999, 1000, 1040, 2000].map(|frame| thousandths(release.stretch(frame, 1000).value));
        assert_eq!(values, [1.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_decay_that_stops_at_the_release_falls_from_where_it_is() {
        let segments = SegmentEnvelope::new(held(0.5), 40.0);
        let values = |gate| {
            let frames = [0, 4, 8, gate, gate + 40, gate + 999];
            frames.map(|frame| thousandths(segments.stretch(frame, gate).value))
        };
        assert_eq!(values(500), [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]);
        // Within the rise, too.
        assert_eq!(thousandths(segments.stretch(4, 4).value), 0.5);
        assert_eq!(thousandths(segments.stretch(44, 4).value), 0.0);
        assert!(segments.stretch(8, 4).value < 0.5);
    }

    #[test]
    fn a_release_within_the_attack_ends_the_rise() {
        let (held, release) = (held(0.5), Release::new(1e9, RISE));
        let values = [3, 4, 6, 8, 12]
            .map(|frame| thousandths(held.stretch(frame).value * release.stretch(frame, 4).value));
        assert_eq!(values, [0.375, 0.5, 0.5, 0.5, 0.5]);
    }

    fn step(stretch: &mut EnvelopeSegment) {
        let value = &mut stretch.value;
        match &mut stretch.motion {
            SegmentShape::Straight { step } => *value += *step,
            SegmentShape::Falling { goal, ratio } => *value = *goal + (*value - *goal) * *ratio,
            SegmentShape::Quotient { over, under } => {
                for line in [&mut *over, &mut *under] {
                    line.value = line.value * line.ratio + line.step;
                }
                *value = over.value / under.value;
            }
        }
    }

    #[test]
    fn stepping_along_a_stretch_gives_its_values() {
        let (held, release) = (held(0.3), Release::new(40.0, RISE));
        let bent = Release::new(
            40.0,
            Attack {
                curve: 3.0,
                attack: 60.0,
                ..RISE
            },
        );
        let parts: [&dyn Fn(u64) -> EnvelopeSegment; 4] = [
            &|frame| held.stretch(frame),
            &|frame| release.stretch(frame, 50),
            &|frame| release.stretch(frame, 3),
            &|frame| bent.stretch(frame, 3),
        ];
        for (part, start) in parts
            .iter()
            .flat_map(|part| [0, 4, 20, 60].map(|start| (part, start)))
        {
            let stretch = part(start);
            let mut stepped = stretch;
            for frame in start..stretch.end.min(start + 30) {
                let value = stepped.value;
                assert!((value - part(frame).value).abs() < 1e-9, "frame {frame}");
                step(&mut stepped);
            }
        }
    }

    #[test]
    fn only_a_decay_to_nothing_has_an_end_of_its_own() {
        assert_eq!(held(0.0).end(), Some(96));
        assert_eq!(held(0.5).end(), None);
    }

    #[test]
    fn a_bent_rise_starts_late_is_steep_at_first_and_arrives_on_time() {
        let rise = Attack {
            delay: 10.0,
            curve: 3.0,
            ..RISE
        };
        let held = HeldEnvelope::new(HeldTimes { rise, ..times(1.0) });
        let values = [0, 10, 14, 18].map(|frame| thousandths(held.stretch(frame).value));
        assert_eq!(values, [0.0, 0.0, 0.818, 1.0]);
    }

    #[test]
    fn what_is_kept_fades_if_it_should() {
        let held = HeldEnvelope::new(HeldTimes {
            fade: Some(100.0),
            ..times(0.5)
        });
        assert_eq!(held.end(), Some(196));
        let values = [96, 129, 196, 500].map(|frame| thousandths(held.stretch(frame).value));
        assert_eq!(values, [0.5, 0.051, 0.0, 0.0]);
    }

    #[test]
    fn a_note_let_go_before_it_begins_is_silent() {
        let rise = Attack {
            delay: 50.0,
            ..RISE
        };
        let release = Release::new(40.0, rise);
        let values = [0, 20, 52, 60].map(|frame| release.stretch(frame, 10).value);
        assert_eq!(values, [1.0, 0.0, 0.0, 0.0]);
    }
}
