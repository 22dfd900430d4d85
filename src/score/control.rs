//! What can be moved on a part while it plays: its controllers, and what is sent by messages of their own.

/// Something that a part keeps a [`Lane`](super::Lane) of, as it was sent: what a standard makes of it is not said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Control(u8);

impl Control {
    /// CC1 and CC33.
    pub const MODULATION: Self = Self(1);
    /// CC5 and CC37.
    pub const PORTAMENTO_TIME: Self = Self(5);
    /// CC7 and CC39.
    pub const VOLUME: Self = Self(7);
    /// CC8 and CC40.
    pub const BALANCE: Self = Self(8);
    /// CC10 and CC42.
    pub const PAN: Self = Self(10);
    /// CC11 and CC43.
    pub const EXPRESSION: Self = Self(11);
    /// CC64.
    pub const SUSTAIN_PEDAL: Self = Self(64);
    /// CC65.
    pub const PORTAMENTO: Self = Self(65);
    /// CC66.
    pub const SOSTENUTO_PEDAL: Self = Self(66);
    /// CC67.
    pub const SOFT_PEDAL: Self = Self(67);
    /// CC68.
    pub const LEGATO: Self = Self(68);
    /// CC71.
    pub const RESONANCE: Self = Self(71);
    /// CC72.
    pub const RELEASE_TIME: Self = Self(72);
    /// CC73.
    pub const ATTACK_TIME: Self = Self(73);
    /// CC74.
    pub const BRIGHTNESS: Self = Self(74);
    /// CC75.
    pub const DECAY_TIME: Self = Self(75);
    /// CC76.
    pub const VIBRATO_RATE: Self = Self(76);
    /// CC77.
    pub const VIBRATO_DEPTH: Self = Self(77);
    /// CC78.
    pub const VIBRATO_DELAY: Self = Self(78);
    /// CC91.
    pub const REVERB_SEND: Self = Self(91);
    /// CC93.
    pub const CHORUS_SEND: Self = Self(93);
    /// CC94.
    pub const DELAY_SEND: Self = Self(94);
    /// Pitch Bend, `-8192..=8191`.
    pub const BEND: Self = Self(128);
    /// Channel Pressure, `0..=127`.
    pub const PRESSURE: Self = Self(129);
    /// RPN 0, in cents.
    pub const BEND_RANGE: Self = Self(130);
    /// RPN 1, 14 bit.
    pub const FINE_TUNING: Self = Self(131);
    /// RPN 2, semitones from 64.
    pub const COARSE_TUNING: Self = Self(132);
    /// RPN 5, 14 bit: semitones and 128ths.
    pub const MODULATION_DEPTH: Self = Self(133);
    /// Whether the part plays drums: 0 or 1.
    pub const DRUMS: Self = Self(134);

    /// How many there are.
    pub const COUNT: usize = 135;

    /// A controller by its number, `0..=127`. Of those that have a second one for the lower seven bits (32 above it), both
    /// are one, of 14 bits.
    #[must_use]
    pub const fn controller(number: u8) -> Self {
        Self(number & 0x7F)
    }

    /// Its place among all.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every one, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(|index| Self(index as u8))
    }

    /// The value at power-up (General MIDI 2): volume 100, expression full, pan centred, reverb send 40.
    #[must_use]
    pub const fn power_up(self) -> i32 {
        match self {
            Self::VOLUME => 100 << 7,
            Self::EXPRESSION => 127 << 7,
            Self::PAN | Self::BALANCE => 64 << 7,
            Self::REVERB_SEND => 40,
            // The sound controllers, and those of vibrato.
            Self(70..=79) => 64,
            Self::BEND_RANGE => 200,
            Self::FINE_TUNING => 8192,
            Self::COARSE_TUNING | Self::MODULATION_DEPTH => 64,
            _ => 0,
        }
    }
}
