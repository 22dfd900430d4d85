//! The distinct tones of a plan: each strike is resolved once, and what comes out equal is one.

use std::hash::{BuildHasher, BuildHasherDefault};

use rustc_hash::{FxHashMap, FxHasher};

use super::layer_group::LayerGroup;
use super::modulation::CurveId;
use super::resolve::{self, HeldKey, StrikeKey};
use crate::bank::Bank;
use crate::dsp::bits::Words;
use crate::dsp::envelope::HeldEnvelope;
use crate::sound::resolved::{Destination, ToneSpec};
use crate::units::SampleRate;

/// A tone: what stages one and two make and the held envelope shapes, for all voices that are equal in it.
#[derive(Clone, Debug)]
pub struct Tone {
    /// What its samples depend on.
    pub identity: ToneIdentity,
    /// How many frames of it are needed at most.
    pub length: u64,
    /// How many voices use it.
    pub uses: u32,
    /// The last frame of the song, exclusive, at which it is needed.
    pub last_use: u64,
}

/// What a tone's samples depend on: its numbers, and what moves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToneIdentity {
    /// Its numbers, an index into [`Plan::specs`](super::Plan::specs).
    pub spec: u32,
    /// What moves it, if anything does.
    pub(super) movement: Option<MovementKey>,
}

/// What moves a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MovementKey {
    /// The frame of the onset.
    pub(super) onset: u64,
    /// By [`Destination`].
    pub(super) curves: [Option<CurveId>; Destination::COUNT],
}

impl Tone {
    /// A tone that nothing uses.
    pub(super) fn new(identity: ToneIdentity) -> Self {
        Self {
            identity,
            length: 0,
            uses: 0,
            last_use: 0,
        }
    }

    /// Takes note of a voice of it.
    pub(super) fn is_used(&mut self, onset: u64, length: u64) {
        self.length = self.length.max(length);
        self.uses = self.uses.saturating_add(1);
        self.last_use = self.last_use.max(onset + length);
    }
}

/// Which tones there are, by strikes and by what they are resolved to.
#[derive(Debug, Default)]
pub(super) struct Resolver<'a> {
    /// What strikes have been resolved to, ...
    known: FxHashMap<StrikeKey, u32>,
    /// ... the distinct numbers that came out, ...
    specs: Vec<ToneSpec<'a>>,
    /// ... and where those with a hash of their bits stand.
    by_bits: FxHashMap<u64, Vec<u32>>,
    held: FxHashMap<HeldKey, Box<[HeldEnvelope]>>,
}

/// Where strikes are resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sounds<'a, 'g> {
    pub(super) bank: &'a Bank,
    pub(super) groups: &'g [LayerGroup],
    pub(super) rate: SampleRate,
}

impl<'a> Sounds<'a, '_> {
    fn held(&self, key: HeldKey) -> Box<[HeldEnvelope]> {
        let group = &self.groups[key.group as usize];
        let layers = &self.bank.preset(group.preset).layers;
        let layers = group
            .layers
            .iter()
            .map(|layer| &layers[usize::from(*layer)]);
        let struck = (key.key, key.velocity);
        layers
            .map(|layer| resolve::held(layer, key.attack, struck, self.rate))
            .collect()
    }

    fn resolve(&self, struck: &StrikeKey, held: &[HeldEnvelope]) -> ToneSpec<'a> {
        let group = &self.groups[struck.held.group as usize];
        resolve::tone(
            self.bank.preset(group.preset),
            group,
            struck,
            held,
            self.rate,
        )
    }
}

impl<'a> Resolver<'a> {
    /// The held envelopes of a layer group.
    pub(super) fn held(&mut self, key: HeldKey, sounds: &Sounds<'a, '_>) -> &[HeldEnvelope] {
        self.held.entry(key).or_insert_with(|| sounds.held(key))
    }

    /// The numbers of a strike, by their index.
    pub(super) fn spec(&mut self, struck: &StrikeKey, sounds: &Sounds<'a, '_>) -> u32 {
        if let Some(spec) = self.known.get(struck) {
            return *spec;
        }
        let held = self.held(struck.held, sounds);
        let spec = sounds.resolve(struck, held);
        let words = Words::of(&spec);
        let hasher = BuildHasherDefault::<FxHasher>::default();
        let equal = self.by_bits.entry(hasher.hash_one(&words)).or_default();
        let specs = &mut self.specs;
        let found = equal
            .iter()
            .find(|index| Words::of(&specs[**index as usize]) == words);
        let index = found.copied().unwrap_or_else(|| {
            specs.push(spec);
            let index = specs.len() as u32 - 1;
            equal.push(index);
            index
        });
        self.known.insert(*struck, index);
        index
    }

    /// The numbers of a strike, resolved anew whatever is known; its index is of no other strike.
    pub(super) fn spec_anew(&mut self, struck: &StrikeKey, sounds: &Sounds<'a, '_>) -> u32 {
        let held = sounds.held(struck.held);
        self.specs.push(sounds.resolve(struck, &held));
        self.specs.len() as u32 - 1
    }

    /// What of a movement counts for some numbers: nothing, where there is nothing to be moved.
    pub(super) fn heeded(&self, spec: u32, movement: MovementKey) -> Option<MovementKey> {
        let spec = &self.specs[spec as usize];
        let mut curves = movement.curves;
        for destination in Destination::ALL {
            if !spec.heeds(destination) {
                curves[destination as usize] = None;
            }
        }
        let moves = curves.iter().any(Option::is_some);
        moves.then_some(MovementKey { curves, ..movement })
    }

    /// The distinct numbers.
    pub(super) fn into_specs(self) -> Vec<ToneSpec<'a>> {
        self.specs
    }
}
