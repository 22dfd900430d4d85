//! Samples to WAV bytes: a header with the right sizes first, then interleaved blocks, to a pipe as to a file.
//!
//! Three containers, by what is written:
//! - RIFF/WAVE for everything up to 4 GiB (Microsoft, Multimedia Programming Interface and Data Specifications 1.0);
//! - RF64, with the sizes in a `ds64` chunk, beyond that (EBU Tech 3306);
//! - raw: the samples alone.

use std::io::{self, Write};

use crate::audio::{self, Stereo};
use crate::dsp::round;
use crate::dsp::simd::vectorised;
use crate::units::SampleRate;

/// How one sample is stored; always little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SampleFormat {
    /// 16-bit integer: full scale 1.0 is 2^15.
    #[default]
    I16,
    /// 24-bit integer in three bytes: full scale 1.0 is 2^23.
    I24,
    /// 32-bit integer: full scale 1.0 is 2^31.
    I32,
    /// 32-bit IEEE float, written as it is.
    F32,
}

impl SampleFormat {
    /// Bytes of one sample.
    #[must_use]
    pub const fn bytes(self) -> u16 {
        match self {
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
        }
    }

    /// Bits of one sample.
    #[must_use]
    pub const fn bits(self) -> u16 {
        8 * self.bytes()
    }
}

/// The channels of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Channels {
    /// One channel: `(left + right) / 2`.
    Mono,
    /// Left and right, interleaved.
    #[default]
    Stereo,
}

impl Channels {
    /// The number of channels.
    #[must_use]
    pub const fn count(self) -> u16 {
        match self {
            Self::Mono => 1,
            Self::Stereo => 2,
        }
    }
}

/// What a file is made of; the default is 16-bit stereo at 44.1 kHz, without dither, as WAV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WavSpec {
    /// Frames per second.
    pub sample_rate: SampleRate,
    /// Mono or stereo.
    pub channels: Channels,
    /// How a sample is stored.
    pub format: SampleFormat,
    /// Whether [`SampleFormat::I16`] is dithered; the other formats never are.
    pub dither: bool,
    /// Whether the header (and the pad byte at the end) is left out.
    pub raw: bool,
}

impl WavSpec {
    /// Bytes of one frame.
    #[must_use]
    pub fn frame_bytes(&self) -> u16 {
        self.channels.count() * self.format.bytes()
    }

    /// Bytes of `frames` frames, without header and pad byte. `frames` must be below 2^60 (190,000 years at 192 kHz).
    #[must_use]
    pub fn data_bytes(&self, frames: u64) -> u64 {
        frames * u64::from(self.frame_bytes())
    }

    /// All bytes before the first of `frames` frames: RIFF, or RF64 where 32-bit sizes cannot hold it; empty if raw.
    #[must_use]
    pub fn header(&self, frames: u64) -> Vec<u8> {
        if self.raw {
            return Vec::new();
        }
        let data = self.data_bytes(frames);
        let mut chunks = self.fmt_chunk();
        let fact = self.format == SampleFormat::F32;
        // The form type, the chunks, the data chunk's own header, the data with its pad byte.
        let riff =
            4 + chunks.len() as u64 + if fact { 12 } else { 0 } + 8 + data + self.pad(frames);
        let sizes = Sizes::new(riff, data, frames);
        if fact {
            // Required of every format but integer PCM.
            chunks.extend_from_slice(b"fact\x04\0\0\0");
            chunks.extend_from_slice(&sizes.in_32_bits(frames));
        }

        let mut header = sizes.form();
        header.extend_from_slice(&chunks);
        header.extend_from_slice(b"data");
        header.extend_from_slice(&sizes.in_32_bits(data));
        header
    }

    /// The pad bytes after the data of `frames` frames: RIFF chunks begin at even offsets.
    fn pad(&self, frames: u64) -> u64 {
        if self.raw {
            0
        } else {
            self.data_bytes(frames) % 2
        }
    }

    /// The `fmt ` chunk with its header: integers as hound writes them (above 16 bits, WAVE_FORMAT_EXTENSIBLE).
    fn fmt_chunk(&self) -> Vec<u8> {
        if self.format == SampleFormat::F32 {
            return self.float_fmt_chunk();
        }
        let spec = hound::WavSpec {
            channels: self.channels.count(),
            sample_rate: self.sample_rate.hz(),
            bits_per_sample: self.format.bits(),
            sample_format: hound::SampleFormat::Int,
        };
        let header = spec.into_header_for_infinite_file();
        // Between "RIFF", size, "WAVE" and "data", size.
        header[12..header.len() - 8].to_vec()
    }

