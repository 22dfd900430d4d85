//! What was found damaged in a file, and how it was mended.

use std::fmt;

/// Everything that was repaired in a file: all of it counted, the first [`Repairs::KEPT`] kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    total: usize,
    kept: Vec<Repair>,
}

impl Repairs {
    /// How many repairs are kept for showing; the others are only counted.
    pub const KEPT: usize = 1_000;

    /// How many repairs there were.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    /// Whether nothing had to be repaired.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The first [`Repairs::KEPT`] repairs, in the order in which they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Repair> {
        self.kept.iter()
    }

    /// Counts a repair, and keeps it if it is among the first.
    pub(super) fn record(&mut self, track: Option<usize>, offset: usize, kind: RepairKind) {
        self.total += 1;
        if self.kept.len() < Self::KEPT {
            self.kept.push(Repair {
                track,
                offset,
                kind,
            });
        }
    }
}

impl<'r> IntoIterator for &'r Repairs {
    type Item = &'r Repair;
    type IntoIter = std::slice::Iter<'r, Repair>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One repair. Shown as a sentence: `track 3, byte 0x1a2c: undefined status byte 0xF4 skipped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The track, counted from 0 (shown from 1); `None` for the container around the tracks.
    pub track: Option<usize>,
    /// The damaged byte, counted from the start of the file.
    pub offset: usize,
    /// What was found and what was done.
    pub kind: RepairKind,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(track) = self.track {
            write!(f, "track {}, ", track + 1)?;
        }
        write!(f, "byte {:#x}: {}", self.offset, self.kind)
    }
}

/// What was found damaged, and what was done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairKind {
    /// Bytes before the file header, as MacBinary puts there.
    LeadingBytes(usize),
    /// A transfer in text mode wrote CR LF for LF; holds how often. Later offsets count the bytes before it.
    TextTransfer(usize),
    /// A RIFF or RIFF `data` length that the file does not bear out.
    RiffLength(u32),
    /// A header length that leads nowhere.
    HeaderLength(u32),
    /// A format above 2.
    Format(u16),
    /// More than one track in a file of format 0.
    SingleTrackFormat(usize),
    /// A track count that differs from the tracks there are.
    TrackCount {
        /// What the header says.
        declared: u16,
        /// How many there are.
        found: usize,
    },
    /// More tracks than the header's 16 bits can count; holds the bytes left out.
    TooManyTracks(usize),
    /// Bytes where a chunk should begin.
    StrayBytes(usize),
    /// A track length that the track's events do not bear out.
    TrackLength {
        /// What the chunk says.
        declared: u32,
        /// How many bytes the track has.
        found: usize,
    },
    /// A track without End of Track.
    MissingEndOfTrack,
    /// Bytes in the chunk after End of Track.
    BytesAfterEnd(usize),
    /// A track that begins with running status, of the track before it.
    InheritedStatus(u8),
    /// Running status across a meta event or SysEx, which cancel it.
    CarriedStatus(u8),
    /// Data bytes at the start of the first track, without any status.
    NoStatus(usize),
    /// A status byte that has no place in a file.
    UndefinedStatus(u8),
    /// A data byte above 127.
    DataByte {
        /// What stands there.
        found: u8,
        /// What it was read as.
        read: u8,
    },
    /// An event with status bytes among its data, while a sound event begins within it; holds the bytes skipped.
    BrokenEvent(usize),
    /// A variable-length quantity of more than four bytes.
    LongQuantity(usize),
    /// A delta time too long to be meant: above 2^30 ticks.
    AbsurdDelta,
    /// A meta event or SysEx longer than the track; holds the bytes skipped.
    Overrun(usize),
    /// A meta event or SysEx longer than the track, after which no event is found; holds the bytes lost.
    Lost(usize),
    /// An event cut off by the end of the track; holds its bytes.
    Truncated(usize),
    /// A Set Tempo whose length is not 3.
    TempoLength(usize),
    /// A Set Tempo of 0 microseconds per quarter note.
    TempoZero,
}

