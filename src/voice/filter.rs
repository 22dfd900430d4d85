//! The filter of a layer, and what moves it: its envelope, lfos and controllers.

use std::ops::Range;

use super::grid::{CHUNK, STEP};
use crate::dsp::curve::{Cursor, Curve};
use crate::dsp::exp2::exp2;
use crate::dsp::filter::{Coefficients, StateVariable};
use crate::sound::resolved::{Destination, FilterEnvelope, FilterSpec, Movement};

/// The filter of a tone's layer, ready to run.
#[derive(Clone, Copy, Debug)]
pub struct FilterStage<'a> {
    spec: FilterSpec,
    /// What controllers add to the cutoff in octaves and to the resonance, with the frame of the onset on these curves.
    cutoff: Option<(&'a Curve, u64)>,
    resonance: Option<(&'a Curve, u64)>,
}

/// Where the filtering stands.
#[derive(Clone, Debug, Default)]
pub struct FilterState {
    filter: StateVariable,
    /// Where the curves of cutoff and resonance were last read.
    cursors: [Option<Cursor>; 2],
    /// As the last step left them.
    coefficients: Option<Coefficients>,
}

impl<'a> FilterStage<'a> {
    /// The filter of a tone that moves, or rests.
    #[must_use]
    pub fn new(spec: FilterSpec, movement: &Movement<'a>) -> Self {
        Self {
            spec,
            cutoff: movement.of(Destination::Cutoff),
            resonance: movement.of(Destination::Resonance),
        }
    }

    /// Filters samples from frame `start` since the onset on: a chunk, or whole steps.
    pub fn process(&self, state: &mut FilterState, start: u64, samples: &mut [f32]) {
        let run = if self.is_still() { CHUNK } else { STEP };
        let mut end = start;
        for samples in samples.chunks_mut(run) {
            let start = end;
            end += samples.len() as u64;
            self.process_run(state, start..end, samples);
        }
    }

    fn process_run(&self, state: &mut FilterState, frames: Range<u64>, samples: &mut [f32]) {
        let from = match state.coefficients {
            Some(coefficients) => coefficients,
            None => self.coefficients(frames.start, &mut state.cursors),
        };
        let to = if self.is_still() {
            from
        } else {
            self.coefficients(frames.end, &mut state.cursors)
        };
        state.coefficients = Some(to);
        state.filter.process(samples, self.spec.response, from, to);
    }

    /// Whether the filter never moves.
    fn is_still(&self) -> bool {
        self.spec.envelope.is_none()
            && self.spec.swings == [None; 2]
            && self.cutoff.is_none()
            && self.resonance.is_none()
    }

    fn coefficients(&self, frame: u64, cursors: &mut [Option<Cursor>; 2]) -> Coefficients {
        let FilterSpec {
            response: _,
            mut octaves,
            mut resonance,
            envelope,
            swings,
        } = self.spec;
        if let Some(envelope) = envelope {
            octaves += envelope.octaves * height(&envelope, frame as f64);
        }
        for swing in swings.iter().flatten() {
            octaves += swing.depth * swing.lfo.value(frame);
        }
        let [first, second] = cursors;
        octaves += moved(self.cutoff, first, frame);
        resonance += moved(self.resonance, second, frame);
        Coefficients::new(exp2(octaves), resonance)
    }
}

/// What a curve adds at a frame since the onset.
fn moved(curve: Option<(&Curve, u64)>, cursor: &mut Option<Cursor>, frame: u64) -> f64 {
    curve.map_or(0.0, |(curve, onset)| {
        let now = onset + frame;
        let cursor = cursor.get_or_insert_with(|| curve.cursor(now));
        f64::from(curve.value_at(cursor, now))
    })
}

/// The share of its height that an envelope has at a frame: a linear attack, then an exponential fall to the sustain level,
/// 60 dB in the decay time.
fn height(envelope: &FilterEnvelope, frame: f64) -> f64 {
    if frame < envelope.attack {
        return frame / envelope.attack;
    }
    const OCTAVES_IN_60_DB: f64 = 9.965_784_284_662_087;
    let fallen = if envelope.decay > 0.0 {
        exp2(-OCTAVES_IN_60_DB * (frame - envelope.attack) / envelope.decay)
    } else {
        0.0
    };
    envelope.sustain_level + (1.0 - envelope.sustain_level) * fallen
}
