//! WAV: samples to bytes, for files and pipes alike, and bytes of whatever origin to samples.
//!
//! - `write`: the one streaming writer of everything that is rendered.
//! - `header`: the chunks of a file up to its samples, and what is odd about them.
//! - `read`: frames of any part of a file, in the memory of one block.

mod header;
mod read;
mod write;

pub use header::{Encoding, HeaderError, Oddity, WavHeader};
pub use read::{Planes, WavReader, decode};
pub use write::{Channels, SampleFormat, WavSpec, WavWriter};
