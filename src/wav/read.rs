//! Frames of any part of a WAV file as numbers, in the memory of one block.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

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

impl<'b> WavReader<Cursor<&'b [u8]>> {
    /// Reads the header of a file that is in memory.
    ///
    /// # Errors
    ///
    /// As [`WavReader::new`].
    pub fn of_bytes(bytes: &'b [u8]) -> Result<Self, HeaderError> {
        Self::new(Cursor::new(bytes))
    }
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

/// Interleaved bytes to planes, of which there must be one for each channel: integers by their full scale, floats as they
/// are. What is there of a last frame that is incomplete is left out.
pub fn decode(bytes: &[u8], encoding: Encoding, planes: &mut Planes) {
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::header::Oddity;
    use super::*;

    /// A chunk, with its pad byte.
    fn chunk(id: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend((body.len() as u32).to_le_bytes());
        bytes.extend(body);
        bytes.extend(vec![0; body.len() % 2]);
        bytes
    }

    fn fmt(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
        let frame = channels * bits.div_ceil(8);
        let mut body = tag.to_le_bytes().to_vec();
        body.extend(channels.to_le_bytes());
        body.extend(44_100u32.to_le_bytes());
        body.extend((44_100 * u32::from(frame)).to_le_bytes());
        body.extend(frame.to_le_bytes());
        body.extend(bits.to_le_bytes());
        body
    }

    fn extensible(sub_format: u16, channels: u16, bits: u16, valid: u16) -> Vec<u8> {
        let mut body = fmt(0xFFFE, channels, bits);
        body.extend(22u16.to_le_bytes());
        body.extend(valid.to_le_bytes());
        body.extend(3u32.to_le_bytes());
        body.extend(sub_format.to_le_bytes());
        body.extend(b"\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
        body
    }

    fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
        let body = chunks.concat();
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((4 + body.len() as u32).to_le_bytes());
        bytes.extend(b"WAVE");
        bytes.extend(body);
        bytes
    }

    fn open(bytes: &[u8]) -> Result<WavReader<Cursor<Vec<u8>>>, HeaderError> {
        WavReader::new(Cursor::new(bytes.to_vec()))
    }

    /// All samples, and what was odd.
    fn read(bytes: &[u8]) -> (Planes, Vec<Oddity>) {
        let mut reader = open(bytes).unwrap();
        let mut planes = Planes::new();
        reader.read(0, 1000, &mut planes).unwrap();
        (planes, reader.header().oddities.clone())
    }

    fn refused(bytes: &[u8], said: &str) {
        let error = open(bytes).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }

    /// Four frames of two channels in 16 bits: 1, 2, 3 ... in steps of 1 / 8.
    fn data() -> Vec<u8> {
        (0..8i16).flat_map(|n| (n * 4096).to_le_bytes()).collect()
    }

    fn expected() -> Planes {
        vec![vec![0.0, 0.25, 0.5, 0.75], vec![0.125, 0.375, 0.625, 0.875]]
    }

    #[test]
    fn every_width_is_scaled_by_its_full_scale() {
        let check = |tag, bits, data: &[u8], expected: &[f64]| {
            let file = riff(&[chunk("fmt ", &fmt(tag, 1, bits)), chunk("data", data)]);
            assert_eq!(
                read(&file),
                (vec![expected.to_vec()], vec![]),
                "{bits} bits"
            );
        };
        check(1, 8, &[0, 128, 255, 192], &[-1.0, 0.0, 127.0 / 128.0, 0.5]);
        check(1, 16, &[0, 0x80, 0xFF, 0x7F], &[-1.0, 32_767.0 / 32_768.0]);
        check(1, 24, &[0, 0, 0x80, 0, 0, 0x40], &[-1.0, 0.5]);
        check(1, 32, &[0, 0, 0, 0x80, 0, 0, 0, 0x20], &[-1.0, 0.25]);
        check(3, 32, &1.5f32.to_le_bytes(), &[1.5]);
        check(3, 64, &1e-300f64.to_le_bytes(), &[1e-300]);
    }

    #[test]
    fn floats_that_are_no_numbers_are_read_as_they_are() {
        let data = [f32::NAN.to_le_bytes(), f32::INFINITY.to_le_bytes()].concat();
        let (planes, _) = read(&riff(&[
            chunk("fmt ", &fmt(3, 1, 32)),
            chunk("data", &data),
        ]));
        assert!(planes[0][0].is_nan() && planes[0][1] == f64::INFINITY);
    }

    #[test]
    fn chunks_before_and_after_the_data_are_passed_over_even_of_odd_sizes() {
        let list = chunk("LIST", b"INFOodd");
        let file = riff(&[
            list.clone(),
            chunk("fmt ", &fmt(1, 2, 16)),
            list.clone(),
            chunk("data", &data()),
            list,
        ]);
        assert_eq!(read(&file), (expected(), vec![]));
    }

    #[test]
    fn a_forgotten_pad_byte_is_told() {
        let mut list = chunk("LIST", b"INFOodd");
        list.pop();
        let file = riff(&[list, chunk("fmt ", &fmt(1, 2, 16)), chunk("data", &data())]);
        assert_eq!(read(&file), (expected(), vec![Oddity::PadMissing]));
    }

    #[test]
    fn extensible_formats_are_read_and_unused_bits_told() {
        let file = |fmt: &[u8], data: &[u8]| riff(&[chunk("fmt ", fmt), chunk("data", data)]);
        assert_eq!(
            read(&file(&extensible(1, 2, 16, 16), &data())),
            (expected(), vec![])
        );
        let float = file(&extensible(3, 1, 32, 32), &0.5f32.to_le_bytes());
        assert_eq!(read(&float), (vec![vec![0.5]], vec![]));
        let valid = Oddity::ValidBits {
            valid: 20,
            stored: 24,
        };
        let twenty = file(&extensible(1, 1, 24, 20), &[0, 0, 0x40]);
        assert_eq!(read(&twenty), (vec![vec![0.5]], vec![valid]));
    }

    #[test]
    fn sizes_that_a_pipe_left_open_reach_to_the_end_of_the_file() {
        for size in [0, u32::MAX] {
            let mut file = riff(&[chunk("fmt ", &fmt(1, 2, 16)), chunk("data", &data())]);
            file[4..8].copy_from_slice(&size.to_le_bytes());
            file[40..44].copy_from_slice(&size.to_le_bytes());
            assert_eq!(read(&file), (expected(), vec![Oddity::SizeOpen]), "{size}");
        }
    }

    #[test]
    fn a_file_of_no_frames_is_read_even_with_a_chunk_behind_its_data() {
        let parts = [
            chunk("fmt ", &fmt(1, 2, 16)),
            chunk("data", b""),
            chunk("LIST", b"INFO"),
        ];
        for count in [2, 3] {
            assert_eq!(
                read(&riff(&parts[..count])),
                (vec![vec![]; 2], vec![]),
                "{count} chunks"
            );
        }
    }

    #[test]
    fn truncated_data_is_read_and_told() {
        let file = riff(&[chunk("fmt ", &fmt(1, 2, 16)), chunk("data", &data())]);
        let truncated = Oddity::Truncated {
            promised: 16,
            present: 10,
        };
        let (planes, oddities) = read(&file[..file.len() - 6]);
        assert_eq!(planes, [[0.0, 0.25], [0.125, 0.375]]);
        assert_eq!(oddities, [truncated, Oddity::PartialFrame(2)]);
    }

    #[test]
    fn long_files_have_their_sizes_in_a_chunk_of_their_own() {
        for id in ["RF64", "BW64"] {
            let mut sizes = vec![0; 28];
            sizes[8] = 16;
            let parts = [
                chunk("ds64", &sizes),
                chunk("fmt ", &fmt(1, 2, 16)),
                chunk("data", &data()),
                chunk("LIST", b"odd"),
            ];
            let mut file = riff(&parts);
            file[..8].copy_from_slice(&[id.as_bytes(), &[0xFF; 4]].concat());
            file[76..80].copy_from_slice(&[0xFF; 4]);
            assert_eq!(read(&file), (expected(), vec![]), "{id}");
        }
    }

    #[test]
    fn any_part_is_read_in_any_order() {
        let mut reader = open(&riff(&[
            chunk("fmt ", &fmt(1, 2, 16)),
            chunk("data", &data()),
        ]))
        .unwrap();
        let mut planes = Planes::new();
        for (from, frames, left) in [
            (2, 2, vec![0.5, 0.75]),
            (0, 1, vec![0.0]),
            (1, 9, vec![0.25, 0.5, 0.75]),
            (9, 1, vec![]),
        ] {
            reader.read(from, frames, &mut planes).unwrap();
            assert_eq!(planes[0], left, "from {from}");
        }
    }

    #[test]
    fn what_is_no_wav_file_is_refused_with_what_it_seems_to_be() {
        refused(b"", "is empty (0 bytes)");
        refused(b"MThd\0\0\0\x06\0\0\0\x01\0\x60", "a MIDI file");
        refused(b"RIF", "is no WAV file");
        refused(b"fLaC00000000", "a FLAC file");
        refused(
            &riff(&[chunk("fmt ", &fmt(1, 2, 16))]),
            "before any data chunk",
        );
        refused(&riff(&[chunk("data", &data())]), "before any fmt chunk");
        refused(
            &riff(&[chunk("fmt ", &fmt(1, 0, 16)), chunk("data", &data())]),
            "0 channels",
        );
        refused(
            &riff(&[chunk("fmt ", &fmt(7, 1, 8)), chunk("data", &data())]),
            "mu-law",
        );
        refused(
            &riff(&[chunk("fmt ", b"short"), chunk("data", &data())]),
            "5 bytes",
        );
        let mut wrong = fmt(1, 2, 16);
        wrong[12] = 3;
        refused(
            &riff(&[chunk("fmt ", &wrong), chunk("data", &data())]),
            "3 bytes a frame",
        );
    }
}
