//! `cascade verify` and `--bless`: baselines that are made on purpose, and differences told in the words of music.

use std::fs;
use std::path::Path;

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

/// Takes from a manifest what Cascade 0.1.0 did not write.
fn make_older(desk: &Desk) {
    let mut entries = entries(desk, MANIFEST);
    for entry in &mut entries {
        let fields = entry.as_object_mut().unwrap();
        let known = ["made_of", "folder"].map(|field| fields.remove(field).is_some());
        assert_eq!(known, [true, true], "{fields:?}");
    }
    let lines: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    desk.put(MANIFEST, lines);
}

fn bless(desk: &Desk, arguments: &str) {
    let said = run_with(desk, &["render", "-q", "--bless", "why"], arguments);
    assert_eq!(said, (0, String::new(), String::new()), "{arguments}");
}

#[test]
fn a_song_that_the_manifest_lacks_is_told_in_every_report() {
    let desk = baseline();
    fs::create_dir_all(desk.path("songs/new")).unwrap();
    desk.put("songs/new/c<d>.KAR", midi(OTHER));
    desk.put("songs/notes.txt", "no song");
    let words = [
        "error: songs/new/c<d>.KAR: is not in the manifest",
        "--bless REASON",
        "no baseline      songs/new/c<d>.KAR",
        "3 songs: 2 same, 1 no baseline",
    ];
    let arguments = "verify golden --junit v.xml --html v.html";
    check(&desk, arguments, 2, &words);
    let xml = String::from_utf8(desk.read("v.xml")).unwrap();
    assert!(
        xml.contains("tests=\"3\" failures=\"0\" errors=\"1\""),
        "{xml}"
    );
    assert!(
        xml.contains("name=\"songs/new/c&lt;d&gt;.KAR\"><error message=\"is not in the manifest")
    );
    let page = String::from_utf8(desk.read("v.html")).unwrap();
    assert!(page.contains("no baseline</td><td>songs/new/c&lt;d&gt;.KAR"));
    let (_, stdout, _) = run(&desk, "verify golden --report json");
    let last: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["verdict"], "no-baseline");
    assert_eq!(last["input"], "songs/new/c<d>.KAR");
    assert!(
        last["expected"].is_null() && last["blessed"] == false,
        "{last}"
    );
    check(&desk, "verify -q golden", 2, &["is not in the manifest"]);
}

#[test]
fn a_song_without_a_baseline_counts_less_than_a_difference_and_that_less_than_a_failure() {
    let desk = baseline();
    desk.put("songs/c.mid", midi(OTHER));
    organ(&desk, "sawtooth");
    let words = ["3 songs: 1 same, 1 different, 1 no baseline"];
    check(&desk, "verify golden", 1, &words);
    fs::remove_file(desk.path("songs/b.mid")).unwrap();
    let words = ["3 songs: 1 different, 1 no baseline, 1 not verified"];
    check(&desk, "verify golden", 2, &words);
    let help = run(&desk, "verify --help").1;
    assert!(help.contains("Exit codes, the first that holds: 2 a song of the manifest could not"));
}

#[test]
fn a_folder_counts_if_it_was_named_or_all_songs_in_it_were() {
    for (inputs, folder, told) in [
        ("songs", "songs", true),
        ("./songs/", "songs", true),
        ("songs/a.mid songs/b.mid", "songs", true),
        ("songs/a.mid song.mid", "songs", false),
        ("songs/a.mid", "songs", false),
        ("song.mid other.mid", ".", true),
        ("--files-from list", "songs", true),
    ] {
        let desk = desk();
        desk.put("other.mid", midi(OTHER));
        desk.put("list", "songs/a.mid\nsongs/b.mid\n");
        bless(&desk, &format!("{inputs} -o golden/"));
        check(&desk, "verify golden", 0, &[]);
        desk.put(format!("{folder}/new.mid"), midi(OTHER));
        let (code, words) = match told {
            true => (2, "new.mid: is not in the manifest"),
            false => (0, "same"),
        };
        check(&desk, "verify golden", code, &[words]);
    }
}

