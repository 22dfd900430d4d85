//! `cascade.toml` holds defaults for the options of `cascade render`; what is typed wins.

use std::fs;

use crate::cli::{Desk, NOTE, midi};

fn desk(config: &str) -> Desk {
    let desk = Desk::new();
    desk.put("cascade.toml", config);
    desk
}

fn rendered(desk: &Desk, options: &str) -> Vec<u8> {
    desk.run(&format!("render song.mid {options}")).success();
    desk.read("song.wav")
}

/// Asserts that a file makes of some options what other options make without it.
fn check_same(config: &str, typed: &str, expected: &str) {
    let (with, without) = (desk(config), Desk::new());
    assert!(
        rendered(&with, typed) == rendered(&without, expected),
        "{config} and {typed:?} are not {expected:?}"
    );
}

/// What is told of where the options come from.
fn told(desk: &Desk, arguments: &str) -> String {
    let assert = desk.run(arguments).success();
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// Asserts that a file is refused, and what is said of it.
fn check_refused(config: &str, said: &str) {
    let desk = desk(config);
    desk.expect("render song.mid", 2, said);
    assert_eq!(desk.list("."), ["cascade.toml", "song.mid"], "{config}");
}

#[test]
fn every_kind_of_option_can_stand_in_the_file() {
    check_same("format = 'f32'", "", "--format f32");
    check_same(
        "gain = -6.5\nsample-rate = 8_000",
        "",
        "--gain -6.5 -r 8000",
    );
    check_same("mono = true\nraw = false", "", "--mono");
    check_same(
        "limiter = false\ndither = 'off'",
        "",
        "--limiter off --dither off",
    );
    check_same(
        "set = ['envelope.release_s=0.4', 'level_db=-20']",
        "",
        "--set envelope.release_s=0.4 --set level_db=-20",
    );
    check_same("mute = [1, '3-5']", "", "--mute 1,3-5");
    check_same("to = 00:00:00.25", "", "--to 0.25");
    check_same(
        "[render]\npreset = 'sawtooth'\ntranspose = -3",
        "",
        "-p sawtooth --transpose -3",
    );
}

#[test]
fn what_is_typed_wins() {
    check_same(
        "format = 'f32'\ngain = -6",
        "--gain -3",
        "--format f32 --gain -3",
    );
    check_same(
        "set = ['level_db=-20']",
        "--set level_db=-3",
        "--set level_db=-3",
    );
    check_same(
        "mono = true\npreset = 'sawtooth'",
        "--no-mono",
        "--preset sawtooth",
    );
    check_same("mono = true\npreset = 'sawtooth'", "--no-preset", "--mono");
    check_same("mono = true", "--no-config", "");
    check_same("quiet = true", "--verbose", "");
}

#[test]
fn options_are_taken_from_a_file_that_is_named() {
    let desk = desk("mono = true");
    fs::create_dir(desk.path("sub")).unwrap();
    desk.put("sub/studio.toml", "format = 'i24'");
    let wav = rendered(&desk, "--config sub/studio.toml");
    assert!(wav == rendered(&Desk::new(), "--format i24"));
    desk.expect(
        "render song.mid --config none.toml",
        2,
        "cannot read none.toml",
    );
    desk.expect(
        "render song.mid --config a --no-config",
        2,
        "cannot be used with",
    );
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let desk = Desk::new();
    fs::create_dir(desk.path("sub")).unwrap();
    let shown = desk.run("presets show sawtooth").success();
    desk.put("sub/mine.toml", &shown.get_output().stdout);
    desk.put("sub/c.toml", "preset = 'mine.toml'\noutput = 'take.wav'");
    desk.run("render song.mid --config sub/c.toml").success();
    assert!(desk.read("sub/take.wav") == rendered(&desk, "--preset sawtooth"));
    // The name of a preset is no path, nor is a stream.
    desk.put("sub/c.toml", "preset = 'sawtooth'\noutput = '-'");
    let piped = desk.run("render song.mid --config sub/c.toml").success();
    assert!(piped.get_output().stdout == desk.read("song.wav"));
}

#[test]
fn the_details_tell_where_options_come_from() {
    let desk =
        desk("# The studio.\nformat = 'f32'\n\n[render]\ngain = -6\nset = ['level_db=-3']\n");
    let told = told(&desk, "render -v song.mid --gain -3 --mono");
    let expected = [
        "--set level_db=-3 (cascade.toml:6)",
        "--gain -3 (command line)",
        "--format f32 (cascade.toml:2)",
        "--mono (command line)",
        "--verbose (command line)",
    ];
    let lines: Vec<&str> = told.lines().take(expected.len()).collect();
    assert_eq!(lines, expected);
}

#[test]
fn mistakes_name_the_file_and_the_line() {
    check_refused(
        "mono = true\nformatt = 'f32'",
        "cascade.toml:2: unknown option \"formatt\"; did you mean \"format\"?",
    );
    check_refused("sample_rate = 8000", "did you mean \"sample-rate\"?");
    check_refused(
        "\n\nzzz = 1",
        "cascade.toml:3: unknown option \"zzz\"; `cascade render --help`",
    );
    check_refused(
        "format = 'mp3'",
        "cascade.toml:1: invalid value 'mp3' for '--format <FORMAT>' [possible values: i16",
    );
    check_refused(
        "[render]\nsample-rate = 1",
        "cascade.toml:2: invalid value '1' for '--sample-rate",
    );
    check_refused(
        "mono = 'yes'",
        "cascade.toml:1: mono is a flag: true or false",
    );
    check_refused(
        "preset = ['a', 'b']\nformat = [[1]]",
        "cascade.toml:2: format is neither",
    );
    check_refused(
        "[sound]\ngain = 1",
        "cascade.toml:1: unknown section [sound]",
    );
    check_refused(
        "gain = 1\n[render]\ngain = 2",
        "cascade.toml:3: gain stands in line 1 already",
    );
    check_refused(
        "config = 'other.toml'",
        "cascade.toml:1: --config can only be typed",
    );
    check_refused(
        "\nno-preset = true",
        "cascade.toml:2: unknown option \"no-preset\"",
    );
    check_refused(
        "no-reverb = false",
        "cascade.toml:1: no-reverb is true, or left out; or write reverb = false",
    );
    check_refused(
        "reverb = 'plate'\nno-reverb = true",
        "cascade.toml:2: reverb stands in line 1 already",
    );
    check_refused("gain = ", "cascade.toml:1: ");
    check_refused(
        "quiet = true\nverbose = true",
        "the options in cascade.toml are in force too",
    );
}

#[test]
fn a_wrong_command_line_is_told_of_as_without_a_file() {
    let desk = desk("format = 'f32'");
    desk.expect(
        "render song.mid --solo 0",
        2,
        "invalid value '0' for '--solo",
    );
    desk.expect("render song.mid --frm", 2, "unexpected argument '--frm'");
    desk.expect("render", 2, "required arguments were not provided");
    desk.expect(
        "render song.mid --mono --mono",
        2,
        "cannot be used multiple times",
    );
}

#[test]
fn other_commands_and_help_do_not_read_the_file() {
    let desk = desk("this is no TOML");
    desk.run("inspect song.mid").success();
    desk.run("presets list").success();
    desk.run("render --help").success();
    desk.run("--version").success();
    desk.expect("render song.mid", 2, "cascade.toml:1: ");
    desk.run("render song.mid --no-config").success();
}

/// A song that every effect, the limiter and the dither change.
fn wet() -> Vec<u8> {
    let sends = b"\x00\xB0\x5B\x7F\x00\xB0\x5D\x7F\x00\xB0\x5E\x7F";
    midi(&[&sends[..], NOTE].concat())
}

#[test]
fn no_option_means_off_wherever_it_stands() {
    for option in ["reverb", "chorus", "delay", "limiter", "dither"] {
        let render = |config: &str, typed: &str| {
            let desk = desk(config);
            desk.put("song.mid", wet());
            rendered(&desk, &format!("--gain 30 {typed}"))
        };
        let on = render("", "");
        let off = render("", &format!("--{option} off"));
        assert!(on != off, "{option}");
        let check = |config: &str, typed: &str, expected: &[u8]| {
            let (config, typed) = (config.replace('X', option), typed.replace('X', option));
            assert!(render(&config, &typed) == expected, "{config} and {typed}");
        };
        check("", "--no-X", &off);
        check("", "--X on --no-X", &off);
        check("", "--no-X --X on", &on);
        check("", "--no-X --no-X", &off);
        check("X = true", "--no-X", &off);
        check("X = false", "", &off);
        check("X = false", "--X on", &on);
        check("no-X = true", "", &off);
        check("no-X = true", "--X on", &on);
        check("no-X = true", "--no-config", &on);
    }
}

#[test]
fn no_option_without_an_off_is_as_if_the_file_did_not_have_it() {
    check_same("no-mono = true", "", "");
    check_same("mono = true", "--mono --no-mono", "");
    check_same("mono = true", "--no-mono --mono", "--mono");
    check_same("format = 'f32'", "--no-format", "");
    check_same("from = 0.1", "--no-from", "");
    check_same("normalize = 'peak=-1'", "--no-normalize", "");
    check_same("tail = 2", "--no-tail", "--tail 0");
    check_same("", "--no-tail", "--tail off");
    let desk = desk("labels = 'csv'\nstems = 'track'");
    rendered(&desk, "--no-labels --no-stems");
    assert_eq!(desk.list("."), ["cascade.toml", "song.mid", "song.wav"]);
}

#[test]
fn what_is_off_is_told_and_recorded_as_off() {
    let desk = Desk::new();
    let said = told(&desk, "render -v song.mid --no-reverb --no-preset");
    assert!(
        said.starts_with("--reverb off (command line)\n--verbose"),
        "{said}"
    );
    desk.put("b.mid", midi(NOTE));
    desk.run("render song.mid b.mid --no-reverb --no-bank --no-mono -o wavs")
        .success();
    let manifest = String::from_utf8(desk.read("wavs/cascade-manifest.jsonl")).unwrap();
    for line in manifest.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            entry["options"],
            serde_json::json!(["--reverb", "off"]),
            "{line}"
        );
    }
    desk.run("verify wavs").success();
}

