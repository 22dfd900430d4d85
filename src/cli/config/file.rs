//! The keys of a TOML file with their values as words and their lines.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A key of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DefaultOption {
    pub(super) key: String,
    pub(super) value: Value,
    /// Counted from 1.
    pub(super) line: usize,
}

/// What stands behind a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `true` or `false`.
    Switch(bool),
    /// A string or a number, as it would be typed.
    Word(String),
    /// Several of them.
    List(Vec<String>),
}

/// The keys of a file, those outside of any section and those in `section`.
pub(super) fn entries(path: &Path, text: &str, section: &str) -> Result<Vec<DefaultOption>> {
    let file = File { path, text };
    let table = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        anyhow!("{}: {}", file.place(start), error.message())
    })?;
    let mut entries = Vec::new();
    for (key, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(inner) if key.get_ref() == section => {
                for (key, value) in inner {
                    entries.push(file.entry(key, value)?);
                }
            }
            DeValue::Table(_) => bail!(
                "{}: unknown section [{}]; there is only [{section}]",
                file.place(key.span().start),
                key.get_ref()
            ),
            _ => entries.push(file.entry(key, value)?),
        }
    }
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

struct File<'f> {
    path: &'f Path,
    text: &'f str,
}

impl File<'_> {
    fn entry(
        &self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<DefaultOption> {
        let start = key.span().start;
        let value = read(value.get_ref()).ok_or_else(|| {
            let place = self.place(start);
            let key = key.get_ref();
            anyhow!("{place}: {key} is neither true, false, a word, a number nor a list of them")
        })?;
        Ok(DefaultOption {
            key: key.get_ref().clone().into_owned(),
            value,
            line: self.line(start),
        })
    }

    fn place(&self, start: usize) -> String {
        format!("{}:{}", self.path.display(), self.line(start))
    }

    fn line(&self, start: usize) -> usize {
        let before = self.text.bytes().take(start);
        1 + before.filter(|byte| *byte == b'\n').count()
    }
}

fn read(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::Boolean(on) => Some(Value::Switch(*on)),
        DeValue::Array(items) => {
            let words = items.iter().map(|item| word(item.get_ref()));
            words.collect::<Option<_>>().map(Value::List)
        }
        value => word(value).map(Value::Word),
    }
}

/// A string or a number as it would be typed.
fn word(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) => {
            let value = i64::from_str_radix(number.as_str(), number.radix());
            value.ok().map(|value| value.to_string())
        }
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        // A clock is how times are typed too.
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Boolean(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Value, usize)]) {
        let found = entries(Path::new("c.toml"), text, "render").unwrap();
        let expected: Vec<DefaultOption> = expected
            .iter()
            .map(|(key, value, line)| DefaultOption {
                key: (*key).to_owned(),
                value: value.clone(),
                line: *line,
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    fn word(text: &str) -> Value {
        Value::Word(text.to_owned())
    }

    #[test]
    fn values_become_words() {
        check(
            "format = 'f32'\ngain = -6.5\n\nmemory = 0x10\n[render]\nmono = true\nmute = [4, '10-12']\n",
            &[
                ("format", word("f32"), 1),
                ("gain", word("-6.5"), 2),
                ("memory", word("16"), 4),
                ("mono", Value::Switch(true), 6),
                (
                    "mute",
                    Value::List(vec!["4".to_owned(), "10-12".to_owned()]),
                    7,
                ),
            ],
        );
    }

    #[test]
    fn what_is_no_option_names_its_line() {
        let check = |text: &str, expected: &str| {
            let error = entries(Path::new("c.toml"), text, "render").unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
        };
        check(
            "a = 1\n[inspect]\njson = true",
            "c.toml:2: unknown section [inspect]",
        );
        check("\nset = [{a = 1}]", "c.toml:2: set is neither");
        check("a = 1\nb = \n", "c.toml:2: ");
        check("[render]\na.b = 1", "c.toml:2: a is neither");
    }
}
