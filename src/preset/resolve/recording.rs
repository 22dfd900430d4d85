//! The recording of a layer: a WAV beside the preset, with its key and its loop.

use std::ops::Range;

use super::table::Table;
use crate::dsp::sinc;
use crate::preset::error::PresetError;
use crate::preset::file::RecordingFile;
use crate::preset::reference as keys;
use crate::preset::{Channel, Load};
use crate::sound::{LoopMode, Recording};
use crate::units::{Cents, Hertz};
use crate::wav::{Oddity, Planes, WavReader};

/// The rates that a file may have.
const RATES: Range<u32> = 1_000..1_000_001;

/// Frames that are read at once.
const BLOCK: usize = 1 << 16;

pub(super) fn resolve(
    typed: Option<&RecordingFile>,
    table: Table<'_>,
    load: &mut Load<'_>,
) -> Result<Recording, PresetError> {
    let none = RecordingFile::default();
    let typed = typed.unwrap_or(&none);
    let file = typed.file.as_deref().filter(|file| !file.is_empty());
    let file =
        file.ok_or_else(|| table.required(&keys::RECORDING_FILE, "a WAV beside the preset"))?;
    let refuse = |reason: String| table.refused_file(&keys::RECORDING_FILE, file, reason);
    let channel = table.word(
        &keys::RECORDING_CHANNEL,
        typed.channel.as_deref(),
        &keys::CHANNELS,
    )?;
    let mode = table.word(
        &keys::RECORDING_LOOP_MODE,
        typed.loop_mode.as_deref(),
        &keys::LOOP_MODES,
    )?;
    let root = Cents(100.0 * table.number(&keys::RECORDING_ROOT_KEY, typed.root_key)?);
    let start = table.whole(&keys::RECORDING_LOOP_START, typed.loop_start)?;
    let end = typed.loop_end;
    let end = end.map(|end| table.whole(&keys::RECORDING_LOOP_END, Some(end)));
    let end = end.transpose()?;
    let bytes = load(file).map_err(refuse)?;
    let (frames, rate) = frames(&bytes, channel).map_err(refuse)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes);
    drop(bytes);
    let end = end.unwrap_or(frames.len());
    let looped = mode != LoopMode::Never;
    if looped && !(start < end && end <= frames.len()) {
        let length = frames.len();
        return Err(refuse(format!(
            "the loop from frame {start} to {end} does not lie in its {length} frames; choose loop_start < loop_end <= {length}"
        )));
    }
    Ok(Recording {
        frames: sinc::RecordedFrames::new(&frames, looped.then_some(start..end)),
        mode,
        rate: Hertz(f64::from(rate)),
        root,
        hash: hash(hasher, &[channel as usize, start, end]),
    })
}

