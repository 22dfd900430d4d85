//! Makes every file of `fixtures/`, each in the function of its name, and checks that the files on disk are those.
//!
//! To add one, write its function, name it in the list, and run `UPDATE_FIXTURES=1 cargo test fixtures`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::demo_song::greensleeves;
use crate::smf::{Smf, Track};

/// Middle C.
const C4: u8 = 60;
/// The channel of the drums.
const DRUMS: u8 = 9;
/// 120 beats per minute.
const TEMPO_120: u32 = 500_000;
/// 60 beats per minute.
const TEMPO_60: u32 = 1_000_000;
/// GM System On, the Universal Non-Real Time message that resets a General MIDI device.
const GM_ON: [u8; 4] = [0x7E, 0x7F, 0x09, 0x01];

/// A file of `fixtures/`: its name and the function that makes it.
type Fixture = (&'static str, fn() -> Vec<u8>);

macro_rules! fixtures {
    ($($name:ident.$extension:ident)*) => {
        &[$((concat!(stringify!($name), ".", stringify!($extension)), $name)),*]
    };
}

/// Every fixture there is.
const FIXTURES: &[Fixture] = fixtures![
    greensleeves.mid

    one_note.mid
    note_on_velocity_zero.mid
    release_velocity.mid
    zero_length_note.mid
    overlapping_equal_keys.mid
    note_off_without_on.mid
    never_released.mid
    chromatic_scale.mid
    velocity_ladder.mid
    all_programs.mid
    all_drum_keys.mid
    hi_hat_choke.mid
    every_key_at_once.mid

    sustain_pedal.mid
    sostenuto.mid
    all_notes_off.mid
    all_sound_off.mid
    reset_all_controllers.mid
    pan_and_volume.mid
    expression_swell.mid
    reverb_and_chorus_sends.mid
    modulation.mid
    channel_pressure.mid
    portamento.mid
    mono_legato.mid
    bend.mid
    bend_range_12.mid
    tuning_rpn.mid
    bank_select.mid
    gs_drum_part.mid
    master_volume.mid

    tempo_changes.mid
    no_tempo.mid
    hour_long.mid
    smpte_25fps.mid
    smpte_2997.mid
    format_0.mid
    format_2.mid
    riff_wrapped.rmi
    alien_chunk.mid
    running_status.mid
    silence_after_last_note.mid

    running_status_across_meta.mid
    data_byte_above_127.mid
    undefined_status.mid
    truncated.mid
    end_of_track_missing.mid
    track_length_too_long.mid
    division_zero.mid
    header_only.mid
    empty.mid
    text.mid
];

/// The path of a fixture.
fn path_of(name: &str) -> PathBuf {
    folder().join(name)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[test]
fn fixtures_on_disk_are_what_the_code_makes() {
    let update = env::var_os("UPDATE_FIXTURES").is_some();
    for (name, make) in FIXTURES {
        if update {
            fs::write(path_of(name), make()).unwrap();
        }
        let on_disk = fs::read(path_of(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            on_disk == make(),
            "{name} differs from what its function makes; UPDATE_FIXTURES=1 writes it anew"
        );
    }
}

#[test]
fn every_file_in_fixtures_has_its_function() {
    let known: BTreeSet<_> = FIXTURES
        .iter()
        .map(|(name, _)| PathBuf::from(name))
        .collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = PathBuf::from(entry.unwrap().file_name());
        assert!(
            known.contains(&name),
            "{} is made by no function",
            name.display()
        );
    }
}

// Notes: the quarter lasts half a second (120 beats per minute) unless a fixture says otherwise.

/// Middle C for half a second on the piano.
fn one_note() -> Vec<u8> {
    quarters(|t| t.note(0, C4, 100, 0..480))
}

/// Two notes, the first ended by a Note On of velocity 0.
fn note_on_velocity_zero() -> Vec<u8> {
    quarters(|t| {
        t.at(0).note_on(0, C4, 100).at(480).note_on(0, C4, 0);
        t.note(0, 64, 100, 480..960)
    })
}

/// The same note released slowly, without measurement, and fast.
fn release_velocity() -> Vec<u8> {
    quarters(|t| {
        for (tick, velocity) in [(0, 0), (960, 64), (1920, 127)] {
            t.at(tick).note_on(0, C4, 100);
            t.at(tick + 480).note_off(0, C4, velocity);
        }
        t
    })
}

/// A note that goes down and up at the same tick, then an ordinary one.
fn zero_length_note() -> Vec<u8> {
    quarters(|t| t.note(0, C4, 100, 0..0).note(0, 64, 100, 480..960))
}

/// The same key twice on one channel, the second struck before the first is released: on, on, off, off.
fn overlapping_equal_keys() -> Vec<u8> {
    quarters(|t| t.note(0, C4, 100, 0..960).note(0, C4, 70, 480..1440))
}

/// A Note Off for a key that is not down, in the middle of a note on another key.
fn note_off_without_on() -> Vec<u8> {
    quarters(|t| t.note(0, C4, 100, 0..960).at(480).note_off(0, 67, 64))
}

/// Two notes of which the second has no Note Off; the track ends a second after its onset.
fn never_released() -> Vec<u8> {
    quarters(|t| {
        t.note(0, C4, 100, 0..480);
        t.at(480).note_on(0, 64, 100).at(1440).end()
    })
}

/// The 88 keys of the piano one after another, a quarter of a second each.
fn chromatic_scale() -> Vec<u8> {
    quarters(|t| {
        for (start, key) in (0..).step_by(240).zip(21..=108) {
            t.note(0, key, 100, start..start + 240);
        }
        t
    })
}

/// One key at velocities 1, 8, 15 ... 127, a quarter of a second each with as long a rest.
fn velocity_ladder() -> Vec<u8> {
    quarters(|t| {
        for (start, velocity) in (0..).step_by(480).zip((1..=127).step_by(7)) {
            t.note(0, C4, velocity, start..start + 240);
        }
        t
    })
}

/// Middle C with each of the 128 programs, half a second each.
fn all_programs() -> Vec<u8> {
    quarters(|t| {
        for (start, program) in (0..).step_by(480).zip(0..=127) {
            t.at(start).program(0, program);
            t.note(0, C4, 100, start..start + 360);
        }
        t
    })
}

/// Each of the 128 keys on the drum channel, a quarter of a second each.
fn all_drum_keys() -> Vec<u8> {
    quarters(|t| {
        for (start, key) in (0..).step_by(240).zip(0..=127) {
            t.note(DRUMS, key, 100, start..start + 120);
        }
        t
    })
}

/// An open hi-hat that rings, one cut off by a closed hi-hat, and one cut off by the pedal.
fn hi_hat_choke() -> Vec<u8> {
    quarters(|t| {
        t.note(DRUMS, 46, 110, 0..120);
        t.note(DRUMS, 46, 110, 960..1080)
            .note(DRUMS, 42, 110, 1200..1320);
        t.note(DRUMS, 46, 110, 1920..2040)
            .note(DRUMS, 44, 110, 2160..2280)
    })
}

/// 1,920 notes at once: every key of every channel but the drums', for half a second. No voice may be stolen.
fn every_key_at_once() -> Vec<u8> {
    let smf = Smf::new(480).running_status().track(|t| {
        for channel in (0..16).filter(|&channel| channel != DRUMS) {
            for key in 0..=127 {
                t.note(channel, key, 10, 0..480);
            }
        }
        t.at(480)
    });
    smf.to_bytes()
}

// Controllers and system exclusive messages.

/// A note released under the pedal, which goes up a second later; then the same without the pedal.
fn sustain_pedal() -> Vec<u8> {
    quarters(|t| {
        t.at(0).control(0, 64, 127).at(1440).control(0, 64, 0);
        t.note(0, C4, 100, 0..480).note(0, C4, 100, 1920..2400)
    })
}

/// Sostenuto catches the key that is down (C) and not the one that follows (E): both are released at half a second.
fn sostenuto() -> Vec<u8> {
    quarters(|t| {
        t.at(120).control(0, 66, 127).at(1440).control(0, 66, 0);
        t.note(0, C4, 100, 0..480).note(0, 64, 100, 240..480)
    })
}

/// All Notes Off (CC 123) at half a second releases a chord that no Note Off ends.
fn all_notes_off() -> Vec<u8> {
    quarters(|t| held_chord(t).at(480).control(0, 123, 0).at(1440).end())
}

/// All Sound Off (CC 120) at half a second silences a chord that no Note Off ends.
fn all_sound_off() -> Vec<u8> {
    quarters(|t| held_chord(t).at(480).control(0, 120, 0).at(1440).end())
}

fn held_chord(t: &mut Track) -> &mut Track {
    // Strings, which would sound for as long as they are held.
    t.at(0).program(0, 48);
    t.note_on(0, C4, 100)
        .note_on(0, 64, 100)
        .note_on(0, 67, 100)
}

/// Wheel, modulation, expression and pedal are moved, then Reset All Controllers (CC 121) before the second note.
/// Volume and pan stay as they are (RP-015).
fn reset_all_controllers() -> Vec<u8> {
    quarters(|t| {
        t.at(0).control(0, 7, 80).control(0, 10, 20);
        t.bend(0, 4096)
            .control(0, 1, 100)
            .control(0, 11, 40)
            .control(0, 64, 127);
        t.at(960).control(0, 121, 0);
        t.note(0, C4, 100, 0..480).note(0, C4, 100, 960..1440)
    })
}

/// Five notes of a second: left, right, centre; then volume 64, and volume falling to 0 during the note.
fn pan_and_volume() -> Vec<u8> {
    quarters(|t| {
        t.at(0).program(0, 16).control(0, 10, 0);
        t.at(960).control(0, 10, 127);
        t.at(1920).control(0, 10, 64);
        t.at(2880).control(0, 7, 64);
        for (tick, volume) in (3840..).step_by(15).zip((0..=64).rev()) {
            t.at(tick).control(0, 7, volume);
        }
        for start in (0..4800).step_by(960) {
            t.note(0, C4, 100, start..start + 960);
        }
        t
    })
}

/// Strings held for two seconds while expression rises from 0 to 127 and falls again.
fn expression_swell() -> Vec<u8> {
    quarters(|t| {
        t.at(0).program(0, 48);
        let swell = (0..=127).chain((0..127).rev());
        for (tick, expression) in (0..).step_by(7).zip(swell) {
            t.at(tick).control(0, 11, expression);
        }
        t.note(0, C4, 100, 0..1920)
    })
}

/// Three drum strokes: dry, into the reverb alone, into the chorus alone.
fn reverb_and_chorus_sends() -> Vec<u8> {
    quarters(|t| {
        t.at(0).control(DRUMS, 91, 0).control(DRUMS, 93, 0);
        t.at(960).control(DRUMS, 91, 127);
        t.at(2880).control(DRUMS, 91, 0).control(DRUMS, 93, 127);
        for start in [0, 960, 2880] {
            t.note(DRUMS, 37, 110, start..start + 120);
        }
        t.at(3840).end()
    })
}

/// Strings held for three seconds; the modulation wheel goes up after the first and down after the second.
fn modulation() -> Vec<u8> {
    quarters(|t| {
        t.at(0)
            .program(0, 48)
            .at(960)
            .control(0, 1, 127)
            .at(1920)
            .control(0, 1, 0);
        t.note(0, C4, 100, 0..2880)
    })
}

/// Two held notes under pressure: the whole channel's, then one key's.
fn channel_pressure() -> Vec<u8> {
    quarters(|t| {
        t.at(0)
            .program(0, 48)
            .at(480)
            .pressure(0, 127)
            .at(960)
            .pressure(0, 0);
        t.at(1920).key_pressure(0, C4, 127);
        t.note(0, C4, 100, 0..960).note(0, C4, 100, 1440..2400)
    })
}

/// Portamento (CC 65) with time 40 (CC 5): C, G, and after switching it off C again.
fn portamento() -> Vec<u8> {
    quarters(|t| {
        t.at(0)
            .program(0, 80)
            .control(0, 5, 40)
            .control(0, 65, 127)
            .at(1920)
            .control(0, 65, 0);
        t.note(0, C4, 100, 0..960)
            .note(0, 67, 100, 960..1920)
            .note(0, C4, 100, 1920..2880)
    })
}

/// Mono mode (CC 126): each of three notes begins before the one before it has ended, a legato of one voice.
fn mono_legato() -> Vec<u8> {
    quarters(|t| {
        t.at(0).program(0, 80).control(0, 126, 1);
        t.note(0, C4, 100, 0..600)
            .note(0, 64, 100, 480..1080)
            .note(0, 67, 100, 960..1440)
    })
}

/// A note bent up by two semitones (the default range) within half a second, held, and let go; then one bent down.
fn bend() -> Vec<u8> {
    quarters(|t| {
        t.at(0).program(0, 80);
        for (tick, bend) in (0..=480).step_by(15).zip((0..=8191).step_by(255)) {
            t.at(tick).bend(0, bend);
        }
        t.at(480)
            .bend(0, 8191)
            .at(960)
            .bend(0, 0)
            .at(1440)
            .bend(0, -8192);
        t.note(0, C4, 100, 0..1440).note(0, C4, 100, 1440..1920)
    })
}

/// RPN 0 makes the bend range 12 semitones: middle C sounds as C5, then as C3.
fn bend_range_12() -> Vec<u8> {
    quarters(|t| {
        t.at(0)
            .program(0, 80)
            .rpn(0, 0, 12, 0)
            .bend(0, 8191)
            .at(480)
            .bend(0, -8192);
        t.note(0, C4, 100, 0..480).note(0, C4, 100, 480..960)
    })
}

/// RPN 1 tunes a note up by 50 cents, RPN 2 the next one up by 3 semitones more.
fn tuning_rpn() -> Vec<u8> {
    quarters(|t| {
        t.at(0)
            .program(0, 80)
            .rpn(0, 1, 96, 0)
            .at(480)
            .rpn(0, 2, 67, 0);
        t.note(0, C4, 100, 0..480).note(0, C4, 100, 480..960)
    })
}

/// Program 0 of bank 0, then of bank 8 (CC 0), which a set of presets may lack.
fn bank_select() -> Vec<u8> {
    quarters(|t| {
        t.at(0)
            .program(0, 0)
            .at(480)
            .control(0, 0, 8)
            .control(0, 32, 0)
            .program(0, 0);
        t.note(0, C4, 100, 0..480).note(0, C4, 100, 480..960)
    })
}

/// A Roland GS message makes channel 11 a drum part: its two strokes equal those of channel 10.
fn gs_drum_part() -> Vec<u8> {
    quarters(|t| {
        t.at(0).sysex(&gs_data_set([0x40, 0x00, 0x7F], 0));
        // Use for Rhythm Part = MAP1 (40 1x 15); x counts part 10 as 0, so channel 11 is part A.
        t.sysex(&gs_data_set([0x40, 0x1A, 0x15], 1));
        t.note(DRUMS, 36, 100, 480..600)
            .note(DRUMS, 38, 100, 960..1080);
        t.note(10, 36, 100, 1440..1560)
            .note(10, 38, 100, 1920..2040)
    })
}

/// A Roland GS Data Set message with its checksum (sum of address, data and checksum is 0 modulo 128).
fn gs_data_set(address: [u8; 3], data: u8) -> Vec<u8> {
    let sum = u32::from(data) + address.map(u32::from).iter().sum::<u32>();
    let checksum = u8::try_from((128 - sum % 128) % 128).unwrap();
    let [a, b, c] = address;
    vec![0x41, 0x10, 0x42, 0x12, a, b, c, data, checksum]
}

/// GM System On, then Universal Master Volume at half, in force from the second note on.
fn master_volume() -> Vec<u8> {
    quarters(|t| {
        t.at(0)
            .sysex(&GM_ON)
            .at(960)
            .sysex(&[0x7F, 0x7F, 0x04, 0x01, 0x00, 0x40]);
        t.note(0, C4, 100, 480..960).note(0, C4, 100, 960..1440)
    })
}

// Time and the container.

/// Four quarters at 120, 60, 240 and 120 beats per minute; the tempo stands in the track after the notes.
fn tempo_changes() -> Vec<u8> {
    let smf = Smf::new(96)
        .track(|t| four_quarters(t.name("notes"), 96))
        .track(|t| {
            t.name("tempo").time_signature(4, 4).tempo(TEMPO_120);
            t.at(96)
                .tempo(TEMPO_60)
                .at(192)
                .tempo(250_000)
                .at(288)
                .tempo(TEMPO_120)
        });
    smf.to_bytes()
}

/// Four quarters without any tempo: 120 beats per minute hold.
fn no_tempo() -> Vec<u8> {
    Smf::new(96).track(|t| four_quarters(t, 96)).to_bytes()
}

/// Seven notes ten minutes apart (as nearly as ticks allow) at 123.456 bpm and 97 ticks: a test for drift.
fn hour_long() -> Vec<u8> {
    let smf = Smf::new(97).track(|t| {
        // 60,000,000 / 123.456 = 486,003.1 microseconds; ten minutes are 1234.56 quarters = 119,752.3 ticks.
        t.at(0).tempo(486_003);
        for start in (0..=6 * 119_752).step_by(119_752) {
            t.note(0, C4, 100, start..start + 97);
        }
        t
    });
    smf.to_bytes()
}

/// Four notes of a second each: 25 frames of 40 ticks make a tick a millisecond. The tempo must not matter.
fn smpte_25fps() -> Vec<u8> {
    Smf::smpte(25, 40)
        .track(|t| four_quarters(t.tempo(TEMPO_60), 1000))
        .to_bytes()
}

/// Four notes of 30 frames each at 30000/1001 frames per second: 1.001 seconds each.
fn smpte_2997() -> Vec<u8> {
    Smf::smpte(29, 80)
        .track(|t| four_quarters(t, 2400))
        .to_bytes()
}

/// Two channels and the tempo in the single track of format 0.
fn format_0() -> Vec<u8> {
    let smf = Smf::new(96).format(0).track(|t| {
        t.name("all in one").tempo(TEMPO_60).program(1, 40);
        t.note(0, C4, 100, 0..96).note(1, 67, 100, 96..192)
    });
    smf.to_bytes()
}

/// Two independent patterns, each with its own tempo; played one after another they last 1 + 2 seconds.
fn format_2() -> Vec<u8> {
    let smf = Smf::new(96).format(2);
    let smf = smf.track(|t| pattern(t, C4, TEMPO_120));
    smf.track(|t| pattern(t, 67, TEMPO_60)).to_bytes()
}

/// A key and the one a third above it, a quarter each.
fn pattern(t: &mut Track, key: u8, us_per_quarter: u32) -> &mut Track {
    t.name("pattern").tempo(us_per_quarter);
    t.note(0, key, 100, 0..96).note(0, key + 4, 100, 96..192)
}

/// `one_note.mid` in a RIFF container.
fn riff_wrapped() -> Vec<u8> {
    Smf::new(480)
        .track(|t| t.tempo(TEMPO_120).note(0, C4, 100, 0..480))
        .to_rmid_bytes()
}

/// A chunk of an unknown kind between two tracks; a reader skips it.
fn alien_chunk() -> Vec<u8> {
    let smf = Smf::new(96).track(|t| t.note(0, C4, 100, 0..96));
    let smf = smf.alien_chunk(*b"XFIH", b"not a track");
    smf.track(|t| t.note(1, 67, 100, 96..192)).to_bytes()
}

/// Two melodies with running status, whose status bytes are left out wherever they repeat.
fn running_status() -> Vec<u8> {
    let smf = Smf::new(96).running_status().track(|t| {
        for (start, key) in (0..).step_by(96).zip([C4, 62, 64, 65]) {
            t.at(start).note_on(0, key, 100).note_on(0, key + 12, 80);
            t.at(start + 96).note_on(0, key, 0).note_on(0, key + 12, 0);
        }
        t
    });
    smf.to_bytes()
}

/// A note of half a second in a track that ends after four.
fn silence_after_last_note() -> Vec<u8> {
    quarters(|t| t.note(0, C4, 100, 0..480).at(3840).end())
}

// Damage. Each file has four quarters at 120 beats per minute, all of which can be recovered unless it says otherwise.

/// A Note On relies on the status before a meta event, which the standard forbids and real files do.
fn running_status_across_meta() -> Vec<u8> {
    damaged(|t| t.at(96).meta(0x06, b"marker").raw(&[62, 100]))
}

/// The second note's velocity is F8 in place of 78: its highest bit is set.
fn data_byte_above_127() -> Vec<u8> {
    damaged(|t| t.at(96).raw(&[0x90, 62, 0xF8]))
}

/// An F4, which MIDI leaves undefined, stands before the second note.
fn undefined_status() -> Vec<u8> {
    damaged(|t| t.at(96).raw(&[0xF4]).note_on(0, 62, 100))
}

/// A good first track, and a second whose bytes end within the third of its four notes.
fn truncated() -> Vec<u8> {
    let smf = Smf::new(96).track(|t| four_quarters(t, 96)).track(|t| {
        for (start, key) in (0..).step_by(96).zip([72, 74, 76, 77]) {
            t.note(1, key, 100, start..start + 96);
        }
        t
    });
    let mut bytes = smf.to_bytes();
    // What is lost: the last note (8 bytes), End of Track (4), and the Note Off of the third but one byte of it.
    bytes.truncate(bytes.len() - 8 - 4 - 3);
    bytes
}

/// A track without End of Track.
fn end_of_track_missing() -> Vec<u8> {
    Smf::new(96)
        .track(|t| four_quarters(t, 96).without_end())
        .to_bytes()
}

/// The only track claims to be 1,000 bytes longer than the file.
fn track_length_too_long() -> Vec<u8> {
    let mut bytes = no_tempo();
    let length = u32::from_be_bytes(bytes[18..22].try_into().unwrap()) + 1000;
    bytes[18..22].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// A division of 0 ticks to the quarter: there is no time in such a file.
fn division_zero() -> Vec<u8> {
    Smf::new(0).track(|t| four_quarters(t, 96)).to_bytes()
}

/// A header that announces no tracks, and none follow.
fn header_only() -> Vec<u8> {
    Smf::new(96).to_bytes()
}

/// No bytes at all.
fn empty() -> Vec<u8> {
    Vec::new()
}

/// Not MIDI.
fn text() -> Vec<u8> {
    b"This is not a MIDI file.".to_vec()
}

/// One track at 480 ticks to the quarter and 120 beats per minute.
fn quarters(write: impl FnOnce(&mut Track) -> &mut Track) -> Vec<u8> {
    Smf::new(480)
        .track(|t| write(t.tempo(TEMPO_120)))
        .to_bytes()
}

/// C, D, E, F of this many ticks each.
fn four_quarters(t: &mut Track, ticks: u32) -> &mut Track {
    for (start, key) in (0..).step_by(ticks as usize).zip([C4, 62, 64, 65]) {
        t.note(0, key, 100, start..start + ticks);
    }
    t
}

/// Four quarters of which the second begins in a damaged way.
fn damaged(second_onset: impl FnOnce(&mut Track) -> &mut Track) -> Vec<u8> {
    let smf = Smf::new(96).track(|t| {
        t.at(0).note_on(0, C4, 100).at(95).note_on(0, C4, 0);
        second_onset(t);
        t.at(192).note_on(0, 62, 0);
        t.note(0, 64, 100, 192..288).note(0, 65, 100, 288..384)
    });
    smf.to_bytes()
}
