//! The keys of the file as options of the command, checked one by one while their line is known.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};

use super::file::{self, DefaultOption, Value};
use super::reach::Reach;
use crate::cli::args::negations::{has_off, negation};
use crate::cli::paths::folder_of;
use crate::cli::settings::is_file;
use crate::preset::nearest::nearest;

/// What the file itself is named by cannot stand in it.
const NOT_IN_A_FILE: [&str; 2] = ["config", "no-config"];

/// A default of the file.
#[derive(Clone, Debug)]
pub(super) struct FileDefault {
    /// The option.
    pub(super) argument: Arg,
    /// The arguments that it stands for; none for a flag that is off.
    pub(super) words: Vec<OsString>,
    /// The file.
    pub(super) path: PathBuf,
    /// How far it reaches.
    pub(super) reach: Reach,
    line: usize,
}

impl FileDefault {
    /// The long name of the option.
    pub(super) fn long(&self) -> &str {
        self.argument.get_long().unwrap_or_default()
    }

    /// The file and the line.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.path.display(), self.line)
    }
}

/// The defaults that a file has for the options of a command.
pub(super) fn read(
    command: &Command,
    path: &Path,
    reach: Reach,
    text: &str,
) -> Result<Vec<FileDefault>> {
    let mut seen = BTreeMap::new();
    let mut defaults = Vec::new();
    for entry in file::entries(path, text, command.get_name())? {
        let place = format!("{}:{}", path.display(), entry.line);
        let default = affirmed(command, entry).and_then(|e| default(command, path, reach, &e));
        let default = default.map_err(|error| anyhow!("{place}: {error}"))?;
        if let Some(before) = seen.insert(default.long().to_owned(), default.line) {
            bail!(
                "{place}: {} stands in line {before} already",
                default.long()
            );
        }
        defaults.push(default);
    }
    Ok(defaults)
}

/// The entry `reverb = false` of an entry `no-reverb = true`; any other entry as it is.
fn affirmed(command: &Command, entry: DefaultOption) -> Result<DefaultOption> {
    let opposite = |option: &&Arg| option.get_long().map(negation).as_ref() == Some(&entry.key);
    let mut options = command.get_arguments().filter(|option| has_off(option));
    match options.find(opposite).and_then(Arg::get_long) {
        Some(long) if entry.value == Value::Switch(true) => Ok(DefaultOption {
            key: long.to_owned(),
            value: Value::Switch(false),
            ..entry
        }),
        Some(long) => bail!(
            "{} is true, or left out; or write {long} = false",
            entry.key
        ),
        None => Ok(entry),
    }
}

fn default(
    command: &Command,
    path: &Path,
    reach: Reach,
    entry: &DefaultOption,
) -> Result<FileDefault> {
    let argument = find(command, &entry.key)?;
    reach.check_option(path, &entry.key)?;
    let values = values(argument, &entry.key, &entry.value)?;
    for named in values
        .iter()
        .flatten()
        .filter(|value| is_file_name(argument, value))
    {
        reach.check_path(path, &entry.key, Path::new(named))?;
    }
    let words = match values {
        None => vec![OsString::from(format!("--{}", entry.key))],
        Some(values) => {
            let word = |value: &String| as_word(argument, &entry.key, value, path);
            values.iter().map(word).collect()
        }
    };
    check(command, &words)?;
    Ok(FileDefault {
        argument: argument.clone(),
        words,
        path: path.to_owned(),
        reach,
        line: entry.line,
    })
}

/// The option of a key.
fn find<'c>(command: &'c Command, key: &str) -> Result<&'c Arg> {
    let known = |argument: &&Arg| !argument.is_hide_set();
    let arguments: Vec<&Arg> = command.get_arguments().filter(known).collect();
    let longs = || arguments.iter().filter_map(|argument| argument.get_long());
    let found = arguments
        .iter()
        .find(|argument| argument.get_long() == Some(key) && !NOT_IN_A_FILE.contains(&key));
    found.copied().ok_or_else(|| {
        if NOT_IN_A_FILE.contains(&key) {
            return anyhow!("--{key} can only be typed");
        }
        let typed = key.replace('_', "-");
        match nearest(&typed, longs().filter(|long| !NOT_IN_A_FILE.contains(long))) {
            Some(near) => anyhow!("unknown option \"{key}\"; did you mean \"{near}\"?"),
            None => anyhow!("unknown option \"{key}\"; `cascade render --help` lists them all"),
        }
    })
}

/// The values that an option is given: `None` where it is a flag that is on.
fn values(argument: &Arg, key: &str, value: &Value) -> Result<Option<Vec<String>>> {
    let flag = !argument.get_action().takes_values();
    Ok(match (value, flag) {
        (Value::Switch(true), true) => None,
        (Value::Switch(false), true) => Some(Vec::new()),
        (_, true) => bail!("{key} is a flag: true or false"),
        (Value::Switch(on), false) => Some(vec![if *on { "on" } else { "off" }.to_owned()]),
        (Value::Word(word), false) => Some(vec![word.clone()]),
        (Value::List(words), false) => match argument.get_action() {
            ArgAction::Append => Some(words.clone()),
            _ => Some(vec![words.join(",")]),
        },
    })
}

/// `--key=value`; a path that is not absolute starts at the folder of the file.
fn as_word(argument: &Arg, key: &str, value: &str, file: &Path) -> OsString {
    let mut word = OsString::from(format!("--{key}="));
    match folder_of(file) {
        // - is a stream.
        folder if value != "-" && is_file_name(argument, value) && folder != Path::new(".") => {
            word.push(folder.join(value));
        }
        _ => word.push(value),
    }
    word
}

/// Whether a value names a file: that of an option that takes paths, unless it takes names too, which are those of things
/// that are built in.
fn is_file_name(argument: &Arg, value: &str) -> bool {
    let is_path = argument.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    let placeholders = argument.get_value_names().unwrap_or_default();
    let takes_names = placeholders.iter().any(|name| name.starts_with("NAME"));
    is_path && (!takes_names || is_file(Path::new(value)))
}

/// Whether the values are ones that the option takes.
fn check(command: &Command, words: &[OsString]) -> Result<()> {
    let program = command.clone().no_binary_name(true);
    match program.try_get_matches_from(words) {
        Err(error) if is_about_values(error.kind()) => Err(anyhow!(plain(&error))),
        // What is missing, or cannot stand together, shows when all is known.
        _ => Ok(()),
    }
}

fn is_about_values(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidValue
            | ErrorKind::ValueValidation
            | ErrorKind::InvalidUtf8
            | ErrorKind::NoEquals
            | ErrorKind::TooFewValues
            | ErrorKind::TooManyValues
            | ErrorKind::WrongNumberOfValues
    )
}

/// What clap says of a value, on one line.
pub(super) fn plain(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.trim_start_matches("error: ");
    let text = text
        .split("\n\nFor more information")
        .next()
        .unwrap_or(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}
