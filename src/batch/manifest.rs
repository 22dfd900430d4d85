//! The manifest: one JSON line for each input of a tree, what it was made from, and what was made.
//!
//! A file may hold several lines for an output, of runs one after another: the last one counts. So manifests of shards
//! are merged by writing one after another, and a run that is killed leaves a manifest that still holds. A last line
//! that was torn off is passed over.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::digest;
use super::made_of::MadeOf;
use super::name::Name;
use super::options::RecordedOptions;

/// The name of the manifest in an output folder.
pub const FILE_NAME: &str = "cascade-manifest.jsonl";

/// Whether a file that begins like this may be a manifest, whoever wrote its lines anew with whatever order of the fields.
#[must_use]
pub fn is_manifest(head: &[u8]) -> bool {
    let names = |field: &[u8]| head.windows(field.len()).any(|window| window == field);
    head.starts_with(b"{") && (names(b"\"input\"") || names(b"\"duration_s\""))
}

/// What is known about an input. The names of the fields are those of the JSON, and stay.
///
/// Nothing in it depends on the time, the machine or the threads: equal runs leave equal manifests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The input, as it was reached from the folder that the program was run in.
    pub input: Name,
    /// The recording, relative to the folder of the manifest; nothing for what could have none.
    pub output: Option<Name>,
    /// Whether it was rendered.
    pub status: Status,
    /// Why not, as a word.
    pub error_kind: Option<ErrorKind>,
    /// Why not, as a sentence.
    pub error: Option<String>,
    /// BLAKE3 of the input's bytes.
    pub input_hash: Option<String>,
    /// The input's bytes.
    pub input_bytes: Option<u64>,
    /// BLAKE3 of everything else that the samples depend on: sounds, options and the program's version.
    pub settings_hash: String,
    /// The program's version.
    pub version: String,
    /// The options that rendering it again takes.
    pub options: RecordedOptions,
    /// What `settings_hash` was made of, so that a difference can be told by name; nothing in older manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_of: Option<MadeOf>,
    /// The folder that the input is a song of, if all songs in it were inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<Folder>,
    /// XXH3 with 128 bits of the recording's samples as they are stored: its bytes without the header.
    pub output_hash: Option<String>,
    /// The recording's bytes.
    pub output_bytes: Option<u64>,
    /// Frames of the recording.
    pub frames: Option<u64>,
    /// Frames per second.
    pub sample_rate: u32,
    /// Seconds of the recording.
    pub duration_s: Option<f64>,
    /// Note-ons in the input.
    pub notes: Option<u64>,
    /// The largest sample of the recording, to a hundredth of a dB; nothing for silence.
    pub peak_dbfs: Option<f64>,
    /// Integrated loudness (EBU R 128), to a hundredth of a LUFS; nothing for silence.
    pub lufs: Option<f64>,
    /// Repairs of a damaged input.
    pub repairs: Option<u64>,
    /// The labels that were written beside it, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<Companion>,
    /// The list of the stems that were written beside it, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stems: Option<Companion>,
    /// What it sounds like every 100 ms, so that a difference can be located without the recording (a
    /// `compare::Fingerprint` as text). It locates and never judges: on another machine, its last steps may be others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Why it was made the baseline (`--bless`); nothing if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A file that was written beside a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    /// Its path from the folder of the recording.
    pub file: Name,
    /// Its bytes.
    pub bytes: u64,
    /// BLAKE3 of them.
    pub hash: String,
}

impl Companion {
    /// The file that holds these bytes.
    #[must_use]
    pub fn of(file: &Path, bytes: &[u8]) -> Self {
        Self {
            file: Name::of_path(file),
            bytes: bytes.len() as u64,
            hash: digest::of_bytes(bytes),
        }
    }
}

/// A folder of which all songs were inputs, so that one without an entry is news.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Folder {
    /// The folder, as it was reached from the folder that the program was run in; empty for that one itself.
    pub path: Name,
    /// Whether the songs in the folders below it were inputs too.
    pub below: bool,
}

