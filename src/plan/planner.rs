//! Notes to voices: each note's preset, timing and gain, and the tone that it shares with its equals.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::bus::Buses;
use super::choke::Chokes;
use super::group::{Group, Grouping};
use super::key_up::{KeyUp, KeyUps};
use super::part::{self, Part, Uses, Zone, Zones, held, preset_of, time_factor};
use super::{
    AttackControls, Ending, Excerpt, Identity, Motion, Plan, Scale, ToneCurves, ToneSpec,
    VibratoControls, Voice,
};
use crate::bank::{Bank, PresetId};
use crate::dsp::curve::Curve;
use crate::dsp::envelope::{Held, Release};
use crate::score::{self, Articulation, Instant, Note, Score};
use crate::sound::Trigger;
use crate::units::{Channel, Decibels, Key, SampleRate, Seconds, Velocity};

/// A note of no length still speaks: the shortest time for which a key counts as down.
const SHORTEST_GATE: Seconds = Seconds(0.005);

/// How fast a note that is cut off, or choked by another, fades: fast, but without a click.
const CUT: Seconds = Seconds(0.008);

/// What the soft pedal takes away. The standard leaves it open; a piano's una corda takes 2 to 3 dB.
const SOFT_PEDAL: Decibels = Decibels(-2.5);

/// How many voices of one instant are searched for an equal one: black MIDI stacks equal notes side by side.
const TOGETHER: usize = 64;

/// A song of no length still makes a recording: many readers refuse one without frames.
const SHORTEST_SONG: Seconds = Seconds(0.1);

/// From one velocity to the next that has a timbre of its own: 1, 43, 85 and 127 have, others that of the nearest (the gain
/// of each is its own), so that more notes share a tone. A slope that falls by 8 dB per octave from the hardest to the
/// softest note is wrong by 1.3 dB at most; recorded instruments have two to four such steps.
const VELOCITY_STEP: u8 = 42;

/// Plans a score with the sounds of a bank.
pub(super) fn plan<'a>(
    score: &Score,
    bank: &'a Bank,
    rate: SampleRate,
    grouping: Grouping,
) -> Plan<'a> {
    let mut planner = Planner::new(score, bank, rate, grouping);
    let chokes = Chokes::find(score, bank);
    for index in 0..score.notes.len() {
        planner.note(index, chokes.end(index));
    }
    planner.begin_key_ups(u64::MAX);
    planner.sort_groups();
    planner.plan.sort_buses();
    planner.plan.sort_tones();
    planner.plan
}

/// The plan in the making.
struct Planner<'a, 's> {
    score: &'s Score,
    bank: &'a Bank,
    scale: Scale,
    plan: Plan<'a>,
    /// What each part uses, beside [`Plan::parts`].
    uses: Vec<Uses>,
    zones: FxHashMap<PresetId, Zones>,
    /// The parts of a preset that sound in one of its zones, with the sustain pedal up or down.
    divisions: FxHashMap<(PresetId, Zone, bool), Rc<[u32]>>,
    key_ups: KeyUps,
    tones: FxHashMap<Identity, u32>,
    held: FxHashMap<HeldKey, u32>,
    endings: FxHashMap<EndingKey, u32>,
    grouping: Grouping,
    groups: BTreeMap<Group, u32>,
    made: Buses<'s>,
    /// By group, channel, pan and width.
    buses: BTreeMap<(u32, Channel, u32, u32), u32>,
}

/// When a voice begins, and how it is let go.
#[derive(Clone, Copy, Debug)]
struct Timing {
    /// The frame at which it begins.
    onset: u64,
    /// The frames for which its note is held.
    held: u64,
    /// Whether the note is cut off then.
    cut: bool,
    /// Whether it sounds until it has died away by itself.
    rings_out: bool,
}

/// What the held envelopes of a part depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct HeldKey {
    part: u32,
    attack: AttackControls,
    /// The key and the velocity, where they change the times; else 0.
    key: u8,
    velocity: u8,
}

/// What an ending in frames depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct EndingKey {
    held: HeldKey,
    cut: bool,
    /// CC72.
    release_time: u8,
    /// What is left of the release of a short note, in steps of 1/64.
    share: u8,
}

