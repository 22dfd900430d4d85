//! What the effects of a song are set to: kind, time and level of the reverb, the chorus and the delay.
//!
//! Kinds, default times and units are those of General MIDI 2 (1.2, Global Parameter Control: reverb and chorus); GS
//! macros and XG types are heard as the kind that is nearest (SC-88 owner's manual; XG specifications 1.26).

use std::ops::RangeInclusive;

use crate::units::{Hertz, Seconds};

/// What the effects are set to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effects {
    /// The reverb.
    pub reverb: ReverbSetting,
    /// The chorus.
    pub chorus: ChorusSetting,
    /// The delay.
    pub delay: DelaySetting,
}

/// A room, and how long sound stays in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReverbSetting {
    /// The room.
    pub kind: ReverbKind,
    /// Until the level has fallen by 60 dB, at middle frequencies.
    pub time: Seconds,
    /// Linear gain of the return; 1 is the standard level.
    pub level: f32,
}

/// The rooms of General MIDI 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the standard say it")]
pub enum ReverbKind {
    SmallRoom,
    MediumRoom,
    LargeRoom,
    MediumHall,
    LargeHall,
    Plate,
}

impl ReverbKind {
    /// The time that the standard gives the room.
    #[must_use]
    pub fn time(self) -> Seconds {
        reverb_time(match self {
            Self::SmallRoom => 44.0,
            Self::MediumRoom | Self::Plate => 50.0,
            Self::LargeRoom => 56.0,
            Self::MediumHall | Self::LargeHall => 64.0,
        })
    }
}

/// General MIDI 2: `exp((value - 40) * 0.025)` seconds.
pub(crate) fn reverb_time(value: f64) -> Seconds {
    Seconds(libm::exp((value - 40.0) * 0.025))
}

impl ReverbSetting {
    /// A room with its own time, at the standard level.
    #[must_use]
    pub fn new(kind: ReverbKind) -> Self {
        Self {
            kind,
            time: kind.time(),
            level: 1.0,
        }
    }

    /// Another room, at the level that is set.
    pub(crate) fn choose(&mut self, kind: ReverbKind) {
        *self = Self {
            level: self.level,
            ..Self::new(kind)
        };
    }
}

impl Default for ReverbSetting {
    /// General MIDI 2: the large hall.
    fn default() -> Self {
        Self::new(ReverbKind::LargeHall)
    }
}

/// A delay that sways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChorusSetting {
    /// The shortest delay.
    pub delay: Seconds,
    /// How often it sways.
    pub rate: Hertz,
    /// How far it sways, from end to end.
    pub depth: Seconds,
    /// The share of the output that goes in again, `0.0..1.0`.
    pub feedback: f32,
    /// The share of the output that goes to the reverb.
    pub to_reverb: f32,
    /// Linear gain of the return; 1 is the standard level.
    pub level: f32,
}

impl ChorusSetting {
    /// The kinds of General MIDI 2: feedback, modulation rate and depth as sent, and the shortest delay in milliseconds,
    /// which the standard leaves open.
    const KINDS: [([u8; 3], f64); 6] = [
        ([0, 3, 5], 8.0),
        ([5, 9, 19], 8.0),
        ([8, 3, 19], 8.0),
        ([16, 9, 16], 8.0),
        ([64, 2, 24], 8.0),
        ([112, 1, 5], 1.0),
    ];

    /// The kind of a number: chorus 1 to 4, feedback chorus, flanger.
    #[must_use]
    pub fn new(kind: usize) -> Option<Self> {
        Self::KINDS.get(kind).copied().map(Self::of)
    }

    fn of(([feedback, rate, depth], delay): ([u8; 3], f64)) -> Self {
        Self {
            delay: Seconds(delay / 1000.0),
            rate: mod_rate(rate),
            depth: mod_depth(depth),
            feedback: share(feedback),
            to_reverb: 0.0,
            level: 1.0,
        }
    }

    /// Another kind, at the level that is set; nothing for a number without one.
    pub(crate) fn choose(&mut self, kind: usize) {
        if let Some(chosen) = Self::new(kind) {
            *self = Self {
                level: self.level,
                ..chosen
            };
        }
    }
}

impl Default for ChorusSetting {
    /// General MIDI 2: chorus 3.
    fn default() -> Self {
        Self::of(Self::KINDS[2])
    }
}

/// Echoes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelaySetting {
    /// From the sound to its first echo, and from echo to echo.
    pub time: Seconds,
    /// What is left from one echo to the next, `0.0..1.0`.
    pub feedback: f32,
    /// Linear gain of the return; 1 is the standard level.
    pub level: f32,
    /// Whether echoes go from side to side.
    pub panned: bool,
}

impl DelaySetting {
    /// The GS macros: the time as sent, and whether it goes from side to side. Delay 1 to 4, pan delay 1 to 4, delay to
    /// reverb 1 and 2, pan repeat.
    const MACROS: [(u8, bool); 11] = [
        (97, false),
        (106, false),
        (115, false),
        (83, false),
        (105, true),
        (109, true),
        (115, true),
        (93, true),
        (109, false),
        (110, false),
        (115, true),
    ];

