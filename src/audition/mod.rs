//! Plays a preset on its own and judges what comes out: finite, level, direct current, clicks, tail, tuning.

mod tuning;

use std::fmt;
use std::ops::RangeInclusive;

use crate::bank::Bank;
use crate::midi::Message;
use crate::render;
use crate::song::{Settings, Song, SongError};
use crate::sound::{Layer, Preset};
use crate::units::{Channel, Decibels, Key, SampleRate, Seconds, Velocity};

/// How long each key is held.
const GATE: Seconds = Seconds(0.6);

/// Where direct current becomes a fault.
const MOST_DC: Decibels = Decibels(-60.0);

/// The share of the peak that the very first frame may have: a longer step clicks.
const FIRST_FRAME: f32 = 0.03;

/// The share of the peak that the last frame may have: -50 dB.
const LAST_FRAME: f32 = 0.003;

/// The range in which the peak of a note struck with full force should lie.
const LEVELS: RangeInclusive<f64> = -45.0..=3.0;

/// The longest tail.
const LONGEST_TAIL: Seconds = Seconds(60.0);

/// How far off a key may be. Stretched tuning and the swing of a vibrato stay below it.
const MOST_CENTS: f64 = 45.0;

/// What was heard of a preset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audition {
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// The largest magnitude at full velocity, in dBFS.
    pub peak: Option<Decibels>,
    /// The longest time from a note's end to the end of its sound.
    pub tail: Option<Seconds>,
    /// The key that is farthest out of tune, and how far, in cents; `None` where there is no pitch to be found.
    pub tuning: Option<(Key, f64)>,
}

/// Something wrong with a preset on a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// The key.
    pub key: Key,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// Samples that are no numbers.
    NotFinite,
    /// Nothing is heard.
    Silent,
    /// A peak outside of the range that fits other presets.
    Level(Decibels),
    /// Direct current.
    Direct(Decibels),
    /// The sound starts with a step of this share of its peak.
    ClickAtStart(f32),
    /// The sound is cut off at this share of its peak.
    ClickAtEnd(f32),
    /// The tail takes this long.
    Endless(Seconds),
    /// The key is this many cents off.
    OutOfTune(f64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}: ", self.key)?;
        match self.kind {
            FaultKind::NotFinite => f.write_str("samples that are no numbers"),
            FaultKind::Silent => f.write_str("nothing is heard"),
            FaultKind::Level(Decibels(level)) => write!(
                f,
                "its peak of {level:.1} dBFS lies outside {} to {} dBFS; change level_db",
                LEVELS.start(),
                LEVELS.end()
            ),
            FaultKind::Direct(Decibels(level)) => {
                write!(
                    f,
                    "direct current at {level:.1} dBFS; change the waveform or add a highpass"
                )
            }
            FaultKind::ClickAtStart(share) => write!(
                f,
                "it starts with a step of {:.0} % of its peak; lengthen envelope.attack_s",
                share * 100.0
            ),
            FaultKind::ClickAtEnd(share) => write!(
                f,
                "it is cut off at {:.1} % of its peak; lengthen envelope.release_s",
                share * 100.0
            ),
            FaultKind::Endless(Seconds(seconds)) => write!(
                f,
                "its tail takes {seconds:.0} s, more than {}; shorten envelope.release_s",
                LONGEST_TAIL.0
            ),
            FaultKind::OutOfTune(cents) => write!(f, "it is {cents:+.0} cents out of tune"),
        }
    }
}

impl Audition {
    /// Plays a preset over its range, at full and at low velocity, and under the sustain pedal if it heeds that.
    ///
    /// # Errors
    /// None: the song that is played is well formed, and may be as long as it is.
    pub fn of(preset: &Preset, bank: Bank) -> Result<Self, SongError> {
        let mut bank = bank;
        let id = bank.add(preset.clone());
        bank.play_all_melodic_with(id);
        let mut audition = Self::default();
        for key in keys(preset) {
            for (velocity, pedal) in strokes(preset) {
                let note = play(&bank, key, velocity, pedal)?;
                audition.hear(preset, key, velocity, &note);
            }
        }
        Ok(audition)
    }

    fn hear(&mut self, preset: &Preset, key: Key, velocity: u8, note: &Note) {
        let mut fault = |kind| self.faults.push(Fault { key, kind });
        let samples = &note.samples;
        if let Some(tail) = note.tail.filter(|tail| *tail > LONGEST_TAIL) {
            return fault(FaultKind::Endless(tail));
        }
        if !samples.iter().all(|sample| sample.is_finite()) {
            return fault(FaultKind::NotFinite);
        }
        let peak = crate::audio::peak(samples);
        if peak < 1e-6 {
            // The softest notes of a layered preset may be left out.
            if velocity == 127 {
                fault(FaultKind::Silent);
            }
            return;
        }
        let level = Decibels::from_gain(f64::from(peak));
        if velocity == 127 && !LEVELS.contains(&level.0) {
            fault(FaultKind::Level(level));
        }
        let direct = Decibels::from_gain(tuning::mean(samples).abs());
        if direct.0 > MOST_DC.0 {
            fault(FaultKind::Direct(direct));
        }
        let share = |sample: Option<&f32>| sample.map_or(0.0, |sample| sample.abs() / peak);
        let (first, last) = (share(samples.first()), share(samples.last()));
        if first > FIRST_FRAME {
            fault(FaultKind::ClickAtStart(first));
        }
        if last > LAST_FRAME {
            fault(FaultKind::ClickAtEnd(last));
        }
        if velocity == 127 {
            self.measure(preset, key, level, note);
        }
    }

