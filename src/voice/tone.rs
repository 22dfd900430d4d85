//! A tone: the layers of a part, each through its stages, added up. It can be rendered in pieces.

use super::envelope;
use super::grid::{CHUNK, SCRATCH};
use super::layer::{self, LayerRecipe};
use crate::sound::resolved::{LayerSpec, Movement, ToneSpec};
use crate::units::SampleRate;

/// All that a tone's samples depend on, ready to render.
#[derive(Debug)]
pub struct Recipe<'a> {
    layers: Vec<ShapedLayer<'a>>,
}

#[derive(Debug)]
struct ShapedLayer<'a> {
    spec: &'a LayerSpec<'a>,
    recipe: LayerRecipe<'a>,
}

/// Where a tone's rendering stands: enough to go on from there.
#[derive(Clone, Debug)]
pub struct ToneState {
    frame: u64,
    layers: Vec<layer::LayerState>,
}

impl ToneState {
    /// Its bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.layers.iter().map(layer::LayerState::memory).sum()
    }
}

impl<'a> Recipe<'a> {
    /// The recipe of a tone that moves, or rests.
    #[must_use]
    pub fn new(tone: &'a ToneSpec<'a>, movement: &Movement<'a>, rate: SampleRate) -> Self {
        let layers = tone.layers.iter().map(|spec| ShapedLayer {
            spec,
            recipe: LayerRecipe::new(spec, movement, rate),
        });
        let mut layers: Vec<ShapedLayer<'_>> = layers.collect();
        let mut recipes: Vec<_> = layers.iter_mut().map(|layer| &mut layer.recipe).collect();
        LayerRecipe::pair_up(&mut recipes);
        Self { layers }
    }

    /// The bytes of the state, from the onset on.
    #[must_use]
    pub fn state_memory(&self) -> usize {
        self.layers.iter().map(|layer| layer.recipe.memory()).sum()
    }

    /// The state at the onset.
    #[must_use]
    pub fn start(&self) -> ToneState {
        let layers = self.layers.iter().map(|layer| layer.recipe.start());
        ToneState {
            frame: 0,
            layers: layers.collect(),
        }
    }

    /// Renders what follows `state` into `output`, whose length is a multiple of [`CHUNK`], or of
    /// [`STEP`](super::grid::STEP) in the last piece.
    pub fn render(
        &self,
        state: &mut ToneState,
        scratch: &mut [[f32; CHUNK]; SCRATCH],
        output: &mut [f32],
    ) {
        let [own, scratch @ ..] = scratch;
        for chunk in output.chunks_mut(CHUNK) {
            let own = &mut own[..chunk.len()];
            let (mut silent, mut moved) = (true, None);
            for (layer, layer_state) in self.layers.iter().zip(&mut state.layers) {
                // Nothing more is heard of a layer that has died away.
                let end = layer.spec.held.and_then(|held| held.end());
                if end.is_some_and(|end| end <= state.frame) {
                    continue;
                }
                layer.recipe.render(layer_state, &mut moved, scratch, own);
                let level = layer.spec.level;
                match (&layer.spec.held, silent) {
                    (Some(held), true) => {
                        envelope::set_held(held, level, state.frame, own, chunk);
                    }
                    (Some(held), false) => {
                        envelope::add_held(held, level, state.frame, own, chunk);
                    }
                    (None, true) => envelope::set_layer(level, own, chunk),
                    (None, false) => envelope::add_layer(level, own, chunk),
                }
                silent = false;
            }
            if silent {
                chunk.fill(0.0);
            }
            state.frame += chunk.len() as u64;
        }
    }
}
