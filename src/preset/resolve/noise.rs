//! Which noises differ from key to key: those that sound with something that does.

use crate::sound::{Layer, Waveform};

/// Gives each key a noise of its own, where anything that is let go together with the noise depends on the key. Otherwise
/// the tone would be the same on every key but for the noise, and would have to be rendered for each.
pub(super) fn tell_keys_apart(layers: &mut [Layer]) {
    let follows: Vec<bool> = (0..layers.len())
        .map(|index| {
            let mut together = layers.iter().filter(|other| joins(&layers[index], other));
            together.any(follows_keys)
        })
        .collect();
    for (layer, follows) in layers.iter_mut().zip(follows) {
        if let Waveform::Noise(noise) = &mut layer.waveform {
            noise.by_key = follows;
        }
    }
}

/// Whether two layers may be parts of one tone.
fn joins(one: &Layer, other: &Layer) -> bool {
    let times = |layer: &Layer| {
        let envelope = &layer.envelope;
        (
            envelope.delay,
            envelope.release,
            envelope.release_gate,
            envelope.key_scaling,
        )
    };
    (one.trigger, one.place, times(one)) == (other.trigger, other.place, times(other))
}

fn follows_keys(layer: &Layer) -> bool {
    let tracks = |layer: &Layer| {
        layer
            .filter
            .is_some_and(|filter| filter.key_tracking != 0.0)
    };
    let shape = match &layer.waveform {
        Waveform::Noise(_) => false,
        Waveform::Modal(_) | Waveform::Pluck(_) => true,
        Waveform::Fm(fm) if fm.key.0 != 0.0 => true,
        Waveform::Harmonics(harmonics) if harmonics.spectrum.uses_key() => true,
        Waveform::Sine
        | Waveform::Square
        | Waveform::Sawtooth
        | Waveform::Triangle
        | Waveform::Pulse(_)
        | Waveform::Harmonics(_)
        | Waveform::Fm(_)
        | Waveform::Recording(_) => layer.pitch.fixed.is_none(),
    };
    shape
        || tracks(layer)
        || layer.level_key.0 != 0.0
        || layer.key_fade != 0
        || layer.envelope.key_scaling != 0.0
}
