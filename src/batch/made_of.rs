//! What a recording was made of beside its input, by name: settings, banks and presets, so that a difference can be told.
//!
//! A short hash stands for what is long. Equal hashes prove nothing, and need not: whether anything differs is known by
//! then, and this tells what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest;
use crate::bank::{Bank, PresetId};

/// Values that have more characters are kept as a hash.
const READABLE: usize = 16;
/// The name of the built-in bank.
const BUILT_IN: &str = "built in";
/// What an option without a value has for one.
pub const GIVEN: &str = "given";

/// Names and what they stood for. The names of the fields are those of the JSON, and stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeOf {
    /// The options in force, given or not, without their dashes, and their values.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// The banks, files by their names, and the hashes of their texts.
    #[serde(default)]
    pub banks: BTreeMap<String, String>,
    /// The presets that are heard, files by their names with `.toml`, and the hashes of their texts and recordings.
    #[serde(default)]
    pub presets: BTreeMap<String, String>,
}

impl MadeOf {
    /// The options in force and the bank. What is heard of it depends on the song.
    #[must_use]
    pub fn new(settings: BTreeMap<String, String>, bank: &Bank) -> Self {
        let texts = [(BUILT_IN, Bank::built_in_text())].into_iter();
        let hashed = |(name, text): (&str, &str)| (name.to_owned(), digest::short(text));
        Self {
            settings,
            banks: texts.chain(bank.file()).map(hashed).collect(),
            presets: BTreeMap::new(),
        }
    }

    /// What is heard of a bank, besides.
    #[must_use]
    pub fn with_presets(mut self, bank: &Bank, ids: impl IntoIterator<Item = PresetId>) -> Self {
        for id in ids {
            let (name, text) = bank.text_of(id);
            let name = bank.file_of(id).unwrap_or(name);
            // A recording is as much of a preset as its text.
            let recordings = bank.recordings_of(id);
            let hashes = recordings.map(|recording| blake3::Hash::from(recording.hash).to_hex());
            let text = hashes.fold(text.to_owned(), |text, hash| text + &hash);
            self.presets.insert(name.to_owned(), digest::short(&text));
        }
        self
    }

    /// What is not as it was then, in words.
    #[must_use]
    pub fn changes_since(&self, then: &Self) -> Vec<String> {
        let mut changes = compare(&then.settings, &self.settings, setting);
        changes.extend(compare(&then.banks, &self.banks, bank));
        changes.extend(compare(&then.presets, &self.presets, preset));
        changes
    }
}

/// A value as it is kept.
#[must_use]
pub fn value(text: &str) -> String {
    match text.chars().count() > READABLE {
        true => format!("#{}", digest::short(text)),
        false => text.to_owned(),
    }
}

type Words = fn(&str, Option<&str>, Option<&str>) -> String;

/// The words for every name that has another value, or only one.
fn compare(
    then: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    words: Words,
) -> Vec<String> {
    let mut names: Vec<&String> = then.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let values = |name: &String| (then.get(name), now.get(name));
    let changed = names.into_iter().filter(|name| {
        let (then, now) = values(name);
        then != now
    });
    changed
        .map(|name| {
            let (then, now) = values(name);
            words(name, then.map(String::as_str), now.map(String::as_str))
        })
        .collect()
}

fn setting(name: &str, then: Option<&str>, now: Option<&str>) -> String {
    let readable = |value: &&str| !value.starts_with('#') && *value != GIVEN;
    match (then, now) {
        (Some(then), Some(now)) => match [then, now].iter().all(readable) {
            true => format!("--{name} is {now}, {then} expected"),
            false => format!("--{name} has another value"),
        },
        (None, Some(now)) => match readable(&now) {
            true => format!("--{name} {now} was not given"),
            false => format!("--{name} was not given"),
        },
        (Some(then), _) => match readable(&then) {
            true => format!("--{name} {then} is not given any more"),
            false => format!("--{name} is not given any more"),
        },
        (None, None) => String::new(),
    }
}

fn bank(name: &str, then: Option<&str>, now: Option<&str>) -> String {
    let name = match name {
        BUILT_IN => "the built-in bank".to_owned(),
        file => format!("the bank {file}"),
    };
    match (then, now) {
        (Some(_), Some(_)) => format!("{name} changed"),
        (None, _) => format!("{name} was not used"),
        (_, None) => format!("{name} is not used any more"),
    }
}

fn preset(name: &str, then: Option<&str>, now: Option<&str>) -> String {
    // Built-in names are words.
    let name = match name.contains(['.', '/', '\\']) {
        true => format!("the preset {name}"),
        false => format!("the built-in preset {name}"),
    };
    match (then, now) {
        (Some(_), Some(_)) => format!("{name} changed"),
        (None, _) => format!("{name} was not heard"),
        (_, None) => format!("{name} is not heard any more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn what_changed_is_told_by_name() {
        let then = MadeOf {
            settings: map(&[("gain", "0"), ("mono", GIVEN), ("set", "#000001")]),
            banks: map(&[(BUILT_IN, "1"), ("my.toml", "2")]),
            presets: map(&[("snare", "1"), ("organ.toml", "2"), ("oboe", "3")]),
        };
        let now = MadeOf {
            settings: map(&[("gain", "-3"), ("raw", GIVEN), ("set", "#000002")]),
            banks: map(&[(BUILT_IN, "3"), ("my.toml", "2")]),
            presets: map(&[("snare", "4"), ("organ.toml", "5"), ("flute", "3")]),
        };
        let expected = [
            "--gain is -3, 0 expected",
            "--mono is not given any more",
            "--raw was not given",
            "--set has another value",
            "the built-in bank changed",
            "the built-in preset flute was not heard",
            "the built-in preset oboe is not heard any more",
            "the preset organ.toml changed",
            "the built-in preset snare changed",
        ];
        assert_eq!(now.changes_since(&then), expected);
        assert!(now.changes_since(&now).is_empty());
    }

    #[test]
    fn long_values_are_kept_as_hashes() {
        assert_eq!(value("lufs=-14"), "lufs=-14");
        let long = value("envelope.release_s=0.4");
        assert_eq!((long.len(), &long[..1]), (7, "#"));
        assert_ne!(long, value("envelope.release_s=0.5"));
    }

    #[test]
    fn the_presets_of_a_bank_are_known_by_their_texts() {
        let mut load = |_: &str| Ok(b"[[layer]]\nwaveform = \"sine\"".to_vec());
        let bank = Bank::from_toml("b.toml", "programs.0 = \"x.toml\"", &mut load, &[]).unwrap();
        let ids = ["x", "oboe"].map(|name| bank.find(name).unwrap());
        let made_of = MadeOf::new(BTreeMap::new(), &bank).with_presets(&bank, ids);
        let banks: Vec<&String> = made_of.banks.keys().collect();
        assert_eq!(banks, ["b.toml", BUILT_IN]);
        let names: Vec<&String> = made_of.presets.keys().collect();
        assert_eq!(names, ["oboe", "x.toml"]);
        let oboe = bank.source("oboe").unwrap();
        assert_eq!(made_of.presets["oboe"], digest::short(oboe));
    }
}
