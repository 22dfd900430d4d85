//! One layer of a tone through stages one and two: its pitch, its oscillator, its filter and its tremolo.

use super::pitch::{self, Cursors, Pitch, STEP};
use super::timbre::{self, Timbre};
use super::waveform::{Onset, Oscillator};
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::dsp::phase::{Increment, Ramp};
use crate::plan::{Motion, Plan, ToneSpec};
use crate::preset::spectrum::Struck;
use crate::preset::{Layer, UnisonCopy, Waveform};
use crate::score::Glide;
use crate::units::{Hertz, Key, SampleRate, Seconds, Velocity};

/// All that a layer's samples depend on before the envelope, ready to render.
#[derive(Debug)]
pub struct LayerRecipe<'a> {
    waveform: &'a Waveform,
    unison: &'a [UnisonCopy],
    onset: Onset,
    pitch: Pitch<'a>,
    /// The two lfos.
    lfos: [LowFrequencyOscillator; 2],
    /// The share of the gain that each takes away.
    tremolo: [f64; 2],
    timbre: Option<Timbre<'a>>,
}

/// Where a layer's rendering stands.
#[derive(Clone, Debug)]
pub struct State {
    frame: u64,
    oscillator: Oscillator,
    cursors: Cursors,
    timbre: timbre::State,
    /// The frequency at `frame`, as the last step left it.
    increment: Option<Increment>,
    /// The tremolo's gain at `frame`, as the last step left it.
    gain: Option<f32>,
}

