//! `--set KEY=VALUE`: one parameter of every preset, or of one layer of every preset, typed on the command line.

use super::diagnose::{unknown_key, word_advice};
use super::error::{PresetError, TextPlace};
use super::file::{LayerFile, Overlay, PresetFile};
use super::parameter::{Domain, Parameter};
use super::reference;

/// One `--set`, checked: applying it cannot fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    target: Target,
}

#[derive(Clone, Debug, PartialEq)]
enum Target {
    Preset(Box<PresetFile>),
    /// One layer, counted from 0, or all of them.
    Layers(Option<usize>, Box<LayerFile>),
}

impl Override {
    /// Reads `KEY=VALUE`: a key of a layer (`envelope.release_s=0.4`), of one layer counted from 1
    /// (`layer.2.filter.cutoff_hz=800`) or of the preset (`one_shot=true`). Words need no quotes.
    ///
    /// # Errors
    /// No equals sign; an unknown key; a key that cannot be set; a value of the wrong type or out of its range.
    pub fn parse(typed: &str) -> Result<Self, PresetError> {
        let at = || TextPlace::whole(format!("--set {typed}"));
        let (key, value) = typed
            .split_once('=')
            .ok_or_else(|| PresetError::NotAnOverride { at: at() })?;
        let key = key.trim();
        let (layer, path) = address(key);
        let parameter = reference::find(&path).ok_or_else(|| unknown_key(at(), key, &path))?;
        if !parameter.settable {
            return Err(PresetError::NotSettable {
                at: at(),
                key: key.to_owned(),
            });
        }
        let assignment = Assignment {
            at: at(),
            key,
            parameter,
        };
        let value = assignment.value(value.trim())?;
        // Which recording is a matter of each preset.
        let plays_a_file = parameter.path == reference::LAYER_WAVEFORM.path
            && value.trim_matches('"') == reference::RECORDING_WORD;
        if plays_a_file {
            return Err(PresetError::NotSettable {
                at: at(),
                key: format!("{key}={value}"),
            });
        }
        Ok(Self {
            target: assignment.target(layer, &value)?,
        })
    }

    fn apply(&self, file: &mut PresetFile) {
        match &self.target {
            Target::Preset(over) => file.overlay(over.as_ref().clone()),
            Target::Layers(number, over) => {
                let layers = file.layer.iter_mut().flatten().enumerate();
                // What is set for all layers is meant for what is struck, not for the noises of letting go.
                let meant = |index: usize, layer: &LayerFile| match number {
                    Some(number) => *number == index,
                    None => layer.trigger.as_deref() != Some("release"),
                };
                for (_, layer) in layers.filter(|(index, layer)| meant(*index, layer)) {
                    layer.overlay(over.as_ref().clone());
                }
            }
        }
    }
}

/// Lays overrides over a preset, the last one winning. A filter comes into being only with its cutoff: the other keys
/// of `filter` change nothing in a layer that has none.
pub(super) fn apply_all(overrides: &[Override], file: &mut PresetFile) {
    let filtered: Vec<bool> = file
        .layer
        .iter()
        .flatten()
        .map(|layer| layer.filter.is_some())
        .collect();
    for given in overrides {
        given.apply(file);
    }
    for (layer, filtered) in file.layer.iter_mut().flatten().zip(filtered) {
        layer
            .filter
            .take_if(|filter| !filtered && filter.cutoff_hz.is_none());
    }
}

/// The layer that a key names, counted from 0, and the path of its parameter.
fn address(key: &str) -> (Option<usize>, String) {
    if let Some((number, rest)) = key
        .strip_prefix("layer.")
        .and_then(|rest| rest.split_once('.'))
        && let Some(index) = number
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1))
    {
        return (Some(index), format!("layer.{rest}"));
    }
    let whole = key.starts_with("layer.") || reference::find(key).is_some();
    (
        None,
        if whole {
            key.to_owned()
        } else {
            format!("layer.{key}")
        },
    )
}

/// A key that is known and the place that errors name.
struct Assignment<'a> {
    at: TextPlace,
    key: &'a str,
    parameter: &'static Parameter,
}

