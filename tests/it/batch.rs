//! Many songs: folders, lists and shards in, a mirrored tree and its manifest out, whatever happens on the way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cascade::batch::digest::{self, SampleHasher};
use cascade::batch::manifest::Manifest;

use super::cli::{DAMAGED, Desk, LONG, NOTE, midi};

/// The manifest of an output folder.
const MANIFEST: &str = "cascade-manifest.jsonl";

/// A note of another key for each number, so that no two songs are equal.
fn song(number: u8) -> Vec<u8> {
    let key = 30 + number;
    midi(&[0, 0x90, key, 0x40, 0x60, 0x80, key, 0x40])
}

/// A desk with a tree of five songs, one of them damaged, and a text.
fn desk() -> Desk {
    let desk = Desk::new();
    for folder in ["midi/a/b", "midi/c"] {
        fs::create_dir_all(desk.path(folder)).unwrap();
    }
    desk.put("midi/one.mid", song(1));
    desk.put("midi/a/two.MIDI", song(2));
    desk.put("midi/a/b/three.kar", song(3));
    desk.put("midi/c/four.Mid", midi(DAMAGED));
    desk.put("midi/c/five.mid", song(5));
    desk.put("midi/c/readme.txt", "no music");
    desk
}

/// Every file below a folder with its bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            let below = tree(&path).into_iter();
            files.extend(below.map(|(below, bytes)| (name.join(below), bytes)));
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

