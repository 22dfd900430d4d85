//! Which preset plays which program, variation, drum key and kit.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::bank_file::Slots;
use super::preset_id::PresetId;

/// Presets by what asks for them.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    programs: [PresetId; 128],
    /// By variation and program.
    variations: BTreeMap<(u8, u8), PresetId>,
    drums: [Option<PresetId>; 128],
    /// By kit and key: what differs from `drums`.
    kits: BTreeMap<(u8, u8), PresetId>,
}

impl Assignment {
    /// Everything melodic is played by one preset, and there are no drums.
    pub(super) fn all(id: PresetId) -> Self {
        Self {
            programs: [id; 128],
            variations: BTreeMap::new(),
            drums: [None; 128],
            kits: BTreeMap::new(),
        }
    }

    pub(super) fn assign(&mut self, slots: Slots, number: u8, id: PresetId) {
        match slots {
            Slots::Programs => self.programs[usize::from(number)] = id,
            Slots::Variation(variation) => {
                self.variations.insert((variation, number), id);
            }
            Slots::Drums => self.drums[usize::from(number)] = Some(id),
            Slots::Kit(kit) => {
                self.kits.insert((kit, number), id);
            }
        }
    }

    /// Plays every program and variation with one preset; drums stay.
    pub(super) fn play_all_melodic_with(&mut self, id: PresetId) {
        self.programs = [id; 128];
        self.variations.clear();
    }

    /// An unknown variation falls back to the program itself.
    pub(super) fn melodic(&self, variation: u8, program: u8) -> PresetId {
        let varied = self.variations.get(&(variation, program)).copied();
        varied.unwrap_or(self.programs[usize::from(program)])
    }

    /// An unknown kit falls back to the one whose number is the next lower multiple of eight (25 to 24, as Roland's
    /// modules do), and what a kit does not have to the standard kit.
    pub(super) fn drum(&self, kit: u8, key: u8) -> Option<PresetId> {
        let has = |kit: u8| self.kits.range((kit, 0)..=(kit, 127)).next().is_some();
        let kit = if has(kit) { kit } else { kit & !7 };
        let own = self.kits.get(&(kit, key)).copied();
        own.or(self.drums[usize::from(key)])
    }

    /// The programs that a preset plays, as ranges.
    pub(super) fn programs_of(&self, id: PresetId) -> Vec<RangeInclusive<u8>> {
        runs(|program| self.programs[program] == id)
    }

    /// The drum keys that a preset plays in the standard kit, as ranges.
    pub(super) fn drum_keys_of(&self, id: PresetId) -> Vec<RangeInclusive<u8>> {
        runs(|key| self.drums[key] == Some(id))
    }

    /// The variations and programs that a preset plays.
    pub(super) fn variations_of(&self, id: PresetId) -> Vec<(u8, u8)> {
        keys_of(&self.variations, id)
    }

    /// The kits and drum keys that a preset plays.
    pub(super) fn kits_of(&self, id: PresetId) -> Vec<(u8, u8)> {
        keys_of(&self.kits, id)
    }
}

fn keys_of(map: &BTreeMap<(u8, u8), PresetId>, id: PresetId) -> Vec<(u8, u8)> {
    let owned = map.iter().filter(|(_, other)| **other == id);
    owned.map(|(key, _)| *key).collect()
}

/// The runs of numbers below 128 that `holds` is true for.
fn runs(holds: impl Fn(usize) -> bool) -> Vec<RangeInclusive<u8>> {
    let mut runs: Vec<RangeInclusive<u8>> = Vec::new();
    for number in (0..128u8).filter(|&number| holds(usize::from(number))) {
        match runs.last_mut() {
            Some(run) if run.end() + 1 == number => *run = *run.start()..=number,
            _ => runs.push(number..=number),
        }
    }
    runs
}