#[test]
fn help_tells_what_no_option_means_and_what_a_found_file_may_set() {
    let help = Desk::new().run("render --help").success();
    let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
    let words: Vec<&str> = help.split_whitespace().collect();
    let help = words.join(" ");
    for sentence in [
        "[--no-reverb: off] [default: on]",
        "--no-KEY is off where KEY has an off, and otherwise as if the file did not have KEY",
        "found and not given, may not set output, files-from, bless or force, and reads only below its folder",
    ] {
        assert!(help.contains(sentence), "{sentence} in {help}");
    }
}

/// Asserts that a file is refused when it is found, and that this is not the reason when it is given.
fn check_only_given(desk: &Desk, config: &str, said: &str) {
    desk.put("cascade.toml", config);
    let before = desk.list(".");
    desk.expect("render song.mid", 2, &format!("cascade.toml:1: {said}"));
    desk.expect("render song.mid", 2, "give it with --config cascade.toml");
    assert_eq!(desk.list("."), before, "{config}");
    let given = desk.run("render song.mid --config cascade.toml");
    let stderr = String::from_utf8_lossy(&given.get_output().stderr).into_owned();
    assert!(!stderr.contains("not given"), "{config}: {stderr}");
}

#[test]
fn a_file_that_was_found_names_no_output_and_no_list() {
    let desk = Desk::new();
    for config in [
        "output = \"../home/.ssh/authorized_keys\"",
        "output = 'take.wav'",
        "output = '-'",
        "files-from = 'list.txt'",
        "bless = 'why'",
    ] {
        let option = config.split(' ').next().unwrap();
        check_only_given(&desk, config, &format!("{option} cannot be set"));
    }
    desk.put("cascade.toml", "output = 'take.wav'");
    desk.run("render song.mid --config cascade.toml").success();
    assert!(desk.path("take.wav").exists());
    // What it may not set, it may not set even where that would be overruled.
    desk.expect("render song.mid -o a.wav", 2, "output cannot be set");
    desk.run("render song.mid -o a.wav --no-config").success();
}

