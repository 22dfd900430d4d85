//! Plays songs for the tests: bytes of MIDI in, samples out, with a bank and settings of the test's choice.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use cascade::audio::Stereo;
use cascade::bank::Bank;
use cascade::mix::effects::Choice;
use cascade::plan::Plan;
use cascade::preset::Override;
use cascade::render::{Report, Settings, render};
use cascade::score::Score;
use cascade::song::{self, Song};
use cascade::tones::shared::SharedToneCache;
use cascade::units::SampleRate;
use cascade::wav::{Channels, SampleFormat, WavSpec, WavWriter};

use crate::smf::{Smf, Track};

/// The rate of a [`Player`] unless it is told otherwise.
pub(crate) const RATE: u32 = 44_100;

/// The bytes of a file in `fixtures/`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A song whose ticks are milliseconds.
pub(crate) fn song(write: impl FnOnce(&mut Track) -> &mut Track) -> Vec<u8> {
    Smf::new(500).track(|t| write(t.tempo(500_000))).to_bytes()
}

/// The score of a file that can be read.
pub(crate) fn read(bytes: &[u8]) -> Score {
    Song::read(bytes).unwrap().score
}

/// A WAV of one channel at 44.1 kHz.
pub(crate) fn wav(frames: &[f32]) -> Vec<u8> {
    let spec = WavSpec {
        channels: Channels::Mono,
        format: SampleFormat::F32,
        ..WavSpec::default()
    };
    let mut writer = WavWriter::new(Vec::new(), spec, frames.len() as u64);
    let sound = Stereo {
        left: frames.to_vec(),
        right: frames.to_vec(),
    };
    writer.write(&sound).unwrap();
    writer.finish().unwrap()
}

/// A bank, a rate and settings; the limiter and the effects are off.
pub(crate) struct Player {
    pub(crate) bank: Bank,
    pub(crate) rate: SampleRate,
    pub(crate) settings: Settings,
}

impl Player {
    /// Plays the General MIDI sounds.
    pub(crate) fn general_midi() -> Self {
        Self::with_bank(Bank::built_in(&[]).unwrap())
    }

    /// Plays every program with one preset.
    pub(crate) fn of(preset: &str) -> Self {
        Self::with(preset, &[])
    }

    /// Plays every program with one preset, some keys of which are set anew, as by `--set`.
    pub(crate) fn with(preset: &str, overrides: &[&str]) -> Self {
        let overrides: Vec<_> = overrides
            .iter()
            .map(|typed| Override::parse(typed).unwrap())
            .collect();
        let mut bank = Bank::built_in(&overrides).unwrap();
        let id = bank.find(preset).unwrap();
        bank.play_all_melodic_with(id);
        Self::with_bank(bank)
    }

    /// Plays every program with the TOML of a preset, beside which `a.wav` has these frames at 44.1 kHz.
    pub(crate) fn with_recording(toml: &str, frames: &[f32]) -> Self {
        let wav = wav(frames);
        let mut bank = Bank::built_in(&[]).unwrap();
        let id = bank
            .add_file("own.toml", toml.to_owned(), &mut |_| Ok(wav.clone()))
            .unwrap();
        bank.play_all_melodic_with(id);
        Self::with_bank(bank)
    }

    /// Plays programs with recordings of every loop mode, and drums as General MIDI does.
    pub(crate) fn with_recordings(frames: &[f32]) -> Self {
        let wav = wav(frames);
        let layer = |keys: &str| {
            let toml = format!(
                "[[layer]]\nwaveform = \"recording\"\nenvelope = {{ decay_s = 0.3, sustain_level = 0.4 }}\n\
                 recording = {{ file = \"a.wav\", {keys} }}"
            );
            toml.into_bytes()
        };
        let mut load = |file: &str| {
            Ok(match file {
                "once.toml" => layer("root_key = 57.3"),
                "forever.toml" => {
                    layer("loop_mode = \"forever\", loop_start = 300, loop_end = 317")
                }
                "until.toml" => layer("loop_mode = \"until_release\", loop_start = 500"),
                _ => wav.clone(),
            })
        };
        let text =
            "[programs]\n0-40 = \"once.toml\"\n41-80 = \"forever.toml\"\n81-127 = \"until.toml\"";
        Self::with_bank(Bank::from_toml("bank.toml", text, &mut load, &[]).unwrap())
    }

    fn with_bank(bank: Bank) -> Self {
        Self {
            bank,
            rate: SampleRate::new(RATE).unwrap(),
            settings: Settings {
                limiter: false,
                effects: Choice::DRY,
                ..Settings::default()
            },
        }
    }

    /// At another rate.
    pub(crate) fn at(mut self, hz: u32) -> Self {
        self.rate = SampleRate::new(hz).unwrap();
        self
    }

    /// With the limiter on.
    pub(crate) fn limited(mut self) -> Self {
        self.settings.limiter = true;
        self
    }

    /// With reverb and chorus, as the program plays.
    pub(crate) fn with_effects(mut self) -> Self {
        self.settings.effects = Choice::default();
        self
    }

    /// What there is to do for a score.
    pub(crate) fn plan(&self, score: &Score) -> Plan<'_> {
        Plan::new(score, &self.bank, self.rate)
    }

    /// The same with a tone for each voice, resolved by itself.
    pub(crate) fn plan_unshared(&self, score: &Score) -> Plan<'_> {
        Plan::unshared(score, &self.bank, self.rate)
    }

    /// The settings of the front door.
    pub(crate) fn song_settings(&self) -> song::Settings {
        song::Settings {
            sample_rate: self.rate,
            mix: self.settings,
            ..song::Settings::default()
        }
    }

    /// The sound of a song.
    pub(crate) fn play(&self, bytes: &[u8]) -> Stereo {
        let song = Song::read(bytes).unwrap();
        song.render(&self.bank, &self.song_settings()).unwrap().0
    }

    /// The left channel of a song.
    pub(crate) fn left(&self, bytes: &[u8]) -> Vec<f32> {
        self.play(bytes).left
    }

    /// The sound of a plan, and what the renderer says of it.
    pub(crate) fn perform(&self, plan: &Plan<'_>) -> (Stereo, Report) {
        self.perform_with(plan, None)
    }

    /// The same with what other songs have left.
    pub(crate) fn perform_with(
        &self,
        plan: &Plan<'_>,
        library: Option<&SharedToneCache>,
    ) -> (Stereo, Report) {
        let mut whole = Stereo::default();
        let sink = |block: &Stereo| {
            whole.extend(block);
            Ok::<_, Infallible>(())
        };
        let Ok(report) = render(plan, &self.settings, library, sink);
        (whole, report)
    }
}