    /// Enters the figures of a note at full velocity.
    fn measure(&mut self, preset: &Preset, key: Key, level: Decibels, note: &Note) {
        let highest = self.peak.map_or(level.0, |peak| peak.0.max(level.0));
        self.peak = Some(Decibels(highest));
        let longest = self.tail.map_or(0.0, |tail| tail.0);
        self.tail = Some(Seconds(note.tail.map_or(0.0, |tail| tail.0).max(longest)));
        let Some(cents) = tuning::error(preset, key, &note.samples, note.rate) else {
            return;
        };
        if cents.abs() > MOST_CENTS {
            let kind = FaultKind::OutOfTune(cents);
            self.faults.push(Fault { key, kind });
        }
        if self
            .tuning
            .is_none_or(|(_, worst)| cents.abs() > worst.abs())
        {
            self.tuning = Some((key, cents));
        }
    }
}

/// The velocities at which keys are struck, and whether the sustain pedal is down.
fn strokes(preset: &Preset) -> Vec<(u8, bool)> {
    let mut strokes = vec![(127, false), (24, false)];
    let pedalled = |layer: &Layer| layer.sustain_pedal.is_some();
    if preset.layers.iter().any(pedalled) {
        strokes.push((127, true));
    }
    strokes
}

/// The keys that a preset is tried on: one for a drum, else one in each octave of a piano that a layer sounds on.
fn keys(preset: &Preset) -> Vec<Key> {
    let unpedalled = |layer: &&Layer| layer.sustain_pedal != Some(true);
    let sounds = |key: u8| {
        let mut layers = preset.layers.iter().filter(unpedalled);
        layers.any(|layer| layer.keys.contains(&key))
    };
    let tried: Vec<u8> = match preset.one_shot {
        true => (60..=60)
            .chain(0..=127)
            .filter(|key| sounds(*key))
            .take(1)
            .collect(),
        false => (24..=108).step_by(12).filter(|key| sounds(*key)).collect(),
    };
    let first = (0..=127).find(|key| sounds(*key));
    let tried = if tried.is_empty() {
        first.into_iter().collect()
    } else {
        tried
    };
    tried.into_iter().map(Key::new).collect()
}

/// A note that was played.
struct Note {
    samples: Vec<f32>,
    /// The time from its end to the end of its sound.
    tail: Option<Seconds>,
    rate: SampleRate,
}

fn play(bank: &Bank, key: Key, velocity: u8, pedal: bool) -> Result<Note, SongError> {
    let settings = Settings {
        longest: Seconds(f64::INFINITY),
        mix: render::Settings {
            limiter: false,
            ..render::Settings::default()
        },
        ..Settings::default()
    };
    let performance = song(key, velocity, pedal).perform(bank, &settings)?;
    let tail = Seconds(performance.duration().0 - GATE.0);
    let mut samples = Vec::new();
    if tail <= LONGEST_TAIL {
        let (sound, _) = performance.render();
        let pairs = sound.left.iter().zip(&sound.right);
        samples.extend(pairs.map(|(left, right)| left + right));
    }
    Ok(Note {
        samples,
        tail: Some(tail),
        rate: settings.sample_rate,
    })
}

/// One note, which key and sustain pedal let go at once.
fn song(key: Key, velocity: u8, pedal: bool) -> Song {
    let control = |controller, value| Message::Control { controller, value };
    // At full volume, panned to one side, so that both sides add up to the preset's own level; sends off.
    let start = [
        control(7, 127),
        control(10, 0),
        control(91, 0),
        control(93, 0),
        control(64, if pedal { 127 } else { 0 }),
        Message::NoteOn {
            key,
            velocity: Velocity::new(velocity),
        },
    ];
    let end = [
        Message::NoteOff {
            key,
            velocity: Velocity::new(0),
        },
        control(64, 0),
    ];
    let at = |time| move |message| (time, Channel::new(0), message);
    let start = start.into_iter().map(at(Seconds(0.0)));
    Song::played(start.chain(end.into_iter().map(at(GATE))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Audition {
        let preset = Preset::parse("my.toml", text, &[]).unwrap();
        Audition::of(&preset, Bank::built_in(&[]).unwrap()).unwrap()
    }

    fn faults(text: &str) -> String {
        let faults = heard(text).faults;
        faults.first().map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn a_sound_without_fault_is_in_tune_and_as_loud_as_it_says() {
        let audition = heard("[[layer]]\nwaveform = \"sawtooth\"\nlevel_db = -12");
        assert_eq!(audition.faults, []);
        let (_, cents) = audition.tuning.unwrap();
        assert!(cents.abs() < 0.1, "{cents}");
        assert!((audition.peak.unwrap().0 + 11.0).abs() < 1.5);
    }

    #[test]
    fn each_fault_is_found() {
        let layer = "[[layer]]\nwaveform = \"sine\"\n";
        assert!(faults(&format!("{layer}level_db = -90")).contains("outside -45 to 3 dBFS"));
        assert!(faults(&format!("{layer}detune_cents = 60")).contains("cents out of tune"));
        assert!(faults(&format!("{layer}envelope.release_s = 60")).is_empty());
        assert!(
            faults(&format!(
                "{layer}envelope = {{ delay_s = 5, attack_s = 1 }}"
            ))
            .contains("nothing is heard")
        );
        let square = "[[layer]]\nwaveform = \"pulse\"\nenvelope.attack_s = 0";
        assert!(
            faults(square).contains("starts with a step"),
            "{}",
            faults(square)
        );
        let halo = format!("{layer}[[layer]]\nwaveform = \"pulse\"\nsustain_pedal = \"down\"\n");
        assert!(faults(&format!("{halo}envelope.attack_s = 0")).contains("starts with a step"));
        let cut = "[[layer]]\nwaveform = \"sawtooth\"\nenvelope.release_s = 0";
        assert!(faults(cut).contains("is cut off"), "{}", faults(cut));
    }
}
