//! What the engine sounds like today, as hashes in `golden.txt`: a change that is not meant to be heard shows here.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

use cascade::audio::Stereo;
use cascade::song::Song;
use cascade::wav::{SampleFormat, WavSpec, WavWriter};
use rayon::prelude::*;

use crate::player::Player;

/// The formats of which the files are kept, with their names in `golden.txt`.
const FORMATS: [SampleFormat; 4] = [
    SampleFormat::I16,
    SampleFormat::I24,
    SampleFormat::I32,
    SampleFormat::F32,
];

/// A file of which only the hash is kept.
#[derive(Default)]
struct Digest(blake3::Hasher);

impl Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names of all fixtures, sorted.
fn fixtures() -> Vec<String> {
    let entries = fs::read_dir(root("fixtures")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A line of `golden.txt`: the song, and the hash of its WAV file in each format, dithered as it is by default; nothing
/// for a file that is refused.
fn line(player: &Player, name: &str) -> Option<String> {
    let bytes = fs::read(root("fixtures").join(name)).unwrap();
    let song = Song::read(&bytes).ok()?;
    let performance = song.perform(&player.bank, &player.song_settings()).unwrap();
    let mut writers = FORMATS.map(|format| {
        let spec = WavSpec {
            format,
            dither: format == SampleFormat::I16,
            ..WavSpec::default()
        };
        WavWriter::new(Digest::default(), spec, performance.frames())
    });
    let sink = |block: &Stereo| writers.iter_mut().try_for_each(|w| w.write(block));
    performance.render_into(sink).unwrap();
    let hashes = writers.map(|writer| writer.finish().unwrap().0.finalize().to_hex());
    let short = hashes.each_ref().map(|hash| &hash[..16]);
    Some(format!("{name} {}\n", short.join(" ")))
}

#[test]
fn the_sound_of_every_fixture_in_every_format_is_the_one_that_was_accepted_last() {
    let path = root("tests/it/golden.txt");
    let player = Player::general_midi().limited().with_effects();
    let lines = fixtures().into_par_iter().map(|name| line(&player, &name));
    let heard: String = lines.collect::<Vec<_>>().into_iter().flatten().collect();
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
fn every_change_of_the_sound_has_a_line_that_says_why() {
    let golden = fs::read(root("tests/it/golden.txt")).unwrap();
    let digest = blake3::hash(&golden).to_hex();
    let changes = fs::read_to_string(root("tests/it/golden_changes.md")).unwrap();
    let last = changes
        .lines()
        .rfind(|line| line.starts_with("- "))
        .unwrap();
    let reason = last.strip_prefix(&format!("- {}: ", &digest[..16]));
    assert!(
        reason.is_some_and(|reason| reason.len() > 10),
        "golden.txt has changed; add a line to tests/it/golden_changes.md:\n- {}: what was changed, and why",
        &digest[..16]
    );
}
