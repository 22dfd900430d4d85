//! One key of a preset file: where it stands, what may be typed there, what is assumed, and what it is for.

use std::fmt;

/// A key of a preset file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Tables and key with dots between: `layer.envelope.attack_s`.
    pub path: &'static str,
    /// The unit of its value; empty for pure numbers and words.
    pub unit: &'static str,
    /// What may be typed, and what holds where nothing is typed.
    pub domain: Domain,
    /// Whether `--set` may change it.
    pub settable: bool,
    /// What it is for, in a sentence.
    pub doc: &'static str,
}

/// What may be typed for a key, and its default; where that is `None` the key is required, or its absence means something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag {
        /// Where nothing is typed.
        default: bool,
    },
    /// One of some words.
    Word {
        /// Where nothing is typed.
        default: Option<&'static str>,
        /// Every word that is known.
        words: &'static [&'static str],
    },
    /// A number.
    Number {
        /// Where nothing is typed.
        default: Option<f64>,
        /// The least that is accepted.
        min: f64,
        /// The most that is accepted.
        max: f64,
        /// Whether a fraction is refused.
        whole: bool,
    },
    /// A list of numbers; empty where nothing is typed.
    Numbers {
        /// The least that is accepted of each.
        min: f64,
        /// The most that is accepted of each.
        max: f64,
        /// How many there may be.
        most: usize,
    },
}

impl Domain {
    /// Any number from `min` to `max`.
    pub(super) const fn number(default: f64, min: f64, max: f64) -> Self {
        Self::Number {
            default: Some(default),
            min,
            max,
            whole: false,
        }
    }

    /// Any number from `min` to `max`, without a default.
    pub(super) const fn bare_number(min: f64, max: f64) -> Self {
        Self::Number {
            default: None,
            min,
            max,
            whole: false,
        }
    }

    /// A whole number from `min` to `max`.
    pub(super) const fn whole(default: Option<f64>, min: f64, max: f64) -> Self {
        Self::Number {
            default,
            min,
            max,
            whole: true,
        }
    }

    /// Up to `most` numbers from `min` to `max`.
    pub(super) const fn numbers(min: f64, max: f64, most: usize) -> Self {
        Self::Numbers { min, max, most }
    }

    /// What is assumed where no number is typed.
    pub(super) fn default_number(&self) -> Option<f64> {
        match *self {
            Self::Number { default, .. } => default,
            _ => None,
        }
    }

    /// Values at the limits of what is accepted, as they would be typed.
    #[cfg(test)]
    pub(crate) fn samples(&self) -> Vec<String> {
        match *self {
            Self::Text => vec!["text".to_owned()],
            Self::Flag { .. } => vec!["true".to_owned(), "false".to_owned()],
            Self::Word { words, .. } => words.iter().map(|&word| word.to_owned()).collect(),
            Self::Number { min, max, .. } => vec![min.to_string(), max.to_string()],
            Self::Numbers { min, max, .. } => vec!["[]".to_owned(), format!("[{min}, {max}]")],
        }
    }

    /// Whether a number lies in the range; NaN lies in none.
    pub(super) fn holds(&self, value: f64) -> bool {
        match *self {
            Self::Number {
                min, max, whole, ..
            } => (min..=max).contains(&value) && (!whole || value.fract() == 0.0),
            Self::Numbers { min, max, .. } => (min..=max).contains(&value),
            _ => false,
        }
    }
}

impl Parameter {
    /// Its own name, without the tables it stands in: `attack_s`.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The table it stands in: `layer.envelope`; empty at the top of the file.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(table, _)| table)
    }

    /// The default as TOML; a dash where there is none.
    #[must_use]
    pub fn default_text(&self) -> String {
        match self.domain {
            Domain::Flag { default } => default.to_string(),
            Domain::Word {
                default: Some(word),
                ..
            } => format!("{word:?}"),
            Domain::Number {
                default: Some(number),
                ..
            } => number.to_string(),
            Domain::Numbers { .. } => "[]".to_owned(),
            _ => "-".to_owned(),
        }
    }

    /// What may be typed, with its unit: `0 to 60 s`.
    #[must_use]
    pub fn range_text(&self) -> String {
        let unit = if self.unit.is_empty() {
            String::new()
        } else {
            format!(" {}", self.unit)
        };
        format!("{}{unit}", self.domain)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Text => f.write_str("text in quotes"),
            Self::Flag { .. } => f.write_str("true or false"),
            Self::Word { words, .. } => f.write_str(&words.join(", ")),
            Self::Number {
                min,
                max,
                whole: false,
                ..
            } => write!(f, "{min} to {max}"),
            Self::Number {
                min,
                max,
                whole: true,
                ..
            } => write!(f, "{min} to {max}, whole"),
            Self::Numbers { min, max, most } => {
                write!(f, "up to {most} of {min} to {max}")
            }
        }
    }
}
