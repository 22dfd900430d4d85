//! From a struck layer to numbers: the one place where key, velocity and articulation become cents, octaves, frames and
//! levels.

use std::hash::{Hash, Hasher};

use super::layer_group::{EnvelopePlace, LayerGroup, key_factor};
use crate::dsp::curve::CurveSegment;
use crate::dsp::envelope::{Attack, HeldEnvelope, HeldTimes};
use crate::dsp::filter::Response;
use crate::dsp::lfo::LowFrequencyOscillator;
use crate::score::Glide;
use crate::sound::resolved::{
    Destination, FilterEnvelope, FilterSpec, GlideSpec, LayerId, LayerSpec, PitchSpec, PitchSweep,
    RATIO_BITS, Source, Swing, ToneSpec,
};
use crate::sound::spectrum::Strike;
use crate::sound::{Filter, FilterKind, Layer, Lfo, LoopMode, Preset, Recording, Waveform};
use crate::units::{Cents, Hertz, Key, SampleRate, Seconds, Velocity};

/// The attack of a note that continues another.
const LEGATO_ATTACK: Seconds = Seconds(0.008);

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

/// The controllers that shape the held envelope, at the onset; 64 is neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AttackControls {
    /// Whether the note continues another, without an attack of its own.
    pub(super) legato: bool,
    /// CC73.
    pub(super) attack: u8,
    /// CC75.
    pub(super) decay: u8,
}

/// The controllers that shape the vibrato, at the onset; 64 is neutral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct VibratoControls {
    /// CC76.
    pub(super) rate: u8,
    /// CC77.
    pub(super) depth: u8,
    /// CC78.
    pub(super) delay: u8,
}

/// What the held envelopes of a layer group depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeldKey {
    /// The layer group, by its index.
    pub(super) group: u32,
    pub(super) key: Key,
    /// The velocity that makes the timbre.
    pub(super) velocity: Velocity,
    pub(super) attack: AttackControls,
}

/// In one word: every note looks its envelopes up.
impl Hash for HeldKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            group,
            key,
            velocity,
            attack:
                AttackControls {
                    legato,
                    attack,
                    decay,
                },
        } = *self;
        let (key, velocity) = (u64::from(key.get()), u64::from(velocity.get()));
        let times = u64::from(attack) | u64::from(decay) << 7 | u64::from(legato) << 14;
        state.write_u64(u64::from(group) << 29 | key << 22 | velocity << 15 | times);
    }
}

/// All that the numbers of a layer group depend on: what a note brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StrikeKey {
    pub(super) held: HeldKey,
    pub(super) vibrato: VibratoControls,
    pub(super) glide: Option<Glide>,
    /// Frames until its key is up, where the tone depends on them.
    pub(super) gate: Option<u64>,
    /// What controllers do to each [`Destination`] as long as the tone sounds: the bits of the value at which they rest, or
    /// none where they move.
    pub(super) resting: [Option<u32>; Destination::COUNT],
}

/// In few words: every note looks its strike up.
impl Hash for StrikeKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            held,
            vibrato,
            glide,
            gate,
            resting,
        } = *self;
        held.hash(state);
        let [rate, depth, delay] = [vibrato.rate, vibrato.depth, vibrato.delay];
        let (from, time) = glide.map_or((255, 0), |glide| (glide.from.get(), glide.time));
        let [low, high] = time.to_le_bytes();
        state.write_u64(u64::from_le_bytes([
            rate, depth, delay, from, low, high, 0, 0,
        ]));
        for pair in resting.as_chunks::<2>().0 {
            let [one, other] = pair.map(|bits| u64::from(bits.unwrap_or(u32::MAX)));
            state.write_u64(one | other << 32);
        }
        if let Some(gate) = gate {
            state.write_u64(gate);
        }
    }
}

impl StrikeKey {
    /// What stays of what controllers do to a destination; nothing, where it moves.
    fn still(&self, destination: Destination) -> f64 {
        let bits = self.resting[destination as usize];
        bits.map_or(0.0, |bits| f64::from(f32::from_bits(bits)))
    }

    fn moves(&self, destination: Destination) -> bool {
        self.resting[destination as usize].is_none()
    }
}

