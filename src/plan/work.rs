//! All there is to do for a song, and what can be asked of it.

use std::collections::BTreeSet;

use super::bus::Bus;
use super::excerpt::Excerpt;
use super::group::Group;
use super::layer_group::LayerGroup;
use super::tone::Tone;
use super::voice::{Ending, Voice};
use crate::bank::PresetId;
use crate::dsp::bits::Words;
use crate::dsp::curve::Curve;
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
    pub(super) curves: Vec<Curve>,
    /// Notes that are not heard: drum keys without a drum, keys and velocities without a layer.
    pub silent_notes: u64,
}

/// What tells a tone that nothing moves from all others of a bank, whatever the song.
pub type ToneKey = Words;

impl<'a> Plan<'a> {
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
