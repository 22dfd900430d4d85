//! What a recording is, measured while it is written: the hash of its samples, its peak and its loudness.

use std::io::{self, Write};

use anyhow::{Context, Result};
use ebur128::{EbuR128, Mode};

use crate::audio::Stereo;
use crate::units::Decibels;
use crate::wav::{Channels, WavSpec};

/// A recording, as the manifest has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recording {
    /// All of its bytes.
    pub(super) bytes: u64,
    /// BLAKE3 of its samples as they are stored.
    pub(super) hash: String,
    /// The largest sample; nothing for silence.
    pub(super) peak_dbfs: Option<f64>,
    /// Integrated loudness; nothing for silence.
    pub(super) lufs: Option<f64>,
}

/// Measures the level of what is written.
#[derive(Debug)]
pub(super) struct Meter {
    loudness: EbuR128,
    channels: Channels,
    mono: Vec<f32>,
    peak: f32,
}

impl Meter {
    pub(super) fn new(wav: &WavSpec) -> Result<Self> {
        let (channels, rate) = (u32::from(wav.channels.count()), wav.sample_rate.hz());
        let loudness = EbuR128::new(channels, rate, Mode::I);
        Ok(Self {
            loudness: loudness.context("cannot measure the loudness")?,
            channels: wav.channels,
            mono: Vec::new(),
            peak: 0.0,
        })
    }

    /// Measures the next block.
    pub(super) fn add(&mut self, block: &Stereo) {
        let measured = match self.channels {
            Channels::Stereo => {
                self.peak = self.peak.max(block.peak());
                let planes = [block.left.as_slice(), block.right.as_slice()];
                self.loudness.add_frames_planar_f32(&planes)
            }
            Channels::Mono => {
                let frames = block.left.iter().zip(&block.right);
                self.mono.clear();
                self.mono
                    .extend(frames.map(|(left, right)| (left + right) * 0.5));
                self.peak = self.peak.max(crate::audio::peak(&self.mono));
                self.loudness.add_frames_f32(&self.mono)
            }
        };
        debug_assert!(
            measured.is_ok(),
            "the planes are as many as the channels, and equally long"
        );
    }

    /// The peak and the loudness of all of it.
    pub(super) fn levels(&self) -> (Option<f64>, Option<f64>) {
        let peak = Decibels::from_gain(f64::from(self.peak)).0;
        let loudness = self.loudness.loudness_global().unwrap_or(f64::NEG_INFINITY);
        (rounded(peak), rounded(loudness))
    }
}

/// A level to a hundredth; nothing for silence.
fn rounded(level: f64) -> Option<f64> {
    level.is_finite().then(|| (level * 100.0).round() / 100.0)
}

/// Passes bytes on, counts them, and hashes the samples among them.
#[derive(Debug)]
pub(super) struct Tap<W> {
    inner: W,
    written: u64,
    /// Which of the bytes are samples.
    samples: std::ops::Range<u64>,
    hasher: Option<blake3::Hasher>,
}

impl<W: Write> Tap<W> {
    /// A tap on a recording of so many frames; without hashing, it only passes on.
    pub(super) fn new(inner: W, wav: &WavSpec, frames: u64, hashing: bool) -> Self {
        let header = wav.header(frames).len() as u64;
        Self {
            inner,
            written: 0,
            samples: header..header + wav.data_bytes(frames),
            hasher: hashing.then(blake3::Hasher::new),
        }
    }

    /// What is written to, how many bytes were written, and the hash of the samples among them.
    pub(super) fn finish(self) -> (W, u64, Option<String>) {
        let hash = self
            .hasher
            .map(|hasher| hasher.finalize().to_hex().to_string());
        (self.inner, self.written, hash)
    }

    /// The samples among the next bytes.
    fn samples<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let place = |at: u64| at.saturating_sub(self.written).min(bytes.len() as u64) as usize;
        &bytes[place(self.samples.start)..place(self.samples.end)]
    }
}

impl<W: Write> Write for Tap<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        let samples = self.samples(&bytes[..count]);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(samples);
        }
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::digest;
    use crate::units::SampleRate;
    use crate::wav::{SampleFormat, WavWriter};

    /// A second of a sine.
    fn sine(peak: f32) -> Stereo {
        let wave =
            |frame| peak * libm::sinf(frame as f32 * 997.0 / 48_000.0 * std::f32::consts::TAU);
        let left: Vec<f32> = (0..48_000).map(wave).collect();
        Stereo {
            right: left.clone(),
            left,
        }
    }

    fn spec(channels: Channels) -> WavSpec {
        WavSpec {
            sample_rate: SampleRate::new(48_000).unwrap(),
            channels,
            format: SampleFormat::I24,
            ..WavSpec::default()
        }
    }

    fn levels(channels: Channels, audio: &Stereo) -> (Option<f64>, Option<f64>) {
        let mut meter = Meter::new(&spec(channels)).unwrap();
        meter.add(audio);
        meter.levels()
    }

    #[test]
    fn a_full_scale_sine_of_997_hz_has_the_loudness_of_the_standard() {
        // ITU-R BS.1770-4, annex 1: one channel at 0 dBFS gives -3.01 LKFS; two channels, 3.01 more.
        assert_eq!(levels(Channels::Mono, &sine(1.0)), (Some(0.0), Some(-3.01)));
        assert_eq!(levels(Channels::Stereo, &sine(1.0)), (Some(0.0), Some(0.0)));
        assert_eq!(
            levels(Channels::Stereo, &sine(0.1)),
            (Some(-20.0), Some(-20.0))
        );
    }

    #[test]
    fn silence_has_no_level() {
        assert_eq!(
            levels(Channels::Stereo, &Stereo::silence(48_000)),
            (None, None)
        );
    }

    #[test]
    fn the_samples_are_hashed_without_header_and_pad() {
        let (spec, audio) = (spec(Channels::Mono), sine(0.5));
        let odd = Stereo {
            left: audio.left[..4801].to_vec(),
            right: audio.right[..4801].to_vec(),
        };
        let tap = Tap::new(Vec::new(), &spec, 4801, true);
        let mut writer = WavWriter::new(tap, spec, 4801).unwrap();
        writer.write(&odd).unwrap();
        let (bytes, written, hash) = writer.finish().unwrap().finish();
        let header = spec.header(4801).len();
        assert_eq!(written, bytes.len() as u64);
        assert_eq!(bytes.len(), header + 4801 * 3 + 1);
        assert_eq!(
            hash,
            Some(digest::of_bytes(&bytes[header..bytes.len() - 1]))
        );
    }
}
