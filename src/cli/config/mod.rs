//! `cascade.toml`: defaults for the options of `cascade render`, which become arguments before those that are typed.
//!
//! Whatever `cascade render` takes can stand in a file that is given; what one that is only found may set is the subject
//! of `reach`.

mod defaults;
mod file;
mod reach;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::args::config::Origin;
use super::args::negations::{is_switched_off, negation};
use super::args::{Cli, Command as Typed};
use super::console;
use super::exit::ExitError;
use super::settings::read_text;
use crate::text::Shown;
use defaults::FileDefault;
use reach::Reach;
pub(super) use reach::leads_out;

/// The file that is read without being named.
const FILE: &str = "cascade.toml";

/// The command that has defaults.
const RENDER: &str = "render";

/// Reads a command line, the name of the program first, and the defaults that it asks for. Where clap has something to
/// say, from `--help` to a mistyped option, that is said and the program ends.
///
/// # Errors
///
/// [`ExitError::Usage`] for a file that cannot be read or understood.
pub fn read(typed: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitError> {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let program = Cli::command();
    let parsed = program.clone().try_get_matches_from(&typed);
    let defaults = find_defaults(&program, &typed, &parsed).map_err(ExitError::Usage)?;
    let arguments = insert(typed, &defaults);
    let matches = match defaults.is_empty() {
        true => parsed,
        false => program.clone().try_get_matches_from(&arguments),
    };
    let matches = matches.map_err(|error| refuse(&program, &arguments, &error, &defaults))?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| usage(&error))?;
    if let (Typed::Render(args), Some(render)) =
        (&mut cli.command, matches.subcommand_matches(RENDER))
    {
        args.config.origins = origins(render_of(&program), render, &defaults);
    }
    Ok(cli)
}

/// The defaults that hold for a command line; none where it is wrong, or asks for help.
fn find_defaults(
    program: &Command,
    typed: &[OsString],
    parsed: &Result<ArgMatches, clap::Error>,
) -> Result<Vec<FileDefault>> {
    let lenient;
    let matches = match parsed {
        Ok(matches) => Some(matches),
        // What is missing may stand in the file.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            let program = program.clone().ignore_errors(true);
            lenient = program.try_get_matches_from(typed).ok();
            lenient.as_ref()
        }
        Err(_) => None,
    };
    let render = matches.and_then(|matches| matches.subcommand_matches(RENDER));
    let Some((render, (path, reach))) = render.and_then(|r| Some((r, path_of(r)?))) else {
        return Ok(Vec::new());
    };
    reach.check_file(&path)?;
    let text = read_text(&path)?;
    let defaults = defaults::read(render_of(program), &path, reach, &text)?;
    let holds = |default: &FileDefault| !is_overruled(render_of(program), render, default);
    Ok(defaults.into_iter().filter(holds).collect())
}

/// The file that a command line names, or that is there anyway.
fn path_of(render: &ArgMatches) -> Option<(PathBuf, Reach)> {
    if is_given(render, "no_config") {
        return None;
    }
    let found = || Some(PathBuf::from(FILE)).filter(|path| path.exists());
    match render.get_one::<PathBuf>("config") {
        Some(given) => Some((given.clone(), Reach::Given)),
        None => found().map(|found| (found, Reach::Found)),
    }
}

/// Whether something is typed that takes the place of a default, or that it would conflict with.
fn is_overruled(command: &Command, typed: &ArgMatches, default: &FileDefault) -> bool {
    let is_typed = |argument: &Arg| is_given(typed, argument.get_id().as_str());
    let own = &default.argument;
    let conflict = |a: &Arg, b: &Arg| command.get_arg_conflicts_with(a).contains(&b);
    let overrules = |other: &Arg| other == own || conflict(own, other) || conflict(other, own);
    let negation = negation(default.long());
    let mut typed_arguments = command.get_arguments().filter(|other| is_typed(other));
    typed_arguments.any(|other| other.get_id() == negation.as_str() || overrules(other))
}

fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// The arguments with those of the file before the others of the command.
fn insert(mut typed: Vec<OsString>, defaults: &[FileDefault]) -> Vec<OsString> {
    let place = typed.iter().position(|word| word == RENDER);
    let place = place.map_or(typed.len(), |place| place + 1);
    let words = defaults.iter().flat_map(|default| default.words.clone());
    typed.splice(place..place, words);
    typed
}

/// Ends the program as clap does, but says that more was in force than what is typed, and repeats words as they are safe
/// to show.
fn refuse(
    program: &Command,
    words: &[OsString],
    error: &clap::Error,
    defaults: &[FileDefault],
) -> ExitError {
    if let Some(default) = defaults.first().filter(|_| error.use_stderr()) {
        let file = default.path.display();
        console::line(format_args!(
            "note: the options in {file} are in force too; --no-config leaves them out"
        ));
    }
    let shown = words.iter().map(|word| Shown(word.display()).to_string());
    match program.clone().try_get_matches_from(shown) {
        Err(error) => error.exit(),
        // Only the unsafe characters were wrong.
        Ok(_) => usage(error),
    }
}

/// What clap says of a command line, as an error.
fn usage(error: &clap::Error) -> ExitError {
    ExitError::Usage(anyhow!(defaults::plain(error)))
}

fn render_of(program: &Command) -> &Command {
    program.find_subcommand(RENDER).unwrap_or(program)
}

/// What was given, in the order of the help, and where.
fn origins(command: &Command, given: &ArgMatches, defaults: &[FileDefault]) -> Vec<Origin> {
    let is_shown = |argument: &&Arg| {
        let visible = !argument.is_positional() && !argument.is_hide_set();
        let is_given = is_given(given, argument.get_id().as_str());
        visible && (is_given || is_switched_off(given, argument))
    };
    let shown = command.get_arguments().filter(is_shown);
    shown
        .map(|argument| origin(argument, given, defaults))
        .collect()
}

fn origin(argument: &Arg, given: &ArgMatches, defaults: &[FileDefault]) -> Origin {
    let default = defaults
        .iter()
        .find(|default| default.argument == *argument);
    let place = default.map_or_else(|| "command line".to_owned(), FileDefault::place);
    let found = default.filter(|default| default.reach == Reach::Found);
    Origin {
        option: as_typed(argument, given),
        place,
        found: found.map(|default| default.long().to_owned()),
    }
}

/// `--set a=1 --set b=2`.
fn as_typed(argument: &Arg, given: &ArgMatches) -> String {
    let long = argument.get_long().unwrap_or_default();
    let values = given.get_raw(argument.get_id().as_str());
    match values.filter(|_| argument.get_action().takes_values()) {
        None => format!("--{long}"),
        Some(values) => {
            let typed = values.map(|value| format!("--{long} {}", Path::new(value).display()));
            typed.collect::<Vec<_>>().join(" ")
        }
    }
}