    /// The `fmt ` chunk of floats: WAVE_FORMAT_IEEE_FLOAT. SoX 14.4.2 warns of hound's extensible one ("missing extended
    /// part") and of a chunk that lacks the extension's size.
    fn float_fmt_chunk(&self) -> Vec<u8> {
        let rate = self.sample_rate.hz();
        let mut chunk = b"fmt \x12\0\0\0".to_vec();
        chunk.extend_from_slice(&3u16.to_le_bytes());
        chunk.extend_from_slice(&self.channels.count().to_le_bytes());
        chunk.extend_from_slice(&rate.to_le_bytes());
        chunk.extend_from_slice(&(rate * u32::from(self.frame_bytes())).to_le_bytes());
        chunk.extend_from_slice(&self.frame_bytes().to_le_bytes());
        chunk.extend_from_slice(&self.format.bits().to_le_bytes());
        chunk.extend_from_slice(&0u16.to_le_bytes());
        chunk
    }
}

/// The sizes in a header: in place while 32 bits hold them, else together in a `ds64` chunk.
enum Sizes {
    Riff { riff: u32 },
    Rf64 { riff: u64, data: u64, frames: u64 },
}

impl Sizes {
    /// The `ds64` chunk: name, size, RIFF size, data size, frame count, length of an empty table (EBU Tech 3306, 3).
    const DS64_BYTES: u64 = 8 + 28;

    /// The sizes of a RIFF chunk of `riff` bytes after its own header; all ones is no size but means "look in ds64".
    fn new(riff: u64, data: u64, frames: u64) -> Self {
        match u32::try_from(riff) {
            Ok(riff) if riff < u32::MAX => Self::Riff { riff },
            _ => Self::Rf64 {
                riff: riff + Self::DS64_BYTES,
                data,
                frames,
            },
        }
    }

    /// A size or count as the 32-bit field where RIFF has it; in RF64 the field refers to `ds64`.
    fn in_32_bits(&self, size: u64) -> [u8; 4] {
        match self {
            // Every size is smaller than the whole.
            Self::Riff { .. } => (size as u32).to_le_bytes(),
            Self::Rf64 { .. } => u32::MAX.to_le_bytes(),
        }
    }

    /// The bytes up to the first chunk that describes the audio.
    fn form(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        match self {
            Self::Riff { riff } => {
                bytes.extend_from_slice(b"RIFF");
                bytes.extend_from_slice(&riff.to_le_bytes());
                bytes.extend_from_slice(b"WAVE");
            }
            Self::Rf64 { riff, data, frames } => {
                bytes.extend_from_slice(b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0");
                for size in [riff, data, frames] {
                    bytes.extend_from_slice(&size.to_le_bytes());
                }
                bytes.extend_from_slice(&[0; 4]);
            }
        }
        bytes
    }
}

/// Writes frames as WAV to anything that takes bytes in order: a file, a pipe, a vector.
///
/// The inner writer gets pieces of 64 KiB or a multiple, the last of which may be shorter, so no buffering is needed around
/// it.
#[derive(Debug)]
pub struct WavWriter<W: Write> {
    output: Pages<W>,
    spec: WavSpec,
    promised: u64,
    written: u64,
    clipped: u64,
    mono: Vec<f32>,
    /// Frames that are encoded and written at once.
    piece: usize,
}

/// Bytes go to a file in pieces that begin and end where its pages do: behind a header of 44 bytes, the system takes half as
/// much time again for others. SoX also needs the header and the first samples of a pipe in one piece, or finds no header.
const PAGES: usize = 1 << 16;

/// Bytes on their way out.
#[derive(Debug)]
struct Pages<W> {
    inner: W,
    bytes: Vec<u8>,
    /// How many of them wait, fewer than a piece between two pieces.
    filled: usize,
    /// The bytes of a piece.
    piece: usize,
}

impl<W: Write> Pages<W> {
    /// Where the next `count` bytes go; anything may be in it.
    fn room(&mut self, count: usize) -> &mut [u8] {
        let start = self.filled;
        self.filled += count;
        if self.bytes.len() < self.filled {
            self.bytes.resize(self.filled, 0);
        }
        &mut self.bytes[start..self.filled]
    }

    /// Writes whole pages.
    fn write(&mut self) -> io::Result<()> {
        let whole = self.filled - self.filled % self.piece;
        self.inner.write_all(&self.bytes[..whole])?;
        self.bytes.copy_within(whole..self.filled, 0);
        self.filled -= whole;
        Ok(())
    }

    /// Writes what is left.
    fn finish(mut self) -> io::Result<W> {
        self.inner.write_all(&self.bytes[..self.filled])?;
        self.inner.flush()?;
        Ok(self.inner)
    }
}

impl<W: Write> WavWriter<W> {
    /// The writer of a file of exactly `frames` frames.
    pub fn new(inner: W, spec: WavSpec, frames: u64) -> Self {
        let header = spec.header(frames);
        Self {
            output: Pages {
                inner,
                filled: header.len(),
                bytes: header,
                piece: PAGES,
            },
            spec,
            promised: frames,
            written: 0,
            clipped: 0,
            mono: Vec::new(),
            piece: PIECE,
        }
    }

