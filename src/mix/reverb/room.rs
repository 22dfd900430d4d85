//! What rooms are like: sizes, times and colours, and the delays and gains that follow from them.

use crate::sound::effects::{ReverbKind, ReverbSetting};
use crate::units::{Decibels, Hertz, SampleRate, Seconds};

/// Lines of the feedback network.
pub(super) const LINES: usize = 16;

/// Where the treble's reverberation time is given.
const TREBLE: Hertz = Hertz(5_000.0);

/// The shortest and the longest line of a room of size 1, chosen for more than one mode in each hertz (Schroeder 1962 asks
/// for as many as the ear cannot tell apart), and for no line to be a multiple of another.
const LINE_DELAYS: (Seconds, Seconds) = (Seconds(0.037), Seconds(0.131));

/// The character of a room; what a song can set of it is in [`ReverbSetting`]. Tuned by measurement and spectrogram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Scales every delay.
    pub(super) size: f64,
    /// Before the first of the dense echoes.
    pub(super) pre_delay: Seconds,
    /// The level of the early reflections beside that of the reverberation.
    pub(super) early: Decibels,
    /// Reverberation time at 5 kHz beside that at middle frequencies.
    pub(super) treble: f64,
}

impl Room {
    /// The room of a kind.
    pub(super) fn of(kind: ReverbKind) -> Self {
        let room = |size, pre_delay, early, treble| Self {
            size,
            pre_delay: Seconds(pre_delay),
            early: Decibels(early),
            treble,
        };
        match kind {
            ReverbKind::SmallRoom => room(0.55, 0.002, -5.0, 0.55),
            ReverbKind::MediumRoom => room(0.65, 0.004, -6.0, 0.6),
            ReverbKind::LargeRoom => room(0.75, 0.008, -7.0, 0.65),
            ReverbKind::MediumHall => room(0.85, 0.015, -9.0, 0.65),
            ReverbKind::LargeHall => room(1.0, 0.02, -10.0, 0.65),
            ReverbKind::Plate => room(0.65, 0.0, f64::NEG_INFINITY, 0.85),
        }
    }

    /// The delays of the lines in frames: primes, so that no two echoes fall together for long, spread evenly in pitch.
    pub(super) fn delays(&self, rate: SampleRate) -> [usize; LINES] {
        let (shortest, longest) = LINE_DELAYS;
        let mut last = 0;
        std::array::from_fn(|line| {
            let place = line as f64 / (LINES - 1) as f64;
            let delay = shortest.0 * libm::pow(longest.0 / shortest.0, place) * self.size;
            last = next_prime((Seconds(delay).to_frames(rate) as usize).max(last + 1));
            last
        })
    }
}

/// What a line does to a sound that passes it once: `centre x[n] + side (x[n - 1] + x[n + 1])`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Absorption {
    /// Of the frame itself.
    pub(super) centre: f32,
    /// Of its neighbours.
    pub(super) side: f32,
}

impl Absorption {
    /// That of a line of so many frames: the level falls with the time spent in it (Jot and Chaigne 1991), and in the
    /// treble as fast as the room has it. The filter is symmetric, so it delays nothing, and needs no feedback.
    pub(super) fn new(
        frames: usize,
        setting: &ReverbSetting,
        room: &Room,
        rate: SampleRate,
    ) -> Self {
        let seconds = frames as f64 * rate.frame().0;
        let gain = |per_second: f64| libm::pow(10.0, -3.0 * seconds * per_second);
        // The treble of low rates ends before 5 kHz; losses grow with the square of the frequency, as those of air do.
        let frequency = TREBLE.0.min(0.45 * f64::from(rate.hz()));
        let place = frequency / TREBLE.0;
        let lost = (1.0 / room.treble - 1.0) / setting.time.0 * place * place;
        let angle = std::f64::consts::TAU * frequency * rate.frame().0;
        let reach = (1.0 - libm::cos(angle)) / 2.0;
        let damping = ((1.0 - gain(lost)) / reach).min(1.0);
        let whole = gain(1.0 / setting.time.0);
        Self {
            centre: (whole * (1.0 - damping / 2.0)) as f32,
            side: (whole * damping / 4.0) as f32,
        }
    }
}

/// The smallest prime that is not below `number`.
pub(super) fn next_prime(number: usize) -> usize {
    let is_prime = |n: usize| {
        (2..)
            .take_while(|d| d * d <= n)
            .all(|d| !n.is_multiple_of(d))
    };
    (number.max(2)..).find(|n| is_prime(*n)).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_distinct_primes_at_every_rate() {
        for hz in [8_000, 11_025, 44_100, 192_000] {
            let delays = Room::of(ReverbKind::SmallRoom).delays(SampleRate::new(hz).unwrap());
            assert!(delays.is_sorted_by(|a, b| a < b), "{delays:?}");
            assert!(delays.iter().all(|delay| next_prime(*delay) == *delay));
        }
    }

    #[test]
    fn absorption_never_amplifies() {
        for hz in [8_000, 22_050, 44_100, 96_000, 192_000] {
            let rate = SampleRate::new(hz).unwrap();
            for seconds in [0.1, 0.37, 1.8, 8.8] {
                for kind in [
                    ReverbKind::SmallRoom,
                    ReverbKind::LargeHall,
                    ReverbKind::Plate,
                ] {
                    let mut setting = ReverbSetting::new(kind);
                    setting.time = Seconds(seconds);
                    let line = Absorption::new(3_000, &setting, &Room::of(kind), rate);
                    assert!(
                        line.centre >= 2.0 * line.side && line.side >= 0.0,
                        "{line:?}"
                    );
                    assert!(line.centre + 2.0 * line.side < 1.0, "{line:?}");
                }
            }
        }
    }
}
