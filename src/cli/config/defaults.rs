//! The keys of the file as options of the command, checked one by one while their line is known.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};

use super::file::{self, Entry, Value};
use crate::cli::settings::is_file;
use crate::cli::targets::folder_of;
use crate::preset::nearest::nearest;

/// What the file itself is named by cannot stand in it.
const NOT_IN_A_FILE: [&str; 2] = ["config", "no-config"];

/// A default of the file.
#[derive(Clone, Debug)]
pub(super) struct FileDefault {
    /// The long name of the option.
    pub(super) option: String,
    /// The option.
    pub(super) argument: Arg,
    /// The arguments that it stands for; none for a flag that is off.
    pub(super) words: Vec<OsString>,
    /// The file.
    pub(super) path: PathBuf,
    line: usize,
}

impl FileDefault {
    /// The file and the line.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.path.display(), self.line)
    }
}

/// The defaults that a file has for the options of a command.
pub(super) fn read(command: &Command, path: &Path, text: &str) -> Result<Vec<FileDefault>> {
    let mut seen = BTreeMap::new();
    let mut defaults = Vec::new();
    for entry in file::entries(path, text, command.get_name())? {
        let place = format!("{}:{}", path.display(), entry.line);
        let default =
            default(command, path, &entry).map_err(|error| anyhow!("{place}: {error}"))?;
        if let Some(before) = seen.insert(entry.key.clone(), entry.line) {
            bail!("{place}: {} stands in line {before} already", entry.key);
        }
        defaults.push(default);
    }
    Ok(defaults)
}

fn default(command: &Command, path: &Path, entry: &Entry) -> Result<FileDefault> {
    let argument = find(command, &entry.key)?;
    let values = values(argument, &entry.key, &entry.value)?;
    let words = match values {
        None => vec![OsString::from(format!("--{}", entry.key))],
        Some(values) => {
            let word = |value: &String| as_word(argument, &entry.key, value, path);
            values.iter().map(word).collect()
        }
    };
    check(command, &words)?;
    Ok(FileDefault {
        option: entry.key.clone(),
        argument: argument.clone(),
        words,
        path: path.to_owned(),
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
    let is_path = argument.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    match folder_of(file) {
        folder if is_path && is_path_name(argument, value) && folder != Path::new(".") => {
            word.push(folder.join(value));
        }
        _ => word.push(value),
    }
    word
}

/// Whether a value of an option that takes paths is one: `-` is a stream, and an option that takes names too takes them
/// for those of things that are built in.
fn is_path_name(argument: &Arg, value: &str) -> bool {
    let placeholders = argument.get_value_names().unwrap_or_default();
    let takes_names = placeholders.iter().any(|name| name.starts_with("NAME"));
    value != "-" && (!takes_names || is_file(Path::new(value)))
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
fn plain(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.trim_start_matches("error: ");
    let text = text
        .split("\n\nFor more information")
        .next()
        .unwrap_or(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}