    /// The same writer in a quarter of the memory, for one of many files that are written at once: a little slower.
    #[must_use]
    pub fn small(mut self) -> Self {
        self.piece = PIECE / SMALLER;
        self.output.piece = PAGES / SMALLER;
        self
    }

    /// The most bytes of memory that a [small](Self::small) writer takes.
    #[must_use]
    pub fn small_memory(spec: &WavSpec) -> u64 {
        let waiting = PAGES / SMALLER + PIECE / SMALLER * usize::from(spec.frame_bytes());
        let mono = PIECE / SMALLER * size_of::<f32>();
        (waiting + mono) as u64
    }

    /// Writes a block of any length; how the frames are cut into blocks does not change the bytes.
    ///
    /// # Errors
    ///
    /// Whatever the inner writer fails with; `InvalidInput`, before anything of the block is written, if it goes beyond
    /// the promised number of frames; `InvalidData`, if a sample is infinite or no number.
    pub fn write(&mut self, block: &Stereo) -> io::Result<()> {
        if block.len() as u64 > self.promised - self.written {
            let total = self.written + block.len() as u64;
            return Err(wrong_length(total, self.promised));
        }
        let [left, right] = [&block.left, &block.right].map(|side| side.chunks(self.piece));
        let runs = left.zip(right);
        for (left, right) in runs {
            self.encode(left, right)?;
            self.written += left.len() as u64;
            self.output.write()?;
        }
        Ok(())
    }

    /// Samples beyond full scale (above 1.0 in magnitude) that an integer format cut off so far. The mono mix counts as
    /// one sample.
    ///
    /// Full scale itself is not counted, though +1.0 is stored one step lower.
    #[must_use]
    pub fn clipped_samples(&self) -> u64 {
        self.clipped
    }

    /// Ends the file, flushes, and gives the inner writer back.
    ///
    /// # Errors
    ///
    /// Whatever the inner writer fails with; `InvalidInput` if fewer frames were written than promised.
    pub fn finish(mut self) -> io::Result<W> {
        if self.written != self.promised {
            return Err(wrong_length(self.written, self.promised));
        }
        self.output
            .room(self.spec.pad(self.written) as usize)
            .fill(0);
        self.output.finish()
    }

    /// Encodes a run of frames.
    fn encode(&mut self, left: &[f32], right: &[f32]) -> io::Result<()> {
        let planes = [left, right];
        let peaks = planes.map(audio::peak);
        if !planes.into_iter().all(audio::all_finite) {
            return Err(not_finite(planes, self.written));
        }
        let room = self
            .output
            .room(left.len() * usize::from(self.spec.frame_bytes()));
        // Silence is 0 as an integer; a float keeps even the sign of its 0.
        let integers = self.spec.format != SampleFormat::F32;
        if integers && peaks == [0.0; 2] {
            room.fill(0);
            return Ok(());
        }
        match self.spec.channels {
            Channels::Mono => {
                self.mono.clear();
                self.mono
                    .extend(left.iter().zip(right).map(|(l, r)| (l + r) * 0.5));
                let peak = audio::peak(&self.mono);
                if !peak.is_finite() {
                    // The sum of two numbers may be beyond all of them.
                    return Err(not_finite([&self.mono; 2], self.written));
                }
                self.clipped += clipped(self.spec.format, &self.mono, peak);
                encode_planes(&self.spec, [&self.mono], self.written, room);
            }
            Channels::Stereo => {
                for (plane, peak) in planes.into_iter().zip(peaks) {
                    self.clipped += clipped(self.spec.format, plane, peak);
                }
                encode_planes(&self.spec, planes, self.written, room);
            }
        }
        Ok(())
    }
}

/// The error of samples that are no numbers, the first of them at frame `first` of the file or behind it.
fn not_finite(planes: [&[f32]; 2], first: u64) -> io::Error {
    let places = planes.map(|plane| plane.iter().position(|sample| !sample.is_finite()));
    let place = places.into_iter().flatten().min().unwrap_or_default();
    let found = planes.map(|plane| plane.get(place).copied().unwrap_or_default());
    let [left, right] = found;
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!(
            "the mix has {left} and {right} as the samples of frame {}, and only finite numbers are written; that is a \
             fault of the program, please report it, with the file",
            first + place as u64
        ),
    )
}

/// The error of a writer that was given another number of frames than its header says.
fn wrong_length(written: u64, promised: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("the WAV header promises {promised} frames, but {written} were written"),
    )
}

/// How many of `samples`, the largest of which is `peak`, an integer format cuts off.
fn clipped(format: SampleFormat, samples: &[f32], peak: f32) -> u64 {
    if format == SampleFormat::F32 || peak <= 1.0 {
        return 0;
    }
    samples.iter().filter(|sample| sample.abs() > 1.0).count() as u64
}

