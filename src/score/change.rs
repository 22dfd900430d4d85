//! Changes to the music itself: its tempo, its keys and its tuning.

use super::Instrument;
use super::articulation::Articulation;
use crate::units::{Hertz, Key, Ratio};

/// The pitch of the A above middle C unless something else is asked for (ISO 16).
pub const CONCERT_PITCH: Hertz = Hertz(440.0);

/// How a performance departs from what is written. Drums keep their keys and their pitch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Changes {
    tempo: Ratio,
    semitones: i16,
    cents: f32,
}

impl Default for Changes {
    /// As it is written.
    fn default() -> Self {
        Self {
            tempo: Ratio::ONE,
            semitones: 0,
            cents: 0.0,
        }
    }
}

impl Changes {
    /// The music at `tempo` times its speed, `transpose` semitones higher, tuned so that key 69 sounds at `tuning`.
    ///
    /// Whole semitones change the keys, so that the sounds are those of the new keys; what is left of `transpose`, half
    /// a semitone at most, and the tuning bend the pitch.
    #[must_use]
    pub fn new(tempo: Ratio, transpose: f64, tuning: Hertz) -> Self {
        // Halves go to the lower key, as channel tuning has it.
        let semitones = (transpose - 0.5).ceil();
        let tuned = 1200.0 * libm::log2(tuning.0 / CONCERT_PITCH.0);
        Self {
            tempo,
            // `as` saturates, far beyond the 127 semitones that there are.
            semitones: semitones as i16,
            cents: (100.0 * (transpose - semitones) + tuned) as f32,
        }
    }

    /// How much faster everything happens.
    pub(super) fn tempo(&self) -> Ratio {
        self.tempo
    }

    /// What is added to the pitch of everything but drums, in cents.
    pub(super) fn cents(&self) -> f32 {
        self.cents
    }

    /// The key that sounds where a melodic `key` is written, and whether it had to be folded: where there is no such
    /// key, it is the nearest one that is octaves away from it.
    pub(super) fn key(&self, key: Key) -> (Key, bool) {
        let moved = i32::from(key.get()) + i32::from(self.semitones);
        let folded = match moved {
            0..=127 => moved,
            128.. => 127 - (127 - moved).rem_euclid(12),
            _ => moved.rem_euclid(12),
        };
        (Key::new(folded as u8), folded != moved)
    }

    /// Moves a melodic note, and the key that it glides from as far; returns whether its key was folded.
    pub(super) fn move_note(&self, key: &mut Key, articulation: &mut Articulation) -> bool {
        if matches!(articulation.sound, Instrument::Drums { .. }) {
            return false;
        }
        let (moved, folded) = self.key(*key);
        if let Some(glide) = &mut articulation.glide {
            let interval = i16::from(glide.from.get()) - i16::from(key.get());
            let from = (i16::from(moved.get()) + interval).clamp(0, 127);
            glide.from = Key::new(from as u8);
        }
        *key = moved;
        folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Glide;
    use crate::units::Program;

    fn transposed(semitones: f64) -> Changes {
        Changes::new(Ratio::ONE, semitones, CONCERT_PITCH)
    }

    #[test]
    fn keys_that_there_are_not_are_folded_by_octaves() {
        let check = |semitones: f64, key: u8, expected: (u8, bool)| {
            let (moved, folded) = transposed(semitones).key(Key::new(key));
            assert_eq!((moved.get(), folded), expected, "{key} by {semitones}");
        };
        check(12.0, 60, (72, false));
        check(7.0, 120, (127, false));
        check(8.0, 120, (116, true));
        check(24.0, 127, (127, true));
        check(20.0, 127, (123, true));
        check(-12.0, 12, (0, false));
        check(-13.0, 12, (11, true));
        check(-127.0, 0, (5, true));
    }

    #[test]
    fn parts_of_semitones_and_the_tuning_bend_the_pitch() {
        let check = |transpose: f64, tuning: f64, expected: (i16, f32)| {
            let changes = Changes::new(Ratio::ONE, transpose, Hertz(tuning));
            assert_eq!((changes.semitones, changes.cents), expected);
        };
        check(2.25, 440.0, (2, 25.0));
        check(-0.5, 440.0, (-1, 50.0));
        check(0.0, 432.0, (0, -31.766_654));
        check(0.0, 440.0, (0, 0.0));
    }

    #[test]
    fn a_glide_keeps_its_interval_and_drums_keep_their_keys() {
        let moved = |sound| {
            let mut articulation = Articulation::plain(sound);
            articulation.glide = Some(Glide {
                from: Key::new(113),
                time: 0,
            });
            let mut key = Key::new(120);
            let folded = transposed(12.0).move_note(&mut key, &mut articulation);
            (
                key.get(),
                articulation.glide.map(|glide| glide.from.get()),
                folded,
            )
        };
        let program = Program::new(0);
        let melodic = Instrument::Melodic {
            bank_msb: 0,
            bank_lsb: 0,
            program,
        };
        assert_eq!(moved(melodic), (120, Some(113), true));
        assert_eq!(
            moved(Instrument::Drums { kit: program }),
            (120, Some(113), false)
        );
    }
}
