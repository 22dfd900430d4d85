//! One song: rendered again into nothing, and held against its entry.

use std::fs;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, anyhow};
use rayon::ThreadPool;

use super::baselined::Baselined;
use crate::batch::digest;
use crate::batch::manifest::{Entry, ErrorKind, Status};
use crate::batch::measure::Measuring;
use crate::batch::place::{self, Located};
use crate::cli::batch::record;
use crate::cli::compare::Compared;
use crate::cli::console::{Console, Verbosity};
use crate::cli::failure::{Failure, OrFailure};
use crate::cli::progress::Progress;
use crate::cli::rendered::Rendered;
use crate::cli::replace::Replace;
use crate::cli::scratch::Scratch;
use crate::cli::settings::Settings;
use crate::cli::song::{self, Clock, RenderContext};
use crate::cli::source::Source;
use crate::cli::targets::{Job, Target};
use crate::compare::Fingerprint;
use crate::midi;
use crate::score::Meter;
use crate::song::Song;

/// A song and what was found of it.
pub(super) struct Case {
    pub(super) name: String,
    /// What is recorded of it.
    pub(super) recorded: Entry,
    pub(super) found: Found,
    /// Its new entry, if it is blessed.
    pub(super) renewed: Option<Entry>,
}

/// What was found of a song.
pub(super) enum Found {
    /// Every sample is the same.
    Same,
    /// It sounds otherwise.
    Different(Box<Difference>),
    /// The manifest lacks it.
    NoBaseline,
    /// It could not be verified, and why.
    NotVerified(String),
}

/// How a song differs from its entry.
pub(super) struct Difference {
    /// What it was made of that it is not made of any more, or the other way round; unknown in older manifests.
    pub(super) changes: Option<Vec<String>>,
    /// What would be recorded of it now.
    pub(super) now: Entry,
    /// Where, if that is known.
    pub(super) places: Vec<Located>,
    /// The channels that are the likely cause, counted from 1.
    pub(super) likely_channels: Vec<usize>,
    /// The samples, where the recording is still there.
    pub(super) compared: Option<Compared>,
}

/// What came out of one song, before it has a name.
pub(super) struct Outcome {
    found: Found,
    renewed: Option<Entry>,
}

impl Case {
    pub(super) fn new(song: &Baselined, outcome: Result<Outcome, Failure>) -> Self {
        let (found, renewed) = match outcome {
            Err(failure) => (Found::NotVerified(format!("{:#}", failure.error)), None),
            Ok(outcome) => (outcome.found, outcome.renewed),
        };
        Self {
            name: song.name.clone(),
            recorded: song.entry.clone(),
            found,
            renewed,
        }
    }

    /// How it differs, if it does.
    pub(super) fn difference(&self) -> Option<&Difference> {
        match &self.found {
            Found::Different(difference) => Some(difference),
            Found::Same | Found::NoBaseline | Found::NotVerified(_) => None,
        }
    }
}

/// What all songs share.
pub(super) struct Bench<'a> {
    pub(super) pool: &'a ThreadPool,
    /// Memory for the tones of each.
    pub(super) memory: u64,
    /// The folder for what is rendered to be compared with an old recording.
    pub(super) recordings: &'a Scratch,
    /// Whether they are kept, to be drawn.
    pub(super) keeping: bool,
    /// Why what differs becomes the baseline, if it does.
    pub(super) reason: Option<&'a str>,
    pub(super) progress: Progress,
    /// Nothing stops a song.
    pub(super) never: AtomicBool,
}