#[test]
fn a_manifest_of_an_older_version_is_verified_and_its_folders_are_known_by_its_paths() {
    for (inputs, folder) in [("songs", "songs"), ("song.mid other.mid", ".")] {
        let desk = desk();
        desk.put("other.mid", midi(OTHER));
        bless(&desk, &format!("{inputs} -o golden"));
        make_older(&desk);
        check(&desk, "verify golden", 0, &["2 songs: 2 same"]);
        desk.put(format!("{folder}/new.mid"), midi(SONG));
        check(
            &desk,
            "verify golden",
            2,
            &["new.mid: is not in the manifest"],
        );
        let said = run_with(&desk, &["verify", "--bless", "one more"], "golden");
        assert_eq!(said.0, 0, "{said:?}");
        check(&desk, "verify golden", 0, &["3 songs: 3 same"]);
        desk.put(format!("{folder}/newer.mid"), midi(SONG));
        check(
            &desk,
            "verify golden",
            2,
            &["newer.mid: is not in the manifest"],
        );
    }
    let desk = baseline();
    make_older(&desk);
    organ(&desk, "sawtooth");
    let words =
        ["banks or settings are others than those of the baseline (the first one); which ones,"];
    check(&desk, "verify golden", 1, &words);
}

#[test]
fn blessing_adds_the_songs_that_the_manifest_lacks() {
    let desk = desk();
    let options = "--bank bank.toml --gain -3";
    bless(&desk, &format!("{options} songs -o golden"));
    fs::create_dir(desk.path("songs/0")).unwrap();
    desk.put("songs/0/c.mid", midi(SONG));
    let said = run_with(&desk, &["verify", "--bless", "one more"], "golden");
    assert_eq!(said.0, 0, "{said:?}");
    assert!(
        said.1.contains("no baseline") && said.1.contains("blessed"),
        "{said:?}"
    );
    assert!(said.2.contains("1 of 3 songs blessed"), "{said:?}");
    let blessed = desk.read(MANIFEST);
    check(&desk, "verify golden", 0, &["3 songs: 3 same"]);
    // The same as if it had been there from the beginning.
    let first = ["render", "-q", "--bless", "one more"];
    let said = run_with(&desk, &first, &format!("{options} songs -o whole"));
    assert_eq!(said.0, 0, "{said:?}");
    let whole = entries(&desk, "whole/cascade-manifest.jsonl");
    assert_eq!(entries(&desk, MANIFEST)[0], whole[0]);
    assert_eq!(whole[0]["output"], "0/c.wav");
    // A song that is none is not added.
    desk.put("songs/d.mid", "no music");
    let said = run_with(&desk, &["verify", "--bless", "another"], "golden");
    assert_eq!(said.0, 2, "{said:?}");
    assert_eq!(desk.read(MANIFEST), blessed);
}

#[test]
fn a_new_song_is_not_blessed_where_its_options_or_its_place_are_not_known() {
    let desk = desk();
    bless(&desk, "songs -o golden");
    let mut lines = entries(&desk, MANIFEST);
    lines[0]["options"] = serde_json::json!(["--mono"]);
    let text: String = lines.iter().map(|entry| format!("{entry}\n")).collect();
    desk.put(MANIFEST, text);
    desk.put("songs/c.mid", midi(SONG));
    let said = run_with(&desk, &["verify", "--bless", "why"], "golden");
    assert_eq!(said.0, 2, "{said:?}");
    assert!(said.2.contains("several sets of options"), "{said:?}");

    let desk = self::desk();
    fs::create_dir(desk.path("others")).unwrap();
    desk.put("others/c.mid", midi(SONG));
    bless(&desk, "songs others -o golden");
    desk.put("others/a.mid", midi(SONG));
    let said = run_with(&desk, &["verify", "--bless", "why"], "golden");
    assert_eq!(said.0, 2, "{said:?}");
    assert!(
        said.2.contains("another song whose recording is a.wav"),
        "{said:?}"
    );
}

