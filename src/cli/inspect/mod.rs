//! `cascade inspect`: what is in MIDI files, for people or as JSON.

mod count;
mod plot;
mod summary;
mod text;

use std::io::{self, Write};

use serde::Serialize;

use super::args::inspect::InspectArgs;
use super::console::{Console, Verbosity};
use super::exit::{ExitError, Status};
use super::source::Source;
use super::stdout;
use summary::Summary;

/// Inspects every input.
pub(super) fn run(args: &InspectArgs) -> Result<Status, ExitError> {
    let console = Console::new(Verbosity::Normal);
    let sources = Source::all(&args.inputs).map_err(ExitError::Usage)?;
    if let Some(path) = &args.plot {
        plot::run(&sources, path).map_err(ExitError::Failed)?;
        return Ok(Status::Done);
    }
    let mut failed = 0;
    for (index, source) in sources.iter().enumerate() {
        if index > 0 && !args.json {
            tell("")?;
        }
        let (entry, error) = inspect(source, args.strict);
        if args.json {
            tell(&json(&entry)?)?;
        } else if let Some(summary) = &entry.summary {
            tell(&text::of(&entry.path, summary))?;
        }
        if let Some(error) = error {
            failed += 1;
            console.error(format_args!("{}: {error}", source.shown()));
        }
    }
    Ok(Status::of(failed))
}

/// What is known of an input: what is in it, why that is not enough, or both.
#[derive(Serialize)]
struct InspectedFile {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(flatten)]
    summary: Option<Summary>,
}

fn inspect(source: &Source, strict: bool) -> (InspectedFile, Option<String>) {
    let path = match source {
        Source::Stdin => "-".to_owned(),
        Source::File(path) => path.display().to_string(),
    };
    let (summary, error) = match summary::of(source) {
        Ok(summary) if strict && summary.repair_count > 0 => (
            Some(summary),
            Some("damaged, which --strict refuses".to_owned()),
        ),
        Ok(summary) => (Some(summary), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let entry = InspectedFile {
        path,
        error: error.clone(),
        summary,
    };
    (entry, error)
}

fn json(entry: &InspectedFile) -> Result<String, ExitError> {
    stdout::json(entry).map_err(|error| ExitError::Failed(error.into()))
}

fn tell(line: &str) -> Result<(), ExitError> {
    writeln!(io::stdout(), "{line}").map_err(ExitError::writing)
}
