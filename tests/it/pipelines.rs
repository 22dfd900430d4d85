//! Cascade among other programs: pipes, xargs, GNU parallel, readers of WAV, and Apache Spark.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

use super::cli::{Desk, LONG, NOTE, midi};

/// Whether a program is there; if not, the test says so and has nothing to check.
pub(super) fn is_there(program: &str, question: &str) -> bool {
    let answer = Command::new(program).args(question.split(' ')).output();
    let there = answer.is_ok_and(|answer| answer.status.success());
    if !there {
        eprintln!("skipped: `{program} {question}` does not work here");
    }
    there
}

/// Runs a line of shell beside the songs, with `cascade` on the path.
fn shell(desk: &Desk, line: &str) -> Output {
    let program = assert_cmd::cargo::cargo_bin!("cascade");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path);
    let folders = [program.parent().unwrap().to_owned()]
        .into_iter()
        .chain(folders);
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(desk.path("."));
    shell.env("PATH", std::env::join_paths(folders).unwrap());
    shell.output().unwrap()
}

/// Runs a line of shell, and expects success and a clean standard error.
fn clean(desk: &Desk, line: &str) -> Vec<u8> {
    let output = shell(desk, line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{line}: {said}");
    output.stdout
}

fn desk() -> Desk {
    let desk = Desk::new();
    fs::create_dir(desk.path("midi")).unwrap();
    for name in ["a", "b c", "d"] {
        desk.put(format!("midi/{name}.mid"), midi(NOTE));
    }
    desk
}

#[test]
fn a_piped_song_comes_out_before_it_is_rendered() {
    let desk = Desk::new();
    let mut process = desk.process("render - -o - -q");
    process.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut run = process.stderr(Stdio::piped()).spawn().unwrap();
    run.stdin.take().unwrap().write_all(&midi(LONG)).unwrap();
    let mut start = vec![0; 200_000];
    run.stdout.as_mut().unwrap().read_exact(&mut start).unwrap();
    let size = u32::from_le_bytes(start[40..44].try_into().unwrap());
    assert!(size > 1_000_000_000, "{size}");
    assert!(
        run.try_wait().unwrap().is_none(),
        "three hours are not yet rendered"
    );
    drop(run.stdout.take());
    let output = run.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[cfg(unix)]
#[test]
fn pipes_of_the_shell_end_quietly() {
    let desk = desk();
    desk.put("long.mid", midi(LONG));
    assert_eq!(
        clean(&desk, "cascade render - -o - < long.mid | head -c 1000").len(),
        1000
    );
    let report = "cascade render midi -o wavs --report json | head -n 1";
    assert_eq!(clean(&desk, report).split(|byte| *byte == b'\n').count(), 2);
}

#[cfg(unix)]
#[test]
fn other_programs_read_what_is_piped_to_them() {
    let desk = desk();
    if is_there("sox", "--version") {
        let read = "cascade render midi/a.mid -o - | sox - -t raw - | wc -c";
        let raw = "cascade render midi/a.mid -o - --raw | wc -c";
        assert_eq!(clean(&desk, read), clean(&desk, raw));
    }
    if is_there("ffmpeg", "-version") {
        clean(
            &desk,
            "cascade render midi/a.mid -o - | ffmpeg -loglevel error -i - out.flac",
        );
        assert_eq!(&desk.read("out.flac")[..4], b"fLaC");
    }
}

#[cfg(unix)]
#[test]
fn xargs_drives_it() {
    let desk = desk();
    let line =
        "find midi -name '*.mid' -print0 | xargs -0 -n 2 -P 2 cascade render -q -j 1 -o wavs/";
    clean(&desk, line);
    assert_eq!(
        desk.list("wavs")
            .iter()
            .filter(|name| name.ends_with(".wav"))
            .count(),
        3
    );
}

#[cfg(unix)]
#[test]
fn gnu_parallel_drives_it() {
    let desk = desk();
    if is_there("parallel", "--version") {
        let line = "find midi -name '*.mid' -print0 | parallel -0 -j 2 cascade render -q -j 1 {} -o {.}.wav";
        clean(&desk, line);
        clean(
            &desk,
            "parallel -j 2 cascade render -q -j 1 midi -o wavs --shard {}/2 ::: 1 2",
        );
        assert_eq!(desk.read("midi/b c.wav"), desk.read("wavs/b c.wav"));
    }
}

/// As in the README.
const SPARK: &str = r#"
import json, os
from pyspark import SparkContext
spark = SparkContext("local[2]", "cascade")
spark.setLogLevel("ERROR")
songs = spark.parallelize(["midi/a.mid", "midi/b c.mid", "midi/d.mid", "midi/missing.mid"], 2)
lines = songs.pipe("cascade render --files-from - --report json -j 1 -o out", env=dict(os.environ))
for song in lines.map(json.loads).collect():
    print(song["output"], song["status"], song["error_kind"])
"#;

/// Takes some ten seconds where pyspark and Java are there.
#[cfg(unix)]
#[test]
fn spark_pipes_paths_to_it() {
    if !is_there("python3", "-m pyspark.version") {
        return;
    }
    let desk = desk();
    desk.put("spark.py", SPARK);
    let output = shell(&desk, "python3 spark.py");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<&str> = stdout.lines().collect();
    lines.sort_unstable();
    let expected = [
        "midi/a.wav ok None",
        "midi/b c.wav ok None",
        "midi/d.wav ok None",
        "midi/missing.wav failed unreadable",
    ];
    assert_eq!(lines, expected);
    assert_eq!(desk.list("out/midi"), ["a.wav", "b c.wav", "d.wav"]);
}