#[test]
fn what_changed_is_named() {
    let organ_changed = |desk: &Desk| organ(desk, "sawtooth");
    let bank_changed = |desk: &Desk| {
        desk.put("bank.toml", "[programs]\n\"19\" = \"oboe\"");
    };
    let option_changed = |desk: &Desk| {
        tamper(
            desk,
            "options",
            serde_json::json!(["--bank", "bank.toml", "--gain", "-6", "--mono"]),
        );
    };
    let built_in_changed = |desk: &Desk| {
        tamper(desk, "output_hash", "00".into());
        let mut made_of = entries(desk, MANIFEST)[0]["made_of"].clone();
        let presets = made_of["presets"].as_object_mut().unwrap();
        let names: Vec<&String> = presets.keys().collect();
        assert_eq!(names, ["acoustic_grand_piano", "organ.toml"]);
        presets["acoustic_grand_piano"] = "000000".into();
        made_of["settings"]["reverb"] = "hall".into();
        tamper(desk, "made_of", made_of);
    };
    let version_changed = |desk: &Desk| {
        tamper(desk, "output_hash", "00".into());
        tamper(desk, "version", "0.0.9".into());
    };
    let versions = concat!(
        "rendered by cascade ",
        env!("CARGO_PKG_VERSION"),
        ", the baseline (the first one) by 0.0.9"
    );
    let same = "with the same options, and presets and banks of the same texts";
    // What is done, the changes that are named, and what is said besides.
    type Change<'a> = (&'a dyn Fn(&Desk), &'a [&'a str], &'a [&'a str]);
    let cases: [Change<'_>; 5] = [
        (&organ_changed, &["the preset organ.toml changed"], &[]),
        (
            &bank_changed,
            &[
                "the bank bank.toml changed",
                "the built-in preset oboe was not heard",
                "the preset organ.toml is not heard any more",
            ],
            &["(the first one):"],
        ),
        (
            &option_changed,
            &["--gain is -6, 0 expected", "--mono was not given"],
            &[],
        ),
        (
            &built_in_changed,
            &[
                "--reverb is on, hall expected",
                "the built-in preset acoustic_grand_piano changed",
            ],
            &[],
        ),
        (&version_changed, &[], &[versions, same]),
    ];
    for (change, changes, words) in cases {
        let desk = baseline();
        change(&desk);
        let all = [changes, words].concat();
        check(&desk, "verify golden --html v.html", 1, &all);
        let page = String::from_utf8(desk.read("v.html")).unwrap();
        assert!(all.iter().all(|word| page.contains(word)), "{all:?}");
        let (_, stdout, _) = run(&desk, "verify golden --report json");
        let line: serde_json::Value = serde_json::from_str(stdout.lines().next().unwrap()).unwrap();
        assert_eq!(line["changes"], serde_json::json!(changes));
    }
}

/// Everything below a folder, and what is in it.
fn contents(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter();
    let files = files.map(Result::unwrap).map(walkdir::DirEntry::into_path);
    let read = |path: std::path::PathBuf| {
        let bytes = if path.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        (path, bytes)
    };
    files.map(read).collect()
}

#[test]
fn whatever_options_a_manifest_has_nothing_is_written() {
    for options in [
        "--labels csv",
        "--labels jsonl --raw",
        "--stems channel",
        "--stems track --labels csv --format f32",
        "--output taken.wav",
        "--output taken",
        "--normalize lufs=-14 --check-determinism",
        "--strict --report json --bless why",
        "--config cascade.toml --files-from list",
    ] {
        let desk = desk();
        bless(&desk, "--bank bank.toml songs -o golden");
        fs::create_dir_all(desk.path("taken/deep")).unwrap();
        fs::create_dir(desk.path("tmp")).unwrap();
        for file in [
            "labels.csv",
            "labels.jsonl",
            "taken.wav",
            "stems.json",
            "taken/a.wav",
        ] {
            desk.put(file, "precious");
        }
        desk.put("cascade.toml", "output = 'taken'");
        desk.put("list", "songs/b.mid");
        let mut given = vec!["--bank", "bank.toml"];
        given.extend(options.split(' '));
        tamper(&desk, "options", serde_json::json!(given));
        tamper(&desk, "output_hash", "00".into());
        let before = contents(&desk.path("."));
        let mut command = desk.command("verify golden");
        let output = command.env("TMPDIR", desk.path("tmp")).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        // Different or refused, but never by accident the same.
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{options}: {said}"
        );
        assert!(contents(&desk.path(".")) == before, "{options}");
    }
}

