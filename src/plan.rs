//! A score and a bank become work: the distinct tones, the voices that use them, and the curves that move them.
//!
//! A voice is one layer of one note. Its tone's identity holds exactly what the tone's samples depend on; what a layer
//! does not use is left out of it, so that equal things are found to be equal.

use std::collections::{BTreeMap, HashMap};

use crate::dsp::curve::Curve;
use crate::dsp::envelope::Course;
use crate::preset::{Bank, Layer, Preset, PresetId, Waveform};
use crate::score::{
    Articulation, ChannelLanes, Ending, Glide, Instant, Lane, Note, Score, Sound, Timebase,
};
use crate::units::{Channel, Decibels, Key, SampleRate, Seconds};

/// A note of no length still speaks: the shortest time for which a key counts as down.
const SHORTEST_GATE: Seconds = Seconds(0.005);

/// How fast a note that is cut off, or choked by another, fades: fast, but without a click.
const CUT: Seconds = Seconds(0.008);

/// The attack of a note that continues another.
const LEGATO_ATTACK: Seconds = Seconds(0.008);

/// What the soft pedal takes away. The standard leaves it open; a piano's una corda takes 2 to 3 dB.
const SOFT_PEDAL: Decibels = Decibels(-2.5);

/// Everything there is to do for a song.
#[derive(Debug)]
pub struct Plan<'a> {
    bank: &'a Bank,
    /// The rate that all frames here are counted at.
    pub rate: SampleRate,
    /// How long the rendering is: to the end of the song or of the last sound, whichever is later.
    pub frames: u64,
    /// The distinct tones, in order of first use.
    pub tones: Vec<ToneSpec>,
    /// The voices in score order: by onset.
    pub voices: Vec<Voice>,
    /// The envelopes that voices refer to.
    pub courses: Vec<Course>,
    /// Where voices are summed.
    pub buses: Vec<Bus>,
    /// What moves the tones of each channel.
    pub channels: Vec<ToneCurves>,
    /// Vibrato by pressure on single keys, in cents.
    pub key_pressure: BTreeMap<(Channel, Key), Curve>,
    /// Notes that no preset of the bank plays: drum keys without a drum.
    pub silent_notes: u64,
}

/// One layer of one note.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// The frame at which it begins.
    pub onset: u64,
    /// Frames until its release.
    pub gate: u64,
    /// Index of its tone.
    pub tone: u32,
    /// Index of its envelope.
    pub course: u32,
    /// Linear gain.
    pub gain: f32,
    /// Index of its bus.
    pub bus: u32,
}

/// A tone: what stages one and two make, for all voices that are equal in it.
#[derive(Clone, Debug)]
pub struct ToneSpec {
    /// What its samples depend on.
    pub identity: Identity,
    /// Tells apart the noises of presets, by name.
    pub preset_seed: u32,
    /// How many frames of it are needed at most.
    pub length: u64,
    /// How many voices use it.
    pub uses: u32,
    /// The last frame of the song, exclusive, at which it is needed.
    pub last_use: u64,
}

/// What a tone's samples depend on; fields that its layer does not use are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The preset.
    pub preset: PresetId,
    /// The layer of the preset.
    pub layer: u16,
    /// The key.
    pub key: u8,
    /// The velocity.
    pub velocity: u8,
    /// The vibrato controllers.
    pub vibrato: VibratoControls,
    /// The glide that it begins with.
    pub glide: Option<Glide>,
    /// What the channel's controllers do meanwhile.
    pub motion: Motion,
}

/// CC76 to CC78 at the onset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VibratoControls {
    /// CC76.
    pub rate: u8,
    /// CC77.
    pub depth: u8,
    /// CC78.
    pub delay: u8,
}

/// What a channel's controllers do while a tone sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// They rest, at these values (as the bits of an `f32`, which can be compared).
    Still {
        /// Cents.
        pitch: u32,
        /// Cents.
        vibrato: u32,
        /// -1 to 1.
        brightness: u32,
        /// -1 to 1.
        resonance: u32,
    },
    /// They move: only tones of the same channel and onset are equal.
    Moving {
        /// The channel.
        channel: Channel,
        /// The frame of the onset.
        onset: u64,
    },
}

