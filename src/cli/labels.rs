//! The notes of a recording beside it, for those who train and measure with both.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::args::labels::LabelFormat;
use super::companions::is_as_written;
use super::draft::Draft;
use super::paths::is_stream;
use super::replace::Kind;
use super::settings::Settings;
use super::targets::Target;
use crate::batch::manifest::Companion;
use crate::batch::name::Name;
use crate::song::{Label, Performance, Song};

/// Refuses outputs that nothing can lie beside.
pub(super) fn refuse_stream(target: &Target, format: Option<LabelFormat>) -> Result<()> {
    if format.is_none() {
        return Ok(());
    }
    match target {
        Target::File(path) if !is_stream(path) => Ok(()),
        _ => bail!(
            "--labels writes a file beside the recording, but {} has no folder to put it in; name a file with \
             --output song.wav",
            target.shown()
        ),
    }
}

/// Labels, complete but for their name.
pub(super) struct Labels {
    /// The file.
    pub(super) draft: Draft,
    /// What the manifest has of it.
    pub(super) companion: Companion,
}

/// The labels of a song's recording.
pub(super) fn draft(
    target: &Target,
    format: LabelFormat,
    song: &Song,
    performance: &Performance<'_>,
    settings: &Settings,
) -> Result<Labels> {
    let path = path(target, format);
    let labels = song.labels(&settings.bank, performance);
    let kind = match format {
        LabelFormat::Csv => Kind::LabelsCsv,
        LabelFormat::Jsonl => Kind::LabelsJsonl,
    };
    let write = || {
        let draft = Draft::new(&path, kind, settings.replace)?;
        let mut file = BufWriter::new(Hashed::new(draft));
        match format {
            LabelFormat::Csv => write_csv(labels, &mut file)?,
            LabelFormat::Jsonl => write_jsonl(labels, &mut file)?,
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok::<_, io::Error>(Labels {
            companion: Companion {
                file: Name::new(path.file_name().unwrap_or_default()),
                bytes: file.bytes,
                hash: file.hasher.finalize().to_hex().to_string(),
            },
            draft: file.draft,
        })
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Whether the labels of a recording are there in this format, as they were written.
pub(super) fn are_there(target: &Target, format: LabelFormat, known: Option<&Companion>) -> bool {
    let path = path(target, format);
    let name = Name::new(path.file_name().unwrap_or_default());
    known.is_some_and(|known| known.file == name && is_as_written(&path, known))
}

/// `song.labels.csv` beside `song.wav`.
fn path(target: &Target, format: LabelFormat) -> PathBuf {
    let extension = match format {
        LabelFormat::Csv => "labels.csv",
        LabelFormat::Jsonl => "labels.jsonl",
    };
    match target {
        Target::File(path) => path.with_extension(extension),
        Target::Stdout | Target::Nowhere => PathBuf::from(extension),
    }
}

/// A draft whose bytes are hashed on their way.
struct Hashed {
    draft: Draft,
    bytes: u64,
    hasher: blake3::Hasher,
}

impl Hashed {
    fn new(draft: Draft) -> Self {
        Self {
            draft,
            bytes: 0,
            hasher: blake3::Hasher::new(),
        }
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.draft.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.draft.flush()
    }
}

fn write_csv(labels: impl Iterator<Item = Label>, file: &mut impl Write) -> io::Result<()> {
    // The names come from here, since the writer would leave them out where there are no notes.
    let mut csv = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(file);
    csv.write_record(Label::COLUMNS).map_err(io::Error::other)?;
    for label in labels {
        csv.serialize(label).map_err(io::Error::other)?;
    }
    csv.flush()
}

fn write_jsonl(labels: impl Iterator<Item = Label>, file: &mut impl Write) -> io::Result<()> {
    for label in labels {
        serde_json::to_writer(&mut *file, &label)?;
        file.write_all(b"\n")?;
    }
    Ok(())
}