/// The lines of a manifest or a report.
fn lines(text: &[u8]) -> Vec<serde_json::Value> {
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

fn manifest(desk: &Desk, folder: &str) -> Vec<serde_json::Value> {
    lines(&desk.read(&format!("{folder}/{MANIFEST}")))
}

#[test]
fn a_folder_is_mirrored() {
    let desk = desk();
    desk.run("render -q midi -o wavs")
        .success()
        .stdout("")
        .stderr("");
    let names: Vec<_> = tree(&desk.path("wavs")).into_keys().collect();
    let expected = [
        "a/b/three.wav",
        "a/two.wav",
        "c/five.wav",
        "c/four.wav",
        MANIFEST,
        "one.wav",
    ];
    assert_eq!(names, expected.map(PathBuf::from));
    desk.run("render -q midi/a/b/three.kar -o three.wav")
        .success();
    assert_eq!(desk.read("wavs/a/b/three.wav"), desk.read("three.wav"));
}

#[test]
fn a_folder_without_an_output_has_its_recordings_beside_the_songs() {
    let desk = desk();
    desk.run("render -q midi").success();
    assert_eq!(desk.list("midi/a/b"), ["three.kar", "three.wav"]);
    assert_eq!(
        desk.list("midi").len(),
        4,
        "no manifest: {:?}",
        desk.list("midi")
    );
}

#[test]
fn the_output_folder_may_be_in_the_input_folder() {
    let desk = desk();
    desk.run("render -q midi -o midi/wavs").success();
    let first = tree(&desk.path("midi"));
    desk.run("render -q midi -o midi/wavs").success();
    assert_eq!(tree(&desk.path("midi")), first);
}

#[test]
fn the_manifest_tells_what_each_song_is_made_from_and_what_was_made() {
    let desk = desk();
    desk.run("render -q midi -o wavs --gain -3 --mono -r 48000 -j 2")
        .success();
    let entries = manifest(&desk, "wavs");
    assert_eq!(entries.len(), 5);
    let four = &entries[3];
    let wav = desk.read("wavs/c/four.wav");
    let mut samples = SampleHasher::default();
    samples.update(&wav[44..]);
    let frames = (wav.len() - 44) / 2;
    assert_eq!(four["input"], "midi/c/four.Mid");
    assert_eq!(four["output"], "c/four.wav");
    assert_eq!(four["status"], "ok");
    assert_eq!(four["input_hash"], digest::of_bytes(&midi(DAMAGED)));
    assert_eq!(four["output_hash"], samples.finish());
    assert_eq!(four["output_bytes"], wav.len());
    assert_eq!(four["frames"], frames);
    assert_eq!(four["duration_s"], frames as f64 / 48_000.0);
    assert_eq!((&four["notes"], &four["repairs"]), (&1.into(), &1.into()));
    assert_eq!(
        four["options"],
        serde_json::json!(["--gain", "-3", "--sample-rate", "48000", "--mono"])
    );
    let peak = four["peak_dbfs"].as_f64().unwrap();
    assert!((-60.0..0.0).contains(&peak) && four["lufs"].as_f64().unwrap() < peak);
    assert!(
        entries
            .iter()
            .all(|entry| entry["settings_hash"] == four["settings_hash"])
    );
}

#[test]
fn the_tree_and_its_manifest_depend_on_neither_threads_nor_memory() {
    let desk = desk();
    desk.run("render -q midi -o a -j 1").success();
    desk.run("render -q midi -o b -j 5 --memory 1MB").success();
    assert_eq!(tree(&desk.path("a")), tree(&desk.path("b")));
}

#[test]
fn a_list_has_lines_or_nul_and_its_folders_are_kept() {
    let desk = desk();
    desk.put("lines", "midi/one.mid\r\n\nmidi/c\n");
    desk.run("render -q --files-from lines -o a").success();
    let names: Vec<_> = tree(&desk.path("a")).into_keys().collect();
    let expected = [
        MANIFEST,
        "midi/c/five.wav",
        "midi/c/four.wav",
        "midi/one.wav",
    ];
    assert_eq!(names, expected.map(PathBuf::from));
    desk.put("midi/a\nb c.mid", song(9));
    let mut command = desk.command("render -q -0 --files-from - -o b");
    command
        .write_stdin("midi/a\nb c.mid\0./midi/one.mid\0")
        .assert()
        .success();
    assert_eq!(desk.list("b/midi"), ["a\nb c.wav", "one.wav"]);
    let inputs: Vec<_> = manifest(&desk, "b")
        .iter()
        .map(|e| e["input"].clone())
        .collect();
    assert_eq!(inputs, ["midi/a\nb c.mid", "./midi/one.mid"]);
}

#[test]
fn an_empty_list_is_nothing_to_do_and_no_failure() {
    let desk = Desk::new();
    desk.expect(
        "render --files-from - -o wavs",
        0,
        "there is nothing to render",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_unicode_survive_the_manifest() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    fs::create_dir(desk.path("midi")).unwrap();
    let name = |bytes: &'static [u8]| Path::new(std::ffi::OsStr::from_bytes(bytes));
    desk.put(name(b"midi/caf\xE9.mid"), midi(NOTE));
    desk.run("render -q midi -o wavs").success();
    assert!(desk.path(name(b"wavs/caf\xE9.wav")).exists());
    let bytes: Vec<u8> =
        serde_json::from_value(manifest(&desk, "wavs")[0]["input"].clone()).unwrap();
    assert_eq!(bytes, b"midi/caf\xE9.mid");
    desk.expect(
        "render midi -o wavs --resume",
        0,
        "0 rendered (0 new, 0 changed), 1 unchanged",
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_a_circle_are_survived_and_others_followed() {
    use std::os::unix::fs::symlink;
    let desk = desk();
    symlink("..", desk.path("midi/a/up")).unwrap();
    symlink("../c", desk.path("midi/a/c")).unwrap();
    symlink("nowhere", desk.path("midi/dangling")).unwrap();
    desk.expect(
        "render midi -o wavs",
        0,
        "midi/a/up: is a link back to a folder",
    );
    assert_eq!(desk.list("wavs/a"), ["b", "c", "two.wav"]);
    symlink("nowhere", desk.path("midi/gone.mid")).unwrap();
    desk.expect("render midi -o wavs", 1, "midi/gone.mid: cannot be opened");
}

#[test]
fn a_folder_without_songs_is_a_failure_and_the_others_go_on() {
    let desk = desk();
    fs::create_dir(desk.path("empty")).unwrap();
    desk.expect(
        "render empty -o wavs",
        1,
        "empty: there is no MIDI file in this folder",
    );
    desk.expect(
        "render empty midi/c -o wavs",
        1,
        "1 of 3 songs failed: 1 not MIDI",
    );
    assert_eq!(desk.list("wavs"), [MANIFEST, "five.wav", "four.wav"]);
}

#[test]
fn two_songs_of_a_tree_for_one_file_are_refused_before_anything_is_written() {
    let desk = desk();
    desk.put("midi/one.kar", song(7));
    desk.expect(
        "render midi -o wavs",
        2,
        "would both be written to wavs/one.wav",
    );
    desk.expect("render midi/a midi/a -o wavs", 2, "would both be written");
    desk.expect(
        "render midi - -o wavs",
        2,
        "cannot be one of several inputs",
    );
    assert!(!desk.path("wavs").exists());
}

#[test]
fn failures_are_counted_by_kind_and_recorded() {
    let desk = desk();
    desk.put("midi/text.mid", "no music");
    desk.put("midi/empty.mid", "");
    desk.put("midi/long.mid", midi(LONG));
    let failures = "4 of 8 songs failed: 2 not MIDI, 1 damaged, 1 too long";
    desk.expect(
        "render midi -o wavs --strict --max-duration 1h",
        1,
        failures,
    );
    let entries = manifest(&desk, "wavs");
    let long = entries
        .iter()
        .find(|entry| entry["output"] == "long.wav")
        .unwrap();
    assert_eq!(
        (&long["status"], &long["error_kind"]),
        (&"failed".into(), &"too_long".into())
    );
    assert!(long["error"].as_str().unwrap().contains("--max-duration"));
    assert!(long["input_hash"].is_string() && long["output_hash"].is_null());
    desk.expect("render missing.mid midi/one.mid -o wavs", 1, "1 unreadable");
    desk.expect(
        "render midi/one.mid -o x.wav --max-size 1kB",
        1,
        "more than the 1.0 kB of --max-size",
    );
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let desk = desk();
    // The largest is the first.
    desk.put("midi/text.mid", "no music ".repeat(100));
    desk.expect(
        "render midi -o wavs --fail-fast -j 1",
        1,
        "stopped at the first failure; 5 songs were not rendered",
    );
    assert_eq!(desk.list("wavs"), [MANIFEST]);
}

#[test]
fn resume_renders_what_is_new_changed_or_gone() {
    let desk = desk();
    let resume = |options: &str, said: &str| {
        desk.expect(&format!("render midi -o wavs --resume {options}"), 0, said);
    };
    resume("", "5 rendered (5 new, 0 changed), 0 unchanged");
    let first = tree(&desk.path("wavs"));
    resume(
        "-j 1 --memory 5MB",
        "0 rendered (0 new, 0 changed), 5 unchanged",
    );
    assert_eq!(tree(&desk.path("wavs")), first);
    desk.put("midi/one.mid", song(8));
    desk.put("midi/six.mid", song(6));
    resume("", "2 rendered (1 new, 1 changed), 4 unchanged");
    fs::remove_file(desk.path("wavs/a/two.wav")).unwrap();
    desk.put("wavs/c/five.wav", "short");
    resume("", "2 rendered (0 new, 2 changed), 4 unchanged");
    resume("--gain -3", "6 rendered (0 new, 6 changed), 0 unchanged");
    desk.expect(
        "render midi -o wavs --resume --gain -3 --strict",
        1,
        "1 damaged",
    );
    assert_eq!(manifest(&desk, "wavs").len(), 6);
    desk.expect("render midi --resume", 2, "--resume needs --output FOLDER");
}

#[test]
fn a_torn_manifest_costs_one_song() {
    let desk = desk();
    desk.run("render -q midi -o wavs").success();
    let first = tree(&desk.path("wavs"));
    let whole = desk.read(&format!("wavs/{MANIFEST}"));
    desk.put(format!("wavs/{MANIFEST}"), &whole[..whole.len() - 100]);
    desk.expect(
        "render midi -o wavs --resume",
        0,
        "1 rendered (1 new, 0 changed), 4 unchanged",
    );
    assert_eq!(tree(&desk.path("wavs")), first);
}

#[test]
fn shards_together_are_the_whole() {
    let desk = desk();
    desk.run("render -q midi -o whole").success();
    let mut merged = Vec::new();
    for shard in 1..=3 {
        desk.run(&format!(
            "render -q midi -o apart/{shard} --shard {shard}/3"
        ))
        .success();
        desk.run(&format!("render -q midi -o together --shard {shard}/3"))
            .success();
        merged.extend(desk.read(&format!("apart/{shard}/{MANIFEST}")));
    }
    assert_eq!(tree(&desk.path("together")), tree(&desk.path("whole")));
    let merged = Manifest::parse(merged);
    let whole = Manifest::parse(desk.read(&format!("whole/{MANIFEST}")));
    assert!(whole.is_compact() && merged.lines().eq(whole.lines()));
    desk.expect("render midi -o wavs --shard 4/3", 2, "K from 1 to N");
}

#[test]
fn runs_at_the_same_time_share_a_manifest() {
    let desk = Desk::new();
    for number in 0..40 {
        desk.put(format!("{number:02}.mid"), song(number));
    }
    let run = |shard: u8| {
        let process = desk
            .process(&format!("render . -q -o wavs --shard {shard}/4"))
            .spawn();
        process.unwrap()
    };
    for mut run in [1, 2, 3, 4].map(run) {
        assert!(run.wait().unwrap().success());
    }
    let outputs: Vec<_> = manifest(&desk, "wavs")
        .iter()
        .map(|e| e["output"].clone())
        .collect();
    // `song.mid` lies there too.
    assert_eq!(outputs.len(), 41, "{outputs:?}");
    desk.expect("render . -o wavs --resume", 0, "41 unchanged");
}

#[test]
fn json_reports_are_one_object_a_line() {
    let desk = desk();
    desk.put("midi/text.mid", "no music");
    let report = |arguments: &str, code| {
        let assert = desk
            .run(&format!("render -q --report json {arguments}"))
            .code(code);
        lines(&assert.get_output().stdout)
    };
    let first = report("midi -o wavs", 1);
    assert_eq!(first.len(), 6);
    let failed = first
        .iter()
        .find(|line| line["status"] == "failed")
        .unwrap();
    assert_eq!(failed["error_kind"], "not_midi");
    let one = first
        .iter()
        .find(|line| line["output"] == "one.wav")
        .unwrap();
    assert_eq!(
        (&one["notes"], &one["unchanged"]),
        (&1.into(), &false.into())
    );
    assert!(one["render_s"].as_f64().unwrap() > 0.0 && one["samples_mixed"].as_u64().unwrap() > 0);
    let second = report("midi -o wavs --resume", 1);
    let unchanged = |line: &&serde_json::Value| line["unchanged"] == true;
    assert_eq!(second.iter().filter(unchanged).count(), 5);
    let alone = report("song.mid", 0);
    assert_eq!((alone.len(), &alone[0]["output"]), (1, &"song.wav".into()));
    desk.expect(
        "render song.mid -o - --report json",
        2,
        "name a file with --output",
    );
}

#[cfg(unix)]
#[test]
fn a_killed_run_is_resumed_to_the_same_tree() {
    let desk = Desk::new();
    for number in 0..30 {
        desk.put(format!("{number:02}.mid"), song(number));
    }
    desk.run("render -q . -o whole").success();
    let whole = tree(&desk.path("whole"));
    for moment in 0..6 {
        let mut run = desk.process("render -q . -o wavs").spawn().unwrap();
        // Not by the clock: after so many songs, wherever the others are.
        let done = || fs::read_dir(desk.path("wavs")).map_or(0, Iterator::count);
        while done() < moment * 5 + 2 && run.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        run.kill().unwrap();
        run.wait().unwrap();
        desk.put("wavs/.cascade-left.part", "by a killed run");
        desk.run("render -q . -o wavs --resume").success();
        assert_eq!(tree(&desk.path("wavs")), whole, "killed at {moment}");
        fs::remove_dir_all(desk.path("wavs")).unwrap();
    }
}
