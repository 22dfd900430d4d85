//! Work grows with the bytes of a file and not faster, whatever the bytes are.
//!
//! Work is counted in instructions, by valgrind, which gives the same number on every run and however busy the machine is; so
//! that test is not run by itself. Without it, each of these files is read and planned at a size at which work that grows with
//! its square would take hours.

use std::process::Command;

use cascade::bank::Bank;
use cascade::plan::Plan;
use cascade::units::SampleRate;
use cascade::{midi, score};

use crate::cli::{Desk, midi as file};

/// Makes a file of about so many bytes.
type Generator = fn(usize) -> Vec<u8>;

const END: &[u8] = b"\0\xFF\x2F\0";

/// One track, in which something is repeated.
fn repeated(first: &[u8], unit: &[u8], bytes: usize) -> Vec<u8> {
    file(&[first, &unit.repeat(bytes / unit.len())].concat())
}

/// One track: in the first half `one` is repeated, in the second `other`.
fn halves(one: &[u8], other: &[u8], bytes: usize) -> Vec<u8> {
    let half = |unit: &[u8]| unit.repeat(bytes / 2 / unit.len());
    file(&[half(one), half(other)].concat())
}

/// One event, the contents of which are repeated.
fn one_event(kind: &[u8], unit: &[u8], bytes: usize) -> Vec<u8> {
    let contents = unit.repeat(bytes / unit.len());
    let length = contents.len();
    let digit = |shift: usize| (length >> shift & 0x7F) as u8;
    let quantity = [
        0x80 | digit(21),
        0x80 | digit(14),
        0x80 | digit(7),
        digit(0),
    ];
    file(&[&[0], kind, &quantity, &contents].concat())
}

/// Chunks behind a header of this format, each with its length.
fn chunks(format: u8, id: &[u8; 4], contents: &[u8], bytes: usize) -> Vec<u8> {
    let length = (contents.len() as u32).to_be_bytes();
    let chunk = [id, &length[..], contents].concat();
    let track = [b"MTrk", &(END.len() as u32).to_be_bytes()[..], END].concat();
    let header = [&b"MThd\0\0\0\x06\0"[..], &[format], b"\0\x01\0\x60"].concat();
    [header, chunk.repeat(bytes / chunk.len()), track].concat()
}

/// Notes, each struck in a way of its own by two controllers.
fn ways_to_play(bytes: usize) -> Vec<u8> {
    let note = |index: usize| {
        let [one, other] = [index % 128, index / 128 % 128].map(|value| value as u8);
        [0, 0xB0, 73, one, 0, 75, other, 0, 0x90, 60, 64, 1, 60, 0]
    };
    file(&(0..bytes / 14).flat_map(note).collect::<Vec<u8>>())
}

/// Bytes that nobody chose.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    file(&(0..bytes).map(|_| next()).collect::<Vec<u8>>())
}

/// A MIDI file behind many chunks of a RIFF file.
fn riff(bytes: usize) -> Vec<u8> {
    let inner = file(&[]);
    let chunk = b"LIST\x02\0\0\0ab".repeat(bytes / 10);
    let data = [b"data", &(inner.len() as u32).to_le_bytes()[..], &inner].concat();
    let length = (4 + chunk.len() + data.len()) as u32;
    [b"RIFF", &length.to_le_bytes()[..], b"RMID", &chunk, &data].concat()
}

