//! A preset as it is typed: every key optional, unknown keys refused, nothing checked beyond its type.

use serde::Deserialize;

use super::diagnose::diagnose;
use super::error::PresetError;
use super::source::Source;

/// Values that may be typed anew over others.
pub(super) trait Overlay {
    /// Replaces whatever `over` has typed.
    fn overlay(&mut self, over: Self);
}

impl<T: Overlay> Overlay for Option<T> {
    fn overlay(&mut self, over: Self) {
        match (self.as_mut(), over) {
            (Some(base), Some(over)) => base.overlay(over),
            (None, over) => *self = over,
            (Some(_), None) => {}
        }
    }
}

macro_rules! plain {
    ($($kind:ty),*) => {
        $(impl Overlay for $kind {
            fn overlay(&mut self, over: Self) {
                *self = over;
            }
        })*
    };
}

plain!(bool, i64, f64, String, Vec<f64>, Vec<LayerFile>);

/// A table of the file. What its keys mean is said in `reference.rs`.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(super) struct $name {
            $(pub(super) $key: Option<$kind>,)*
        }

        impl Overlay for $name {
            fn overlay(&mut self, over: Self) {
                $(self.$key.overlay(over.$key);)*
            }
        }
    };
}

table! {
    /// The file.
    PresetFile {
        name: String,
        description: String,
        choke_group: i64,
        width: f64,
        one_shot: bool,
        layer: Vec<LayerFile>,
    }
}

table! {
    /// `[[layer]]`
    LayerFile {
        waveform: String,
        trigger: String,
        release_fall_db_s: f64,
        sustain_pedal: String,
        pulse_width: f64,
        level_db: f64,
        level_key_db: f64,
        velocity_curve: f64,
        velocity_step: i64,
        detune_cents: f64,
        stretch_cents: f64,
        pan: f64,
        reverb_send: f64,
        chorus_send: f64,
        delay_send: f64,
        unison: i64,
        unison_cents: f64,
        key_low: i64,
        key_high: i64,
        key_fade: i64,
        velocity_low: i64,
        velocity_high: i64,
        velocity_fade: i64,
        frequency_hz: f64,
        spectrum: SpectrumFile,
        morph: MorphFile,
        modal: ModalFile,
        pluck: PluckFile,
        fm: FmFile,
        recording: RecordingFile,
        sweep: SweepFile,
        envelope: EnvelopeFile,
        filter: FilterFile,
        lfo: LfoFile,
        lfo2: LfoFile,
    }
}

table! {
    /// `[layer.spectrum]`
    SpectrumFile {
        levels_db: Vec<f64>,
        slope_db: f64,
        key_db: f64,
        velocity_db: f64,
        strike: f64,
        formants_hz: Vec<f64>,
        formants_db: Vec<f64>,
        formants_width_hz: Vec<f64>,
    }
}

table! {
    /// `[layer.morph]`
    MorphFile {
        levels_db: Vec<f64>,
        slope_db: f64,
        from: f64,
        to: f64,
        time_s: f64,
        lfo: f64,
    }
}

table! {
    /// `[layer.modal]`
    ModalFile {
        partials: i64,
        ratios: Vec<f64>,
        inharmonicity: f64,
        inharmonicity_key: f64,
        decay_s: f64,
        decay_key: f64,
        decay_slope: f64,
        decays: Vec<f64>,
        aftersound_db: f64,
        aftersound_times: f64,
        aftersound_cents: f64,
    }
}

table! {
    /// `[layer.pluck]`
    PluckFile {
        decay_s: f64,
        high_decay_s: f64,
        decay_key: f64,
    }
}

table! {
    /// `[layer.fm]`
    FmFile {
        ratios: Vec<f64>,
        indices: Vec<f64>,
        targets: Vec<f64>,
        decays_s: Vec<f64>,
        sustains: Vec<f64>,
        feedback: f64,
        velocity_db: f64,
        key_db: f64,
    }
}

table! {
    /// `[layer.recording]`
    RecordingFile {
        file: String,
        channel: String,
        root_key: f64,
        loop_mode: String,
        loop_start: i64,
        loop_end: i64,
    }
}

table! {
    /// `[layer.sweep]`
    SweepFile {
        pitch_cents: f64,
        decay_s: f64,
    }
}

table! {
    /// `[layer.envelope]`
    EnvelopeFile {
        delay_s: f64,
        attack_s: f64,
        attack_curve: f64,
        hold_s: f64,
        decay_s: f64,
        sustain_level: f64,
        fade_s: f64,
        release_s: f64,
        release_gate_s: f64,
        key_scaling: f64,
    }
}

table! {
    /// `[layer.filter]`
    FilterFile {
        kind: String,
        cutoff_hz: f64,
        resonance: f64,
        key_tracking: f64,
        velocity_cents: f64,
        envelope_cents: f64,
        attack_s: f64,
        decay_s: f64,
        sustain_level: f64,
    }
}

table! {
    /// `[layer.lfo]` and `[layer.lfo2]`
    LfoFile {
        rate_hz: f64,
        delay_s: f64,
        pitch_cents: f64,
        gain: f64,
        cutoff_cents: f64,
    }
}

impl PresetFile {
    /// Reads a preset file.
    ///
    /// # Errors
    /// Text that is no TOML, an unknown key, a value of the wrong type.
    pub(super) fn parse(source: Source<'_>) -> Result<Self, PresetError> {
        toml::from_str(source.text).map_err(|error| diagnose(source, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::reference::{self, PARAMETERS};

    /// The keys of a table, as serde lists them when it meets one that it does not know.
    fn keys(heading: &str) -> Vec<String> {
        let message = toml::from_str::<PresetFile>(&format!("{heading}\n\"?\" = 0"))
            .unwrap_err()
            .message()
            .to_owned();
        let (_, expected) = message.split_once("expected").unwrap();
        expected
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    /// Every key of the file under a table's path, tables opened.
    fn paths(table: &str, heading: &str) -> Vec<String> {
        let keys = keys(heading).into_iter().map(|key| {
            if table.is_empty() {
                key
            } else {
                format!("{table}.{key}")
            }
        });
        keys.flat_map(|path| match path.as_str() {
            "layer" => paths(&path, "[[layer]]"),
            _ if reference::is_table(&path) => paths(&path, &format!("[[layer]]\n[{path}]")),
            _ => vec![path],
        })
        .collect()
    }

    #[test]
    fn the_table_of_parameters_and_the_file_know_the_same_keys() {
        let mut typed = paths("", "");
        let mut known: Vec<_> = PARAMETERS
            .iter()
            .map(|parameter| parameter.path.to_owned())
            .collect();
        typed.sort();
        known.sort();
        assert_eq!(typed, known);
    }

    #[test]
    fn what_is_laid_over_replaces_only_what_it_types() {
        let mut base: LayerFile =
            toml::from_str("pan = 0.5\nenvelope = { attack_s = 1, decay_s = 2 }").unwrap();
        base.overlay(toml::from_str("envelope.attack_s = 3\nlfo.rate_hz = 4").unwrap());
        let expected = "pan = 0.5\nenvelope = { attack_s = 3, decay_s = 2 }\nlfo.rate_hz = 4";
        assert_eq!(base, toml::from_str(expected).unwrap());
    }
}
