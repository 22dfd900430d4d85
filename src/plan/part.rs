//! A note's preset, and those of its layers that can be rendered as one: panned alike, let go alike, answering velocity
//! alike.

use super::AttackControls;
use crate::dsp::envelope::Held;
use crate::preset::{Bank, Layer, Preset, PresetId, Waveform};
use crate::score::{Articulation, Sound};
use crate::units::{Key, SampleRate, Seconds, Velocity};

/// The attack of a note that continues another.
const LEGATO_ATTACK: Seconds = Seconds(0.008);

/// Layers of a preset that sound as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The preset.
    pub preset: PresetId,
    /// The layers, as indices, in the order of the preset; never empty.
    pub layers: Vec<u16>,
    /// The pan of all of them.
    pub pan: f32,
    /// The velocity curve of all of them.
    pub velocity_curve: f64,
    /// The release of all of them.
    pub release: Seconds,
}

impl Part {
    fn takes(&self, layer: &Layer) -> bool {
        self.pan == layer.pan
            && self.velocity_curve == layer.velocity_curve
            && self.release == layer.envelope.release
    }
}

/// The preset that plays a key, if the bank has one.
pub(super) fn preset_of(bank: &Bank, articulation: &Articulation, key: Key) -> Option<PresetId> {
    match articulation.sound {
        Sound::Melodic {
            bank_msb,
            bank_lsb,
            program,
        } => Some(bank.melodic(bank_msb, bank_lsb, program)),
        Sound::Drums { kit } => bank.drum(kit, key),
    }
}

/// Whether a bank has anything that sounds when `key` is struck with `velocity`.
#[must_use]
pub fn sounds(bank: &Bank, articulation: &Articulation, key: Key, velocity: Velocity) -> bool {
    let heard = |layer: &Layer| answers(layer, key, velocity);
    preset_of(bank, articulation, key).is_some_and(|id| bank.preset(id).layers.iter().any(heard))
}

fn answers(layer: &Layer, key: Key, velocity: Velocity) -> bool {
    layer.keys.contains(&key.get()) && layer.velocities.contains(&velocity.get())
}

/// The parts of a preset that sound when `key` is struck with `velocity`.
pub(super) fn divide(id: PresetId, preset: &Preset, key: Key, velocity: Velocity) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (index, layer) in preset.layers.iter().enumerate() {
        if !answers(layer, key, velocity) {
            continue;
        }
        let index = index as u16;
        match parts.iter_mut().find(|part| part.takes(layer)) {
            Some(part) => part.layers.push(index),
            None => parts.push(Part {
                preset: id,
                layers: vec![index],
                pan: layer.pan,
                velocity_curve: layer.velocity_curve,
                release: layer.envelope.release,
            }),
        }
    }
    parts
}

/// The held envelope of a layer, as the controllers at the onset shape it.
#[must_use]
pub fn held(layer: &Layer, controls: AttackControls, rate: SampleRate) -> Held {
    let envelope = &layer.envelope;
    let attack = envelope.attack.in_frames(rate) * time_factor(controls.attack);
    let legato = LEGATO_ATTACK.in_frames(rate);
    Held::new(
        if controls.legato {
            attack.min(legato)
        } else {
            attack
        },
        envelope.hold.in_frames(rate),
        envelope.decay.in_frames(rate) * time_factor(controls.decay),
        envelope.sustain_level,
    )
}

/// CC72, CC73 and CC75 double or halve a time every 16 steps (64 is neutral); GM2 leaves the amount open.
pub(super) fn time_factor(value: u8) -> f64 {
    libm::exp2((f64::from(value) - 64.0) / 16.0)
}

/// What the samples of a part depend on, of what a note brings along.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Uses {
    /// Whether any layer has a pitch that controllers can move.
    pub(super) pitch: bool,
    /// Whether the pitch of any layer follows the keyboard.
    pub(super) keyboard: bool,
    /// Whether anything depends on the key.
    pub(super) key: bool,
    /// Whether anything but the gain depends on the velocity.
    pub(super) velocity: bool,
    /// Whether any layer has a filter.
    pub(super) filter: bool,
    /// Whether anything sways by itself.
    pub(super) sway: bool,
}

impl Uses {
    pub(super) fn of<'l>(layers: impl Iterator<Item = &'l Layer>) -> Self {
        let mut uses = Self::default();
        for layer in layers {
            let pitched = !matches!(layer.waveform, Waveform::WhiteNoise | Waveform::PinkNoise);
            let keyboard = pitched && layer.pitch.fixed.is_none();
            let filter = layer.filter.as_ref();
            let lfo = &layer.lfo;
            uses.pitch |= pitched;
            uses.keyboard |= keyboard;
            uses.key |= keyboard || filter.is_some_and(|filter| filter.key_tracking != 0.0);
            uses.velocity |= filter.is_some_and(|filter| filter.velocity.0 != 0.0);
            uses.filter |= filter.is_some();
            uses.sway |= lfo.pitch.0 != 0.0 || lfo.gain != 0.0 || lfo.cutoff.0 != 0.0;
        }
        uses
    }
}
