//! Stages one and two of a tone: its recipe, from all that its samples depend on, and the state to go on from.

use super::pitch::{self, Cursors, Pitch, Ramp, STEP};
use super::waveform::Oscillator;
use crate::dsp::curve::{Cursor, Curve};
use crate::dsp::exp2::exp2;
use crate::dsp::filter::{Coefficients, Response, StateVariable};
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::plan::{Motion, Plan, ToneSpec};
use crate::preset::{Filter, FilterKind, Layer, Waveform};
use crate::score::Glide;
use crate::units::{Cents, Hertz, Key, SampleRate, Seconds};

/// Brightness (CC74) moves a filter's cutoff by up to this far either way.
const BRIGHTNESS_CENTS: f64 = 4800.0;

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

/// All that a tone's samples depend on, ready to render.
#[derive(Debug)]
pub struct Recipe<'a> {
    rate: SampleRate,
    waveform: Waveform,
    seed: u32,
    pitch: Pitch<'a>,
    lfo: LowFrequencyOscillator,
    tremolo: f64,
    timbre: Option<Timbre<'a>>,
}

/// The filter of a tone and what moves it.
#[derive(Debug)]
struct Timbre<'a> {
    response: Response,
    /// Cutoff at rest, in octaves above one cycle per frame.
    octaves: f64,
    resonance: f64,
    envelope_octaves: f64,
    attack: f64,
    decay: f64,
    sustain_level: f64,
    lfo_octaves: f64,
    /// Brightness and resonance where they move, and the frame of the onset on those curves.
    moving: Option<(&'a Curve, &'a Curve, u64)>,
}

/// Where a tone's rendering stands: enough to go on from there.
#[derive(Clone, Debug)]
pub struct State {
    frame: u64,
    oscillator: Oscillator,
    cursors: Cursors,
    filter: StateVariable,
    timbre_cursors: Option<(Cursor, Cursor)>,
    /// The frequency and the filter at `frame`, as the last step left them.
    increment: Option<pitch::Increment>,
    coefficients: Option<Coefficients>,
}

impl<'a> Recipe<'a> {
    /// The recipe of one of the plan's tones.
    #[must_use]
    pub fn new(tone: &ToneSpec, plan: &'a Plan<'_>) -> Self {
        let layer = plan.layer(tone);
        let rate = plan.rate;
        let vibrato_lfo = vibrato_lfo(tone, layer, rate);
        Self {
            rate,
            waveform: layer.waveform,
            seed: seed(tone),
            pitch: pitch_of(tone, layer, plan, vibrato_lfo),
            lfo: vibrato_lfo,
            tremolo: layer.lfo.gain,
            timbre: timbre_of(tone, layer, plan),
        }
    }

    /// The state at the onset.
    #[must_use]
    pub fn start(&self) -> State {
        State {
            frame: 0,
            oscillator: Oscillator::new(self.waveform, self.seed, self.rate),
            cursors: Cursors::default(),
            filter: StateVariable::default(),
            timbre_cursors: None,
            increment: None,
            coefficients: None,
        }
    }

    /// Renders what follows `state` into `output`, whose length is a multiple of [`STEP`] unless it is the last part.
    pub fn render(&self, state: &mut State, output: &mut [f32]) {
        if self.pitch.is_still() && self.timbre.is_none() && self.tremolo == 0.0 {
            let increment = self.increment(state);
            state.oscillator.render(
                Ramp {
                    from: increment,
                    to: increment,
                },
                output,
            );
            state.frame += output.len() as u64;
            return;
        }
        for step in output.chunks_mut(STEP) {
            self.render_step(state, step);
        }
    }