/// The numbers of the layers of a group, which have these held envelopes.
pub(super) fn tone<'a>(
    preset: &'a Preset,
    group: &LayerGroup,
    struck: &StrikeKey,
    held: &[HeldEnvelope],
    rate: SampleRate,
) -> ToneSpec<'a> {
    let layers = group.layers.iter().zip(held).map(|(&index, &held)| {
        let layer = &preset.layers[usize::from(index)];
        let id = LayerId {
            preset: group.preset.index(),
            layer: index,
        };
        let shape = match group.envelope {
            EnvelopePlace::Baked => {
                let level = layer.gain(struck.held.key, struck.held.velocity, group.velocity_curve);
                (Some(held), level)
            }
            // Both are the affair of each voice.
            EnvelopePlace::Outside => (None, 1.0),
        };
        self::layer(id, layer, struck, shape, rate)
    });
    ToneSpec {
        layers: layers.collect(),
    }
}

fn layer<'a>(
    id: LayerId,
    layer: &'a Layer,
    struck: &StrikeKey,
    (held, level): (Option<HeldEnvelope>, f32),
    rate: SampleRate,
) -> LayerSpec<'a> {
    let first = vibrato_lfo(&layer.lfo, struck.vibrato, rate);
    let second = layer
        .second_lfo
        .map(|lfo| (lfo, LowFrequencyOscillator::new(lfo.rate, lfo.delay, rate)));
    let swings = |depth: fn(&Lfo) -> f64| {
        let second = second.and_then(|(lfo, sine)| Swing::new(sine, depth(&lfo)));
        [Swing::new(first, depth(&layer.lfo)), second]
    };
    let [_, sway] = swings(|lfo| lfo.pitch.0);
    LayerSpec {
        source: source(id, layer, struck, first),
        unison: &layer.unison,
        pitch: layer.waveform.is_pitched().then(|| PitchSpec {
            sway,
            vibrato: vibrato(layer, struck, first),
            ..pitch(layer, struck, rate)
        }),
        tremolo: swings(|lfo| lfo.gain),
        filter: filter(layer, struck, rate).map(|filter| FilterSpec {
            swings: swings(|lfo| lfo.cutoff.0 / 1200.0),
            ..filter
        }),
        held,
        level,
    }
}

/// What the spectrum of a layer depends on. Stored cycles serve three neighbouring keys each.
fn strike(layer: &Layer, key: Key, velocity: Velocity) -> Strike {
    const NEIGHBOURS: u8 = 3;
    let key = match layer.waveform {
        Waveform::Harmonics(_) => Key::new(key.get() / NEIGHBOURS * NEIGHBOURS + NEIGHBOURS / 2),
        _ => key,
    };
    Strike {
        fundamental: layer.pitch.fixed.unwrap_or(key.frequency()),
        key,
        velocity,
    }
}

fn source<'a>(
    id: LayerId,
    layer: &'a Layer,
    struck: &StrikeKey,
    lfo: LowFrequencyOscillator,
) -> Source<'a> {
    let strike = strike(layer, struck.held.key, struck.held.velocity);
    match &layer.waveform {
        Waveform::Sine => Source::Sine,
        Waveform::Square => Source::Square,
        Waveform::Sawtooth => Source::Sawtooth,
        Waveform::Triangle => Source::Triangle,
        Waveform::Pulse(width) => Source::Pulse(*width),
        Waveform::Noise(noise) => Source::Noise {
            colour: noise.colour,
            seed: noise.seed_of(struck.held.key),
        },
        Waveform::Harmonics(harmonics) => Source::Harmonics {
            harmonics,
            id,
            struck: harmonics.spectrum.strike(strike),
            morph: harmonics
                .morph
                .as_ref()
                .map(|morph| (morph.spectrum.strike(strike), Swing::new(lfo, morph.lfo))),
        },
        Waveform::Modal(modal) => Source::Modal {
            modal,
            id,
            struck: modal.strike(strike, layer.floor(struck.held.key)),
        },
        Waveform::Pluck(pluck) => Source::Pluck {
            pluck,
            id,
            struck: pluck.strike(strike),
        },
        Waveform::Fm(fm) => Source::Fm {
            fm,
            id,
            brightness: fm.brightness(struck.held.key, struck.held.velocity),
        },
        Waveform::Recording(recording) => Source::Recording {
            recording,
            id,
            gate: struck
                .gate
                .filter(|_| recording.mode == LoopMode::UntilRelease),
        },
    }
}

/// The first lfo of a layer. CC76 and CC78 halve and double rate and delay towards their ends (64 is neutral); GM2 leaves the
/// amount open.
fn vibrato_lfo(lfo: &Lfo, controls: VibratoControls, rate: SampleRate) -> LowFrequencyOscillator {
    let factor = |value: u8| libm::exp2((f64::from(value) - 64.0) / 64.0);
    LowFrequencyOscillator::new(
        Hertz(lfo.rate.0 * factor(controls.rate)),
        Seconds(lfo.delay.0 * factor(controls.delay)),
        rate,
    )
}

