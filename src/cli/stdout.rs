//! Standard output: reports that were asked for, whole.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

use super::exit::ExitError;
use crate::text::safe_json;

/// Prints a report. A reader that has gone ends the program quietly.
pub(super) fn print(report: &str) -> Result<(), ExitError> {
    let mut stdout = io::stdout();
    let written = stdout
        .write_all(report.as_bytes())
        .and_then(|()| stdout.flush());
    written.map_err(ExitError::writing)
}

/// One JSON object a line.
pub(super) fn json_lines<T: Serialize>(lines: impl Iterator<Item = T>) -> Result<String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&json(&line)?);
        text.push('\n');
    }
    Ok(text)
}

/// One JSON object, safe to look at.
pub(super) fn json<T: Serialize>(line: &T) -> serde_json::Result<String> {
    serde_json::to_string(line).map(|json| safe_json(&json))
}