/// The curves of a channel that change its tones.
#[derive(Clone, Debug)]
pub struct ToneCurves {
    /// Cents.
    pub pitch: Curve,
    /// Depth in cents.
    pub vibrato: Curve,
    /// -1 to 1.
    pub brightness: Curve,
    /// -1 to 1.
    pub resonance: Curve,
}

impl ToneCurves {
    fn new(lanes: &ChannelLanes, scale: Scale) -> Self {
        Self {
            pitch: scale.curve(&lanes.pitch),
            vibrato: scale.curve(&lanes.vibrato),
            brightness: scale.curve(&lanes.brightness),
            resonance: scale.curve(&lanes.resonance),
        }
    }

    /// Whether brightness or resonance ever differ from their neutral value.
    #[must_use]
    pub fn timbre_moves(&self) -> bool {
        let neutral = |curve: &Curve| curve.constant_over(0, u64::MAX) == Some(0.0);
        !(neutral(&self.brightness) && neutral(&self.resonance))
    }
}

/// Where voices of equal place are summed: a channel's strip is the sum of its buses.
#[derive(Clone, Debug)]
pub struct Bus {
    /// The channel.
    pub channel: Channel,
    /// Gain to the left over time.
    pub left: Curve,
    /// Gain to the right over time.
    pub right: Curve,
}

impl<'a> Plan<'a> {
    /// Plans a score with the sounds of a bank.
    #[must_use]
    pub fn new(score: &Score, bank: &'a Bank, rate: SampleRate) -> Self {
        let mut planner = Planner::new(score, bank, rate);
        let chokes = Chokes::find(score, bank);
        for (index, note) in score.notes.iter().enumerate() {
            planner.note(note, chokes.end(index));
        }
        planner.plan.voices.sort_by_key(|voice| voice.onset);
        planner.plan
    }

    /// The same plan in which every voice has a tone of its own: the slow way to the same samples, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn unshared(mut self) -> Self {
        let shared = std::mem::take(&mut self.tones);
        for (index, voice) in self.voices.iter_mut().enumerate() {
            self.tones.push(ToneSpec {
                uses: 1,
                ..shared[voice.tone as usize].clone()
            });
            voice.tone = index as u32;
        }
        self
    }

    /// The layer that a tone comes from.
    #[must_use]
    pub fn layer(&self, tone: &ToneSpec) -> &'a Layer {
        &self.bank.preset(tone.identity.preset).layers[usize::from(tone.identity.layer)]
    }

    /// The envelope of a voice.
    #[must_use]
    pub fn course(&self, voice: &Voice) -> &Course {
        &self.courses[voice.course as usize]
    }

    /// How many frames of a voice sound.
    #[must_use]
    pub fn length(&self, voice: &Voice) -> u64 {
        self.course(voice).length(voice.gate)
    }
}

/// Where instants lie in frames.
#[derive(Clone, Copy, Debug)]
struct Scale {
    timebase: Timebase,
    rate: SampleRate,
}

impl Scale {
    fn frame(self, instant: Instant) -> u64 {
        self.timebase.frame(instant, self.rate)
    }

    fn curve(self, lane: &Lane) -> Curve {
        let changes = lane
            .points()
            .iter()
            .map(|(at, value)| (self.frame(*at), *value));
        Curve::ramped(lane.initial(), changes, self.rate)
    }
}

/// The plan in the making.
struct Planner<'a, 's> {
    score: &'s Score,
    scale: Scale,
    plan: Plan<'a>,
    tone_ids: HashMap<Identity, u32>,
    course_ids: HashMap<CourseKey, u32>,
    bus_ids: BTreeMap<(Channel, u32), u32>,
}

/// What an envelope in frames depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct CourseKey {
    preset: PresetId,
    layer: u16,
    legato: bool,
    cut: bool,
    /// CC73, CC75, CC72.
    times: [u8; 3],
}