/// The vibrato, if there is any or a movement may bring some.
fn vibrato(layer: &Layer, struck: &StrikeKey, lfo: LowFrequencyOscillator) -> Option<Swing> {
    let own = layer.lfo.pitch.0 * f64::from(struck.vibrato.depth) / 64.0;
    let depth = own + struck.still(Destination::Vibrato);
    (depth != 0.0 || struck.moves(Destination::Vibrato)).then_some(Swing { lfo, depth })
}

/// The pitch of a layer on a key, in cents: 6900 is 440 Hz.
fn key_cents(layer: &Layer, key: Key) -> f64 {
    match layer.pitch.fixed {
        Some(Hertz(hertz)) => 6900.0 + 1200.0 * libm::log2(hertz / 440.0),
        None => {
            let distance = key.octaves() / 4.0;
            let stretch = layer.pitch.stretch.0 * distance * distance * distance;
            f64::from(key.get()) * 100.0 + stretch
        }
    }
}

/// How a recording without a loop is read on a key: as slowly as anything but controllers may have it.
pub(super) struct Reading {
    /// Frames of the recording, and of the kernel behind them.
    frames: f64,
    /// Frames that are read for each that is heard, without bends.
    ratio: f64,
    /// Frames by which it may be over later, since it is slowed down for a while.
    pub(super) slow_frames: f64,
}

/// How the recording of a layer is read on a key, where a modulation wheel may make it vibrate or not; none for what loops, or
/// is none.
pub(super) fn reading(
    layer: &Layer,
    key: Key,
    vibrates: bool,
    rate: SampleRate,
) -> Option<Reading> {
    let recording = layer.waveform.recording();
    let recording = recording.filter(|recording| recording.mode == LoopMode::Never)?;
    let unison = layer.unison.iter().map(|copy| copy.detune.0);
    let cents = key_cents(layer, key) + layer.pitch.detune.0 + unison.fold(0.0, f64::min);
    // A sweep from below slows it down until it is over; an lfo does so for half a cycle at most more than it speeds it up.
    let sweep = if layer.pitch.sweep.0 < 0.0 {
        layer.pitch.sweep_decay.in_frames(rate)
    } else {
        0.0
    };
    let lfos = [(Some(layer.lfo), vibrates), (layer.second_lfo, false)];
    let swinging = lfos
        .into_iter()
        .filter_map(|(lfo, vibrates)| lfo.filter(|lfo| vibrates || lfo.pitch.0 != 0.0));
    let swings = swinging.map(|lfo| f64::from(rate.hz()) / lfo.rate.0.max(0.1));
    let ratio = recording.ratio(cents - recording.root.0, rate);
    Some(Reading {
        // The last frame is heard as far as the longest kernel for this ratio reaches.
        frames: recording.frames.frames() as f64 + 20.0 * ratio.max(1.0),
        ratio,
        slow_frames: sweep + swings.sum::<f64>(),
    })
}

impl Reading {
    /// The frames after which it is over, if that is within `limit`, where `bend` gives the cents from each frame on, and for how many frames that holds.
    pub(super) fn end(&self, limit: u64, bend: impl Fn(u64) -> CurveSegment) -> Option<u64> {
        const STEP: u64 = 1 << 12;
        let (mut left, mut now) = (self.frames, 0);
        while now < limit {
            let CurveSegment { value, slope, end } = bend(now);
            let frames = match slope {
                0.0 => end,
                _ => end.min(STEP),
            };
            let lowest = value.min(value + slope * frames as f32);
            let ratio = self.ratio * libm::exp2(f64::from(lowest) / 1200.0);
            let needed = (left / ratio).ceil();
            if needed <= frames as f64 {
                return Some(now.saturating_add(needed as u64));
            }
            left -= ratio * frames as f64;
            now = now.saturating_add(frames);
        }
        None
    }
}

/// What is added to the cents of a recording so that its frequency is the ratio of frames read to frames heard.
fn reading_cents(recording: &Recording) -> f64 {
    let whole = f64::from(1u32 << (32 - RATIO_BITS));
    6900.0 - recording.root.0 + 1200.0 * libm::log2(recording.rate.0 / (whole * 440.0))
}

