//! System exclusive messages that change the sound: resets, drum parts, sends, master volume and tuning.

use crate::units::Channel;

/// What a system exclusive message asks for. Values are as sent; 14-bit ones are `0..=16383`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Everything back to its power-up state, under this standard.
    Reset(Standard),
    /// A channel becomes a drum part, or melodic.
    DrumPart { channel: Channel, drums: bool },
    /// A part's setting that a controller sets too.
    Control {
        channel: Channel,
        controller: u8,
        value: u8,
    },
    /// Master volume, 14 bit.
    MasterVolume(u16),
    /// Master tuning in tenths of a cent.
    MasterTuning(i32),
    /// Master transposition in semitones.
    MasterTranspose(i8),
}

/// The set of conventions that a file follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standard {
    /// General MIDI, level 1: the default.
    #[default]
    Gm,
    /// General MIDI 2: bank MSB 120 is drums, 121 melodic.
    Gm2,
    /// Roland GS: bank MSB is the variation.
    Gs,
    /// Yamaha XG: bank LSB is the variation, MSB 126 and 127 are drums.
    Xg,
}

/// The meaning of a message without its framing F0 and F7, if it has one here.
pub(super) fn parse(message: &[u8]) -> Option<Command> {
    match message {
        [0x7E, _, 0x09, 0x01 | 0x02] => Some(Command::Reset(Standard::Gm)),
        [0x7E, _, 0x09, 0x03] => Some(Command::Reset(Standard::Gm2)),
        [0x7F, _, 0x04, 0x01, low, high] => Some(Command::MasterVolume(fourteen_bits(*high, *low))),
        // Master Fine Tuning (CA-25): 14 bit, centred, +-100 cents.
        [0x7F, _, 0x04, 0x03, low, high] => {
            let offset = i32::from(fourteen_bits(*high, *low)) - 8192;
            Some(Command::MasterTuning(offset * 1000 / 8192))
        }
        [0x7F, _, 0x04, 0x04, _, high] => Some(Command::MasterTranspose(semitones(*high))),
        [0x41, _, 0x42, 0x12, address @ .., _checksum] => roland(address),
        [0x43, device, 0x4C, address @ ..] if device & 0xF0 == 0x10 => yamaha(address),
        _ => None,
    }
}

/// Roland GS, Data Set 1: three bytes of address, then data (SC-55 owner's manual).
fn roland(address: &[u8]) -> Option<Command> {
    match address {
        [0x40, 0x00, 0x7F, 0x00] | [0x00, 0x00, 0x7F, _] => Some(Command::Reset(Standard::Gs)),
        // Four nibbles, 1024 is 440 Hz, a step is a tenth of a cent.
        [0x40, 0x00, 0x00, a, b, c, d] => {
            let steps = [a, b, c, d]
                .iter()
                .fold(0, |sum, nibble| (sum << 4) | i32::from(**nibble & 15));
            Some(Command::MasterTuning((steps - 1024).clamp(-1000, 1000)))
        }
        [0x40, 0x00, 0x04, volume] => Some(Command::MasterVolume(fourteen_bits(*volume, 0))),
        [0x40, 0x00, 0x05, shift] => Some(Command::MasterTranspose(semitones(*shift))),
        [0x40, part, 0x15, map] if part & 0xF0 == 0x10 => Some(Command::DrumPart {
            channel: roland_part(*part),
            drums: *map != 0,
        }),
        // Chorus and reverb send.
        [0x40, part, setting @ (0x21 | 0x22), value] if part & 0xF0 == 0x10 => {
            Some(Command::Control {
                channel: roland_part(*part),
                controller: if *setting == 0x21 { 93 } else { 91 },
                value: *value,
            })
        }
        _ => None,
    }
}

/// GS counts parts with part 10 first.
fn roland_part(part: u8) -> Channel {
    match part & 0x0F {
        0 => Channel::DRUMS,
        low @ 1..=9 => Channel::new(low - 1),
        high => Channel::new(high),
    }
}

