//! `--from`, `--to`, `--mute`, `--solo`, `--tempo`, `--transpose` and `--tuning` as users meet them.

use crate::cli::{Desk, frames_of, midi};

/// Two notes of half a second (96 ticks) each: channel 1, then channel 2.
const TWO_NOTES: &[u8] = b"\x00\x90\x3C\x40\x60\x80\x3C\x40\x00\x91\x48\x40\x60\x81\x48\x40";

/// Everything that would depend on where a recording begins is off.
const PLAIN: &str = "--format f32 --limiter off --raw --force";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("two.mid", midi(TWO_NOTES));
    desk
}

fn render(desk: &Desk, options: &str) -> Vec<u8> {
    desk.run(&format!("render two.mid {PLAIN} {options} -o out.raw"))
        .success();
    desk.read("out.raw")
}

/// Bytes of a frame of two samples of 32 bits.
const FRAME: usize = 8;

#[test]
fn a_part_is_that_part_of_the_recording() {
    let desk = desk();
    let whole = render(&desk, "");
    let part = render(&desk, "--from 0.25 --to 0:00.75");
    assert_eq!(part, whole[11_025 * FRAME..33_075 * FRAME]);
    assert_eq!(render(&desk, "--from 0.6"), whole[26_460 * FRAME..]);
    assert_eq!(render(&desk, "--to 1m"), whole);
}

#[test]
fn the_header_tells_the_length_of_the_part() {
    let desk = desk();
    desk.run("render two.mid --from 0.1 --to 0.8").success();
    assert_eq!(frames_of(&desk.read("two.wav")), 30_870);
}

#[test]
fn parts_that_cannot_be_are_refused() {
    let desk = desk();
    desk.expect(
        "render two.mid --from 2 --to 1",
        2,
        "--from 2.000 s is not before --to 1.000 s",
    );
    desk.expect("render two.mid --to 0", 2, "is not before --to");
    desk.expect("render two.mid --from x", 2, "expected seconds, m:ss");
    desk.expect(
        "render two.mid --from 1:00:00",
        1,
        "two.mid: --from 1:00:00 is beyond the end of the song, which is",
    );
    assert_eq!(desk.list("."), ["song.mid", "two.mid"]);
}

#[test]
fn solo_is_to_mute_the_rest() {
    let desk = desk();
    let whole = render(&desk, "");
    let solo = render(&desk, "--solo 1");
    assert_eq!(solo, render(&desk, "--mute 2-16"));
    assert_eq!(solo, render(&desk, "--solo 1,2 --mute 2"));
    assert_eq!((solo.len(), solo == whole), (whole.len(), false));
    assert_eq!(render(&desk, "--solo 1-2"), whole);
    desk.expect("render two.mid --solo 0", 2, "channels from 1 to 16");
}

#[test]
fn silence_that_was_asked_for_is_told() {
    let desk = desk();
    desk.expect(
        "render two.mid --solo 10",
        0,
        "two.mid: no note sounds in what was asked for",
    );
}

#[test]
fn silent_notes_are_told_of_the_channels_that_are_heard() {
    let desk = desk();
    // A drum key that no bank has.
    desk.put(
        "two.mid",
        midi(b"\x00\x99\x01\x40\x00\x90\x3C\x40\x60\x80\x3C\x40\x00\x89\x01\x40"),
    );
    let silent = "1 drum note is silent, since the bank has no drum for the keys 1";
    desk.expect("render two.mid", 0, silent);
    desk.run("render two.mid --solo 1").success().stderr("");
}

#[test]
fn half_the_tempo_is_twice_the_time() {
    let desk = desk();
    let frames =
        |desk: &Desk, options: &str| render(desk, &format!("{options} --preset sine")).len();
    let release = frames(&desk, "") / FRAME - 44_100;
    assert_eq!(frames(&desk, "--tempo 0.5") / FRAME, 88_200 + release);
    assert_eq!(frames(&desk, "--tempo 4/3") / FRAME, 33_075 + release);
    desk.expect("render two.mid --tempo 0", 2, "0.5, 1.25, 2/3");
    // Times are those of the song as it is played.
    assert_eq!(
        frames(&desk, "--tempo 0.5 --from 1.5 --to 1.75") / FRAME,
        11_025
    );
}

#[test]
fn a_transposition_too_far_is_told() {
    let desk = desk();
    desk.expect(
        "render two.mid --transpose 60",
        0,
        "two.mid: 1 note was folded back by octaves",
    );
    desk.expect("render two.mid --transpose -128", 2, "-127 to 127");
    assert_eq!(
        render(&desk, "--transpose -12.5"),
        render(&desk, "--transpose=-12.5")
    );
    assert_ne!(render(&desk, "--tuning 432"), render(&desk, ""));
}
