//! Cascade renders MIDI files to audio. This is the map of the house.
//!
//! A song walks down a corridor; each room takes what the room before it made, and hands on one value:
//!
//! ```text
//! bytes -> midi -> Smf -> score -> Score -----+-> plan -> Plan -> voice -> tones -> mix -> Stereo -> wav -> bytes
//! TOML -> preset -> sound::Preset -> Bank ----+
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
//! - [`wav`]: samples to the bytes of a WAV file.
//! - [`compare`]: two recordings to figures and a verdict.
//! - [`plot`]: scores, recordings and figures to pictures.
//! - [`render`]: the whole line for one song; rayon lives here and where tones are rendered.
//! - [`audition`]: a preset played on its own and judged.
//! - [`batch`]: many songs: what is known about each, what is due, and whose share it is.
//! - [`cli`]: arguments and commands; files, streams and the clock live here and nowhere else.
//!
//! Tools for all of them: [`units`] (what numbers mean), [`audio`] (buffers), [`dsp`] (the parts of sound), [`text`]
//! (what others wrote, safe to show).
//!
//! A program depends on this library by `cascade = { path = "path/to/cascade", package = "chromatic-cascade" }`.
//!
//! What never meets: a voice never sees a channel's controllers but as curves; the mixer never sees MIDI; nothing but
//! [`cli`] touches files, streams or time; no room imports one behind it (`tests/it/layout.rs` checks that).

pub mod audio;
pub mod audition;
pub mod bank;
pub mod batch;
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
pub mod sound;
pub mod text;
pub mod tones;
pub mod units;
pub mod voice;
pub mod wav;
