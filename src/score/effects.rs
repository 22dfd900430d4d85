//! The effects that a song asks for by system exclusive, in the words of GM2, GS and XG.

use crate::sound::effects::{
    ChorusSetting, Effects, ReverbKind, ReverbSetting, delay_time, level, mod_depth, mod_rate,
    reverb_time, roland_feedback, share,
};
use crate::units::Seconds;

impl Effects {
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
    use crate::sound::effects::DelaySetting;
    use crate::units::Hertz;

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
