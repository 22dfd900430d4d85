//! `cascade.toml`: defaults for the options of `cascade render`, which become arguments before those that are typed.
//!
//! Nothing here knows an option by its name: whatever `cascade render` takes can stand in the file. For each long option
//! there is a hidden `--no-OPTION` that makes a default of the file as if it were not there.

mod defaults;
mod file;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::args::{Cli, Command as Typed};
use super::console;
use super::settings::read_text;
use super::stop::Stop;
use defaults::FileDefault;

/// The file that is read without being named.
const FILE: &str = "cascade.toml";

/// The command that has defaults.
const RENDER: &str = "render";

/// An option that was given, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// As it would be typed: `--format f32`.
    pub option: String,
    /// `command line`, or a file and its line.
    pub place: String,
}

/// Reads a command line, the name of the program first, and the defaults that it asks for. Where clap has something to
/// say, from `--help` to a mistyped option, that is said and the program ends.
///
/// # Errors
///
/// [`Stop::Usage`] for a file that cannot be read or understood.
pub fn read(typed: impl IntoIterator<Item = OsString>) -> Result<Cli, Stop> {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let program = with_negations(Cli::command());
    let defaults = find_defaults(&program, &typed).map_err(Stop::Usage)?;
    let arguments = insert(typed, &defaults);
    let matches = program.clone().try_get_matches_from(arguments);
    let matches = matches.unwrap_or_else(|error| refuse(&error, &defaults));
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    if let (Typed::Render(args), Some(render)) =
        (&mut cli.command, matches.subcommand_matches(RENDER))
    {
        args.config.origins = origins(render_of(&program), render, &defaults);
    }
    Ok(cli)
}

/// The defaults that hold for a command line; none where it is wrong, or asks for help.
fn find_defaults(program: &Command, typed: &[OsString]) -> Result<Vec<FileDefault>> {
    let matches = matches(program, typed);
    let render = matches.as_ref().and_then(|m| m.subcommand_matches(RENDER));
    let Some((render, path)) = render.and_then(|render| Some((render, path_of(render)?))) else {
        return Ok(Vec::new());
    };
    let text = read_text(&path)?;
    let defaults = defaults::read(render_of(program), &path, &text)?;
    let holds = |default: &FileDefault| !is_overruled(render_of(program), render, default);
    Ok(defaults.into_iter().filter(holds).collect())
}

/// What is typed, if that is right as far as it goes: what is missing may stand in the file.
fn matches(program: &Command, typed: &[OsString]) -> Option<ArgMatches> {
    match program.clone().try_get_matches_from(typed) {
        Ok(matches) => Some(matches),
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            let lenient = program.clone().ignore_errors(true);
            lenient.try_get_matches_from(typed).ok()
        }
        Err(_) => None,
    }
}

/// The file that a command line names, or that is there anyway.
fn path_of(render: &ArgMatches) -> Option<PathBuf> {
    if is_given(render, "no_config") {
        return None;
    }
    let named = render.get_one::<PathBuf>("config").cloned();
    named.or_else(|| Some(PathBuf::from(FILE)).filter(|path| path.exists()))
}

/// Whether something is typed that takes the place of a default, or that it would conflict with.
fn is_overruled(command: &Command, typed: &ArgMatches, default: &FileDefault) -> bool {
    let is_typed = |argument: &Arg| is_given(typed, argument.get_id().as_str());
    let own = &default.argument;
    let conflict = |a: &Arg, b: &Arg| command.get_arg_conflicts_with(a).contains(&b);
    let overrules = |other: &Arg| other == own || conflict(own, other) || conflict(other, own);
    let negation = negation(&default.option);
    let mut typed_arguments = command.get_arguments().filter(|other| is_typed(other));
    typed_arguments.any(|other| other.get_id() == negation.as_str() || overrules(other))
}

fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

/// Gives `render` the hidden `--no-OPTION` of each option that has no such opposite yet.
fn with_negations(program: Command) -> Command {
    program.mut_subcommand(RENDER, |render| {
        let longs: Vec<(String, clap::Id)> = render
            .get_arguments()
            .filter_map(|argument| {
                Some((argument.get_long()?.to_owned(), argument.get_id().clone()))
            })
            .collect();
        let is_known = |long: &str| longs.iter().any(|(known, _)| known == long);
        let missing = longs
            .iter()
            .filter(|(long, _)| !long.starts_with("no-") && !is_known(&negation(long)));
        let negations = missing.map(|(long, id)| {
            let action = ArgAction::SetTrue;
            let argument = Arg::new(negation(long)).long(negation(long)).action(action);
            argument.hide(true).overrides_with(id)
        });
        let negations: Vec<Arg> = negations.collect();
        render.args(negations)
    })
}

fn negation(long: &str) -> String {
    format!("no-{long}")
}

/// The arguments with those of the file before the others of the command.
fn insert(mut typed: Vec<OsString>, defaults: &[FileDefault]) -> Vec<OsString> {
    let place = typed.iter().position(|word| word == RENDER);
    let place = place.map_or(typed.len(), |place| place + 1);
    let words = defaults.iter().flat_map(|default| default.words.clone());
    typed.splice(place..place, words);
    typed
}

/// Ends the program as clap does, but says that more was in force than what is typed.
fn refuse(error: &clap::Error, defaults: &[FileDefault]) -> ! {
    if let Some(default) = defaults.first().filter(|_| error.use_stderr()) {
        let file = default.path.display();
        console::line(format_args!(
            "note: the options in {file} are in force too; --no-config leaves them out"
        ));
    }
    error.exit()
}

fn render_of(program: &Command) -> &Command {
    program.find_subcommand(RENDER).unwrap_or(program)
}

/// What was given, in the order of the help, and where.
fn origins(command: &Command, given: &ArgMatches, defaults: &[FileDefault]) -> Vec<Origin> {
    let is_shown = |argument: &&Arg| {
        let visible = !argument.is_positional() && !argument.is_hide_set();
        visible && is_given(given, argument.get_id().as_str())
    };
    let shown = command.get_arguments().filter(is_shown);
    let origin = |argument: &Arg| Origin {
        option: as_typed(argument, given),
        place: match defaults
            .iter()
            .find(|default| default.argument == *argument)
        {
            Some(default) => default.place(),
            None => "command line".to_owned(),
        },
    };
    shown.map(origin).collect()
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
