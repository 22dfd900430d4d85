//! How a note is played, beyond key and velocity: the program and the settings in force when it was struck.

use rustc_hash::FxHashMap;

use crate::units::{Key, Program, Seconds};

/// What a note is played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Instrument {
    /// A melodic program, with the bank that was selected before it (CC0 and CC32).
    Melodic {
        /// Bank select, most significant byte.
        bank_msb: u8,
        /// Bank select, least significant byte.
        bank_lsb: u8,
        /// The program.
        program: Program,
    },
    /// A drum kit: each key is an instrument of its own.
    Drums {
        /// The program that chose the kit.
        kit: Program,
    },
}

/// A slide from one key to another (portamento).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Glide {
    /// Where the pitch comes from.
    pub from: Key,
    /// Portamento time, 14 bit (CC5 and CC37).
    pub time: u16,
}

impl Glide {
    /// How long the slide takes: 5 ms doubling every 12 steps of CC5, so 64 takes 0.2 s and 127 takes 7.7 s. The
    /// MIDI standard leaves the scale open; this one was chosen for its range.
    #[must_use]
    pub fn duration(self) -> Seconds {
        Seconds(0.005 * libm::exp2(f64::from(self.time) / 128.0 / 12.0))
    }
}

/// The settings that a note takes over when it is struck. Sound controllers are as sent, 64 is neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Articulation {
    /// What it is played on.
    pub sound: Instrument,
    /// Whether the sustain pedal (CC64) was down: at 64 or more.
    pub sustain_pedal: bool,
    /// Whether the soft pedal (CC67) was down.
    pub soft: bool,
    /// Whether the note continues the one before without a new attack (CC68, or overlapping keys in mono mode).
    pub legato: bool,
    /// The slide that it begins with.
    pub glide: Option<Glide>,
    /// CC72.
    pub release_time: u8,
    /// CC73.
    pub attack_time: u8,
    /// CC75.
    pub decay_time: u8,
    /// CC76.
    pub vibrato_rate: u8,
    /// CC77.
    pub vibrato_depth: u8,
    /// CC78.
    pub vibrato_delay: u8,
}

impl Articulation {
    /// The plain way to play a sound.
    #[must_use]
    pub const fn plain(sound: Instrument) -> Self {
        Self {
            sound,
            sustain_pedal: false,
            soft: false,
            legato: false,
            glide: None,
            release_time: 64,
            attack_time: 64,
            decay_time: 64,
            vibrato_rate: 64,
            vibrato_depth: 64,
            vibrato_delay: 64,
        }
    }
}

/// An index into [`Score::articulations`](super::Score::articulations).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticulationId(pub u32);

/// Keeps each distinct articulation once, in order of first use.
#[derive(Debug, Default)]
pub(super) struct Interner {
    ids: FxHashMap<Articulation, ArticulationId>,
    list: Vec<Articulation>,
    last: Option<(Articulation, ArticulationId)>,
}

impl Interner {
    pub(super) fn id(&mut self, articulation: Articulation) -> ArticulationId {
        if let Some((last, id)) = self.last
            && last == articulation
        {
            return id;
        }
        let id = *self.ids.entry(articulation).or_insert_with(|| {
            self.list.push(articulation);
            ArticulationId(self.list.len() as u32 - 1)
        });
        self.last = Some((articulation, id));
        id
    }

    pub(super) fn into_list(self) -> Vec<Articulation> {
        self.list
    }
}
