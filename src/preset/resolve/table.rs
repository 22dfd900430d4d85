//! What is typed in one table of a preset file, checked against the table of parameters.

use std::ops::RangeInclusive;

use crate::preset::diagnose::word_advice;
use crate::preset::error::PresetError;
use crate::preset::parameter::{Domain, Parameter};
use crate::preset::source::Source;

/// A layer of the file, or its top, as errors name it.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) source: Source<'a>,
    /// `layer.2`; empty at the top.
    pub(super) path: &'a str,
}

impl Table<'_> {
    /// What was typed, else the default, if the range holds it.
    pub(super) fn number(
        self,
        parameter: &Parameter,
        typed: Option<f64>,
    ) -> Result<f64, PresetError> {
        let value = typed
            .or(parameter.domain.default_number())
            .ok_or_else(|| self.missing(parameter))?;
        if parameter.domain.holds(value) {
            Ok(value)
        } else {
            Err(self.out_of_range(parameter, value))
        }
    }

    /// A whole number from 0 to 127.
    pub(super) fn byte(self, parameter: &Parameter, typed: Option<i64>) -> Result<u8, PresetError> {
        self.number(parameter, typed.map(|value| value as f64))
            .map(|value| value as u8)
    }

    /// A whole number of any size.
    pub(super) fn whole(
        self,
        parameter: &Parameter,
        typed: Option<i64>,
    ) -> Result<usize, PresetError> {
        self.number(parameter, typed.map(|value| value as f64))
            .map(|value| value as usize)
    }

    /// The error for a file that a key names and that cannot be used.
    pub(super) fn refused_file(
        self,
        parameter: &Parameter,
        file: &str,
        reason: String,
    ) -> PresetError {
        PresetError::File {
            at: self.source.at_key(&self.path_of(parameter)),
            file: file.to_owned(),
            reason,
        }
    }

    /// The error for a key that this layer cannot do without.
    pub(super) fn required(self, parameter: &Parameter, expected: &str) -> PresetError {
        let key = self.path_of(parameter);
        PresetError::Missing {
            at: self.source.at_key(&key),
            key,
            range: expected.to_owned(),
        }
    }

    pub(super) fn range(
        self,
        low_key: &Parameter,
        low: Option<i64>,
        high_key: &Parameter,
        high: Option<i64>,
    ) -> Result<RangeInclusive<u8>, PresetError> {
        let (low, high) = (self.byte(low_key, low)?, self.byte(high_key, high)?);
        if low <= high {
            return Ok(low..=high);
        }
        let (low_key, high_key) = (self.path_of(low_key), self.path_of(high_key));
        Err(PresetError::Reversed {
            at: self.source.at_key(&low_key),
            low_key,
            low,
            high_key,
            high,
        })
    }

    /// The value of the word that was typed, else of the default.
    pub(super) fn word<T: Copy>(
        self,
        parameter: &Parameter,
        typed: Option<&str>,
        known: &[(&'static str, T)],
    ) -> Result<T, PresetError> {
        let Domain::Word { default, words } = parameter.domain else {
            return Err(self.missing(parameter));
        };
        let word = typed.or(default).ok_or_else(|| self.missing(parameter))?;
        known
            .iter()
            .find(|(name, _)| *name == word)
            .map(|&(_, value)| value)
            .ok_or_else(|| {
                let key = self.path_of(parameter);
                PresetError::UnknownWord {
                    at: self.source.at_key(&key),
                    key,
                    word: word.to_owned(),
                    advice: word_advice(word, words),
                }
            })
    }

    /// The numbers that were typed, if each lies in the range.
    pub(super) fn numbers<'t>(
        self,
        parameter: &Parameter,
        typed: Option<&'t Vec<f64>>,
    ) -> Result<&'t [f64], PresetError> {
        let values = typed.map_or(&[][..], Vec::as_slice);
        let Domain::Numbers { most, .. } = parameter.domain else {
            return Err(self.missing(parameter));
        };
        if values.len() > most {
            let key = self.path_of(parameter);
            return Err(PresetError::WrongType {
                at: self.source.at_key(&key),
                key,
                found: format!("a list of {} numbers", values.len()),
                expected: parameter.range_text(),
            });
        }
        match values.iter().find(|value| !parameter.domain.holds(**value)) {
            Some(beyond) => Err(self.out_of_range(parameter, *beyond)),
            None => Ok(values),
        }
    }

    /// The error for a list that is not as long as the one it belongs to.
    pub(super) fn uneven(
        self,
        parameter: &Parameter,
        found: usize,
        other: &Parameter,
        expected: usize,
    ) -> PresetError {
        let key = self.path_of(parameter);
        PresetError::WrongType {
            at: self.source.at_key(&key),
            key,
            found: format!("a list of {found} numbers"),
            expected: format!("{expected}, one for each of {}", other.key()),
        }
    }

    /// The error for a layer at key-up without an end.
    pub(super) fn endless(self, parameter: &Parameter) -> PresetError {
        let key = self.path_of(parameter);
        PresetError::Endless {
            at: self.source.at_key(&key),
            key,
        }
    }

    fn missing(self, parameter: &Parameter) -> PresetError {
        let key = self.path_of(parameter);
        PresetError::Missing {
            at: self.source.at_key(&key),
            key,
            range: parameter.range_text(),
        }
    }

    fn out_of_range(self, parameter: &Parameter, value: f64) -> PresetError {
        let key = self.path_of(parameter);
        PresetError::OutOfRange {
            at: self.source.at_key(&key),
            key,
            value,
            range: parameter.range_text(),
        }
    }

    /// The parameter's path with the number of the layer: `layer.2.filter.cutoff_hz`.
    fn path_of(self, parameter: &Parameter) -> String {
        match parameter.path.strip_prefix("layer.") {
            Some(rest) => format!("{}.{rest}", self.path),
            None => parameter.path.to_owned(),
        }
    }
}
