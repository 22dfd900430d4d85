//! The command line as users and scripts meet it: files, streams, messages and exit codes.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

/// One note of middle C, half a second at 120 quarter notes a minute.
pub(super) const NOTE: &[u8] = b"\x00\x90\x3C\x40\x60\x80\x3C\x40";
/// The same with an undefined status byte before its end.
pub(super) const DAMAGED: &[u8] = b"\x00\x90\x3C\x40\x00\xF4\x60\x80\x3C\x40";
/// A note that is held for three hours.
pub(super) const LONG: &[u8] = b"\x00\x90\x3C\x40\xFF\xFF\x7F\x80\x3C\x40";

/// A file of one track.
pub(super) fn midi(events: &[u8]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    bytes.extend((events.len() as u32 + 4).to_be_bytes());
    bytes.extend(events);
    bytes.extend(b"\0\xFF\x2F\0");
    bytes
}

/// A folder with `song.mid`, and the program run in it.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn new() -> Self {
        let desk = Self(TempDir::new().unwrap());
        desk.put("song.mid", midi(NOTE));
        desk
    }

    pub(super) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn put(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names of what lies here, hidden or not, sorted.
    pub(super) fn list(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs `cascade` with arguments that are separated by spaces.
    pub(super) fn run(&self, arguments: &str) -> Assert {
        self.command(arguments).assert()
    }

    pub(super) fn command(&self, arguments: &str) -> Command {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("cascade");
        command.current_dir(self.0.path());
        command.args(arguments.split_whitespace());
        command
    }

    /// The program as a process of its own, for what happens while it runs.
    pub(super) fn process(&self, arguments: &str) -> Process {
        let mut process = Process::new(assert_cmd::cargo::cargo_bin!("cascade"));
        process.current_dir(self.0.path());
        process.args(arguments.split_whitespace());
        process
    }

    /// Runs `cascade` and expects an exit code and a part of what it says.
    pub(super) fn expect(&self, arguments: &str, code: i32, said: &str) {
        let assert = self.run(arguments).code(code);
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(stderr.contains(said), "{arguments}: {stderr}");
    }
}

/// Checks that the sizes in a RIFF header are those of the bytes, and returns the number of frames.
pub(crate) fn frames_of(wav: &[u8]) -> u32 {
    let size = |at: usize| u32::from_le_bytes(wav[at..at + 4].try_into().unwrap());
    assert_eq!(&wav[..4], b"RIFF");
    assert_eq!(size(4) as usize, wav.len() - 8);
    let reader = hound::WavReader::new(wav).unwrap();
    assert!(reader.duration() > 22_050, "{} frames", reader.duration());
    reader.duration()
}

#[test]
fn a_song_is_written_beside_its_input() {
    let desk = Desk::new();
    desk.run("render song.mid").success().stdout("").stderr("");
    frames_of(&desk.read("song.wav"));
    assert_eq!(desk.list("."), ["song.mid", "song.wav"]);
}

#[test]
fn a_song_is_written_where_output_says() {
    let desk = Desk::new();
    desk.run("render song.mid -o take.wav").success();
    fs::create_dir(desk.path("wavs")).unwrap();
    desk.run("render song.mid -o wavs").success();
    assert_eq!(desk.read("take.wav"), desk.read("wavs/song.wav"));
}

#[test]
fn a_pipe_gets_the_bytes_of_the_file_with_right_sizes() {
    let desk = Desk::new();
    desk.run("render song.mid").success();
    let file = desk.read("song.wav");
    desk.run("render song.mid -o -")
        .success()
        .stderr("")
        .stdout(file.clone());
    desk.command("render -")
        .write_stdin(midi(NOTE))
        .assert()
        .success()
        .stdout(file);
}

#[test]
fn standard_input_can_go_to_a_file() {
    let desk = Desk::new();
    let mut command = desk.command("render - -o piped.wav");
    command
        .write_stdin(midi(NOTE))
        .assert()
        .success()
        .stdout("");
    desk.run("render song.mid").success();
    assert_eq!(desk.read("piped.wav"), desk.read("song.wav"));
}

#[test]
fn the_recording_is_what_the_options_say() {
    let desk = Desk::new();
    desk.run("render song.mid --format f32 --mono -r 48000")
        .success();
    let spec = hound::WavReader::new(desk.read("song.wav").as_slice())
        .unwrap()
        .spec();
    let expected = (1, 48_000, 32, hound::SampleFormat::Float);
    assert_eq!(
        (
            spec.channels,
            spec.sample_rate,
            spec.bits_per_sample,
            spec.sample_format
        ),
        expected
    );
    desk.run("render song.mid").success();
    desk.run("render song.mid --raw").success();
    assert_eq!(desk.read("song.wav")[44..], desk.read("song.raw"));
}

#[test]
fn options_that_change_the_sound_change_the_samples() {
    let desk = Desk::new();
    desk.run("render song.mid").success();
    let plain = desk.read("song.wav");
    for option in [
        "--gain -6",
        "--preset church_organ",
        "--set level_db=-20",
        "--dither off",
    ] {
        desk.run(&format!("render song.mid {option}")).success();
        assert_ne!(desk.read("song.wav"), plain, "{option}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let desk = Desk::new();
    desk.run("render song.mid -j 1 -o one.wav").success();
    desk.run("render song.mid -j 3 -o three.wav").success();
    assert_eq!(desk.read("one.wav"), desk.read("three.wav"));
}

#[test]
fn several_songs_go_to_a_folder_that_is_made() {
    let desk = Desk::new();
    desk.put("other song.mid", midi(NOTE));
    let mut command = desk.command("render -o new/wavs song.mid");
    command.arg("other song.mid").assert().success();
    let expected = ["cascade-manifest.jsonl", "other song.wav", "song.wav"];
    assert_eq!(desk.list("new/wavs"), expected);
}

#[test]
fn a_failure_does_not_stop_the_other_songs() {
    let desk = Desk::new();
    desk.expect(
        "render missing.mid song.mid -o wavs",
        1,
        "1 of 2 songs failed",
    );
    assert_eq!(desk.list("wavs"), ["cascade-manifest.jsonl", "song.wav"]);
}

#[test]
fn two_songs_for_one_file_are_refused_before_anything_is_written() {
    let desk = Desk::new();
    fs::create_dir(desk.path("b")).unwrap();
    desk.put("b/song.mid", midi(NOTE));
    desk.expect(
        "render song.mid b/song.mid -o wavs",
        2,
        "both be written to wavs/song.wav",
    );
    desk.expect(
        "render song.mid b/song.mid -o -",
        2,
        "--output - takes one song",
    );
    assert_eq!(desk.list("."), ["b", "song.mid"]);
}

#[test]
fn an_input_is_never_written_over() {
    let desk = Desk::new();
    let refused = "written over the input song.mid";
    desk.expect("render song.mid -o song.mid", 2, refused);
    desk.expect("render song.mid -o ./song.mid", 2, refused);
    assert_eq!(desk.read("song.mid"), midi(NOTE));
}

#[cfg(unix)]
#[test]
fn links_to_an_input_are_not_written_over_either() {
    let desk = Desk::new();
    std::os::unix::fs::symlink("song.mid", desk.path("song.wav")).unwrap();
    desk.expect("render song.mid", 2, "written over the input song.mid");
}

#[test]
fn nothing_is_left_after_a_failure() {
    let desk = Desk::new();
    desk.put("text.mid", "no music");
    desk.put("damaged.mid", midi(DAMAGED));
    desk.expect(
        "render text.mid",
        1,
        "error: text.mid: not a MIDI file: it begins with \"no music\"",
    );
    desk.expect(
        "render --strict damaged.mid",
        1,
        "damaged, which --strict refuses to repair: track 1, byte",
    );
    desk.expect(
        "render song.mid --max-duration 0.1",
        1,
        "allow it with --max-duration",
    );
    desk.expect(
        "render song.mid -o missing/song.wav",
        1,
        "there is no folder missing; make it first",
    );
    desk.expect("inspect .", 1, "is a folder");
    assert_eq!(desk.list("."), ["damaged.mid", "song.mid", "text.mid"]);
}

#[test]
fn a_repair_is_told_and_the_song_rendered() {
    let desk = Desk::new();
    desk.put("damaged.mid", midi(DAMAGED));
    desk.expect(
        "render damaged.mid",
        0,
        "warning: damaged.mid: track 1, byte 0x1b: undefined status byte 0xF4 skipped",
    );
    frames_of(&desk.read("damaged.wav"));
    desk.run("render -q damaged.mid").success().stderr("");
}

#[test]
fn clipping_and_limiting_are_told() {
    let desk = Desk::new();
    desk.expect(
        "render song.mid --gain 40",
        0,
        "held down by the limiter, by up to",
    );
    desk.expect(
        "render song.mid --gain 40 --limiter off",
        0,
        "above full scale clipped",
    );
    desk.run("render -q song.mid --gain 40")
        .success()
        .stderr("");
}

#[test]
fn verbose_tells_the_figures() {
    let desk = Desk::new();
    desk.expect("render -v song.mid", 0, "1 note, ");
    desk.expect("render -v song.mid", 0, "  read 0.");
    desk.expect("render --progress on song.mid", 0, "song.mid: 100 %");
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let desk = Desk::new();
    let wrong = |arguments: &str, said: &str| desk.expect(arguments, 2, said);
    wrong("", "Usage: cascade <COMMAND>");
    wrong("render", "<INPUT>...");
    wrong("render song.mid --format i8", "possible values: i16");
    wrong("render song.mid -r 7999", "8000 to 192000");
    wrong("render song.mid --gain loud", "expected decibels");
    wrong("render song.mid --memory 10k", "at least 1MB");
    wrong("render song.mid --max-duration soon", "h:mm:ss");
    wrong("render song.mid -j 0", "a number of threads");
    wrong("render song.mid -q -v", "cannot be used with");
    wrong("render song.mid -p obo", "did you mean \"oboe\"?");
    wrong(
        "render song.mid -p zzzzzzzzzz",
        "`cascade presets list` lists them",
    );
    wrong("render song.mid -p no.toml", "cannot read no.toml");
    wrong("render song.mid --bank no.toml", "cannot read no.toml");
    wrong(
        "render song.mid --set attack=1",
        "--set attack=1: unknown key attack",
    );
    wrong("render - song.mid", "cannot be one of several inputs");
    wrong("presets show obo", "did you mean \"oboe\"?");
    assert_eq!(desk.list("."), ["song.mid"]);
}

#[test]
fn a_bank_finds_its_presets_beside_itself() {
    let desk = Desk::new();
    fs::create_dir(desk.path("bank")).unwrap();
    desk.put(
        "bank/mine.toml",
        "[[layer]]\nwaveform = \"square\"\nlevel_db = -20",
    );
    desk.put("bank/bank.toml", "[programs]\n\"0\" = \"mine.toml\"");
    desk.run("render song.mid --bank bank/bank.toml -o a.wav")
        .success();
    desk.run("render song.mid --preset bank/mine.toml -o b.wav")
        .success();
    assert_eq!(desk.read("a.wav"), desk.read("b.wav"));
    desk.put("bank/bank.toml", "[programs]\n\"0\" = \"gone.toml\"");
    desk.expect(
        "render song.mid --bank bank/bank.toml",
        2,
        "bank/bank.toml:2",
    );
}

#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let desk = Desk::new();
    desk.put("long.mid", midi(LONG));
    let mut process = desk.process("render long.mid -o -");
    let mut child = process
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 1000];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_behind() {
    let desk = Desk::new();
    desk.put("long.mid", midi(LONG));
    let mut child = desk.process("render long.mid -j 1").spawn().unwrap();
    let draft = |names: &[String]| names.iter().any(|name| name.ends_with(".part"));
    while !draft(&desk.list(".")) {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(
        Process::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(!child.wait().unwrap().success());
    assert_eq!(desk.list("."), ["long.mid", "song.mid"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_other_devices_are_told_by_name() {
    let desk = Desk::new();
    desk.expect(
        "render song.mid -o /dev/full",
        1,
        "cannot write /dev/full: No space left",
    );
    desk.run("render song.mid -o /dev/null").success();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[cfg(unix)]
#[test]
fn a_file_has_plain_permissions_and_a_replaced_one_keeps_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let mode = |name: &str| fs::metadata(desk.path(name)).unwrap().permissions().mode();
    desk.run("render song.mid").success();
    assert_eq!(mode("song.wav"), mode("song.mid"));
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(desk.path("song.wav"), private).unwrap();
    desk.run("render song.mid").success();
    assert_eq!(mode("song.wav") & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_need_not_be_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    let name = |bytes: &'static [u8]| std::ffi::OsStr::from_bytes(bytes);
    desk.put(name(b"caf\xE9.mid"), midi(NOTE));
    let mut command = desk.command("render");
    command.arg(name(b"caf\xE9.mid")).assert().success();
    assert!(desk.path(name(b"caf\xE9.wav")).exists());
}

#[test]
fn presets_are_listed_shown_and_described() {
    let desk = Desk::new();
    let stdout = |arguments: &str| {
        let assert = desk.run(arguments).success().stderr("");
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    };
    assert!(
        stdout("presets list")
            .lines()
            .any(|line| line.starts_with("oboe") && line.contains("program 68"))
    );
    for line in stdout("presets list --json").lines() {
        let preset: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(preset["name"].is_string() && preset["programs"].is_array());
    }
    assert!(stdout("presets show church_organ").contains("[[layer]]"));
    assert!(stdout("presets describe").contains("\nattack_s "));
}

#[test]
fn what_show_prints_passes_the_check_and_plays() {
    let desk = Desk::new();
    let shown = desk.run("presets show sawtooth").success();
    desk.put("my.toml", &shown.get_output().stdout);
    let checked = desk.run("presets check my.toml").success();
    assert!(
        checked
            .get_output()
            .stdout
            .starts_with(b"my.toml: ok (a preset of ")
    );
    desk.run("render song.mid -p my.toml -o mine.wav").success();
    desk.run("render song.mid -p sawtooth -o built_in.wav")
        .success();
    assert_eq!(desk.read("mine.wav"), desk.read("built_in.wav"));
}

#[test]
fn check_tells_every_file_and_fails_if_one_does() {
    let desk = Desk::new();
    desk.put("good.toml", "[[layer]]\nwaveform = \"sine\"");
    desk.put("bad.toml", "[[layer]]\nwaveform = \"sin\"");
    desk.put("bank.toml", "[drums]\n\"35\" = \"bass_drum\"");
    let assert = desk
        .run("presets check bad.toml good.toml bank.toml missing.toml")
        .code(1);
    let stdout = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(
        stdout.starts_with("good.toml: ok (a preset of 1 layer, peak ")
            && stdout.ends_with("\nbank.toml: ok (a bank)\n"),
        "{stdout}"
    );
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.starts_with("error: bad.toml:2: "), "{stderr}");
    assert!(
        stderr.contains("error: cannot read missing.toml"),
        "{stderr}"
    );
}

#[test]
fn inspect_prints_one_json_object_a_line() {
    let desk = Desk::new();
    desk.put("damaged.mid", midi(DAMAGED));
    let assert = desk
        .run("inspect --json song.mid missing.mid damaged.mid")
        .code(1);
    let stdout = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let lines: Vec<serde_json::Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [song, missing, damaged] = lines.as_slice() else {
        panic!("{stdout}")
    };
    assert_eq!(song["path"], "song.mid");
    assert_eq!(song["format"], 0);
    assert_eq!(song["notes"], 1);
    assert_eq!(song["duration_s"], 0.5);
    assert_eq!(song["division"]["ticks_per_quarter"], 96);
    assert_eq!(song["tracks"][0]["notes"], 1);
    assert_eq!(song["programs"][0]["name"], "Acoustic Grand Piano");
    assert_eq!(song["peak_polyphony"], 1);
    assert_eq!(song["repairs"].as_array().map(Vec::len), Some(0));
    assert_eq!(missing["path"], "missing.mid");
    assert!(missing["error"].is_string());
    assert_eq!(damaged["repairs"][0]["offset"], 0x1b);
    assert_eq!(damaged["repair_count"], 1);
}

#[test]
fn inspect_reads_well_and_strict_refuses_damage() {
    let desk = Desk::new();
    desk.put("damaged.mid", midi(DAMAGED));
    let page = desk.run("inspect song.mid").success().stderr("");
    let page = String::from_utf8_lossy(&page.get_output().stdout).into_owned();
    assert!(
        page.starts_with("song.mid\n") && page.contains("0 Acoustic Grand Piano (1)"),
        "{page}"
    );
    desk.expect("inspect damaged.mid", 0, "");
    desk.expect("inspect --strict damaged.mid", 1, "damaged");
    desk.command("inspect -")
        .write_stdin(midi(NOTE))
        .assert()
        .success();
}

#[test]
fn help_has_examples_and_version_is_known() {
    let desk = Desk::new();
    for help in [
        "--help",
        "render --help",
        "inspect --help",
        "presets --help",
    ] {
        let assert = desk.run(help).success();
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(text.contains("Examples:\n  cascade "), "{help}: {text}");
    }
    let version = concat!("cascade ", env!("CARGO_PKG_VERSION"), "\n");
    desk.run("--version").success().stdout(version);
}

#[test]
fn determinism_is_checked_while_the_recording_is_written() {
    let desk = Desk::new();
    desk.run("render song.mid -o plain.wav").success();
    for jobs in [1, 3] {
        let command = format!("render --check-determinism -j {jobs} song.mid -o checked.wav");
        desk.run(&command).success().stdout("").stderr("");
        assert_eq!(desk.read("checked.wav"), desk.read("plain.wav"));
    }
}

#[test]
fn a_plot_is_a_picture_of_a_song_or_of_a_recording() {
    let desk = Desk::new();
    desk.run("inspect --plot song.svg song.mid").success();
    let song = String::from_utf8(desk.read("song.svg")).unwrap();
    assert!(song.contains("song.mid: 1 notes") && song.contains("C4") && song.contains("ch 1"));
    desk.run("render song.mid").success();
    desk.run("inspect --plot wav.svg song.wav").success();
    let wav = String::from_utf8(desk.read("wav.svg")).unwrap();
    assert!(wav.contains("dBFS") && wav.contains("data:image/png;base64,"));
    desk.expect("inspect --plot song.png song.mid", 2, ".svg");
}

/// What many viewers do not know, or take for black: variables, rules outside of an element, colours in the words of
/// newer standards, and the newer name of a link.
#[test]
fn a_picture_needs_nothing_that_only_browsers_have() {
    let desk = Desk::new();
    desk.run("inspect --plot song.svg song.mid").success();
    desk.run("render song.mid").success();
    desk.run("inspect --plot wav.svg song.wav").success();
    for name in ["song.svg", "wav.svg"] {
        let svg = String::from_utf8(desk.read(name)).unwrap();
        for part in ["var(", "hsl(", "rgb(", " href=", " style="] {
            assert!(!svg.contains(part), "{name}: {part}");
        }
        let (head, sheet, body) = around_style(&svg);
        assert!(
            sheet.starts_with("@media (prefers-color-scheme:dark){"),
            "{sheet}"
        );
        assert!(
            sheet.ends_with("}}") && !sheet[1..].contains('@'),
            "{sheet}"
        );
        assert!(
            head.contains("font-family=") && head.contains("font-size="),
            "{head}"
        );
        assert!(
            body.trim_start()
                .starts_with("<rect class=\"fill-paper\" fill=\"#ffffff\"")
        );
        for element in body.split('<').filter(|element| is_painted(element)) {
            assert!(element.contains(" fill=\""), "{name}: {element}");
            let is_line = element.contains("fill=\"none\"");
            assert!(
                !is_line || element.contains(" stroke=\""),
                "{name}: {element}"
            );
        }
    }
}

/// What stands before, in and behind the one style sheet of a picture.
fn around_style(svg: &str) -> (&str, &str, &str) {
    let (head, rest) = svg.split_once("<style>").unwrap();
    let (sheet, body) = rest.split_once("</style>").unwrap();
    (head, sheet, body)
}

fn is_painted(element: &str) -> bool {
    let kinds = ["rect ", "text ", "line ", "path "];
    kinds.iter().any(|kind| element.starts_with(kind))
}

/// Measurements have the same figures everywhere: what libraries ask of C's math library, the program has itself.
#[cfg(target_os = "linux")]
#[test]
fn no_math_library_is_loaded() {
    let program = fs::read(assert_cmd::cargo::cargo_bin!("cascade")).unwrap();
    let asks_for = |name: &[u8]| program.windows(name.len()).any(|bytes| bytes == name);
    assert!(asks_for(b"main"));
    assert!(!asks_for(b"libm.so"));
}
