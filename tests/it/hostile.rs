//! Inputs that somebody made to break the program: no size in a file or an option decides an allocation, and no byte
//! becomes a sample that is no number.
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use cascade::plan::Excerpt;
use cascade::preset::Override;
use cascade::preset::reference::{self, PARAMETERS};
use cascade::sound::Preset;
use proptest::prelude::*;

use crate::cli::{Desk, NOTE, midi};
use crate::player::Player;

/// The address space of a run, in kB: enough for any of these, and far less than the sizes that they name.
const SPACE_KB: u32 = 1_500_000;

/// Runs `cascade` in so much address space.
fn run(desk: &Desk, arguments: &str) -> Output {
    let program = desk.process("").get_program().to_owned();
    let shell = format!("ulimit -v {SPACE_KB}; exec \"$0\" {arguments}");
    let mut command = Command::new("sh");
    command.current_dir(desk.path("")).arg("-c").arg(shell);
    command.arg(program).output().unwrap()
}

/// Checks how a run ends in so much address space, and what it says.
fn check(desk: &Desk, arguments: &str, code: i32, said: &str) {
    let output = run(desk, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments}: {stderr}");
    assert!(stderr.contains(said), "{arguments}: {stderr}");
}

/// A desk with an endless file under the names of a configuration, presets, a bank, tolerances, a list and a manifest.
fn endless_desk() -> Desk {
    let desk = Desk::new();
    desk.put("other.mid", midi(NOTE));
    for name in ["zero", "zero.toml", "zero.mid", "zero.wav"] {
        symlink("/dev/zero", desk.path(name)).unwrap();
    }
    desk.put("bank.toml", "[programs]\n0 = \"zero.toml\"\n");
    desk
}

#[test]
fn an_endless_file_is_refused_whatever_it_is_named_as() {
    const MANY: &str = "MiB that";
    let desk = endless_desk();
    for (arguments, code, said) in [
        ("render song.mid --config zero.toml", 2, MANY),
        ("render song.mid --preset zero.toml", 2, MANY),
        ("render song.mid --bank zero.toml", 2, MANY),
        ("render song.mid --bank bank.toml", 2, MANY),
        ("render --files-from zero -o out", 2, "any path"),
        ("render --files-from zero -0 -o out", 2, "divide it"),
        ("render --files-from - -o out < zero", 2, "any path"),
        ("render zero.mid -o out.wav", 1, "expected \"MThd\""),
        ("render - -o out.wav < zero", 1, "expected \"MThd\""),
        ("inspect zero.mid", 1, "expected \"MThd\""),
        ("presets check zero.toml", 1, MANY),
        ("verify zero", 2, MANY),
        ("compare zero.wav zero.wav", 2, "no regular file"),
        ("compare song.mid song.mid --tolerances zero.toml", 2, MANY),
    ] {
        check(&desk, arguments, code, said);
    }
}

#[test]
fn an_endless_cascade_toml_or_manifest_that_is_found_is_refused() {
    let desk = endless_desk();
    symlink("/dev/zero", desk.path("cascade.toml")).unwrap();
    // It leads out of the folder, so it is not even opened.
    check(&desk, "render song.mid", 2, "link out of this folder");
    check(
        &desk,
        "render song.mid --config cascade.toml",
        2,
        "MiB that",
    );
    check(&desk, "render song.mid --no-config", 0, "");
    std::fs::create_dir(desk.path("out")).unwrap();
    let manifest = cascade::batch::manifest::FILE_NAME;
    symlink("/dev/zero", desk.path("out").join(manifest)).unwrap();
    let resume = "render song.mid other.mid --no-config -o out --resume";
    check(&desk, resume, 1, "no regular file");
}

