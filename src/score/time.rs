//! Exact musical time: ticks become instants by integer arithmetic, and instants become frames here and nowhere else.

use crate::midi::{Division, Fps};
use crate::units::{Ratio, SampleRate, Seconds};

/// The tempo before any Set Tempo: 120 quarter notes a minute, in microseconds per quarter note (SMF 1.0).
const DEFAULT_TEMPO: u32 = 500_000;

/// A point in time, in units of the score's [`Timebase`] since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

impl Instant {
    /// Later than everything in any score.
    pub const NEVER: Self = Self(u64::MAX);
}

/// How long the unit of an [`Instant`] is: so short that every tick at every tempo is a whole number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timebase {
    /// So many units take [`seconds`](Self::seconds) seconds.
    units: u64,
    seconds: u64,
}

impl Timebase {
    /// The timebase of a division: a tick of `tempo` microseconds per quarter is exactly `tempo` units long, an SMPTE
    /// tick exactly 1 (or, at 29.97 frames per second, 1001).
    #[must_use]
    pub fn new(division: Division) -> Self {
        let per_second = match division {
            Division::TicksPerQuarter(ticks) => u64::from(ticks.get()) * 1_000_000,
            Division::Smpte {
                fps,
                ticks_per_frame,
            } => {
                let frames = match fps {
                    Fps::F24 => 24,
                    Fps::F25 => 25,
                    Fps::F2997 => 30_000,
                    Fps::F30 => 30,
                };
                frames * u64::from(ticks_per_frame.get())
            }
        };
        Self {
            units: per_second,
            seconds: 1,
        }
    }

    /// The timebase in which everything happens `ratio` times as fast.
    #[must_use]
    pub fn faster(self, ratio: Ratio) -> Self {
        Self {
            units: self.units * ratio.numerator(),
            seconds: self.seconds * ratio.denominator(),
        }
    }

    /// The frame nearest to an instant (halves up): `instant * seconds * rate / units`, exact however long the song is.
    #[must_use]
    pub fn frame(self, instant: Instant, rate: SampleRate) -> u64 {
        let units = u128::from(self.units);
        let frames = u128::from(instant.0) * u128::from(self.seconds) * u128::from(rate.hz());
        let frame = (frames * 2 + units) / (units * 2);
        u64::try_from(frame).unwrap_or(u64::MAX)
    }

    /// The instant of a time, for people: near enough to name a beat.
    #[must_use]
    pub fn instant(self, time: Seconds) -> Instant {
        let units = time.0 * self.units as f64 / self.seconds as f64;
        // `as` saturates.
        Instant(units.round() as u64)
    }

    /// An instant in seconds, for people: the nearest `f64`.
    #[must_use]
    pub fn seconds(self, instant: Instant) -> Seconds {
        let (units, time) = (
            u128::from(self.units),
            u128::from(instant.0) * u128::from(self.seconds),
        );
        Seconds((time / units) as f64 + (time % units) as f64 / units as f64)
    }
}

/// Turns the ticks of one timeline into instants, tempo by tempo.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    metrical: bool,
    units_per_tick: u64,
    tick: u64,
    now: Instant,
}

impl Clock {
    /// A clock at tick 0, which is the instant `start`.
    #[must_use]
    pub fn new(division: Division, start: Instant) -> Self {
        let (metrical, units_per_tick) = match division {
            Division::TicksPerQuarter(_) => (true, u64::from(DEFAULT_TEMPO)),
            Division::Smpte {
                fps: Fps::F2997, ..
            } => (false, 1001),
            Division::Smpte { .. } => (false, 1),
        };
        Self {
            metrical,
            units_per_tick,
            tick: 0,
            now: start,
        }
    }

    /// Goes to `tick`, which must not lie in the past, and returns its instant; saturates after 17 years.
    pub fn advance(&mut self, tick: u64) -> Instant {
        let units = (tick - self.tick).saturating_mul(self.units_per_tick);
        // NEVER itself stays free to mean "not yet".
        self.now = Instant(self.now.0.saturating_add(units).min(Instant::NEVER.0 - 1));
        self.tick = tick;
        self.now
    }

