//! A recording in some bytes a second: what it sounds like every 100 ms, enough to find where another one differs.

use std::io::{self, BufReader, Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::audio_source::AudioSource;
use super::spectrum::{self, BANDS, Bands, SpectrumMeter, center};
use crate::units::Seconds;
use crate::wav::Planes;

/// Octave bands of a fingerprint: 31.5 Hz to 16 kHz.
pub const OCTAVES: usize = 10;
/// Bytes of a hop: the loudness, then the bands.
const BYTES: usize = 1 + OCTAVES;
/// Levels are kept in steps of half a decibel above -100 dB.
const STEP_DB: f64 = 0.5;
const LOWEST_DB: f64 = -100.0;
/// Below this a difference is not heard beside anything else.
const FLOOR_DB: f64 = -70.0;
/// The longest recording that has one: 30 days.
const MOST_HOPS: u64 = 30 * 86_400 * 10;
/// The most passages that are told apart; the last of them goes on to the end.
const MOST_PASSAGES: usize = 1000;

/// Loudness and energy in ten octaves, for each 100 ms. As text, about 130 bytes a second of busy music, a third
/// of that of calm (zlib, base64).
///
/// It stays packed, and is unpacked a hop at a time: a thousand times as much may be in some bytes that anybody made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fingerprint {
    packed: Vec<u8>,
    hops: u64,
}

/// What is known of 100 ms: the loudness, then the bands.
type Hop = [u8; BYTES];

/// Why a text is no fingerprint.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("is no fingerprint: {0}")]
pub struct FingerprintError(String);

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        BASE64_STANDARD.encode(fingerprint.packed)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = |error: &dyn std::error::Error| FingerprintError(error.to_string());
        let packed = BASE64_STANDARD.decode(text).map_err(|e| wrong(&e))?;
        let most = MOST_HOPS * BYTES as u64;
        let mut unpacker = ZlibDecoder::new(packed.as_slice()).take(most + 1);
        let bytes = io::copy(&mut unpacker, &mut io::sink()).map_err(|e| wrong(&e))?;
        if bytes > most {
            return Err(FingerprintError("is of more than 30 days".to_owned()));
        }
        if !bytes.is_multiple_of(BYTES as u64) {
            return Err(FingerprintError(format!(
                "{bytes} bytes are no whole number of 100 ms"
            )));
        }
        Ok(Self {
            packed,
            hops: bytes / BYTES as u64,
        })
    }
}

/// Where two fingerprints differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Passage {
    /// The beginning.
    pub from_s: f64,
    /// The end.
    pub to_s: f64,
    /// The largest change of loudness, in decibels.
    pub loudness_db: f64,
    /// The largest change in one octave, in decibels.
    pub band_db: f64,
    /// The middle of this octave.
    pub band_hz: f64,
}

impl Fingerprint {
    /// The fingerprint of a whole recording.
    ///
    /// # Errors
    ///
    /// Those of the recording.
    pub fn of<R: AudioSource>(recording: &mut R) -> Result<Self, R::Error> {
        let spec = recording.spec();
        let mut meter = FingerprintMeter::new(spec.rate, spec.channels);
        let (mut planes, mut at) = (Planes::new(), 0);
        while at < recording.frames() {
            recording.read(at, spec.rate as usize, &mut planes)?;
            meter.process(&planes);
            at += u64::from(spec.rate);
        }
        Ok(meter.finish())
    }

    /// How long the recording is, to the next 100 ms.
    #[must_use]
    pub fn duration(&self) -> Seconds {
        Seconds(self.hops as f64 / 10.0)
    }

    fn pack(hops: &[Hop]) -> Self {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
        // Writing to a vector cannot fail.
        let _ = packer.write_all(hops.as_flattened());
        Self {
            packed: packer.finish().unwrap_or_default(),
            hops: hops.len() as u64,
        }
    }

    fn unpack(&self) -> impl Iterator<Item = Hop> {
        let mut unpacker = BufReader::new(ZlibDecoder::new(self.packed.as_slice()));
        std::iter::from_fn(move || {
            let mut hop = [0; BYTES];
            unpacker.read_exact(&mut hop).ok()?;
            Some(hop)
        })
    }

