//! WAV files as recordings: opened, and hashed.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::part::ComparedPart;
use crate::compare::{AudioSource, Span};
use crate::wav::{Planes, WavReader};

/// An open file.
pub(in crate::cli) type WavFile = WavReader<File>;

/// The highest rate and the most channels that are compared; nobody records more.
const MOST_HZ: u32 = 768_000;
const MOST_CHANNELS: u16 = 32;

/// Frames that are hashed at once.
const HASHED: usize = 1 << 17;

/// Opens a file.
pub(in crate::cli) fn open(path: &Path) -> Result<WavFile> {
    let open = || -> Result<WavFile> {
        // Before it is opened: a pipe would wait for whoever writes to it.
        let metadata = fs::metadata(path).context("cannot be opened")?;
        if !metadata.is_file() {
            bail!("is no regular file, and comparing reads twice; copy it to a file first");
        }
        let file = File::open(path).context("cannot be opened")?;
        let file = WavReader::new(file)?;
        check_size(&file)?;
        Ok(file)
    };
    open().with_context(|| path.display().to_string())
}

/// Refuses what no block would hold: a header may say anything.
fn check_size(file: &WavFile) -> Result<()> {
    let (rate, channels) = (file.header().rate, file.header().channels);
    if rate > MOST_HZ || channels > MOST_CHANNELS {
        bail!(
            "says {channels} channels at {rate} Hz; at most {MOST_CHANNELS} at {MOST_HZ} Hz are compared"
        );
    }
    Ok(())
}

/// What was found in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hashed {
    /// BLAKE3 of the samples as they are stored.
    pub(super) hash: blake3::Hash,
    /// Samples that are infinite or no number.
    pub(super) not_finite: u64,
}

/// The hash of the samples within a span, all channels.
pub(super) fn hash(file: &mut WavFile, span: &Span) -> std::io::Result<Hashed> {
    let mut hasher = blake3::Hasher::new();
    let (mut at, end) = (span.from, span.from + span.frames(file.frames()));
    let mut not_finite = 0;
    while at < end {
        let frames = (end - at).min(HASHED as u64) as usize;
        hasher.update(file.stored(at, frames)?);
        if file.header().encoding.is_float() {
            not_finite += strangers(file, at, frames)?;
        }
        at += frames as u64;
    }
    let hash = hasher.finalize();
    Ok(Hashed { hash, not_finite })
}

fn strangers(file: &mut WavFile, at: u64, frames: usize) -> std::io::Result<u64> {
    let mut planes = Planes::new();
    file.read(at, frames, &mut planes)?;
    Ok(planes
        .iter()
        .flatten()
        .filter(|sample| !sample.is_finite())
        .count() as u64)
}

/// The span of a part, in the frames of a file.
pub(super) fn span(part: &ComparedPart, file: &WavFile) -> Result<Span> {
    let rate = f64::from(file.header().rate);
    let channels = file.spec().channels;
    if let Some(beyond) = part.channels.iter().find(|channel| **channel >= channels) {
        bail!(
            "--channels asks for channel {}, but there are {channels}",
            beyond + 1
        );
    }
    let frame = |seconds: f64| (seconds * rate).round() as u64;
    Ok(Span {
        from: part.from.map_or(0, |from| frame(from.0)),
        to: part.to.map(|to| frame(to.0)),
        channels: (!part.channels.is_empty()).then(|| part.channels.clone()),
    })
}
