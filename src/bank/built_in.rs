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
        "triangle";
    "piano/":
        "acoustic_grand_piano"
        "bright_acoustic_piano"
        "electric_grand_piano"
        "honky_tonk_piano"
        "electric_piano_1"
        "electric_piano_2"
        "harpsichord"
        "clavinet"
        "coupled_harpsichord"
        "detuned_electric_piano_1"
        "detuned_electric_piano_2"
        "piano_1_dark";
    "chromatic_percussion/":
        "celesta"
        "glockenspiel"
        "music_box"
        "vibraphone"
        "marimba"
        "xylophone"
        "tubular_bells"
        "dulcimer"
        "church_bell"
        "vibraphone_wide";
    "organ/":
        "drawbar_organ"
        "percussive_organ"
        "rock_organ"
        "church_organ"
        "reed_organ"
        "accordion"
        "harmonica"
        "tango_accordion"
        "church_organ_2"
        "detuned_organ_1"
        "detuned_organ_2"
        "italian_accordion"
        "organ_60s";
    "guitar/":
        "acoustic_guitar_nylon"
        "acoustic_guitar_steel"
        "electric_guitar_jazz"
        "electric_guitar_clean"
        "electric_guitar_muted"
        "overdriven_guitar"
        "distortion_guitar"
        "guitar_harmonics"
        "chorus_guitar"
        "feedback_guitar"
        "funk_guitar"
        "guitar_feedback"
        "hawaiian_guitar"
        "mandolin"
        "nylon_guitar_o"
        "twelve_string_guitar"
        "ukulele";
    "bass/":
        "acoustic_bass"
        "electric_bass_finger"
        "electric_bass_pick"
        "fretless_bass"
        "slap_bass_1"
        "slap_bass_2"
        "synth_bass_1"
        "synth_bass_2"
        "acid_bass"
        "rubber_bass";
    "strings/":
        "violin"
        "viola"
        "cello"
        "contrabass"
        "tremolo_strings"
        "pizzicato_strings"
        "orchestral_harp"
        "timpani"
        "slow_violin";
    "ensemble/":
        "string_ensemble_1"
        "string_ensemble_2"
        "synth_strings_1"
        "synth_strings_2"
        "choir_aahs"
        "voice_oohs"
        "synth_voice"
        "orchestra_hit"
        "choir_aahs_2"
        "orchestra"
        "synth_strings_3";
    "brass/":
        "trumpet"
        "trombone"
        "tuba"
        "muted_trumpet"
        "french_horn"
        "brass_section"
        "synth_brass_1"
        "synth_brass_2"
        "brass_2"
        "synth_brass_3"
        "synth_brass_4";
    "reed/":
        "soprano_sax"
        "alto_sax"
        "tenor_sax"
        "baritone_sax"
        "oboe"
        "english_horn"
        "bassoon"
        "clarinet";
    "pipe/":
        "piccolo"
        "flute"
        "recorder"
        "pan_flute"
        "blown_bottle"
        "shakuhachi"
        "whistle"
        "ocarina";
    "synth_lead/":
        "lead_1_square"
        "lead_2_sawtooth"
        "lead_3_calliope"
        "lead_4_chiff"
        "lead_5_charang"
        "lead_6_voice"
        "lead_7_fifths"
        "lead_8_bass_and_lead"
        "saw_lead_2";
    "synth_pad/":
        "pad_1_new_age"
        "pad_2_warm"
        "pad_3_polysynth"
        "pad_4_choir"
        "pad_5_bowed"
        "pad_6_metallic"
        "pad_7_halo"
        "pad_8_sweep";
    "synth_effects/":
        "fx_1_rain"
        "fx_2_soundtrack"
        "fx_3_crystal"
        "fx_4_atmosphere"
        "fx_5_brightness"
        "fx_6_goblins"
        "fx_7_echoes"
        "fx_8_sci_fi";
    "ethnic/":
        "sitar"
        "banjo"
        "shamisen"
        "koto"
        "kalimba"
        "bagpipe"
        "fiddle"
        "shanai"
        "taisho_koto";
    "percussive/":
        "tinkle_bell"
        "agogo"
        "steel_drums"
        "woodblock"
        "taiko_drum"
        "melodic_tom"
        "synth_drum"
        "reverse_cymbal"
        "melodic_castanets"
        "melodic_tom_2"
        "tr808_tom";
    "sound_effects/":
        "guitar_fret_noise"
        "breath_noise"
        "seashore"
        "bird_tweet"
        "telephone_ring"
        "helicopter"
        "applause"
        "gunshot";
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
        "surdo_open"
        "bass_drum_deep"
        "crash_low"
        "ride_2"
        "tom_high"
        "tom_high_floor"
        "tom_high_mid"
        "tom_low"
        "tom_low_floor"
        "tom_low_mid";
    "drums/room/":
        "room_bass_drum"
        "room_snare"
        "room_snare_tight"
        "room_tom";
    "drums/power/":
        "power_bass_drum"
        "power_snare"
        "power_snare_rim"
        "power_tom";
    "drums/electronic/":
        "electronic_bass_drum"
        "electronic_reverse_cymbal"
        "electronic_snare"
        "electronic_snare_gated"
        "electronic_tom";
    "drums/analog/":
        "analog_bass_drum"
        "analog_bass_drum_punch"
        "analog_clap"
        "analog_claves"
        "analog_conga"
        "analog_cowbell"
        "analog_cymbal"
        "analog_hi_hat_closed"
        "analog_hi_hat_open"
        "analog_maracas"
        "analog_rim_shot"
        "analog_snare"
        "analog_snare_punch"
        "analog_tom";
    "drums/jazz/":
        "jazz_bass_drum"
        "jazz_snare"
        "jazz_snare_rim"
        "jazz_tom";
    "drums/brush/":
        "brush_ride"
        "brush_slap"
        "brush_swirl"
        "brush_tap"
        "brush_tom";
    "drums/orchestra/":
        "concert_bass_drum"
        "concert_bass_drum_muffled"
        "concert_cymbal"
        "concert_cymbal_short"
        "concert_snare"
        "orchestra_timpani";
    "drums/sfx/":
        "sfx_applause"
        "sfx_bass_slap"
        "sfx_birds"
        "sfx_bubble"
        "sfx_car_crash"
        "sfx_car_engine"
        "sfx_car_pass"
        "sfx_car_stop"
        "sfx_dog"
        "sfx_door"
        "sfx_door_creak"
        "sfx_explosion"
        "sfx_footsteps_1"
        "sfx_footsteps_2"
        "sfx_fret_noise"
        "sfx_guitar_cut_down"
        "sfx_guitar_cut_up"
        "sfx_gunshot"
        "sfx_heartbeat"
        "sfx_helicopter"
        "sfx_horse"
        "sfx_jet"
        "sfx_key_click"
        "sfx_lasergun"
        "sfx_laughing"
        "sfx_machine_gun"
        "sfx_punch"
        "sfx_rain"
        "sfx_scratch"
        "sfx_screaming"
        "sfx_seashore"
        "sfx_siren"
        "sfx_starship"
        "sfx_stream"
        "sfx_thunder"
        "sfx_train"
        "sfx_wind"
        "sfx_wind_chime";
};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bank::Bank;
    use crate::preset::{Override, reference};
    use crate::sound::Preset;

    /// The names of the files in a folder and all below it.
    fn stems(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .flat_map(|path| match path.is_dir() {
                true => stems(&path),
                false => vec![path.file_stem().unwrap().to_str().unwrap().to_owned()],
            })
            .collect()
    }

    #[test]
    fn the_list_names_exactly_the_files_of_the_folder() {
        let mut files = stems(&Path::new(env!("CARGO_MANIFEST_DIR")).join("presets"));
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
                // Which recording it is has to stand in the preset.
                if value == "recording" {
                    continue;
                }
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
