//! `cascade compare` on files and folders: verdicts, exit codes, reports, bad input.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder of WAV files.
struct Desk(TempDir);

/// What a run said: exit code, standard output, standard error.
type Said = (i32, String, String);

impl Desk {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Two channels at 44.1 kHz in 16 bits, by frame and channel.
    fn wav(&self, name: &str, sample: impl Fn(u32, u16) -> i16) {
        self.put(name, &wav(44_100, 2, sample));
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &str) -> Said {
        let mut command: Command = assert_cmd::cargo::cargo_bin_cmd!("cascade");
        command.current_dir(self.0.path()).arg("compare");
        let output = command.args(arguments.split_whitespace()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Expects an exit code, and words anywhere in what is said.
    fn expect(&self, arguments: &str, code: i32, words: &[&str]) {
        let (found, stdout, stderr) = self.run(arguments);
        assert_eq!(found, code, "{arguments}: {stdout}{stderr}");
        for word in words {
            assert!(
                stdout.contains(word) || stderr.contains(word),
                "{arguments}: no {word} in\n{stdout}{stderr}"
            );
        }
    }
}

/// Three seconds.
fn wav(rate: u32, channels: u16, sample: impl Fn(u32, u16) -> i16) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for frame in 0..3 * rate {
        for channel in 0..channels {
            writer.write_sample(sample(frame, channel)).unwrap();
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// A note in each channel that decays for three seconds.
fn note(frame: u32, channel: u16) -> i16 {
    let time = f64::from(frame) / 44_100.0;
    let hertz = 440.0 * (1.0 + 0.5 * f64::from(channel));
    (8000.0 * libm::exp(-time) * libm::sin(std::f64::consts::TAU * hertz * time)) as i16
}

/// Bright, so that a low-pass takes something away: noise over the note.
fn bright(frame: u32, channel: u16) -> i16 {
    let hash = (frame * 2 + u32::from(channel)).wrapping_mul(2_654_435_761);
    note(frame, channel) / 2 + (hash >> 21) as i16
}

fn softer(frame: u32, channel: u16) -> i16 {
    (f64::from(note(frame, channel)) * 0.9) as i16
}

fn nearly(frame: u32, channel: u16) -> i16 {
    note(frame, channel) + i16::from(frame.is_multiple_of(7))
}

#[test]
fn verdicts_have_their_exit_codes() {
    let desk = Desk::new();
    desk.wav("a.wav", note);
    desk.wav("same.wav", note);
    desk.wav("nearly.wav", nearly);
    desk.wav("softer.wav", softer);
    desk.expect("a.wav same.wav", 0, &["identical"]);
    desk.expect(
        "nearly.wav a.wav",
        1,
        &["different", "differing:", "rounding"],
    );
    desk.expect(
        "--profile portable nearly.wav a.wav",
        0,
        &["within tolerance"],
    );
    desk.expect(
        "--profile portable softer.wav a.wav",
        1,
        &["peak-lsb", "softer by 0.92 dB"],
    );
    desk.expect("--profile perceptual softer.wav a.wav", 1, &["loudness"]);
    desk.expect(
        "--profile perceptual --limit loudness=1 softer.wav a.wav",
        0,
        &["within"],
    );
    desk.expect("missing.wav a.wav", 2, &["missing.wav"]);
}

#[test]
fn folders_are_compared_by_relative_path_and_anything_missing_or_extra_is_a_failure() {
    let desk = Desk::new();
    for name in ["out/x/a.wav", "gold/x/a.wav", "out/b.wav", "gold/b.wav"] {
        desk.wav(name, note);
    }
    desk.put("out/readme.txt", b"not audio");
    desk.expect("out gold", 0, &["2 pairs: 2 identical", "x/a.wav"]);
    desk.wav("out/b.wav", softer);
    desk.expect("out gold", 1, &["1 identical, 1 different"]);
    desk.wav("out/extra.wav", note);
    desk.expect("out gold", 2, &["extra.wav: extra", "1 not compared"]);
    desk.wav("gold/x/lost.wav", note);
    desk.expect("out gold", 2, &["x/lost.wav: missing"]);
    desk.expect("out gold/b.wav", 2, &["is a folder"]);
    fs::create_dir(desk.path("empty")).unwrap();
    fs::create_dir(desk.path("void")).unwrap();
    desk.expect("empty void", 2, &["nothing to compare"]);
}

#[test]
fn what_cannot_be_compared_is_told_with_its_reason() {
    let desk = Desk::new();
    desk.wav("a.wav", note);
    let whole = fs::read(desk.path("a.wav")).unwrap();
    desk.put("rate.wav", &wav(48_000, 2, note));
    desk.put("mono.wav", &wav(44_100, 1, note));
    desk.put("empty.wav", b"");
    let mut absurd = whole.clone();
    absurd[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
    desk.put("absurd.wav", &absurd);
    desk.put("header.wav", &whole[..44]);
    desk.put("song.wav", b"MThd\0\0\0\x06\0\0\0\x01\0\x60");
    desk.expect(
        "rate.wav a.wav",
        2,
        &["sample rates differ: 48000 Hz, expected 44100 Hz"],
    );
    desk.expect("mono.wav a.wav", 2, &["channels differ: 1, expected 2"]);
    desk.expect("empty.wav a.wav", 2, &["is empty (0 bytes)"]);
    desk.expect("absurd.wav a.wav", 2, &["at 4294967295 Hz"]);
    desk.expect("header.wav a.wav", 2, &["nothing to compare"]);
    desk.expect("header.wav header.wav", 2, &["nothing to compare"]);
    desk.expect("song.wav a.wav", 2, &["a MIDI file"]);
    desk.expect("a.wav a.wav --from 5 --to 6", 2, &["nothing to compare"]);
    desk.expect("a.wav a.wav --channels 3", 2, &["channel 3"]);
    desk.expect("a.wav a.wav --limit loud=1", 2, &["no limit \"loud\""]);
}

#[test]
fn odd_headers_are_read_and_told() {
    let desk = Desk::new();
    desk.wav("a.wav", note);
    let whole = fs::read(desk.path("a.wav")).unwrap();
    let mut pipe = whole.clone();
    pipe[4..8].copy_from_slice(&[0xFF; 4]);
    pipe[40..44].copy_from_slice(&[0xFF; 4]);
    desk.put("pipe.wav", &pipe);
    desk.expect("pipe.wav a.wav", 0, &["identical", "leaves the size open"]);
    desk.put("cut.wav", &whole[..whole.len() - 40_001]);
    desk.expect(
        "cut.wav a.wav",
        1,
        &["truncated", "no whole frame", "ends early"],
    );
}

#[test]
fn the_same_samples_in_another_width_are_identical_but_told() {
    let desk = Desk::new();
    desk.wav("a.wav", note);
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(desk.path("wide.wav"), spec).unwrap();
    for frame in 0..3 * 44_100 {
        for channel in 0..2 {
            writer
                .write_sample(i32::from(note(frame, channel)) << 8)
                .unwrap();
        }
    }
    writer.finalize().unwrap();
    desk.expect(
        "wide.wav a.wav",
        0,
        &[
            "identical",
            "stored as 24-bit integer, expected 16-bit integer",
        ],
    );
}

#[test]
fn a_part_or_a_channel_is_compared_alone() {
    let desk = Desk::new();
    desk.wav("a.wav", note);
    desk.wav(
        "b.wav",
        |f, c| if c == 1 && f > 88_200 { 0 } else { note(f, c) },
    );
    desk.expect("b.wav a.wav", 1, &["different"]);
    desk.expect("--to 2 b.wav a.wav", 0, &["identical"]);
    desk.expect("--channels 1 b.wav a.wav", 0, &["identical"]);
    desk.expect("--from 2 --channels 2 b.wav a.wav", 1, &["different"]);
}

#[test]
fn tolerances_come_from_a_file_and_for_each_file() {
    let desk = Desk::new();
    for name in ["gold/a.wav", "gold/drums/b.wav"] {
        desk.wav(name, note);
    }
    for name in ["out/a.wav", "out/drums/b.wav"] {
        desk.wav(name, softer);
    }
    desk.put("t.toml", b"profile = \"portable\"\n[[file]]\npath = \"drums/*.wav\"\nprofile = \"perceptual\"\nlimits = { loudness = 1.0, clicks = \"off\" }\n");
    desk.expect(
        "--tolerances t.toml out gold",
        1,
        &["within tolerance drums/b.wav", "different        a.wav"],
    );
    desk.expect(
        "--tolerances t.toml --limit peak-lsb=9999 out gold",
        0,
        &["2 within"],
    );
    desk.put("wrong.toml", b"profil = \"exact\"\n");
    desk.expect(
        "--tolerances wrong.toml out gold",
        2,
        &["wrong.toml", "profil"],
    );
    desk.put("wrong.toml", b"limits = { loudnes = 1 }\n");
    desk.expect("--tolerances wrong.toml out gold", 2, &["loudnes"]);
}

#[test]
fn a_json_line_tells_everything_of_a_pair() {
    let desk = Desk::new();
    for name in ["gold/a.wav", "out/a.wav", "gold/b.wav", "gold/c.wav"] {
        desk.wav(name, note);
    }
    desk.wav("out/b.wav", softer);
    let (code, stdout, _) = desk.run("--report json out gold");
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((code, lines.len()), (2, 3));
    assert_eq!(lines[0]["verdict"], "identical");
    assert_eq!(lines[0]["sample_hash"].as_str().unwrap().len(), 64);
    assert_eq!(lines[1]["verdict"], "different");
    assert_eq!(lines[1]["breaches"][0]["limit"], "differing");
    let loudness = lines[1]["figures"]["loudness_lu"].as_f64().unwrap();
    assert!((loudness + 0.915).abs() < 0.01, "{loudness}");
    assert_eq!(lines[2]["verdict"], "not-compared");
}

#[test]
fn junit_has_a_case_for_each_pair() {
    let desk = Desk::new();
    for name in ["gold/a&b.wav", "out/a&b.wav", "gold/b.wav", "gold/c.wav"] {
        desk.wav(name, note);
    }
    desk.wav("out/b.wav", softer);
    desk.expect("-q --junit r.xml out gold", 2, &[]);
    let xml = desk.read("r.xml");
    for part in [
        "tests=\"3\" failures=\"1\" errors=\"1\"",
        "name=\"a&amp;b.wav\"/>",
        "<failure message=\"softer",
        "<error message=\"missing",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
}

#[test]
fn the_page_needs_no_network_and_shows_what_differs() {
    let desk = Desk::new();
    for name in ["gold/a.wav", "out/a.wav", "gold/b<i>.wav"] {
        desk.wav(name, note);
    }
    desk.wav("out/b<i>.wav", softer);
    desk.expect("-q --html r.html out gold", 1, &[]);
    let html = desk.read("r.html");
    assert_eq!(html.matches("<svg").count(), 1);
    assert_eq!(html.matches("data:image/png;base64,").count(), 3);
    assert!(html.contains("b&lt;i&gt;.wav") && !html.contains("<i>"));
    for outside in ["src=\"http", "href=\"http", "url(", "@import", "<script"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn the_difference_is_a_recording_that_makes_the_expected_one_whole() {
    let desk = Desk::new();
    desk.wav("a.wav", note);
    desk.wav("b.wav", softer);
    desk.expect("-q --difference d.wav b.wav a.wav", 1, &[]);
    let reader = hound::WavReader::open(desk.path("d.wav")).unwrap();
    let samples: Vec<f32> = reader.into_samples().map(Result::unwrap).collect();
    for (index, difference) in samples.iter().enumerate() {
        let (frame, channel) = (index as u32 / 2, (index % 2) as u16);
        let expected = f32::from(softer(frame, channel)) - f32::from(note(frame, channel));
        assert_eq!(*difference, expected / 32_768.0, "frame {frame}");
    }
    assert_eq!(samples.len(), 2 * 3 * 44_100);
}

#[test]
fn the_self_test_tells_what_catches_each_disturbance_and_what_is_let_through() {
    let desk = Desk::new();
    desk.wav("a.wav", bright);
    let (code, stdout, _) = desk.run("--self-test a.wav");
    assert_eq!(
        (code, stdout.matches("caught by differing").count()),
        (0, 7),
        "{stdout}"
    );
    desk.expect(
        "--self-test --profile portable a.wav",
        0,
        &["caught by peak-lsb"],
    );
    let (code, stdout, _) = desk.run("--self-test --profile perceptual a.wav");
    assert_eq!(code, 1, "{stdout}");
    assert!(
        stdout.contains("gain of -0.1 dB            LET THROUGH"),
        "{stdout}"
    );
    for caught in ["a note missing", "low-pass"] {
        let line = stdout.lines().find(|line| line.contains(caught)).unwrap();
        assert!(line.contains("caught by"), "{stdout}");
    }
    desk.expect(
        "--self-test --limit differing=off --limit length=off a.wav",
        1,
        &["lets 7 of 7 through"],
    );
}

/// Expects a refusal before anything is compared, that leaves every file as it is.
fn refused(desk: &Desk, arguments: &str, word: &str) {
    let contents = || {
        let files = walkdir::WalkDir::new(desk.path(".")).sort_by_file_name();
        let paths = files.into_iter().map(|entry| entry.unwrap().into_path());
        let read = |path: PathBuf| (fs::read(&path).unwrap_or_default(), path);
        paths.map(read).collect::<Vec<_>>()
    };
    let before = contents();
    let (code, stdout, stderr) = desk.run(arguments);
    assert_eq!((code, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
    assert!(stderr.contains(word), "{arguments}: no {word} in {stderr}");
    assert!(contents() == before, "{arguments}");
}

#[test]
fn a_report_replaces_no_recording_and_nothing_that_cascade_did_not_write() {
    let desk = Desk::new();
    for name in ["a.wav", "out/a.wav", "out/b.wav"] {
        desk.wav(name, softer);
    }
    for name in ["b.wav", "gold/a.wav", "gold/b.wav", "other.wav"] {
        desk.wav(name, note);
    }
    desk.put("t.toml", b"");
    desk.put("song.mid", b"MThd\0\0\0\x06\0\0\0\0\0\x60");
    desk.put("notes.txt", b"precious");
    desk.put(
        "junit.xml",
        b"<?xml version=\"1.0\"?>\n<testsuites name=\"pytest tests\"/>",
    );
    desk.put("odd/a.wav", b"no recording");
    let kept = "a recording that is compared";
    for (arguments, word) in [
        ("a.wav b.wav --difference a.wav", kept),
        ("a.wav b.wav --difference ./b.wav", kept),
        ("out gold --difference gold", kept),
        ("out gold --difference ./out/", kept),
        ("out gold --junit out/a.wav", kept),
        ("a.wav b.wav --html b.wav", kept),
        (
            "a.wav b.wav --tolerances t.toml --html t.toml",
            "the file of tolerances",
        ),
        ("a.wav b.wav --difference song.mid", "is no recording"),
        ("a.wav b.wav --difference notes.txt", "is no recording"),
        (
            "out gold --difference notes.txt",
            "is a file, but folders are compared",
        ),
        ("out gold --difference odd", "is no recording"),
        ("a.wav b.wav --html song.mid", "not a page by Cascade"),
        ("a.wav b.wav --html other.wav", "not a page by Cascade"),
        (
            "a.wav b.wav --junit junit.xml",
            "not a JUnit report by Cascade",
        ),
        (
            "a.wav b.wav --junit notes.txt",
            "not a JUnit report by Cascade",
        ),
        ("a.wav b.wav --junit new.kar", "name is that of a MIDI file"),
        (
            "a.wav b.wav --junit nowhere/r.xml",
            "there is no folder nowhere",
        ),
        (
            "a.wav b.wav --junit r --html r",
            "another report of this command",
        ),
    ] {
        refused(&desk, arguments, word);
    }
    let arguments = "-q a.wav b.wav --junit r.xml --html r.html --difference other.wav";
    for _ in 0..2 {
        desk.expect(arguments, 1, &[]);
        assert!(desk.read("r.html").starts_with("<!doctype html>"));
    }
}

#[cfg(unix)]
#[test]
fn a_report_on_a_device_is_written_there() {
    let desk = Desk::new();
    desk.wav("a.wav", softer);
    desk.wav("b.wav", note);
    let arguments = "-q a.wav b.wav --html /dev/null --junit /dev/stdout --difference /dev/null";
    desk.expect(arguments, 1, &["<testsuites tests=\"1\" failures=\"1\""]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn a_read_only_report_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.wav("a.wav", softer);
    desk.wav("b.wav", note);
    desk.expect("-q a.wav b.wav --junit r.xml", 1, &[]);
    let read_only = fs::Permissions::from_mode(0o444);
    fs::set_permissions(desk.path("r.xml"), read_only).unwrap();
    refused(
        &desk,
        "a.wav b.wav --junit r.xml",
        "a read-only file of that name",
    );
}
