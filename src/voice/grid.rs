//! How the time of a tone is divided: into chunks of steps, which begin at the same frames however it is rendered.

use crate::dsp::phase::LANES;

/// Frames that a layer renders before the next one is added: they stay in the first-level cache. Pieces of a tone begin
/// at multiples of it.
pub const CHUNK: usize = 1024;

/// Frames from one evaluation of what moves to the next; in between the frequency goes in a straight line. At 5.5 Hz
/// and 50 cents of vibrato this is wrong by at most 0.08 cents.
pub const STEP: usize = 128;

// What moves is evaluated for all steps of a chunk side by side.
const _: () = assert!(CHUNK == LANES * STEP);

/// Where the steps of a chunk end, in frames since the onset.
pub type Ends = [u64; LANES];

/// The ends of the steps of the chunk that begins at a frame.
#[must_use]
pub fn ends(start: u64) -> Ends {
    std::array::from_fn(|step| start + ((step + 1) * STEP) as u64)
}

/// Room for what layers and oscillators are made of; anything may be left in it.
pub type Scratch = [[f32; CHUNK]];

/// The chunks of [`Scratch`] that a tone takes: a layer, a copy of its unison, and one of the waves of that.
pub const SCRATCH: usize = 3;