impl<'a, 's> Planner<'a, 's> {
    fn new(score: &'s Score, bank: &'a Bank, rate: SampleRate) -> Self {
        let scale = Scale {
            timebase: score.timebase,
            rate,
        };
        let plan = Plan {
            bank,
            rate,
            frames: scale.frame(score.end),
            tones: Vec::new(),
            voices: Vec::with_capacity(score.notes.len()),
            courses: Vec::new(),
            buses: Vec::new(),
            channels: score
                .channels
                .iter()
                .map(|lanes| ToneCurves::new(lanes, scale))
                .collect(),
            key_pressure: score
                .key_pressure
                .iter()
                .map(|(key, lane)| (*key, scale.curve(lane)))
                .collect(),
            silent_notes: 0,
        };
        Self {
            score,
            scale,
            plan,
            tone_ids: HashMap::new(),
            course_ids: HashMap::new(),
            bus_ids: BTreeMap::new(),
        }
    }

    fn note(&mut self, note: &Note, choked: Option<Instant>) {
        let articulation = self.score.articulation(note);
        let Some(id) = preset_of(self.plan.bank, articulation, note.key) else {
            self.plan.silent_notes += 1;
            return;
        };
        let preset = self.plan.bank.preset(id);
        for (index, layer) in preset.layers.iter().enumerate() {
            if layer.keys.contains(&note.key.get())
                && layer.velocities.contains(&note.velocity.get())
            {
                self.voice(
                    note,
                    articulation,
                    choked,
                    (id, preset),
                    (index as u16, layer),
                );
            }
        }
    }

    fn voice(
        &mut self,
        note: &Note,
        articulation: &Articulation,
        choked: Option<Instant>,
        (id, preset): (PresetId, &Preset),
        (index, layer): (u16, &Layer),
    ) {
        let onset = self.scale.frame(note.onset);
        let end = choked.filter(|choke| preset.one_shot || *choke < note.end);
        let cut = end.is_some() || note.ending == Ending::Cut;
        let key = CourseKey {
            preset: id,
            layer: index,
            legato: articulation.legato,
            cut,
            times: [
                articulation.attack_time,
                articulation.decay_time,
                articulation.release_time,
            ],
        };
        let course_id = self.course(key, layer);
        let course = self.plan.courses[course_id as usize];
        let shortest = SHORTEST_GATE.to_frames(self.plan.rate);
        let gate = match (end, preset.one_shot.then(|| course.natural_end()).flatten()) {
            (None, Some(natural)) if note.ending == Ending::Released => natural,
            (choke, _) => (self.scale.frame(choke.unwrap_or(note.end)) - onset).max(shortest),
        };
        let length = course.length(gate);
        let tone = self.tone(
            note,
            articulation,
            (id, preset),
            (index, layer),
            onset,
            length,
        );
        let bus = self.bus(note.channel, layer.pan);
        let soft = if articulation.soft {
            SOFT_PEDAL.gain()
        } else {
            1.0
        };
        let loudness = libm::pow(note.velocity.share(), layer.velocity_curve) * soft;
        let gain = (f64::from(layer.level) * loudness) as f32;
        self.plan.frames = self.plan.frames.max(onset + length);
        self.plan.voices.push(Voice {
            onset,
            gate,
            tone,
            course: course_id,
            gain,
            bus,
        });
    }

    fn course(&mut self, key: CourseKey, layer: &Layer) -> u32 {
        let (courses, rate) = (&mut self.plan.courses, self.plan.rate);
        *self.course_ids.entry(key).or_insert_with(|| {
            courses.push(course_of(key, layer, rate));
            courses.len() as u32 - 1
        })
    }

    fn tone(
        &mut self,
        note: &Note,
        articulation: &Articulation,
        (id, preset): (PresetId, &Preset),
        (index, layer): (u16, &Layer),
        onset: u64,
        length: u64,
    ) -> u32 {
        let motion = self.motion(note, layer, onset, length);
        let identity = Identity {
            preset: id,
            layer: index,
            key: if uses_key(layer) { note.key.get() } else { 0 },
            velocity: if uses_velocity(layer) {
                note.velocity.get()
            } else {
                0
            },
            vibrato: vibrato_controls(articulation, layer, motion),
            glide: articulation.glide.filter(|_| follows_keys(layer)),
            motion,
        };
        let tones = &mut self.plan.tones;
        let tone = *self.tone_ids.entry(identity).or_insert_with(|| {
            tones.push(ToneSpec {
                identity,
                preset_seed: name_hash(&preset.name),
                length: 0,
                uses: 0,
                last_use: 0,
            });
            tones.len() as u32 - 1
        });
        let spec = &mut self.plan.tones[tone as usize];
        spec.length = spec.length.max(length);
        spec.uses = spec.uses.saturating_add(1);
        spec.last_use = spec.last_use.max(onset + length);
        tone
    }

