//! What a recording is, measured while it is written: the hash of its samples, its peak and its loudness.

use std::io::{self, Write};

use crate::render::Loudness;
use crate::wav::WavSpec;

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

impl Recording {
    /// What was written: the bytes, the hash of the samples, and how loud they came out.
    pub(super) fn new(bytes: u64, hash: String, loudness: &Loudness) -> Self {
        Self {
            bytes,
            hash,
            peak_dbfs: rounded(loudness.peak.0),
            lufs: rounded(loudness.integrated),
        }
    }
}

/// A level to a hundredth; nothing for silence.
fn rounded(level: f64) -> Option<f64> {
    level.is_finite().then(|| (level * 100.0).round() / 100.0)
}

/// Passes bytes on, counts them, and hashes the samples among them.
///
/// The header goes out in one piece with the first samples: SoX cannot go back in a pipe whose first piece is shorter than
/// what it reads to find out the format ("RIFF header not found").
#[derive(Debug)]
pub(super) struct Tap<W> {
    inner: W,
    /// The header, until the first samples come.
    header: Vec<u8>,
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
            header: Vec::new(),
            written: 0,
            samples: header..header + wav.data_bytes(frames),
            hasher: hashing.then(blake3::Hasher::new),
        }
    }

    /// What is written to, how many bytes were written, and the hash of the samples among them.
    ///
    /// # Errors
    /// Those of writing a header without samples.
    pub(super) fn finish(mut self) -> io::Result<(W, u64, Option<String>)> {
        self.inner.write_all(&self.header)?;
        let hash = self
            .hasher
            .map(|hasher| hasher.finalize().to_hex().to_string());
        Ok((self.inner, self.written, hash))
    }

    /// The samples among the next bytes.
    fn samples<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let place = |at: u64| at.saturating_sub(self.written).min(bytes.len() as u64) as usize;
        &bytes[place(self.samples.start)..place(self.samples.end)]
    }
}

impl<W: Write> Write for Tap<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = if self.written < self.samples.start {
            self.header.extend_from_slice(bytes);
            bytes.len()
        } else if self.header.is_empty() {
            self.inner.write(bytes)?
        } else {
            let mut first = std::mem::take(&mut self.header);
            first.extend_from_slice(bytes);
            self.inner.write_all(&first)?;
            bytes.len()
        };
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
    use crate::audio::Stereo;
    use crate::batch::digest;
    use crate::units::SampleRate;
    use crate::wav::{Channels, SampleFormat, WavWriter};

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
        let (bytes, written, hash) = writer.finish().unwrap().finish().unwrap();
        let header = spec.header(4801).len();
        assert_eq!(written, bytes.len() as u64);
        assert_eq!(bytes.len(), header + 4801 * 3 + 1);
        assert_eq!(
            hash,
            Some(digest::of_bytes(&bytes[header..bytes.len() - 1]))
        );
    }

    /// Writes that are kept apart.
    #[derive(Default)]
    struct Pieces(Vec<usize>);

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_header_goes_out_with_the_first_samples() {
        let spec = spec(Channels::Stereo);
        let tap = Tap::new(Pieces::default(), &spec, 48_000, false);
        let mut writer = WavWriter::new(tap, spec, 48_000).unwrap();
        writer.write(&sine(0.5)).unwrap();
        let (pieces, written, _) = writer.finish().unwrap().finish().unwrap();
        assert!(pieces.0[0] > 4096, "{:?}", pieces.0);
        assert_eq!(pieces.0.iter().sum::<usize>() as u64, written);
    }
}
