//! What controllers do to tones: a curve over the song for each part, key and destination, made when it is asked for.

use std::num::NonZeroU32;

use rustc_hash::FxHashMap;

use super::Scale;
use super::controls;
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
    /// By part, destination, and key where pressure on it counts.
    ids: FxHashMap<(Part, Destination, Option<Key>), CurveId>,
}

impl<'s> Modulation<'s> {
    pub(super) fn new(score: &'s Score, scale: Scale) -> Self {
        Self {
            score,
            scale,
            curves: Vec::new(),
            ranges: Vec::new(),
            ids: FxHashMap::default(),
        }
    }

    /// What the controllers of a part do to tones of a key.
    pub(super) fn curve(
        &mut self,
        part: Part,
        key: Key,
        destination: Destination,
    ) -> (CurveId, &Curve) {
        let is_pressed = destination == Destination::Vibrato
            && self.score.key_pressure.contains_key(&(part, key));
        let place = (part, destination, is_pressed.then_some(key));
        let id = match self.ids.get(&place) {
            Some(id) => *id,
            None => {
                let curve = self.made(place);
                self.ranges.push(curve.range());
                self.curves.push(curve);
                let id = NonZeroU32::MIN.saturating_add(self.curves.len() as u32 - 1);
                self.ids.insert(place, CurveId(id));
                CurveId(id)
            }
        };
        (id, &self.curves[id.index()])
    }

    /// The least and the greatest value of a curve.
    pub(super) fn range(&mut self, part: Part, key: Key, destination: Destination) -> [f32; 2] {
        let (id, _) = self.curve(part, key, destination);
        self.ranges[id.index()]
    }

    fn made(&self, (part, destination, key): (Part, Destination, Option<Key>)) -> Curve {
        let Some(lanes) = self.score.lanes(part) else {
            return Curve::new(0.0);
        };
        let course = match destination {
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
        course.curve(self.scale)
    }

    /// All curves that were asked for.
    pub(super) fn into_curves(self) -> Vec<Curve> {
        self.curves
    }
}
