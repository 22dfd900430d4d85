//! A score and a bank become work: the distinct tones, the voices that use them, and the curves that move them.
//!
//! The layers of a preset that are panned and let go alike sound as one: they are a `part`, and a voice is one part
//! of one note. Its tone's identity holds exactly what the tone's samples depend on; what a part does not use is left
//! out of it, so that equal things are found to be equal.
//!
//! Flow: `part` divides presets, `choke` finds the drums that cut each other off, `key_up` puts off what sounds when keys go
//! up, `planner` turns notes into voices and tones, `bus` places them, `group` says what is summed before the mix, `order`
//! brings all into the order of adding. An `excerpt` leaves out what is not asked for.

mod bus;
mod choke;
mod excerpt;
mod group;
mod key_up;
mod order;
mod part;
mod planner;

use std::collections::{BTreeMap, BTreeSet};

pub use bus::{Bus, Parts, SPREAD, SendGains, Sides};
pub use excerpt::Excerpt;
pub use group::{Group, Grouping};
pub use part::{LettingGo, Part, sounds};

pub use crate::score::{ChorusSetting, DelaySetting, Effects, ReverbKind, ReverbSetting};

use crate::bank::{Bank, PresetId};
use crate::dsp::curve::Curve;
use crate::dsp::envelope::{Held, Release};
use crate::score::{ChannelLanes, Glide, Instant, Lane, Score, Timebase};
use crate::sound::{Layer, Preset};
use crate::units::{Channel, Key, SampleRate};

/// Everything there is to do for a song.
#[derive(Debug)]
pub struct Plan<'a> {
    bank: &'a Bank,
    /// The rate that all frames here are counted at.
    pub rate: SampleRate,
    /// To the end of the song or of the last voice, whichever is later; effects may sound on.
    pub frames: u64,
    /// The frame at which the last voice has ended, heard or not.
    pub sound_end: u64,
    /// What of it is recorded.
    pub excerpt: Excerpt,
    /// The parts of presets that sound.
    pub parts: Vec<Part>,
    /// The distinct tones, in the order in which buses add them up: by the first of the buses that a tone is heard on, then by
    /// its first use.
    pub tones: Vec<ToneSpec>,
    /// The voices in order of their onsets.
    pub voices: Vec<Voice>,
    /// How voices end.
    pub endings: Vec<Ending>,
    /// The envelopes of the layers of parts while their keys are down.
    pub held: Vec<Box<[Held]>>,
    /// Where voices are summed, in order of their groups.
    pub buses: Vec<Bus>,
    /// What the buses are summed to, in order of adding.
    pub groups: Vec<Group>,
    /// What the effects are set to.
    pub effects: Effects,
    /// What moves the tones of each channel.
    pub channels: Vec<ToneCurves>,
    /// Vibrato by pressure on single keys, in cents.
    pub key_pressure: BTreeMap<(Channel, Key), Curve>,
    /// Notes that are not heard: drum keys without a drum, keys and velocities without a layer.
    pub silent_notes: u64,
}

/// One part of one note, or of several that are equal.
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
}

/// How a voice ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// Frames from the onset until its tone has died away by itself, if it does.
    pub natural: Option<u64>,
    /// What happens when it is let go.
    pub release: Release,
}

impl Ending {
    /// How many frames sound of a voice that is let go after `gate` frames.
    #[must_use]
    pub fn length(&self, gate: u64) -> u64 {
        let released = self.release.end(gate);
        self.natural
            .map_or(released, |natural| natural.min(released))
    }
}

/// A tone: what stages one and two make and the held envelope shapes, for all voices that are equal in it.
#[derive(Clone, Debug)]
pub struct ToneSpec {
    /// What its samples depend on.
    pub identity: Identity,
    /// Index of the held envelopes of its layers.
    pub held: u32,
    /// How many frames of it are needed at most.
    pub length: u64,
    /// How many voices use it.
    pub uses: u32,
    /// The last frame of the song, exclusive, at which it is needed.
    pub last_use: u64,
}

/// What a tone's samples depend on; fields that its part does not use are neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The part, an index into [`Plan::parts`].
    pub part: u32,
    /// The key.
    pub key: u8,
    /// The velocity.
    pub velocity: u8,
    /// What changes the held envelope.
    pub attack: AttackControls,
    /// What changes the vibrato.
    pub vibrato: VibratoControls,
    /// The glide that it begins with.
    pub glide: Option<Glide>,
    /// What the channel's controllers do meanwhile.
    pub motion: Motion,
}

