//! The difference of two recordings as a recording: actual minus expected, in 32-bit floats.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::super::paths::folder_of;
use super::super::replace::{Kind, Replace};
use super::super::reports::Kept;
use super::super::sink::Sink;
use super::super::targets::{Target, make_folder};
use super::judge::{self, Case};
use super::pairs::Pair;
use super::part::ComparedPart;
use super::recording::{self, WavFile};
use crate::audio::{BLOCK, Stereo};
use crate::compare::{AudioSource, Span};
use crate::units::SampleRate;
use crate::wav::{Channels, Planes, SampleFormat, WavSpec, WavWriter};

/// Refuses what would replace a file that is kept, or none that Cascade wrote.
pub(super) fn check(path: &Path, pairs: &[Pair], kept: &mut Kept, folders: bool) -> Result<()> {
    if !folders {
        return kept.check(path, Kind::Difference);
    }
    if path.exists() && !path.is_dir() {
        bail!(
            "--difference {} is a file, but folders are compared; name a folder",
            path.display()
        );
    }
    let targets = pairs.iter().map(|pair| path.join(&pair.name));
    let mut existing = targets.filter(|target| target.exists());
    existing.try_for_each(|target| kept.check(&target, Kind::Difference))
}

/// Writes the difference of each pair that differs: to a file, or of folders to the same place below a folder.
pub(super) fn write(path: &Path, cases: &[Case], part: &ComparedPart, folders: bool) -> Result<()> {
    for case in cases.iter().filter(|case| case.is_different()) {
        let target = if folders {
            path.join(&case.pair.name)
        } else {
            path.to_owned()
        };
        if folders {
            make_folder(folder_of(&target))?;
        }
        one(&target, case, part).with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}

fn one(target: &Path, case: &Case, part: &ComparedPart) -> Result<()> {
    let (mut actual, mut expected) = judge::open(&case.pair)?;
    let span = recording::span(part, &expected)?;
    let frames = span
        .frames(actual.frames())
        .max(span.frames(expected.frames()));
    let sink = Sink::open(
        &Target::File(target.to_owned()),
        Kind::Difference,
        Replace::Own,
    )?;
    let mut writer = WavWriter::new(sink, spec(&expected, &span)?, frames);
    let (mut at, end) = (span.from, span.from + frames);
    while at < end {
        let length = (end - at).min(BLOCK as u64) as usize;
        let actual = planes(&mut actual, &span, at, length)?;
        let expected = planes(&mut expected, &span, at, length)?;
        writer.write(&minus(&actual, &expected))?;
        at += length as u64;
    }
    Ok(writer.finish()?.finish()?)
}

fn spec(file: &WavFile, span: &Span) -> Result<WavSpec> {
    let spec = file.spec();
    let channels = match span.channels.as_ref().map_or(spec.channels, Vec::len) {
        1 => Channels::Mono,
        2 => Channels::Stereo,
        more => {
            bail!("a difference has one or two channels, not {more}; choose some with --channels")
        }
    };
    let rate = SampleRate::new(spec.rate);
    Ok(WavSpec {
        sample_rate: rate.with_context(|| format!("{} Hz is not written", spec.rate))?,
        channels,
        format: SampleFormat::F32,
        ..WavSpec::default()
    })
}

/// The chosen channels, with silence behind the end.
fn planes(file: &mut WavFile, span: &Span, from: u64, frames: usize) -> Result<Planes> {
    let mut planes = Planes::new();
    file.read(from, frames, &mut planes)?;
    if let Some(chosen) = &span.channels {
        planes = chosen
            .iter()
            .map(|channel| planes[*channel].clone())
            .collect();
    }
    planes
        .iter_mut()
        .for_each(|plane| plane.resize(frames, 0.0));
    Ok(planes)
}

/// One channel stands on both sides, which the writer makes one again.
fn minus(actual: &Planes, expected: &Planes) -> Stereo {
    let plane = |channel: usize| -> Vec<f32> {
        let pairs = actual[channel].iter().zip(&expected[channel]);
        pairs.map(|(a, e)| (a - e) as f32).collect()
    };
    Stereo {
        left: plane(0),
        right: plane(actual.len() - 1),
    }
}
