//! The options that decide the samples of a recording, as they were given, so that it can be made again.
//!
//! A manifest has them as on a command line: `["--format", "f32", "--mono"]`. They are read without the command line's own
//! parser, so that whoever has the library can read a manifest; lists of Cascade 0.1.0 are of the same form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::made_of;
use super::name::Name;

/// An option that decides the samples of a recording, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names of the command line say it")]
pub enum SampleOption {
    Preset,
    Bank,
    Set,
    Gain,
    Reverb,
    Chorus,
    Delay,
    Limiter,
    Tail,
    Normalize,
    Stems,
    SampleRate,
    Format,
    Raw,
    Mono,
    Dither,
    Tempo,
    Transpose,
    Tuning,
    From,
    To,
    Mute,
    Solo,
    MaxDuration,
    NoConfig,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is given or not.
    Nothing,
    /// A value; where it is not given, this one, if any.
    Value(Option<&'static str>),
    /// A value, which may be `off`, which `--no-OPTION` stands for, too; where it is not given, this one.
    ValueOrOff(&'static str),
    /// Values, one each time that it is given.
    Values,
}

/// The options with their names and what they take.
const OPTIONS: [(SampleOption, &str, Takes); 25] = [
    (SampleOption::Preset, "preset", Takes::Value(None)),
    (SampleOption::Bank, "bank", Takes::Value(None)),
    (SampleOption::Set, "set", Takes::Values),
    (SampleOption::Gain, "gain", Takes::Value(Some("0"))),
    (SampleOption::Reverb, "reverb", Takes::ValueOrOff("on")),
    (SampleOption::Chorus, "chorus", Takes::ValueOrOff("on")),
    (SampleOption::Delay, "delay", Takes::ValueOrOff("on")),
    (SampleOption::Limiter, "limiter", Takes::ValueOrOff("on")),
    (SampleOption::Tail, "tail", Takes::ValueOrOff("auto")),
    (SampleOption::Normalize, "normalize", Takes::Value(None)),
    (SampleOption::Stems, "stems", Takes::Value(None)),
    (
        SampleOption::SampleRate,
        "sample-rate",
        Takes::Value(Some("44100")),
    ),
    (SampleOption::Format, "format", Takes::Value(Some("i16"))),
    (SampleOption::Raw, "raw", Takes::Nothing),
    (SampleOption::Mono, "mono", Takes::Nothing),
    (SampleOption::Dither, "dither", Takes::ValueOrOff("on")),
    (SampleOption::Tempo, "tempo", Takes::Value(Some("1"))),
    (
        SampleOption::Transpose,
        "transpose",
        Takes::Value(Some("0")),
    ),
    (SampleOption::Tuning, "tuning", Takes::Value(Some("440"))),
    (SampleOption::From, "from", Takes::Value(None)),
    (SampleOption::To, "to", Takes::Value(None)),
    (SampleOption::Mute, "mute", Takes::Value(None)),
    (SampleOption::Solo, "solo", Takes::Value(None)),
    (
        SampleOption::MaxDuration,
        "max-duration",
        Takes::ValueOrOff("4h"),
    ),
    (SampleOption::NoConfig, "no-config", Takes::Nothing),
];

/// Options of a run, by their long names, and whether they take a value: which inputs, where to, how fast, and what is
/// told. They are not recorded, but some versions did, and a manifest may be edited.
pub const OF_THE_RUN: [(&str, bool); 19] = [
    ("output", true),
    ("force", false),
    ("labels", true),
    ("files-from", true),
    ("null", false),
    ("shard", true),
    ("resume", false),
    ("fail-fast", false),
    ("report", true),
    ("max-size", true),
    ("bless", true),
    ("memory", true),
    ("strict", false),
    ("jobs", true),
    ("check-determinism", false),
    ("config", true),
    ("quiet", false),
    ("verbose", false),
    ("progress", true),
];

impl SampleOption {
    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        OPTIONS.iter().map(|(option, _, _)| *option)
    }

    /// Its long name, without the dashes.
    #[must_use]
    pub const fn long(self) -> &'static str {
        OPTIONS[self as usize].1
    }

    /// What it takes.
    #[must_use]
    pub const fn takes(self) -> Takes {
        OPTIONS[self as usize].2
    }

    fn find(long: &str) -> Option<Self> {
        Self::all().find(|option| option.long() == long)
    }
}

/// Options and their values as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Vec<Name>", into = "Vec<Name>")]
pub struct RecordedOptions {
    /// The values of what was given; none of what takes none.
    given: BTreeMap<SampleOption, Vec<Name>>,
    /// Words that concern the run, and say nothing of the recording.
    of_the_run: Vec<Name>,
    /// Words that this version does not know.
    unknown: Vec<Name>,
}

