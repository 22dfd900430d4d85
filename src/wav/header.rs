//! The chunks of a WAV file up to its samples: what is stored, where it begins, how much of it there is, and what is odd.
//!
//! hound refuses sizes that pipes leave open, RF64 and 64-bit floats, and tells nothing of truncated data, so files of
//! unknown origin are read here (RIFF: Microsoft, Multimedia Programming Interface 1.0; RF64: EBU Tech 3306; BW64: ITU-R
//! BS.2088).

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use thiserror::Error;

use super::write::SampleFormat;

/// How one sample is stored; always little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Unsigned 8-bit integer: 128 is silence.
    U8,
    /// 16-bit integer.
    I16,
    /// 24-bit integer in three bytes.
    I24,
    /// 32-bit integer.
    I32,
    /// 32-bit IEEE float.
    F32,
    /// 64-bit IEEE float.
    F64,
}

impl Encoding {
    /// Bytes of one sample.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Whether samples can be infinite or no number.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    fn new(tag: u16, bits: u16) -> Option<Self> {
        match (tag, bits) {
            (PCM, 8) => Some(Self::U8),
            (PCM, 16) => Some(Self::I16),
            (PCM, 24) => Some(Self::I24),
            (PCM, 32) => Some(Self::I32),
            (FLOAT, 32) => Some(Self::F32),
            (FLOAT, 64) => Some(Self::F64),
            _ => None,
        }
    }
}

impl From<SampleFormat> for Encoding {
    fn from(format: SampleFormat) -> Self {
        match format {
            SampleFormat::I16 => Self::I16,
            SampleFormat::I24 => Self::I24,
            SampleFormat::I32 => Self::I32,
            SampleFormat::F32 => Self::F32,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "8-bit integer",
            Self::I16 => "16-bit integer",
            Self::I24 => "24-bit integer",
            Self::I32 => "32-bit integer",
            Self::F32 => "32-bit float",
            Self::F64 => "64-bit float",
        })
    }
}

/// What is in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WavHeader {
    /// Frames per second, at least 1.
    pub rate: u32,
    /// At least 1.
    pub channels: u16,
    /// How a sample is stored.
    pub encoding: Encoding,
    /// The byte of the first sample.
    pub start: u64,
    /// Whole frames that are really there.
    pub frames: u64,
    /// What is not as it should be, but could be read.
    pub oddities: Vec<Oddity>,
}

impl WavHeader {
    /// Bytes of one frame.
    #[must_use]
    pub fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * self.encoding.bytes() as u64
    }
}

/// Something that is not as it should be, and how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// The size of the data is 0 or all ones, as a pipe leaves it: everything to the end of the file was read.
    SizeOpen,
    /// The data chunk says more bytes than there are: what is there was read.
    Truncated {
        /// Bytes that the header promises.
        promised: u64,
        /// Bytes that are there.
        present: u64,
    },
    /// So many bytes at the end of the data are no whole frame, and were left out.
    PartialFrame(u64),
    /// A chunk of odd size lacks its pad byte.
    PadMissing,
    /// Fewer bits are used than are stored; the samples were read as stored.
    ValidBits {
        /// Bits in use.
        valid: u16,
        /// Bits stored.
        stored: u16,
    },
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SizeOpen => write!(
                f,
                "the header leaves the size open, as a pipe does; read to the end of the file"
            ),
            Self::Truncated { promised, present } => write!(
                f,
                "truncated: the header promises {promised} bytes of samples, {present} are there and were read"
            ),
            Self::PartialFrame(bytes) => write!(
                f,
                "the last {bytes} bytes of the data are no whole frame and were left out"
            ),
            Self::PadMissing => write!(f, "a chunk of odd size lacks its pad byte"),
            Self::ValidBits { valid, stored } => {
                write!(f, "{valid} of {stored} bits are in use; read as {stored}")
            }
        }
    }
}

/// Why a file cannot be read as WAV.
#[derive(Debug, Error)]
pub enum HeaderError {
    /// The file cannot be read at all.
    #[error("cannot be read")]
    Io(#[from] io::Error),
    /// There is not a single byte.
    #[error("is empty (0 bytes); was it written to its end?")]
    Empty,
    /// The first bytes are not those of a WAV file.
    #[error("is no WAV file: it begins with {found}, not with RIFF, RF64 or BW64 and WAVE")]
    NoWave {
        /// The first four bytes, and what they may be.
        found: String,
    },
    /// The chunks end before the samples begin.
    #[error("has no samples: the file ends at byte {0}, before any data chunk")]
    NoData(u64),
    /// The data comes before its description.
    #[error("cannot be understood: its data chunk at byte {0} comes before any fmt chunk")]
    NoFormat(u64),
    /// The `fmt ` chunk contradicts itself.
    #[error("cannot be understood: its fmt chunk {0}")]
    Format(String),
    /// Compressed, or of a width that nobody uses.
    #[error(
        "holds samples of format {tag} with {bits} bits, which is not read; convert it to PCM of 8, 16, 24 or 32 bits, \
         or float of 32 or 64, as with sox or ffmpeg"
    )]
    Encoding {
        /// The format, by name where it has one.
        tag: String,
        /// Bits of a sample.
        bits: u16,
    },
}

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xFFFE;
/// More than any `fmt ` chunk has; what follows is skipped.
const FORMAT_BYTES: u64 = 40;

