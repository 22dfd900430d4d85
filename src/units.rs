//! Every unit the renderer speaks, as a newtype, and every conversion between them, with its formula and source.

use std::fmt;

/// Frames per second of a recording, in [`SampleRate::MIN`]`..=`[`SampleRate::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleRate(u32);

impl SampleRate {
    /// The lowest rate that is rendered, in Hz.
    pub const MIN: u32 = 8_000;
    /// The highest rate that is rendered, in Hz.
    pub const MAX: u32 = 192_000;

    /// A rate in Hz; `None` outside `MIN..=MAX`.
    #[must_use]
    pub const fn new(hz: u32) -> Option<Self> {
        if hz >= Self::MIN && hz <= Self::MAX {
            Some(Self(hz))
        } else {
            None
        }
    }

    /// The rate in Hz.
    #[must_use]
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// The length of one frame.
    #[must_use]
    pub fn frame(self) -> Seconds {
        Seconds(1.0 / f64::from(self.0))
    }
}

impl Default for SampleRate {
    /// 44.1 kHz, the rate of the Compact Disc.
    fn default() -> Self {
        Self(44_100)
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A span of time in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Seconds(pub f64);

impl Seconds {
    /// The span in frames, not rounded: `seconds * rate`.
    #[must_use]
    pub fn in_frames(self, rate: SampleRate) -> f64 {
        self.0 * f64::from(rate.hz())
    }

    /// The nearest whole number of frames, halves away from zero; negative spans give 0.
    #[must_use]
    pub fn to_frames(self, rate: SampleRate) -> u64 {
        // `as` saturates: a negative span becomes 0.
        self.in_frames(rate).round() as u64
    }
}

impl fmt::Display for Seconds {
    /// `h:mm:ss` from an hour on, `m:ss` from a minute on, seconds with three decimals below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 60.0 {
            return write!(f, "{:.3} s", self.0);
        }
        let whole = self.0.round() as u64;
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        if hours > 0 {
            write!(f, "{hours}:{minutes:02}:{seconds:02}")
        } else {
            write!(f, "{minutes}:{seconds:02}")
        }
    }
}

/// An exact ratio between [`Ratio::LEAST`] and [`Ratio::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: u32,
    denominator: u32,
}

impl Ratio {
    /// The lowest ratio.
    pub const LEAST: f64 = 0.01;
    /// The highest ratio.
    pub const MOST: f64 = 100.0;
    /// One to one.
    pub const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };
    /// The highest numerator and denominator: times multiplied by them stay within their integers.
    const LARGEST: u32 = 100_000_000;

    /// `numerator / denominator`; `None` where it is out of range or a number has more than eight digits.
    #[must_use]
    pub fn new(numerator: u32, denominator: u32) -> Option<Self> {
        let ratio = f64::from(numerator) / f64::from(denominator);
        let small = numerator.max(denominator) <= Self::LARGEST;
        (small && (Self::LEAST..=Self::MOST).contains(&ratio)).then_some(Self {
            numerator,
            denominator,
        })
    }

    /// What stands above the line.
    #[must_use]
    pub fn numerator(self) -> u64 {
        u64::from(self.numerator)
    }

    /// What stands below the line.
    #[must_use]
    pub fn denominator(self) -> u64 {
        u64::from(self.denominator)
    }
}

/// A frequency in hertz.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Hertz(pub f64);

/// A pitch interval: 1200 cents to the octave.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Cents(pub f64);

impl Cents {
    /// The frequency ratio of the interval: `2^(cents / 1200)`.
    #[must_use]
    pub fn ratio(self) -> f64 {
        libm::exp2(self.0 / 1200.0)
    }
}

/// A level relative to full scale or to unity gain, in decibels.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Decibels(pub f64);

impl Decibels {
    /// The linear gain: `10^(dB / 20)`.
    #[must_use]
    pub fn gain(self) -> f64 {
        libm::pow(10.0, self.0 / 20.0)
    }

    /// The level of a linear gain: `20 log10(gain)`; silence is minus infinity.
    #[must_use]
    pub fn from_gain(gain: f64) -> Self {
        Self(20.0 * libm::log10(gain))
    }
}

impl fmt::Display for Decibels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} dB", self.0)
    }
}

