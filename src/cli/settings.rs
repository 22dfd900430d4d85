//! What `cascade render` was told, checked: the bank is read, and nothing in here can be wrong any more.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::args::changes::{ChangeArgs, ExcerptArgs};
use super::args::labels::LabelFormat;
use super::args::mixdown::MixdownArgs;
use super::args::recorded::RecordedArgs;
use super::args::render::{
    Format, MEMORY_OF_ONE, ProgressMode, RecordingArgs, RenderArgs, SoundArgs,
};
use super::args::switch::Switch;
use super::beside::Beside;
use super::bounded;
use super::paths::folder_of;
use super::replace::Replace;
use crate::bank::{Bank, PresetId};
use crate::batch::digest;
use crate::batch::made_of::MadeOf;
use crate::batch::options::RecordedOptions;
use crate::plan::Grouping;
use crate::preset::Override;
use crate::render::{self, Metering};
use crate::score::Changes;
use crate::song::{self, Excerpt};
use crate::units::{ChannelSet, SampleRate, Seconds};
use crate::wav::{Channels, WavSpec};

/// How every song of a run is rendered.
#[derive(Debug)]
pub(super) struct Settings {
    /// The sounds.
    pub(super) bank: Bank,
    /// How the music is changed.
    pub(super) changes: Changes,
    /// How it is rendered.
    pub(super) song: song::Settings,
    /// What stems are told apart by, if there are any; it is also the order of adding.
    pub(super) stems: Option<Grouping>,
    /// Whether the stems are written.
    pub(super) stem_files: bool,
    /// The recording.
    pub(super) wav: WavSpec,
    /// The notes beside it, if they are asked for.
    pub(super) labels: Option<LabelFormat>,
    /// What an output may replace.
    pub(super) replace: Replace,
    /// The largest recording, in bytes.
    pub(super) max_size: Option<u64>,
    /// Whether damage is a failure.
    pub(super) strict: bool,
    /// Whether a second rendering is held against each recording.
    pub(super) check_determinism: bool,
    /// When progress is shown.
    pub(super) progress: ProgressMode,
    /// What is recorded of all this, by name.
    pub(super) made_of: MadeOf,
    /// The files that it was read from.
    pub(super) files: Vec<PathBuf>,
}

impl Settings {
    /// Reads and checks everything that the arguments refer to, except the inputs.
    pub(super) fn new(args: &RenderArgs) -> Result<Self> {
        Ok(Self {
            stem_files: true,
            labels: args.labels.labels,
            replace: Replace::any_if(args.force),
            max_size: args.batch.max_size,
            strict: args.strict,
            check_determinism: args.check_determinism,
            progress: args.progress,
            ..Self::of_samples(args)?
        })
    }

    /// What decides the samples and whether there are any; nothing is written but a recording, whatever else is asked for.
    fn of_samples(args: &RenderArgs) -> Result<Self> {
        SampleArgs {
            options: &args.given,
            sound: &args.sound,
            mixdown: &args.mixdown,
            recording: &args.recording,
            changes: &args.changes,
            excerpt: &args.excerpt,
            max_duration: args.max_duration,
            memory: args.memory(1),
            found: ["bank", "preset"].map(|option| args.config.is_found(option)),
        }
        .settings()
    }

    /// The settings of recorded options: again what decides the samples, and nothing else.
    pub(super) fn recorded(options: &RecordedOptions) -> Result<Self> {
        let args = RecordedArgs::new(options).map_err(|error| {
            anyhow!("this version does not understand its options: error: {error}")
        })?;
        SampleArgs {
            options,
            sound: &args.sound,
            mixdown: &args.mixdown,
            recording: &args.recording,
            changes: &args.changes,
            excerpt: &args.excerpt,
            max_duration: args.max_duration,
            memory: MEMORY_OF_ONE,
            found: [false; 2],
        }
        .settings()
    }
}

/// The arguments that decide the samples, whoever gave them.
struct SampleArgs<'a> {
    options: &'a RecordedOptions,
    sound: &'a SoundArgs,
    mixdown: &'a MixdownArgs,
    recording: &'a RecordingArgs,
    changes: &'a ChangeArgs,
    excerpt: &'a ExcerptArgs,
    max_duration: Seconds,
    memory: u64,
    /// Whether the bank, and the preset, stand in a file of defaults that was found and not given.
    found: [bool; 2],
}

impl SampleArgs<'_> {
    fn settings(&self) -> Result<Settings> {
        let recording = self.recording;
        let (bank, recordings) = bank(self.sound, self.found)?;
        Ok(Settings {
            made_of: MadeOf::new(self.options.in_force(), &bank),
            files: [files(self.sound, &bank), recordings].concat(),
            bank,
            changes: changes(self.changes),
            song: song::Settings {
                sample_rate: recording.sample_rate,
                excerpt: excerpt(self.excerpt, recording.sample_rate)?,
                grouping: self.mixdown.stems.map(Grouping::from).unwrap_or_default(),
                longest: self.max_duration,
                mix: self.mix(),
            },
            stems: self.mixdown.stems.map(Grouping::from),
            stem_files: false,
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
            labels: None,
            replace: Replace::Own,
            max_size: None,
            strict: false,
            check_determinism: false,
            progress: ProgressMode::Off,
        })
    }

    fn mix(&self) -> render::Settings {
        render::Settings {
            gain: self.sound.gain,
            limiter: self.sound.limiter == Switch::On,
            effects: self.sound.effects.choice(),
            tail: self.mixdown.tail,
            normalize: self.mixdown.normalize,
            mono: self.recording.mono,
            meter: match self.mixdown.normalize {
                None => Metering::Off,
                Some(_) => Metering::TruePeak,
            },
            memory: self.memory,
        }
    }
}