impl WavHeader {
    /// Reads the chunks from the beginning up to the samples.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if there is no way to tell what the samples are.
    pub fn read<R: Read + Seek>(inner: &mut R) -> Result<Self, HeaderError> {
        let length = inner.seek(SeekFrom::End(0))?;
        inner.seek(SeekFrom::Start(0))?;
        let long = form(inner, length)?;
        Chunks {
            inner,
            length,
            at: 12,
            long,
            long_data: None,
            format: None,
            oddities: Vec::new(),
        }
        .read()
    }
}

/// The first twelve bytes; whether sizes may stand in a `ds64` chunk.
fn form<R: Read>(inner: &mut R, length: u64) -> Result<bool, HeaderError> {
    if length == 0 {
        return Err(HeaderError::Empty);
    }
    let mut form = [0; 12];
    let present = length.min(12) as usize;
    inner.read_exact(&mut form[..present])?;
    match (&form[..4], &form[8..]) {
        (b"RIFF", b"WAVE") => Ok(false),
        (b"RF64" | b"BW64", b"WAVE") => Ok(true),
        _ => Err(HeaderError::NoWave {
            found: kind(&form[..present.min(4)]),
        }),
    }
}

/// What the first bytes of a file say that it is.
fn kind(bytes: &[u8]) -> String {
    let name = match bytes {
        b"RIFX" => " (a WAV file in big-endian order)",
        b"MThd" => " (a MIDI file; render it first)",
        b"fLaC" => " (a FLAC file)",
        b"OggS" => " (an Ogg file)",
        b"FORM" => " (an AIFF file)",
        b"caff" => " (a CAF file)",
        [b'I', b'D', b'3', _] => " (an MP3 file)",
        _ => "",
    };
    format!("\"{}\"{name}", bytes.escape_ascii())
}

/// The walk over the chunks.
struct Chunks<'a, R> {
    inner: &'a mut R,
    length: u64,
    at: u64,
    long: bool,
    /// The size of the data by `ds64`.
    long_data: Option<u64>,
    format: Option<(u32, u16, Encoding)>,
    oddities: Vec<Oddity>,
}

