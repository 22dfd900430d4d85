//! The text of a TOML file and its name, to say on which line something stands.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::TextPlace;

/// A TOML file as the user knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// Its name as the user typed it.
    pub(crate) shown: &'a str,
    /// Its text.
    pub(crate) text: &'a str,
}

impl<'a> Source<'a> {
    /// The place of a span of bytes.
    pub(crate) fn at(&self, span: Option<Range<usize>>) -> TextPlace {
        let line = span.map(|span| {
            1 + self
                .text
                .bytes()
                .take(span.start)
                .filter(|&byte| byte == b'\n')
                .count()
        });
        TextPlace {
            origin: self.shown.to_owned(),
            line,
        }
    }

    /// The place of a key (`layer.2.filter.cutoff_hz`), or of the table that it would stand in.
    pub(crate) fn at_key(&self, path: &str) -> TextPlace {
        let nodes = self.nodes();
        let mut path = path;
        loop {
            if let Some(node) = nodes.iter().find(|node| node.path == path) {
                return self.at(Some(node.key.clone()));
            }
            match path.rsplit_once('.') {
                Some((table, _)) => path = table,
                None => return TextPlace::whole(self.shown),
            }
        }
    }

    /// Every key and table, outer before inner; nothing if the text is no TOML.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let mut nodes = Vec::new();
        if let Ok(table) = DeTable::parse(self.text) {
            collect(table.get_ref(), "", "", &mut nodes);
        }
        nodes
    }

    /// The name of the file without folders and ending: `presets/piano.toml` is `piano`.
    pub(crate) fn stem(&self) -> &'a str {
        let file = self.shown.rsplit(['/', '\\']).next().unwrap_or(self.shown);
        file.strip_suffix(".toml").unwrap_or(file)
    }
}

/// A key or table of a file.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Its path with layers counted from 1: `layer.2.filter.cutoff_hz`.
    pub(crate) path: String,
    /// Its path as the table of parameters has it: `layer.filter.cutoff_hz`.
    pub(crate) plain: String,
    /// The bytes of its key, or of its heading.
    pub(crate) key: Range<usize>,
    /// What kind of value it has: `string`, `integer`, `float`, `boolean`, `datetime`, `array`, `table`, `array of tables`.
    pub(crate) kind: &'static str,
}

fn collect(table: &DeTable<'_>, path: &str, plain: &str, nodes: &mut Vec<Node>) {
    for (key, value) in table {
        let (path, plain) = (join(path, key.get_ref()), join(plain, key.get_ref()));
        nodes.push(Node {
            path: path.clone(),
            plain: plain.clone(),
            key: key.span(),
            kind: kind(value.get_ref()),
        });
        match value.get_ref() {
            DeValue::Table(inner) => collect(inner, &path, &plain, nodes),
            DeValue::Array(items) => collect_items(items, &path, &plain, nodes),
            _ => {}
        }
    }
}

fn collect_items<'a>(
    items: impl IntoIterator<Item = &'a Spanned<DeValue<'a>>>,
    path: &str,
    plain: &str,
    nodes: &mut Vec<Node>,
) {
    for (i, item) in items.into_iter().enumerate() {
        if let DeValue::Table(inner) = item.get_ref() {
            let path = format!("{path}.{}", i + 1);
            let node = Node {
                path: path.clone(),
                plain: plain.to_owned(),
                key: item.span(),
                kind: "array of tables",
            };
            nodes.push(node);
            collect(inner, &path, plain, nodes);
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Array(items) if items.iter().all(|item| item.get_ref().is_table()) => {
            "array of tables"
        }
        other => other.type_str(),
    }
}

fn join(table: &str, key: &str) -> String {
    if table.is_empty() {
        key.to_owned()
    } else {
        format!("{table}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"x\"\n\n[[layer]]\n[[layer]]\nwaveform = \"sine\"\n[layer.filter]\ncutoff_hz = 9\n";

    fn line(path: &str) -> Option<usize> {
        Source {
            shown: "x.toml",
            text: TEXT,
        }
        .at_key(path)
        .line
    }

    #[test]
    fn a_key_stands_on_its_line_and_a_missing_one_on_that_of_its_table() {
        assert_eq!(line("name"), Some(1));
        assert_eq!(line("layer.2.filter.cutoff_hz"), Some(7));
        assert_eq!(line("layer.2.filter.resonance"), Some(6));
        assert_eq!(line("layer.1.level_db"), Some(3));
        assert_eq!(line("layer.2.envelope.attack_s"), Some(4));
        assert_eq!(line("choke_group"), None);
    }

    #[test]
    fn the_stem_is_the_name_without_folders_and_ending() {
        assert_eq!(
            Source {
                shown: "a/b\\c.toml",
                text: ""
            }
            .stem(),
            "c"
        );
        assert_eq!(
            Source {
                shown: "-",
                text: ""
            }
            .stem(),
            "-"
        );
    }
}