/// Frames that are encoded and written at once. With 4,096 the system takes a third more time for the 89 songs of a corpus,
/// with 32,768 as much.
const PIECE: usize = 16_384;

/// How much smaller the pieces of a small writer are.
const SMALLER: usize = 4;

/// Samples that are quantised before they are interleaved: whole vectors, and far within the first-level cache.
const RUN: usize = 64;

/// Fills `bytes` with the frames of `C` planes of equal length, the first of which is frame `first` of the file.
fn encode_planes<const C: usize>(
    spec: &WavSpec,
    planes: [&[f32]; C],
    first: u64,
    bytes: &mut [u8],
) {
    let frame_bytes = usize::from(spec.frame_bytes());
    let mut words = [[0i32; RUN]; C];
    for (run, out) in bytes.chunks_mut(RUN * frame_bytes).enumerate() {
        let start = run * RUN;
        let length = out.len() / frame_bytes;
        for (channel, (plane, words)) in planes.iter().zip(&mut words).enumerate() {
            // The dither repeats after 2^32 frames: a day at 44.1 kHz.
            let frame = (first + start as u64) as u32;
            let dither = spec.dither.then(|| Dither::new(channel, frame));
            quantise(
                spec.format,
                dither,
                &plane[start..start + length],
                &mut words[..length],
            );
        }
        match spec.format.bytes() {
            2 => interleave::<C, 2>(&words, out),
            3 => interleave::<C, 3>(&words, out),
            _ => interleave::<C, 4>(&words, out),
        }
    }
}

/// The low `BYTES` bytes of the words of `C` channels, channel after channel, frame after frame.
fn interleave<const C: usize, const BYTES: usize>(words: &[[i32; RUN]; C], out: &mut [u8]) {
    for (i, frame) in out.chunks_exact_mut(C * BYTES).enumerate().take(RUN) {
        for (words, bytes) in words.iter().zip(frame.chunks_exact_mut(BYTES)) {
            bytes.copy_from_slice(&words[i].to_le_bytes()[..BYTES]);
        }
    }
}

vectorised! {
    /// Samples to words that hold them in their low bits.
    fn quantise(format: SampleFormat, dither: Option<Dither>, samples: &[f32], words: &mut [i32]) {
        let pairs = words.iter_mut().zip(samples);
        match (format, dither) {
            (SampleFormat::F32, _) => {
                pairs.for_each(|(word, sample)| *word = sample.to_bits() as i32);
            }
            (SampleFormat::I16, Some(dither)) => {
                for (i, (word, &sample)) in (0u32..).zip(pairs) {
                    // Digital silence stays silent.
                    let noise = if sample.abs() > 0.0 {
                        dither.at(i)
                    } else {
                        0.0
                    };
                    *word = nearest_16(sample, noise);
                }
            }
            (SampleFormat::I16, None) => {
                pairs.for_each(|(word, &sample)| *word = nearest_16(sample, 0.0));
            }
            (SampleFormat::I24, _) => {
                pairs.for_each(|(word, &sample)| *word = nearest::<24>(sample));
            }
            (SampleFormat::I32, _) => {
                pairs.for_each(|(word, &sample)| *word = nearest::<32>(sample));
            }
        }
    }
}

/// The integer of 16 bits nearest to `sample * 2^15 + noise`, ties to even, saturated. The sum is exact to a part in 512 of
/// a step, or exact without noise.
#[inline(always)]
fn nearest_16(sample: f32, noise: f32) -> i32 {
    const SCALE: f32 = 32_768.0;
    let scaled = saturated(sample * SCALE + noise, SCALE);
    round::nearest_f32(scaled)
}

/// The integer of `BITS` bits nearest to `sample * 2^(BITS - 1)`, ties to even, saturated.
#[inline(always)]
fn nearest<const BITS: u32>(sample: f32) -> i32 {
    let scale = (1u32 << (BITS - 1)) as f64;
    let scaled = saturated(f64::from(sample) * scale, scale);
    round::nearest(scaled) as i32
}

/// The number, but no less than `-scale` and no more than `scale - 1`.
#[inline(always)]
fn saturated<T>(number: T, scale: T) -> T
where
    T: Copy + PartialOrd + From<i8> + std::ops::Neg<Output = T> + std::ops::Sub<Output = T>,
{
    let highest = scale - T::from(1);
    let number = if number > -scale { number } else { -scale };
    if number < highest { number } else { highest }
}

/// Dither with a triangular distribution (TPDF), 2 steps peak to peak: the rounding error's mean and variance no longer
/// depend on the signal (Lipshitz, Wannamaker and Vanderkooy, "Quantization and Dither", JAES 40, 1992).
///
/// It is a hash of (frame, channel), so it needs no state and no order.
#[derive(Clone, Copy)]
struct Dither {
    frame: u32,
    key: u32,
}

