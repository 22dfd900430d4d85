//! The effects that a song asks for by system exclusive: kind, time and level of the reverb, and the chorus.
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
fn reverb_time(value: f64) -> Seconds {
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

    fn choose(&mut self, kind: ReverbKind) {
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

    fn choose(&mut self, kind: usize) {
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

    fn choose(&mut self, number: u8) {
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
fn delay_time(value: u8) -> Seconds {
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
fn roland_feedback(value: u8) -> f32 {
    (f32::from(value) - 64.0).abs() / 64.0 * 0.98
}

/// General MIDI 2: steps of 0.122 Hz. Standing still is no chorus, so 0 counts as the slowest.
fn mod_rate(value: u8) -> Hertz {
    Hertz(f64::from(value.max(1)) * 0.122)
}

/// General MIDI 2: `(value + 1) / 3.2` milliseconds.
fn mod_depth(value: u8) -> Seconds {
    Seconds((f64::from(value) + 1.0) / 3.2 / 1000.0)
}

/// General MIDI 2: steps of 0.763 %, so 127 is 97 %.
fn share(value: u8) -> f32 {
    f32::from(value) * 0.007_63
}

/// GS and XG: 64 is the standard level.
fn level(value: u8) -> f32 {
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

    /// Does what a message asks for, without its framing F0 and F7; others change nothing.
    pub(super) fn obey(&mut self, message: &[u8]) {
        match message {
            // One slot path of two bytes; parameters and values of one byte each.
            [0x7F, _, 0x04, 0x05, 1, 1, 1, 1, slot, pairs @ ..] => {
                for pair in pairs.chunks_exact(2) {
                    self.general_midi(*slot, pair[0], pair[1]);
                }
            }
            [
                0x41,
                _,
                0x42,
                0x12,
                0x40,
                0x01,
                first,
                values @ ..,
                _checksum,
            ] => {
                for (address, value) in (*first..128).zip(values) {
                    self.roland(address, *value);
                }
            }
            [0x43, device, 0x4C, 0x02, 0x01, first, values @ ..] if device & 0xF0 == 0x10 => {
                self.yamaha(*first, values);
            }
            _ => {}
        }
    }

    fn general_midi(&mut self, slot: u8, parameter: u8, value: u8) {
        let (reverb, chorus) = (&mut self.reverb, &mut self.chorus);
        match (slot, parameter) {
            (1, 0) => {
                if let Some(kind) = general_midi_room(value) {
                    reverb.choose(kind);
                }
            }
            (1, 1) => reverb.time = reverb_time(f64::from(value)),
            (2, 0) => chorus.choose(usize::from(value)),
            (2, 1) => chorus.rate = mod_rate(value),
            (2, 2) => chorus.depth = mod_depth(value),
            (2, 3) => chorus.feedback = share(value),
            (2, 4) => chorus.to_reverb = f32::from(value) * 0.007_87,
            _ => {}
        }
    }

    /// GS: the block of effects at 40 01.
    fn roland(&mut self, address: u8, value: u8) {
        let (reverb, chorus, delay) = (&mut self.reverb, &mut self.chorus, &mut self.delay);
        match address {
            0x30 => reverb.choose(roland_room(value)),
            0x33 => reverb.level = level(value),
            // The scale is not published; the standard's, from the room's own time at 64, is near.
            0x34 => {
                reverb.time = Seconds(reverb.kind.time().0 * reverb_time(f64::from(value) - 24.0).0)
            }
            // 6 and 7 are delays.
            0x38 => chorus.choose(usize::from(value.min(5))),
            0x3A => chorus.level = level(value),
            0x3B => chorus.feedback = share(value),
            0x3D => chorus.rate = mod_rate(value),
            0x3E => chorus.depth = mod_depth(value),
            0x3F => chorus.to_reverb = f32::from(value) * 0.007_87,
            0x50 => delay.choose(value),
            0x52 => delay.time = delay_time(value),
            0x58 => delay.level = level(value),
            0x59 => delay.feedback = roland_feedback(value),
            _ => {}
        }
    }

    /// XG: the block of effects at 02 01, of which types and returns count.
    fn yamaha(&mut self, address: u8, values: &[u8]) {
        match (address, values) {
            (0x00, [0, ..]) => self.reverb.level = 0.0,
            (0x00, [kind, sub, ..]) => self.reverb = ReverbSetting::new(yamaha_room(*kind, *sub)),
            (0x0C, [value, ..]) => self.reverb.level = level(*value),
            (0x20, [0, ..]) => self.chorus.level = 0.0,
            (0x20, [kind, sub, ..]) => self.chorus = yamaha_chorus(*kind, *sub),
            (0x2C, [value, ..]) => self.chorus.level = level(*value),
            _ => {}
        }
    }
}

fn general_midi_room(value: u8) -> Option<ReverbKind> {
    Some(match value {
        0 => ReverbKind::SmallRoom,
        1 => ReverbKind::MediumRoom,
        2 => ReverbKind::LargeRoom,
        3 => ReverbKind::MediumHall,
        4 => ReverbKind::LargeHall,
        8 => ReverbKind::Plate,
        _ => return None,
    })
}

/// Room 1 to 3, hall 1 and 2, plate; the two delays after them are heard as the plate.
fn roland_room(value: u8) -> ReverbKind {
    general_midi_room(value).unwrap_or(ReverbKind::Plate)
}

/// Hall, room, stage and plate; what is stranger (tunnel, canyon, basement) is a large hall.
fn yamaha_room(kind: u8, sub: u8) -> ReverbKind {
    match (kind, sub) {
        (1, 0) => ReverbKind::LargeHall,
        (1, _) => ReverbKind::MediumHall,
        (2, 0) => ReverbKind::SmallRoom,
        (2, 1) => ReverbKind::MediumRoom,
        (2, _) => ReverbKind::LargeRoom,
        (3, _) => ReverbKind::MediumHall,
        (4, _) => ReverbKind::Plate,
        _ => ReverbKind::LargeHall,
    }
}

/// Chorus 1 to 4, celeste (a slow chorus), flanger.
fn yamaha_chorus(kind: u8, sub: u8) -> ChorusSetting {
    let number = match (kind, sub) {
        (0x41, sub) => usize::from(sub.min(3)),
        (0x43, _) => 5,
        _ => 2,
    };
    ChorusSetting::new(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(message: &[u8]) -> Effects {
        let mut effects = Effects::default();
        effects.obey(message);
        effects
    }

    fn check_room(message: &[u8], kind: ReverbKind, seconds: f64) {
        let reverb = after(message).reverb;
        assert_eq!(reverb.kind, kind);
        assert!((reverb.time.0 - seconds).abs() < 0.05, "{:?}", reverb.time);
    }

    #[test]
    fn the_rooms_of_general_midi_2_have_their_times() {
        use ReverbKind::{LargeHall, LargeRoom, MediumHall, MediumRoom, Plate, SmallRoom};
        let rooms = [
            (0, SmallRoom, 1.1),
            (1, MediumRoom, 1.3),
            (2, LargeRoom, 1.5),
            (3, MediumHall, 1.8),
            (4, LargeHall, 1.8),
            (8, Plate, 1.3),
        ];
        for (value, kind, seconds) in rooms {
            check_room(&[0x7F, 0x7F, 4, 5, 1, 1, 1, 1, 1, 0, value], kind, seconds);
        }
        // Kind and time in one message.
        let both = [0x7F, 0x7F, 4, 5, 1, 1, 1, 1, 1, 0, 8, 1, 40];
        check_room(&both, Plate, 1.0);
    }

    #[test]
    fn gs_macros_and_xg_types_are_the_nearest_room() {
        let gs = |values: &[u8]| [&[0x41, 0x10, 0x42, 0x12, 0x40, 1], values, &[0]].concat();
        check_room(&gs(&[0x30, 0]), ReverbKind::SmallRoom, 1.1);
        check_room(&gs(&[0x30, 5]), ReverbKind::Plate, 1.3);
        // Macro, character, filter, level and time in one message: half the level, 64 is the room's own time.
        let block = gs(&[0x30, 2, 0, 0, 32, 64]);
        check_room(&block, ReverbKind::LargeRoom, 1.5);
        assert_eq!(after(&block).reverb.level, 0.5);
        check_room(&[0x43, 0x10, 0x4C, 2, 1, 0, 4, 0], ReverbKind::Plate, 1.3);
        assert_eq!(after(&[0x43, 0x10, 0x4C, 2, 1, 0, 0, 0]).reverb.level, 0.0);
    }

    #[test]
    fn the_delay_of_gs_has_its_times_and_macros() {
        let times = [1, 20, 83, 97, 106, 115, 127].map(|value| (delay_time(value).0 * 1e4).round());
        assert_eq!(
            times,
            [1.0, 20.0, 1300.0, 3400.0, 5500.0, 10_000.0, 10_000.0]
        );
        let set =
            |address, value| after(&[0x41, 0x10, 0x42, 0x12, 0x40, 0x01, address, value, 0]).delay;
        assert!(set(0x50, 4).panned && !set(0x50, 0).panned);
        assert_eq!(set(0x59, 64).feedback, 0.0);
        assert_eq!(set(0x58, 32).level, 0.5);
    }

    #[test]
    fn the_chorus_of_general_midi_2_has_units() {
        let flanger = after(&[0x7F, 0x7F, 4, 5, 1, 1, 1, 1, 2, 0, 5]).chorus;
        assert!((flanger.rate.0 - 0.122).abs() < 1e-9);
        assert!((flanger.depth.0 - 0.001_875).abs() < 1e-9);
        assert!((flanger.feedback - 0.854).abs() < 1e-3);
        let wet = after(&[0x7F, 0x7F, 4, 5, 1, 1, 1, 1, 2, 4, 127]).chorus;
        assert!((wet.to_reverb - 1.0).abs() < 1e-3);
    }

    /// What a message sets, with this value at every place where the standards have one.
    fn all_set_to(value: u8) -> [Effects; 3] {
        let standard: Vec<u8> = (0..5).flat_map(|parameter| [parameter, value]).collect();
        let standard = |slot: u8| [&[0x7F, 0x7F, 4, 5, 1, 1, 1, 1, slot], &standard[..]].concat();
        let roland = [&[0x41, 0x10, 0x42, 0x12, 0x40, 1, 0], &[value; 128][..]].concat();
        let mut general = after(&standard(1));
        general.obey(&standard(2));
        let mut yamaha = Effects::default();
        for address in 0..128 {
            yamaha.obey(&[0x43, 0x10, 0x4C, 2, 1, address, value, value]);
        }
        [general, after(&roland), yamaha]
    }

    #[test]
    fn all_that_seven_bits_can_say_is_within_what_effects_are_made_for() {
        for value in 0..128 {
            for effects in all_set_to(value) {
                assert_eq!(effects.clamped(), effects, "{value}");
            }
        }
    }

    #[test]
    fn what_eight_bits_or_a_program_can_say_is_brought_there() {
        for value in 128..=255 {
            for effects in all_set_to(value) {
                check_clamped(effects);
            }
        }
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1.0] {
            let small = odd as f32;
            check_clamped(Effects {
                reverb: ReverbSetting {
                    time: Seconds(odd),
                    level: small,
                    ..ReverbSetting::default()
                },
                chorus: ChorusSetting {
                    delay: Seconds(odd),
                    rate: Hertz(odd),
                    depth: Seconds(odd),
                    feedback: small,
                    to_reverb: small,
                    level: small,
                },
                delay: DelaySetting {
                    time: Seconds(odd),
                    feedback: small,
                    level: small,
                    panned: true,
                },
            });
        }
    }

    fn check_clamped(effects: Effects) {
        let Effects {
            reverb,
            chorus,
            delay,
        } = effects.clamped();
        assert!((0.05..=10.0).contains(&reverb.time.0), "{reverb:?}");
        assert!((0.0..=0.2).contains(&(chorus.delay.0 + chorus.depth.0)));
        assert!((0.0..=20.0).contains(&chorus.rate.0), "{chorus:?}");
        assert!((0.0..=1.0).contains(&delay.time.0), "{delay:?}");
        for feedback in [chorus.feedback, delay.feedback] {
            assert!((0.0..1.0).contains(&feedback), "{feedback}");
        }
        for level in [reverb.level, chorus.level, delay.level, chorus.to_reverb] {
            assert!((0.0..=2.0).contains(&level), "{level}");
        }
    }

    #[test]
    fn what_is_cut_short_or_not_known_changes_nothing() {
        for message in [
            &[][..],
            &[0x7F, 0x7F, 4, 5, 1, 1, 1, 1, 1, 0],
            &[0x7F, 0x7F, 4, 5, 1, 1, 1, 1, 1, 0, 99],
            &[0x41, 0x10, 0x42, 0x12, 0x40, 1],
            &[0x43, 0x10, 0x4C, 2, 1, 0, 4],
        ] {
            assert_eq!(after(message), Effects::default(), "{message:?}");
        }
    }
}