    /// Another macro, at the level that is set; nothing for a number without one.
    pub(crate) fn choose(&mut self, number: u8) {
        if let Some((time, panned)) = Self::MACROS.get(usize::from(number)) {
            (self.time, self.panned) = (delay_time(*time), *panned);
        }
    }
}

impl Default for DelaySetting {
    /// GS: delay 1.
    fn default() -> Self {
        Self {
            time: delay_time(97),
            feedback: roland_feedback(80),
            level: 1.0,
            panned: false,
        }
    }
}

/// GS: 0.1 ms to 1 s in ten stretches of equal steps (SC-88 owner's manual, delay time).
pub(crate) fn delay_time(value: u8) -> Seconds {
    const STRETCHES: [(u8, f64, f64); 10] = [
        (1, 0.1, 0.1),
        (20, 2.0, 0.2),
        (35, 5.0, 0.5),
        (45, 10.0, 1.0),
        (55, 20.0, 2.0),
        (70, 50.0, 5.0),
        (80, 100.0, 10.0),
        (90, 200.0, 20.0),
        (105, 500.0, 50.0),
        (116, 1000.0, 0.0),
    ];
    let value = value.max(1);
    let stretch = STRETCHES.iter().rfind(|(first, ..)| *first <= value);
    let (first, start, step) = stretch.copied().unwrap_or(STRETCHES[0]);
    Seconds((start + step * f64::from(value - first)) / 1000.0)
}

/// GS: 64 is none; what is below it turns the sign, which is not heard in single echoes.
pub(crate) fn roland_feedback(value: u8) -> f32 {
    (f32::from(value) - 64.0).abs() / 64.0 * 0.98
}

/// General MIDI 2: steps of 0.122 Hz. Standing still is no chorus, so 0 counts as the slowest.
pub(crate) fn mod_rate(value: u8) -> Hertz {
    Hertz(f64::from(value.max(1)) * 0.122)
}

/// General MIDI 2: `(value + 1) / 3.2` milliseconds.
pub(crate) fn mod_depth(value: u8) -> Seconds {
    Seconds((f64::from(value) + 1.0) / 3.2 / 1000.0)
}

/// General MIDI 2: steps of 0.763 %, so 127 is 97 %.
pub(crate) fn share(value: u8) -> f32 {
    f32::from(value) * 0.007_63
}

/// GS and XG: 64 is the standard level.
pub(crate) fn level(value: u8) -> f32 {
    f32::from(value) / 64.0
}

/// What effects are made for: all that seven bits can say, and not much more. Lines are as long as these times, and
/// what goes in again must be less than what came out.
mod most {
    use std::ops::RangeInclusive;

    pub(super) const REVERB_S: RangeInclusive<f64> = 0.05..=10.0;
    pub(super) const CHORUS_DELAY_S: RangeInclusive<f64> = 0.0..=0.1;
    pub(super) const CHORUS_DEPTH_S: RangeInclusive<f64> = 0.0..=0.1;
    pub(super) const CHORUS_HZ: RangeInclusive<f64> = 0.0..=20.0;
    pub(super) const DELAY_S: RangeInclusive<f64> = 0.0..=1.0;
    pub(super) const FEEDBACK: RangeInclusive<f64> = 0.0..=0.98;
    pub(super) const SHARE: RangeInclusive<f64> = 0.0..=1.0;
    pub(super) const LEVEL: RangeInclusive<f64> = 0.0..=2.0;
}

/// The number in a range; the least of it for what is no number.
fn within(number: f64, range: &RangeInclusive<f64>) -> f64 {
    number.max(*range.start()).min(*range.end())
}

fn within_f32(number: f32, range: &RangeInclusive<f64>) -> f32 {
    within(f64::from(number), range) as f32
}

impl Effects {
    /// The same with every parameter within what effects are made for, whoever set it.
    #[must_use]
    pub fn clamped(&self) -> Self {
        let Self {
            reverb,
            chorus,
            delay,
        } = *self;
        Self {
            reverb: ReverbSetting {
                kind: reverb.kind,
                time: Seconds(within(reverb.time.0, &most::REVERB_S)),
                level: within_f32(reverb.level, &most::LEVEL),
            },
            chorus: ChorusSetting {
                delay: Seconds(within(chorus.delay.0, &most::CHORUS_DELAY_S)),
                rate: Hertz(within(chorus.rate.0, &most::CHORUS_HZ)),
                depth: Seconds(within(chorus.depth.0, &most::CHORUS_DEPTH_S)),
                feedback: within_f32(chorus.feedback, &most::FEEDBACK),
                to_reverb: within_f32(chorus.to_reverb, &most::SHARE),
                level: within_f32(chorus.level, &most::LEVEL),
            },
            delay: DelaySetting {
                time: Seconds(within(delay.time.0, &most::DELAY_S)),
                feedback: within_f32(delay.feedback, &most::FEEDBACK),
                level: within_f32(delay.level, &most::LEVEL),
                panned: delay.panned,
            },
        }
    }
}