impl Dither {
    /// The dither of `channel` from `frame` on.
    fn new(channel: usize, frame: u32) -> Self {
        // The fractions of the golden ratio and of the square root of 2: fixed, and otherwise arbitrary.
        const KEYS: [u32; 2] = [0x9E37_79B9, 0x6A09_E667];
        Self {
            frame,
            key: KEYS[channel],
        }
    }

    /// The noise of the `i`th frame, in steps: the difference of two uniform numbers in `0.0..1.0`.
    #[inline(always)]
    fn at(self, i: u32) -> f32 {
        let hash = hash(self.frame.wrapping_add(i), self.key);
        let (high, low) = ((hash >> 16) as i32, (hash & 0xFFFF) as i32);
        (high - low) as f32 * (1.0 / 65_536.0)
    }
}

/// A hash of two numbers: the multipliers and shifts of Chris Wellons' lowbias32 (nullprogram.com, "Prospecting for
/// Hash Functions"), with the key added between its rounds.
#[inline(always)]
fn hash(counter: u32, key: u32) -> u32 {
    let mut x = counter;
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= key;
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Read};

    const FORMATS: [SampleFormat; 4] = [
        SampleFormat::I16,
        SampleFormat::I24,
        SampleFormat::I32,
        SampleFormat::F32,
    ];

    fn spec(channels: Channels, format: SampleFormat) -> WavSpec {
        WavSpec {
            channels,
            format,
            ..WavSpec::default()
        }
    }

    fn dithered() -> WavSpec {
        WavSpec {
            dither: true,
            ..WavSpec::default()
        }
    }

    /// The file that the blocks make.
    fn file(spec: WavSpec, blocks: &[Stereo]) -> Vec<u8> {
        let frames = blocks.iter().map(|block| block.len() as u64).sum();
        let mut writer = WavWriter::new(Vec::new(), spec, frames);
        for block in blocks {
            writer.write(block).unwrap();
        }
        writer.finish().unwrap()
    }

    /// The 16-bit words of a file without header.
    fn words(mut spec: WavSpec, block: Stereo) -> Vec<i16> {
        spec.raw = true;
        let bytes = file(spec, &[block]);
        let (words, rest) = bytes.as_chunks::<2>();
        assert!(rest.is_empty());
        words.iter().map(|word| i16::from_le_bytes(*word)).collect()
    }

    fn mono_words(samples: &[f32]) -> Vec<i16> {
        let block = Stereo {
            left: samples.to_vec(),
            right: samples.to_vec(),
        };
        words(spec(Channels::Mono, SampleFormat::I16), block)
    }

    /// Deterministic noise somewhat beyond full scale, with the values where rounding and range are at stake.
    fn material(frames: usize) -> Stereo {
        let edges = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            1.5,
            -1.5,
            0.5 / 32_768.0,
            -1.5 / 32_768.0,
            f32::MIN_POSITIVE,
            1e30,
        ];
        let sample = |i: usize, key| match edges.get(i) {
            Some(edge) => *edge,
            None => hash(i as u32, key) as i32 as f32 / 2_000_000_000.0,
        };
        Stereo {
            left: (0..frames).map(|i| sample(i, 1)).collect(),
            right: (0..frames).rev().map(|i| sample(i, 2)).collect(),
        }
    }

    /// What the file should hold, by the definition and without any shortcut.
    fn interleaved(channels: Channels, block: &Stereo) -> Vec<f32> {
        let pairs = block.left.iter().zip(&block.right);
        match channels {
            Channels::Mono => pairs.map(|(l, r)| (l + r) / 2.0).collect(),
            Channels::Stereo => pairs.flat_map(|(l, r)| [*l, *r]).collect(),
        }
    }

    fn expected_integer(sample: f32, bits: u16) -> i32 {
        let full = f64::from(1u32 << (bits - 1));
        let scaled = (f64::from(sample) * full).round_ties_even();
        scaled.clamp(-full, full - 1.0) as i32
    }

    #[test]
    fn every_format_is_read_back_by_hound_with_the_exact_values() {
        for channels in [Channels::Mono, Channels::Stereo] {
            for format in FORMATS {
                for (hz, frames) in [(8_000, 0), (44_100, 1), (48_000, 4_801), (192_000, 9_000)] {
                    let block = material(frames);
                    let spec = WavSpec {
                        sample_rate: SampleRate::new(hz).unwrap(),
                        ..spec(channels, format)
                    };
                    check_with_hound(spec, &block);
                }
            }
        }
    }

    fn check_with_hound(spec: WavSpec, block: &Stereo) {
        let bytes = file(spec, std::slice::from_ref(block));
        let mut reader = hound::WavReader::new(Cursor::new(&bytes)).unwrap();
        let read = reader.spec();
        assert_eq!(read.channels, spec.channels.count());
        assert_eq!(read.sample_rate, spec.sample_rate.hz());
        assert_eq!(read.bits_per_sample, spec.format.bits());
        assert_eq!(reader.duration() as usize, block.len());

        let expected = interleaved(spec.channels, block);
        if spec.format == SampleFormat::F32 {
            assert_eq!(read.sample_format, hound::SampleFormat::Float);
            let samples: Vec<u32> = reader
                .samples::<f32>()
                .map(|sample| sample.unwrap().to_bits())
                .collect();
            let expected: Vec<u32> = expected.iter().map(|sample| sample.to_bits()).collect();
            assert_eq!(samples, expected, "{spec:?}");
        } else {
            assert_eq!(read.sample_format, hound::SampleFormat::Int);
            let samples: Vec<i32> = reader.samples().map(Result::unwrap).collect();
            let expected: Vec<i32> = expected
                .iter()
                .map(|sample| expected_integer(*sample, spec.format.bits()))
                .collect();
            assert_eq!(samples, expected, "{spec:?}");
        }
    }

    #[test]
    fn the_sizes_in_the_header_are_those_of_the_file() {
        for channels in [Channels::Mono, Channels::Stereo] {
            for format in FORMATS {
                for frames in [0, 1, 2, 101] {
                    let spec = spec(channels, format);
                    let bytes = file(spec, &[Stereo::silence(frames)]);
                    let header = spec.header(frames as u64).len();
                    let data = spec.data_bytes(frames as u64);
                    assert_eq!(u32_at(&bytes, 4) as usize, bytes.len() - 8, "{spec:?}");
                    assert_eq!(u64::from(u32_at(&bytes, header - 4)), data, "{spec:?}");
                    assert_eq!(bytes.len() % 2, 0, "{spec:?}");
                    assert_eq!((bytes.len() - header) as u64, data + data % 2, "{spec:?}");
                }
            }
        }
    }

    #[test]
    fn a_float_header_counts_its_frames_in_a_fact_chunk() {
        let header = spec(Channels::Stereo, SampleFormat::F32).header(1_000);
        assert_eq!(header.len(), 58);
        assert_eq!(&header[12..20], b"fmt \x12\0\0\0");
        assert_eq!(&header[38..46], b"fact\x04\0\0\0");
        assert_eq!(u32_at(&header, 46), 1_000);
        assert_eq!(&header[50..54], b"data");
    }

    #[test]
    fn a_pipe_gets_the_same_file_as_a_vector() {
        let block = material(20_000);
        let expected = file(dithered(), std::slice::from_ref(&block));
        let (mut reader, pipe) = io::pipe().unwrap();
        let writing = std::thread::spawn(move || {
            let mut writer = WavWriter::new(pipe, dithered(), 20_000);
            writer.write(&block).unwrap();
            writer.finish().unwrap();
        });
        let mut received = Vec::new();
        reader.read_to_end(&mut received).unwrap();
        writing.join().unwrap();
        assert!(received == expected);
    }

    fn u32_at(bytes: &[u8], place: usize) -> u32 {
        u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap())
    }

    fn u64_at(bytes: &[u8], place: usize) -> u64 {
        u64::from_le_bytes(bytes[place..place + 8].try_into().unwrap())
    }

    #[test]
    fn beyond_four_gibibytes_the_header_is_rf64() {
        let frames = 2_000_000_001;
        let header = spec(Channels::Mono, SampleFormat::I24).header(frames);
        let data = 3 * frames;
        assert_eq!(&header[0..4], b"RF64");
        assert_eq!(u32_at(&header, 4), u32::MAX);
        assert_eq!(&header[8..16], b"WAVEds64");
        assert_eq!(u32_at(&header, 16), 28);
        // The whole file, with the pad byte, but for the first eight bytes.
        assert_eq!(u64_at(&header, 20), header.len() as u64 + data + 1 - 8);
        assert_eq!(u64_at(&header, 28), data);
        assert_eq!(u64_at(&header, 36), frames);
        assert_eq!(u32_at(&header, 44), 0);
        assert_eq!(&header[48..52], b"fmt ");
        assert_eq!(u32_at(&header, 52), 40);
        assert_eq!(&header[96..100], b"data");
        assert_eq!(u32_at(&header, 100), u32::MAX);
        assert_eq!(header.len(), 104);
    }

    #[test]
    fn the_fact_chunk_of_rf64_refers_to_ds64() {
        let frames = 1 << 30;
        let header = spec(Channels::Stereo, SampleFormat::F32).header(frames);
        assert_eq!(u64_at(&header, 36), frames);
        assert_eq!(&header[74..82], b"fact\x04\0\0\0");
        assert_eq!(u32_at(&header, 82), u32::MAX);
    }

    #[test]
    fn rf64_begins_where_32_bits_end() {
        let spec = spec(Channels::Mono, SampleFormat::I16);
        // 36 bytes of the header count, and all ones is not a size.
        let last = (u64::from(u32::MAX) - 1 - 36) / 2;
        assert_eq!(&spec.header(last)[0..4], b"RIFF");
        assert_eq!(u32_at(&spec.header(last), 4), u32::MAX - 1);
        assert_eq!(&spec.header(last + 1)[0..4], b"RF64");
    }

    #[test]
    fn raw_is_the_data_alone() {
        for format in FORMATS {
            let block = material(7);
            let with_header = spec(Channels::Mono, format);
            let raw = WavSpec {
                raw: true,
                ..with_header
            };
            assert!(raw.header(7).is_empty());
            let whole = file(with_header, std::slice::from_ref(&block));
            let start = with_header.header(7).len();
            let length = 7 * usize::from(format.bytes());
            assert_eq!(file(raw, &[block]), whole[start..start + length]);
        }
    }

    #[test]
    fn fewer_frames_than_promised_are_an_error_at_the_end() {
        let mut writer = WavWriter::new(Vec::new(), WavSpec::default(), 10);
        writer.write(&Stereo::silence(9)).unwrap();
        let error = writer.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            "the WAV header promises 10 frames, but 9 were written"
        );
    }

    #[test]
    fn more_frames_than_promised_are_refused() {
        let mut writer = WavWriter::new(Vec::new(), WavSpec::default(), 10);
        writer.write(&Stereo::silence(9)).unwrap();
        assert!(writer.write(&Stereo::silence(2)).is_err());
        writer.write(&Stereo::silence(1)).unwrap();
        assert_eq!(writer.finish().unwrap().len(), 44 + 40);
    }

    /// How long the pieces are that are written.
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
    fn every_piece_but_the_last_is_whole_pages_and_the_header_goes_with_the_first_samples() {
        for format in [SampleFormat::I16, SampleFormat::I24, SampleFormat::F32] {
            let spec = spec(Channels::Stereo, format);
            let mut writer = WavWriter::new(Pieces::default(), spec, 60_000);
            for frames in [700, 39_300, 20_000] {
                writer.write(&material(frames)).unwrap();
            }
            let mut pieces = writer.finish().unwrap().0;
            let bytes = spec.header(60_000).len() as u64 + spec.data_bytes(60_000);
            assert_eq!(pieces.iter().sum::<usize>() as u64, bytes);
            pieces.pop();
            assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.is_multiple_of(PAGES)));
        }
    }

    /// A disk with room for so many bytes.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = self.0.min(bytes.len());
            if room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0 -= room;
            Ok(room)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_an_error_wherever_it_fills_up() {
        let spec = spec(Channels::Mono, SampleFormat::I24);
        let write_to = |room| {
            let mut writer = WavWriter::new(Disk(room), spec, 5);
            writer.write(&Stereo::silence(5))?;
            writer.finish()
        };
        let whole = 68 + 15 + 1;
        for room in 0..whole {
            let error = write_to(room).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{room} bytes");
        }
        assert!(write_to(whole).is_ok());
    }

    #[test]
    fn ties_round_to_even() {
        let steps = [
            0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 32_766.5, -32_767.5, 0.499_99,
        ];
        let samples = steps.map(|steps: f32| steps / 32_768.0);
        assert_eq!(
            mono_words(&samples),
            [0, 2, 2, 0, -2, -2, 32_766, -32_768, 0]
        );
    }

    #[test]
    fn what_is_beyond_full_scale_is_cut_off_and_counted() {
        let block = Stereo {
            left: vec![1.0, -1.0, 1.000_1, -7.0, 0.0, 1e38],
            right: vec![0.5, 0.5, 0.5, 0.5, -1e30, 0.5],
        };
        let mut writer = WavWriter::new(io::sink(), dithered(), 12);
        writer.write(&block).unwrap();
        assert_eq!(writer.clipped_samples(), 4);
        writer.write(&block).unwrap();
        assert_eq!(writer.clipped_samples(), 8);
        assert_eq!(
            mono_words(&block.left),
            [i16::MAX, i16::MIN, i16::MAX, i16::MIN, 0, i16::MAX]
        );
    }

    #[test]
    fn floats_are_never_clipped() {
        let spec = spec(Channels::Stereo, SampleFormat::F32);
        let mut writer = WavWriter::new(io::sink(), spec, 100);
        writer.write(&material(100)).unwrap();
        assert_eq!(writer.clipped_samples(), 0);
    }

    #[test]
    fn what_is_infinite_or_no_number_is_refused_in_every_format() {
        let odd = [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
        let formats = [
            SampleFormat::I16,
            SampleFormat::I24,
            SampleFormat::I32,
            SampleFormat::F32,
        ];
        for (format, sample) in formats.into_iter().flat_map(|f| odd.map(|odd| (f, odd))) {
            for channels in [Channels::Mono, Channels::Stereo] {
                let mut block = material(100);
                block.right[77] = sample;
                let mut writer = WavWriter::new(io::sink(), spec(channels, format), 200);
                writer.write(&material(100)).unwrap();
                let error = writer.write(&block).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::InvalidData);
                assert!(error.to_string().contains("frame 177"), "{error}");
            }
        }
    }

    #[test]
    fn a_mono_sum_beyond_all_numbers_is_refused() {
        let loud = Stereo {
            left: vec![0.0, f32::MAX],
            right: vec![0.0, f32::MAX],
        };
        let spec = spec(Channels::Mono, SampleFormat::F32);
        let error = WavWriter::new(io::sink(), spec, 2).write(&loud);
        assert!(error.unwrap_err().to_string().contains("frame 1,"));
    }

    #[test]
    fn dithered_silence_is_silent() {
        assert!(
            words(dithered(), Stereo::silence(10_000))
                .iter()
                .all(|word| *word == 0)
        );
    }

    #[test]
    fn the_other_formats_are_not_dithered() {
        for format in [SampleFormat::I24, SampleFormat::I32, SampleFormat::F32] {
            let plain = spec(Channels::Stereo, format);
            let dithered = WavSpec {
                dither: true,
                ..plain
            };
            assert!(file(plain, &[material(500)]) == file(dithered, &[material(500)]));
        }
    }

    /// The errors in steps of a dithered constant, left and right.
    fn dither_errors(steps: f64, frames: usize) -> [Vec<f64>; 2] {
        let sample = (steps / 32_768.0) as f32;
        let block = Stereo {
            left: vec![sample; frames],
            right: vec![sample; frames],
        };
        let words = words(dithered(), block);
        let error = |word: &i16| f64::from(*word) - f64::from(sample) * 32_768.0;
        [0, 1].map(|channel| words.iter().skip(channel).step_by(2).map(error).collect())
    }

    fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
        let count = values.len() as f64;
        values.sum::<f64>() / count
    }

    #[test]
    fn dither_has_no_mean_and_a_variance_of_a_quarter_whatever_the_signal() {
        // The deviation of the mean of n values is 0.5 / sqrt(n) = 0.001, that of the variance smaller: 5 of them.
        for steps in [0.01, 0.25, 0.5, 0.77, 1.0, -3.3, 12_345.6, -32_000.9] {
            for errors in dither_errors(steps, 250_000) {
                let average = mean(errors.iter().copied());
                let power = mean(errors.iter().map(|error| error * error));
                assert!(average.abs() < 0.005, "mean {average} at {steps}");
                assert!((power - 0.25).abs() < 0.005, "variance {power} at {steps}");
            }
        }
    }

    #[test]
    fn dither_stays_within_a_step_and_a_half() {
        for errors in dither_errors(100.3, 250_000) {
            assert!(errors.iter().all(|error| error.abs() <= 1.5));
        }
    }

    #[test]
    fn dither_is_white_and_differs_between_the_channels() {
        let [left, right] = dither_errors(0.3, 250_000);
        let correlation = |a: &[f64], b: &[f64]| mean(a.iter().zip(b).map(|(a, b)| a * b)) / 0.25;
        for lag in 1..=64 {
            for errors in [&left, &right] {
                let along = correlation(&errors[..errors.len() - lag], &errors[lag..]);
                assert!(along.abs() < 0.01, "{along} at a lag of {lag}");
            }
        }
        for lag in 0..=8 {
            let across = correlation(&left[..left.len() - lag], &right[lag..]);
            assert!(across.abs() < 0.01, "{across} at a lag of {lag}");
        }
    }

    #[test]
    fn dither_is_the_same_on_every_machine() {
        let steps = |channel, frame| {
            let dither = Dither::new(channel, frame);
            [0, 1, 2, 3].map(|i| dither.at(i) * 65_536.0)
        };
        assert_eq!(steps(0, 0), [11_437.0, 17_500.0, 24_807.0, -14_961.0]);
        assert_eq!(
            steps(1, u32::MAX - 1),
            [-18_447.0, 18_694.0, 25_676.0, 40_869.0]
        );
    }

    proptest! {
        #[test]
        fn how_the_frames_are_cut_into_blocks_does_not_change_the_bytes(
            cuts in prop::collection::vec(0usize..9_500, 0..6),
            format in prop::sample::select(&FORMATS),
            channels in prop::sample::select(&[Channels::Mono, Channels::Stereo]),
        ) {
            let whole = material(9_500);
            let spec = WavSpec { dither: true, ..spec(channels, format) };
            let mut cuts = cuts;
            cuts.extend([0, 9_500]);
            cuts.sort_unstable();
            let blocks: Vec<Stereo> = cuts
                .windows(2)
                .map(|ends| Stereo {
                    left: whole.left[ends[0]..ends[1]].to_vec(),
                    right: whole.right[ends[0]..ends[1]].to_vec(),
                })
                .collect();
            prop_assert!(file(spec, &blocks) == file(spec, &[whole]));
        }
    }
}