    /// What the controllers that this layer heeds do while it sounds.
    fn motion(&self, note: &Note, layer: &Layer, onset: u64, length: u64) -> Motion {
        let curves = &self.plan.channels[note.channel.index()];
        let end = onset + length.max(1);
        let value = |heeded: bool, curve: &Curve| {
            if heeded {
                curve.constant_over(onset, end)
            } else {
                Some(0.0)
            }
        };
        let pitched = is_pitched(layer);
        let pressure = match self.plan.key_pressure.get(&(note.channel, note.key)) {
            Some(curve) => value(pitched, curve),
            None => Some(0.0),
        };
        let values = (
            value(pitched, &curves.pitch),
            value(pitched, &curves.vibrato),
            pressure,
            value(true, &curves.brightness),
            value(true, &curves.resonance),
        );
        match values {
            (Some(pitch), Some(vibrato), Some(pressure), Some(brightness), Some(resonance)) => {
                // Adding zero makes one zero of both, whose bits differ.
                let bits = |value: f32| (value + 0.0).to_bits();
                let heeded = layer.filter.is_some() || brightness != 0.0;
                Motion::Still {
                    pitch: bits(pitch),
                    vibrato: bits(vibrato + pressure),
                    brightness: bits(brightness),
                    resonance: bits(if heeded { resonance } else { 0.0 }),
                }
            }
            _ => Motion::Moving {
                channel: note.channel,
                onset,
            },
        }
    }

    fn bus(&mut self, channel: Channel, pan: f32) -> u32 {
        let (plan, score, scale) = (&mut self.plan, self.score, self.scale);
        *self
            .bus_ids
            .entry((channel, (pan + 0.0).to_bits()))
            .or_insert_with(|| {
                plan.buses.push(bus_of(channel, pan, score, scale));
                plan.buses.len() as u32 - 1
            })
    }
}

fn preset_of(bank: &Bank, articulation: &Articulation, key: Key) -> Option<PresetId> {
    match articulation.sound {
        Sound::Melodic {
            bank_msb,
            bank_lsb,
            program,
        } => Some(bank.melodic(bank_msb, bank_lsb, program)),
        Sound::Drums { kit } => bank.drum(kit, key),
    }
}

fn is_pitched(layer: &Layer) -> bool {
    !matches!(layer.waveform, Waveform::WhiteNoise | Waveform::PinkNoise)
}

fn follows_keys(layer: &Layer) -> bool {
    is_pitched(layer) && layer.pitch.fixed.is_none()
}

fn uses_key(layer: &Layer) -> bool {
    follows_keys(layer)
        || layer
            .filter
            .is_some_and(|filter| filter.key_tracking != 0.0)
}

fn uses_velocity(layer: &Layer) -> bool {
    layer.filter.is_some_and(|filter| filter.velocity.0 != 0.0)
}

/// The vibrato controllers, where anything sways at all.
fn vibrato_controls(articulation: &Articulation, layer: &Layer, motion: Motion) -> VibratoControls {
    let lfo = &layer.lfo;
    let swayed = matches!(motion, Motion::Moving { .. })
        || matches!(motion, Motion::Still { vibrato, .. } if vibrato != 0)
        || lfo.pitch.0 != 0.0
        || lfo.gain != 0.0
        || lfo.cutoff.0 != 0.0;
    if swayed {
        VibratoControls {
            rate: articulation.vibrato_rate,
            depth: articulation.vibrato_depth,
            delay: articulation.vibrato_delay,
        }
    } else {
        VibratoControls {
            rate: 64,
            depth: 64,
            delay: 64,
        }
    }
}