/// Whether an input was rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its recording is there.
    Ok,
    /// It is not.
    Failed,
}

/// Why an input was not rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// It cannot be opened or read.
    Unreadable,
    /// It is no MIDI file.
    NotMidi,
    /// It is damaged, and repairs are refused.
    Damaged,
    /// The song is longer than is allowed.
    TooLong,
    /// The recording would be larger than is allowed.
    TooLarge,
    /// There is no space left for the recording.
    NoSpace,
    /// The recording cannot be written.
    CannotWrite,
    /// There is a file in its place that is not replaced unasked.
    Occupied,
    /// The program itself is at fault.
    Panic,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// What a summary calls it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotMidi => "not MIDI",
            Self::Damaged => "damaged",
            Self::TooLong => "too long",
            Self::TooLarge => "too large",
            Self::NoSpace => "no space left",
            Self::CannotWrite => "cannot be written",
            Self::Occupied => "not overwritten",
            Self::Panic => "fault of the program",
            Self::Other => "other",
        }
    }
}

impl Entry {
    /// The entry as a line, its end included.
    ///
    /// # Errors
    /// None that its types allow.
    pub fn line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// What an entry is found by, its output, of which there is one each; and whether it is blessed.
#[derive(Deserialize)]
struct Key {
    input: Name,
    output: Option<Name>,
    reason: Option<String>,
}

impl Key {
    fn name(self) -> Name {
        self.output.unwrap_or(self.input)
    }
}

/// The entries of a tree, one for each output. They are kept as they were written, and read when they are asked for, so
/// that a million take little more memory than their file.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    bytes: Vec<u8>,
    /// Where the entry of an output stands, without the end of the line.
    places: BTreeMap<Name, Range<usize>>,
    strangers: Vec<usize>,
    blessed: bool,
}

impl Manifest {
    /// Reads the lines of one or several manifests; of an output, the last one counts. Lines that are none are passed over.
    #[must_use]
    pub fn parse(bytes: Vec<u8>) -> Self {
        let mut manifest = Self {
            bytes,
            ..Self::default()
        };
        manifest.read(0);
        manifest
    }

    /// Reads further lines, which count for more than those before them.
    pub fn extend(&mut self, bytes: &[u8]) {
        if self.bytes.last().is_some_and(|last| *last != b'\n') {
            self.bytes.push(b'\n');
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.read(start);
    }

    /// Finds the entries from a place on, which is the start of a line.
    fn read(&mut self, mut start: usize) {
        let before = self.bytes[..start].iter().filter(|byte| **byte == b'\n');
        let before = before.count();
        for (index, line) in self.bytes[start..].split(|byte| *byte == b'\n').enumerate() {
            match serde_json::from_slice::<Key>(line) {
                Ok(key) => {
                    self.blessed |= key.reason.is_some();
                    self.places.insert(key.name(), start..start + line.len());
                }
                Err(_) if line.is_empty() => {}
                Err(_) => self.strangers.push(before + index + 1),
            }
            start += line.len() + 1;
        }
    }

    /// The numbers of the lines that were passed over, counted from 1.
    #[must_use]
    pub fn strangers(&self) -> &[usize] {
        &self.strangers
    }

    /// Whether anything in it was made the baseline.
    #[must_use]
    pub fn is_blessed(&self) -> bool {
        self.blessed
    }

    /// The entry of an output.
    #[must_use]
    pub fn find(&self, output: &Name) -> Option<Entry> {
        let place = self.places.get(output)?;
        serde_json::from_slice(&self.bytes[place.clone()]).ok()
    }

    /// All entries, in order of their outputs.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.places.keys().filter_map(|output| self.find(output))
    }