impl<'a, 's> Planner<'a, 's> {
    fn new(score: &'s Score, bank: &'a Bank, rate: SampleRate, grouping: Grouping) -> Self {
        let scale = Scale {
            timebase: score.timebase,
            rate,
        };
        let plan = Plan {
            bank,
            rate,
            frames: scale.frame(score.end).max(SHORTEST_SONG.to_frames(rate)),
            sound_end: 0,
            excerpt: Excerpt::default(),
            parts: Vec::new(),
            tones: Vec::new(),
            voices: Vec::with_capacity(score.notes.len()),
            endings: Vec::new(),
            held: Vec::new(),
            buses: Vec::new(),
            groups: Vec::new(),
            effects: score.effects,
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
            bank,
            scale,
            plan,
            uses: Vec::new(),
            zones: FxHashMap::default(),
            divisions: FxHashMap::default(),
            key_ups: KeyUps::default(),
            tones: FxHashMap::default(),
            held: FxHashMap::default(),
            endings: FxHashMap::default(),
            grouping,
            groups: BTreeMap::new(),
            made: Buses::new(score, scale),
            buses: BTreeMap::new(),
        }
    }

    fn note(&mut self, index: usize, choked: Option<Instant>) {
        let note = &self.score.notes[index];
        let articulation = *self.score.articulation(note);
        let onset = self.scale.frame(note.onset);
        self.begin_key_ups(onset);
        let Some(preset) = preset_of(self.bank, &articulation, note.key) else {
            self.plan.silent_notes += 1;
            return;
        };
        let timing = self.timing(note, onset, choked, self.bank.preset(preset).one_shot);
        let mut silent = true;
        for &part in &*self.division(preset, note, articulation.sustain_pedal) {
            if self.plan.parts[part as usize].trigger == Trigger::Attack {
                self.voice(note, &articulation, timing, part);
                silent = false;
            } else if !timing.cut {
                self.key_ups.push(KeyUp {
                    onset: onset + timing.held,
                    channel: note.channel,
                    key: note.key,
                    part,
                    note: Reverse(index),
                });
            }
        }
        // A note that its preset has no layer for is silent too.
        self.plan.silent_notes += u64::from(silent);
    }

    fn timing(&self, note: &Note, onset: u64, choked: Option<Instant>, one_shot: bool) -> Timing {
        let choked = choked.filter(|choke| one_shot || *choke < note.end);
        let cut = choked.is_some() || note.ending == score::Ending::Cut;
        Timing {
            onset,
            held: self.scale.frame(choked.unwrap_or(note.end)) - onset,
            cut,
            rings_out: one_shot && !cut,
        }
    }

    /// Begins what sounds when keys go up before a frame. It neither glides nor continues another note.
    fn begin_key_ups(&mut self, frame: u64) {
        while let Some(key_up) = self.key_ups.before(frame) {
            let note = &self.score.notes[key_up.note.0];
            let articulation = Articulation {
                legato: false,
                glide: None,
                ..*self.score.articulation(note)
            };
            let timing = Timing {
                onset: key_up.onset,
                held: key_up.onset - self.scale.frame(note.onset),
                cut: false,
                rings_out: true,
            };
            self.voice(note, &articulation, timing, key_up.part);
        }
    }

    fn division(&mut self, id: PresetId, note: &Note, sustain_pedal: bool) -> Rc<[u32]> {
        let bank = self.bank;
        let zones = self.zones.entry(id);
        let zones = zones.or_insert_with(|| Zones::of(bank.preset(id)));
        let struck = (id, zones.find(note.key, note.velocity), sustain_pedal);
        if let Some(division) = self.divisions.get(&struck) {
            return division.clone();
        }
        let parts = part::divide(id, bank.preset(id), note, sustain_pedal);
        let division: Rc<[u32]> = parts.into_iter().map(|part| self.part(part)).collect();
        self.divisions.insert(struck, division.clone());
        division
    }

    fn part(&mut self, part: Part) -> u32 {
        let known = self.plan.parts.iter().position(|known| *known == part);
        let index = known.unwrap_or_else(|| {
            let layers = &self.bank.preset(part.preset).layers;
            let layers = part.layers.iter().map(|layer| &layers[usize::from(*layer)]);
            self.uses.push(Uses::of(part.velocity_curve, layers));
            self.plan.parts.push(part);
            self.plan.parts.len() - 1
        });
        index as u32
    }

