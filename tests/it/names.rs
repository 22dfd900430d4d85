//! Names of files, and strings in them, that were made to deceive whoever reads what is told of them.

use std::ffi::{OsStr, OsString};
use std::fs;

use cascade::text::is_unsafe;
use proptest::prelude::*;

use super::cli::{DAMAGED, Desk, NOTE, midi};

/// Ends a line and forges another, colours it, clears the screen, turns the direction of writing, rings the bell.
const HOSTILE: &str = "a\nforged: b\u{1b}[31m\u{9b}2J\u{202e}c\u{2028}\u{7}\u{7f}\rforged";

/// Names that were made in good faith.
const ORDINARY: [&str; 5] = [
    "Für Elise",
    "Fu\u{308}r",
    "さくら",
    "שלום",
    "👩\u{200d}🎤 ♫",
];

/// What was said, on both streams, after it was found to be safe.
fn said(desk: &Desk, words: &[&OsStr]) -> String {
    let output = desk.command("").args(words).env_remove("CI").output();
    let output = output.unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_ne!(output.status.code(), None, "{words:?}");
    let text = text.concat();
    check_safe(&text);
    text
}

fn check_safe(text: &str) {
    let unsafe_ones = |c: char| is_unsafe(c) && c != '\n';
    assert!(!text.contains(unsafe_ones), "{text:?}");
    let is_forged = |line: &str| line.trim_start().starts_with("forged");
    assert!(!text.lines().any(is_forged), "{text}");
}

/// Runs a line, in which {} stands for a name, and expects that something was said.
fn check(desk: &Desk, line: &str, name: impl AsRef<OsStr>) {
    let put_in = |word: &str| -> OsString {
        let mut parts = word.split("{}");
        let mut whole = OsString::from(parts.next().unwrap());
        for part in parts {
            whole.push(name.as_ref());
            whole.push(part);
        }
        whole
    };
    let words: Vec<OsString> = line.split(' ').map(put_in).collect();
    let words: Vec<&OsStr> = words.iter().map(AsRef::as_ref).collect();
    assert!(!said(desk, &words).is_empty(), "{line}");
}

/// A song with a track name, a text and damage.
fn titled(title: &str) -> Vec<u8> {
    let length = u8::try_from(title.len()).unwrap();
    let event = |kind: u8| [&[0, 0xFF, kind, length], title.as_bytes()].concat();
    midi(&[event(3), event(1), DAMAGED.to_vec()].concat())
}

