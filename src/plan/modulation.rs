//! What controllers do to tones: a curve over the song for each part, key and destination, made when its part is met.

use std::num::NonZeroU32;

use rustc_hash::FxHashMap;

use super::controls;
use super::scale::Scale;
use crate::dsp::curve::Curve;
use crate::score::Score;
use crate::sound::resolved::Destination;
use crate::units::{Key, Part};

/// Brightness (CC74) moves a filter's cutoff by up to this far either way, in octaves.
const BRIGHTNESS_OCTAVES: f32 = 4.0;

/// Resonance (CC71) moves a filter's resonance by up to this much either way.
const RESONANCE_RANGE: f32 = 0.5;

/// One of the curves of a plan, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CurveId(NonZeroU32);

impl CurveId {
    pub(super) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The curves that move tones.
#[derive(Debug)]
pub(super) struct Modulation<'s> {
    score: &'s Score,
    scale: Scale,
    curves: Vec<Curve>,
    /// The least and the greatest value of each.
    ranges: Vec<[f32; 2]>,
    /// By part: the curve of each destination.
    parts: FxHashMap<Part, [CurveId; Destination::COUNT]>,
    /// The vibrato of keys on which there is pressure.
    pressed: FxHashMap<(Part, Key), CurveId>,
}

impl<'s> Modulation<'s> {
    pub(super) fn new(score: &'s Score, scale: Scale) -> Self {
        Self {
            score,
            scale,
            curves: Vec::new(),
            ranges: Vec::new(),
            parts: FxHashMap::default(),
            pressed: FxHashMap::default(),
        }
    }

    /// What the controllers of a part do to tones of a key, by [`Destination`].
    pub(super) fn curves(&mut self, part: Part, key: Key) -> [CurveId; Destination::COUNT] {
        let mut ids = match self.parts.get(&part) {
            Some(ids) => *ids,
            None => {
                let ids = Destination::ALL.map(|destination| self.add(part, destination, None));
                self.parts.insert(part, ids);
                ids
            }
        };
        if !self.score.key_pressure.is_empty() && self.score.key_pressure.contains_key(&(part, key))
        {
            ids[Destination::Vibrato as usize] = match self.pressed.get(&(part, key)) {
                Some(id) => *id,
                None => {
                    let id = self.add(part, Destination::Vibrato, Some(key));
                    self.pressed.insert((part, key), id);
                    id
                }
            };
        }
        ids
    }

    fn add(&mut self, part: Part, destination: Destination, key: Option<Key>) -> CurveId {
        let curve = self.made((part, destination, key));
        self.ranges.push(curve.range());
        self.curves.push(curve);
        CurveId(NonZeroU32::MIN.saturating_add(self.curves.len() as u32 - 1))
    }

    /// A curve.
    pub(super) fn curve(&self, id: CurveId) -> &Curve {
        &self.curves[id.index()]
    }

    /// The least and the greatest value of a curve.
    pub(super) fn range(&self, id: CurveId) -> [f32; 2] {
        self.ranges[id.index()]
    }

    fn made(&self, (part, destination, key): (Part, Destination, Option<Key>)) -> Curve {
        let Some(lanes) = self.score.lanes(part) else {
            return Curve::new(0.0);
        };
        let automation = match destination {
            Destination::Pitch => controls::pitch(lanes, self.score),
            Destination::Vibrato => {
                let pressure = key.and_then(|key| self.score.key_pressure.get(&(part, key)));
                match pressure {
                    None => controls::vibrato(lanes, self.score),
                    Some(pressure) => controls::pressed_vibrato(lanes, pressure),
                }
            }
            Destination::Cutoff => {
                controls::brightness(lanes, self.score).times(BRIGHTNESS_OCTAVES)
            }
            Destination::Resonance => controls::resonance(lanes, self.score).times(RESONANCE_RANGE),
        };
        automation.curve(self.scale)
    }

    /// All curves that were asked for.
    pub(super) fn into_curves(self) -> Vec<Curve> {
        self.curves
    }
}