    fn voice(&mut self, note: &Note, articulation: &Articulation, timing: Timing, part: u32) {
        let attack = AttackControls {
            legato: articulation.legato,
            attack: articulation.attack_time,
            decay: articulation.decay_time,
        };
        let Timing { onset, held, .. } = timing;
        let letting_go = self.plan.parts[part as usize].letting_go;
        let uses = self.uses[part as usize];
        let held_key = HeldKey {
            part,
            attack,
            key: if uses.key { note.key.get() } else { 0 },
            velocity: if uses.velocity {
                timbre(note.velocity)
            } else {
                0
            },
        };
        let ending_id = self.ending(EndingKey {
            held: held_key,
            cut: timing.cut,
            release_time: articulation.release_time,
            share: letting_go.share(held, self.plan.rate),
        });
        let ending = self.plan.endings[ending_id as usize];
        let gate = ending.natural.filter(|_| timing.rings_out).unwrap_or(held);
        let gate = gate.max(SHORTEST_GATE.to_frames(self.plan.rate));
        let length = ending.length(gate);
        let tone = self.tone(note, articulation, held_key, onset, length);
        let Part { pan, width, .. } = self.plan.parts[part as usize];
        let gain = self.gain(note, articulation, held, part);
        let bus_id = self.bus(note, (pan, width));
        let bus = &mut self.plan.buses[bus_id as usize];
        let end = onset + length + bus.reach(self.plan.rate);
        bus.sounds(onset, end);
        self.plan.sound_end = self.plan.sound_end.max(end);
        self.plan.frames = self.plan.frames.max(end);
        self.push(Voice {
            onset,
            gate,
            tone,
            ending: ending_id,
            gain,
            bus: bus_id,
        });
    }

    /// The gain of a part of a note that is held for some frames. How fast a key goes up is left out of it, as in SFZ:
    /// sequencers write note-offs of velocity 0, 64 or 127 where nobody measured it.
    fn gain(&self, note: &Note, articulation: &Articulation, held: u64, part: u32) -> f32 {
        let part = &self.plan.parts[part as usize];
        let mut gain = libm::pow(note.velocity.share(), part.velocity_curve);
        if articulation.soft {
            gain *= SOFT_PEDAL.gain();
        }
        if let Trigger::Release { fall } = part.trigger {
            let seconds = held as f64 * self.plan.rate.frame().0;
            gain *= Decibels(-fall.0 * seconds).gain();
        }
        gain as f32
    }

    /// Takes a voice in. One that equals another in all but the gain only makes that one louder.
    fn push(&mut self, voice: Voice) {
        let struck_together = self
            .plan
            .voices
            .iter_mut()
            .rev()
            .take_while(|other| other.onset == voice.onset);
        let equal = struck_together.take(TOGETHER).find(|other| {
            (other.gate, other.tone, other.ending, other.bus)
                == (voice.gate, voice.tone, voice.ending, voice.bus)
        });
        match equal {
            Some(equal) => equal.gain += voice.gain,
            None => self.plan.voices.push(voice),
        }
    }

    fn held(&mut self, key: HeldKey) -> u32 {
        if let Some(held) = self.held.get(&key) {
            return *held;
        }
        let (part, rate) = (&self.plan.parts[key.part as usize], self.plan.rate);
        let layers = &self.bank.preset(part.preset).layers;
        let struck = (Key::new(key.key), Velocity::new(key.velocity));
        let layers = part.layers.iter().map(|layer| &layers[usize::from(*layer)]);
        let held = layers.map(|layer| held(layer, key.attack, struck, rate));
        self.plan.held.push(held.collect());
        let id = self.plan.held.len() as u32 - 1;
        self.held.insert(key, id);
        id
    }

    fn ending(&mut self, key: EndingKey) -> u32 {
        if let Some(ending) = self.endings.get(&key) {
            return *ending;
        }
        let held = self.held(key.held) as usize;
        let (held, part) = (
            &self.plan.held[held],
            &self.plan.parts[key.held.part as usize],
        );
        let natural = held
            .iter()
            .map(|held| held.end())
            .try_fold(0, |latest, end| Some(end?.max(latest)));
        let slowest = held.iter().map(Held::rise).reduce(|slowest, rise| {
            if rise.end() > slowest.end() {
                rise
            } else {
                slowest
            }
        });
        let frames = if key.cut {
            CUT.in_frames(self.plan.rate)
        } else {
            let struck = Key::new(key.held.key);
            part.letting_go.frames(key.share, struck, self.plan.rate)
                * time_factor(key.release_time)
        };
        self.plan.endings.push(Ending {
            natural,
            release: Release::new(frames, slowest.unwrap_or_default()),
        });
        let id = self.plan.endings.len() as u32 - 1;
        self.endings.insert(key, id);
        id
    }

