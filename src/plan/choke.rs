//! Notes that cut each other off: an open hi-hat ends when the closed one is struck.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::layer_group::{answers, preset_of};
use crate::bank::{Bank, PresetId};
use crate::score::{Articulation, Instant, Instrument, Note, Score};
use crate::sound::{ChokeClass, ChokeScope, Preset};
use crate::units::Part;

/// Which notes another one of their choke class cuts off, and when: a note may have layers of several classes.
pub(super) struct Chokes(FxHashMap<(usize, ChokeClass), Instant>);

/// Where notes of a class cut each other off.
type ChokePlace = (Part, Option<PresetId>, ChokeClass);

impl Chokes {
    pub(super) fn find(score: &Score, bank: &Bank) -> Self {
        let mut sounding: BTreeMap<ChokePlace, Vec<usize>> = BTreeMap::new();
        let mut ends = FxHashMap::default();
        let may_choke: Vec<bool> = score
            .articulations
            .iter()
            .map(|articulation| may_choke(bank, articulation))
            .collect();
        for (index, note) in score.notes.iter().enumerate() {
            if !may_choke[note.articulation.0 as usize] {
                continue;
            }
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

/// Whether any note that is played so may be of a class. Each key of a drum kit is a preset of its own.
fn may_choke(bank: &Bank, articulation: &Articulation) -> bool {
    match articulation.sound {
        Instrument::Melodic {
            bank_msb,
            bank_lsb,
            program,
        } => {
            let preset = bank.preset(bank.melodic(bank_msb, bank_lsb, program));
            preset.layers.iter().any(|layer| layer.choke.is_some())
        }
        Instrument::Drums { .. } => true,
    }
}

/// The classes of the layers that sound for a note, each once.
fn classes(preset: &Preset, note: &Note, sustain_pedal: bool) -> Vec<ChokeClass> {
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