impl Assignment<'_> {
    /// The value as TOML, checked against the parameter's domain.
    fn value(&self, typed: &str) -> Result<String, PresetError> {
        match self.parameter.domain {
            Domain::Text => Ok(format!("{typed:?}")),
            Domain::Flag { .. } if typed == "true" || typed == "false" => Ok(typed.to_owned()),
            Domain::Flag { .. } => Err(self.wrong_type(typed)),
            Domain::Word { words, .. } => self.word(typed.trim_matches(['"', '\'']), words),
            Domain::Numbers { most, .. } => self.numbers(typed, most),
            Domain::Number { whole, .. } => {
                let number: f64 = typed.parse().map_err(|_| self.wrong_type(typed))?;
                if !self.parameter.domain.holds(number) {
                    return Err(self.out_of_range(number));
                }
                Ok(if whole {
                    format!("{number}")
                } else {
                    format!("{number:?}")
                })
            }
        }
    }

    fn numbers(&self, typed: &str, most: usize) -> Result<String, PresetError> {
        let inner = typed
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .ok_or_else(|| self.wrong_type(typed))?;
        let items = inner.split(',').map(str::trim);
        let numbers: Vec<f64> = items
            .filter(|item| !item.is_empty())
            .map(|item| item.parse().map_err(|_| self.wrong_type(typed)))
            .collect::<Result<_, _>>()?;
        if let Some(beyond) = numbers
            .iter()
            .find(|number| !self.parameter.domain.holds(**number))
        {
            return Err(self.out_of_range(*beyond));
        }
        if numbers.len() > most {
            return Err(self.wrong_type(typed));
        }
        Ok(format!("{numbers:?}"))
    }

    fn word(&self, typed: &str, words: &[&str]) -> Result<String, PresetError> {
        if words.contains(&typed) {
            return Ok(format!("{typed:?}"));
        }
        let (at, key) = (self.at.clone(), self.key.to_owned());
        Err(PresetError::UnknownWord {
            at,
            key,
            word: typed.to_owned(),
            advice: word_advice(typed, words),
        })
    }

    /// The typed tables with nothing but this value; `KEY = VALUE` is TOML in itself.
    fn target(&self, layer: Option<usize>, value: &str) -> Result<Target, PresetError> {
        let wrong = |error: toml::de::Error| self.wrong_type(error.message());
        match self.parameter.path.strip_prefix("layer.") {
            Some(path) => {
                let typed = toml::from_str(&format!("{path} = {value}")).map_err(wrong)?;
                Ok(Target::Layers(layer, Box::new(typed)))
            }
            None => {
                let typed =
                    toml::from_str(&format!("{} = {value}", self.parameter.path)).map_err(wrong)?;
                Ok(Target::Preset(Box::new(typed)))
            }
        }
    }

    fn wrong_type(&self, typed: &str) -> PresetError {
        let (at, key) = (self.at.clone(), self.key.to_owned());
        PresetError::WrongType {
            at,
            key,
            found: format!("{typed:?}"),
            expected: self.parameter.range_text(),
        }
    }

    fn out_of_range(&self, value: f64) -> PresetError {
        let (at, key) = (self.at.clone(), self.key.to_owned());
        PresetError::OutOfRange {
            at,
            key,
            value,
            range: self.parameter.range_text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::{Preset, Waveform};
    use crate::units::{Hertz, Seconds};

    const TWO_LAYERS: &str =
        "[[layer]]\nwaveform = \"sine\"\n[[layer]]\nwaveform = \"square\"\nfilter.cutoff_hz = 500";

    fn with(typed: &[&str]) -> Preset {
        let overrides: Vec<_> = typed
            .iter()
            .map(|typed| Override::parse(typed).unwrap())
            .collect();
        Preset::parse("my.toml", TWO_LAYERS, &overrides).unwrap()
    }

    fn refused(typed: &str) -> String {
        Override::parse(typed).unwrap_err().to_string()
    }

    #[test]
    fn a_key_of_a_layer_changes_every_layer() {
        for typed in ["envelope.release_s=0.4", "layer.envelope.release_s = 0.4"] {
            let releases = with(&[typed])
                .layers
                .iter()
                .map(|layer| layer.envelope.release)
                .collect::<Vec<_>>();
            assert_eq!(releases, [Seconds(0.4); 2]);
        }
    }

    #[test]
    fn a_numbered_key_changes_one_layer_and_nothing_in_presets_without_it() {
        let waveforms = with(&["layer.2.waveform=triangle"])
            .layers
            .iter()
            .map(|layer| layer.waveform.clone())
            .collect::<Vec<_>>();
        assert_eq!(waveforms, [Waveform::Sine, Waveform::Triangle]);
        assert_eq!(with(&["layer.3.waveform=triangle"]), with(&[]));
    }

    #[test]
    fn a_key_of_the_preset_needs_no_table_and_a_word_no_quotes() {
        let preset = with(&["one_shot=true", "choke_group=7", "waveform=\"triangle\""]);
        let choke = preset.layers[0].choke.map(|class| class.number);
        assert_eq!((preset.one_shot, choke), (true, Some(7)));
        assert_eq!(preset.layers[0].waveform, Waveform::Triangle);
    }

    #[test]
    fn the_last_of_two_wins() {
        assert_eq!(with(&["pan=0.5", "pan=-0.5"]).layers[0].place.pan, -0.5);
    }

    #[test]
    fn a_filter_comes_into_being_with_its_cutoff_only() {
        let cutoffs = |preset: Preset| {
            preset
                .layers
                .iter()
                .map(|layer| layer.filter.map(|f| f.cutoff))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            cutoffs(with(&["filter.resonance=0.5"])),
            [None, Some(Hertz(500.0))]
        );
        let both = with(&["filter.resonance=0.5", "filter.cutoff_hz=800"]);
        assert_eq!(
            both.layers[0].filter.map(|filter| filter.resonance),
            Some(0.5)
        );
        assert_eq!(cutoffs(both), [Some(Hertz(800.0)); 2]);
    }

    #[test]
    fn a_mistyped_override_says_what_to_do() {
        let far = "--set envelope.release_s=99: envelope.release_s = 99 is out of range; choose 0 to 60 s";
        assert_eq!(refused("envelope.release_s=99"), far);
        assert!(refused("pan=nan").contains("pan = NaN is out of range"));
        assert!(refused("choke_group=1.5").contains("is out of range; choose 1 to 127, whole"));
        assert!(
            refused("envelope.relase_s=1")
                .ends_with("unknown key envelope.relase_s; did you mean release_s?")
        );
        assert!(refused("layer.2.relase_s=1").ends_with("did you mean layer.envelope.release_s?"));
        assert!(refused("layer.0.pan=1").contains("unknown key layer.0.pan"));
        assert!(refused("pan").ends_with("expected KEY=VALUE, such as envelope.release_s=0.4"));
        assert!(refused("pan=left").ends_with("pan is \"left\"; expected -1 to 1"));
        assert!(refused("one_shot=yes").ends_with("expected true or false"));
        assert!(refused("waveform=saw").contains("waveform = \"saw\" is unknown"));
        assert!(refused("key_low=60").contains("use --preset FILE"));
    }
}