    fn render_step(&self, state: &mut State, output: &mut [f32]) {
        let end = state.frame + output.len() as u64;
        let from = self.increment(state);
        let to = if self.pitch.is_still() {
            from
        } else {
            self.increment_at(end, &mut state.cursors)
        };
        state.increment = Some(to);
        state.oscillator.render(Ramp { from, to }, output);
        if let Some(timbre) = &self.timbre {
            let from = match state.coefficients {
                Some(coefficients) => coefficients,
                None => timbre.coefficients(state.frame, &self.lfo, &mut state.timbre_cursors),
            };
            let to = if timbre.is_still() {
                from
            } else {
                timbre.coefficients(end, &self.lfo, &mut state.timbre_cursors)
            };
            state.coefficients = Some(to);
            state.filter.process(output, timbre.response, from, to);
        }
        if self.tremolo != 0.0 {
            self.sway(state.frame, end, output);
        }
        state.frame = end;
    }

    /// The frequency at the state's frame.
    fn increment(&self, state: &mut State) -> pitch::Increment {
        match state.increment {
            Some(increment) => increment,
            None => {
                let increment = self.increment_at(state.frame, &mut state.cursors);
                state.increment = Some(increment);
                increment
            }
        }
    }

    fn increment_at(&self, frame: u64, cursors: &mut Cursors) -> pitch::Increment {
        pitch::increment(self.pitch.cents(frame, cursors), self.rate)
    }

    /// Tremolo: the gain sways between 1 and 1 - `tremolo`.
    fn sway(&self, from: u64, to: u64, output: &mut [f32]) {
        let gain = |frame| (1.0 - self.tremolo * 0.5 * (1.0 - self.lfo.value(frame))) as f32;
        let (first, last) = (gain(from), gain(to));
        let slope = (last - first) / output.len() as f32;
        for (offset, sample) in output.iter_mut().enumerate() {
            *sample *= first + slope * offset as i32 as f32;
        }
    }
}

impl Timbre<'_> {
    fn is_still(&self) -> bool {
        self.envelope_octaves == 0.0 && self.lfo_octaves == 0.0 && self.moving.is_none()
    }

    fn coefficients(
        &self,
        frame: u64,
        lfo: &LowFrequencyOscillator,
        cursors: &mut Option<(Cursor, Cursor)>,
    ) -> Coefficients {
        let mut octaves = self.octaves + self.envelope_octaves * self.envelope(frame as f64);
        let mut resonance = self.resonance;
        if self.lfo_octaves != 0.0 {
            octaves += self.lfo_octaves * lfo.value(frame);
        }
        if let Some((brightness, resonances, onset)) = self.moving {
            let now = onset + frame;
            let (first, second) =
                cursors.get_or_insert_with(|| (brightness.cursor(now), resonances.cursor(now)));
            octaves += f64::from(brightness.value_at(first, now)) * BRIGHTNESS_CENTS / 1200.0;
            resonance += f64::from(resonances.value_at(second, now)) * RESONANCE_RANGE;
        }
        Coefficients::new(exp2(octaves), resonance)
    }

    /// A linear attack, then an exponential fall to the sustain level, 60 dB in the decay time.
    fn envelope(&self, frame: f64) -> f64 {
        if frame < self.attack {
            return frame / self.attack;
        }
        let fallen = if self.decay > 0.0 {
            exp2(-9.965_784_284_662_087 * (frame - self.attack) / self.decay)
        } else {
            0.0
        };
        self.sustain_level + (1.0 - self.sustain_level) * fallen
    }
}

/// A tone's noise differs from that of another layer or key, and is the same wherever the tone is used.
fn seed(tone: &ToneSpec) -> u32 {
    let identity = &tone.identity;
    u32::from(identity.layer)
        .wrapping_mul(0x0100_0193)
        .wrapping_add(u32::from(identity.key))
        .wrapping_mul(0x0100_0193)
        .wrapping_add(tone.preset_seed)
}

fn vibrato_lfo(tone: &ToneSpec, layer: &Layer, rate: SampleRate) -> LowFrequencyOscillator {
    let vibrato = tone.identity.vibrato;
    // CC76 and CC78 double or halve at either end (64 is neutral); GM2 leaves the amount open.
    let factor = |value: u8| libm::exp2((f64::from(value) - 64.0) / 64.0);
    let delay = layer.lfo.delay.0 * factor(vibrato.delay);
    LowFrequencyOscillator::new(
        Hertz(layer.lfo.rate.0 * factor(vibrato.rate)),
        Seconds(delay),
        rate,
    )
}

