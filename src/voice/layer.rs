//! One layer of a tone through stages one and two: its pitch, its oscillator, its filter and its tremolo.

use super::course::{self, Course, Ends};
use super::pitch::{self, Cursors, Moves, Pitch};
use super::timbre::{self, Timbre};
use super::tone::{CHUNK, Scratch};
use super::tremolo::{Tremolo, sway};
use super::waveform::{Onset, Oscillator};
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::dsp::phase::{Increment, LANES};
use crate::plan::{Motion, Plan, ToneSpec};
use crate::score::Glide;
use crate::sound::spectrum::Struck;
use crate::sound::{Layer, UnisonCopy, Waveform};
use crate::units::{Hertz, Key, SampleRate, Seconds, Velocity};

/// All that a layer's samples depend on before the envelope, ready to render.
#[derive(Debug)]
pub struct LayerRecipe<'a> {
    waveform: &'a Waveform,
    unison: &'a [UnisonCopy],
    onset: Onset,
    pitch: Pitch<'a>,
    /// Tells apart the layers of a tone whose pitches do not move alike.
    motion: usize,
    /// The two lfos.
    lfos: [LowFrequencyOscillator; 2],
    tremolo: Option<Tremolo>,
    timbre: Option<Timbre<'a>>,
}

/// How the pitch of a layer that was rendered last has moved over a chunk, and which layers move so.
pub type Moved = Option<(usize, Moves)>;

/// Where a layer's rendering stands.
#[derive(Clone, Debug)]
pub struct State {
    frame: u64,
    oscillator: Oscillator,
    cursors: Cursors,
    timbre: timbre::State,
    /// The frequency at `frame`.
    increment: Increment,
    /// The tremolo's gain at `frame`.
    gain: f32,
}

impl State {
    /// Its bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.oscillator.memory()
    }
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
                floor: layer.floor(Key::new(tone.identity.key)) as f32,
                phase: 0,
                seed: seed(&plan.preset(tone).name, index, tone.identity.key),
                lfo: lfos[0],
                rate: plan.rate,
            },
            pitch: if layer.waveform.is_pitched() {
                pitch_of(tone, layer, plan, lfos)
            } else {
                Pitch::still(6900.0)
            },
            motion: 0,
            lfos,
            tremolo: Tremolo::new(
                lfos,
                [layer.lfo.gain, layer.second_lfo.map_or(0.0, |lfo| lfo.gain)],
            ),
            timbre: Timbre::new(tone, layer, plan),
        }
    }

    /// The state at the onset.
    #[must_use]
    pub fn start(&self) -> State {
        let onset = [0; LANES];
        State {
            frame: 0,
            oscillator: Oscillator::new(self.waveform, self.unison, self.onset),
            cursors: self.pitch.cursors(),
            timbre: timbre::State::default(),
            increment: self.onset_increment(),
            gain: self.tremolo.map_or(1.0, |tremolo| tremolo.gains(&onset)[0]),
        }
    }

    /// The bytes of the state of a layer, from the onset on.
    #[must_use]
    pub fn memory((tone, layer): (&ToneSpec, &'a Layer), plan: &'a Plan<'_>) -> usize {
        let increment = match layer.waveform {
            // Its line is as long as its period at the onset.
            Waveform::Pluck(_) => Self::new(tone, (0, layer), plan).onset_increment(),
            _ => 0,
        };
        size_of::<State>()
            + Oscillator::expected_memory(&layer.waveform, &layer.unison, increment, plan.rate)
    }

    fn onset_increment(&self) -> Increment {
        let moves = self.pitch.moves(&[0; LANES], &mut self.pitch.cursors());
        let [increment, ..] = self.pitch.increments(&moves, self.onset.rate);
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

    /// Renders what follows `state` into `output`: a [`CHUNK`], or a multiple of [`STEP`](pitch::STEP) at the end
    /// of a tone. `moved` is what another layer has left over the same chunk.
    pub fn render(
        &self,
        state: &mut State,
        moved: &mut Moved,
        scratch: &mut Scratch,
        output: &mut [f32],
    ) {
        debug_assert!(state.frame.is_multiple_of(CHUNK as u64));
        let ends = course::ends(state.frame);
        let course = self.course(state, &ends, moved);
        state.oscillator.render(&course, scratch, output);
        if let Some(timbre) = &self.timbre {
            timbre.process(&mut state.timbre, &self.lfos, state.frame, output);
        }
        if let Some(tremolo) = &self.tremolo {
            let gains = tremolo.gains(&ends);
            sway(state.gain, &gains, output);
            state.gain = gains[LANES - 1];
        }
        state.frame += output.len() as u64;
    }

    /// The frequency over the chunk that begins at the state's frame.
    fn course(&self, state: &mut State, ends: &Ends, moved: &mut Moved) -> Course {
        let from = state.increment;
        if self.pitch.is_still() {
            return Course::resting(from);
        }
        let moves = match moved {
            Some((motion, moves)) if *motion == self.motion => *moves,
            _ => self.pitch.moves(ends, &mut state.cursors),
        };
        *moved = Some((self.motion, moves));
        let ends = self.pitch.increments(&moves, self.onset.rate);
        state.increment = ends[LANES - 1];
        Course { from, ends }
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