/// The files that the sounds were read from.
fn files(args: &SoundArgs, bank: &Bank) -> Vec<PathBuf> {
    let folder = args.bank.as_deref().map_or(Path::new("."), folder_of);
    let named = bank.ids().filter_map(|id| bank.file_of(id));
    let mut files: Vec<PathBuf> = named.map(|file| folder.join(file)).collect();
    files.extend(args.preset.clone().filter(|typed| is_file(typed)));
    files.extend(args.bank.clone());
    files
}

fn changes(args: &ChangeArgs) -> Changes {
    Changes::new(args.tempo, args.transpose, args.tuning)
}

fn excerpt(args: &ExcerptArgs, rate: SampleRate) -> Result<Excerpt> {
    let heard = args.solo.unwrap_or(ChannelSet::ALL);
    let excerpt = Excerpt {
        from: args.from.unwrap_or_default(),
        to: args.to,
        channels: match args.mute {
            Some(muted) => heard.without(muted),
            None => heard,
        },
    };
    let frames = excerpt.in_frames(rate);
    if frames.from >= frames.to {
        let (from, to) = (excerpt.from, excerpt.to.unwrap_or_default());
        bail!("--from {from} is not before --to {to}; there would be nothing to record");
    }
    Ok(excerpt)
}

impl Settings {
    /// The hash of all that the samples depend on beside the input.
    pub(super) fn digest(&self) -> String {
        // Every field is named, so that a new one has to be thought of here.
        let Self {
            bank,
            changes,
            song,
            stems,
            stem_files: _,
            wav,
            labels: _,
            replace: _,
            max_size: _,
            strict: _,
            check_determinism: _,
            progress: _,
            made_of: _,
            files: _,
        } = self;
        let song::Settings {
            sample_rate,
            excerpt,
            grouping: _,
            longest: _,
            mix,
        } = song;
        let excerpt = excerpt.in_frames(*sample_rate);
        // Neither memory nor measuring changes a sample.
        let mix = render::Settings {
            memory: 0,
            meter: Metering::Off,
            ..*mix
        };
        digest::of_settings(bank, &(changes, excerpt, mix, stems, wav))
    }
}

/// The sounds, and the recordings that they play.
fn bank(
    args: &SoundArgs,
    [bank_is_found, preset_is_found]: [bool; 2],
) -> Result<(Bank, Vec<PathBuf>)> {
    let parsed = args.overrides.iter().map(|typed| Override::parse(typed));
    let overrides = parsed.collect::<Result<Vec<_>, _>>()?;
    let (mut bank, mut files) = match &args.bank {
        Some(path) => {
            let text = read_text(path).context("--bank")?;
            bank_file(path, &text, &overrides, bank_is_found)?
        }
        None => (Bank::built_in(&overrides)?, Vec::new()),
    };
    if let Some(typed) = &args.preset {
        let (id, more) = preset(&mut bank, typed, preset_is_found)?;
        bank.play_all_melodic_with(id);
        files.extend(more);
    }
    Ok((bank, files))
}

/// The bank of a file; the files that it names lie beside it, and have no more together than one alone may have. If it was
/// found, not given, they lie below the current folder.
pub(super) fn bank_file(
    path: &Path,
    text: &str,
    overrides: &[Override],
    is_found: bool,
) -> Result<(Bank, Vec<PathBuf>)> {
    let mut beside = Beside::new("bank", folder_of(path), is_found);
    let shown = path.display().to_string();
    let bank = Bank::from_toml(&shown, text, &mut |file| beside.load(file), overrides)?;
    Ok((bank, beside.files))
}

/// The preset of a name or a file, and the recordings that it plays.
fn preset(bank: &mut Bank, typed: &Path, is_found: bool) -> Result<(PresetId, Vec<PathBuf>)> {
    if is_file(typed) {
        let text = read_text(typed).context("--preset")?;
        let shown = typed.display().to_string();
        let mut beside = Beside::new("preset", folder_of(typed), is_found);
        let id = bank.add_file(&shown, text, &mut |file| beside.load(file))?;
        return Ok((id, beside.files));
    }
    let name = typed.to_string_lossy();
    let id = bank.find(&name).ok_or_else(|| unknown(bank, &name))?;
    Ok((id, Vec::new()))
}

/// Whether `--preset` names a file: it ends in `.toml`, or has a folder.
pub(super) fn is_file(typed: &Path) -> bool {
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
    let text = bounded::TOML.text(path);
    text.with_context(|| format!("cannot read {}", path.display()))
}
