//! What `cascade render` was told, checked: the bank is read, and nothing in here can be wrong any more.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use super::args::render::{Format, ProgressMode, RenderArgs, SoundArgs, Switch};
use super::targets::folder_of;
use crate::preset::{Bank, Override, Preset, PresetId};
use crate::render;
use crate::units::Seconds;
use crate::wav::{Channels, WavSpec};

/// How every song of a run is rendered.
#[derive(Debug)]
pub(super) struct Settings {
    /// The sounds.
    pub(super) bank: Bank,
    /// The mix.
    pub(super) render: render::Settings,
    /// The recording.
    pub(super) wav: WavSpec,
    /// The longest song.
    pub(super) max_duration: Seconds,
    /// Whether damage is a failure.
    pub(super) strict: bool,
    /// Whether a second rendering is held against each recording.
    pub(super) check_determinism: bool,
    /// When progress is shown.
    pub(super) progress: ProgressMode,
}

impl Settings {
    /// Reads and checks everything that the arguments refer to, except the inputs.
    pub(super) fn new(args: &RenderArgs) -> Result<Self> {
        let recording = &args.recording;
        Ok(Self {
            bank: bank(&args.sound)?,
            render: render::Settings {
                gain: args.sound.gain,
                limiter: args.sound.limiter == Switch::On,
                memory: args.memory,
            },
            wav: WavSpec {
                sample_rate: recording.sample_rate,
                channels: match recording.mono {
                    true => Channels::Mono,
                    false => Channels::Stereo,
                },
                format: recording.format.into(),
                dither: recording.dither == Switch::On && recording.format == Format::I16,
                raw: recording.raw,
            },
            max_duration: args.max_duration,
            strict: args.strict,
            check_determinism: args.check_determinism,
            progress: args.progress,
        })
    }
}

fn bank(args: &SoundArgs) -> Result<Bank> {
    let parsed = args.overrides.iter().map(|typed| Override::parse(typed));
    let overrides = parsed.collect::<Result<Vec<_>, _>>()?;
    let mut bank = match &args.bank {
        Some(path) => bank_file(path, &read_text(path).context("--bank")?, &overrides)?,
        None => Bank::built_in(&overrides)?,
    };
    if let Some(typed) = &args.preset {
        let id = preset(&mut bank, typed, &overrides)?;
        bank.play_all_melodic_with(id);
    }
    Ok(bank)
}

/// The bank of a file; the files that it names lie beside it.
pub(super) fn bank_file(path: &Path, text: &str, overrides: &[Override]) -> Result<Bank> {
    let folder = folder_of(path);
    let mut load =
        |file: &str| fs::read_to_string(folder.join(file)).map_err(|error| error.to_string());
    let shown = path.display().to_string();
    Ok(Bank::from_toml(&shown, text, &mut load, overrides)?)
}

/// The preset of a name or a file.
fn preset(bank: &mut Bank, typed: &Path, overrides: &[Override]) -> Result<PresetId> {
    if is_file(typed) {
        let text = read_text(typed).context("--preset")?;
        let shown = typed.display().to_string();
        return Ok(bank.add(Preset::parse(&shown, &text, overrides)?));
    }
    let name = typed.to_string_lossy();
    bank.find(&name).ok_or_else(|| unknown(bank, &name))
}

/// Whether `--preset` names a file: it ends in `.toml`, or has a folder.
fn is_file(typed: &Path) -> bool {
    let toml = typed
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    toml || typed.components().count() > 1 || typed.is_absolute()
}

/// The error for a preset that the bank does not have.
pub(super) fn unknown(bank: &Bank, name: &str) -> anyhow::Error {
    let advice = bank.advice(name);
    let list = "`cascade presets list`";
    match advice.contains(list) {
        true => anyhow!("there is no preset \"{name}\"; {advice}"),
        false => anyhow!("there is no preset \"{name}\"; {advice} ({list} lists them)"),
    }
}

/// The text of a TOML file.
pub(super) fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
