//! A tone: the layers of a part, each through its stages, added up. It can be rendered in pieces.

use super::envelope;
use super::layer::{self, LayerRecipe};
use crate::dsp::envelope::Held;
use crate::plan::{Plan, ToneSpec};
use crate::units::{Key, Velocity};

/// Frames that a layer renders before the next one is added: they stay in the first-level cache. Pieces of a tone begin
/// at multiples of it.
pub const CHUNK: usize = 1024;

/// All that a tone's samples depend on, ready to render.
#[derive(Debug)]
pub struct Recipe<'a> {
    layers: Vec<ShapedLayer<'a>>,
}

#[derive(Debug)]
struct ShapedLayer<'a> {
    recipe: LayerRecipe<'a>,
    held: Held,
    level: f32,
}

/// Room for what layers and oscillators are made of; anything may be left in it.
pub type Scratch = [[f32; CHUNK]];

/// The chunks of [`Scratch`] that a tone takes: a layer, a copy of its unison, and one of the waves of that.
pub const SCRATCH: usize = 3;

/// Where a tone's rendering stands: enough to go on from there.
#[derive(Clone, Debug)]
pub struct State {
    frame: u64,
    layers: Vec<layer::State>,
}

impl State {
    /// Its bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.layers.iter().map(layer::State::memory).sum()
    }
}

/// The bytes of the state of a tone, from its onset on.
#[must_use]
pub fn state_memory(tone: &ToneSpec, plan: &Plan<'_>) -> usize {
    let layers = plan.layers(tone);
    layers
        .map(|(_, layer)| LayerRecipe::memory((tone, layer), plan))
        .sum()
}

impl<'a> Recipe<'a> {
    /// The recipe of one of the plan's tones.
    #[must_use]
    pub fn new(tone: &ToneSpec, plan: &'a Plan<'_>) -> Self {
        let held = &plan.held[tone.held as usize];
        let layers = plan.layers(tone).zip(held);
        let layers = layers.map(|((index, layer), held)| ShapedLayer {
            recipe: LayerRecipe::new(tone, (index, layer), plan),
            held: *held,
            level: layer.gain(
                Key::new(tone.identity.key),
                Velocity::new(tone.identity.velocity),
                plan.parts[tone.identity.part as usize].velocity_curve,
            ),
        });
        let mut layers: Vec<ShapedLayer<'_>> = layers.collect();
        let mut recipes: Vec<_> = layers.iter_mut().map(|layer| &mut layer.recipe).collect();
        LayerRecipe::pair_up(&mut recipes);
        Self { layers }
    }

    /// The state at the onset.
    #[must_use]
    pub fn start(&self) -> State {
        let layers = self.layers.iter().map(|layer| layer.recipe.start());
        State {
            frame: 0,
            layers: layers.collect(),
        }
    }

    /// Renders what follows `state` into `output`, whose length is a multiple of [`CHUNK`], or of
    /// [`STEP`](super::pitch::STEP) in the last piece.
    pub fn render(
        &self,
        state: &mut State,
        scratch: &mut [[f32; CHUNK]; SCRATCH],
        output: &mut [f32],
    ) {
        let [own, scratch @ ..] = scratch;
        for chunk in output.chunks_mut(CHUNK) {
            let own = &mut own[..chunk.len()];
            let (mut silent, mut moved) = (true, None);
            for (layer, layer_state) in self.layers.iter().zip(&mut state.layers) {
                // Nothing more is heard of a layer that has died away.
                if layer.held.end().is_some_and(|end| end <= state.frame) {
                    continue;
                }
                layer.recipe.render(layer_state, &mut moved, scratch, own);
                let put = if silent {
                    envelope::set_held
                } else {
                    envelope::add_held
                };
                put(&layer.held, layer.level, state.frame, own, chunk);
                silent = false;
            }
            if silent {
                chunk.fill(0.0);
            }
            state.frame += chunk.len() as u64;
        }
    }
}
