//! Typed to resolved: defaults filled in, ranges checked, units as the engine wants them.

mod noise;
mod recording;
mod table;
mod unison;
mod waveform;

use table::Table;

use super::error::PresetError;
use super::file::{EnvelopeFile, FilterFile, LayerFile, LfoFile, PresetFile, SweepFile};
use super::overrides::{Override, apply_all};
use super::reference as keys;
use super::source::Source;
use super::{Load, NO_FILES};
use crate::sound::{
    ChokeClass, ChokeScope, Envelope, Filter, Layer, Lfo, Pitch, Place, Preset, Send, Trigger,
};
use crate::units::{Cents, Decibels, Hertz, Seconds};

/// The most layers of a preset: four times as many as any built-in one has. What a tone remembers grows with them.
const MOST_LAYERS: usize = 32;

impl Preset {
    /// Reads a preset from its TOML, with overrides laid over it. Errors name `path_shown`.
    ///
    /// # Errors
    /// Text that is no TOML; an unknown key or word; a value of the wrong type or out of its range; a preset without
    /// layers.
    pub fn parse(
        path_shown: &str,
        text: &str,
        overrides: &[Override],
    ) -> Result<Self, PresetError> {
        let mut load = |_: &str| Err(NO_FILES.to_owned());
        Self::parse_with(path_shown, text, overrides, &mut load)
    }

    /// Reads a preset as [`parse`](Self::parse) does; `load` reads the recordings that lie beside it.
    ///
    /// # Errors
    /// As there; a recording that cannot be read, or is no WAV, or does not hold its loop.
    pub fn parse_with(
        path_shown: &str,
        text: &str,
        overrides: &[Override],
        load: &mut Load<'_>,
    ) -> Result<Self, PresetError> {
        let source = Source {
            shown: path_shown,
            text,
        };
        let mut file = PresetFile::parse(source)?;
        apply_all(overrides, &mut file);
        resolve(&file, source, load)
    }
}

/// Fills in and checks a preset; `source` is where the errors point.
fn resolve(
    file: &PresetFile,
    source: Source<'_>,
    load: &mut Load<'_>,
) -> Result<Preset, PresetError> {
    let top = Table { source, path: "" };
    let layers = file.layer.as_deref().unwrap_or_default();
    if layers.is_empty() {
        return Err(PresetError::NoLayer {
            at: source.at_key("layer"),
        });
    }
    if layers.len() > MOST_LAYERS {
        return Err(PresetError::TooManyLayers {
            at: source.at_key("layer"),
            found: layers.len(),
            most: MOST_LAYERS,
        });
    }
    let name = file.name.as_deref().unwrap_or(source.stem());
    let choke = file
        .choke_group
        .map(|group| top.byte(&keys::CHOKE_GROUP, Some(group)))
        .transpose()?;
    let shared = Shared {
        name,
        width: top.number(&keys::WIDTH, file.width)? as f32,
        choke: choke.map(|number| ChokeClass {
            number: number.into(),
            scope: ChokeScope::Part,
        }),
    };
    let layers = layers.iter().zip(0..);
    let mut layers: Vec<Layer> = layers
        .map(|(typed, number)| numbered_layer(typed, source, (&shared, number), load))
        .collect::<Result<_, _>>()?;
    noise::tell_keys_apart(&mut layers);
    Ok(Preset {
        name: name.to_owned(),
        description: file.description.clone().unwrap_or_default(),
        one_shot: file.one_shot.unwrap_or(false),
        layers,
    })
}

/// What the layers of a preset have in common.
struct Shared<'n> {
    /// The name of the preset.
    name: &'n str,
    width: f32,
    choke: Option<ChokeClass>,
}

