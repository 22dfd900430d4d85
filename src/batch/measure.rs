//! What a recording is, measured while it is written: the hash of its samples, their fingerprint, peak and loudness.
//!
//! The fingerprint is that of the samples as they are stored, with their dither and steps, since it is held against those of
//! files; it decodes them again, which only `--bless` and `verify` ask for.

use std::io::{self, Write};

use super::digest::SampleHasher;
use crate::compare::Fingerprint;
use crate::compare::fingerprint::FingerprintMeter;
use crate::render::Loudness;
use crate::wav::{self, Encoding, Planes, WavSpec};

/// A recording, as the manifest has it.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenAudio {
    /// All of its bytes.
    pub bytes: u64,
    /// XXH3 of its samples as they are stored.
    pub hash: String,
    /// The largest sample; nothing for silence.
    pub peak_dbfs: Option<f64>,
    /// Integrated loudness; nothing for silence.
    pub lufs: Option<f64>,
    /// What it sounds like every 100 ms, where that was asked for.
    pub fingerprint: Option<Fingerprint>,
}

/// What is measured of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measuring {
    /// Nothing.
    Nothing,
    /// The hash, peak and loudness.
    Figures,
    /// Also what tells where another recording differs.
    Fingerprint,
}

impl WrittenAudio {
    /// What was written: the bytes, the samples among them, and how loud they came out.
    #[must_use]
    pub fn new(bytes: u64, samples: Samples, loudness: &Loudness) -> Self {
        Self {
            bytes,
            hash: samples.hash,
            peak_dbfs: rounded(loudness.peak.0),
            lufs: rounded(loudness.integrated),
            fingerprint: samples.fingerprint,
        }
    }
}

/// A level to a hundredth; nothing for silence.
fn rounded(level: f64) -> Option<f64> {
    level.is_finite().then(|| (level * 100.0).round() / 100.0)
}

/// The samples of a recording, as they are stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// Their XXH3.
    pub hash: String,
    /// What they sound like every 100 ms, where that was asked for.
    pub fingerprint: Option<Fingerprint>,
}

/// Hashes samples as they are stored, and takes their fingerprint if that is asked for.
struct Gauge {
    hasher: SampleHasher,
    lens: Option<Lens>,
}

/// Takes the fingerprint of samples, a second at a time.
struct Lens {
    meter: FingerprintMeter,
    encoding: Encoding,
    /// Bytes of a second.
    second: usize,
    /// What the meter has not seen yet.
    pending: Vec<u8>,
    planes: Planes,
}

impl Gauge {
    fn new(wav: &WavSpec, measuring: Measuring) -> Self {
        Self {
            hasher: SampleHasher::default(),
            lens: (measuring == Measuring::Fingerprint).then(|| Lens::new(wav)),
        }
    }

    fn add(&mut self, samples: &[u8]) {
        self.lens.iter_mut().for_each(|lens| lens.add(samples));
        self.hasher.update(samples);
    }

    fn finish(self) -> Samples {
        Samples {
            hash: self.hasher.finish(),
            fingerprint: self.lens.map(Lens::finish),
        }
    }
}

impl Lens {
    fn new(wav: &WavSpec) -> Self {
        let (rate, channels) = (wav.sample_rate.hz(), usize::from(wav.channels.count()));
        Self {
            meter: FingerprintMeter::new(rate, channels),
            encoding: wav.format.into(),
            second: rate as usize * usize::from(wav.frame_bytes()),
            pending: Vec::new(),
            planes: vec![Vec::new(); channels],
        }
    }

    fn add(&mut self, samples: &[u8]) {
        self.pending.extend_from_slice(samples);
        let whole = self.pending.len() - self.pending.len() % self.second;
        if whole > 0 {
            wav::decode(&self.pending[..whole], self.encoding, &mut self.planes);
            self.meter.process(&self.planes);
            self.pending.drain(..whole);
        }
    }

    fn finish(mut self) -> Fingerprint {
        wav::decode(&self.pending, self.encoding, &mut self.planes);
        self.meter.process(&self.planes);
        self.meter.finish()
    }
}

/// Passes bytes on, counts them, and measures the samples among them.
pub struct Tap<W> {
    inner: W,
    written: u64,
    /// Which of the bytes are samples.
    samples: std::ops::Range<u64>,
    gauge: Option<Gauge>,
}

impl<W: Write> Tap<W> {
    /// A tap on a recording of so many frames; where nothing is measured, it only passes on.
    pub fn new(inner: W, wav: &WavSpec, frames: u64, measuring: Measuring) -> Self {
        let header = wav.header(frames).len() as u64;
        Self {
            inner,
            written: 0,
            samples: header..header + wav.data_bytes(frames),
            gauge: (measuring > Measuring::Nothing).then(|| Gauge::new(wav, measuring)),
        }
    }

    /// What is written to, how many bytes were written, and the samples among them.
    pub fn finish(self) -> (W, u64, Option<Samples>) {
        let samples = self.gauge.map(Gauge::finish);
        (self.inner, self.written, samples)
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
        if self.gauge.is_some() {
            let samples = self.samples(&bytes[..count]);
            self.gauge.iter_mut().for_each(|gauge| gauge.add(samples));
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
    use crate::units::SampleRate;
    use crate::wav::{Channels, SampleFormat, WavReader, WavWriter};

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
        let tap = Tap::new(Vec::new(), &spec, 4801, Measuring::Fingerprint);
        let mut writer = WavWriter::new(tap, spec, 4801);
        writer.write(&odd).unwrap();
        let (bytes, written, samples) = writer.finish().unwrap().finish();
        let header = spec.header(4801).len();
        assert_eq!(written, bytes.len() as u64);
        assert_eq!(bytes.len(), header + 4801 * 3 + 1);
        let mut expected = SampleHasher::default();
        expected.update(&bytes[header..bytes.len() - 1]);
        assert_eq!(samples.unwrap().hash, expected.finish());
    }

    #[test]
    fn the_fingerprint_is_that_of_the_file() {
        let (spec, audio) = (spec(Channels::Stereo), sine(0.5));
        let tap = Tap::new(Vec::new(), &spec, 144_000, Measuring::Fingerprint);
        let mut writer = WavWriter::new(tap, spec, 144_000);
        for _ in 0..3 {
            writer.write(&audio).unwrap();
        }
        let (bytes, _, samples) = writer.finish().unwrap().finish();
        let mut file = WavReader::new(std::io::Cursor::new(bytes)).unwrap();
        let expected = Fingerprint::of(&mut file).unwrap();
        assert_eq!(samples.unwrap().fingerprint, Some(expected));
    }
}
