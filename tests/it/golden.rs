//! What the engine sounds like today, as hashes in `golden.txt`: a change that is not meant to be heard shows here.

use std::path::Path;
use std::{env, fs};

use cascade::audio::Stereo;
use cascade::wav::{WavSpec, WavWriter};

use crate::player::{Player, fixture, read};

/// The songs that are kept; together they use every stage.
const SONGS: [&str; 9] = [
    "greensleeves.mid",
    "all_drum_keys.mid",
    "all_programs.mid",
    "bend.mid",
    "chromatic_scale.mid",
    "every_key_at_once.mid",
    "modulation.mid",
    "pan_and_volume.mid",
    "velocity_ladder.mid",
];

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

fn hash_of_samples(sound: &Stereo) -> u64 {
    let samples = sound.left.iter().chain(&sound.right);
    fnv1a(samples.flat_map(|sample| sample.to_bits().to_le_bytes()))
}

fn hash_of_file(sound: &Stereo) -> u64 {
    let mut writer = WavWriter::new(Vec::new(), WavSpec::default(), sound.len() as u64).unwrap();
    writer.write(sound).unwrap();
    fnv1a(writer.finish().unwrap().into_iter())
}

fn player() -> Player {
    Player::general_midi().limited()
}

/// A line of `golden.txt`: with effects or without, the song, the hash of its samples as `f32`, and of its 16-bit WAV
/// file.
fn line(effects: &str, player: &Player, name: &str) -> String {
    let (sound, _) = player.perform(&player.plan(&read(&fixture(name))));
    format!(
        "{effects} {name} {:016x} {:016x}\n",
        hash_of_samples(&sound),
        hash_of_file(&sound)
    )
}

#[test]
fn the_sound_is_the_one_that_was_accepted_last() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden.txt");
    let (wet, dry) = (player().with_effects(), player());
    let wet = SONGS.iter().map(|name| line("wet", &wet, name));
    let dry = SONGS.iter().map(|name| line("dry", &dry, name));
    let heard: String = wet.chain(dry).collect();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &heard).unwrap();
    }
    let accepted = fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<&str> = heard
        .lines()
        .filter(|line| !accepted.lines().any(|old| old == *line))
        .collect();
    assert!(
        changed.is_empty() && heard.lines().count() == accepted.lines().count(),
        "the sound has changed:\n{}\nIf it was meant to, UPDATE_GOLDEN=1 cargo test golden accepts it; say in the \
         commit what was changed, and how it was listened to or measured.",
        changed.join("\n")
    );
}

#[test]
fn the_hash_is_fnv_1a() {
    assert_eq!(fnv1a("".bytes()), 0xCBF2_9CE4_8422_2325);
    assert_eq!(fnv1a("foobar".bytes()), 0x8594_4171_F739_67E8);
}
