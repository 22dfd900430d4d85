//! Frames of any part of a WAV file as numbers, in the memory of one block.

use std::io::{self, Read, Seek, SeekFrom};

use super::header::{Encoding, HeaderError, WavHeader};

/// Samples by channel: one vector for each, all of equal length, full scale 1.0.
pub type Planes = Vec<Vec<f64>>;

/// A file that is read in parts.
#[derive(Debug)]
pub struct WavReader<R> {
    inner: R,
    header: WavHeader,
    /// The byte that the inner reader is at.
    at: u64,
    bytes: Vec<u8>,
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if it is no WAV file, or one that is not read.
    pub fn new(mut inner: R) -> Result<Self, HeaderError> {
        let header = WavHeader::read(&mut inner)?;
        Ok(Self {
            inner,
            header,
            at: u64::MAX,
            bytes: Vec::new(),
        })
    }

    /// What is in the file.
    #[must_use]
    pub fn header(&self) -> &WavHeader {
        &self.header
    }

    /// Replaces `planes` by `frames` frames from `from` on, fewer at the end of the file.
    ///
    /// # Errors
    ///
    /// Whatever the inner reader fails with.
    pub fn read(&mut self, from: u64, frames: usize, planes: &mut Planes) -> io::Result<()> {
        self.stored(from, frames)?;
        planes.resize_with(usize::from(self.header.channels), Vec::new);
        decode(&self.bytes, self.header.encoding, planes);
        Ok(())
    }

    /// The same frames as they are stored.
    ///
    /// # Errors
    ///
    /// Whatever the inner reader fails with.
    pub fn stored(&mut self, from: u64, frames: usize) -> io::Result<&[u8]> {
        let frames = (frames as u64).min(self.header.frames.saturating_sub(from));
        let place = self.header.start + from * self.header.frame_bytes();
        if place != self.at {
            self.inner.seek(SeekFrom::Start(place))?;
        }
        // Until it is known to have been read.
        self.at = u64::MAX;
        self.bytes
            .resize((frames * self.header.frame_bytes()) as usize, 0);
        self.inner.read_exact(&mut self.bytes)?;
        self.at = place + self.bytes.len() as u64;
        Ok(&self.bytes)
    }
}

/// Interleaved bytes to planes: integers by their full scale, floats as they are.
fn decode(bytes: &[u8], encoding: Encoding, planes: &mut Planes) {
    match encoding {
        Encoding::U8 => each::<1>(bytes, planes, |[a]| (f64::from(a) - 128.0) / 128.0),
        Encoding::I16 => each(bytes, planes, |b| {
            f64::from(i16::from_le_bytes(b)) / 32_768.0
        }),
        // The low byte of 32 bits stays empty.
        Encoding::I24 => each::<3>(bytes, planes, |[a, b, c]| {
            f64::from(i32::from_le_bytes([0, a, b, c])) / 2_147_483_648.0
        }),
        Encoding::I32 => each(bytes, planes, |b| {
            f64::from(i32::from_le_bytes(b)) / 2_147_483_648.0
        }),
        Encoding::F32 => each(bytes, planes, |b| f64::from(f32::from_le_bytes(b))),
        Encoding::F64 => each(bytes, planes, f64::from_le_bytes),
    }
}

fn each<const BYTES: usize>(bytes: &[u8], planes: &mut Planes, value: impl Fn([u8; BYTES]) -> f64) {
    let (samples, _) = bytes.as_chunks::<BYTES>();
    let channels = planes.len();
    if let [left, right] = planes.as_mut_slice() {
        let (frames, _) = samples.as_chunks::<2>();
        left.clear();
        left.extend(frames.iter().map(|frame| value(frame[0])));
        right.clear();
        right.extend(frames.iter().map(|frame| value(frame[1])));
        return;
    }
    for (channel, plane) in planes.iter_mut().enumerate() {
        plane.clear();
        let own = samples.iter().skip(channel).step_by(channels);
        plane.extend(own.map(|bytes| value(*bytes)));
    }
}