#[test]
fn a_file_as_large_as_a_disk_is_refused_unread() {
    let desk = Desk::new();
    for name in ["huge.toml", "huge.mid", "huge"] {
        let file = std::fs::File::create(desk.path(name)).unwrap();
        file.set_len(1 << 40).unwrap();
    }
    check(&desk, "render song.mid --preset huge.toml", 2, "4 MiB");
    check(&desk, "render --files-from huge -o out", 2, "any path");
    check(&desk, "verify huge", 2, "4096 MiB");
    check(&desk, "render huge.mid", 1, "more than 1 GiB");
}

#[test]
fn more_shards_than_any_run_has_take_no_memory() {
    let desk = Desk::new();
    desk.put("other.mid", midi(NOTE));
    let shard = |shard: &str| format!("render song.mid other.mid -o out --shard {shard}");
    check(&desk, &shard("1/99999999999"), 0, "");
    check(&desk, &shard("99999999999/99999999999"), 0, "");
}

/// A plucked note of the lowest key, bent and tuned down as far as messages can: what f-pluck-3GB.mid is.
fn lowest_plucked_note() -> Vec<u8> {
    midi(&[
        0x00, 0xC0, 24, 0x00, 0xB0, 101, 0, 0x00, 100, 0, 0x00, 6, 127, // Bend range.
        0x00, 101, 0, 0x00, 100, 2, 0x00, 6, 0, // Coarse tuning.
        0x00, 0xE0, 0, 0, 0x00, 0xF0, 7, 0x7F, 0x7F, 4, 4, 0, 0,
        0xF7, // Master transposition.
        0x00, 0x90, 0, 100, 0x60, 0x80, 0, 64,
    ])
}

#[test]
fn no_tuning_decides_how_long_a_string_is() {
    let desk = Desk::new();
    desk.put("low.mid", lowest_plucked_note());
    for rate in [8_000, 44_100, 192_000] {
        check(&desk, &format!("render low.mid -r {rate} --to 1"), 0, "");
    }
    desk.put(
        "low.toml",
        "[[layer]]\nwaveform = \"pluck\"\ndetune_cents = -9600\nunison = 8\nunison_cents = 200\n\
         [layer.sweep]\npitch_cents = -9600\n"
            .repeat(32),
    );
    let low = "render low.mid --preset low.toml -r 192000 --to 1 -j 1";
    check(&desk, low, 0, "");
}

/// A file of format 1 with so many tracks of one short note, before them one with these events.
fn tracks(count: u16, first: &[u8]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0\x01".to_vec();
    bytes.extend((count + 1).to_be_bytes());
    bytes.extend([0, 96]);
    let note = [NOTE, b"\0\xFF\x2F\0"].concat();
    let first = [first, b"\0\xFF\x2F\0"].concat();
    for events in std::iter::once(&first).chain(std::iter::repeat_n(&note, count.into())) {
        bytes.extend(b"MTrk");
        bytes.extend((events.len() as u32).to_be_bytes());
        bytes.extend(events);
    }
    bytes
}

#[test]
fn stems_share_what_moves_them() {
    let desk = Desk::new();
    // A volume that moves in every frame: what f-stems-track-2GB.mid is.
    let mut volumes = vec![0x00, 0xFF, 0x51, 3, 0x00, 0x30, 0x00, 0x00, 0xB0, 7, 1];
    for step in 0..20_000 {
        volumes.extend([1, 7, if step % 2 == 0 { 127 } else { 0 }]);
    }
    desk.put("many.mid", tracks(400, &volumes));
    let stems = "render many.mid --stems track --mono -r 44100 --to 0.5 -j 1";
    check(&desk, stems, 0, "");
    assert!(desk.list("many.stems").len() > 400);
}

#[test]
fn stems_that_no_memory_holds_fail_alone() {
    let desk = Desk::new();
    desk.put("many.mid", tracks(20_000, &[]));
    let batch = "render many.mid song.mid -o out --stems track";
    check(&desk, batch, 1, "20000 stems");
    assert!(desk.path("out/song.wav").is_file());
    assert!(!desk.path("out/many.wav").exists());
    let resumed = format!("{batch} --resume");
    check(&desk, &resumed, 1, "allow more, or do without --stems");
}