    /// Where this differs from what was expected by more than `tolerance_db` in loudness or in any octave.
    #[must_use]
    pub fn differences(&self, expected: &Self, tolerance_db: f64) -> Vec<Passage> {
        const SILENCE: Hop = [0; BYTES];
        let mut passages: Vec<Passage> = Vec::new();
        let [mut actual, mut wanted] = [self, expected].map(Self::unpack);
        for hop in 0..self.hops.max(expected.hops) {
            let hops = [&mut actual, &mut wanted].map(|side| side.next().unwrap_or(SILENCE));
            let found = passage(hop, &hops[0], &hops[1]);
            if found.loudness_db.abs().max(found.band_db.abs()) <= tolerance_db {
                continue;
            }
            let is_full = passages.len() == MOST_PASSAGES;
            match passages.last_mut() {
                Some(last) if found.from_s - last.to_s < 0.05 => last.join(&found),
                Some(last) if is_full => last.join(&found),
                _ => passages.push(found),
            }
        }
        passages
    }
}

impl Passage {
    /// Takes in the one that follows.
    fn join(&mut self, next: &Self) {
        self.to_s = next.to_s;
        if next.loudness_db.abs() > self.loudness_db.abs() {
            self.loudness_db = next.loudness_db;
        }
        if next.band_db.abs() > self.band_db.abs() {
            (self.band_db, self.band_hz) = (next.band_db, next.band_hz);
        }
    }
}

fn passage(hop: u64, actual: &Hop, expected: &Hop) -> Passage {
    let level = |step: u8| (LOWEST_DB + STEP_DB * f64::from(step)).max(FLOOR_DB);
    let changes = actual
        .iter()
        .zip(expected)
        .map(|(a, e)| level(*a) - level(*e));
    let mut found = Passage {
        from_s: hop as f64 / 10.0,
        to_s: (hop + 1) as f64 / 10.0,
        loudness_db: 0.0,
        band_db: 0.0,
        band_hz: 0.0,
    };
    for (place, change) in changes.enumerate() {
        match place.checked_sub(1) {
            None => found.loudness_db = change,
            Some(octave) if change.abs() > found.band_db.abs() => {
                found.band_db = change;
                found.band_hz = center(3 * octave + 1);
            }
            Some(_) => {}
        }
    }
    found
}

/// Makes a fingerprint of blocks of any length.
pub struct FingerprintMeter {
    meter: SpectrumMeter,
    spectra: Vec<Vec<Bands>>,
    weights: [f64; BANDS],
    hops: Vec<Hop>,
}

impl FingerprintMeter {
    /// For recordings of `rate` frames a second.
    #[must_use]
    pub fn new(rate: u32, channels: usize) -> Self {
        Self {
            meter: SpectrumMeter::new(rate, channels),
            spectra: Vec::new(),
            weights: std::array::from_fn(|band| k_weight(center(band))),
            hops: Vec::new(),
        }
    }

    /// Takes a block.
    pub fn process(&mut self, block: &Planes) {
        self.meter.process(block, &mut self.spectra);
        self.write();
    }

    /// The fingerprint of all blocks.
    #[must_use]
    pub fn finish(mut self) -> Fingerprint {
        self.meter.finish(&mut self.spectra);
        self.write();
        Fingerprint::pack(&self.hops)
    }

    fn write(&mut self) {
        for channels in self.spectra.drain(..) {
            let energy = |band: usize| -> f64 { channels.iter().map(|c| f64::from(c[band])).sum() };
            let loudness = (0..BANDS)
                .map(|band| self.weights[band] * energy(band))
                .sum();
            let mut hop = [step(loudness); BYTES];
            for octave in 0..OCTAVES {
                hop[1 + octave] = step((3 * octave..3 * octave + 3).map(energy).sum());
            }
            self.hops.push(hop);
        }
    }
}

/// A mean square as a step.
fn step(mean_square: f64) -> u8 {
    let db = 10.0 * libm::log10(mean_square.max(1e-30));
    // `as` saturates.
    libm::round((db - LOWEST_DB) / STEP_DB) as u8
}