    /// The units of a tick under the current tempo.
    pub(super) const fn units_per_tick(&self) -> u64 {
        self.units_per_tick
    }

    /// Sets the tempo from here on, in microseconds per quarter note; time code has none.
    pub fn set_tempo(&mut self, tempo: u32) {
        if self.metrical {
            self.units_per_tick = u64::from(tempo);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU8, NonZeroU16};

    use super::*;

    fn quarter(ticks: u16) -> Division {
        Division::TicksPerQuarter(NonZeroU16::new(ticks).unwrap())
    }

    fn smpte(fps: Fps, ticks: u8) -> Division {
        Division::Smpte {
            fps,
            ticks_per_frame: NonZeroU8::new(ticks).unwrap(),
        }
    }

    fn seconds(division: Division, tick: u64) -> f64 {
        let instant = Clock::new(division, Instant(0)).advance(tick);
        Timebase::new(division).seconds(instant).0
    }

    #[test]
    fn a_quarter_note_is_half_a_second_unless_a_tempo_says_otherwise() {
        assert_eq!(seconds(quarter(480), 480), 0.5);
        let mut clock = Clock::new(quarter(480), Instant(0));
        clock.advance(480);
        clock.set_tempo(250_000);
        let end = clock.advance(960);
        assert_eq!(Timebase::new(quarter(480)).seconds(end), Seconds(0.75));
    }

    #[test]
    fn time_code_divides_seconds_and_ignores_tempo() {
        assert_eq!(seconds(smpte(Fps::F24, 4), 96), 1.0);
        assert_eq!(seconds(smpte(Fps::F25, 40), 1000), 1.0);
        assert_eq!(seconds(smpte(Fps::F30, 80), 2400), 1.0);
        assert!((seconds(smpte(Fps::F2997, 100), 3_000_000) - 1001.0).abs() < 1e-9);
        let mut clock = Clock::new(smpte(Fps::F25, 40), Instant(0));
        clock.set_tempo(1);
        assert_eq!(clock.advance(1000), Instant(1000));
    }

    #[test]
    fn ten_hours_of_odd_ticks_do_not_drift() {
        // 97 ticks to a quarter of 486,000 us: 36,000 s are not a whole number of ticks, the nearest frame still is exact.
        let division = quarter(97);
        let (timebase, mut clock) = (Timebase::new(division), Clock::new(division, Instant(0)));
        clock.set_tempo(486_000);
        let mut instant = Instant(0);
        for tick in 0..=7_185_185u64 {
            instant = clock.advance(tick);
        }
        let exact = 7_185_185u128 * 486_000 * 44_100;
        let nearest = (exact * 2 + 97_000_000) / (2 * 97_000_000);
        assert_eq!(
            u128::from(timebase.frame(instant, SampleRate::default())),
            nearest
        );
    }

    #[test]
    fn a_faster_timebase_is_exact_for_ratios_that_floats_miss() {
        // At 3/10 of the tempo a quarter of 0.5 s lasts 5/3 s; three hundred million of them are whole seconds.
        let timebase = Timebase::new(quarter(480)).faster(Ratio::new(3, 10).unwrap());
        let quarters = |count: u64| Instant(count * 480 * 500_000);
        assert_eq!(timebase.seconds(quarters(300_000_000)), Seconds(5e8));
        assert_eq!(timebase.frame(quarters(1), SampleRate::default()), 73_500);
        let far = timebase.frame(quarters(300_000_000), SampleRate::default());
        assert_eq!(far, 500_000_000 * 44_100);
    }

    #[test]
    fn halves_round_up_to_the_later_frame() {
        let timebase = Timebase {
            units: 88_200,
            seconds: 1,
        };
        assert_eq!(timebase.frame(Instant(1), SampleRate::default()), 1);
        assert_eq!(timebase.frame(Instant(2), SampleRate::default()), 1);
    }
}