/// The pitch but for what sways it.
fn pitch(layer: &Layer, struck: &StrikeKey, rate: SampleRate) -> PitchSpec {
    let key = struck.held.key;
    let glide = struck.glide.filter(|_| layer.pitch.fixed.is_none());
    let cents = key_cents(layer, key) + layer.pitch.detune.0 + struck.still(Destination::Pitch);
    let reading = layer.waveform.recording().map_or(0.0, |r| reading_cents(r));
    let cents = cents + reading;
    PitchSpec {
        sweep: sweep(layer, rate),
        glide: glide.map(|glide| GlideSpec {
            cents: (f64::from(glide.from.get()) - f64::from(key.get())) * 100.0,
            frames: glide.duration().in_frames(rate).max(1.0),
        }),
        ..PitchSpec::still(cents)
    }
}

fn sweep(layer: &Layer, rate: SampleRate) -> Option<PitchSweep> {
    let frames = layer.pitch.sweep_decay.in_frames(rate).max(1.0);
    let fall = PitchSweep {
        cents: layer.pitch.sweep.0,
        octaves_per_frame: libm::log2(0.001) / frames,
    };
    (fall.cents != 0.0).then_some(fall)
}

/// The filter but for what sways it, if the layer has one or brightness asks for one.
fn filter(layer: &Layer, struck: &StrikeKey, rate: SampleRate) -> Option<FilterSpec> {
    let brightness = struck.still(Destination::Cutoff);
    let touched = brightness != 0.0 || struck.moves(Destination::Cutoff);
    let filter = layer.filter.or(touched.then_some(OPEN_FILTER))?;
    let cents = brightness * 1200.0
        + (f64::from(struck.held.key.get()) - 60.0) * 100.0 * filter.key_tracking
        - filter.velocity.0 * (1.0 - f64::from(struck.held.velocity.get()) / 127.0);
    let envelope = FilterEnvelope {
        octaves: filter.envelope_depth.0 / 1200.0,
        attack: filter.attack.in_frames(rate),
        decay: filter.decay.in_frames(rate),
        sustain_level: filter.sustain_level,
    };
    Some(FilterSpec {
        response: match filter.kind {
            FilterKind::Lowpass => Response::Low,
            FilterKind::Highpass => Response::High,
            FilterKind::Bandpass => Response::Band,
        },
        octaves: libm::log2(filter.cutoff.0 / f64::from(rate.hz())) + cents / 1200.0,
        resonance: filter.resonance + struck.still(Destination::Resonance),
        envelope: (envelope.octaves != 0.0).then_some(envelope),
        swings: [None; 2],
    })
}

/// The held envelope of a layer on a key struck with a velocity, as the controllers at the onset shape it.
pub(super) fn held(
    layer: &Layer,
    controls: AttackControls,
    (key, velocity): (Key, Velocity),
    rate: SampleRate,
) -> HeldEnvelope {
    let envelope = &layer.envelope;
    let attack = envelope.attack.in_frames(rate) * time_factor(controls.attack);
    let legato = LEGATO_ATTACK.in_frames(rate);
    let rise = Attack {
        delay: envelope.delay.in_frames(rate),
        attack: if controls.legato {
            attack.min(legato)
        } else {
            attack
        },
        curve: envelope.attack_curve,
    };
    let factor = time_factor(controls.decay) * key_factor(envelope.key_scaling, key);
    let held = HeldEnvelope::new(HeldTimes {
        rise,
        hold: envelope.hold.in_frames(rate),
        decay: envelope.decay.in_frames(rate) * factor,
        sustain_level: envelope.sustain_level,
        fade: (envelope.fade.0 > 0.0).then(|| envelope.fade.in_frames(rate) * factor),
    });
    let rings = match &layer.waveform {
        Waveform::Modal(modal) => {
            modal.end_of(&modal.strike(strike(layer, key, velocity), layer.floor(key)))
        }
        Waveform::Pluck(pluck) => pluck.end_of(key, layer.floor(key)),
        Waveform::Sine
        | Waveform::Square
        | Waveform::Sawtooth
        | Waveform::Triangle
        | Waveform::Pulse(_)
        | Waveform::Noise(_)
        | Waveform::Harmonics(_)
        | Waveform::Fm(_)
        | Waveform::Recording(_) => return held,
    };
    held.ending_by(rings.in_frames(rate))
}

/// CC72, CC73 and CC75 double or halve a time every 16 steps (64 is neutral); GM2 leaves the amount open.
pub(super) fn time_factor(value: u8) -> f64 {
    libm::exp2((f64::from(value) - 64.0) / 16.0)
}
