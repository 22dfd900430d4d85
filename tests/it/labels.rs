//! The notes beside a recording say what is heard in it, and when.

use std::fs;

use crate::cli::Desk;
use crate::player::song;
use crate::smf::Smf;

/// Frames of a millisecond.
const RATE: &str = "-r 8000";

const COLUMNS: &str = "onset_frame,release_frame,key_up_frame,onset_s,release_s,key_up_s,channel,key,velocity,program,\
                       bank_msb,bank_lsb,drum,track";

/// A held note, one that the pedal holds on, a drum, and a drum key that no bank has; ticks are milliseconds.
fn desk() -> Desk {
    let desk = Desk::new();
    let bytes = song(|t| {
        t.program(1, 40).control(1, 0, 3);
        t.note(0, 60, 100, 0..1_000);
        t.at(100).control(0, 64, 127).note(0, 64, 90, 200..300);
        t.note(9, 38, 80, 500..510).note(9, 1, 80, 500..600);
        t.at(700).control(0, 64, 0).note(1, 67, 70, 800..1_600)
    });
    desk.put("song.mid", bytes);
    desk
}

/// The lines of the labels as lists of values, without the names.
fn csv(desk: &Desk, options: &str) -> Vec<Vec<String>> {
    desk.run(&format!("render song.mid {RATE} --labels csv {options}"))
        .success();
    let text = String::from_utf8(desk.read("song.labels.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(COLUMNS));
    let values = |line: &str| line.split(',').map(str::to_owned).collect();
    lines.map(values).collect()
}

/// Asserts what the first columns of the labels are: onset, release and key up in frames.
fn check_frames(options: &str, expected: &[[i64; 3]]) {
    let labels = csv(&desk(), options);
    let frames = |label: &Vec<String>| [0, 1, 2].map(|column| label[column].parse().unwrap());
    let frames: Vec<[i64; 3]> = labels.iter().map(frames).collect();
    assert_eq!(frames, expected, "{options}");
}

#[test]
fn every_note_that_is_heard_has_a_line() {
    let labels = csv(&desk(), "");
    let lines: Vec<String> = labels.iter().map(|label| label.join(",")).collect();
    assert_eq!(
        lines,
        [
            "0,8000,8000,0.0,1.0,1.0,1,60,100,0,0,0,false,1",
            "1600,5600,2400,0.2,0.7,0.3,1,64,90,0,0,0,false,1",
            "4000,4080,4080,0.5,0.51,0.51,10,38,80,0,,,true,1",
            "6400,12800,12800,0.8,1.6,1.6,2,67,70,40,0,0,false,1",
        ]
    );
}

#[test]
fn labels_count_from_the_start_of_a_part() {
    check_frames(
        "--from 0.6 --to 0.75",
        &[[-4_800, 3_200, 3_200], [-3_200, 800, -2_400]],
    );
    check_frames("--from 0.5 --to 0.501 --solo 10", &[[0, 80, 80]]);
    check_frames("--from 1.7", &[]);
}

#[test]
fn labels_follow_every_change() {
    check_frames("--solo 2 --tempo 0.5", &[[12_800, 25_600, 25_600]]);
    let keys = |options: &str| -> Vec<String> {
        let labels = csv(&desk(), options);
        labels.iter().map(|label| label[7].clone()).collect()
    };
    assert_eq!(keys("--transpose 2 --mute 2"), ["62", "66", "38"]);
    assert_eq!(keys("--transpose 12.4 --solo 1"), ["72", "76"]);
}

#[test]
fn tracks_are_counted_from_one() {
    let desk = desk();
    let bytes = Smf::new(500)
        .track(|t| t.name("silent"))
        .track(|t| t.note(0, 60, 90, 0..100))
        .track(|t| t.note(3, 64, 90, 0..100))
        .to_bytes();
    desk.put("song.mid", bytes);
    let tracks: Vec<String> = csv(&desk, "")
        .iter()
        .map(|label| label[13].clone())
        .collect();
    assert_eq!(tracks, ["2", "3"]);
}

#[test]
fn json_says_the_same() {
    let desk = desk();
    let values = csv(&desk, "--from 0.1");
    desk.run(&format!("render song.mid {RATE} --labels jsonl --from 0.1"))
        .success();
    let text = String::from_utf8(desk.read("song.labels.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), values.len());
    for (line, label) in lines.iter().zip(&values) {
        for (name, value) in COLUMNS.split(',').zip(label) {
            let expected = if value.is_empty() { "null" } else { value };
            assert_eq!(line[name].to_string(), expected, "{name}");
        }
    }
}

#[test]
fn labels_lie_beside_the_recording_wherever_it_is() {
    let desk = desk();
    desk.put("other.mid", desk.read("song.mid"));
    desk.run("render song.mid other.mid -o wavs --labels csv")
        .success();
    let all = [
        "cascade-manifest.jsonl",
        "other.labels.csv",
        "other.wav",
        "song.labels.csv",
        "song.wav",
    ];
    assert_eq!(desk.list("wavs"), all);
}

#[test]
fn a_stream_has_nothing_beside_it() {
    let desk = desk();
    let refused = "--labels writes a file beside the recording, but standard output has no folder";
    desk.expect("render song.mid -o - --labels csv", 2, refused);
    #[cfg(unix)]
    desk.expect("render song.mid -o /dev/null --labels csv", 2, "/dev/null");
    assert_eq!(desk.list("."), ["song.mid"]);
}

#[test]
fn a_song_that_fails_leaves_no_labels() {
    let desk = desk();
    fs::create_dir(desk.path("song.wav")).unwrap();
    desk.expect(
        "render song.mid --labels csv",
        1,
        "there is a folder of that name",
    );
    assert_eq!(desk.list("."), ["song.mid", "song.wav"]);
}
