//! `cascade.toml` holds defaults for the options of `cascade render`; what is typed wins.

use std::fs;

use crate::cli::Desk;

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
    check_refused("no-mono = true", "unknown option \"no-mono\"");
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
