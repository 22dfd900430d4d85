//! Stereo audio in planar buffers, and the figures that describe it.

pub use crate::dsp::peak::{all_finite, peak};

/// Frames of a block, the unit in which the mix is made. A voice's envelope is computed anew at multiples of it, so it is
/// part of what the samples depend on, and the same everywhere.
pub const BLOCK: usize = 4096;

/// A run of stereo audio: two planes of equal length, samples nominally in `-1.0..=1.0`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stereo {
    /// The left channel.
    pub left: Vec<f32>,
    /// The right channel, as long as the left.
    pub right: Vec<f32>,
}

impl Stereo {
    /// Silence of `frames` frames.
    #[must_use]
    pub fn silence(frames: usize) -> Self {
        Self {
            left: vec![0.0; frames],
            right: vec![0.0; frames],
        }
    }

    /// The number of frames.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Whether there is no frame at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Makes this silence of `frames` frames, keeping the memory.
    pub fn reset(&mut self, frames: usize) {
        for plane in [&mut self.left, &mut self.right] {
            plane.clear();
            plane.resize(frames, 0.0);
        }
    }

    /// Makes this `frames` frames long; anything may be in them.
    pub fn resize(&mut self, frames: usize) {
        self.left.resize(frames, 0.0);
        self.right.resize(frames, 0.0);
    }

    /// Removes the first `frames` frames, or all if there are no more.
    pub fn drop_first(&mut self, frames: usize) {
        for plane in [&mut self.left, &mut self.right] {
            plane.drain(..frames.min(plane.len()));
        }
    }

    /// Removes all frames, keeping the memory.
    pub fn clear(&mut self) {
        self.left.clear();
        self.right.clear();
    }

    /// Appends the frames of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.left.extend_from_slice(&other.left);
        self.right.extend_from_slice(&other.right);
    }

    /// Adds a sound of the same length.
    pub fn add(&mut self, other: &Self) {
        for (plane, other) in [
            (&mut self.left, &other.left),
            (&mut self.right, &other.right),
        ] {
            for (sample, other) in plane.iter_mut().zip(other) {
                *sample += other;
            }
        }
    }

    /// The largest magnitude of any sample, 0 for none.
    #[must_use]
    pub fn peak(&self) -> f32 {
        peak(&self.left).max(peak(&self.right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_found_wherever_it_stands() {
        for place in 0..19 {
            let mut samples = [0.25f32; 19];
            samples[place] = -0.5;
            assert_eq!(peak(&samples), 0.5, "at {place}");
        }
        assert_eq!(peak(&[]), 0.0);
    }
}
