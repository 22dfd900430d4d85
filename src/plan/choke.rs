//! Drums that cut each other off: an open hi-hat ends when the closed one is struck.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::layer_group::preset_of;
use crate::bank::Bank;
use crate::score::{Instant, Score, Sound};
use crate::units::Channel;

/// Which notes another one of their choke group cuts off, and when.
pub(super) struct Chokes(FxHashMap<usize, Instant>);

impl Chokes {
    pub(super) fn find(score: &Score, bank: &Bank) -> Self {
        let mut sounding: BTreeMap<(Channel, u8), Vec<usize>> = BTreeMap::new();
        let mut ends = FxHashMap::default();
        for (index, note) in score.notes.iter().enumerate() {
            let articulation = score.articulation(note);
            if !matches!(articulation.sound, Sound::Drums { .. }) {
                continue;
            }
            let preset = preset_of(bank, articulation, note.key).map(|id| bank.preset(id));
            let Some(group) = preset.and_then(|preset| preset.choke_group) else {
                continue;
            };
            let group = sounding.entry((note.channel, group)).or_default();
            // Notes struck together sound together.
            if group
                .last()
                .is_some_and(|last| score.notes[*last].onset < note.onset)
            {
                ends.extend(group.drain(..).map(|choked| (choked, note.onset)));
            }
            group.push(index);
        }
        Self(ends)
    }

    /// When the note with this index is cut off.
    pub(super) fn end(&self, note: usize) -> Option<Instant> {
        self.0.get(&note).copied()
    }
}
