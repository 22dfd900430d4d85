//! The house keeps its shape: which room may import which, and what no file may do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The tools, which every room may use.
const TOOLS: [&str; 4] = ["units", "audio", "dsp", "text"];

/// The rooms in the order of the corridor, each with those that it may import besides the tools: arrows point back.
const ROOMS: [(&str, &[&str]); 21] = [
    ("text", &[]),
    ("units", &[]),
    ("dsp", &["units"]),
    ("audio", &["units", "dsp"]),
    ("midi", &[]),
    ("sound", &[]),
    ("score", &["midi", "sound"]),
    ("wav", &[]),
    ("preset", &["sound", "wav"]),
    ("bank", &["sound", "preset"]),
    ("plan", &["score", "sound", "bank"]),
    ("voice", &["sound"]),
    ("tones", &["plan", "voice"]),
    ("mix", &["sound", "plan", "voice", "tones"]),
    ("render", &["sound", "plan", "tones", "mix"]),
    (
        "song",
        &["midi", "score", "bank", "plan", "tones", "render"],
    ),
    ("compare", &["wav"]),
    ("plot", &["score", "plan", "wav", "compare"]),
    ("audition", &["midi", "sound", "bank", "render", "song"]),
    (
        "batch",
        &["midi", "score", "bank", "render", "song", "wav", "compare"],
    ),
    (
        "cli",
        &[
            "midi", "score", "sound", "preset", "bank", "plan", "tones", "mix", "wav", "compare",
            "plot", "render", "song", "audition", "batch",
        ],
    ),
];

/// What stands behind `std::` or `io::` only in the rooms beside it.
const RESERVED: [(&str, &str, &[&str]); 7] = [
    ("std::", "fs", &["cli", "main"]),
    ("std::", "env", &["cli", "main"]),
    ("std::", "time", &["cli", "main"]),
    ("std::", "io", &["cli", "main", "wav", "compare", "batch"]),
    ("io::", "stdin", &["cli", "main"]),
    ("io::", "stdout", &["cli", "main"]),
    ("io::", "stderr", &["cli", "main"]),
];

/// A file of `src`.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A line of code: no comment, no test.
struct Line {
    number: usize,
    text: String,
}

impl Source {
    /// The first part of the path: `mix` for `mix/bus.rs` and for `mix.rs`.
    pub(crate) fn room(&self) -> &str {
        let first = self.path.iter().next().unwrap().to_str().unwrap();
        first.trim_end_matches(".rs")
    }

    /// The lines before the tests, without comments. A `use` of several lines is one.
    fn code(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut within_use = false;
        let code = self
            .text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for (index, text) in code.lines().enumerate() {
            let text = text.split("//").next().unwrap_or_default();
            match lines.last_mut() {
                Some(last) if within_use => last.text.push_str(text.trim()),
                _ => lines.push(Line {
                    number: index + 1,
                    text: text.to_owned(),
                }),
            }
            let is_use =
                within_use || text.trim_start().starts_with("use ") || text.contains(" use ");
            within_use = is_use && !text.contains(';');
        }
        lines
    }

    fn place(&self, line: usize) -> String {
        format!("src/{}:{line}", self.path.display())
    }
}

/// Every file of `src`, in order of path.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path).unwrap(),
            path: path.strip_prefix(&root).unwrap().to_path_buf(),
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The names that a line has behind `root`: `audio` and `units` in `use crate::{audio, units::{Hertz, Key}}`.
fn named<'a>(text: &'a str, root: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (place, _) in text.match_indices(root) {
        let rest = &text[place + root.len()..];
        match rest.strip_prefix('{') {
            None => found.push(first_name(rest)),
            Some(list) => found.extend(items(list).into_iter().map(first_name)),
        }
    }
    found
}