#[test]
fn a_preset_has_no_more_layers_than_any_sound_is_made_of() {
    let desk = Desk::new();
    desk.put("many.toml", "[[layer]]\nwaveform = \"sine\"\n".repeat(33));
    let said = "33 layers, more than 32";
    check(&desk, "render song.mid --preset many.toml", 2, said);
}

#[test]
fn cycles_of_rich_spectra_are_forgotten_again() {
    let desk = Desk::new();
    let layer = |slope: f64| {
        format!(
            "[[layer]]\nwaveform = \"harmonics\"\n[layer.spectrum]\nslope_db = {slope}\nkey_db = 0.1\nvelocity_db = -1\n"
        )
    };
    let layers = (0..32).map(|number| layer(6.0 - 0.1 * f64::from(number)));
    desk.put("rich.toml", layers.collect::<String>());
    let keys = (0..120).flat_map(|key| [0x00, 0x90, key, 100, 0x01, 0x80, key, 64]);
    desk.put("keys.mid", midi(&keys.collect::<Vec<u8>>()));
    let rich = "render keys.mid --preset rich.toml --mono -r 8000 --memory 64MB -j 1";
    check(&desk, rich, 0, "");
}

#[test]
fn a_wav_header_says_nothing_that_is_believed() {
    let header = |channels: u16, rate: u32, bits: u16| {
        let frame = u32::from(channels) * u32::from(bits) / 8;
        let mut bytes = b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0\x01\0".to_vec();
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend(rate.wrapping_mul(frame).to_le_bytes());
        bytes.extend((frame as u16).to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data\xF0\xFF\xFF\xFF");
        bytes.extend([0; 100]);
        bytes
    };
    let desk = Desk::new();
    for (channels, rate, bits, said) in [
        (2, 44_100, u16::MAX, "65535 bits"),
        (u16::MAX, 44_100, 8, "at most 32"),
        (2, u32::MAX, 16, "at most 32 at 768000 Hz"),
    ] {
        desk.put("odd.wav", header(channels, rate, bits));
        check(&desk, "compare odd.wav odd.wav", 2, said);
    }
}

/// Bytes that a song may have: notes and controllers in eight bits, and SysEx of those that set effects.
fn events() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>();
    let heads = prop::sample::select(vec![
        vec![0x41, 0x10, 0x42, 0x12, 0x40, 0x01],
        vec![0x41, 0x10, 0x42, 0x12, 0x40],
        vec![0x7F, 0x7F, 4, 5, 1, 1, 1, 1],
        vec![0x7F, 0x7F, 4],
        vec![0x43, 0x10, 0x4C, 2, 1],
        vec![0x43, 0x10, 0x4C],
    ]);
    let message = (heads, prop::collection::vec(byte, 1..40))
        .prop_map(|(head, values)| [head, values].concat());
    let plain = message.clone().prop_map(|message| {
        let length = message.len() as u8 + 1;
        [vec![0x00, 0xF0, length], message, vec![0xF7]].concat()
    });
    let escaped = message.prop_map(|message| {
        let length = message.len() as u8 + 2;
        [vec![0x00, 0xF7, length, 0xF0], message, vec![0xF7]].concat()
    });
    let channel =
        (0x80..0xF0_u8, byte, byte, 0..20_u8).prop_map(|(status, first, second, tick)| {
            let length = if matches!(status, 0xC0..=0xDF) { 2 } else { 3 };
            [&[tick], &[status, first, second][..length]].concat()
        });
    let sends = Just(
        [91, 93, 94]
            .iter()
            .flat_map(|send| [0x00, 0xB0, *send, 127])
            .collect::<Vec<u8>>(),
    );
    let event = prop_oneof![3 => plain, 2 => escaped, 6 => channel, 1 => sends];
    prop::collection::vec(event, 1..40).prop_map(|events| events.concat())
}