fn numbered_layer(
    typed: &LayerFile,
    source: Source<'_>,
    (shared, number): (&Shared<'_>, u16),
    load: &mut Load<'_>,
) -> Result<Layer, PresetError> {
    let path = format!("layer.{}", number + 1);
    let table = Table {
        source,
        path: &path,
    };
    layer(typed, table, (shared, number), load)
}

/// A layer of a preset of this name, counted from 0.
fn layer(
    typed: &LayerFile,
    table: Table<'_>,
    (shared, number): (&Shared<'_>, u16),
    load: &mut Load<'_>,
) -> Result<Layer, PresetError> {
    let level = Decibels(table.number(&keys::LAYER_LEVEL_DB, typed.level_db)?).gain();
    let unison = unison::copies(typed, table)?;
    let layer = Layer {
        waveform: waveform::resolve(typed, table, (shared.name, number), load)?,
        trigger: trigger(typed, table)?,
        sustain_pedal: table.word(
            &keys::LAYER_SUSTAIN_PEDAL,
            typed.sustain_pedal.as_deref(),
            &keys::PEDALS,
        )?,
        // Together the copies are as loud as one.
        level: (level / libm::sqrt(unison.len() as f64)) as f32,
        level_key: Decibels(table.number(&keys::LAYER_LEVEL_KEY_DB, typed.level_key_db)?),
        velocity_curve: table.number(&keys::LAYER_VELOCITY_CURVE, typed.velocity_curve)?,
        velocity_step: table.byte(&keys::LAYER_VELOCITY_STEP, typed.velocity_step)?,
        place: Place {
            pan: table.number(&keys::LAYER_PAN, typed.pan)? as f32,
            width: shared.width,
            sends: sends(typed, table)?,
        },
        choke: shared.choke,
        keys: table.range(
            &keys::LAYER_KEY_LOW,
            typed.key_low,
            &keys::LAYER_KEY_HIGH,
            typed.key_high,
        )?,
        key_fade: table.byte(&keys::LAYER_KEY_FADE, typed.key_fade)?,
        velocities: table.range(
            &keys::LAYER_VELOCITY_LOW,
            typed.velocity_low,
            &keys::LAYER_VELOCITY_HIGH,
            typed.velocity_high,
        )?,
        velocity_fade: table.byte(&keys::LAYER_VELOCITY_FADE, typed.velocity_fade)?,
        unison,
        pitch: pitch(typed, table)?,
        envelope: envelope(
            typed.envelope.as_ref().unwrap_or(&EnvelopeFile::default()),
            table,
        )?,
        filter: typed
            .filter
            .as_ref()
            .map(|typed| filter(typed, table))
            .transpose()?,
        lfo: lfo(typed.lfo.as_ref().unwrap_or(&LfoFile::default()), table)?,
        second_lfo: typed
            .lfo2
            .as_ref()
            .map(|typed| second_lfo(typed, table))
            .transpose()?,
    };
    if layer.trigger == Trigger::Attack || layer.dies_away() {
        Ok(layer)
    } else {
        Err(table.endless(&keys::LAYER_TRIGGER))
    }
}

/// By [`Send`].
fn sends(typed: &LayerFile, table: Table<'_>) -> Result<[f32; Send::COUNT], PresetError> {
    let mut sends = [0.0; Send::COUNT];
    for send in Send::ALL {
        let (key, typed) = match send {
            Send::Reverb => (&keys::LAYER_REVERB_SEND, typed.reverb_send),
            Send::Chorus => (&keys::LAYER_CHORUS_SEND, typed.chorus_send),
            Send::Delay => (&keys::LAYER_DELAY_SEND, typed.delay_send),
        };
        sends[send as usize] = table.number(key, typed)? as f32;
    }
    Ok(sends)
}

fn trigger(typed: &LayerFile, table: Table<'_>) -> Result<Trigger, PresetError> {
    let word = typed.trigger.as_deref();
    let fall = Decibels(table.number(&keys::LAYER_RELEASE_FALL_DB_S, typed.release_fall_db_s)?);
    Ok(
        match table.word(&keys::LAYER_TRIGGER, word, &keys::TRIGGERS)? {
            Trigger::Attack => Trigger::Attack,
            Trigger::Release { .. } => Trigger::Release { fall },
        },
    )
}

fn pitch(typed: &LayerFile, table: Table<'_>) -> Result<Pitch, PresetError> {
    let frequency = typed
        .frequency_hz
        .map(|hz| table.number(&keys::LAYER_FREQUENCY_HZ, Some(hz)))
        .transpose()?;
    let (detune, none) = (
        table.number(&keys::LAYER_DETUNE_CENTS, typed.detune_cents)?,
        SweepFile::default(),
    );
    let sweep = typed.sweep.as_ref().unwrap_or(&none);
    Ok(Pitch {
        fixed: frequency.map(Hertz),
        detune: Cents(detune),
        stretch: Cents(table.number(&keys::LAYER_STRETCH_CENTS, typed.stretch_cents)?),
        sweep: Cents(table.number(&keys::SWEEP_PITCH_CENTS, sweep.pitch_cents)?),
        sweep_decay: Seconds(table.number(&keys::SWEEP_DECAY_S, sweep.decay_s)?),
    })
}

fn envelope(typed: &EnvelopeFile, table: Table<'_>) -> Result<Envelope, PresetError> {
    Ok(Envelope {
        delay: Seconds(table.number(&keys::ENVELOPE_DELAY_S, typed.delay_s)?),
        attack: Seconds(table.number(&keys::ENVELOPE_ATTACK_S, typed.attack_s)?),
        attack_curve: table.number(&keys::ENVELOPE_ATTACK_CURVE, typed.attack_curve)?,
        hold: Seconds(table.number(&keys::ENVELOPE_HOLD_S, typed.hold_s)?),
        decay: Seconds(table.number(&keys::ENVELOPE_DECAY_S, typed.decay_s)?),
        sustain_level: table.number(&keys::ENVELOPE_SUSTAIN_LEVEL, typed.sustain_level)?,
        fade: Seconds(table.number(&keys::ENVELOPE_FADE_S, typed.fade_s)?),
        release: Seconds(table.number(&keys::ENVELOPE_RELEASE_S, typed.release_s)?),
        release_gate: Seconds(table.number(&keys::ENVELOPE_RELEASE_GATE_S, typed.release_gate_s)?),
        key_scaling: table.number(&keys::ENVELOPE_KEY_SCALING, typed.key_scaling)?,
    })
}

fn filter(typed: &FilterFile, table: Table<'_>) -> Result<Filter, PresetError> {
    Ok(Filter {
        kind: table.word(
            &keys::FILTER_KIND,
            typed.kind.as_deref(),
            &keys::FILTER_KINDS,
        )?,
        cutoff: Hertz(table.number(&keys::FILTER_CUTOFF_HZ, typed.cutoff_hz)?),
        resonance: table.number(&keys::FILTER_RESONANCE, typed.resonance)?,
        key_tracking: table.number(&keys::FILTER_KEY_TRACKING, typed.key_tracking)?,
        velocity: Cents(table.number(&keys::FILTER_VELOCITY_CENTS, typed.velocity_cents)?),
        envelope_depth: Cents(table.number(&keys::FILTER_ENVELOPE_CENTS, typed.envelope_cents)?),
        attack: Seconds(table.number(&keys::FILTER_ATTACK_S, typed.attack_s)?),
        decay: Seconds(table.number(&keys::FILTER_DECAY_S, typed.decay_s)?),
        sustain_level: table.number(&keys::FILTER_SUSTAIN_LEVEL, typed.sustain_level)?,
    })
}

fn lfo(typed: &LfoFile, table: Table<'_>) -> Result<Lfo, PresetError> {
    Ok(Lfo {
        rate: Hertz(table.number(&keys::LFO_RATE_HZ, typed.rate_hz)?),
        delay: Seconds(table.number(&keys::LFO_DELAY_S, typed.delay_s)?),
        pitch: Cents(table.number(&keys::LFO_PITCH_CENTS, typed.pitch_cents)?),
        gain: table.number(&keys::LFO_GAIN, typed.gain)?,
        cutoff: Cents(table.number(&keys::LFO_CUTOFF_CENTS, typed.cutoff_cents)?),
    })
}

fn second_lfo(typed: &LfoFile, table: Table<'_>) -> Result<Lfo, PresetError> {
    Ok(Lfo {
        rate: Hertz(table.number(&keys::LFO2_RATE_HZ, typed.rate_hz)?),
        delay: Seconds(table.number(&keys::LFO2_DELAY_S, typed.delay_s)?),
        pitch: Cents(table.number(&keys::LFO2_PITCH_CENTS, typed.pitch_cents)?),
        gain: table.number(&keys::LFO2_GAIN, typed.gain)?,
        cutoff: Cents(table.number(&keys::LFO2_CUTOFF_CENTS, typed.cutoff_cents)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::parameter::Domain;
    use crate::preset::reference::PARAMETERS;
    use crate::sound::{FilterKind, Waveform};

    /// Reads a preset, beside which any file is a WAV of one frame of 8 bits.
    fn parse(text: &str) -> Result<Preset, String> {
        const WAV: &[u8] = b"RIFF\x25\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1F\0\0\x40\x1F\0\0\x01\0\x08\0data\x01\0\0\0\x80";
        let parsed = Preset::parse_with("my.toml", text, &[], &mut |_| Ok(WAV.to_vec()));
        parsed.map_err(|error| error.to_string())
    }

    /// A waveform that heeds a key.
    fn waveform_of(key: &str) -> &'static str {
        match key.split_once('.') {
            Some(("modal", _)) => "modal",
            Some(("pluck", _)) => "pluck",
            Some(("fm", _)) => "fm",
            Some(("recording", _)) => "recording",
            Some(("spectrum" | "morph", _)) => "harmonics",
            _ if key == "pulse_width" => "pulse",
            _ => "sine",
        }
    }

    /// A preset whose only layer has one more key.
    fn with(path: &str, value: &str) -> Result<Preset, String> {
        let filters = path.starts_with("layer.filter.") && path != "layer.filter.cutoff_hz";
        let needed = match path {
            _ if filters => "filter.cutoff_hz = 1000\n",
            path if path.starts_with("layer.recording.") => "recording.file = \"a.wav\"\n",
            _ => "",
        };
        match path.strip_prefix("layer.") {
            Some(key) => parse(&format!(
                "[[layer]]\nwaveform = \"{}\"\n{needed}{key} = {value}\n",
                waveform_of(key)
            )),
            None => parse(&format!(
                "{path} = {value}\n[[layer]]\nwaveform = \"sine\"\n"
            )),
        }
    }

    #[test]
    fn what_is_not_typed_has_its_default() {
        let preset = parse("[[layer]]\nwaveform = \"square\"").unwrap();
        assert_eq!(
            (
                preset.name.as_str(),
                preset.one_shot,
                preset.layers[0].choke
            ),
            ("my", false, None)
        );
        let layer = &preset.layers[0];
        assert_eq!(layer.waveform, Waveform::Square);
        assert_eq!(
            (layer.keys.clone(), layer.velocities.clone()),
            (0..=127, 0..=127)
        );
        assert_eq!((layer.velocity_curve, layer.place.pan), (2.0, 0.0));
        assert_eq!(
            (layer.envelope.attack, layer.envelope.sustain_level),
            (Seconds(0.002), 1.0)
        );
        assert_eq!((layer.pitch.fixed, layer.filter), (None, None));
        assert!((layer.level - 0.398_107_17).abs() < 1e-7);
    }

    #[test]
    fn a_filter_is_a_lowpass_until_it_says_otherwise() {
        let filter = with("layer.filter.cutoff_hz", "800").unwrap().layers[0]
            .filter
            .unwrap();
        assert_eq!(
            (filter.kind, filter.cutoff, filter.resonance),
            (FilterKind::Lowpass, Hertz(800.0), 0.0)
        );
    }

    #[test]
    fn every_range_holds_its_ends_and_nothing_beyond() {
        for parameter in PARAMETERS {
            let Domain::Number { min, max, .. } = parameter.domain else {
                continue;
            };
            // The other end of a pair of bounds keeps its default, so that either end is accepted.
            assert_eq!(with(parameter.path, &min.to_string()).err(), None);
            assert_eq!(with(parameter.path, &max.to_string()).err(), None);
            for beyond in [min - 1.0, max + 1.0] {
                let message = with(parameter.path, &beyond.to_string()).unwrap_err();
                let range = parameter.range_text();
                assert!(
                    message.ends_with(&format!("= {beyond} is out of range; choose {range}")),
                    "{message}"
                );
            }
        }
    }

    #[test]
    fn nan_and_infinities_are_out_of_every_range() {
        for parameter in PARAMETERS {
            let Domain::Number { whole: false, .. } = parameter.domain else {
                continue;
            };
            for value in ["nan", "-nan", "inf", "-inf"] {
                assert!(
                    with(parameter.path, value)
                        .unwrap_err()
                        .contains("is out of range")
                );
            }
        }
    }

    #[test]
    fn a_value_out_of_range_names_its_line() {
        assert_eq!(
            parse(
                "[[layer]]\nwaveform = \"sine\"\n\n[[layer]]\nwaveform = \"sine\"\n[layer.filter]\ncutoff_hz = 5"
            ),
            Err(
                "my.toml:7: layer.2.filter.cutoff_hz = 5 is out of range; choose 10 to 24000 Hz"
                    .to_owned()
            )
        );
    }

    #[test]
    fn an_unknown_word_names_the_nearest_and_all() {
        let message = with("layer.filter.kind", "\"lowpas\"").unwrap_err();
        assert!(
            message
                .contains("layer.1.filter.kind = \"lowpas\" is unknown; did you mean \"lowpass\"?"),
            "{message}"
        );
        assert!(
            message.ends_with("Known are lowpass, highpass, bandpass"),
            "{message}"
        );
    }

    #[test]
    fn what_would_be_silent_is_refused() {
        assert!(
            parse("name = \"x\"")
                .unwrap_err()
                .starts_with("my.toml: the preset has no layer")
        );
        assert!(
            parse("\nlayer = []")
                .unwrap_err()
                .starts_with("my.toml:2: the preset has no layer")
        );
        assert_eq!(
            parse("[[layer]]\nwaveform = \"sine\"\nkey_high = 40\nkey_low = 50"),
            Err("my.toml:4: layer.1.key_low = 50 lies above layer.1.key_high = 40, so the layer would never sound; \
                 swap them"
                .to_owned())
        );
    }

    #[test]
    fn what_begins_at_key_up_has_to_end_by_itself() {
        let typed = "[[layer]]\nwaveform = \"pink_noise\"\ntrigger = \"release\"\n";
        assert_eq!(
            parse(typed),
            Err(
                "my.toml:3: layer.1.trigger = \"release\" is for a layer that dies away by itself; give it \
                 envelope.sustain_level = 0, or a waveform that ends by itself (modal, pluck, a recording without a loop)"
                    .to_owned()
            )
        );
        for end in ["sustain_level = 0", "fade_s = 1"] {
            let layer = &parse(&format!("{typed}envelope.{end}\nrelease_fall_db_s = 6"))
                .unwrap()
                .layers[0];
            let fall = Decibels(6.0);
            assert_eq!(layer.trigger, Trigger::Release { fall });
        }
    }

    #[test]
    fn what_has_no_default_must_be_typed() {
        let message = parse("\n[[layer]]\npan = 0").unwrap_err();
        assert!(
            message.starts_with("my.toml:2: layer.1.waveform is missing; choose sine, square, "),
            "{message}"
        );
        let message =
            parse("[[layer]]\nwaveform = \"sine\"\n[layer.filter]\nresonance = 0.1").unwrap_err();
        assert_eq!(
            message,
            "my.toml:3: layer.1.filter.cutoff_hz is missing; choose 10 to 24000 Hz"
        );
    }
}