#[test]
fn a_report_replaces_no_song_preset_bank_recording_or_manifest() {
    let desk = desk();
    bless(&desk, "--bank bank.toml songs -o golden");
    fs::remove_file(desk.path("golden/a.wav")).unwrap();
    fs::remove_file(desk.path("songs/b.mid")).unwrap();
    desk.put("diary.html", "<!doctype html>\n<title>Dear diary");
    desk.put("taken.xml", "<?xml version=\"1.0\"?>\n<project/>");
    fs::create_dir(desk.path("folder")).unwrap();
    let before = contents(&desk.path("."));
    for (option, words) in [
        ("--html songs/a.mid", "a song of the manifest"),
        ("--junit ./songs/../songs/b.mid", "a song of the manifest"),
        ("--junit golden/a.wav", "a recording of the manifest"),
        ("--html golden/b.wav", "a recording of the manifest"),
        ("--html golden/cascade-manifest.jsonl", "the manifest"),
        ("--html bank.toml", "a preset or a bank of the manifest"),
        ("--junit organ.toml", "a preset or a bank of the manifest"),
        ("--junit song.mid", "not a JUnit report by Cascade"),
        ("--junit new.mid", "name is that of a MIDI file"),
        ("--html diary.html", "not a page by Cascade"),
        ("--junit taken.xml", "not a JUnit report by Cascade"),
        ("--junit folder", "there is a folder of that name"),
        (
            "--html nowhere/x.html",
            "there is no folder nowhere; make it first",
        ),
        ("--html x --junit x", "another report of this command"),
    ] {
        let (code, stdout, stderr) = run(&desk, &format!("verify golden {option}"));
        assert_eq!((code, stdout.as_str()), (2, ""), "{option}: {stderr}");
        assert!(stderr.contains(words), "{option}: {stderr}");
        assert!(contents(&desk.path(".")) == before, "{option}");
    }
    // Its own it replaces, and an empty file.
    desk.put("v.xml", "");
    for _ in 0..2 {
        check(&desk, "verify golden --junit v.xml --html v.html", 2, &[]);
        assert!(desk.read("v.xml").starts_with(b"<?xml"));
    }
}

#[cfg(unix)]
#[test]
fn a_report_on_a_device_or_a_pipe_is_written_there() {
    let desk = baseline();
    check(&desk, "verify golden --html /dev/null", 0, &["2 same"]);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let words = ["<testsuites tests=\"2\""];
    check(&desk, "verify -q golden --junit /dev/stdout", 0, &words);
    let said = run_with(&desk, &["verify", "--bless", "why", "/dev/null"], "");
    assert_eq!(said.0, 2, "{said:?}");
}

#[test]
fn the_order_of_adding_of_stems_is_repeated() {
    for by in ["track", "program"] {
        let desk = desk();
        bless(&desk, &format!("--stems {by} --format f32 songs -o golden"));
        fs::remove_dir_all(desk.path("golden/a.stems")).unwrap();
        check(&desk, "verify golden", 0, &["2 songs: 2 same"]);
        assert!(!desk.path("golden/a.stems").exists());
        // An older manifest does not say it, but its hash of the settings does.
        make_older(&desk);
        let mut lines = entries(&desk, MANIFEST);
        for line in &mut lines {
            let options = line["options"].as_array_mut().unwrap();
            options.retain(|word| word != "--stems" && word != by);
            assert_eq!(options.len(), 2);
        }
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        desk.put(MANIFEST, text);
        tamper(&desk, "output_hash", "00".into());
        check(
            &desk,
            "verify golden",
            1,
            &["the same version, presets and settings"],
        );
        let said = run_with(&desk, &["verify", "--bless", "why"], "golden");
        assert_eq!(said.0, 0, "{said:?}");
        check(&desk, "verify golden", 0, &["2 songs: 2 same"]);
    }
}

