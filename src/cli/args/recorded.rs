//! The options that decide the samples: taken out of what clap has read, and read again from what a manifest has.

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches, ValueEnum};

use super::changes::{ChangeArgs, ExcerptArgs};
use super::effects::EffectArgs;
use super::mixdown::MixdownArgs;
use super::negations::negation;
use super::render::{RecordingArgs, SoundArgs};
use crate::batch::name::Name;
use crate::batch::options::{RecordedOptions, SampleOption, Takes};
use crate::cli::{music, values};
use crate::units::Seconds;

/// It adds no argument of its own.
impl Args for RecordedOptions {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl FromArgMatches for RecordedOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut options = Self::default();
        for option in SampleOption::all().filter(|option| is_given(matches, *option)) {
            let values = matches.get_raw(id(option)).into_iter().flatten();
            match option.takes() {
                Takes::Nothing => options.insert(option, []),
                _ => options.insert(option, values.map(Name::new)),
            }
        }
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Whether an option was given, or switched off by its opposite.
fn is_given(matches: &ArgMatches, option: SampleOption) -> bool {
    let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let has_off = matches!(option.takes(), Takes::ValueOrOff(_));
    is_typed(id(option)) || has_off && is_typed(&negation(option.long()))
}

/// What clap calls an option: the name of its field.
fn id(option: SampleOption) -> &'static str {
    match option {
        SampleOption::Set => "overrides",
        SampleOption::SampleRate => "sample_rate",
        SampleOption::MaxDuration => "max_duration",
        SampleOption::NoConfig => "no_config",
        other => other.long(),
    }
}

/// The arguments that decide the samples, as recorded.
pub(in crate::cli) struct RecordedArgs {
    pub(in crate::cli) sound: SoundArgs,
    pub(in crate::cli) mixdown: MixdownArgs,
    pub(in crate::cli) recording: RecordingArgs,
    pub(in crate::cli) changes: ChangeArgs,
    pub(in crate::cli) excerpt: ExcerptArgs,
    pub(in crate::cli) max_duration: Seconds,
}

impl RecordedArgs {
    /// Reads the values of recorded options.
    ///
    /// # Errors
    /// An option or a value that this version does not know.
    pub(in crate::cli) fn new(options: &RecordedOptions) -> Result<Self> {
        use SampleOption as O;
        if let Some(word) = options.unknown() {
            let word = word.to_os_string();
            bail!("unexpected argument '{}' found", word.display());
        }
        let path = |option| {
            options
                .value(option)
                .map(|v| PathBuf::from(v.to_os_string()))
        };
        let overrides = options.values(O::Set).iter();
        let overrides = overrides
            .map(|value| text(O::Set, value))
            .collect::<Result<_>>()?;
        Ok(Self {
            sound: SoundArgs {
                preset: path(O::Preset),
                bank: path(O::Bank),
                overrides,
                gain: required(options, O::Gain, values::gain)?,
                effects: EffectArgs {
                    reverb: required(options, O::Reverb, choice)?,
                    chorus: required(options, O::Chorus, choice)?,
                    delay: required(options, O::Delay, choice)?,
                },
                limiter: required(options, O::Limiter, choice)?,
            },
            mixdown: MixdownArgs {
                tail: required(options, O::Tail, values::tail)?,
                normalize: optional(options, O::Normalize, values::target)?,
                stems: optional(options, O::Stems, choice)?,
            },
            recording: RecordingArgs {
                sample_rate: required(options, O::SampleRate, values::sample_rate)?,
                format: required(options, O::Format, choice)?,
                raw: options.has(O::Raw),
                mono: options.has(O::Mono),
                dither: required(options, O::Dither, choice)?,
            },
            changes: ChangeArgs {
                tempo: required(options, O::Tempo, music::ratio)?,
                transpose: required(options, O::Transpose, music::semitones)?,
                tuning: required(options, O::Tuning, music::tuning)?,
            },
            excerpt: ExcerptArgs {
                from: optional(options, O::From, values::position)?,
                to: optional(options, O::To, values::position)?,
                mute: optional(options, O::Mute, music::channels)?,
                solo: optional(options, O::Solo, music::channels)?,
            },
            max_duration: required(options, O::MaxDuration, values::longest)?,
        })
    }
}

