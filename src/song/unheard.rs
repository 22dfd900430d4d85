//! The notes that no sound of the bank plays.

use std::collections::BTreeSet;

use crate::bank::Bank;
use crate::plan::{Plan, sounds};
use crate::score::{Instrument, Note, Score};
use crate::units::Key;

/// The notes of the asked-for channels that no sound of the bank plays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unheard {
    /// The drum keys that the bank has no drum for.
    pub drum_keys: BTreeSet<Key>,
    /// How many notes are on them.
    pub drum_notes: u64,
    /// How many other notes have a key and velocity at which no layer of their preset sounds.
    pub other_notes: u64,
}

impl Unheard {
    /// Looks at every note, unless the plan knows that all of them are heard.
    pub(super) fn of(score: &Score, bank: &Bank, plan: &Plan<'_>) -> Self {
        let mut unheard = Self::default();
        if plan.silent_notes == 0 {
            return unheard;
        }
        let asked = |note: &&Note| plan.excerpt.channels.contains(note.channel);
        for note in score.notes.iter().filter(asked) {
            let articulation = score.articulation(note);
            match articulation.sound {
                Instrument::Drums { kit } if bank.drum(kit, note.key).is_none() => {
                    unheard.drum_keys.insert(note.key);
                    unheard.drum_notes += 1;
                }
                _ if !sounds(bank, articulation, note.key, note.velocity) => {
                    unheard.other_notes += 1;
                }
                _ => {}
            }
        }
        unheard
    }
}