fn course_of(key: CourseKey, layer: &Layer, rate: SampleRate) -> Course {
    // CC72, CC73 and CC75 double or halve a time every 16 steps (64 is neutral); GM2 leaves the amount open.
    let factor = |value: u8| libm::exp2((f64::from(value) - 64.0) / 16.0);
    let [attack, decay, release] = key.times.map(factor);
    let (envelope, cut) = (&layer.envelope, CUT.in_frames(rate));
    let own_attack = envelope.attack.in_frames(rate) * attack;
    Course {
        attack: if key.legato {
            own_attack.min(LEGATO_ATTACK.in_frames(rate))
        } else {
            own_attack
        },
        hold: envelope.hold.in_frames(rate),
        decay: envelope.decay.in_frames(rate) * decay,
        sustain_level: envelope.sustain_level,
        release: if key.cut {
            cut
        } else {
            envelope.release.in_frames(rate) * release
        },
    }
}

/// The gains of a bus: volume and expression by General MIDI's square law, pan by the equal-power law, the balance
/// lowering the far side.
fn bus_of(channel: Channel, offset: f32, score: &Score, scale: Scale) -> Bus {
    let lanes = &score.channels[channel.index()];
    let sources = [
        &lanes.volume,
        &lanes.expression,
        &lanes.pan,
        &lanes.balance,
        &score.master_volume,
    ];
    let mut changes: Vec<(Instant, usize, f32)> = Vec::new();
    for (source, lane) in sources.iter().enumerate() {
        changes.extend(
            lane.points()
                .iter()
                .map(|(at, value)| (*at, source, *value)),
        );
    }
    changes.sort_by_key(|(at, source, _)| (*at, *source));
    let mut values = sources.map(Lane::initial);
    let initial = gains(values, offset);
    let mut course = Vec::new();
    for (at, source, value) in changes {
        values[source] = value;
        course.push((scale.frame(at), gains(values, offset)));
    }
    // Of several changes in one frame the last holds.
    course.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 = later.1;
        }
        same
    });
    let curve = |side: fn((f32, f32)) -> f32| {
        Curve::ramped(
            side(initial),
            course.iter().map(|(frame, gains)| (*frame, side(*gains))),
            scale.rate,
        )
    };
    Bus {
        channel,
        left: curve(|gains| gains.0),
        right: curve(|gains| gains.1),
    }
}

/// Left and right gain. Volumes: `(value / 127)^2` (GM2 4.3.3: 40 log of it); pan: cosine and sine of a quarter turn.
fn gains([volume, expression, pan, balance, master]: [f32; 5], offset: f32) -> (f32, f32) {
    let level = f64::from(volume) * f64::from(expression) * f64::from(master);
    let level = level * level;
    let place = f64::from(pan + offset).clamp(-1.0, 1.0);
    let (right, left) = libm::sincos((place + 1.0) * std::f64::consts::FRAC_PI_4);
    let balance = f64::from(balance);
    let (left, right) = (
        left * (1.0 - balance).min(1.0),
        right * (1.0 + balance).min(1.0),
    );
    ((level * left) as f32, (level * right) as f32)
}

/// FNV-1a (Fowler, Noll, Vo) of a preset's name.
fn name_hash(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Which notes another one of their choke group cuts off, and when.
struct Chokes(HashMap<usize, Instant>);

impl Chokes {
    fn find(score: &Score, bank: &Bank) -> Self {
        let mut sounding: BTreeMap<(Channel, u8), Vec<usize>> = BTreeMap::new();
        let mut ends = HashMap::new();
        for (index, note) in score.notes.iter().enumerate() {
            let articulation = score.articulation(note);
            if !matches!(articulation.sound, Sound::Drums { .. }) {
                continue;
            }
            let preset = preset_of(bank, articulation, note.key).map(|id| bank.preset(id));
            if let Some(group) = preset.and_then(|preset| preset.choke_group) {
                let group = sounding.entry((note.channel, group)).or_default();
                // Notes struck together sound together.
                if group
                    .last()
                    .is_some_and(|last| score.notes[*last].onset < note.onset)
                {
                    ends.extend(group.drain(..).map(|choked| (choked, note.onset)));
                }
                group.push(index);
            }
        }
        Self(ends)
    }

    fn end(&self, note: usize) -> Option<Instant> {
        self.0.get(&note).copied()
    }
}