/// A baseline of one long song that differs, so that it is rendered again into a temporary folder, and a place for that.
#[cfg(unix)]
fn long_difference() -> Desk {
    let desk = Desk::new();
    // Twenty minutes.
    desk.put(
        "long.mid",
        midi(b"\x00\x90\x3C\x40\x8E\x84\x00\x80\x3C\x40"),
    );
    fs::create_dir(desk.path("tmp")).unwrap();
    bless(&desk, "long.mid -o golden/");
    tamper(&desk, "output_hash", "00".into());
    desk
}

/// Starts a program, and waits until it has a temporary folder.
#[cfg(unix)]
fn until_it_has_a_folder(desk: &Desk, process: &mut std::process::Command) -> std::process::Child {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Stdio;

    process
        .env("TMPDIR", desk.path("tmp"))
        .stdout(Stdio::null());
    let mut child = process.stderr(Stdio::null()).spawn().unwrap();
    while desk.list("tmp").is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::yield_now();
    }
    let folder = desk.path("tmp").join(&desk.list("tmp")[0]);
    let mode = fs::metadata(folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "{mode:o}");
    child
}

#[cfg(unix)]
fn kill(signal: &str, child: &std::process::Child) {
    let mut kill = std::process::Command::new("kill");
    let killed = kill.args([signal, &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
}

/// Whether the tests were told to ignore hangups, which the programs that they start inherit.
#[cfg(unix)]
fn ignores_hangups() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| mask.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']))
}

#[cfg(unix)]
#[test]
fn the_temporary_folder_is_private_and_goes_at_every_signal() {
    use std::os::unix::process::ExitStatusExt;

    let desk = long_difference();
    for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
        if number == 1 && ignores_hangups() {
            eprintln!("these tests run under nohup: a hangup is not tried");
            continue;
        }
        let mut child = until_it_has_a_folder(&desk, &mut desk.process("verify golden -j 1"));
        kill(signal, &child);
        let status = child.wait().unwrap();
        if number != 1 || cfg!(target_os = "linux") {
            assert_eq!(desk.list("tmp"), Vec::<String>::new(), "{signal}");
        }
        assert_eq!(status.signal(), Some(number), "{signal}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    let desk = long_difference();
    let mut shell = std::process::Command::new("sh");
    let program = assert_cmd::cargo::cargo_bin!("cascade");
    shell
        .current_dir(desk.path("."))
        .args(["-c", "trap '' HUP; exec \"$0\" verify golden -j 1"]);
    let mut child = until_it_has_a_folder(&desk, shell.arg(program));
    kill("-HUP", &child);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(desk.list("tmp"), Vec::<String>::new());
}

#[test]
fn no_temporary_folder_is_made_where_none_is_needed() {
    let desk = baseline();
    organ(&desk, "sawtooth");
    let run = |desk: &Desk, place: &str| {
        let mut command = desk.command("verify golden");
        let output = command.env("TMPDIR", place).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), stderr)
    };
    // The old recordings are gone: there is nothing to compare with.
    assert_eq!(run(&desk, "/nowhere"), (1, String::new()));
    bless(&desk, "--bank bank.toml songs -o golden");
    organ(&desk, "square");
    let (code, stderr) = run(&desk, "/nowhere");
    assert_eq!(code, 2, "{stderr}");
    let words =
        "cannot make a temporary folder in /nowhere; set TMPDIR to a folder that you can write to";
    assert!(stderr.contains(words), "{stderr}");
    assert_eq!(run(&desk, "").0, 1);
    assert_eq!(run(&desk, "songs").0, 1);
    assert_eq!(desk.list("songs"), ["a.mid", "b.mid"]);
}
