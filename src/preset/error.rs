//! Why a preset or an override was refused: where, what was found, what was expected, what to do.

use std::fmt;

use thiserror::Error;

/// Where something was typed: a line of a file, or an option of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// The file as the user named it, or the option: `--set envelope.release_s=99`.
    pub origin: String,
    /// The line, counted from 1; `None` for the whole of it.
    pub line: Option<usize>,
}

impl TextPlace {
    /// A place without lines.
    pub(super) fn whole(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            line: None,
        }
    }
}

impl fmt::Display for TextPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.origin),
            None => f.write_str(&self.origin),
        }
    }
}

/// Why a preset or an override was refused. Keys are named by their path, layers counted from 1: `layer.2.level_db`.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PresetError {
    /// The text is no TOML.
    #[error("{at}: this is not TOML: {message}")]
    Syntax {
        /// Where.
        at: TextPlace,
        /// What the TOML parser says.
        message: String,
    },
    /// A key or table that the schema does not have.
    #[error("{at}: unknown key {key}; {advice}")]
    UnknownKey {
        /// Where.
        at: TextPlace,
        /// The key as typed.
        key: String,
        /// The nearest known key, or how to list them.
        advice: String,
    },
    /// Text where a number belongs, and the like.
    #[error("{at}: {key} is {found}; expected {expected}")]
    WrongType {
        /// Where.
        at: TextPlace,
        /// The key.
        key: String,
        /// The type or text that was found.
        found: String,
        /// What may be typed.
        expected: String,
    },
    /// A number outside the range of its key, or not a number.
    #[error("{at}: {key} = {value} is out of range; choose {range}")]
    OutOfRange {
        /// Where.
        at: TextPlace,
        /// The key.
        key: String,
        /// The number that was typed.
        value: f64,
        /// The range with its unit.
        range: String,
    },
    /// A word that the key does not know.
    #[error("{at}: {key} = \"{word}\" is unknown; {advice}")]
    UnknownWord {
        /// Where.
        at: TextPlace,
        /// The key.
        key: String,
        /// The word that was typed.
        word: String,
        /// The nearest known word, and all of them.
        advice: String,
    },
    /// A lower bound above its upper bound.
    #[error(
        "{at}: {low_key} = {low} lies above {high_key} = {high}, so the layer would never sound; swap them"
    )]
    Reversed {
        /// Where.
        at: TextPlace,
        /// The key of the lower bound.
        low_key: String,
        /// The lower bound.
        low: u8,
        /// The key of the upper bound.
        high_key: String,
        /// The upper bound.
        high: u8,
    },
    /// A key without a default was left out.
    #[error("{at}: {key} is missing; choose {range}")]
    Missing {
        /// Where.
        at: TextPlace,
        /// The key.
        key: String,
        /// What may be typed.
        range: String,
    },
    /// A file beside the preset that cannot be used.
    #[error("{at}: {file}: {reason}")]
    File {
        /// Where it is named.
        at: TextPlace,
        /// Its name.
        file: String,
        /// Why not.
        reason: String,
    },
    /// A layer at key-up that would never end.
    #[error(
        "{at}: {key} = \"release\" is for a layer that dies away by itself; give it envelope.sustain_level = 0, or a \
         waveform that ends by itself (modal, pluck, a recording without a loop)"
    )]
    Endless {
        /// Where.
        at: TextPlace,
        /// The key.
        key: String,
    },
    /// More layers than any sound is made of.
    #[error(
        "{at}: the preset has {found} layers, more than {most}; put the sounds into presets of their own"
    )]
    TooManyLayers {
        /// Where.
        at: TextPlace,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A preset that would be silent.
    #[error("{at}: the preset has no layer; add [[layer]] with waveform = \"sine\"")]
    NoLayer {
        /// Where.
        at: TextPlace,
    },
    /// An override without an equals sign.
    #[error("{at}: expected KEY=VALUE, such as envelope.release_s=0.4")]
    NotAnOverride {
        /// Where.
        at: TextPlace,
    },
    /// A key that shapes the preset and not its sound.
    #[error(
        "{at}: {key} cannot be set for all presets at once; write it in a preset file and use --preset FILE"
    )]
    NotSettable {
        /// Where.
        at: TextPlace,
        /// The key.
        key: String,
    },
}