impl<'a> LayerRecipe<'a> {
    /// The recipe of a layer (with its index) of one of the plan's tones.
    #[must_use]
    pub fn new(tone: &ToneSpec, (index, layer): (u16, &'a Layer), plan: &'a Plan<'_>) -> Self {
        let lfos = [
            lfo_of(tone, layer, plan.rate),
            second_lfo_of(layer, plan.rate),
        ];
        Self {
            waveform: &layer.waveform,
            unison: &layer.unison,
            onset: Onset {
                struck: struck(tone, layer),
                phase: 0,
                seed: seed(&plan.preset(tone).name, index, tone.identity.key),
                lfo: lfos[0],
                rate: plan.rate,
            },
            pitch: pitch_of(tone, layer, plan, lfos),
            lfos,
            tremolo: [layer.lfo.gain, layer.second_lfo.map_or(0.0, |lfo| lfo.gain)],
            timbre: Timbre::new(tone, layer, plan),
        }
    }

    /// The state at the onset.
    #[must_use]
    pub fn start(&self) -> State {
        State {
            frame: 0,
            oscillator: Oscillator::new(self.waveform, self.unison, self.onset),
            cursors: Cursors::default(),
            timbre: timbre::State::default(),
            increment: None,
            gain: None,
        }
    }

    /// Renders what follows `state` into `output`, whose length is a multiple of [`STEP`].
    pub fn render(&self, state: &mut State, mut output: &mut [f32]) {
        while !output.is_empty() {
            let count = self.resting(state).clamp(STEP, output.len());
            let (run, rest) = std::mem::take(&mut output).split_at_mut(count);
            if count > STEP {
                self.render_resting(state, run);
            } else {
                self.render_step(state, run);
            }
            output = rest;
        }
    }

    /// How many frames can be rendered in one go, since nothing moves: a multiple of [`STEP`].
    fn resting(&self, state: &mut State) -> usize {
        let filter_moves = self
            .timbre
            .as_ref()
            .is_some_and(|timbre| !timbre.is_still());
        if filter_moves || self.tremolo != [0.0; 2] {
            return 0;
        }
        let frames = self.pitch.rests(state.frame, &mut state.cursors);
        usize::try_from(frames).unwrap_or(usize::MAX) / STEP * STEP
    }

    fn render_resting(&self, state: &mut State, output: &mut [f32]) {
        let increment = self.increment(state);
        state.oscillator.render(
            Ramp {
                from: increment,
                to: increment,
            },
            output,
        );
        state.frame += output.len() as u64;
        self.filter(state, output);
    }

    fn render_step(&self, state: &mut State, output: &mut [f32]) {
        let start = state.frame;
        let end = start + output.len() as u64;
        let from = self.increment(state);
        let to = if self.pitch.is_still() {
            from
        } else {
            self.increment_at(end, &mut state.cursors)
        };
        state.increment = Some(to);
        state.oscillator.render(Ramp { from, to }, output);
        state.frame = end;
        self.filter(state, output);
        if self.tremolo != [0.0; 2] {
            let from = state.gain.unwrap_or_else(|| self.gain(start));
            let to = self.gain(end);
            state.gain = Some(to);
            sway(from, to, output);
        }
    }

    /// Filters what has been rendered up to the state's frame.
    fn filter(&self, state: &mut State, output: &mut [f32]) {
        if let Some(timbre) = &self.timbre {
            timbre.process(&mut state.timbre, &self.lfos, state.frame, output);
        }
    }

    /// The frequency at the state's frame.
    fn increment(&self, state: &mut State) -> Increment {
        if let Some(increment) = state.increment {
            return increment;
        }
        let increment = self.increment_at(state.frame, &mut state.cursors);
        state.increment = Some(increment);
        increment
    }

    fn increment_at(&self, frame: u64, cursors: &mut Cursors) -> Increment {
        pitch::increment(self.pitch.cents(frame, cursors), self.onset.rate)
    }

    /// Tremolo: each lfo sways the gain between 1 and 1 - `tremolo`.
    fn gain(&self, frame: u64) -> f32 {
        let mut gain = 1.0;
        for (lfo, share) in self.lfos.iter().zip(self.tremolo) {
            if share != 0.0 {
                gain *= 1.0 - share * 0.5 * (1.0 - lfo.value(frame));
            }
        }
        gain as f32
    }
}

/// Brings a gain that goes straight to the samples.
fn sway(from: f32, to: f32, output: &mut [f32]) {
    let slope = (to - from) / output.len() as f32;
    for (offset, sample) in output.iter_mut().enumerate() {
        *sample *= from + slope * offset as i32 as f32;
    }
}

/// What the spectrum of a layer depends on. Stored cycles serve three neighbouring keys each.
fn struck(tone: &ToneSpec, layer: &Layer) -> Struck {
    const NEIGHBOURS: u8 = 3;
    let key = match layer.waveform {
        Waveform::Harmonics(_) => tone.identity.key / NEIGHBOURS * NEIGHBOURS + NEIGHBOURS / 2,
        _ => tone.identity.key,
    };
    let key = Key::new(key);
    Struck {
        fundamental: layer.pitch.fixed.unwrap_or(key.frequency()),
        key,
        velocity: Velocity::new(tone.identity.velocity),
    }
}

fn second_lfo_of(layer: &Layer, rate: SampleRate) -> LowFrequencyOscillator {
    let lfo = layer.second_lfo.unwrap_or(layer.lfo);
    LowFrequencyOscillator::new(lfo.rate, lfo.delay, rate)
}

/// A layer's noise differs from that of other presets, layers and keys, and is the same wherever the tone is used:
/// FNV-1a (Fowler, Noll, Vo) of them.
fn seed(preset: &str, layer: u16, key: u8) -> u32 {
    let bytes = preset.bytes().chain(layer.to_le_bytes()).chain([key]);
    bytes.fold(0x811C_9DC5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

fn lfo_of(tone: &ToneSpec, layer: &Layer, rate: SampleRate) -> LowFrequencyOscillator {
    let vibrato = tone.identity.vibrato;
    // CC76 and CC78 halve and double towards their ends (64 is neutral); GM2 leaves the amount open.
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
    lfos: [LowFrequencyOscillator; 2],
) -> Pitch<'a> {
    let identity = &tone.identity;
    let key_cents = match layer.pitch.fixed {
        Some(Hertz(hertz)) => 6900.0 + 1200.0 * libm::log2(hertz / 440.0),
        None => {
            let distance = Key::new(identity.key).octaves() / 4.0;
            let stretch = layer.pitch.stretch.0 * distance * distance * distance;
            f64::from(identity.key) * 100.0 + stretch
        }
    };
    let mut still = key_cents + layer.pitch.detune.0;
    let mut bend = None;
    let own_depth = layer.lfo.pitch.0 * f64::from(identity.vibrato.depth) / 64.0;
    let mut vibrato = pitch::Vibrato {
        lfo: lfos[0],
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
        Motion::Moving { channel, onset, .. } => {
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
        sway: layer
            .second_lfo
            .filter(|lfo| lfo.pitch.0 != 0.0)
            .map(|lfo| (lfos[1], lfo.pitch.0)),
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