/// A MIDI data byte, `0..=127`, of some meaning: a key, a velocity, a controller's value.
macro_rules! data_byte {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u8);

        impl $name {
            /// The value with the eighth bit masked off, as a MIDI receiver reads a data byte.
            #[must_use]
            pub const fn new(value: u8) -> Self {
                Self(value & 0x7F)
            }

            /// The value, `0..=127`.
            #[must_use]
            pub const fn get(self) -> u8 {
                self.0
            }

            /// The value as an index into a table of 128.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

data_byte! {
    /// A MIDI key number: 60 is middle C, 69 the A of 440 Hz.
    Key
}

data_byte! {
    /// How fast a key was struck or released, `0..=127`.
    Velocity
}

data_byte! {
    /// A Program Change number, counted from 0 as in the file (General MIDI's tables count from 1).
    Program
}

impl Key {
    /// The equal-tempered frequency: `440 * 2^((key - 69) / 12)` (MIDI Tuning Standard).
    #[must_use]
    pub fn frequency(self) -> Hertz {
        Hertz(440.0 * Cents(100.0 * (f64::from(self.0) - 69.0)).ratio())
    }

    /// How many octaves it lies above middle C: what sounds do by key is measured from there.
    #[must_use]
    pub fn octaves(self) -> f64 {
        (f64::from(self.0) - 60.0) / 12.0
    }
}

impl Velocity {
    /// The velocity as a share of the highest: `velocity / 127`.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / 127.0
    }
}

/// A MIDI channel, `0..=15`; shown counted from 1, as on instruments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(u8);

impl Channel {
    /// The number of channels.
    pub const COUNT: usize = 16;
    /// The channel that plays drums in General MIDI: 10, counted from 1.
    pub const DRUMS: Self = Self(9);

    /// The channel of a status byte's low four bits.
    #[must_use]
    pub const fn new(value: u8) -> Self {
        Self(value & 0x0F)
    }

    /// The channel as an index, `0..=15`.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every channel, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 + 1)
    }
}

/// One of the instruments of a song: a channel of a port. A song of one port has sixteen at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The port, counted from 0.
    pub port: u8,
    /// The channel.
    pub channel: Channel,
}

/// Some of the sixteen channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelSet(u16);

impl ChannelSet {
    /// Every channel.
    pub const ALL: Self = Self(u16::MAX);

    /// Whether a channel is one of them.
    #[must_use]
    pub const fn contains(self, channel: Channel) -> bool {
        self.0 >> channel.0 & 1 == 1
    }

    /// These channels but for `others`.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }
}

impl FromIterator<Channel> for ChannelSet {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        let bit = |channel: Channel| 1 << channel.0;
        Self(
            channels
                .into_iter()
                .fold(0, |set, channel| set | bit(channel)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_octave_is_twelve_keys_and_twelve_hundred_cents() {
        assert_eq!(Key::new(69).frequency(), Hertz(440.0));
        assert_eq!(Key::new(81).frequency(), Hertz(880.0));
        assert!((Key::new(60).frequency().0 - 261.625_565_300_598_6).abs() < 1e-12);
        assert_eq!(Cents(1200.0).ratio(), 2.0);
    }

    #[test]
    fn twenty_decibels_are_a_factor_of_ten() {
        assert!((Decibels(20.0).gain() - 10.0).abs() < 1e-14);
        assert!((Decibels::from_gain(0.1).0 + 20.0).abs() < 1e-12);
        assert_eq!(Decibels::from_gain(0.0).0, f64::NEG_INFINITY);
    }

    #[test]
    fn a_sample_rate_outside_its_range_is_refused() {
        assert_eq!(SampleRate::new(7_999), None);
        assert_eq!(SampleRate::new(192_001), None);
        assert_eq!(SampleRate::new(48_000).map(SampleRate::hz), Some(48_000));
    }

    #[test]
    fn seconds_round_to_the_nearest_frame() {
        let rate = SampleRate::default();
        assert_eq!(Seconds(1.0).to_frames(rate), 44_100);
        assert_eq!(Seconds(0.6 / 44_100.0).to_frames(rate), 1);
        assert_eq!(Seconds(-1.0).to_frames(rate), 0);
    }

    #[test]
    fn a_ratio_out_of_range_is_refused() {
        let check = |numerator, denominator, allowed| {
            let ratio = Ratio::new(numerator, denominator);
            assert_eq!(ratio.is_some(), allowed, "{numerator} / {denominator}");
        };
        check(1, 100, true);
        check(100, 1, true);
        check(0, 1, false);
        check(1, 0, false);
        check(0, 0, false);
        check(101, 1, false);
        check(1, 101, false);
        check(200_000_000, 200_000_000, false);
    }

    #[test]
    fn durations_read_like_a_clock() {
        assert_eq!(Seconds(1.5).to_string(), "1.500 s");
        assert_eq!(Seconds(61.2).to_string(), "1:01");
        assert_eq!(Seconds(3_725.0).to_string(), "1:02:05");
    }
}
