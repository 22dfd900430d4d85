//! What can be compared: frames on demand, from a file or from memory.

use std::convert::Infallible;

use crate::wav::{Planes, WavReader};

/// What two recordings must share to be compared at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Frames per second.
    pub rate: u32,
    /// Channels.
    pub channels: usize,
}

/// Frames on demand.
pub trait AudioSource: Send {
    /// What reading fails with.
    type Error: Send;

    /// Rate and channels.
    fn spec(&self) -> Spec;

    /// Frames in all.
    fn frames(&self) -> u64;

    /// Replaces `planes` by `frames` frames from `from` on, fewer at the end.
    ///
    /// # Errors
    ///
    /// Whatever the source of the frames fails with.
    fn read(&mut self, from: u64, frames: usize, planes: &mut Planes) -> Result<(), Self::Error>;
}

impl<R: std::io::Read + std::io::Seek + Send> AudioSource for WavReader<R> {
    type Error = std::io::Error;

    fn spec(&self) -> Spec {
        Spec {
            rate: self.header().rate,
            channels: usize::from(self.header().channels),
        }
    }

    fn frames(&self) -> u64 {
        self.header().frames
    }

    fn read(&mut self, from: u64, frames: usize, planes: &mut Planes) -> Result<(), Self::Error> {
        self.read(from, frames, planes)
    }
}

/// Samples in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Frames per second.
    pub rate: u32,
    /// The samples, channel by channel, all of equal length.
    pub planes: Planes,
}

impl AudioSource for Memory {
    type Error = Infallible;

    fn spec(&self) -> Spec {
        Spec {
            rate: self.rate,
            channels: self.planes.len(),
        }
    }

    fn frames(&self) -> u64 {
        self.planes.first().map_or(0, |plane| plane.len() as u64)
    }

    fn read(&mut self, from: u64, frames: usize, planes: &mut Planes) -> Result<(), Infallible> {
        planes.resize_with(self.planes.len(), Vec::new);
        for (plane, whole) in planes.iter_mut().zip(&self.planes) {
            let start = (from as usize).min(whole.len());
            let end = start.saturating_add(frames).min(whole.len());
            plane.clear();
            plane.extend_from_slice(&whole[start..end]);
        }
        Ok(())
    }
}