/// All samples of a song in which middle C is played behind these events, with all effects and the limiter.
fn check_finite(player: &Player, events: &[u8]) {
    let note = [0x00, 0x90, 60, 100, 0x60, 0x80, 60, 64];
    let score = crate::player::read(&midi(&[events, &note].concat()));
    // What is read of damaged bytes may be hours long.
    let plan = player.plan(&score).excerpt(&Excerpt {
        to: u64::from(player.rate.hz()) * 20,
        ..Excerpt::default()
    });
    let (sound, _) = player.perform(&plan);
    let finite = |side: &[f32]| side.iter().all(|sample| sample.is_finite());
    assert!(finite(&sound.left) && finite(&sound.right), "{events:02X?}");
}

fn wet_player() -> Player {
    let mut player = Player::general_midi();
    player.rate = cascade::units::SampleRate::new(8000).unwrap();
    player.settings = cascade::render::Settings {
        tail: cascade::render::Tail::Seconds(cascade::units::Seconds(1.0)),
        ..cascade::render::Settings::default()
    };
    player
}

#[test]
fn no_value_of_an_effect_makes_a_sample_that_is_no_number() {
    let player = wet_player();
    let sends = [0x00, 0xB0, 91, 127, 0x00, 93, 127, 0x00, 94, 127];
    for value in (0..=255).step_by(5) {
        // Every address of Roland's block at once, as it is and escaped; then the standard's and Yamaha's.
        let roland = [
            &[0x41, 0x10, 0x42, 0x12, 0x40, 0x01, 0x30][..],
            &[value; 80],
        ]
        .concat();
        let general = [
            0x7F, 0x7F, 4, 5, 1, 1, 1, 1, 2, 1, value, 2, value, 3, value, 4, value,
        ];
        let yamaha = [&[0x43, 0x10, 0x4C, 2, 1, 0][..], &[value; 60]].concat();
        for message in [&roland[..], &general, &yamaha] {
            let length = message.len() as u8;
            let plain = [&[0x00, 0xF0, length + 1], message, &[0xF7]].concat();
            let escaped = [&[0x00, 0xF7, length + 2, 0xF0], message, &[0xF7]].concat();
            check_finite(&player, &[&sends[..], &plain].concat());
            check_finite(&player, &[&sends[..], &escaped].concat());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_bytes_make_a_sample_that_is_no_number(events in events()) {
        check_finite(&wet_player(), &events);
    }
}

/// A preset of one layer with what is typed.
fn preset(waveform: &str, typed: &[String]) -> Option<Preset> {
    let text = format!(
        "[[layer]]\nwaveform = \"{waveform}\"\n[layer.filter]\ncutoff_hz = 1000\n[layer.sweep]\n[layer.lfo]\n[layer.lfo2]\n"
    );
    let overrides: Vec<Override> = typed.iter().map(|t| Override::parse(t).unwrap()).collect();
    Preset::parse("odd.toml", &text, &overrides).ok()
}

#[test]
fn no_accepted_value_of_a_preset_makes_a_sample_that_is_no_number() {
    use cascade::preset::parameter::Domain;
    let mut played = 0;
    for (waveform, _) in reference::WAVEFORMS {
        for parameter in PARAMETERS.iter().filter(|parameter| parameter.settable) {
            let Domain::Number { min, max, .. } = parameter.domain else {
                continue;
            };
            for value in [min, max] {
                let key = parameter.path.trim_start_matches("layer.");
                let Some(preset) = preset(waveform, &[format!("{key}={value}")]) else {
                    continue;
                };
                let mut player = wet_player();
                let id = player.bank.add(preset);
                player.bank.play_all_melodic_with(id);
                player.settings.tail = cascade::render::Tail::Seconds(Default::default());
                check_finite(&player, &[]);
                played += 1;
            }
        }
    }
    assert!(played > 500, "{played}");
}
