//! Which notes are summed together before the mix: those of a part, or of a track or a program.

use crate::score::{Instrument, Note, Score};
use crate::units::Part;

/// By what notes are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// By port and channel.
    #[default]
    Channel,
    /// By the track that they stand in.
    Track,
    /// By program and bank; a drum kit is one.
    Program,
}

/// What the notes of a group have in common. The order is that in which groups are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The part.
    Part(Part),
    /// The track, counted from 0.
    Track(u16),
    /// The program.
    Program(Instrument),
}

impl Grouping {
    /// The group of a note.
    #[must_use]
    pub fn group(self, note: &Note, score: &Score) -> Group {
        match self {
            Self::Channel => Group::Part(note.part()),
            Self::Track => Group::Track(note.track),
            Self::Program => Group::Program(score.articulation(note).sound),
        }
    }
}
