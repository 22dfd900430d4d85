//! A recording in some bytes a second: what it sounds like every 100 ms, enough to find where another one differs.

use std::io::{Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::recording::Recording;
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
/// A fingerprint of 30 days; more is not unpacked.
const MOST_BYTES: u64 = 30 * 86_400 * 10 * BYTES as u64;

/// Loudness and energy in ten octaves, for each 100 ms. As text, about 130 bytes a second of busy music, a third
/// of that of calm (zlib, base64).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fingerprint {
    hops: Vec<[u8; BYTES]>,
}

/// Why a text is no fingerprint.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("is no fingerprint: {0}")]
pub struct FingerprintError(String);

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
        // Writing to a vector cannot fail.
        let _ = packer.write_all(fingerprint.hops.as_flattened());
        BASE64_STANDARD.encode(packer.finish().unwrap_or_default())
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = FingerprintError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = |error: &dyn std::error::Error| FingerprintError(error.to_string());
        let packed = BASE64_STANDARD.decode(text).map_err(|e| wrong(&e))?;
        let mut bytes = Vec::new();
        let mut unpacker = ZlibDecoder::new(packed.as_slice()).take(MOST_BYTES);
        unpacker.read_to_end(&mut bytes).map_err(|e| wrong(&e))?;
        let (hops, rest) = bytes.as_chunks::<BYTES>();
        if !rest.is_empty() {
            let length = bytes.len();
            return Err(FingerprintError(format!(
                "{length} bytes are no whole number of 100 ms"
            )));
        }
        Ok(Self {
            hops: hops.to_vec(),
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
    pub fn of<R: Recording>(recording: &mut R) -> Result<Self, R::Error> {
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
        Seconds(self.hops.len() as f64 / 10.0)
    }

    /// Where this differs from what was expected by more than `tolerance_db` in loudness or in any octave.
    #[must_use]
    pub fn differences(&self, expected: &Self, tolerance_db: f64) -> Vec<Passage> {
        const SILENCE: [u8; BYTES] = [0; BYTES];
        let mut passages: Vec<Passage> = Vec::new();
        for hop in 0..self.hops.len().max(expected.hops.len()) {
            let [actual, expected] =
                [self, expected].map(|side| *side.hops.get(hop).unwrap_or(&SILENCE));
            let found = passage(hop, &actual, &expected);
            if found.loudness_db.abs().max(found.band_db.abs()) <= tolerance_db {
                continue;
            }
            match passages.last_mut() {
                Some(last) if found.from_s - last.to_s < 0.05 => last.join(&found),
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

fn passage(hop: usize, actual: &[u8; BYTES], expected: &[u8; BYTES]) -> Passage {
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
    hops: Vec<[u8; BYTES]>,
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
        Fingerprint { hops: self.hops }
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
}