/// What tells a tone that rests from all others of a bank, whatever the song.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ToneKey {
    preset: PresetId,
    layers: Vec<u16>,
    /// The bits of the part's.
    velocity_curve: u64,
    /// Of part 0.
    identity: Identity,
}

/// The controllers that shape the held envelope, at the onset; 64 is neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttackControls {
    /// Whether the note continues another, without an attack of its own.
    pub legato: bool,
    /// CC73.
    pub attack: u8,
    /// CC75.
    pub decay: u8,
}

/// The controllers that shape the vibrato, at the onset; 64 is neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VibratoControls {
    /// CC76.
    pub rate: u8,
    /// CC77.
    pub depth: u8,
    /// CC78.
    pub delay: u8,
}

/// What a channel's controllers do while a tone sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// They rest, at these values (as the bits of an `f32`, which can be compared).
    Still {
        /// Cents.
        pitch: u32,
        /// Cents.
        vibrato: u32,
        /// -1 to 1.
        brightness: u32,
        /// -1 to 1.
        resonance: u32,
    },
    /// They move: only tones of the same channel and onset are equal.
    Moving {
        /// The channel.
        channel: Channel,
        /// The frame of the onset.
        onset: u64,
        /// Whether brightness, or the resonance of a filter, ever leaves its neutral value meanwhile.
        timbre: bool,
    },
}

/// The curves of a channel that change its tones.
#[derive(Clone, Debug)]
pub struct ToneCurves {
    /// Cents.
    pub pitch: Curve,
    /// Depth in cents.
    pub vibrato: Curve,
    /// -1 to 1.
    pub brightness: Curve,
    /// -1 to 1.
    pub resonance: Curve,
}

impl ToneCurves {
    fn new(lanes: &ChannelLanes, scale: Scale) -> Self {
        Self {
            pitch: scale.curve(&lanes.pitch),
            vibrato: scale.curve(&lanes.vibrato),
            brightness: scale.curve(&lanes.brightness),
            resonance: scale.curve(&lanes.resonance),
        }
    }
}

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

    /// The same plan in which every voice has a tone of its own: the slow way to the same samples, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn unshared(mut self) -> Self {
        let shared = std::mem::take(&mut self.tones);
        let mut by_tone: Vec<&mut Voice> = self.voices.iter_mut().collect();
        // Stable: the order in which buses add up voices stays.
        by_tone.sort_by_key(|voice| voice.tone);
        for voice in by_tone {
            let tone = &shared[voice.tone as usize];
            voice.tone = self.tones.len() as u32;
            self.tones.push(ToneSpec {
                uses: 1,
                ..tone.clone()
            });
        }
        self
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

    /// The preset that a tone comes from.
    #[must_use]
    pub fn preset(&self, tone: &ToneSpec) -> &'a Preset {
        self.bank
            .preset(self.parts[tone.identity.part as usize].preset)
    }

    /// The presets that are heard.
    #[must_use]
    pub fn presets(&self) -> BTreeSet<PresetId> {
        let mut heard = vec![false; self.parts.len()];
        for tone in &self.tones {
            heard[tone.identity.part as usize] = true;
        }
        let parts = self.parts.iter().zip(heard).filter(|(_, heard)| *heard);
        parts.map(|(part, _)| part.preset).collect()
    }

    /// The layers that sound in a tone, with their index in the preset.
    pub fn layers(&self, tone: &ToneSpec) -> impl Iterator<Item = (u16, &'a Layer)> {
        let preset = self.preset(tone);
        let layers = &self.parts[tone.identity.part as usize].layers;
        layers
            .iter()
            .map(|index| (*index, &preset.layers[usize::from(*index)]))
    }

    /// What a tone is known by in other songs of the same bank and rate, unless something moves it that only this song does.
    #[must_use]
    pub fn tone_key(&self, tone: u32) -> Option<ToneKey> {
        let identity = self.tones[tone as usize].identity;
        let part = &self.parts[identity.part as usize];
        matches!(identity.motion, Motion::Still { .. }).then(|| ToneKey {
            preset: part.preset,
            layers: part.layers.clone(),
            velocity_curve: part.velocity_curve.to_bits(),
            identity: Identity {
                part: 0,
                ..identity
            },
        })
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

    fn curve(self, lane: &Lane) -> Curve {
        let changes = lane
            .points()
            .iter()
            .map(|(at, value)| (self.frame(*at), *value));
        Curve::ramped(lane.initial(), changes, self.rate)
    }
}