#[test]
fn a_file_that_was_found_reads_only_below_its_folder() {
    let outside = Desk::new();
    let shown = outside.run("presets show sawtooth").success();
    let preset = &shown.get_output().stdout;
    outside.put("mine.toml", preset);
    outside.put("bank.toml", "[programs]\n\"0\" = \"mine.toml\"");
    let desk = Desk::new();
    fs::create_dir(desk.path("sub")).unwrap();
    desk.put("sub/mine.toml", preset);
    desk.put("sub/bank.toml", "[programs]\n\"0\" = \"../sub/mine.toml\"");
    let expected = rendered(&Desk::new(), "--preset sawtooth");
    for inside in [
        "preset = 'sub/mine.toml'",
        "bank = 'sub/bank.toml'",
        "preset = 'sub/../sub/mine.toml'",
    ] {
        desk.put("cascade.toml", inside);
        assert!(rendered(&desk, "") == expected, "{inside}");
    }
    let absolute = outside.path("mine.toml");
    let climbing = format!(
        "../{}/mine.toml",
        outside.path("").file_name().unwrap().display()
    );
    for config in [
        format!("preset = '{}'", absolute.display()),
        format!("preset = '{climbing}'"),
        "preset = '../none.toml'".to_owned(),
        "bank = '..'".to_owned(),
        format!("bank = '{}'", outside.path("bank.toml").display()),
    ] {
        let option = config.split(' ').next().unwrap();
        check_only_given(&desk, &config, &format!("{option} names "));
    }
    desk.put("cascade.toml", "bank = 'sub/bank.toml'");
    desk.put(
        "sub/bank.toml",
        format!("[programs]\n\"0\" = \"../{climbing}\""),
    );
    desk.expect(
        "render song.mid",
        2,
        "the bank was found, not given; type --bank",
    );
    desk.run("render song.mid --bank sub/bank.toml").success();
    desk.run("render song.mid --config cascade.toml").success();
}

#[cfg(unix)]
#[test]
fn a_link_leads_a_file_that_was_found_nowhere() {
    use std::os::unix::fs::symlink;
    let (desk, outside) = (Desk::new(), Desk::new());
    outside.put("mine.toml", "[[layer]]\nwaveform = \"sine\"");
    outside.put("c.toml", "mono = true");
    symlink(outside.path("mine.toml"), desk.path("link.toml")).unwrap();
    symlink(outside.path(""), desk.path("folder")).unwrap();
    check_only_given(
        &desk,
        "preset = 'link.toml'",
        "preset names link.toml, outside",
    );
    check_only_given(
        &desk,
        "preset = 'folder/mine.toml'",
        "preset names folder/mine.toml",
    );
    check_only_given(&desk, "bank = 'folder/../song.mid'", "bank names ");
    fs::remove_file(desk.path("cascade.toml")).unwrap();
    symlink(outside.path("c.toml"), desk.path("cascade.toml")).unwrap();
    desk.expect(
        "render song.mid",
        2,
        "cascade.toml is a link out of this folder",
    );
    desk.run("render song.mid --config cascade.toml").success();
}
