//! Cascade renders MIDI files to audio: the same bytes everywhere, every note, as fast as the machine allows.
//!
//! ```
//! use cascade::bank::Bank;
//! use cascade::song::{Settings, Song};
//!
//! let bytes = std::fs::read("fixtures/sustain_pedal.mid")?;
//! let song = Song::read(&bytes)?;
//! let (audio, report) = song.render(&Bank::built_in(&[])?, &Settings::default())?;
//! assert_eq!((audio.len() as u64, song.repairs.total()), (report.frames, 0));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! [`song`] is the front door: into a file or a buffer, whole or in part, with stems, changed in speed, key and tuning.
//! [`bank::Bank`] is what it is played with ([`bank::Bank::add_file`] adds a sound of your own), [`wav::WavWriter`]
//! makes a file of it, and [`compare`] holds two against each other. A program depends on this library without its
//! command line by `cascade = { path = "path/to/cascade", package = "chromatic-cascade", default-features = false }`.
//!
//! # The map of the house
//!
//! A song walks down a corridor; each room takes what the room before it made, and hands on one value:
//!
//! ```text
//! bytes -> midi -> Smf -> score -> Score -----+-> plan -> Plan -> voice -> tones -> mix -> Stereo -> wav -> bytes
//! TOML -> preset -> sound::Preset -> Bank ----+   \______________ render, behind song ______________/
//! ```
//!
//! - [`midi`]: bytes to tracks of events, damage repaired and reported.
//! - [`score`]: events to notes with exact times, and controllers as lanes.
//! - [`sound`]: the resolved model of a sound.
//! - [`preset`]: TOML to that model.
//! - [`bank`]: which sound plays a program or a drum key.
//! - [`plan`]: score and sounds to the distinct tones and the voices that use them.
//! - [`voice`]: the three stages, pitch, waveform and envelope.
//! - [`tones`]: what they have rendered, page by page, kept while it is used.
//! - [`mix`]: voices to stereo, and the limiter.
//! - [`render`]: a plan window by window; rayon lives here and where tones are rendered.
//! - [`song`]: the front door: a file, a bank and settings to samples in a sink or a buffer.
//! - [`wav`]: samples to the bytes of a WAV file.
//! - [`compare`]: two recordings to figures and a verdict.
//! - [`plot`]: scores, recordings and figures to pictures.
//! - [`audition`]: a preset played on its own and judged.
//! - [`batch`]: many songs: what is known about each, what is due, whose share it is, and where one differs.
//! - [`cli`]: arguments and commands; files, streams and the clock live here and nowhere else.
//!
//! Tools for all of them: [`units`] (what numbers mean), [`audio`] (buffers), [`dsp`] (the parts of sound), [`text`]
//! (what others wrote, safe to show).
//!
//! What never meets: a voice never sees a note, a channel or a preset, only numbers and curves; the mixer never sees
//! MIDI; nothing but [`cli`] touches files, streams or time; no room imports one behind it (`tests/it/layout.rs` checks
//! that), and inside a room no files import each other in a circle (`tests/it/circles.rs`).
//!
//! # How to change things
//!
//! The compiler, or the test that is named, asks for every place of what is listed here.
//!
//! - **A waveform**: its file in `voice/waveform/`, with its arms in [`voice::waveform::Oscillator`],
//!   [`sound::resolved::Source`] (all that its samples depend on, as numbers) and [`sound::Waveform`]; the step from
//!   the last to the one before in `plan/resolve.rs`; its word and keys as `preset/mod.rs` says.
//! - **A key of a preset**: `preset/mod.rs` has the recipe; a test of `preset/file.rs` fails while file and reference
//!   disagree.
//! - **An effect with a send**: an arm of [`sound::Send`], its file in `mix/`, its places in `mix/effects.rs`. What it
//!   is set to stands in [`sound::effects`], what a file says of that in `score/effects.rs`.
//! - **A controller**: its name in [`score::Control`] (it is kept as sent without one, too), its law in
//!   [`plan::controls`], and where it acts: a [`sound::resolved::Destination`] in `plan/modulation.rs`, or the gains of
//!   a bus in `plan/bus.rs`. What a note takes over once, when it is struck, is a field of [`score::Articulation`] and
//!   an argument of `plan/resolve.rs`.
//! - **A sound**: its TOML in `presets/`, its line in `bank/built_in.rs`, its programs or keys in `presets/bank.toml`.
//! - **Another kind of sound file**: a room that makes [`sound::Preset`]s of its bytes, as [`preset`] does, and is asked by
//!   [`bank`].
//! - **An output format**: [`wav::SampleFormat`] and its arms in `wav/write.rs`; its word in `cli/args/render.rs`.
//! - **A command**: its arguments in `cli/args/`, its file or folder in `cli/`, its arm in `cli/mod.rs`; what it
//!   computes goes to a room of its own, for [`cli`] only reads, calls and tells.
//! - **An option of `render`**: its field in `cli/args/`; tests ask whether a found file may set it
//!   (`cli/config/reach.rs`), whether manifests record it ([`batch::options`]), and whether it changes samples
//!   (`Settings::digest` in `cli/settings.rs`).
//!
//! **Goldens**: `cargo test --test it golden` compares every fixture in four formats with `tests/it/golden.txt`. If the
//! sound was meant to change, `UPDATE_GOLDEN=1 cargo test golden` accepts it, and a line of
//! `tests/it/golden_changes.md` says why. A change of anything else leaves them equal, byte for byte.
//!
//! **Speed**: `cargo bench` has the parts in ns and whole songs; for a whole process compare two builds in turn, with
//! `--profile dist`, by CPU time, and count with `valgrind --tool=callgrind`. Memory is `/usr/bin/time -v`. Figures go
//! into the body of the commit, and a change that moved none of them is not made.

pub mod audio;
pub mod audition;
pub mod bank;
pub mod batch;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compare;
pub mod dsp;
pub mod midi;
pub mod mix;
pub mod plan;
pub mod plot;
pub mod preset;
pub mod render;
pub mod score;
pub mod song;
pub mod sound;
pub mod text;
pub mod tones;
pub mod units;
pub mod voice;
pub mod wav;