/// Everything that was thought of, by what is many.
const FILES: &[(&str, Generator)] = &[
    ("raw beginnings of SysEx", |n| {
        one_event(&[0xF7], &[0xF0], n)
    }),
    ("raw SysEx", |n| one_event(&[0xF7], &[0xF0, 1, 0xF7], n)),
    ("raw status bytes", |n| one_event(&[0xF7], &[0x90], n)),
    ("raw notes", |n| one_event(&[0xF7], &[0x90, 60, 1], n)),
    ("bytes of a SysEx", |n| one_event(&[0xF0], &[0x41], n)),
    ("SysEx bytes above 127", |n| one_event(&[0xF0], &[0xFF], n)),
    ("bytes of a text", |n| one_event(&[0xFF, 1], b"a", n)),
    ("packets of a SysEx", |n| {
        repeated(&[0, 0xF0, 1, 1], &[0, 0xF7, 1, 1], n)
    }),
    ("SysEx without an end", |n| {
        repeated(&[], &[0, 0xF0, 1, 1], n)
    }),
    ("empty packets", |n| repeated(&[], &[0, 0xF7, 0], n)),
    ("texts", |n| repeated(&[], &[0, 0xFF, 1, 1, b'a'], n)),
    ("undefined status bytes", |n| repeated(&[], &[1, 0xF4], n)),
    ("data bytes without a status", |n| repeated(&[], &[1], n)),
    ("status bytes", |n| repeated(&[], &[0x90], n)),
    ("quantities without an end", |n| repeated(&[0], &[0xFF], n)),
    ("long quantities", |n| {
        repeated(&[], &[0x80, 0x80, 0x80, 0x80, 0, 0x90, 60, 1], n)
    }),
    ("delta times that are left out", |n| {
        repeated(&[], &[0x83, 0xFF, 0xFF, 0xFF, 0x7F, 0xF4], n)
    }),
    ("statuses that are carried on", |n| {
        repeated(&[0, 0x90, 60, 1], &[0, 0xFF, 1, 0, 0, 60, 1], n)
    }),
    ("broken events", |n| {
        repeated(&[], &[0, 0x90, 0x90, 60, 1, 0], n)
    }),
    ("texts that are too long", |n| {
        repeated(&[], &[0, 0xFF, 1, 0xFF, 0xFF, 0xFF, 0x7F, 0], n)
    }),
    ("notes that never end", |n| {
        repeated(&[0, 0x90, 60, 1], &[0, 60, 1], n)
    }),
    ("notes one after another", |n| {
        repeated(&[0, 0x90, 60, 1], &[1, 60, 1, 1, 60, 0], n)
    }),
    ("note-offs of nothing", |n| {
        repeated(&[0, 0x80, 60, 1], &[0, 60, 1], n)
    }),
    ("notes held by a pedal that moves", |n| {
        halves(&[0, 0x90, 60, 1], &[0, 0xB0, 64, 127, 0, 64, 0], n)
    }),
    ("notes caught by a pedal that moves", |n| {
        halves(&[0, 0x90, 60, 1], &[0, 0xB0, 66, 127, 0, 66, 0], n)
    }),
    ("notes caught while another pedal moves", |n| {
        let caught = [0, 0x90, 60, 1, 0, 0xB0, 66, 127, 0, 0x80, 60, 1];
        halves(&caught, &[0, 0xB0, 64, 127, 0, 64, 0], n)
    }),
    ("notes of a channel of one voice", |n| {
        halves(
            &[0, 0xB0, 126, 0, 0, 0x90, 60, 1],
            &[0, 0x90, 61, 1, 0, 0x80, 61, 1],
            n,
        )
    }),
    ("drums that choke each other", |n| {
        repeated(&[], &[1, 0x99, 46, 1, 1, 42, 1], n)
    }),
    ("drums struck at once", |n| {
        halves(&[0, 0x99, 46, 1], &[1, 0x99, 42, 1], n)
    }),
    ("tempos", |n| repeated(&[], &[1, 0xFF, 0x51, 3, 1, 0, 0], n)),
    ("time signatures", |n| {
        repeated(&[], &[1, 0xFF, 0x58, 4, 3, 2, 24, 8], n)
    }),
    ("registered parameters", |n| {
        repeated(&[], &[1, 0xB0, 101, 0, 0, 100, 0, 0, 6, 24, 0, 6, 2], n)
    }),
    ("programs", |n| {
        repeated(&[], &[1, 0xC0, 40, 1, 0x90, 60, 1, 1, 0xC0, 0], n)
    }),
    ("ways to play", ways_to_play),
    ("bends under notes", |n| {
        repeated(
            &[0, 0x90, 60, 1],
            &[1, 0xE0, 0, 1, 1, 0, 2, 0, 0x90, 61, 1],
            n,
        )
    }),
    ("pressures of keys, reset", |n| {
        repeated(&[], &[1, 0xA0, 60, 1, 1, 0xB0, 121, 0], n)
    }),
    ("volumes", |n| {
        repeated(&[0, 0x90, 60, 1], &[1, 0xB0, 7, 1, 1, 7, 100], n)
    }),
    ("all notes off", |n| {
        repeated(&[], &[0, 0x90, 60, 1, 0, 0xB0, 123, 0], n)
    }),
    ("resets", |n| {
        repeated(&[], &[1, 0xF0, 5, 0x7E, 0x7F, 9, 1, 0xF7], n)
    }),
    ("effects", |n| {
        let set = [
            0x41, 0x10, 0x42, 0x12, 0x40, 1, 0x30, 1, 2, 3, 4, 5, 0, 0xF7,
        ];
        repeated(&[], &[&[1, 0xF0, 14], &set[..]].concat(), n)
    }),
    ("tracks", |n| {
        chunks(1, b"MTrk", b"\0\x90\x3C\x01\0\xFF\x2F\0", n)
    }),
    ("tracks one after another", |n| chunks(2, b"MTrk", END, n)),
    ("tracks without an end", |n| chunks(1, b"MTrk", b"", n)),
    ("tracks of a wrong length", |n| {
        let mut bytes = chunks(1, b"MTrk", END, n);
        for chunk in bytes[14..].chunks_exact_mut(12) {
            chunk[4..8].fill(0x7F);
        }
        bytes
    }),
    ("chunks of other kinds", |n| chunks(1, b"note", b"", n)),
    ("bytes between chunks", |n| {
        [chunks(1, b"MTrk", END, 0), vec![0; n]].concat()
    }),
    ("bytes before the header", |n| {
        [vec![0; n], file(&[])].concat()
    }),
    ("chunks of RIFF", riff),
    ("lines of text", |n| {
        let mut bytes = repeated(&[], &[0, 0xFF, 1, 2, b'\r', b'\n'], n);
        bytes.extend(b"\r\n");
        bytes
    }),
    ("bytes that nobody chose", noise),
];