/// The hash of a file, which `hasher` has taken in, and of what is heard of it.
fn hash(mut hasher: blake3::Hasher, heard: &[usize]) -> [u8; 32] {
    for number in heard {
        hasher.update(&(*number as u64).to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// One channel of a WAV file, and its rate; or why it cannot be had.
fn frames(bytes: &[u8], channel: Channel) -> Result<(Vec<f32>, u32), String> {
    let mut reader = WavReader::of_bytes(bytes).map_err(|error| error.to_string())?;
    let header = reader.header();
    let (rate, channels, count) = (header.rate, header.channels, header.frames);
    let is_lost = |oddity: &&Oddity| match oddity {
        Oddity::Truncated { .. } | Oddity::PartialFrame(_) => true,
        Oddity::SizeOpen | Oddity::PadMissing | Oddity::ValidBits { .. } => false,
    };
    if let Some(oddity) = header.oddities.iter().find(is_lost) {
        return Err(format!("{oddity}; save it again"));
    }
    if !RATES.contains(&rate) {
        let (low, high) = (RATES.start, RATES.end - 1);
        return Err(format!(
            "its rate of {rate} Hz is not one of {low} to {high} Hz"
        ));
    }
    if count == 0 {
        return Err("it has no frames".to_owned());
    }
    if channel == Channel::Right && channels < 2 {
        return Err("it has one channel only; choose channel = \"mix\"".to_owned());
    }
    let mut planes = Planes::new();
    let mut frames: Vec<f32> = Vec::with_capacity(count as usize);
    while (frames.len() as u64) < count {
        let read = reader.read(frames.len() as u64, BLOCK, &mut planes);
        read.map_err(|error| error.to_string())?;
        let before = frames.len();
        match channel {
            Channel::Left => frames.extend(planes[0].iter().map(|sample| *sample as f32)),
            Channel::Right => frames.extend(planes[1].iter().map(|sample| *sample as f32)),
            Channel::Mix => {
                let share = 1.0 / f64::from(channels);
                let sum = |frame: usize| planes.iter().map(|plane| plane[frame]).sum::<f64>();
                frames.extend((0..planes[0].len()).map(|frame| (sum(frame) * share) as f32));
            }
        }
        if frames.len() == before {
            return Err("it ends before its last frame".to_owned());
        }
    }
    match frames.iter().position(|sample| !sample.is_finite()) {
        Some(frame) => Err(format!("frame {frame} is no number")),
        None => Ok((frames, rate)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::NO_FILES;
    use crate::sound::{Preset, Waveform};

    /// A WAV of 16 bits: a header of 44 bytes, and samples.
    fn wav(channels: u16, samples: &[i16]) -> Vec<u8> {
        let data = 2 * samples.len() as u32;
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((36 + data).to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
        bytes.extend(channels.to_le_bytes());
        bytes.extend(8000u32.to_le_bytes());
        bytes.extend((16_000 * u32::from(channels)).to_le_bytes());
        bytes.extend((2 * channels).to_le_bytes());
        bytes.extend(16u16.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(data.to_le_bytes());
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        bytes
    }

    fn parse(keys: &str, file: Vec<u8>) -> Result<Preset, String> {
        let text = format!(
            "[[layer]]\nwaveform = \"recording\"\n[layer.recording]\nfile = \"a.wav\"\n{keys}"
        );
        let mut load = |name: &str| match name {
            "a.wav" => Ok(file.clone()),
            _ => Err("no such file".to_owned()),
        };
        let parsed = Preset::parse_with("my.toml", &text, &[], &mut load);
        parsed.map_err(|error| error.to_string())
    }

    fn recording(keys: &str, file: Vec<u8>) -> (usize, LoopMode, f64) {
        let preset = parse(keys, file).unwrap();
        let Waveform::Recording(recording) = &preset.layers[0].waveform else {
            panic!("{:?}", preset.layers[0].waveform);
        };
        (recording.frames.frames(), recording.mode, recording.root.0)
    }

    #[test]
    fn a_wav_beside_the_preset_is_played() {
        let mono = wav(1, &[1, 2, 3]);
        assert_eq!(recording("", mono.clone()), (3, LoopMode::Never, 6000.0));
        let looped = "root_key = 57.5\nloop_mode = \"until_release\"\nloop_start = 1";
        assert_eq!(recording(looped, mono), (3, LoopMode::UntilRelease, 5750.0));
        assert_eq!(recording("channel = \"right\"", wav(2, &[1, 2, 3, 4])).0, 2);
    }

    #[test]
    fn what_cannot_be_played_is_told() {
        let check = |keys: &str, file: Vec<u8>, expected: &str| {
            let message = parse(keys, file).unwrap_err();
            assert!(message.contains(expected), "{message}");
        };
        let mono = wav(1, &[1, 2, 3]);
        check(
            "loop_mode = \"forever\"\nloop_end = 4",
            mono.clone(),
            "3 frames",
        );
        check(
            "loop_mode = \"forever\"\nloop_start = 3",
            mono.clone(),
            "3 frames",
        );
        check("channel = \"right\"", mono.clone(), "one channel only");
        check("", wav(1, &[]), "no frames");
        check("", b"no wav at all".to_vec(), "my.toml:4: a.wav: ");
        check("loop_mode = \"for ever\"", mono, "did you mean");
        let text = "[[layer]]\nwaveform = \"recording\"";
        let missing = Preset::parse("my.toml", text, &[]).unwrap_err().to_string();
        assert!(
            missing.contains("layer.1.recording.file is missing"),
            "{missing}"
        );
        let file = "[[layer]]\nwaveform = \"recording\"\nrecording.file = \"a.wav\"";
        let unread = Preset::parse("my.toml", file, &[]).unwrap_err().to_string();
        assert!(unread.contains(NO_FILES), "{unread}");
    }
}
