//! A score and a bank become work: the distinct tones, the voices that use them, and the curves that move them.
//!
//! The layers of a preset that are placed and let go alike sound as one: they are a layer group, and a voice is one layer
//! group of one note. `resolve` turns a strike into numbers; what comes out equal is one tone.
//!
//! Flow: `layer_group` divides presets, `choke` finds the drums that cut each other off, `key_up` puts off what sounds when
//! keys go up, `planner` turns notes into voices, `resolve` and `tone` find their tones, `modulation` makes the curves that
//! move them, `bus` places them, `group` says what is summed before the mix, `order` brings all into the order of adding.
//! An `excerpt` leaves out what is not asked for.

mod bus;
mod choke;
pub mod controls;
mod excerpt;
mod group;
mod key_up;
mod layer_group;
mod modulation;
mod order;
mod planner;
mod resolve;
mod tone;

use std::collections::BTreeSet;

pub use bus::{Bus, Parts, SPREAD, SendGains, Sides};
pub use excerpt::Excerpt;
pub use group::{Group, Grouping};
pub use layer_group::{LayerGroup, sounds};
pub use tone::{Tone, ToneIdentity};

use crate::bank::{Bank, PresetId};
use crate::dsp::bits::{Bits, Words, bits};
use crate::dsp::curve::Curve;
use crate::dsp::envelope::{Release, Segments};
use crate::score::{Instant, Score, Timebase};
use crate::sound::effects::Effects;
use crate::sound::resolved::{Movement, ToneSpec};
use crate::units::SampleRate;

/// Everything there is to do for a song.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The rate that all frames here are counted at.
    pub rate: SampleRate,
    /// To the end of the song or of the last voice, whichever is later; effects may sound on.
    pub frames: u64,
    /// The frame at which the last voice has ended, heard or not.
    pub sound_end: u64,
    /// What of it is recorded.
    pub excerpt: Excerpt,
    /// The layer groups that sound.
    pub layer_groups: Vec<LayerGroup>,
    /// The numbers of tones, each distinct one once.
    pub specs: Vec<ToneSpec<'a>>,
    /// The distinct tones, in the order in which buses add them up: by the first of the buses that a tone is heard on, then by
    /// its first use.
    pub tones: Vec<Tone>,
    /// The voices in order of their onsets.
    pub voices: Vec<Voice>,
    /// How voices end.
    pub endings: Vec<Ending>,
    /// Where voices are summed, in order of their groups.
    pub buses: Vec<Bus>,
    /// What the buses are summed to, in order of adding.
    pub groups: Vec<Group>,
    /// What the effects are set to.
    pub effects: Effects,
    /// What moves tones.
    curves: Vec<Curve>,
    /// Notes that are not heard: drum keys without a drum, keys and velocities without a layer.
    pub silent_notes: u64,
}

/// One layer group of one note, or of several that are equal.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// The frame at which it begins.
    pub onset: u64,
    /// Frames until its release.
    pub gate: u64,
    /// Index of its tone.
    pub tone: u32,
    /// Index of its ending.
    pub ending: u32,
    /// Linear gain.
    pub gain: f32,
    /// Index of its bus.
    pub bus: u32,
    /// Index of its layer group.
    pub layer_group: u32,
}

/// How a voice ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// Frames from the onset until its tone has died away by itself, if it does.
    pub natural: Option<u64>,
    /// How loud it is over time, apart from what its tone has of that.
    pub envelope: VoiceEnvelope,
}

bits!(Ending { natural, envelope });

/// What a voice's tone is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VoiceEnvelope {
    /// The tone has its held envelope in it: only the release.
    Baked(Release),
    /// All of it.
    Segments(Segments),
}

impl Bits for VoiceEnvelope {
    fn write(&self, words: &mut Words) {
        match self {
            Self::Baked(release) => (0u8, release).write(words),
            Self::Segments(segments) => (1u8, segments).write(words),
        }
    }
}

impl VoiceEnvelope {
    /// Frames from the onset to silence, if the key goes up after `gate` of them.
    #[must_use]
    pub fn end(&self, gate: u64) -> u64 {
        match self {
            Self::Baked(release) => release.end(gate),
            Self::Segments(segments) => segments.end(gate),
        }
    }
}