impl Bench<'_> {
    /// Renders a song and holds it against its entry.
    pub(super) fn verify(
        &self,
        index: usize,
        song: &Baselined,
        job: &Job,
    ) -> Result<Outcome, Failure> {
        if !song.is_recorded && self.reason.is_none() {
            return Ok(Outcome {
                found: Found::NoBaseline,
                renewed: None,
            });
        }
        let settings = song.settings()?;
        let bytes = job.source.read().context(
            "is not there as recorded; run `cascade verify` in the folder that it was rendered in, or, if the song is \
             gone for good, delete its line from the manifest",
        );
        let bytes = bytes.or_failure(ErrorKind::Unreadable)?;
        let input_hash = Some(digest::of_bytes(&bytes));
        let is_changed = song.is_recorded && input_hash != song.entry.input_hash;
        if is_changed && self.reason.is_none() {
            return Err(changed(&song.entry, bytes.len() as u64).into());
        }
        let now = self.now(song, job, &bytes, settings)?;
        let found = if !song.is_recorded {
            Found::NoBaseline
        } else if now.0.output_hash == song.entry.output_hash {
            Found::Same
        } else {
            let difference = self.difference(index, song, &bytes, settings, now.clone())?;
            Found::Different(Box::new(difference))
        };
        let is_baseline = song.entry.reason.is_some() && song.entry.fingerprint.is_some();
        let is_news = is_changed || !matches!(found, Found::Same) || !is_baseline;
        let renewed = self.reason.filter(|_| is_news);
        Ok(Outcome {
            found,
            renewed: renewed.map(|reason| Entry {
                reason: Some(reason.to_owned()),
                ..now.0
            }),
        })
    }

    /// What would be recorded of a song now.
    fn now(
        &self,
        song: &Baselined,
        job: &Job,
        bytes: &[u8],
        settings: &Settings,
    ) -> Result<(Entry, Fingerprint), Failure> {
        let rendered = self.render(job, bytes, settings)?;
        let mut now = Entry {
            status: Status::Ok,
            input_hash: Some(digest::of_bytes(bytes)),
            input_bytes: Some(bytes.len() as u64),
            settings_hash: settings.digest(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..song.entry.clone()
        };
        record::complete(&mut now, &rendered, settings);
        let fingerprint = rendered.recording.and_then(|r| r.fingerprint);
        Ok((now, fingerprint.unwrap_or_default()))
    }

    fn render(&self, job: &Job, bytes: &[u8], settings: &Settings) -> Result<Rendered, Failure> {
        // What is wrong with the song was told when it was recorded.
        let quiet = Console::new(Verbosity::Quiet);
        let context = RenderContext {
            settings,
            memory: self.memory,
            // Each may have been recorded with presets of its own.
            library: None,
            pool: self.pool,
            console: &quiet,
            measuring: Measuring::Fingerprint,
            detailed: false,
            stop: &self.never,
        };
        let mut part = self.progress.part(job);
        let rendered = song::render(
            job,
            bytes,
            Clock::start(),
            &mut part,
            &context,
            Replace::Own,
        );
        let (song, outputs) = rendered?;
        outputs.publish()?;
        Ok(song)
    }

    fn difference(
        &self,
        index: usize,
        song: &Baselined,
        bytes: &[u8],
        settings: &Settings,
        (now, fingerprint): (Entry, Fingerprint),
    ) -> Result<Difference, Failure> {
        let recorded = song.entry.fingerprint.clone();
        let recorded = recorded.and_then(|text| Fingerprint::try_from(text).ok());
        let located = match recorded {
            Some(recorded) => {
                let smf = midi::parse(bytes).or_failure(ErrorKind::Other)?;
                let meter = Meter::of(&smf);
                let song = Song::of(smf, &settings.changes);
                place::locate(&fingerprint, &recorded, &song, meter, &settings.song)
            }
            None => place::Where::default(),
        };
        let made_of = song.entry.made_of.as_ref().zip(now.made_of.as_ref());
        Ok(Difference {
            changes: made_of.map(|(then, now)| now.changes_since(then)),
            now,
            places: located.places,
            likely_channels: located.likely_channels,
            compared: self.compare(index, song, bytes, settings)?,
        })
    }

    /// Renders once more, into a file, if there is an old one to compare it with.
    fn compare(
        &self,
        index: usize,
        song: &Baselined,
        bytes: &[u8],
        settings: &Settings,
    ) -> Result<Option<Compared>, Failure> {
        let Some(expected) = song.recording.as_ref().filter(|_| !settings.wav.raw) else {
            return Ok(None);
        };
        let actual = self.recordings.folder()?.join(format!("{index}.wav"));
        let job = Job {
            source: Source::File(song.input()),
            bytes: 0,
            target: Target::File(actual.clone()),
            place: None,
            folder: None,
        };
        self.render(&job, bytes, settings)?;
        let compared = Compared::new(&song.name, &actual, expected);
        if !self.keeping {
            // What is left, the folder takes with it.
            let _ = fs::remove_file(&actual);
        }
        Ok(Some(compared))
    }
}

/// The refusal of a song that is another one now.
fn changed(entry: &Entry, bytes: u64) -> anyhow::Error {
    let then = entry.input_bytes.unwrap_or_default();
    let sizes = match then == bytes {
        true => String::new(),
        false => format!(" ({bytes} bytes, {then} then)"),
    };
    anyhow!(
        "is another song than when it was recorded{sizes}; if that is meant, take it as the baseline with --bless REASON"
    )
}
