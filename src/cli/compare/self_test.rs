//! Whether the limits would catch what they are for: a recording is compared with itself, disturbed.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Result, bail};

use super::super::exit::{ExitError, Status};
use super::part::ComparedPart;
use super::recording;
use super::text;
use super::tolerances::{Tolerance, Tolerances};
use crate::compare::disturb::Disturbance;
use crate::compare::{self, AudioSource, Memory, Span, Verdict};
use crate::text::Shown;
use crate::wav::Planes;

/// The longest part of a recording that is disturbed.
const LONGEST_S: u64 = 30;

/// Tells what catches each disturbance; fails if one is let through.
pub(super) fn run(
    path: &Path,
    tolerances: &Tolerances,
    part: &ComparedPart,
) -> Result<Status, ExitError> {
    let (recording, begin) = load(path, part).map_err(ExitError::Usage)?;
    let tolerance = tolerances.of(&path.display().to_string());
    let seconds = recording.frames() as f64 / f64::from(recording.rate);
    let mut report = format!(
        "{}, {seconds:.1} s from {begin:.1} s on, profile {}\n",
        Shown(path.display()),
        tolerance.profile
    );
    let mut through = 0;
    for disturbance in Disturbance::ALL {
        let outcome = outcome(disturbance, &recording, &tolerance);
        through += usize::from(outcome == Outcome::LetThrough);
        report.push_str(&format!(
            "    {:<26} {}\n",
            disturbance.name(),
            outcome.shown()
        ));
    }
    if through > 0 {
        let profile = tolerance.profile;
        report.push_str(&format!(
            "profile {profile} with these limits lets {through} of 7 through\n"
        ));
    }
    io::stdout()
        .write_all(report.as_bytes())
        .map_err(ExitError::writing)?;
    Ok(Status::of(through))
}

/// What became of a disturbance.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Caught(Vec<String>),
    LetThrough,
    NoChange,
}

impl Outcome {
    fn shown(&self) -> String {
        match self {
            Self::Caught(reasons) => format!("caught by {}", reasons.join("; ")),
            Self::LetThrough => "LET THROUGH".to_owned(),
            Self::NoChange => "changes nothing in this recording".to_owned(),
        }
    }
}

fn outcome(disturbance: Disturbance, recording: &Memory, tolerance: &Tolerance) -> Outcome {
    let Some(mut disturbed) = disturbance.apply(recording) else {
        return Outcome::NoChange;
    };
    let mut original = recording.clone();
    let Ok(figures) = compare::figures(&mut disturbed, &mut original, &Span::default());
    let judgement = tolerance.limits.judge(&figures);
    match judgement.verdict {
        Verdict::Different => {
            let reason = |breach| {
                text::reason(breach)
                    .rsplit_once(": ")
                    .map(|(first, _)| first.to_owned())
            };
            Outcome::Caught(judgement.breaches.iter().filter_map(reason).collect())
        }
        Verdict::Identical | Verdict::Within => Outcome::LetThrough,
    }
}

/// The part of a file in which something sounds, and where it begins.
fn load(path: &Path, part: &ComparedPart) -> Result<(Memory, f64)> {
    let mut file = recording::open(path)?;
    let span = recording::span(part, &file)?;
    let rate = file.spec().rate;
    let most = LONGEST_S * u64::from(rate);
    let (mut at, end) = (span.from, span.from + span.frames(file.frames()));
    let mut planes = Planes::new();
    while at < end {
        let frames = (end - at).min(most) as usize;
        file.read(at, frames, &mut planes)?;
        if let Some(chosen) = &span.channels {
            planes = chosen
                .iter()
                .map(|channel| planes[*channel].clone())
                .collect();
        }
        if planes.iter().flatten().any(|sample| sample.abs() > 0.001) {
            let begin = at as f64 / f64::from(rate);
            return Ok((Memory { rate, planes }, begin));
        }
        at += frames as u64;
    }
    bail!("{} has no sound above -60 dBFS to disturb", path.display())
}
