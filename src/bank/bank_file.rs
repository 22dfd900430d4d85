//! The TOML of a bank: which preset plays which programs and which drum keys.
//!
//! ```toml
//! [programs]
//! "0-7" = "electric_piano_1"   # a built-in preset
//! "16" = "my_organ.toml"       # a file beside the bank
//! [variations.8]               # what bank select 8 makes of a program
//! "4" = "electric_piano_1_detuned"
//! [drums]
//! "35-36" = "bass_drum"
//! [kits.25]                    # what program 25 changes of the drums
//! "36" = "analog_bass_drum"
//! ```

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};

use thiserror::Error;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::preset::error::{PresetError, TextPlace};
use crate::preset::source::Source;

/// Why a bank was refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum BankError {
    /// A preset of the bank was refused.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// The text is no TOML.
    #[error("{at}: this is not TOML: {message}")]
    Syntax {
        /// Where.
        at: TextPlace,
        /// What the TOML parser says.
        message: String,
    },
    /// A table other than those that a bank has.
    #[error(
        "{at}: {found} does not belong in a bank; it has the tables [programs], [variations.1] to [variations.127], \
         [drums] and [kits.1] to [kits.127]"
    )]
    UnknownTable {
        /// Where.
        at: TextPlace,
        /// What was found.
        found: String,
    },
    /// A key that is neither a number nor a range, or not of MIDI.
    #[error(
        "{at}: \"{typed}\" is no range of {what}; write \"0-7\" or \"5\", 0 to 127, the lower first"
    )]
    BadRange {
        /// Where.
        at: TextPlace,
        /// What was typed.
        typed: String,
        /// Programs or drum keys.
        what: &'static str,
    },
    /// Two entries for the same program or drum key.
    #[error("{at}: {what} {number} is assigned twice, here and on line {other_line}; keep one")]
    Overlap {
        /// Where.
        at: TextPlace,
        /// Programs or drum keys.
        what: &'static str,
        /// The first number that both have.
        number: u8,
        /// Where the other stands.
        other_line: usize,
    },
    /// An entry whose value is no text.
    #[error(
        "{at}: \"{typed}\" must name a preset in quotes, such as \"oboe\", or a file that ends in .toml"
    )]
    NoName {
        /// Where.
        at: TextPlace,
        /// The entry's key.
        typed: String,
    },
    /// A name that no built-in preset has.
    #[error("{at}: there is no preset \"{name}\"; {advice}")]
    UnknownPreset {
        /// Where.
        at: TextPlace,
        /// The name.
        name: String,
        /// The nearest name, or how to list them.
        advice: String,
    },
    /// A preset file that could not be read.
    #[error("{at}: cannot read the preset file {file}: {reason}")]
    Unreadable {
        /// Where.
        at: TextPlace,
        /// The file as the bank names it.
        file: String,
        /// Why.
        reason: String,
    },
}

/// What an entry assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Slots {
    /// Program Change numbers.
    Programs,
    /// Programs of a variation.
    Variation(u8),
    /// Keys of the drum channel.
    Drums,
    /// Keys of a kit.
    Kit(u8),
}

impl Slots {
    fn what(self) -> &'static str {
        match self {
            Self::Programs | Self::Variation(_) => "program",
            Self::Drums | Self::Kit(_) => "drum key",
        }
    }
}

/// One line of a bank: some programs or drum keys and the preset that plays them.
#[derive(Clone, Debug)]
pub(super) struct BankLine {
    pub(super) slots: Slots,
    pub(super) numbers: RangeInclusive<u8>,
    /// A built-in preset, or a file that ends in `.toml`.
    pub(super) preset: String,
    /// The bytes of the line's key.
    pub(super) span: Range<usize>,
}

/// The entries of a bank in the order of its lines, no number twice.
pub(super) fn parse(source: Source<'_>) -> Result<Vec<BankLine>, BankError> {
    let file = DeTable::parse(source.text).map_err(|error| BankError::Syntax {
        at: source.at(error.span()),
        message: error.message().replace('\n', " "),
    })?;
    let mut entries = Vec::new();
    for (key, value) in file.get_ref() {
        let unknown = |key: &Spanned<DeString<'_>>| BankError::UnknownTable {
            at: source.at(Some(key.span())),
            found: key.get_ref().to_string(),
        };
        let table = value.get_ref().as_table().ok_or_else(|| unknown(key))?;
        match key.get_ref().as_ref() {
            "programs" => collect(source, Slots::Programs, table, &mut entries)?,
            "drums" => collect(source, Slots::Drums, table, &mut entries)?,
            word @ ("variations" | "kits") => {
                for (number, value) in table {
                    let inner = value.get_ref().as_table().zip(positive(number.get_ref()));
                    let (table, chosen) = inner.ok_or_else(|| unknown(number))?;
                    let slots = match word {
                        "kits" => Slots::Kit(chosen),
                        _ => Slots::Variation(chosen),
                    };
                    collect(source, slots, table, &mut entries)?;
                }
            }
            _ => return Err(unknown(key)),
        }
    }
    entries.sort_by_key(|entry| entry.span.start);
    refuse_overlaps(source, &entries)?;
    Ok(entries)
}

fn collect(
    source: Source<'_>,
    slots: Slots,
    table: &DeTable<'_>,
    entries: &mut Vec<BankLine>,
) -> Result<(), BankError> {
    for (key, value) in table {
        let (span, typed) = (key.span(), key.get_ref().to_string());
        let at = || source.at(Some(span.clone()));
        let Some(numbers) = range(&typed) else {
            return Err(BankError::BadRange {
                at: at(),
                typed,
                what: slots.what(),
            });
        };
        let DeValue::String(preset) = value.get_ref() else {
            return Err(BankError::NoName { at: at(), typed });
        };
        entries.push(BankLine {
            slots,
            numbers,
            preset: preset.to_string(),
            span,
        });
    }
    Ok(())
}

/// 1 to 127.
fn positive(typed: &str) -> Option<u8> {
    typed
        .parse()
        .ok()
        .filter(|number| (1..=127).contains(number))
}

/// `"5"` or `"0-7"`, each `0..=127`, the lower first.
fn range(typed: &str) -> Option<RangeInclusive<u8>> {
    let number = |text: &str| {
        text.trim()
            .parse::<u8>()
            .ok()
            .filter(|&number| number <= 127)
    };
    let (low, high) = typed.split_once('-').unwrap_or((typed, typed));
    let (low, high) = (number(low)?, number(high)?);
    (low <= high).then_some(low..=high)
}

fn refuse_overlaps(source: Source<'_>, entries: &[BankLine]) -> Result<(), BankError> {
    let mut owners = HashMap::new();
    for entry in entries {
        for number in entry.numbers.clone() {
            if let Some(other) = owners.insert((entry.slots, number), entry) {
                let other_line = source.at(Some(other.span.clone())).line.unwrap_or(1);
                let at = source.at(Some(entry.span.clone()));
                return Err(BankError::Overlap {
                    at,
                    what: entry.slots.what(),
                    number,
                    other_line,
                });
            }
        }
    }
    Ok(())
}
