//! A note's preset, and those of its layers that can be rendered as one: placed alike and let go alike.

use std::ops::RangeInclusive;

use crate::bank::{Bank, PresetId};
use crate::score::{Articulation, Instrument, Note};
use crate::sound::{ChokeClass, Envelope, Layer, LoopMode, Place, Preset, Trigger};
use crate::units::{Key, SampleRate, Seconds, Velocity};

/// Layers of a preset that sound as one.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerGroup {
    /// The preset.
    pub preset: PresetId,
    /// When all of them begin.
    pub trigger: Trigger,
    /// The layers, as indices, in the order of the preset; never empty.
    pub layers: Vec<u16>,
    /// Where all of them are heard.
    pub place: Place,
    /// Which of the places of the plan that is: groups of equal places have the same.
    pub(super) place_id: u32,
    /// What cuts all of them off.
    pub choke: Option<ChokeClass>,
    /// Where their held envelopes are applied.
    pub(super) envelope: EnvelopePlace,
    /// Whether the tone depends on when its key goes up.
    pub(super) sees_gate: bool,
    /// How many velocities share a timbre.
    pub velocity_step: u8,
    /// The velocity curve of the first of them. What others differ by is timbre.
    pub velocity_curve: f64,
    /// How all of them are let go.
    pub(super) release: ReleaseTimes,
}

/// Where the held envelope of a layer is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnvelopePlace {
    /// In the tone: whatever it is doing, the release multiplies it.
    Baked,
    /// In each voice, whose decay stops at the release: voices of any envelope and gain share the tone. Such a layer is a group
    /// of its own.
    Outside,
}

impl EnvelopePlace {
    fn of(layer: &Layer) -> Self {
        match layer.waveform.recording() {
            Some(_) => Self::Outside,
            None => Self::Baked,
        }
    }
}

/// How a layer is let go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ReleaseTimes {
    /// Before it is over nothing sounds.
    delay: Seconds,
    release: Seconds,
    /// Notes held for less have a shorter release.
    gate: Seconds,
    key_scaling: f64,
}

impl ReleaseTimes {
    fn of(envelope: &Envelope) -> Self {
        Self {
            delay: envelope.delay,
            release: envelope.release,
            gate: envelope.release_gate,
            key_scaling: envelope.key_scaling,
        }
    }

    /// What is left of the release of a note held for `gate` frames, in steps of 1/64: the fewer, the more notes end alike.
    pub(super) fn share(&self, gate: u64, rate: SampleRate) -> u8 {
        let full = self.gate.in_frames(rate);
        let share = if full > 0.0 { gate as f64 / full } else { 1.0 };
        (share.clamp(SHORTEST_SHARE, 1.0) * 64.0) as u8
    }

    /// The frames of a release with this share on a key.
    pub(super) fn frames(&self, share: u8, key: Key, rate: SampleRate) -> f64 {
        self.release.in_frames(rate) * key_factor(self.key_scaling, key) * f64::from(share) / 64.0
    }
}

/// What the shortest notes keep of a release that depends on the gate.
const SHORTEST_SHARE: f64 = 0.1;

/// How times change with the key.
pub(super) fn key_factor(scaling: f64, key: Key) -> f64 {
    match scaling {
        0.0 => 1.0,
        scaling => libm::exp2(-scaling * key.octaves()),
    }
}

impl LayerGroup {
    fn takes(&self, layer: &Layer) -> bool {
        [self.envelope, EnvelopePlace::of(layer)] == [EnvelopePlace::Baked; 2]
            && self.trigger == layer.trigger
            && self.place == layer.place
            && self.choke == layer.choke
            && self.velocity_step == layer.velocity_step
            && self.release == ReleaseTimes::of(&layer.envelope)
    }

    /// The velocity whose timbre a velocity has: 1 has one, every `velocity_step` from there on, and 127; others have that of
    /// the nearest. The gain of each is its own.
    pub(super) fn timbre(&self, velocity: Velocity) -> Velocity {
        let step = self.velocity_step;
        let steps = (velocity.get() - 1 + step / 2) / step;
        Velocity::new((steps * step + 1).min(127))
    }
}