    fn tone(
        &mut self,
        note: &Note,
        articulation: &Articulation,
        held: HeldKey,
        onset: u64,
        length: u64,
    ) -> u32 {
        let HeldKey {
            part,
            attack,
            key,
            velocity,
        } = held;
        let held = self.held(held);
        let uses = self.uses[part as usize];
        let motion = self.motion(note, uses, onset, length);
        let identity = Identity {
            part,
            key: if self.is_pressed(note, motion) {
                note.key.get()
            } else {
                key
            },
            velocity,
            attack,
            vibrato: vibrato_controls(articulation, uses, motion),
            glide: articulation.glide.filter(|_| uses.keyboard),
            motion,
        };
        let tones = &mut self.plan.tones;
        let tone = *self.tones.entry(identity).or_insert_with(|| {
            tones.push(ToneSpec {
                identity,
                held,
                length: 0,
                uses: 0,
                last_use: 0,
            });
            tones.len() as u32 - 1
        });
        let spec = &mut tones[tone as usize];
        spec.length = spec.length.max(length);
        spec.uses = spec.uses.saturating_add(1);
        spec.last_use = spec.last_use.max(onset + length);
        tone
    }

    /// Whether a tone that moves may be moved by the pressure on its own key.
    fn is_pressed(&self, note: &Note, motion: Motion) -> bool {
        matches!(motion, Motion::Moving { .. })
            && self
                .plan
                .key_pressure
                .contains_key(&(note.channel, note.key))
    }

    /// What the controllers that a part heeds do while it sounds.
    fn motion(&self, note: &Note, uses: Uses, onset: u64, length: u64) -> Motion {
        let curves = &self.plan.channels[note.channel.index()];
        let end = onset + length.max(1);
        let pitched = |curve: &Curve| {
            if uses.pitch {
                curve.constant_over(onset, end)
            } else {
                Some(0.0)
            }
        };
        let pressure = match self.plan.key_pressure.get(&(note.channel, note.key)) {
            Some(curve) => pitched(curve),
            None => Some(0.0),
        };
        let values = (
            pitched(&curves.pitch),
            pitched(&curves.vibrato),
            pressure,
            curves.brightness.constant_over(onset, end),
            curves.resonance.constant_over(onset, end),
        );
        let (Some(pitch), Some(vibrato), Some(pressure), Some(brightness), Some(resonance)) =
            values
        else {
            return Motion::Moving {
                channel: note.channel,
                onset,
                timbre: values.3 != Some(0.0) || uses.filter && values.4 != Some(0.0),
            };
        };
        // Adding zero makes one zero of both, whose bits differ.
        let bits = |value: f32| (value + 0.0).to_bits();
        let filtered = uses.filter || brightness != 0.0;
        Motion::Still {
            pitch: bits(pitch),
            vibrato: bits(vibrato + pressure),
            brightness: bits(brightness),
            resonance: bits(if filtered { resonance } else { 0.0 }),
        }
    }

    fn bus(&mut self, note: &Note, (pan, width): (f32, f32)) -> u32 {
        let (plan, made) = (&mut self.plan, &mut self.made);
        let next = self.groups.len() as u32;
        let group = self.grouping.group(note, self.score);
        let group = *self.groups.entry(group).or_insert(next);
        *self
            .buses
            .entry((group, note.channel, (pan + 0.0).to_bits(), width.to_bits()))
            .or_insert_with(|| {
                plan.buses.push(made.bus(group, note.channel, (pan, width)));
                plan.buses.len() as u32 - 1
            })
    }

    /// Brings the groups, so far in order of their first notes, into their own order.
    fn sort_groups(&mut self) {
        let mut places = vec![0; self.groups.len()];
        for (place, (group, found)) in self.groups.iter().enumerate() {
            self.plan.groups.push(*group);
            places[*found as usize] = place as u32;
        }
        for bus in &mut self.plan.buses {
            bus.group = places[bus.group as usize];
        }
    }
}

/// The velocity whose timbre a velocity has.
fn timbre(velocity: Velocity) -> u8 {
    (velocity.get() - 1 + VELOCITY_STEP / 2) / VELOCITY_STEP * VELOCITY_STEP + 1
}

/// The vibrato controllers, where anything sways at all.
fn vibrato_controls(articulation: &Articulation, uses: Uses, motion: Motion) -> VibratoControls {
    let moved = match motion {
        Motion::Still { vibrato, .. } => vibrato != 0,
        Motion::Moving { .. } => true,
    };
    if uses.sway || moved {
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
