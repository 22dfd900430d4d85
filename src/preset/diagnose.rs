//! Why a preset file could not be read: the first key that is unknown or whose value is of the wrong type.

use super::error::{PresetError, TextPlace};
use super::nearest::nearest;
use super::parameter::Domain;
use super::reference::{self, PARAMETERS};
use super::source::{Node, Source};

/// What to tell about a file that serde refused.
pub(super) fn diagnose(source: Source<'_>, error: &toml::de::Error) -> PresetError {
    let mut nodes = source.nodes();
    nodes.sort_by_key(|node| node.key.start);
    nodes
        .iter()
        .find_map(|node| complaint(source, node))
        .unwrap_or_else(|| PresetError::Syntax {
            at: source.at(error.span()),
            message: error.message().replace('\n', " "),
        })
}

fn complaint(source: Source<'_>, node: &Node) -> Option<PresetError> {
    let at = || source.at(Some(node.key.clone()));
    let is_table = reference::is_table(&node.plain);
    let Some(parameter) = reference::find(&node.plain).filter(|_| !is_table) else {
        return match table_complaint(node) {
            _ if !is_table => Some(unknown_key(at(), &node.path, &node.plain)),
            None => None,
            Some(expected) => Some(wrong_type(at(), node, expected.to_owned())),
        };
    };
    (!fits(&parameter.domain, node.kind)).then(|| wrong_type(at(), node, parameter.range_text()))
}

/// What is expected instead, where a table is not what it should be.
fn table_complaint(node: &Node) -> Option<&'static str> {
    match (node.plain.as_str(), node.kind) {
        ("layer", "array of tables") => None,
        ("layer", _) => Some("[[layer]] in two brackets, once for each layer"),
        (_, "table") => None,
        _ => Some("a table"),
    }
}

fn fits(domain: &Domain, kind: &str) -> bool {
    match domain {
        Domain::Text | Domain::Word { .. } => kind == "string",
        Domain::Flag { .. } => kind == "boolean",
        Domain::Number { whole: true, .. } => kind == "integer",
        Domain::Number { whole: false, .. } => kind == "integer" || kind == "float",
        // An empty list could be one of anything.
        Domain::Numbers { .. } => kind.starts_with("array"),
    }
}

fn wrong_type(at: TextPlace, node: &Node, expected: String) -> PresetError {
    let article = if node.kind.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    PresetError::WrongType {
        at,
        key: node.path.clone(),
        found: format!("{article} {}", node.kind),
        expected,
    }
}

/// An unknown key, `plain` being its path without the numbers of layers.
pub(super) fn unknown_key(at: TextPlace, key: &str, plain: &str) -> PresetError {
    let advice = match suggestion(plain) {
        Some(known) => format!("did you mean {known}?"),
        None => "`cascade presets describe` lists every key".to_owned(),
    };
    PresetError::UnknownKey {
        at,
        key: key.to_owned(),
        advice,
    }
}

/// The nearest key of the same table, else the nearest of any, with its table.
fn suggestion(plain: &str) -> Option<&'static str> {
    let (table, key) = plain.rsplit_once('.').unwrap_or(("", plain));
    let tables = PARAMETERS
        .iter()
        .filter_map(|parameter| parameter.table().rsplit('.').next());
    let here = PARAMETERS
        .iter()
        .filter(|parameter| parameter.table() == table)
        .map(|parameter| parameter.key());
    nearest(key, here)
        .or_else(|| nearest(key, tables))
        .or_else(|| {
            let elsewhere = nearest(key, PARAMETERS.iter().map(|parameter| parameter.key()))?;
            PARAMETERS
                .iter()
                .find(|parameter| parameter.key() == elsewhere)
                .map(|parameter| parameter.path)
        })
}

/// The nearest word, and all of them.
pub(super) fn word_advice(word: &str, words: &[&str]) -> String {
    match nearest(word, words.iter().copied()) {
        Some(known) => format!("did you mean \"{known}\"? Known are {}", words.join(", ")),
        None => format!("choose one of {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::sound::Preset;

    fn refused(text: &str) -> String {
        Preset::parse("my.toml", text, &[]).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_names_the_line_and_the_nearest_key() {
        let unknown = |key: &str| refused(&format!("[[layer]]\nwaveform = \"sine\"\n{key}"));
        assert_eq!(
            unknown("pann = 1"),
            "my.toml:3: unknown key layer.1.pann; did you mean pan?"
        );
        let forgotten = "my.toml:3: unknown key layer.1.filter.cutoff; did you mean cutoff_hz?";
        assert_eq!(unknown("filter.cutoff = 1"), forgotten);
        let elsewhere =
            "my.toml:3: unknown key layer.1.attack_s; did you mean layer.envelope.attack_s?";
        assert_eq!(unknown("attack_s = 1"), elsewhere);
        assert_eq!(
            unknown("envelop = { attack_s = 1 }"),
            "my.toml:3: unknown key layer.1.envelop; did you mean envelope?"
        );
        assert_eq!(
            unknown("reverberation = 1"),
            "my.toml:3: unknown key layer.1.reverberation; `cascade presets describe` lists every key"
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_names_what_is_expected() {
        assert_eq!(
            refused("[[layer]]\nwaveform = \"sine\"\n[layer.envelope]\nattack_s = \"soon\""),
            "my.toml:4: layer.1.envelope.attack_s is a string; expected 0 to 60 s"
        );
        assert_eq!(
            refused("choke_group = 1.5"),
            "my.toml:1: choke_group is a float; expected 1 to 127, whole"
        );
        assert_eq!(
            refused("\n[layer]\nwaveform = \"sine\""),
            "my.toml:2: layer is a table; expected [[layer]] in two brackets, once for each layer"
        );
        assert_eq!(
            refused("[[layer]]\nfilter = 3"),
            "my.toml:2: layer.1.filter is an integer; expected a table"
        );
    }

    #[test]
    fn what_is_no_toml_names_the_line() {
        let message = refused("name = \"x\"\n[[layer]\n");
        assert!(
            message.starts_with("my.toml:2: this is not TOML: "),
            "{message}"
        );
        let message = refused("one_shot = true\none_shot = true");
        assert!(
            message.starts_with("my.toml:2: this is not TOML: duplicate key"),
            "{message}"
        );
        let message = refused("choke_group = 99999999999999999999999");
        assert!(message.starts_with("my.toml:1: "), "{message}");
    }
}
