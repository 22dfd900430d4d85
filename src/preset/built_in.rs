//! The presets that are part of the program: every file of `presets/`, by name.

/// The TOML of the built-in bank.
pub(super) const BANK: &str = include_str!("../../presets/bank.toml");

/// Names with the text of their files, folder by folder.
macro_rules! presets {
    ($($folder:literal: $($name:literal)*;)*) => {
        &[$($(($name, include_str!(concat!("../../presets/", $folder, $name, ".toml"))),)*)*]
    };
}

/// Every preset by its name, which is that of its file without folder and ending.
pub(super) const PRESETS: &[(&str, &str)] = presets! {
    "":
        "sine"
        "square"
        "sawtooth"
        "triangle"
        "piano"
        "chromatic_percussion"
        "organ"
        "guitar"
        "bass"
        "strings"
        "ensemble"
        "brass"
        "reed"
        "pipe"
        "synth_lead"
        "synth_pad"
        "synth_effects"
        "ethnic"
        "percussive"
        "sound_effects";
    "drums/":
        "high_q"
        "slap"
        "scratch_push"
        "scratch_pull"
        "sticks"
        "square_click"
        "metronome_click"
        "metronome_bell"
        "bass_drum"
        "side_stick"
        "snare"
        "clap"
        "snare_electric"
        "tom"
        "hi_hat_closed"
        "hi_hat_pedal"
        "hi_hat_open"
        "crash"
        "ride"
        "china"
        "ride_bell"
        "tambourine"
        "splash"
        "cowbell"
        "vibraslap"
        "bongo_high"
        "bongo_low"
        "conga_mute"
        "conga_high"
        "conga_low"
        "timbale_high"
        "timbale_low"
        "agogo_high"
        "agogo_low"
        "cabasa"
        "maracas"
        "whistle_short"
        "whistle_long"
        "guiro_short"
        "guiro_long"
        "claves"
        "wood_block_high"
        "wood_block_low"
        "cuica_mute"
        "cuica_open"
        "triangle_mute"
        "triangle_open"
        "shaker"
        "jingle_bell"
        "bell_tree"
        "castanets"
        "surdo_mute"
        "surdo_open";
};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::preset::{Bank, Override, Preset, reference};

    fn stems(folder: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let presets = files.filter(|file| file.extension().is_some_and(|ending| ending == "toml"));
        presets
            .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_list_names_exactly_the_files_of_the_folder() {
        let mut files = [stems("presets"), stems("presets/drums")].concat();
        files.retain(|name| name != "bank");
        files.sort();
        let mut names: Vec<_> = PRESETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.sort();
        assert_eq!(names, files);
    }

    #[test]
    fn every_built_in_preset_is_valid_and_says_what_it_is() {
        for (name, text) in PRESETS {
            let preset = Preset::parse(name, text, &[]).unwrap();
            assert_eq!(preset.name, *name);
            assert!(!preset.description.is_empty(), "{name} has no description");
            assert!(
                text.starts_with("# "),
                "{name} does not say what it is made of"
            );
        }
    }

    #[test]
    fn every_built_in_preset_stays_valid_under_every_override_at_its_limits() {
        for parameter in reference::PARAMETERS
            .iter()
            .filter(|parameter| parameter.settable)
        {
            for value in parameter.domain.samples() {
                let given = [Override::parse(&format!("{}={value}", parameter.path)).unwrap()];
                let bank = Bank::built_in(&given).unwrap();
                bank.ids()
                    .for_each(|id| assert!(!bank.preset(id).layers.is_empty()));
            }
        }
    }

    #[test]
    fn no_built_in_sound_starts_or_stops_with_a_click() {
        for (name, text) in PRESETS {
            let preset = Preset::parse(name, text, &[]).unwrap();
            for layer in preset.layers {
                assert!(
                    layer.envelope.attack.0 >= 0.002,
                    "{name} starts with a click"
                );
                assert!(
                    preset.one_shot || layer.envelope.release.0 >= 0.05,
                    "{name} stops with a click"
                );
            }
        }
    }
}
