//! Notes that cut each other off: an open hi-hat ends when the closed one is struck.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::layer_group::{answers, preset_of};
use crate::bank::{Bank, PresetId};
use crate::score::{Instant, Note, Score};
use crate::sound::{ChokeClass, ChokeScope, Preset};
use crate::units::Part;

/// Which notes another one of their choke class cuts off, and when: a note may have layers of several classes.
pub(super) struct Chokes(FxHashMap<(usize, ChokeClass), Instant>);

/// Where notes of a class cut each other off.
type Place = (Part, Option<PresetId>, ChokeClass);

impl Chokes {
    pub(super) fn find(score: &Score, bank: &Bank) -> Self {
        let mut sounding: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        let mut ends = FxHashMap::default();
        for (index, note) in score.notes.iter().enumerate() {
            let articulation = score.articulation(note);
            let Some(id) = preset_of(bank, articulation, note.key) else {
                continue;
            };
            for class in classes(bank.preset(id), note, articulation.sustain_pedal) {
                let preset = match class.scope {
                    ChokeScope::Part => None,
                    ChokeScope::Preset => Some(id),
                };
                let others = sounding.entry((note.part(), preset, class)).or_default();
                // Notes struck together sound together.
                if others
                    .last()
                    .is_some_and(|last| score.notes[*last].onset < note.onset)
                {
                    let choked = others.drain(..);
                    ends.extend(choked.map(|other| ((other, class), note.onset)));
                }
                others.push(index);
            }
        }
        Self(ends)
    }

    /// When the layers of a class of the note with this index are cut off.
    pub(super) fn end(&self, note: usize, class: Option<ChokeClass>) -> Option<Instant> {
        self.0.get(&(note, class?)).copied()
    }
}

/// The classes of the layers that sound for a note, each once.
fn classes(preset: &Preset, note: &Note, sustain_pedal: bool) -> Vec<ChokeClass> {
    // Nearly no preset has any.
    let mut classes = Vec::new();
    for layer in &preset.layers {
        if let Some(class) = layer.choke
            && !classes.contains(&class)
            && answers(layer, note.key, note.velocity, sustain_pedal)
        {
            classes.push(class);
        }
    }
    classes
}
