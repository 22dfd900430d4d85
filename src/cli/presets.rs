//! `cascade presets`: list, show, check and describe the sounds.

use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;
use serde::Serialize;

use super::args::presets::PresetsCommand;
use super::beside::Beside;
use super::console::{Console, Verbosity};
use super::exit::{ExitError, Status};
use super::paths::folder_of;
use super::settings::{bank_file, read_text, unknown};
use crate::audition::Audition;
use crate::bank::{Bank, PresetId};
use crate::preset::reference;
use crate::sound::Preset;
use crate::text::Shown;
use crate::units::{Decibels, Seconds};

/// Runs one of the commands; what was asked for goes to standard output.
pub(super) fn run(command: &PresetsCommand) -> Result<Status, ExitError> {
    let written = match command {
        PresetsCommand::List { json } => list(&built_in()?, *json),
        PresetsCommand::Show { name } => show(&built_in()?, name)?,
        PresetsCommand::Check { files } => return check(files),
        PresetsCommand::Describe => {
            io::stdout().write_all(reference::describe().trim_start().as_bytes())
        }
    };
    let written = written.and_then(|()| io::stdout().flush());
    written.map_err(ExitError::writing).map(|()| Status::Done)
}

fn built_in() -> Result<Bank, ExitError> {
    Bank::built_in(&[]).map_err(|error| ExitError::Failed(error.into()))
}

/// A preset in a list.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    description: &'a str,
    /// The programs that it plays, `0..=127`.
    programs: Vec<u8>,
    /// The drum keys that it plays in the standard kit.
    drum_keys: Vec<u8>,
    /// The variations that it plays: bank select and program.
    variations: Vec<(u8, u8)>,
    /// What it plays in other kits: the kit's program and the drum key.
    kits: Vec<(u8, u8)>,
}

fn list(bank: &Bank, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        for id in bank.ids() {
            serde_json::to_writer(&mut out, &row(bank, id))?;
            writeln!(out)?;
        }
        return Ok(());
    }
    let rows: Vec<(&Preset, String)> = bank
        .ids()
        .map(|id| (bank.preset(id), plays(bank, id)))
        .collect();
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let names = widest(&mut rows.iter().map(|(preset, _)| preset.name.len()));
    let places = widest(&mut rows.iter().map(|(_, plays)| plays.len()));
    for (preset, plays) in rows {
        let (name, description) = (&preset.name, &preset.description);
        writeln!(out, "{name:names$}  {plays:places$}  {description}")?;
    }
    Ok(())
}

fn row(bank: &Bank, id: PresetId) -> Row<'_> {
    let preset = bank.preset(id);
    Row {
        name: &preset.name,
        description: &preset.description,
        programs: bank.programs_of(id).into_iter().flatten().collect(),
        drum_keys: bank.drum_keys_of(id).into_iter().flatten().collect(),
        variations: bank.variations_of(id),
        kits: bank.kits_of(id),
    }
}

/// What plays a preset: `programs 0-7`, `drum keys 35-36, 38`, `kit 25 key 36`, `variation 8 of program 4`.
fn plays(bank: &Bank, id: PresetId) -> String {
    let (programs, keys) = (bank.programs_of(id), bank.drum_keys_of(id));
    let parts = [
        ranges("program", "programs", &programs),
        ranges("drum key", "drum keys", &keys),
    ];
    let mut parts: Vec<String> = parts.into_iter().flatten().collect();
    let kits = bank.kits_of(id).into_iter();
    parts.extend(kits.map(|(kit, key)| format!("kit {kit} key {key}")));
    let variations = bank.variations_of(id).into_iter();
    parts.extend(
        variations.map(|(number, program)| format!("variation {number} of program {program}")),
    );
    match parts.is_empty() {
        true => "by name only".to_owned(),
        false => parts.join("; "),
    }
}

fn ranges(one: &str, many: &str, ranges: &[RangeInclusive<u8>]) -> Option<String> {
    let text = |range: &RangeInclusive<u8>| match (range.start(), range.end()) {
        (start, end) if start == end => start.to_string(),
        (start, end) => format!("{start}-{end}"),
    };
    let texts: Vec<String> = ranges.iter().map(text).collect();
    let single = matches!(ranges, [range] if range.start() == range.end());
    let noun = if single { one } else { many };
    (!texts.is_empty()).then(|| format!("{noun} {}", texts.join(", ")))
}

fn show(bank: &Bank, name: &str) -> Result<io::Result<()>, ExitError> {
    let source = bank.source(name);
    let source = source.ok_or_else(|| ExitError::Usage(unknown(bank, name)))?;
    Ok(io::stdout().write_all(source.as_bytes()))
}

fn check(files: &[PathBuf]) -> Result<Status, ExitError> {
    let console = Console::new(Verbosity::Normal);
    let mut failed = 0;
    let mut tell = |name: &str, judged: Result<String>| {
        match judged {
            Ok(kind) => writeln!(io::stdout(), "{}: ok ({kind})", Shown(name))
                .map_err(ExitError::writing)?,
            Err(error) => {
                failed += 1;
                console.error(format_args!("{error:#}"));
            }
        }
        Ok::<_, ExitError>(())
    };
    for path in files {
        tell(&path.display().to_string(), check_file(path))?;
    }
    if files.is_empty() {
        let bank = built_in()?;
        let names: Vec<PresetId> = bank.ids().collect();
        let judged: Vec<_> = names
            .par_iter()
            .map(|id| (&bank.preset(*id).name, heard(bank.preset(*id))))
            .collect();
        for (name, judged) in judged {
            tell(name, judged.with_context(|| name.clone()))?;
        }
    }
    Ok(Status::of(failed))
}

/// Reads a preset or a bank; returns what it is.
fn check_file(path: &Path) -> Result<String> {
    let text = read_text(path)?;
    if is_bank(&text) {
        bank_file(path, &text, &[], false).map(|_| "a bank".to_owned())
    } else {
        check_preset(path, &text)
    }
}

fn check_preset(path: &Path, text: &str) -> Result<String> {
    let mut beside = Beside::new("preset", folder_of(path), false);
    let shown = path.display().to_string();
    let preset = Preset::parse_with(&shown, text, &[], &mut |file| beside.load(file))?;
    heard(&preset).with_context(|| path.display().to_string())
}

/// Plays a preset; returns what it is and what was heard, or what is wrong with it.
fn heard(preset: &Preset) -> Result<String> {
    let audition = Audition::of(preset, Bank::built_in(&[])?)?;
    if !audition.faults.is_empty() {
        let faults: Vec<String> = audition.faults.iter().map(ToString::to_string).collect();
        bail!("{}", faults.join("; "));
    }
    let mut told = match preset.layers.len() {
        1 => "a preset of 1 layer".to_owned(),
        layers => format!("a preset of {layers} layers"),
    };
    if let Some(Decibels(peak)) = audition.peak {
        told += &format!(", peak {peak:.1} dBFS");
    }
    if let Some(Seconds(tail)) = audition.tail {
        told += &format!(", rings for {tail:.2} s");
    }
    if let Some((key, cents)) = audition.tuning {
        told += &format!(", at most {cents:+.1} cents off (key {key})");
    }
    Ok(told)
}

/// Whether a text has the tables of a bank.
fn is_bank(text: &str) -> bool {
    let table: Result<toml::Table> = text.parse().context("no TOML");
    let tables = ["programs", "variations", "drums", "kits"];
    table.is_ok_and(|table| tables.iter().any(|name| table.contains_key(*name)))
}