/// Yamaha XG, Parameter Change: three bytes of address, then data (XG specifications 1.26).
fn yamaha(address: &[u8]) -> Option<Command> {
    match address {
        [0x00, 0x00, 0x7E | 0x7F, _] => Some(Command::Reset(Standard::Xg)),
        // Four nibbles, 1024 is no change, a step is a tenth of a cent.
        [0x00, 0x00, 0x00, a, b, c, d] => {
            let steps = [a, b, c, d]
                .iter()
                .fold(0, |sum, nibble| (sum << 4) | i32::from(**nibble & 15));
            Some(Command::MasterTuning((steps - 1024).clamp(-1024, 1023)))
        }
        [0x00, 0x00, 0x04, volume] => Some(Command::MasterVolume(fourteen_bits(*volume, 0))),
        [0x00, 0x00, 0x06, shift] => Some(Command::MasterTranspose(semitones(*shift))),
        // Chorus and reverb send.
        [0x08, part @ 0..=15, setting @ (0x12 | 0x13), value] => Some(Command::Control {
            channel: Channel::new(*part),
            controller: if *setting == 0x12 { 93 } else { 91 },
            value: *value,
        }),
        [0x08, part @ 0..=15, 0x07, mode] => Some(Command::DrumPart {
            channel: Channel::new(*part),
            drums: *mode != 0,
        }),
        _ => None,
    }
}

fn fourteen_bits(high: u8, low: u8) -> u16 {
    (u16::from(high & 0x7F) << 7) | u16::from(low & 0x7F)
}

/// A transposition in semitones: 64 is none.
fn semitones(value: u8) -> i8 {
    (value & 0x7F) as i8 - 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_resets_are_told_apart() {
        assert_eq!(
            parse(&[0x7E, 0x7F, 9, 1]),
            Some(Command::Reset(Standard::Gm))
        );
        assert_eq!(
            parse(&[0x7E, 0x7F, 9, 3]),
            Some(Command::Reset(Standard::Gm2))
        );
        let gs = [0x41, 0x10, 0x42, 0x12, 0x40, 0x00, 0x7F, 0x00, 0x41];
        assert_eq!(parse(&gs), Some(Command::Reset(Standard::Gs)));
        assert_eq!(
            parse(&[0x43, 0x10, 0x4C, 0, 0, 0x7E, 0]),
            Some(Command::Reset(Standard::Xg))
        );
    }

    #[test]
    fn gs_counts_parts_with_part_ten_first() {
        let part = |x: u8| parse(&[0x41, 0x10, 0x42, 0x12, 0x40, 0x10 | x, 0x15, 0x01, 0x00]);
        let drums = |channel| {
            Some(Command::DrumPart {
                channel: Channel::new(channel),
                drums: true,
            })
        };
        assert_eq!(part(0), drums(9));
        assert_eq!(part(1), drums(0));
        assert_eq!(part(9), drums(8));
        assert_eq!(part(0xA), drums(10));
    }

    #[test]
    fn master_settings_have_units() {
        assert_eq!(
            parse(&[0x7F, 0x7F, 4, 1, 0x7F, 0x7F]),
            Some(Command::MasterVolume(16_383))
        );
        assert_eq!(
            parse(&[0x7F, 0x7F, 4, 3, 0, 0]),
            Some(Command::MasterTuning(-1000))
        );
        assert_eq!(
            parse(&[0x7F, 0x7F, 4, 4, 0, 0x34]),
            Some(Command::MasterTranspose(-12))
        );
        let tuned = [0x41, 0x10, 0x42, 0x12, 0x40, 0, 0, 0, 4, 0x0, 0xA, 0];
        assert_eq!(parse(&tuned), Some(Command::MasterTuning(10)));
    }

    #[test]
    fn what_is_not_known_is_left_alone() {
        assert_eq!(parse(&[]), None);
        assert_eq!(parse(&[0x41]), None);
        assert_eq!(parse(&[0x7E, 0x7F, 6, 1]), None);
    }
}
