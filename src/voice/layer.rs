//! One layer of a tone through stages one and two: its pitch, its oscillator, its filter and its tremolo.

use super::filter::{self, FilterStage};
use super::frequency_ramps::FrequencyRamps;
use super::grid::{CHUNK, Ends, Scratch, ends};
use super::pitch::{Cursors, Pitch, PitchOffsets};
use super::tremolo::{gains, sway};
use super::waveform::Oscillator;
use crate::dsp::phase::{Increment, LANES};
use crate::sound::resolved::{LayerSpec, Movement, PitchSpec, Source};
use crate::units::SampleRate;

/// All that a layer's samples depend on before the envelope, ready to render.
#[derive(Debug)]
pub struct LayerRecipe<'a> {
    spec: &'a LayerSpec<'a>,
    pitch: Pitch<'a>,
    filter: Option<FilterStage<'a>>,
    rate: SampleRate,
    /// Tells apart the layers of a tone whose pitches do not move alike.
    motion: usize,
}

/// How the pitch of a layer that was rendered last has moved over a chunk, and which layers move so.
pub type Moved = Option<(usize, PitchOffsets)>;

/// Where a layer's rendering stands.
#[derive(Clone, Debug)]
pub struct LayerState {
    frame: u64,
    oscillator: Oscillator,
    cursors: Cursors,
    filter: filter::FilterState,
    /// The frequency at `frame`.
    increment: Increment,
    /// The tremolo's gain at `frame`.
    gain: f32,
}

impl LayerState {
    /// Its bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.oscillator.memory()
    }
}

impl<'a> LayerRecipe<'a> {
    /// The recipe of a layer of a tone that moves, or rests.
    #[must_use]
    pub fn new(spec: &'a LayerSpec<'a>, movement: &Movement<'a>, rate: SampleRate) -> Self {
        Self {
            spec,
            pitch: match spec.pitch {
                Some(pitch) => Pitch::new(pitch, movement),
                None => Pitch::new(PitchSpec::still(6900.0), &Movement::default()),
            },
            filter: spec.filter.map(|filter| FilterStage::new(filter, movement)),
            rate,
            motion: 0,
        }
    }

    /// The state at the onset.
    #[must_use]
    pub fn start(&self) -> LayerState {
        LayerState {
            frame: 0,
            oscillator: Oscillator::new(&self.spec.source, self.spec.unison, self.rate),
            cursors: self.pitch.cursors(),
            filter: filter::FilterState::default(),
            increment: self.onset_increment(),
            gain: gains(&self.spec.tremolo, &[0; LANES])[0],
        }
    }

    /// The bytes of the state of the layer, from the onset on.
    #[must_use]
    pub fn memory(&self) -> usize {
        let increment = match self.spec.source {
            // Its line is as long as its period at the onset.
            Source::Pluck { .. } => self.onset_increment(),
            _ => 0,
        };
        let LayerSpec { source, unison, .. } = self.spec;
        size_of::<LayerState>() + Oscillator::expected_memory(source, unison, increment, self.rate)
    }

    fn onset_increment(&self) -> Increment {
        let moves = self.pitch.moves(&[0; LANES], &mut self.pitch.cursors());
        let [increment, ..] = self.pitch.increments(&moves, self.rate);
        increment
    }

    /// Has the first of some layers whose pitches move alike find out how, for all of them.
    pub fn pair_up(layers: &mut [&mut Self]) {
        for index in 0..layers.len() {
            let alike = |other: &&mut Self| other.pitch.moves_like(&layers[index].pitch);
            let first = layers[..index].iter().position(alike);
            layers[index].motion = first.unwrap_or(index);
        }
    }

    /// Renders what follows `state` into `output`: a [`CHUNK`], or a multiple of [`STEP`](super::grid::STEP) at the end
    /// of a tone. `moved` is what another layer has left over the same chunk.
    pub fn render(
        &self,
        state: &mut LayerState,
        moved: &mut Moved,
        scratch: &mut Scratch,
        output: &mut [f32],
    ) {
        debug_assert!(state.frame.is_multiple_of(CHUNK as u64));
        let ends = ends(state.frame);
        let course = self.course(state, &ends, moved);
        state.oscillator.render(&course, scratch, output);
        if let Some(filter) = &self.filter {
            filter.process(&mut state.filter, state.frame, output);
        }
        if self.spec.tremolo != [None; 2] {
            let gains = gains(&self.spec.tremolo, &ends);
            sway(state.gain, &gains, output);
            state.gain = gains[LANES - 1];
        }
        state.frame += output.len() as u64;
    }

    /// The frequency over the chunk that begins at the state's frame.
    fn course(&self, state: &mut LayerState, ends: &Ends, moved: &mut Moved) -> FrequencyRamps {
        let from = state.increment;
        if self.pitch.is_still() {
            return FrequencyRamps::resting(from);
        }
        let moves = match moved {
            Some((motion, moves)) if *motion == self.motion => *moves,
            _ => self.pitch.moves(ends, &mut state.cursors),
        };
        *moved = Some((self.motion, moves));
        let ends = self.pitch.increments(&moves, self.rate);
        state.increment = ends[LANES - 1];
        FrequencyRamps { from, ends }
    }
}
