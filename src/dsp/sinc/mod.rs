//! A recording read at any speed by a windowed sinc: what lies between its frames, and above the output's band, is not
//! heard; its loop goes round at any length.
//!
//! In: a [`RecordedFrames`], the [`Kernel`] for the increments of a sound, and a [`Glide`] for each run of frames. Out: mono
//! samples. It remembers a [`ReadState`], from which it goes on at any frame: any division of the runs gives the same bits.

mod convolve;
mod glide;
mod kernel;
mod reading;
mod recording;
mod state;
#[cfg(test)]
mod tests;

pub use self::glide::{Glide, HIGHEST, ONE, Ramp, increment};
pub use self::kernel::Kernel;
pub use self::recording::RecordedFrames;
pub use self::state::{Looping, ReadState};
