//! The options of a rendering as they were given, so that it can be repeated.

use std::collections::BTreeMap;

use clap::builder::Arg;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

use super::negations::is_switched_off;
use super::render::RenderArgs;
use crate::batch::made_of;
use crate::batch::name::Name;

/// What concerns the run and not the recording: which inputs, where to, how fast, and what is told.
const OF_THE_RUN: [&str; 20] = [
    "inputs",
    "output",
    "force",
    "files_from",
    "null",
    "shard",
    "resume",
    "fail_fast",
    "report",
    "max_size",
    "memory",
    "strict",
    "jobs",
    "quiet",
    "verbose",
    "progress",
    "config",
    "labels",
    "check_determinism",
    "reason",
];

/// The other options that were given, whoever defines them. It adds no argument of its own.
#[derive(Clone, Debug, Default)]
pub struct Given(ArgMatches);

impl Given {
    /// The options as on the command line: `["--format", "f32", "--mono"]`.
    pub(in crate::cli) fn options(&self) -> Vec<Name> {
        let command = RenderArgs::augment_args(Command::new("render"));
        let arguments = command.get_arguments();
        let recorded = arguments.filter(|argument| self.is_recorded(argument));
        recorded
            .flat_map(|argument| self.option(argument))
            .collect()
    }

    /// What every option that concerns the recording is, given or by default, by its name.
    pub(in crate::cli) fn in_force(&self) -> BTreeMap<String, String> {
        let command = RenderArgs::augment_args(Command::new("render"));
        let arguments = command.get_arguments();
        let concerning = arguments.filter(|a| !OF_THE_RUN.contains(&a.get_id().as_str()));
        concerning
            .filter_map(|argument| self.value(argument))
            .collect()
    }

    /// The name of an option and its value, if it has one.
    fn value(&self, argument: &Arg) -> Option<(String, String)> {
        let (id, long) = (argument.get_id().as_str(), argument.get_long()?);
        let values = self.0.get_raw(id);
        let value = match values.filter(|_| argument.get_action().takes_values()) {
            Some(values) => {
                let values = values.map(|value| value.to_string_lossy());
                made_of::value(&values.collect::<Vec<_>>().join(" "))
            }
            None if self.is_recorded(argument) => made_of::GIVEN.to_owned(),
            None => return None,
        };
        Some((long.to_owned(), value))
    }

    fn is_recorded(&self, argument: &Arg) -> bool {
        let id = argument.get_id().as_str();
        let given = self.0.value_source(id) == Some(ValueSource::CommandLine);
        let given = given && !argument.is_hide_set() || is_switched_off(&self.0, argument);
        given && !OF_THE_RUN.contains(&id)
    }

    /// An option with its values, once for each time that it was given.
    fn option(&self, argument: &Arg) -> Vec<Name> {
        let flag = argument.get_long().map(|long| format!("--{long}"));
        let values = self.0.get_raw(argument.get_id().as_str());
        match (flag, values) {
            (Some(flag), Some(values)) if argument.get_action().takes_values() => {
                let pair = |value| [Name::new(&flag), Name::new(value)];
                values.flat_map(pair).collect()
            }
            (Some(flag), _) => vec![Name::new(flag)],
            (None, _) => Vec::new(),
        }
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cli, Command};
    use super::*;
    use clap::Parser;

    fn check(line: &str, expected: &str) {
        let cli = Cli::parse_from(line.split_whitespace());
        let Command::Render(args) = cli.command else {
            panic!("{line}");
        };
        let expected: Vec<Name> = expected.split_whitespace().map(Name::new).collect();
        assert_eq!(args.given.options(), expected, "{line}");
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
        let line =
            "cascade render a.mid --gain -6 --set b=2 --set a=1 --mono --stems track -j 2 -o x";
        let cli = Cli::parse_from(line.split_whitespace());
        let Command::Render(args) = cli.command else {
            panic!("{line}");
        };
        let values = args.given.in_force();
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
}
