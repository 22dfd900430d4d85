//! Presets that play WAV files, as users meet them: found beside the preset, told when they change, never overwritten.

use std::fs;

use crate::cli::Desk;
use crate::player;

/// A preset of `a.wav`.
const PRESET: &str = "[[layer]]\nwaveform = \"recording\"\nrecording = { file = \"a.wav\", root_key = 69.04, loop_mode = \"forever\" }\n";

/// A folder with a song, a preset and its recording of so many frames.
fn desk(frames: usize) -> Desk {
    let desk = Desk::new();
    desk.put("own.toml", PRESET);
    desk.put("a.wav", wave(frames, 100));
    desk
}

/// A WAV of a wave with a period of so many frames.
fn wave(frames: usize, period: usize) -> Vec<u8> {
    let saw = |frame| (frame % period) as f32 / period as f32 - 0.5 + 0.5 / period as f32;
    player::wav(&(0..frames).map(saw).collect::<Vec<_>>())
}

#[test]
fn a_recording_lies_beside_its_preset_wherever_that_is() {
    let desk = desk(1_000);
    fs::create_dir_all(desk.path("bank/deep")).unwrap();
    for file in ["own.toml", "a.wav"] {
        fs::copy(desk.path(file), desk.path("bank/deep").join(file)).unwrap();
    }
    desk.put("bank/b.toml", "[programs]\n\"0-127\" = \"deep/own.toml\"\n");
    desk.run("render --preset own.toml song.mid -o one.wav")
        .success();
    desk.run("render --preset bank/deep/own.toml song.mid -o two.wav")
        .success();
    desk.run("render --bank bank/b.toml song.mid -o three.wav")
        .success();
    assert_eq!(desk.read("one.wav"), desk.read("two.wav"));
    assert_eq!(desk.read("one.wav"), desk.read("three.wav"));
    desk.run("presets check own.toml bank/b.toml").success();
}

#[test]
fn what_is_wrong_with_a_recording_is_told_with_its_line() {
    let desk = desk(1_000);
    let check = |said: &str| desk.expect("render --preset own.toml song.mid", 2, said);
    desk.put("a.wav", b"nothing like it");
    check("own.toml:3: a.wav: ");
    desk.put("a.wav", wave(0, 1));
    check("own.toml:3: a.wav: it has no frames");
    fs::remove_file(desk.path("a.wav")).unwrap();
    check("own.toml:3: a.wav: ");
    desk.put(
        "own.toml",
        PRESET.replace("\"a.wav\"", "\"a.wav\", loop_start = 9, loop_end = 5"),
    );
    desk.put("a.wav", wave(1_000, 100));
    check("choose loop_start < loop_end <= 1000");
}

#[test]
fn a_recording_that_changed_is_rendered_again_and_told() {
    let desk = desk(1_000);
    desk.run("render --preset own.toml song.mid -o wavs/")
        .success();
    let before = desk.read("wavs/song.wav");
    let resume = "render --preset own.toml song.mid -o wavs/ --resume";
    desk.run(resume).success();
    desk.run("verify wavs").success();
    desk.put("a.wav", wave(1_000, 90));
    let verified = desk.run("verify wavs").code(1);
    let told = String::from_utf8_lossy(&verified.get_output().stdout).into_owned();
    assert!(told.contains("own.toml changed"), "{told}");
    desk.run(resume).success();
    assert_ne!(desk.read("wavs/song.wav"), before);
}

#[test]
fn no_recording_replaces_the_one_it_is_made_of() {
    let desk = desk(1_000);
    let before = desk.read("a.wav");
    for arguments in [
        "render --preset own.toml song.mid -o a.wav",
        "render --preset own.toml song.mid -o a.wav --force",
    ] {
        desk.run(arguments).code(2);
        assert_eq!(desk.read("a.wav"), before, "{arguments}");
    }
}

#[test]
fn recordings_count_as_memory() {
    let desk = desk(1 << 20);
    let small = "render --preset own.toml --memory 2MB song.mid";
    desk.expect(small, 2, "the recordings of the presets take");
    desk.run("render --preset own.toml --memory 64MB song.mid")
        .success();
}
