//! Text that others wrote, file names and strings of files above all, made safe to show.

use std::fmt::{self, Display, Formatter, Write};

/// Shows something with its unsafe characters escaped, as `\n` or `\u{202e}`: always one line, in the order in which it
/// is stored, and nothing that a terminal obeys. Showing it twice is showing it once.
#[derive(Clone, Copy, Debug)]
pub struct Shown<T>(pub T);

impl<T: Display> Display for Shown<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(Escaping(formatter), "{}", self.0)
    }
}

/// Escapes what is written through it.
struct Escaping<'a, 'f>(&'a mut Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(place) = rest.find(is_unsafe) {
            let (safe, from) = rest.split_at(place);
            self.0.write_str(safe)?;
            let mut characters = from.chars();
            if let Some(found) = characters.next() {
                write!(self.0, "{}", found.escape_default())?;
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Whether a character does something to a terminal, a line or a reader instead of being seen: control characters, those
/// that end a line or change the direction of writing, and those that XML does not know.
#[must_use]
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Unicode's Bidi_Control.
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            // The separators of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            | '\u{FFFE}' | '\u{FFFF}')
}

/// JSON whose strings have the unsafe characters as `\u202e`. Any reader of JSON takes it for the same.
#[must_use]
pub fn safe_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        match is_unsafe(character) {
            // None of them is beyond the 16 bits that JSON has for one. Writing to a string cannot fail.
            true => _ = write!(safe, "\\u{:04x}", u32::from(character)),
            false => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Shown(text).to_string(), expected);
    }

    #[test]
    fn what_acts_on_a_terminal_or_a_reader_is_escaped() {
        check("a\nb\r\tc", "a\\nb\\r\\tc");
        check("\x1b[31mred\x07\0\x7f", "\\u{1b}[31mred\\u{7}\\u{0}\\u{7f}");
        check("\u{9b}2J\u{85}", "\\u{9b}2J\\u{85}");
        check("gnp.\u{202e}dim", "gnp.\\u{202e}dim");
        check(
            "a\u{2028}b\u{2066}c\u{200f}",
            "a\\u{2028}b\\u{2066}c\\u{200f}",
        );
        check("\u{ffff}", "\\u{ffff}");
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "",
            "Für Elise.mid",
            "Fu\u{308}r Elise.mid",
            "さくら さくら.mid",
            "שלום.mid",
            "👩\u{200d}🎤 🏴\u{e0067}\u{e0062}\u{e007f}.mid",
            "C:\\songs\\new.mid",
            "\u{fffd}",
        ] {
            check(name, name);
        }
    }

    #[test]
    fn json_means_the_same() {
        let text = "a\u{202e}b\u{9b}\x7f\n\"\\é";
        let json = serde_json::to_string(text).unwrap();
        let safe = safe_json(&json);
        assert!(!safe.contains(is_unsafe), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }

    proptest! {
        #[test]
        fn whatever_is_shown_is_safe_and_shown_once(text in any::<String>(), more in any::<char>()) {
            let shown = Shown(format_args!("{text}: {more}")).to_string();
            prop_assert!(!shown.contains(is_unsafe));
            prop_assert_eq!(Shown(&shown).to_string(), shown);
        }
    }
}
