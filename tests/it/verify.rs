//! `cascade verify` and `--bless`: baselines that are made on purpose, and differences told in the words of music.

use std::fs;

use super::cli::{Desk, midi};

/// A bar of quarter notes on channel 1, then half a bar of an organ on channel 2.
const SONG: &[u8] = b"\x00\xC1\x13\
    \x00\x90\x3C\x40\x60\x80\x3C\x40\x00\x90\x3C\x40\x60\x80\x3C\x40\
    \x00\x90\x3C\x40\x60\x80\x3C\x40\x00\x90\x3C\x40\x60\x80\x3C\x40\
    \x00\x91\x40\x50\x81\x40\x81\x40\x40";
/// The same without the third quarter note: the second one lasts as long as ever, and a rest follows.
const WITHOUT_A_NOTE: &[u8] = b"\x00\xC1\x13\
    \x00\x90\x3C\x40\x60\x80\x3C\x40\x00\x90\x3C\x40\x60\x80\x3C\x40\
    \x60\x90\x3C\x40\x60\x80\x3C\x40\
    \x00\x91\x40\x50\x81\x40\x81\x40\x40";
/// One note, of a song that nothing is done to.
const OTHER: &[u8] = b"\x00\x90\x43\x40\x60\x80\x43\x40";

const MANIFEST: &str = "golden/cascade-manifest.jsonl";

/// What a run said: exit code, standard output, standard error.
type Said = (i32, String, String);

/// A folder with two songs, an organ of its own, and no baseline yet.
fn desk() -> Desk {
    let desk = Desk::new();
    fs::create_dir(desk.path("songs")).unwrap();
    desk.put("songs/a.mid", midi(SONG));
    desk.put("songs/b.mid", midi(OTHER));
    desk.put("bank.toml", "[programs]\n\"19\" = \"organ.toml\"");
    organ(&desk, "square");
    desk
}

/// The same with a baseline; its recordings are gone, as in a repository.
fn baseline() -> Desk {
    let desk = desk();
    let said = run_with(
        &desk,
        &["render", "-q", "--bless", "the first one"],
        BLESSED,
    );
    assert_eq!(said, (0, String::new(), String::new()));
    for wav in ["a.wav", "b.wav"] {
        fs::remove_file(desk.path("golden").join(wav)).unwrap();
    }
    desk
}

const BLESSED: &str = "--bank bank.toml songs -o golden";

fn organ(desk: &Desk, waveform: &str) {
    desk.put(
        "organ.toml",
        format!("[[layer]]\nwaveform = \"{waveform}\""),
    );
}