impl Ending {
    /// How many frames sound of a voice that is let go after `gate` frames.
    #[must_use]
    pub fn length(&self, gate: u64) -> u64 {
        let released = self.envelope.end(gate);
        self.natural
            .map_or(released, |natural| natural.min(released))
    }
}

/// What tells a tone that nothing moves from all others of a bank, whatever the song.
pub type ToneKey = Words;

impl<'a> Plan<'a> {
    /// Plans a score with the sounds of a bank.
    #[must_use]
    pub fn new(score: &Score, bank: &'a Bank, rate: SampleRate) -> Self {
        Self::grouped(score, bank, rate, Grouping::default())
    }

    /// Plans a score of which the groups are to be heard by themselves. The grouping is the order of adding, so the last
    /// bits of the mix depend on it.
    #[must_use]
    pub fn grouped(score: &Score, bank: &'a Bank, rate: SampleRate, grouping: Grouping) -> Self {
        planner::plan(score, bank, rate, grouping)
    }

    /// The plan of a score in which every voice has a tone of its own, resolved from its own strike by itself: the slow way to
    /// the same samples, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn unshared(score: &Score, bank: &'a Bank, rate: SampleRate) -> Self {
        planner::plan_unshared(score, bank, rate)
    }

    /// From when to when voices sound on each bus: the first onset, and the last end. Voices that an excerpt or a mute
    /// leaves out count too.
    #[must_use]
    pub fn bus_spans(&self) -> Vec<(u64, u64)> {
        self.buses.iter().map(|bus| bus.span).collect()
    }

    /// The most voices that sound at once.
    #[must_use]
    pub fn peak_polyphony(&self) -> usize {
        let mut ends: Vec<u64> = self
            .voices
            .iter()
            .map(|voice| voice.onset + self.length(voice))
            .collect();
        ends.sort_unstable();
        let (mut ended, mut peak) = (0, 0);
        for (begun, voice) in self.voices.iter().enumerate() {
            ended += ends[ended..]
                .iter()
                .take_while(|end| **end <= voice.onset)
                .count();
            peak = peak.max(begun + 1 - ended);
        }
        peak
    }

    /// The presets that are heard.
    #[must_use]
    pub fn presets(&self) -> BTreeSet<PresetId> {
        let mut heard = vec![false; self.layer_groups.len()];
        for voice in &self.voices {
            heard[voice.layer_group as usize] = true;
        }
        let groups = self.layer_groups.iter().zip(heard);
        groups
            .filter(|(_, heard)| *heard)
            .map(|(group, _)| group.preset)
            .collect()
    }

    /// The numbers of a tone.
    #[must_use]
    pub fn spec(&self, tone: &Tone) -> &ToneSpec<'a> {
        &self.specs[tone.identity.spec as usize]
    }

    /// What moves a tone.
    #[must_use]
    pub fn movement(&self, tone: &Tone) -> Movement<'_> {
        let Some(movement) = tone.identity.movement else {
            return Movement::default();
        };
        Movement {
            onset: movement.onset,
            curves: movement
                .curves
                .map(|curve| curve.map(|id| &self.curves[id.index()])),
        }
    }

    /// What a tone is known by in other songs of the same bank and rate, unless something moves it that only this song does.
    #[must_use]
    pub fn tone_key(&self, tone: u32) -> Option<ToneKey> {
        let tone = &self.tones[tone as usize];
        let rests = tone.identity.movement.is_none();
        rests.then(|| Words::of(self.spec(tone)))
    }

    /// How a voice ends.
    #[must_use]
    pub fn ending(&self, voice: &Voice) -> &Ending {
        &self.endings[voice.ending as usize]
    }

    /// How many frames of a voice sound.
    #[must_use]
    pub fn length(&self, voice: &Voice) -> u64 {
        self.ending(voice).length(voice.gate)
    }
}

/// Where instants lie in frames.
#[derive(Clone, Copy, Debug)]
struct Scale {
    timebase: Timebase,
    rate: SampleRate,
}

impl Scale {
    fn frame(self, instant: Instant) -> u64 {
        self.timebase.frame(instant, self.rate)
    }
}