impl RecordedOptions {
    /// Takes note that an option was given, with these values.
    pub fn insert(&mut self, option: SampleOption, values: impl IntoIterator<Item = Name>) {
        self.given.entry(option).or_default().extend(values);
    }

    /// Whether an option was given.
    #[must_use]
    pub fn has(&self, option: SampleOption) -> bool {
        self.given.contains_key(&option)
    }

    /// The values that an option was given.
    #[must_use]
    pub fn values(&self, option: SampleOption) -> &[Name] {
        self.given.get(&option).map_or(&[], Vec::as_slice)
    }

    /// The value that an option was given, the last one if there were several.
    #[must_use]
    pub fn value(&self, option: SampleOption) -> Option<&Name> {
        self.values(option).last()
    }

    /// The first word of a manifest that this version does not know.
    #[must_use]
    pub fn unknown(&self) -> Option<&Name> {
        self.unknown.first()
    }

    /// What every option is, given or by default, by its name.
    #[must_use]
    pub fn in_force(&self) -> BTreeMap<String, String> {
        let value = |option: SampleOption| -> Option<String> {
            if !self.has(option) {
                return match option.takes() {
                    Takes::Value(default) => default.map(made_of::value),
                    Takes::ValueOrOff(default) => Some(made_of::value(default)),
                    Takes::Nothing | Takes::Values => None,
                };
            }
            if option.takes() == Takes::Nothing {
                return Some(made_of::GIVEN.to_owned());
            }
            let values = self.values(option).iter().map(Name::to_os_string);
            let values: Vec<String> = values.map(|v| v.to_string_lossy().into_owned()).collect();
            Some(made_of::value(&values.join(" ")))
        };
        let options = SampleOption::all();
        options
            .filter_map(|option| Some((option.long().to_owned(), value(option)?)))
            .collect()
    }
}

impl From<Vec<Name>> for RecordedOptions {
    /// Reads words as they stand on a command line.
    fn from(words: Vec<Name>) -> Self {
        let mut options = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let long = match &word {
                Name::Text(text) => text.strip_prefix("--"),
                Name::Bytes(_) => None,
            };
            let option = long.and_then(SampleOption::find);
            let of_the_run = OF_THE_RUN.iter().find(|(name, _)| long == Some(name));
            if let Some((_, takes_value)) = of_the_run {
                let value = if *takes_value { words.next() } else { None };
                options.of_the_run.push(word);
                options.of_the_run.extend(value);
                continue;
            }
            let off = long.and_then(|long| SampleOption::find(long.strip_prefix("no-")?));
            match (option.map(|option| (option, option.takes())), off) {
                (Some((option, Takes::Nothing)), _) => options.insert(option, []),
                (Some((option, _)), _) => match words.next() {
                    Some(value) => options.insert(option, [value]),
                    None => options.unknown.push(word),
                },
                (None, Some(option)) if matches!(option.takes(), Takes::ValueOrOff(_)) => {
                    options.insert(option, [Name::new("off")]);
                }
                (None, _) => options.unknown.push(word),
            }
        }
        options
    }
}

impl From<RecordedOptions> for Vec<Name> {
    /// The words that give the same options again.
    fn from(options: RecordedOptions) -> Self {
        let mut words = Self::new();
        for (option, values) in options.given {
            let flag = Name::new(format!("--{}", option.long()));
            if option.takes() == Takes::Nothing {
                words.push(flag);
                continue;
            }
            for value in values {
                words.extend([flag.clone(), value]);
            }
        }
        words.extend(options.of_the_run);
        words.extend(options.unknown);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_options() {
        for (index, option) in SampleOption::all().enumerate() {
            assert_eq!(option as usize, index);
        }
    }

    #[test]
    fn words_become_options_and_words_again() {
        let check = |typed: &str, expected: &str| {
            let words = |text: &str| text.split_whitespace().map(Name::new).collect::<Vec<_>>();
            let options = RecordedOptions::from(words(typed));
            assert_eq!(Vec::from(options), words(expected), "{typed}");
        };
        let kept = "--set a=1 --set b=2 --gain -6 --mono";
        check(kept, kept);
        check("--mono --gain -6", "--gain -6 --mono");
        check(
            "--no-reverb --no-gain --gain",
            "--reverb off --no-gain --gain",
        );
        check("--no-such-option x", "--no-such-option x");
        check(
            "-v --labels csv --strict --mono",
            "--mono --labels csv --strict -v",
        );
    }

    #[test]
    fn options_are_a_list_of_words_in_json() {
        let json = r#"["--preset","organ",[45,255],"--raw"]"#;
        let options: RecordedOptions = serde_json::from_str(json).unwrap();
        assert_eq!(
            options.value(SampleOption::Preset),
            Some(&Name::new("organ"))
        );
        assert!(options.has(SampleOption::Raw));
        assert_eq!(options.unknown(), Some(&Name::Bytes(vec![45, 255])));
    }
}
