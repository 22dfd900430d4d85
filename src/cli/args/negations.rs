//! `--no-OPTION` for each option of `cascade render`: off where the option has an off, and otherwise as if no file had
//! set it.

use clap::builder::Arg;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, Id};

/// The hidden opposites of the options before it. Of an option and its opposite, the last one typed holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Negations;

impl Args for Negations {
    fn augment_args(command: Command) -> Command {
        let name = |option: &Arg| Some((option.get_long()?.to_owned(), option.get_id().clone()));
        let options: Vec<(String, Id)> = command.get_arguments().filter_map(name).collect();
        let is_known = |long: &str| options.iter().any(|(known, _)| known == long);
        let is_missing = |long: &str| !long.starts_with("no-") && !is_known(&negation(long));
        let missing = options.iter().filter(|(long, _)| is_missing(long));
        let opposites: Vec<Arg> = missing.map(|(long, id)| opposite(long, id)).collect();
        command.mut_args(switchable).args(opposites)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Negations {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), Error> {
        Ok(())
    }
}

/// The opposite of a long name: `no-reverb` of `reverb`.
pub(in crate::cli) fn negation(long: &str) -> String {
    format!("no-{long}")
}

/// Whether an option has an off: a flag is off where it is missing, and of others the help names it.
pub(in crate::cli) fn has_off(option: &Arg) -> bool {
    !option.get_action().takes_values() || takes_off(option)
}

/// Whether an option is off by its opposite.
pub(in crate::cli) fn is_switched_off(matches: &ArgMatches, option: &Arg) -> bool {
    let source = |long: &str| matches.value_source(&negation(long));
    takes_off(option) && option.get_long().and_then(source) == Some(ValueSource::CommandLine)
}

/// Whether `off` is a value of an option.
fn takes_off(option: &Arg) -> bool {
    let values = option.get_possible_values();
    let placeholders = option.get_value_names().unwrap_or_default();
    let mut words = placeholders.iter().flat_map(|name| name.split('|'));
    option.get_action().takes_values()
        && (values.iter().any(|value| value.get_name() == "off") || words.any(|word| word == "off"))
}

/// The opposite of an option.
fn opposite(long: &str, option: &Id) -> Arg {
    let long = negation(long);
    let opposite = Arg::new(long.clone()).long(long.clone()).hide(true);
    opposite
        .action(ArgAction::SetTrue)
        .overrides_with_all([option.clone(), long.into()])
}

/// An option that its opposite switches off, which its help tells, if it has an off.
fn switchable(option: Arg) -> Arg {
    let Some(opposite) = option
        .get_long()
        .map(negation)
        .filter(|_| takes_off(&option))
    else {
        return option;
    };
    let help = option.get_help().map(ToString::to_string);
    let help = format!("{} [--{opposite}: off]", help.unwrap_or_default());
    option.help(help).default_value_if(opposite, "true", "off")
}

#[cfg(test)]
mod tests {
    use super::super::render::RenderArgs;
    use super::*;

    /// What an option is after some words.
    fn value(option: &str, words: &str) -> String {
        let command = RenderArgs::augment_args(Command::new("render").no_binary_name(true));
        let words = words.split_whitespace().chain(["song.mid"]);
        let matches = command.try_get_matches_from(words).unwrap();
        let values = matches.get_raw(option).into_iter().flatten();
        values.map(|value| value.display().to_string()).collect()
    }

    #[test]
    fn the_last_of_an_option_and_its_opposite_holds() {
        fn check(option: &str, words: &str, expected: &str) {
            assert_eq!(value(option, words), expected, "{words}");
        }
        for option in ["reverb", "chorus", "delay", "limiter", "dither"] {
            check(option, "", "on");
            check(option, &format!("--no-{option}"), "off");
            check(option, &format!("--{option} on --no-{option}"), "off");
            check(option, &format!("--no-{option} --{option} on"), "on");
            check(option, &format!("--no-{option} --no-{option}"), "off");
        }
        check("reverb", "--reverb plate --no-reverb", "off");
        check("reverb", "--no-reverb --reverb plate", "plate");
        check("reverb", "--no-chorus", "on");
        check("progress", "--no-progress", "off");
        check("tail", "--no-tail", "off");
        check("max_duration", "--no-max-duration", "off");
        check("preset", "--preset organ --no-preset", "");
        check("format", "--format f32 --no-format", "i16");
    }

    #[test]
    fn every_option_has_an_opposite_and_those_with_an_off_tell_it() {
        let command = RenderArgs::augment_args(Command::new("render"));
        let longs: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
        let shown = command
            .get_arguments()
            .filter(|option| !option.is_hide_set());
        let mut with_off = Vec::new();
        for option in shown.filter(|option| option.get_long() != Some("no-config")) {
            let Some(long) = option.get_long() else {
                continue;
            };
            assert!(longs.contains(&negation(long).as_str()), "{long}");
            let help = option.get_help().map(ToString::to_string);
            let tells = help.is_some_and(|help| help.contains(&format!("--no-{long}: off")));
            assert_eq!(tells, takes_off(option), "{long}");
            with_off.extend(tells.then_some(long));
        }
        with_off.sort_unstable();
        let expected = "chorus delay dither limiter max-duration progress reverb tail";
        assert_eq!(with_off.join(" "), expected);
    }
}