#[cfg(unix)]
#[test]
fn whatever_names_are_nothing_that_is_told_obeys_them() {
    let desk = Desk::new();
    desk.put(format!("{HOSTILE}.mid"), titled(HOSTILE));
    desk.put(format!("{HOSTILE}.toml"), "[[layer]]\nwave = 1");
    desk.put(
        format!("{HOSTILE}.bank"),
        "[programs]\n\"0\" = \"none.toml\"",
    );
    for line in [
        "render -v {}.mid",
        "render --progress on {}.mid",
        "render --strict {}.mid",
        "render {}.mid song.mid -o {}",
        "render {}.mid song.mid -o {} --report json",
        "render none{}.mid",
        "render song.mid --preset {}",
        "render song.mid --preset {}.toml",
        "render song.mid --bank {}.bank",
        "render song.mid --set {}=1",
        "render song.mid --format {}",
        "render song.mid --{}",
        "render song.mid --config none{}",
        "render song.mid -o none/{}.wav",
        "{}",
        "inspect {}.mid",
        "inspect {}.mid --json",
        "inspect none{}.mid",
        "compare {}.wav song.mid",
        "compare {}.wav none{}",
        "compare {}.wav {}.wav",
        "compare --self-test {}.wav",
        "verify {}",
        "presets check {}.toml {}.bank",
        "presets show {}",
        "man {}",
    ] {
        check(&desk, line, HOSTILE);
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_told_all_the_same() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    let name = OsStr::from_bytes(b"caf\xE9\x1b[31m");
    let mut file = name.to_owned();
    file.push(".mid");
    desk.put(&file, midi(DAMAGED));
    for line in [
        "render {}.mid",
        "inspect {}.mid",
        "inspect none{}",
        "render --{}",
        "compare {} {}",
    ] {
        check(&desk, line, name);
    }
}

#[test]
fn ordinary_names_are_told_as_they_are() {
    let desk = Desk::new();
    for name in ORDINARY {
        desk.put(format!("{name}.mid"), titled(name));
        let file = format!("{name}.mid");
        let told = said(&desk, &["inspect", &file].map(OsStr::new));
        assert_eq!(told.matches(name).count(), 2, "{told}");
        let told = said(&desk, &["render", &file].map(OsStr::new));
        assert!(told.contains(&format!("warning: {file}: ")), "{told}");
    }
}

#[test]
fn the_strings_of_a_configuration_are_told_safely() {
    let desk = Desk::new();
    let quoted = serde_json::to_string(HOSTILE)
        .unwrap()
        .replace('\u{7f}', "\\u007f");
    for line in [
        format!("{quoted} = 1"),
        format!("format = {quoted}"),
        format!("preset = {quoted}"),
        format!("bank = {quoted}"),
        format!("[{quoted}]\na = 1"),
    ] {
        desk.put("cascade.toml", &line);
        check(&desk, "render song.mid", "");
    }
}

#[cfg(unix)]
#[test]
fn reports_that_are_files_are_safe_too() {
    let desk = Desk::new();
    fs::create_dir(desk.path("songs")).unwrap();
    let song = format!("songs/{HOSTILE}.mid");
    desk.put(&song, titled(HOSTILE));
    desk.put("songs/other.mid", midi(NOTE));
    check(&desk, "render --bless {} songs -o golden -v", HOSTILE);
    desk.put("songs/other.mid", titled("another"));
    check(
        &desk,
        "compare golden {} --junit c.xml --html c.html",
        "songs",
    );
    let song_name = OsStr::new(&song);
    said(
        &desk,
        &[
            "inspect".as_ref(),
            song_name,
            "--plot".as_ref(),
            "x.svg".as_ref(),
        ],
    );
    desk.put(&song, midi(NOTE));
    for manifest in ["golden", "forged.jsonl"] {
        let line = format!("verify {manifest} --junit v.xml --html v.html");
        let bytes = desk.read("golden/cascade-manifest.jsonl");
        let text = String::from_utf8(bytes).unwrap();
        desk.put("forged.jsonl", forged(&text));
        check(&desk, &line, "");
        check(&desk, &format!("verify {manifest} --report json"), "");
        for report in ["v.xml", "v.html"] {
            check_safe(&String::from_utf8(desk.read(report)).unwrap());
        }
    }
    for report in ["c.xml", "c.html", "x.svg"] {
        check_safe(&String::from_utf8(desk.read(report)).unwrap());
    }
}

/// A manifest whose every string is hostile, but for what tells songs apart.
fn forged(manifest: &str) -> String {
    let fields = [
        "input",
        "version",
        "reason",
        "error",
        "settings_hash",
        "output_hash",
        "options",
    ];
    let mut lines = String::new();
    for line in manifest.lines() {
        for field in fields {
            let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
            entry[field] = match field {
                "options" => serde_json::json!(["--preset", HOSTILE, HOSTILE]),
                _ => HOSTILE.into(),
            };
            entry["output"] = format!("{field}{}.wav", lines.len()).into();
            lines.push_str(&format!("{entry}\n"));
        }
    }
    lines
}

/// Names that a file can have, with many of those characters that do something.
fn name() -> impl Strategy<Value = String> {
    let acting: Vec<char> = HOSTILE.chars().filter(|c| is_unsafe(*c)).collect();
    let character = prop_oneof![any::<char>(), prop::sample::select(acting)];
    let nameable = |c: &char| !matches!(c, '/' | '\0');
    let names = prop::collection::vec(character.prop_filter("no name", nameable), 1..20);
    names.prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_name_makes_a_message_unsafe(name in name()) {
        let desk = Desk::new();
        let file = format!("song {name}.mid");
        // Other systems do not have every name.
        if fs::write(desk.path(&file), titled(&name)).is_ok() {
            said(&desk, &["inspect", &file].map(OsStr::new));
            said(&desk, &["render", "-v", "--progress", "on", &file].map(OsStr::new));
        }
        said(&desk, &["render", "song.mid", &format!("--{name}")].map(OsStr::new));
        said(&desk, &["render", &format!("none {name}")].map(OsStr::new));
    }
}