/// The K weighting at a frequency, as a factor of energy: the high-pass and the shelf of ITU-R BS.1770, from their
/// poles (38 Hz and 1.68 kHz), to some tenths of a decibel.
fn k_weight(hertz: f64) -> f64 {
    let ratio = (hertz / 38.135) * (hertz / 38.135);
    let high_pass = ratio * ratio / ((1.0 - ratio) * (1.0 - ratio) + ratio / (0.5003 * 0.5003));
    let shelf = (hertz / 1681.97) * (hertz / 1681.97);
    let boost = libm::exp10(4.0 / 10.0);
    high_pass * (1.0 + boost * shelf * shelf) / (1.0 + shelf * shelf)
}

/// Frames of the recording that one hop stands for.
#[must_use]
pub fn hop(rate: u32) -> usize {
    spectrum::hop(rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Memory;

    fn song(missing: bool) -> Fingerprint {
        let note = |hertz: f64, from: usize, to: usize, frame: usize| {
            let phase = std::f64::consts::TAU * hertz * frame as f64 / 44_100.0;
            if (from..to).contains(&frame) {
                0.2 * libm::sin(phase)
            } else {
                0.0
            }
        };
        let sample = |frame| {
            let held = note(220.0, 0, 132_300, frame);
            let second = note(1760.0, 44_100, 66_150, frame);
            held + if missing { 0.0 } else { second }
        };
        let planes = vec![(0..132_300).map(sample).collect()];
        Fingerprint::of(&mut Memory {
            rate: 44_100,
            planes,
        })
        .unwrap()
    }

    #[test]
    fn a_missing_note_is_found_at_its_time_and_octave() {
        let passages = song(true).differences(&song(false), 2.0);
        assert_eq!(passages.len(), 1, "{passages:?}");
        let found = passages[0];
        assert!((found.from_s - 0.9).abs() < 0.15 && (found.to_s - 1.5).abs() < 0.15);
        assert!(
            (found.band_hz - 1995.0).abs() < 20.0 && found.band_db < -20.0,
            "{found:?}"
        );
    }

    #[test]
    fn the_same_has_no_differences() {
        assert_eq!(song(false).differences(&song(false), 0.0), []);
        assert_eq!(song(false).duration(), Seconds(3.0));
    }

    #[test]
    fn a_fingerprint_is_text_and_comes_back() {
        let text = String::from(song(false));
        assert!(text.len() < 3 * 100, "{} bytes", text.len());
        assert_eq!(Fingerprint::try_from(text), Ok(song(false)));
        for wrong in ["&", "AAAA", "eJxLTEwEAAJDAYU="] {
            assert!(Fingerprint::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    /// A fingerprint of so many equal hops.
    fn monotonous(hops: usize) -> Fingerprint {
        Fingerprint::pack(&vec![[200; BYTES]; hops])
    }

    #[test]
    fn what_it_stands_for_stays_packed() {
        let text = String::from(monotonous(1 << 20));
        let read = Fingerprint::try_from(text).unwrap();
        assert_eq!(read.hops, 1 << 20);
        assert!(read.packed.capacity() < 1 << 16);
        assert_eq!(read.differences(&Fingerprint::default(), 0.0).len(), 1);
    }

    #[test]
    fn more_than_thirty_days_are_no_fingerprint() {
        let text = String::from(monotonous(MOST_HOPS as usize + 1));
        let error = Fingerprint::try_from(text).unwrap_err();
        assert!(error.to_string().contains("30 days"), "{error}");
    }

    #[test]
    fn no_more_passages_are_told_than_anybody_reads() {
        let hop = |index: usize| [if index.is_multiple_of(2) { 200 } else { 0 }; BYTES];
        let hops: Vec<Hop> = (0..5000).map(hop).collect();
        let passages = Fingerprint::pack(&hops).differences(&Fingerprint::default(), 1.0);
        assert_eq!(passages.len(), MOST_PASSAGES);
        assert_eq!(passages.last().map(|last| last.to_s), Some(499.9));
    }
}