/// Runs on a machine that is not CI.
fn run_with(desk: &Desk, first: &[&str], arguments: &str) -> Said {
    let mut command = desk.command("");
    command.args(first).args(arguments.split_whitespace());
    let output = command.env_remove("CI").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn run(desk: &Desk, arguments: &str) -> Said {
    run_with(desk, &[], arguments)
}

/// Expects an exit code, and words anywhere in what is said.
fn check(desk: &Desk, arguments: &str, code: i32, words: &[&str]) {
    let (found, stdout, stderr) = run(desk, arguments);
    assert_eq!(found, code, "{arguments}: {stdout}{stderr}");
    for word in words {
        assert!(
            stdout.contains(word) || stderr.contains(word),
            "{arguments}: no {word} in\n{stdout}{stderr}"
        );
    }
}

/// The entries of a manifest.
fn entries(desk: &Desk, manifest: &str) -> Vec<serde_json::Value> {
    let text = String::from_utf8(desk.read(manifest)).unwrap();
    let entries = text.lines().map(serde_json::from_str);
    entries.collect::<Result<_, _>>().unwrap()
}

/// Rewrites a field of the first entry.
fn tamper(desk: &Desk, field: &str, value: serde_json::Value) {
    let mut entries = entries(desk, MANIFEST);
    entries[0][field] = value;
    let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    desk.put(MANIFEST, lines);
}

#[test]
fn what_renders_the_same_is_the_same_and_nothing_is_written() {
    let desk = baseline();
    // It would make everything louder, if it were read.
    desk.put("cascade.toml", "gain = 6");
    let before = (desk.list("."), desk.list("golden"), desk.read(MANIFEST));
    check(
        &desk,
        &format!("verify {MANIFEST}"),
        0,
        &["2 songs: 2 same"],
    );
    assert_eq!(
        run(&desk, "verify -q golden"),
        (0, String::new(), String::new())
    );
    let after = (desk.list("."), desk.list("golden"), desk.read(MANIFEST));
    assert_eq!(after, before);
}

#[test]
fn a_changed_preset_is_told_by_song_bar_channel_and_note() {
    let desk = baseline();
    organ(&desk, "sawtooth");
    let words = [
        "songs/a.mid",
        "presets, banks or settings are others than those of the baseline (the first one)",
        "likely: channel 2",
        "from bar 2:1 ",
        "channel 2, Church Organ: 1 note (E4)",
        "2 songs: 1 same, 1 different",
    ];
    check(&desk, "verify golden", 1, &words);
    let (_, stdout, _) = run(&desk, "verify golden");
    assert!(!stdout.contains("songs/b.mid"), "{stdout}");
}

#[test]
fn a_missing_note_is_found_at_its_bar_and_beat() {
    let desk = baseline();
    let without = midi(WITHOUT_A_NOTE);
    let hash = cascade::batch::digest::of_bytes(&without);
    desk.put("songs/a.mid", without);
    tamper(&desk, "input_hash", hash.into());
    let (code, stdout, _) = run(&desk, "verify golden --report json");
    assert_eq!(code, 1);
    let line: serde_json::Value = serde_json::from_str(stdout.lines().next().unwrap()).unwrap();
    let first = &line["passages"][0];
    let times = [&first["from_s"], &first["to_s"]].map(|time| time.as_f64().unwrap());
    assert!(
        times[0] > 0.75 && times[0] < 1.05 && times[1] > 1.3,
        "{first}"
    );
    assert!(first["loudness_db"].as_f64().unwrap() < -6.0, "{first}");
    let bar = first["from"].as_str().unwrap();
    assert!(bar.starts_with("1:2.") || bar == "1:3", "{first}");
    // The bars are those of the song as it is: nothing else is missing.
    assert_eq!(line["verdict"], "different");
}

#[test]
fn another_song_than_was_recorded_is_not_verified_until_it_is_blessed() {
    let desk = baseline();
    desk.put("songs/a.mid", midi(WITHOUT_A_NOTE));
    let words = [
        "songs/a.mid: is another song than when it was recorded",
        "1 not verified",
    ];
    check(&desk, "verify golden", 2, &words);
    let said = run_with(&desk, &["verify", "--bless", "a rest in bar 1"], "golden");
    assert_eq!(said.0, 0, "{said:?}");
    check(&desk, "verify golden", 0, &["2 songs: 2 same"]);
    let reasons: Vec<_> = entries(&desk, MANIFEST)
        .iter()
        .map(|entry| entry["reason"].clone())
        .collect();
    assert_eq!(reasons, ["a rest in bar 1", "the first one"]);
    assert_eq!(desk.list("golden"), ["cascade-manifest.jsonl"]);
}

#[test]
fn blessing_takes_what_differs_as_the_baseline() {
    let desk = baseline();
    organ(&desk, "sawtooth");
    let said = run_with(&desk, &["verify", "--bless", "a reedier organ"], "golden");
    assert_eq!(said.0, 0, "{said:?}");
    assert!(said.2.contains("1 of 2 songs blessed"), "{said:?}");
    check(&desk, "verify golden", 0, &[]);
    organ(&desk, "square");
    check(&desk, "verify golden", 1, &["(a reedier organ)"]);
}

#[test]
fn a_hash_that_was_tampered_with_is_a_difference() {
    let desk = baseline();
    tamper(&desk, "output_hash", "00".repeat(32).into());
    let words = [
        "the same version, presets and settings",
        "where is not known",
    ];
    check(&desk, "verify golden", 1, &words);
}

#[test]
fn what_cannot_be_verified_says_why() {
    let desk = baseline();
    check(
        &desk,
        "verify gone.jsonl",
        2,
        &["cannot read the manifest gone.jsonl"],
    );
    desk.put("empty.jsonl", "");
    check(
        &desk,
        "verify empty.jsonl",
        2,
        &["empty.jsonl has no entries"],
    );
    let torn = [desk.read(MANIFEST), b"{\"input\":".to_vec()].concat();
    desk.put("torn.jsonl", torn);
    check(
        &desk,
        "verify torn.jsonl",
        2,
        &["torn.jsonl, line 3: is no entry"],
    );
    fs::remove_file(desk.path("songs/b.mid")).unwrap();
    let words = [
        "songs/b.mid: is not there as recorded",
        "1 same, 1 not verified",
    ];
    check(&desk, "verify golden", 2, &words);
    fs::remove_file(desk.path("organ.toml")).unwrap();
    check(&desk, "verify golden", 2, &["organ.toml", "2 not verified"]);
}

#[test]
fn what_could_not_be_rendered_then_is_not_verified() {
    let desk = desk();
    desk.put("songs/c.mid", "no music");
    let first = ["render", "-q", "--bless", "with a text"];
    assert_eq!(run_with(&desk, &first, BLESSED).0, 1);
    let words = [
        "songs/c.mid: could not be rendered when it was recorded",
        "2 same",
    ];
    check(&desk, "verify golden", 2, &words);
    tamper(&desk, "options", serde_json::json!(["--no-such-option"]));
    check(
        &desk,
        "verify golden",
        2,
        &["does not understand its options"],
    );
}

#[test]
fn continuous_integration_blesses_nothing() {
    let desk = baseline();
    for arguments in [
        format!("render --bless why {BLESSED}"),
        "verify --bless why golden".to_owned(),
    ] {
        let before = desk.read(MANIFEST);
        let mut command = desk.command(&arguments);
        let refused = command.env("CI", "true").assert().code(2);
        let stderr = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(
            stderr.contains("environment variable CI is set"),
            "{stderr}"
        );
        assert!(desk.read(MANIFEST) == before, "{arguments}");
        desk.command(&arguments).env("CI", "").assert().code(0);
    }
    let said = run_with(&desk, &["verify", "golden", "--bless", " "], "");
    assert_eq!(said.0, 2, "{said:?}");
    check(
        &desk,
        "render --bless why songs/a.mid",
        2,
        &["--bless needs --output FOLDER"],
    );
}

#[test]
fn a_baseline_is_not_replaced_by_the_way() {
    let desk = baseline();
    organ(&desk, "sawtooth");
    let before = desk.read(MANIFEST);
    check(&desk, &format!("render {BLESSED}"), 2, &["is a baseline"]);
    assert_eq!(desk.read(MANIFEST), before);
    check(&desk, "verify golden", 1, &[]);
}

#[test]
fn a_new_song_joins_the_baseline_and_the_others_keep_their_reasons() {
    for how in ["", "--resume"] {
        let desk = baseline();
        desk.put("songs/c.mid", midi(SONG));
        organ(&desk, "sawtooth");
        let first = ["render", "-q", "--bless", "a third song"];
        let said = run_with(&desk, &first, &format!("{how} {BLESSED}"));
        assert_eq!(said.0, 0, "{said:?}");
        let entries = entries(&desk, MANIFEST);
        let reasons: Vec<_> = entries.iter().map(|entry| &entry["reason"]).collect();
        // The first one has the organ in it.
        assert_eq!(reasons, ["a third song", "the first one", "a third song"]);
        check(&desk, "verify golden", 0, &["3 songs: 3 same"]);
    }
}

#[test]
fn what_is_unchanged_is_not_rendered_again_to_be_blessed() {
    let desk = desk();
    let arguments = format!("--resume {BLESSED}");
    assert_eq!(run(&desk, &format!("render -q {BLESSED}")).0, 0);
    let first = ["render", "--bless", "what is there"];
    let said = run_with(&desk, &first, &arguments);
    assert!(said.2.contains("2 rendered"), "it had no reason: {said:?}");
    let said = run_with(&desk, &first, &arguments);
    assert!(
        said.2
            .contains("0 rendered (0 new, 0 changed), 2 unchanged"),
        "{said:?}"
    );
}

#[test]
fn the_options_of_each_song_are_repeated() {
    for options in [
        "--mono -r 22050 --format i24 --gain -3",
        "--tempo 2/3 --transpose 1 --from 0.5 --to 2 --mute 2",
        "--normalize lufs=-20 --reverb plate --raw",
        "--stems channel --format f32",
    ] {
        let desk = desk();
        let arguments = format!("{options} {BLESSED}");
        let said = run_with(&desk, &["render", "-q", "--bless", "why"], &arguments);
        assert_eq!(said.0, 0, "{options}: {said:?}");
        check(&desk, "verify golden", 0, &["2 songs: 2 same"]);
    }
}

#[test]
fn bars_count_from_the_beginning_of_the_song() {
    let desk = desk();
    let arguments = format!("--tempo 2 --from 0.5 {BLESSED}");
    let said = run_with(&desk, &["render", "-q", "--bless", "why"], &arguments);
    assert_eq!(said.0, 0, "{said:?}");
    organ(&desk, "sawtooth");
    let (_, stdout, _) = run(&desk, "verify golden");
    assert!(stdout.contains("from bar 2:1 "), "{stdout}");
}

#[test]
fn manifests_of_shards_are_verified_together_and_the_order_is_that_of_the_songs() {
    let desk = desk();
    for shard in ["1/2", "2/2"] {
        let arguments = format!("--bank bank.toml songs --shard {shard} -o {}", &shard[..1]);
        let said = run_with(&desk, &["render", "-q", "--bless", "why"], &arguments);
        assert_eq!(said.0, 0, "{said:?}");
    }
    let parts = ["2", "1"].map(|folder| desk.read(&format!("{folder}/cascade-manifest.jsonl")));
    desk.put("all.jsonl", parts.concat());
    check(&desk, "verify all.jsonl", 0, &["2 songs: 2 same"]);
    organ(&desk, "sawtooth");
    let one = run(&desk, "verify all.jsonl --report json -j 1");
    assert_eq!(one, run(&desk, "verify all.jsonl --report json -j 3"));
    let inputs: Vec<String> = one
        .1
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["input"].to_string())
        .collect();
    assert_eq!(inputs, ["\"songs/a.mid\"", "\"songs/b.mid\""]);
}