    /// The lines, one for each output, in their order, without their ends.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.places.values().map(|place| &self.bytes[place.clone()])
    }

    /// Whether it is what [`Manifest::lines`] would give, so that it need not be written anew.
    #[must_use]
    pub fn is_compact(&self) -> bool {
        let mut end = 0;
        let follows = self.places.values().all(|place| {
            let follows = place.start == end;
            end = place.end + 1;
            follows
        });
        follows && end == self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(input: &str, frames: u64) -> Entry {
        Entry {
            input: Name::new(input),
            output: Some(Name::new(format!("{input}.wav"))),
            status: Status::Ok,
            error_kind: None,
            error: None,
            input_hash: Some("00".to_owned()),
            input_bytes: Some(60),
            settings_hash: "11".to_owned(),
            version: "1.0.0".to_owned(),
            options: vec![Name::new("--mono")].into(),
            made_of: None,
            folder: None,
            output_hash: Some("22".to_owned()),
            output_bytes: Some(frames * 2 + 44),
            frames: Some(frames),
            sample_rate: 44_100,
            duration_s: Some(frames as f64 / 44_100.0),
            notes: Some(1),
            peak_dbfs: Some(-3.25),
            lufs: None,
            repairs: Some(0),
            labels: None,
            stems: None,
            fingerprint: None,
            reason: None,
        }
    }

    fn lines(entries: &[Entry]) -> Vec<u8> {
        let lines = entries.iter().map(|entry| entry.line().unwrap());
        lines.collect::<Vec<_>>().concat()
    }

    #[test]
    fn an_entry_is_one_line_that_reads_back_as_itself() {
        let written = entry("a\nb", 7);
        let line = written.line().unwrap();
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(serde_json::from_slice::<Entry>(&line).unwrap(), written);
    }

    #[test]
    fn later_lines_win_and_one_line_each_is_left() {
        let bytes = lines(&[entry("b", 1), entry("a", 2), entry("b", 3)]);
        let manifest = Manifest::parse(bytes);
        let compact = lines(&[entry("a", 2), entry("b", 3)]);
        assert!(!manifest.is_compact());
        let left: Vec<&[u8]> = manifest.lines().collect();
        assert_eq!([left.join(&b'\n'), b"\n".to_vec()].concat(), compact);
        assert!(Manifest::parse(compact).is_compact());
        assert!(Manifest::default().is_compact());
        assert_eq!(manifest.find(&Name::new("b.wav")).unwrap().frames, Some(3));
    }

    #[test]
    fn what_is_read_in_parts_is_what_is_read_at_once() {
        let bytes = lines(&[entry("b", 1), entry("a", 2), entry("b", 3)]);
        let whole = Manifest::parse(bytes.clone());
        for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            // The end of the line may be read with it or with the next one.
            for at in [at, at + 1] {
                let mut parts = Manifest::parse(bytes[..at].to_vec());
                parts.extend(&bytes[at..]);
                assert!(parts.entries().eq(whole.entries()), "{at}");
            }
        }
    }

    #[test]
    fn a_manifest_is_known_by_its_beginning_in_whatever_order() {
        let line = entry("a", 1).line().unwrap();
        assert!(is_manifest(&line));
        // The values of serde_json sort their fields.
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert!(is_manifest(&value.to_string().as_bytes()[..100]));
        for stranger in ["", "input", "{\"name\": \"x\"}", "[\"input\"]"] {
            assert!(!is_manifest(stranger.as_bytes()), "{stranger}");
        }
    }

    #[test]
    fn a_torn_line_costs_only_itself() {
        let bytes = lines(&[entry("a", 1), entry("b", 2), entry("c", 3)]);
        for end in 0..bytes.len() {
            let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
            let read = Manifest::parse(bytes[..end].to_vec()).entries().count();
            // The last byte of a line is its end: without it, the line is still whole.
            assert!(read == whole || (read == whole + 1 && bytes[end] == b'\n'));
        }
    }
}