impl<R: Read + Seek> Chunks<'_, R> {
    fn read(mut self) -> Result<WavHeader, HeaderError> {
        while self.at + 8 <= self.length {
            let (id, size) = self.chunk_header(self.at)?;
            let body = self.at + 8;
            match &id {
                b"data" => return self.data(body, size),
                b"ds64" if self.long => self.long_sizes(body)?,
                b"fmt " => self.format(body, size)?,
                _ => {}
            }
            self.at = self.after(body, u64::from(size))?;
        }
        Err(HeaderError::NoData(self.length))
    }

    fn chunk_header(&mut self, at: u64) -> io::Result<([u8; 4], u32)> {
        let mut bytes = [0; 8];
        self.inner.seek(SeekFrom::Start(at))?;
        self.inner.read_exact(&mut bytes)?;
        let [a, b, c, d, size @ ..] = bytes;
        Ok(([a, b, c, d], u32::from_le_bytes(size)))
    }

    /// Where the next chunk begins: at an even byte, unless the pad byte was forgotten.
    fn after(&mut self, body: u64, size: u64) -> io::Result<u64> {
        let end = body + size;
        if size.is_multiple_of(2) {
            return Ok(end);
        }
        if end + 9 <= self.length && !self.is_chunk(end + 1)? && self.is_chunk(end)? {
            if !self.oddities.contains(&Oddity::PadMissing) {
                self.oddities.push(Oddity::PadMissing);
            }
            return Ok(end);
        }
        Ok(end + 1)
    }

    /// Whether a chunk can begin here: a printable name, and a size that fits or is left open.
    fn is_chunk(&mut self, at: u64) -> io::Result<bool> {
        if at + 8 > self.length {
            return Ok(false);
        }
        let (id, size) = self.chunk_header(at)?;
        let printable = id.iter().all(|byte| (0x20..0x7F).contains(byte));
        let fits = at + 8 + u64::from(size) <= self.length;
        Ok(printable && (fits || &id == b"data"))
    }

    /// The size of the data: the second of three (EBU Tech 3306, 3).
    fn long_sizes(&mut self, body: u64) -> io::Result<()> {
        let mut bytes = [0; 8];
        self.inner.seek(SeekFrom::Start(body + 8))?;
        self.inner.read_exact(&mut bytes)?;
        self.long_data = Some(u64::from_le_bytes(bytes));
        Ok(())
    }

    fn format(&mut self, body: u64, size: u32) -> Result<(), HeaderError> {
        let present = u64::from(size).min(self.length - body).min(FORMAT_BYTES);
        if present < 16 {
            return Err(HeaderError::Format(format!(
                "has {present} bytes, not the 16 that it needs"
            )));
        }
        let mut bytes = [0; FORMAT_BYTES as usize];
        self.inner.seek(SeekFrom::Start(body))?;
        self.inner.read_exact(&mut bytes[..present as usize])?;
        let format = Format::new(&bytes, present);
        self.format = Some((format.rate, format.channels, format.check()?));
        if format.valid_bits != 0 && format.valid_bits < format.bits {
            self.oddities.push(Oddity::ValidBits {
                valid: format.valid_bits,
                stored: format.bits,
            });
        }
        Ok(())
    }

    fn data(mut self, start: u64, size: u32) -> Result<WavHeader, HeaderError> {
        let (rate, channels, encoding) = self.format.ok_or(HeaderError::NoFormat(self.at))?;
        let present = self.length - start;
        let bytes = self.data_bytes(start, size, present)?;
        let mut header = WavHeader {
            rate,
            channels,
            encoding,
            start,
            frames: 0,
            oddities: self.oddities,
        };
        header.frames = bytes / header.frame_bytes();
        let rest = bytes % header.frame_bytes();
        if rest > 0 {
            header.oddities.push(Oddity::PartialFrame(rest));
        }
        Ok(header)
    }

    /// The bytes of samples that are there.
    fn data_bytes(&mut self, start: u64, size: u32, present: u64) -> io::Result<u64> {
        let long = self.long_data.filter(|long| size == u32::MAX && *long > 0);
        if long.is_none() && self.is_open(start, size, present)? {
            self.oddities.push(Oddity::SizeOpen);
            return Ok(present);
        }
        let promised = long.unwrap_or(u64::from(size));
        if promised > present {
            self.oddities.push(Oddity::Truncated { promised, present });
        }
        Ok(promised.min(present))
    }

    /// Whether a size says nothing: all ones, or 0 although samples, and no other chunk, follow.
    fn is_open(&mut self, start: u64, size: u32, present: u64) -> io::Result<bool> {
        Ok(match size {
            u32::MAX => true,
            0 => present > 0 && !self.is_chunk(start)?,
            _ => false,
        })
    }
}

/// The fields of a `fmt ` chunk.
struct Format {
    tag: u16,
    channels: u16,
    rate: u32,
    frame_bytes: u16,
    bits: u16,
    valid_bits: u16,
}

impl Format {
    fn new(bytes: &[u8; FORMAT_BYTES as usize], present: u64) -> Self {
        let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let extensible = word(0) == EXTENSIBLE && present >= FORMAT_BYTES;
        Self {
            // The sub-format's first two bytes are the tag that it extends (KSDATAFORMAT_SUBTYPE).
            tag: if extensible { word(24) } else { word(0) },
            channels: word(2),
            rate: u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
            frame_bytes: word(12),
            bits: word(14),
            valid_bits: if extensible { word(18) } else { 0 },
        }
    }

    fn check(&self) -> Result<Encoding, HeaderError> {
        let wrong = |what: String| Err(HeaderError::Format(what));
        if self.channels == 0 || self.rate == 0 {
            let (channels, rate) = (self.channels, self.rate);
            return wrong(format!("says {channels} channels at {rate} Hz"));
        }
        // A container is a whole number of bytes; 12 or 20 bits are stored in 16 or 24.
        let stored = self.bits.checked_next_multiple_of(8);
        let encoding = stored.and_then(|stored| Encoding::new(self.tag, stored));
        let encoding = encoding.ok_or_else(|| HeaderError::Encoding {
            tag: tag_name(self.tag),
            bits: self.bits,
        })?;
        let expected = usize::from(self.channels) * encoding.bytes();
        if usize::from(self.frame_bytes) != expected {
            let found = self.frame_bytes;
            return wrong(format!(
                "says {found} bytes a frame, but {} channels of {encoding} have {expected}",
                self.channels
            ));
        }
        Ok(encoding)
    }
}

/// The names of the formats that are met now and then (RFC 2361).
fn tag_name(tag: u16) -> String {
    let name = match tag {
        PCM => "PCM",
        FLOAT => "float",
        0x0002 | 0x0011 => "ADPCM",
        0x0006 => "A-law",
        0x0007 => "mu-law",
        0x0055 => "MP3",
        EXTENSIBLE => "extensible without its extension",
        _ => return format!("{tag:#06x}"),
    };
    format!("{tag:#06x} ({name})")
}
