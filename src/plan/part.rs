//! A note's preset, and those of its layers that can be rendered as one: panned alike and let go alike.

use std::ops::RangeInclusive;

use super::AttackControls;
use crate::bank::{Bank, PresetId};
use crate::dsp::envelope::{Held, Rise, Times};
use crate::score::{Articulation, Note, Sound};
use crate::sound::spectrum::Struck;
use crate::sound::{Envelope, Layer, Preset, Trigger, Waveform};
use crate::units::{Key, SampleRate, Seconds, Velocity};

/// The attack of a note that continues another.
const LEGATO_ATTACK: Seconds = Seconds(0.008);

/// Layers of a preset that sound as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The preset.
    pub preset: PresetId,
    /// When all of them begin.
    pub trigger: Trigger,
    /// The layers, as indices, in the order of the preset; never empty.
    pub layers: Vec<u16>,
    /// The pan of all of them.
    pub pan: f32,
    /// The width of the preset.
    pub width: f32,
    /// The velocity curve of the first of them. What others differ by is timbre.
    pub velocity_curve: f64,
    /// How all of them are let go.
    pub letting_go: LettingGo,
}

/// How a layer is let go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LettingGo {
    /// Before it is over nothing sounds.
    delay: Seconds,
    release: Seconds,
    /// Notes held for less have a shorter release.
    gate: Seconds,
    key_scaling: f64,
}

impl LettingGo {
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

impl Part {
    fn takes(&self, layer: &Layer) -> bool {
        self.trigger == layer.trigger
            && self.pan == layer.pan
            && self.letting_go == LettingGo::of(&layer.envelope)
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
    let heard = |layer: &Layer| {
        layer.trigger == Trigger::Attack
            && answers(layer, key, velocity, articulation.sustain_pedal)
    };
    preset_of(bank, articulation, key).is_some_and(|id| bank.preset(id).layers.iter().any(heard))
}

fn answers(layer: &Layer, key: Key, velocity: Velocity, sustain_pedal: bool) -> bool {
    layer.keys.contains(&key.get())
        && layer.velocities.contains(&velocity.get())
        && layer.sustain_pedal.is_none_or(|down| down == sustain_pedal)
}

/// Keys and velocities that make the same layers of a preset sound, by the numbers of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Zone(u8, u8);

/// The zone of each key and of each velocity.
pub(super) struct Zones {
    keys: [u8; 128],
    velocities: [u8; 128],
}

impl Zones {
    pub(super) fn of(preset: &Preset) -> Self {
        let layers = || preset.layers.iter();
        Self {
            keys: zones(layers().map(|layer| &layer.keys)),
            velocities: zones(layers().map(|layer| &layer.velocities)),
        }
    }

    pub(super) fn find(&self, key: Key, velocity: Velocity) -> Zone {
        Zone(
            self.keys[usize::from(key.get())],
            self.velocities[usize::from(velocity.get())],
        )
    }
}

/// The number of each place's zone: a new one begins where a range begins and behind where it ends.
fn zones<'r>(ranges: impl Iterator<Item = &'r RangeInclusive<u8>>) -> [u8; 128] {
    let mut begins = [false; 129];
    for range in ranges {
        begins[usize::from(*range.start())] = true;
        begins[usize::from(*range.end()) + 1] = true;
    }
    let mut zone = 0;
    std::array::from_fn(|place| {
        zone += u8::from(begins[place]);
        zone
    })
}

/// The parts of a preset that sound for a note which is struck with the sustain pedal up or down.
pub(super) fn divide(id: PresetId, preset: &Preset, note: &Note, sustain_pedal: bool) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (index, layer) in preset.layers.iter().enumerate() {
        if !answers(layer, note.key, note.velocity, sustain_pedal) {
            continue;
        }
        let index = index as u16;
        match parts.iter_mut().find(|part| part.takes(layer)) {
            Some(part) => part.layers.push(index),
            None => parts.push(Part {
                preset: id,
                trigger: layer.trigger,
                layers: vec![index],
                pan: layer.pan,
                width: preset.width,
                velocity_curve: layer.velocity_curve,
                letting_go: LettingGo::of(&layer.envelope),
            }),
        }
    }
    parts
}

