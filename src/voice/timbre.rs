//! The filter of a layer, and what moves it: velocity, key, its envelope, the lfo, brightness and resonance.

use std::ops::Range;

use super::pitch::STEP;
use super::tone::CHUNK;
use crate::dsp::curve::{Cursor, Curve};
use crate::dsp::exp2::exp2;
use crate::dsp::filter::{Coefficients, Response, StateVariable};
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::plan::{Motion, Plan, ToneSpec};
use crate::sound::{Filter, FilterKind, Layer};
use crate::units::{Cents, Hertz, Seconds};

/// Brightness (CC74) moves a filter's cutoff by up to this far either way.
const BRIGHTNESS: Cents = Cents(4800.0);

/// Resonance (CC71) moves a filter's resonance by up to this much either way.
const RESONANCE_RANGE: f64 = 0.5;

/// What brightness closes on a layer without a filter: fully open at rest.
const OPEN_FILTER: Filter = Filter {
    kind: FilterKind::Lowpass,
    cutoff: Hertz(18_000.0),
    resonance: 0.0,
    key_tracking: 0.0,
    velocity: Cents(0.0),
    envelope_depth: Cents(0.0),
    attack: Seconds(0.0),
    decay: Seconds(0.0),
    sustain_level: 1.0,
};

/// The filter of a tone's layer, ready to run.
#[derive(Debug)]
pub struct Timbre<'a> {
    response: Response,
    /// Cutoff at rest, in octaves above one cycle per frame.
    octaves: f64,
    resonance: f64,
    envelope_octaves: f64,
    attack: f64,
    decay: f64,
    sustain_level: f64,
    lfo_octaves: [f64; 2],
    moving: Option<Moving<'a>>,
}

/// Brightness and resonance where they move, and the frame of the onset on their curves.
#[derive(Clone, Copy, Debug)]
struct Moving<'a> {
    brightness: &'a Curve,
    resonance: &'a Curve,
    onset: u64,
}

/// Where the filtering stands.
#[derive(Clone, Debug, Default)]
pub struct State {
    filter: StateVariable,
    cursors: Option<(Cursor, Cursor)>,
    /// As the last step left them.
    coefficients: Option<Coefficients>,
}

impl<'a> Timbre<'a> {
    /// The filter of a layer of one of the plan's tones, if it has one or brightness asks for one.
    #[must_use]
    pub fn new(tone: &ToneSpec, layer: &Layer, plan: &'a Plan<'_>) -> Option<Self> {
        let identity = &tone.identity;
        let (mut brightness, mut resonance, mut moving) = (0.0, 0.0, None);
        match identity.motion {
            Motion::Still {
                brightness: bright,
                resonance: resonant,
                ..
            } => {
                (brightness, resonance) = (f32::from_bits(bright), f32::from_bits(resonant));
            }
            Motion::Moving {
                channel,
                onset,
                timbre,
            } => {
                let curves = &plan.channels[channel.index()];
                let (brightness, resonance) = (&curves.brightness, &curves.resonance);
                moving = timbre.then_some(Moving {
                    brightness,
                    resonance,
                    onset,
                });
            }
        }
        let touched = brightness != 0.0 || moving.is_some();
        let filter = layer.filter.or(touched.then_some(OPEN_FILTER))?;
        let cents = f64::from(brightness) * BRIGHTNESS.0
            + (f64::from(identity.key) - 60.0) * 100.0 * filter.key_tracking
            - filter.velocity.0 * (1.0 - f64::from(identity.velocity) / 127.0);
        let rate = plan.rate;
        Some(Self {
            response: match filter.kind {
                FilterKind::Lowpass => Response::Low,
                FilterKind::Highpass => Response::High,
                FilterKind::Bandpass => Response::Band,
            },
            octaves: libm::log2(filter.cutoff.0 / f64::from(rate.hz())) + cents / 1200.0,
            resonance: filter.resonance + f64::from(resonance) * RESONANCE_RANGE,
            envelope_octaves: filter.envelope_depth.0 / 1200.0,
            attack: filter.attack.in_frames(rate),
            decay: filter.decay.in_frames(rate),
            sustain_level: filter.sustain_level,
            lfo_octaves: [
                layer.lfo.cutoff.0 / 1200.0,
                layer.second_lfo.map_or(0.0, |lfo| lfo.cutoff.0 / 1200.0),
            ],
            moving,
        })
    }

    /// Filters samples from frame `start` since the onset on: a chunk, or whole steps.
    pub fn process(
        &self,
        state: &mut State,
        lfos: &[LowFrequencyOscillator; 2],
        start: u64,
        samples: &mut [f32],
    ) {
        let run = if self.is_still() { CHUNK } else { STEP };
        let mut end = start;
        for samples in samples.chunks_mut(run) {
            let start = end;
            end += samples.len() as u64;
            self.process_run(state, lfos, start..end, samples);
        }
    }

    fn process_run(
        &self,
        state: &mut State,
        lfos: &[LowFrequencyOscillator; 2],
        frames: Range<u64>,
        samples: &mut [f32],
    ) {
        let from = match state.coefficients {
            Some(coefficients) => coefficients,
            None => self.coefficients(frames.start, lfos, &mut state.cursors),
        };
        let to = if self.is_still() {
            from
        } else {
            self.coefficients(frames.end, lfos, &mut state.cursors)
        };
        state.coefficients = Some(to);
        state.filter.process(samples, self.response, from, to);
    }

    /// Whether the filter never moves.
    fn is_still(&self) -> bool {
        self.envelope_octaves == 0.0 && self.lfo_octaves == [0.0; 2] && self.moving.is_none()
    }

    fn coefficients(
        &self,
        frame: u64,
        lfos: &[LowFrequencyOscillator; 2],
        cursors: &mut Option<(Cursor, Cursor)>,
    ) -> Coefficients {
        let mut octaves = self.octaves + self.envelope_octaves * self.envelope(frame as f64);
        let mut resonance = self.resonance;
        for (depth, lfo) in self.lfo_octaves.iter().zip(lfos) {
            if *depth != 0.0 {
                octaves += depth * lfo.value(frame);
            }
        }
        if let Some(moving) = self.moving {
            let now = moving.onset + frame;
            let (first, second) = cursors.get_or_insert_with(|| {
                (moving.brightness.cursor(now), moving.resonance.cursor(now))
            });
            octaves += f64::from(moving.brightness.value_at(first, now)) * BRIGHTNESS.0 / 1200.0;
            resonance += f64::from(moving.resonance.value_at(second, now)) * RESONANCE_RANGE;
        }
        Coefficients::new(exp2(octaves), resonance)
    }

    /// A linear attack, then an exponential fall to the sustain level, 60 dB in the decay time.
    fn envelope(&self, frame: f64) -> f64 {
        if frame < self.attack {
            return frame / self.attack;
        }
        const OCTAVES_IN_60_DB: f64 = 9.965_784_284_662_087;
        let fallen = if self.decay > 0.0 {
            exp2(-OCTAVES_IN_60_DB * (frame - self.attack) / self.decay)
        } else {
            0.0
        };
        self.sustain_level + (1.0 - self.sustain_level) * fallen
    }
}