/// The items of a list in braces, from behind its opening brace; what stands in inner braces belongs to its item.
pub(crate) fn items(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (place, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                let item = list[start..place].trim();
                items.extend((!item.is_empty()).then_some(item));
                start = place + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

fn first_name(text: &str) -> &str {
    let text = text.trim();
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    &text[..text
        .find(|character| !is_name(character))
        .unwrap_or(text.len())]
}

/// Fails with every offence, each with its file and line.
fn no_offences(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n{}", offences.join("\n"));
}

#[test]
fn no_room_imports_one_behind_it() {
    let mut offences = Vec::new();
    for source in sources() {
        let room = source.room();
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            continue;
        };
        for line in source.code() {
            for import in named(&line.text, "crate::") {
                let is_tool = TOOLS.contains(&import) && !TOOLS.contains(&room);
                if !(import == room || is_tool || allowed.contains(&import)) {
                    offences.push(format!(
                        "{}: {room} imports {import}",
                        source.place(line.number)
                    ));
                }
            }
        }
    }
    no_offences(
        "a room imports what the table in tests/it/layout.rs does not allow it",
        &offences,
    );
}

#[test]
fn every_room_is_in_the_table() {
    let known: BTreeSet<&str> = ROOMS
        .iter()
        .map(|(name, _)| *name)
        .chain(["lib", "main", "math"])
        .collect();
    let rooms: BTreeSet<String> = sources()
        .iter()
        .map(|source| source.room().to_owned())
        .collect();
    let unknown: Vec<String> = rooms
        .iter()
        .filter(|room| !known.contains(room.as_str()))
        .cloned()
        .collect();
    no_offences(
        "a room is missing in the table in tests/it/layout.rs",
        &unknown,
    );
}

#[test]
fn the_table_allows_only_rooms_that_come_before() {
    for (index, (room, allowed)) in ROOMS.iter().enumerate() {
        for import in *allowed {
            assert!(
                ROOMS[..index].iter().any(|(before, _)| before == import),
                "{room} may import {import}, which does not come before it"
            );
        }
    }
}

#[test]
fn files_streams_and_time_belong_to_the_command_line() {
    let mut offences = Vec::new();
    for source in sources() {
        for line in source.code() {
            for (root, name, rooms) in RESERVED {
                if named(&line.text, root).contains(&name) && !rooms.contains(&source.room()) {
                    offences.push(format!("{}: {root}{name}", source.place(line.number)));
                }
            }
        }
    }
    no_offences("the core is bytes in, samples out", &offences);
}

#[test]
fn every_file_opens_with_a_sentence() {
    let offences: Vec<String> = sources()
        .iter()
        .filter(|source| !opens_with_a_sentence(&source.text))
        .map(|source| source.place(1))
        .collect();
    no_offences(
        "the first lines are no `//!` sentence that ends in a full stop",
        &offences,
    );
}

fn opens_with_a_sentence(text: &str) -> bool {
    let head = text.lines().map_while(|line| line.strip_prefix("//!"));
    let first = head.take_while(|line| !line.trim().is_empty()).last();
    first.is_some_and(|line| line.trim_end().ends_with(['.', ':']))
}

#[test]
fn nothing_is_a_drawer_for_odds_and_ends() {
    let drawers = ["utils", "util", "helpers", "helper", "common", "misc"];
    let mut offences = Vec::new();
    for source in sources() {
        let names = source
            .path
            .iter()
            .map(|part| part.to_str().unwrap().trim_end_matches(".rs"));
        if names.clone().any(|name| drawers.contains(&name)) {
            offences.push(source.place(1));
        }
        for line in source.code() {
            let mut words = line.text.split([' ', ';', '{']);
            if words.any(|word| word == "mod")
                && words.next().is_some_and(|name| drawers.contains(&name))
            {
                offences.push(source.place(line.number));
            }
        }
    }
    no_offences("a name that says nothing", &offences);
}

#[test]
fn imports_are_found_wherever_they_stand() {
    let check = |text, expected: &[&str]| assert_eq!(named(text, "crate::"), expected, "{text}");
    check("use crate::units::{Hertz, Key};", &["units"]);
    check(
        "use crate::{audio, dsp::{sine::sine, lfo}, units::Key};",
        &["audio", "dsp", "units"],
    );
    check(
        "fn mix(a: crate::audio::Stereo, b: &crate::plan::Plan)",
        &["audio", "plan"],
    );
    assert_eq!(named("use std::{env, fs};", "std::"), ["env", "fs"]);
    let text = "use crate::{\n    audio,\n    plan,\n};\nfn main() {}\n#[cfg(test)]\nmod tests {\n use crate::cli;".to_owned();
    let source = Source {
        path: PathBuf::from("mix/bus.rs"),
        text,
    };
    let lines: Vec<_> = source
        .code()
        .iter()
        .map(|line| (line.number, named(&line.text, "crate::").len()))
        .collect();
    assert_eq!((source.room(), lines), ("mix", vec![(1, 2), (5, 0)]));
}