#[test]
fn no_bytes_take_more_work_than_as_many_others() {
    // F7 packets of two megabytes took a quarter of an hour.
    const BYTES: usize = 2 << 20;
    let bank = Bank::built_in(&[]).unwrap();
    for (what, generate) in FILES {
        let bytes = generate(BYTES);
        let Ok(smf) = midi::parse(&bytes) else {
            panic!("{what}: is no MIDI file");
        };
        let score = score::read(&smf);
        let plan = Plan::new(&score, &bank, SampleRate::default());
        assert!(plan.voices.len() <= BYTES, "{what}");
    }
}

/// The instructions that a command takes for a file; none where valgrind, which counts them, is missing.
fn instructions(desk: &Desk, command: &str, bytes: &[u8]) -> Option<u64> {
    desk.put("grown.mid", bytes);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=cachegrind", "--cache-sim=no"]);
    valgrind.arg("--cachegrind-out-file=/dev/null");
    valgrind.arg(assert_cmd::cargo::cargo_bin!("cascade"));
    valgrind.args(command.split_whitespace());
    let output = valgrind.current_dir(desk.path("")).output().ok()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    // "I refs:" or "I   refs:", the first of several lines.
    let line = told.lines().find_map(|line| line.split_once("refs:"));
    let count = line.map(|(_, count)| count.trim().replace(',', ""));
    Some(count.and_then(|count| count.parse().ok()).expect(&told))
}

/// One kind of file in six by default, all of them and larger ones with `CASCADE_GROWTH=all`, which takes minutes.
#[test]
fn twice_the_bytes_take_at_most_two_and_a_half_times_the_instructions() {
    const INSPECT: &str = "inspect grown.mid";
    const RENDER: &str =
        "render -q grown.mid -o out.wav -r 8000 --mono --to 0.01 --max-duration 9999h -j 1";
    let all = std::env::var("CASCADE_GROWTH").is_ok_and(|value| value == "all");
    let (bytes, step, commands) = match all {
        true => (1 << 16, 1, [INSPECT, RENDER].as_slice()),
        false => (1 << 14, 6, [INSPECT].as_slice()),
    };
    let desk = Desk::new();
    let mut failed = Vec::new();
    for command in commands {
        let Some(least) = instructions(&desk, command, &file(&[])) else {
            return eprintln!("valgrind is missing: the growth of instructions is not measured");
        };
        for (what, generate) in FILES.iter().step_by(step) {
            let [once, twice] = [bytes, 2 * bytes].map(|bytes| {
                let all = instructions(&desk, command, &generate(bytes));
                all.unwrap_or_default().saturating_sub(least)
            });
            let growth = twice as f64 / once.max(1 << 20) as f64;
            println!("{growth:.2} {once:>12} {twice:>12} {what} ({command})");
            if growth > 2.5 {
                failed.push((what, growth));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}