/// The preset that plays a key, if the bank has one.
pub(super) fn preset_of(bank: &Bank, articulation: &Articulation, key: Key) -> Option<PresetId> {
    match articulation.sound {
        Instrument::Melodic {
            bank_msb,
            bank_lsb,
            program,
        } => Some(bank.melodic(bank_msb, bank_lsb, program)),
        Instrument::Drums { kit } => bank.drum(kit, key),
    }
}

/// Whether a bank has anything that sounds when `key` is struck with `velocity`.
#[must_use]
pub fn sounds(bank: &Bank, articulation: &Articulation, key: Key, velocity: Velocity) -> bool {
    let heard = |layer: &Layer| {
        layer.trigger == Trigger::Attack
            && answers(layer, key, velocity, articulation.sustain_pedal)
    };
    preset_of(bank, articulation, key).is_some_and(|id| bank.preset(id).layers.iter().any(heard))
}

pub(super) fn answers(layer: &Layer, key: Key, velocity: Velocity, sustain_pedal: bool) -> bool {
    layer.keys.contains(&key.get())
        && layer.velocities.contains(&velocity.get())
        && layer.sustain_pedal.is_none_or(|down| down == sustain_pedal)
}

/// Keys and velocities that make the same layers of a preset sound, by the numbers of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyVelocityCell(u8, u8);

/// The cell of each key and velocity.
pub(super) struct KeyVelocityCells {
    keys: [u8; 128],
    velocities: [u8; 128],
}

impl KeyVelocityCells {
    pub(super) fn of(preset: &Preset) -> Self {
        let layers = || preset.layers.iter();
        Self {
            keys: numbers(layers().map(|layer| &layer.keys)),
            velocities: numbers(layers().map(|layer| &layer.velocities)),
        }
    }

    pub(super) fn find(&self, key: Key, velocity: Velocity) -> KeyVelocityCell {
        KeyVelocityCell(
            self.keys[usize::from(key.get())],
            self.velocities[usize::from(velocity.get())],
        )
    }
}

/// The number of each place: a new one begins where a range begins and behind where it ends.
fn numbers<'r>(ranges: impl Iterator<Item = &'r RangeInclusive<u8>>) -> [u8; 128] {
    let mut begins = [false; 129];
    for range in ranges {
        begins[usize::from(*range.start())] = true;
        begins[usize::from(*range.end()) + 1] = true;
    }
    let mut number = 0;
    std::array::from_fn(|place| {
        number += u8::from(begins[place]);
        number
    })
}

/// The layer groups of a preset that sound for a note which is struck with the sustain pedal up or down.
pub(super) fn divide(
    id: PresetId,
    preset: &Preset,
    note: &Note,
    sustain_pedal: bool,
) -> Vec<LayerGroup> {
    let mut groups: Vec<LayerGroup> = Vec::new();
    for (index, layer) in preset.layers.iter().enumerate() {
        if !answers(layer, note.key, note.velocity, sustain_pedal) {
            continue;
        }
        let index = index as u16;
        match groups.iter_mut().find(|group| group.takes(layer)) {
            Some(group) => group.layers.push(index),
            None => groups.push(LayerGroup {
                preset: id,
                trigger: layer.trigger,
                layers: vec![index],
                place: layer.place,
                place_id: 0,
                choke: layer.choke,
                envelope: EnvelopePlace::of(layer),
                sees_gate: layer
                    .waveform
                    .recording()
                    .is_some_and(|recording| recording.mode == LoopMode::UntilRelease),
                velocity_step: layer.velocity_step,
                velocity_curve: layer.velocity_curve,
                release: ReleaseTimes::of(&layer.envelope),
            }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_what_the_same_ranges_hold() {
        let ranges = [0..=127, 10..=40, 40..=90, 41..=41, 127..=127];
        let held = |place: u8| ranges.each_ref().map(|range| range.contains(&place));
        let numbers = numbers(ranges.iter());
        for place in 1..128u8 {
            let (number, before) = (numbers[usize::from(place)], numbers[usize::from(place) - 1]);
            assert_eq!(number == before, held(place) == held(place - 1), "{place}");
        }
        assert_eq!(numbers[127], 7);
    }
}