/// The held envelope of a layer on a key struck with a velocity, as the controllers at the onset shape it.
pub(super) fn held(
    layer: &Layer,
    controls: AttackControls,
    (key, velocity): (Key, Velocity),
    rate: SampleRate,
) -> Held {
    let envelope = &layer.envelope;
    let attack = envelope.attack.in_frames(rate) * time_factor(controls.attack);
    let legato = LEGATO_ATTACK.in_frames(rate);
    let rise = Rise {
        delay: envelope.delay.in_frames(rate),
        attack: if controls.legato {
            attack.min(legato)
        } else {
            attack
        },
        curve: envelope.attack_curve,
    };
    let factor = time_factor(controls.decay) * key_factor(envelope.key_scaling, key);
    let held = Held::new(Times {
        rise,
        hold: envelope.hold.in_frames(rate),
        decay: envelope.decay.in_frames(rate) * factor,
        sustain_level: envelope.sustain_level,
        fade: (envelope.fade.0 > 0.0).then(|| envelope.fade.in_frames(rate) * factor),
    });
    let rings = match &layer.waveform {
        Waveform::Modal(modal) => {
            let struck = Struck {
                fundamental: layer.pitch.fixed.unwrap_or(key.frequency()),
                key,
                velocity,
            };
            modal.end_of(struck, layer.floor(key))
        }
        Waveform::Pluck(pluck) => pluck.end_of(key, layer.floor(key)),
        _ => return held,
    };
    held.ending_by(rings.in_frames(rate))
}

/// How times change with the key.
fn key_factor(scaling: f64, key: Key) -> f64 {
    match scaling {
        0.0 => 1.0,
        scaling => libm::exp2(-scaling * key.octaves()),
    }
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
    /// What the layers of a part with this velocity curve use.
    pub(super) fn of<'l>(velocity_curve: f64, layers: impl Iterator<Item = &'l Layer>) -> Self {
        let mut uses = Self::default();
        for layer in layers {
            let pitched = layer.waveform.is_pitched();
            let rings = layer.waveform.rings();
            let keyboard = pitched && layer.pitch.fixed.is_none();
            let filter = layer.filter.as_ref();
            let lfo = &layer.lfo;
            uses.pitch |= pitched;
            uses.keyboard |= keyboard;
            uses.key |= keyboard
                || rings
                || layer.level_key.0 != 0.0
                || layer.key_fade != 0
                || layer.envelope.key_scaling != 0.0
                || layer.waveform.uses_key()
                || filter.is_some_and(|filter| filter.key_tracking != 0.0);
            uses.velocity |= layer.velocity_fade != 0
                || layer.velocity_curve != velocity_curve
                || layer.waveform.uses_velocity()
                || filter.is_some_and(|filter| filter.velocity.0 != 0.0);
            uses.filter |= filter.is_some();
            uses.sway |= lfo.pitch.0 != 0.0
                || lfo.gain != 0.0
                || lfo.cutoff.0 != 0.0
                || layer.waveform.heeds_lfo();
        }
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_what_the_same_ranges_hold() {
        let ranges = [0..=127, 10..=40, 40..=90, 41..=41, 127..=127];
        let held = |place: u8| ranges.each_ref().map(|range| range.contains(&place));
        let zones = zones(ranges.iter());
        for place in 1..128u8 {
            let (zone, before) = (zones[usize::from(place)], zones[usize::from(place) - 1]);
            assert_eq!(zone == before, held(place) == held(place - 1), "{place}");
        }
        assert_eq!(zones[127], 7);
    }
}
