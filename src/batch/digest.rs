//! What two runs must share to give the same samples from the same input, as one hash.

use std::fmt::{self, Debug, Write};

use crate::preset::Bank;

/// BLAKE3 of bytes, as hexadecimal digits.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The hash of all sounds of a bank, resolved; of the other settings, in the form that [`Debug`] gives them (which shows
/// numbers so that they read back as themselves); and of the program's version.
#[must_use]
pub fn of_settings(bank: &Bank, others: &dyn Debug) -> String {
    let mut text = Text(blake3::Hasher::new());
    // Hashing cannot fail.
    let _ = write!(text, "{} {others:?}", env!("CARGO_PKG_VERSION"));
    for id in bank.ids() {
        let plays = (
            (bank.programs_of(id), bank.variations_of(id)),
            (bank.drum_keys_of(id), bank.kits_of(id)),
        );
        let _ = write!(text, "\n{plays:?} {:?}", bank.preset(id));
    }
    text.0.finalize().to_hex().to_string()
}

/// Text that is hashed as it is written.
struct Text(blake3::Hasher);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::Override;

    #[test]
    fn equal_settings_have_equal_hashes_and_others_have_not() {
        let hash = |overrides: &[Override], others: &dyn Debug| {
            of_settings(&Bank::built_in(overrides).unwrap(), others)
        };
        let louder = Override::parse("level_db=-3").unwrap();
        let plain = hash(&[], &1.0);
        assert_eq!(plain, hash(&[], &1.0));
        assert_ne!(plain, hash(&[], &1.5));
        assert_ne!(plain, hash(&[louder], &1.0));
    }

    #[test]
    fn it_does_not_matter_which_sounds_were_asked_for_before() {
        let bank = Bank::built_in(&[]).unwrap();
        let before = of_settings(&bank, &());
        for id in bank.ids() {
            let _ = bank.preset(id);
        }
        assert_eq!(before, of_settings(&bank, &()));
    }
}