fn pitch_of<'a>(
    tone: &ToneSpec,
    layer: &Layer,
    plan: &'a Plan<'_>,
    lfo: LowFrequencyOscillator,
) -> Pitch<'a> {
    let identity = &tone.identity;
    let key_cents = match layer.pitch.fixed {
        Some(Hertz(hertz)) => 6900.0 + 1200.0 * libm::log2(hertz / 440.0),
        None => f64::from(identity.key) * 100.0,
    };
    let mut still = key_cents + layer.pitch.detune.0;
    let mut bend = None;
    let own_depth = layer.lfo.pitch.0 * f64::from(identity.vibrato.depth) / 64.0;
    let mut vibrato = pitch::Vibrato {
        lfo,
        still: own_depth,
        moving: Vec::new(),
    };
    match identity.motion {
        Motion::Still {
            pitch,
            vibrato: depth,
            ..
        } => {
            still += f64::from(f32::from_bits(pitch));
            vibrato.still += f64::from(f32::from_bits(depth));
        }
        Motion::Moving { channel, onset } => {
            let curves = &plan.channels[channel.index()];
            bend = Some((&curves.pitch, onset));
            vibrato.moving.push((&curves.vibrato, onset));
            let pressure = plan.key_pressure.get(&(channel, Key::new(identity.key)));
            vibrato.moving.extend(pressure.map(|curve| (curve, onset)));
        }
    }
    let swings = vibrato.still != 0.0 || !vibrato.moving.is_empty();
    Pitch {
        still,
        bend,
        sweep: sweep_of(layer, plan.rate),
        glide: identity
            .glide
            .map(|glide| glide_of(glide, identity.key, plan.rate)),
        vibrato: swings.then_some(vibrato),
    }
}

fn sweep_of(layer: &Layer, rate: SampleRate) -> Option<pitch::Fall> {
    let frames = layer.pitch.sweep_decay.in_frames(rate).max(1.0);
    let fall = pitch::Fall {
        cents: layer.pitch.sweep.0,
        octaves_per_frame: libm::log2(0.001) / frames,
    };
    (fall.cents != 0.0).then_some(fall)
}

fn glide_of(glide: Glide, key: u8, rate: SampleRate) -> pitch::Glide {
    let cents = (f64::from(glide.from.get()) - f64::from(key)) * 100.0;
    pitch::Glide {
        cents,
        frames: glide.duration().in_frames(rate).max(1.0),
    }
}

fn timbre_of<'a>(tone: &ToneSpec, layer: &Layer, plan: &'a Plan<'_>) -> Option<Timbre<'a>> {
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
        Motion::Moving { channel, onset } => {
            let curves = &plan.channels[channel.index()];
            if curves.timbre_moves() {
                moving = Some((&curves.brightness, &curves.resonance, onset));
            }
        }
    }
    let touched = brightness != 0.0 || moving.is_some();
    let filter = layer.filter.or(touched.then_some(OPEN_FILTER))?;
    let cents = f64::from(brightness) * BRIGHTNESS_CENTS
        + (f64::from(identity.key) - 60.0) * 100.0 * filter.key_tracking
        - filter.velocity.0 * (1.0 - f64::from(identity.velocity) / 127.0);
    let rate = f64::from(plan.rate.hz());
    Some(Timbre {
        response: match filter.kind {
            FilterKind::Lowpass => Response::Low,
            FilterKind::Highpass => Response::High,
            FilterKind::Bandpass => Response::Band,
        },
        octaves: libm::log2(filter.cutoff.0 / rate) + cents / 1200.0,
        resonance: filter.resonance + f64::from(resonance) * RESONANCE_RANGE,
        envelope_octaves: filter.envelope_depth.0 / 1200.0,
        attack: filter.attack.in_frames(plan.rate),
        decay: filter.decay.in_frames(plan.rate),
        sustain_level: filter.sustain_level,
        lfo_octaves: layer.lfo.cutoff.0 / 1200.0,
        moving,
    })
}