#[test]
fn an_old_recording_is_compared_and_drawn() {
    let desk = desk();
    let said = run_with(&desk, &["render", "-q", "--bless", "why"], BLESSED);
    assert_eq!(said.0, 0, "{said:?}");
    organ(&desk, "sawtooth");
    desk.put("songs/b.mid", midi(SONG));
    let words = [
        "compared with golden/a.wav",
        "signal-to-noise ratio",
        "1 different",
    ];
    check(
        &desk,
        "verify golden --html v.html --junit v.xml",
        2,
        &words,
    );
    let page = String::from_utf8(desk.read("v.html")).unwrap();
    assert!(page.contains("Spectrogram, expected") && page.contains("from bar 2:1 "));
    assert!(!page.contains("http://") || page.contains("http://www.w3.org/2000/svg"));
    let xml = String::from_utf8(desk.read("v.xml")).unwrap();
    assert!(
        xml.contains("tests=\"2\" failures=\"1\" errors=\"1\""),
        "{xml}"
    );
    assert!(
        xml.contains("<failure message=\"differs from bar 2:1 "),
        "{xml}"
    );
    let (_, stdout, _) = run(&desk, "verify golden --report json");
    let line: serde_json::Value = serde_json::from_str(stdout.lines().next().unwrap()).unwrap();
    assert!(line["figures"]["snr_db"].is_number(), "{line}");
}