impl fmt::Display for RepairKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LeadingBytes(n) => write!(f, "{} before the MIDI header skipped", bytes(n)),
            Self::TextTransfer(n) => {
                write!(
                    f,
                    "{n} times CR LF for LF by a transfer in text mode, undone (later offsets are without)"
                )
            }
            Self::RiffLength(n) => write!(f, "RIFF length of {n} bytes is wrong, ignored"),
            Self::HeaderLength(n) => write!(
                f,
                "header length of {n} bytes is wrong, read on at the first track"
            ),
            Self::Format(n) => write!(f, "format {n} does not exist, read as format 1"),
            Self::SingleTrackFormat(n) => write!(f, "format 0 with {n} tracks read as format 1"),
            Self::TrackCount { declared, found } => {
                write!(f, "track count of {declared} is wrong, {found} read")
            }
            Self::TooManyTracks(n) => write!(
                f,
                "more than {} tracks, the last {} ignored",
                u16::MAX,
                bytes(n)
            ),
            Self::StrayBytes(n) => write!(f, "{} skipped where a chunk should begin", bytes(n)),
            Self::TrackLength { declared, found } => {
                write!(f, "track length of {declared} bytes is wrong, {found} read")
            }
            Self::MissingEndOfTrack => write!(f, "End of Track is missing, the track ends here"),
            Self::BytesAfterEnd(n) => write!(f, "{} after End of Track ignored", bytes(n)),
            Self::InheritedStatus(s) => write!(
                f,
                "no status byte, {s:#04X} of the previous track carried on"
            ),
            Self::CarriedStatus(s) => write!(
                f,
                "running status {s:#04X} carried on across a meta event or SysEx"
            ),
            Self::NoStatus(n) => write!(f, "{} without a status byte skipped", bytes(n)),
            Self::UndefinedStatus(s) => write!(f, "undefined status byte {s:#04X} skipped"),
            Self::DataByte { found, read } => {
                write!(f, "data byte {found} is above 127, read as {read}")
            }
            Self::BrokenEvent(n) => write!(f, "{} of a broken event skipped", bytes(n)),
            Self::LongQuantity(n) => write!(
                f,
                "variable-length quantity of {n} bytes, more than 4, read in full"
            ),
            Self::AbsurdDelta => write!(f, "delta time above 2^30 ticks read as 0"),
            Self::Overrun(n) => write!(
                f,
                "meta event or SysEx longer than the track, {} skipped",
                bytes(n)
            ),
            Self::Lost(n) => write!(
                f,
                "meta event or SysEx longer than the track, {} lost",
                bytes(n)
            ),
            Self::Truncated(n) => write!(
                f,
                "event cut off by the end of the track, {} dropped",
                bytes(n)
            ),
            Self::TempoLength(n) => write!(f, "Set Tempo of {}, not 3, ignored", bytes(n)),
            Self::TempoZero => write!(f, "Set Tempo of 0 µs per quarter note ignored"),
        }
    }
}

/// `1 byte`, `2 bytes`.
fn bytes(count: usize) -> String {
    format!("{count} byte{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repair_reads_as_a_sentence() {
        let repair = Repair {
            track: Some(2),
            offset: 0x1a2c,
            kind: RepairKind::UndefinedStatus(0xF4),
        };
        assert_eq!(
            repair.to_string(),
            "track 3, byte 0x1a2c: undefined status byte 0xF4 skipped"
        );
        let repair = Repair {
            track: None,
            offset: 0,
            kind: RepairKind::LeadingBytes(1),
        };
        assert_eq!(
            repair.to_string(),
            "byte 0x0: 1 byte before the MIDI header skipped"
        );
    }

    #[test]
    fn every_repair_is_counted_but_only_the_first_thousand_are_kept() {
        let mut repairs = Repairs::default();
        assert!(repairs.is_empty());
        for offset in 0..5_000 {
            repairs.record(None, offset, RepairKind::TempoZero);
        }
        assert_eq!(
            (repairs.total(), repairs.iter().len()),
            (5_000, Repairs::KEPT)
        );
        assert_eq!(repairs.iter().last().map(|repair| repair.offset), Some(999));
    }
}
