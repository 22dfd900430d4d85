//! One pair of files: opened, compared, judged.

use std::io;

use anyhow::{Result, anyhow, bail};

use super::pairs::Pair;
use super::part::ComparedPart;
use super::recording::{self, Hashed, WavFile};
use super::tolerances::Tolerances;
use crate::compare::limits::{Breach, Judgement};
use crate::compare::{self, AudioSource, Figures, Profile, Span, Verdict};

/// A pair and what was found of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) pair: Pair,
    pub(super) profile: Profile,
    /// What is odd about the files, though they were read.
    pub(super) notes: Vec<String>,
    pub(super) found: Found,
}

impl Case {
    pub(super) fn is_different(&self) -> bool {
        matches!(&self.found, Found::Compared(judged) if judged.judgement.verdict == Verdict::Different)
    }
}

/// What was found of a pair.
#[derive(Debug)]
pub(super) enum Found {
    /// The files were compared.
    Compared(Box<Judged>),
    /// They were not, and why.
    NotCompared(String),
}

/// The verdict of a pair.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) judgement: Judgement,
    /// What was measured; nothing where the samples have the same hash.
    pub(super) figures: Option<Figures>,
    /// The hash of the samples, where both files have the same.
    pub(super) hash: Option<String>,
}

/// Compares a pair.
pub(super) fn case(pair: &Pair, tolerances: &Tolerances, part: &ComparedPart) -> Case {
    let mut notes = Vec::new();
    let tolerance = tolerances.of(&pair.name);
    let found = match both(pair, part, &mut notes) {
        Ok(Measured::Equal(hash)) => Found::Compared(Box::new(Judged {
            judgement: Judgement {
                verdict: Verdict::Identical,
                breaches: Vec::<Breach>::new(),
            },
            figures: None,
            hash: Some(hash),
        })),
        Ok(Measured::Figures(figures)) => Found::Compared(Box::new(Judged {
            judgement: tolerance.limits.judge(&figures),
            figures: Some(*figures),
            hash: None,
        })),
        Err(error) => Found::NotCompared(format!("{error:#}")),
    };
    Case {
        pair: pair.clone(),
        profile: tolerance.profile,
        notes,
        found,
    }
}

/// What two files showed.
enum Measured {
    /// The samples have this hash in both.
    Equal(String),
    /// They differ, or are stored in different ways.
    Figures(Box<Figures>),
}

/// Compares both files, the cheapest check first.
fn both(pair: &Pair, part: &ComparedPart, notes: &mut Vec<String>) -> Result<Measured> {
    let (mut actual, mut expected) = open(pair)?;
    for (path, file) in [(&pair.actual, &actual), (&pair.expected, &expected)] {
        let path = path.as_ref().map(|path| path.display().to_string());
        let oddities = file.header().oddities.iter();
        notes.extend(oddities.map(|o| format!("{}: {o}", path.as_deref().unwrap_or_default())));
    }
    same_shape(&actual, &expected)?;
    let span = recording::span(part, &expected)?;
    enough(&actual, &expected, &span)?;
    let stored = [&actual, &expected].map(|file| file.header().encoding);
    if stored[0] != stored[1] {
        let (name, [actual, expected]) = (&pair.name, stored);
        notes.push(format!("{name}: stored as {actual}, expected {expected}"));
    } else if span.channels.is_none()
        && span.frames(actual.frames()) == span.frames(expected.frames())
        && let Some(equal) = equal(&mut actual, &mut expected, &span)?
    {
        if equal.not_finite > 0 {
            let (name, count) = (&pair.name, equal.not_finite);
            notes.push(format!(
                "{name}: {count} samples are infinite or no number, in both files"
            ));
        }
        return Ok(Measured::Equal(equal.hash.to_hex().to_string()));
    }
    let figures = compare::figures(&mut actual, &mut expected, &span)?;
    Ok(Measured::Figures(Box::new(figures)))
}

/// Both files of a pair.
pub(super) fn open(pair: &Pair) -> Result<(WavFile, WavFile)> {
    match (&pair.actual, &pair.expected) {
        (Some(actual), Some(expected)) => {
            Ok((recording::open(actual)?, recording::open(expected)?))
        }
        (None, Some(expected)) => bail!(
            "missing: there is nothing to compare with {}",
            expected.display()
        ),
        (Some(actual), None) => bail!(
            "extra: nothing says what {} should be like",
            actual.display()
        ),
        (None, None) => bail!("there is no file of this name"),
    }
}

/// Refuses what has no common measure.
fn same_shape(actual: &WavFile, expected: &WavFile) -> Result<()> {
    let (a, e) = (actual.spec(), expected.spec());
    if a.rate != e.rate {
        bail!(
            "the sample rates differ: {} Hz, expected {} Hz; render again at the same rate",
            a.rate,
            e.rate
        );
    }
    if a.channels != e.channels {
        bail!(
            "the channels differ: {}, expected {}; compare files of equal channels",
            a.channels,
            e.channels
        );
    }
    Ok(())
}

/// Refuses to compare nothing.
fn enough(actual: &WavFile, expected: &WavFile, span: &Span) -> Result<()> {
    let [a, e] = [actual, expected].map(|file| span.frames(file.frames()));
    match (a, e) {
        (0, 0) => Err(anyhow!(
            "there is nothing to compare: neither file has samples there"
        )),
        (0, _) => Err(anyhow!(
            "there is nothing to compare: the file has no samples there, {e} frames are expected"
        )),
        (_, 0) => Err(anyhow!(
            "there is nothing to compare: the expected file has no samples there"
        )),
        _ => Ok(()),
    }
}

/// The hash of the samples, if both files have the same.
fn equal(actual: &mut WavFile, expected: &mut WavFile, span: &Span) -> io::Result<Option<Hashed>> {
    let hash = recording::hash;
    let (actual, expected) = rayon::join(|| hash(actual, span), || hash(expected, span));
    let actual = actual?;
    Ok((actual == expected?).then_some(actual))
}