/// The value of an option that has one in any case.
fn required<T>(
    options: &RecordedOptions,
    option: SampleOption,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T> {
    let default = match option.takes() {
        Takes::Value(Some(default)) | Takes::ValueOrOff(default) => default,
        Takes::Value(None) | Takes::Values | Takes::Nothing => "",
    };
    match optional(options, option, &parse)? {
        Some(value) => Ok(value),
        None => parse(default).map_err(|error| wrong(option, default, &error)),
    }
}

/// The value of an option, if it was given one.
fn optional<T>(
    options: &RecordedOptions,
    option: SampleOption,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>> {
    let read = |value: &Name| {
        let text = text(option, value)?;
        parse(&text).map_err(|error| wrong(option, &text, &error))
    };
    options.value(option).map(read).transpose()
}

fn text(option: SampleOption, value: &Name) -> Result<String> {
    let value = value.to_os_string().into_string();
    value.map_err(|value| wrong(option, &value.display().to_string(), "expected text"))
}

/// The value is none of those that have names.
const NOT_AMONG_THEM: &str = "is none of the named values";

/// One of the named values of an option.
fn choice<T: ValueEnum>(typed: &str) -> Result<T, String> {
    T::from_str(typed, false).map_err(|_| NOT_AMONG_THEM.to_owned())
}

/// What clap says of such a value.
fn wrong(option: SampleOption, value: &str, error: &str) -> anyhow::Error {
    let (long, placeholder) = (option.long(), placeholder(option));
    match error {
        NOT_AMONG_THEM => anyhow!("invalid value '{value}' for '--{long} <{placeholder}>'"),
        _ => anyhow!("invalid value '{value}' for '--{long} <{placeholder}>': {error}"),
    }
}

/// What stands for the value of an option in the help.
const fn placeholder(option: SampleOption) -> &'static str {
    use SampleOption as O;
    match option {
        O::Preset => "NAME|FILE",
        O::Bank => "FILE",
        O::Set => "KEY=VALUE",
        O::Gain => "DB",
        O::Reverb => "on|off|ROOM",
        O::Chorus | O::Delay | O::Limiter | O::Dither => "on|off",
        O::Tail => "auto|off|SECONDS",
        O::Normalize => "TARGET",
        O::Stems => "BY",
        O::SampleRate | O::Tuning => "HZ",
        O::Format => "FORMAT",
        O::Tempo => "RATIO",
        O::Transpose => "SEMITONES",
        O::From | O::To => "TIME",
        O::Mute | O::Solo => "LIST",
        O::MaxDuration => "TIME|off",
        O::Raw | O::Mono | O::NoConfig => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::negations::has_off;
    use super::super::render::RenderArgs;
    use super::super::{Cli, Command as Typed};
    use super::*;
    use crate::batch::options::OF_THE_RUN;
    use clap::{Arg, Parser};

    fn given(line: &str) -> RecordedOptions {
        let cli = Cli::parse_from(line.split_whitespace());
        let Typed::Render(args) = cli.command else {
            panic!("{line}");
        };
        args.given
    }

    fn check(line: &str, expected: &str) {
        let expected: Vec<Name> = expected.split_whitespace().map(Name::new).collect();
        assert_eq!(Vec::from(given(line)), expected, "{line}");
    }

    #[test]
    fn every_option_of_the_command_is_recorded_or_concerns_the_run() {
        let command = RenderArgs::augment_args(Command::new("render"));
        let shown = command
            .get_arguments()
            .filter(|a| !a.is_hide_set() && !a.is_positional());
        let takes = |argument: &Arg| argument.get_action().takes_values();
        let name = |argument: &Arg| argument.get_long().unwrap_or_default().to_owned();
        let is_of_the_run =
            |argument: &&Arg| OF_THE_RUN.contains(&(name(argument).as_str(), takes(argument)));
        let (of_the_run, arguments): (Vec<&Arg>, Vec<&Arg>) = shown.partition(is_of_the_run);
        assert_eq!(of_the_run.len(), OF_THE_RUN.len());
        assert_eq!(arguments.len(), SampleOption::all().count());
        for (argument, option) in arguments.into_iter().zip(SampleOption::all()) {
            assert_eq!(argument.get_long(), Some(option.long()));
            assert_eq!(argument.get_id().as_str(), id(option));
            let defaults: Vec<_> = argument.get_default_values().iter().collect();
            let default = match option.takes() {
                Takes::Value(default) => default,
                Takes::ValueOrOff(default) => Some(default),
                Takes::Values | Takes::Nothing => None,
            };
            let takes_values = argument.get_action().takes_values();
            assert_eq!(takes_values, option.takes() != Takes::Nothing, "{option:?}");
            if takes_values {
                let expected: Vec<_> = default.into_iter().collect();
                assert_eq!(defaults, expected, "{option:?}");
                let names = argument.get_value_names().unwrap_or_default();
                assert_eq!(names, [placeholder(option)]);
                let takes_off = matches!(option.takes(), Takes::ValueOrOff(_));
                assert_eq!(has_off(argument), takes_off, "{option:?}");
            }
        }
    }

    #[test]
    fn options_that_were_given_are_kept_with_their_values() {
        check("cascade render a.mid", "");
        check(
            "cascade render a.mid -r 48000 --mono -j 2 -o wavs -v",
            "--sample-rate 48000 --mono",
        );
        check(
            "cascade render --set a=1 --gain -6 --set b=2 a.mid",
            "--set a=1 --set b=2 --gain -6",
        );
        check(
            "cascade render a.mid --no-reverb --no-dither --no-progress --no-preset --no-mono",
            "--reverb off --dither off",
        );
        check(
            "cascade render a.mid --no-reverb --reverb plate",
            "--reverb plate",
        );
    }

    #[test]
    fn every_option_that_decides_the_samples_has_a_value_in_force() {
        let values: BTreeMap<String, String> = given(
            "cascade render a.mid --gain -6 --set b=2 --set a=1 --mono --stems track -j 2 -o x",
        )
        .in_force();
        let expected = [
            ("gain", Some("-6")),
            ("set", Some("b=2 a=1")),
            ("mono", Some("given")),
            ("stems", Some("track")),
            ("reverb", Some("on")),
            ("sample-rate", Some("44100")),
            ("raw", None),
            ("bank", None),
            ("jobs", None),
            ("output", None),
            ("progress", None),
        ];
        for (name, value) in expected {
            assert_eq!(values.get(name).map(String::as_str), value, "{name}");
        }
    }

    #[test]
    fn what_was_kept_gives_the_same_options_again() {
        let line = "cascade render a.mid --format f32 --max-duration 5h -p organ";
        let kept = "--preset organ --format f32 --max-duration 5h";
        check(line, kept);
        check(&format!("cascade render b.mid {kept}"), kept);
    }

    #[test]
    fn a_value_that_is_wrong_is_told_as_clap_tells_it() {
        for words in [
            ["--gain", "x"],
            ["--format", "x"],
            ["--reverb", "x"],
            ["--tail", "x"],
            ["--sample-rate", "1"],
            ["--max-duration", "x"],
            ["--no-such-option", "x"],
        ] {
            let options = RecordedOptions::from(words.map(Name::new).to_vec());
            let told = RecordedArgs::new(&options).err().unwrap().to_string();
            let line = ["cascade", "render", words[0], words[1], "--", "song.mid"];
            let error = Cli::try_parse_from(line).unwrap_err().to_string();
            assert_eq!(
                Some(format!("error: {told}").as_str()),
                error.lines().next()
            );
        }
    }

    #[test]
    fn what_was_kept_has_the_values_that_clap_reads() {
        let line = "cascade render a.mid --no-reverb --gain -6 --normalize lufs=-14 --stems track -r 48000 \
                    --format f32 --raw --tempo 2/3 --transpose -1.5 --from 0:01 --to 2s --mute 4,10 --set a=1 -p x.toml \
                    --max-duration off --limiter off --tail 3";
        for line in [line, "cascade render a.mid"] {
            let cli = Cli::parse_from(line.split_whitespace());
            let Typed::Render(args) = cli.command else {
                panic!("{line}");
            };
            let read = RecordedArgs::new(&args.given).unwrap();
            let shown = format!(
                "{:?}",
                (
                    &read.sound,
                    &read.mixdown,
                    &read.recording,
                    &read.changes,
                    &read.excerpt
                )
            );
            let typed = format!(
                "{:?}",
                (
                    &args.sound,
                    &args.mixdown,
                    &args.recording,
                    &args.changes,
                    &args.excerpt
                )
            );
            assert_eq!(shown, typed);
            assert_eq!(read.max_duration, args.max_duration);
        }
    }
}
