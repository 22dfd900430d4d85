//! Notes to voices: each note's preset, timing and gain, and the tone that it shares with its equals.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::bus::Buses;
use super::choke::Chokes;
use super::excerpt::Excerpt;
use super::group::{Group, Grouping};
use super::key_up::{KeyUp, KeyUps};
use super::layer_group::{
    self, EnvelopePlace, KeyVelocityCell, KeyVelocityCells, LayerGroup, preset_of,
};
use super::modulation::Modulation;
use super::resolve::{self, AttackControls, HeldKey, StrikeKey, VibratoControls, time_factor};
use super::scale::Scale;
use super::tone::{MovementKey, Resolver, Sounds, Tone, ToneIdentity};
use super::voice::{Ending, Voice};
use super::work::Plan;
use crate::bank::{Bank, PresetId};
use crate::dsp::bits::Words;
use crate::dsp::curve::CurveSegment;
use crate::dsp::envelope::{HeldEnvelope, Release, SegmentEnvelope, VoiceEnvelope};
use crate::score::{self, Articulation, Instant, Note, Score};
use crate::sound::Trigger;
use crate::sound::resolved::Destination;
use crate::units::{Decibels, Part, SampleRate, Seconds};

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

impl<'a> Plan<'a> {
    /// Plans a score with the sounds of a bank.
    #[must_use]
    pub fn new(score: &Score, bank: &'a Bank, rate: SampleRate) -> Self {
        Self::grouped(score, bank, rate, Grouping::default())
    }

    /// Plans a score of which the groups are to be heard by themselves. The grouping is the order of adding, so the last
    /// bits of the mix depend on it.
    #[must_use]
    pub fn grouped(score: &Score, bank: &'a Bank, rate: SampleRate, grouping: Grouping) -> Self {
        let mut planner = Planner::new(score, bank, rate, grouping);
        planner.notes();
        planner.plan()
    }

    /// The plan of a score in which every voice has a tone of its own, resolved from its own strike by itself: the slow way to
    /// the same samples, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn unshared(score: &Score, bank: &'a Bank, rate: SampleRate) -> Self {
        let mut planner = Planner::new(score, bank, rate, Grouping::default());
        planner.strikes = Some(Vec::new());
        planner.notes();
        planner.part_tones();
        planner.plan()
    }
}

/// The plan in the making.
struct Planner<'a, 's> {
    score: &'s Score,
    bank: &'a Bank,
    scale: Scale,
    plan: Plan<'a>,
    cells: FxHashMap<PresetId, KeyVelocityCells>,
    /// The layer groups of a preset that sound in one of its cells, with the sustain pedal up or down.
    divisions: FxHashMap<(PresetId, KeyVelocityCell, bool), Rc<[u32]>>,
    key_ups: KeyUps,
    resolver: Resolver<'a>,
    modulation: Modulation<'s>,
    tones: FxHashMap<ToneIdentity, u32>,
    endings: FxHashMap<EndingKey, u32>,
    distinct_endings: FxHashMap<Words, u32>,
    grouping: Grouping,
    groups: BTreeMap<Group, u32>,
    made: Buses<'s>,
    places: FxHashMap<Words, u32>,
    /// By group, part and place.
    buses: FxHashMap<(u32, Part, u32), u32>,
    /// The strike of each voice, where that is to be kept.
    strikes: Option<Vec<(StrikeKey, Option<MovementKey>)>>,
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

/// What an ending in frames depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct EndingKey {
    held: HeldKey,
    cut: bool,
    /// CC72.
    release_time: u8,
    /// What is left of the release of a short note, in steps of 1/64.
    share: u8,
    /// When a recording is over.
    over: Option<u64>,
}

impl<'a, 's> Planner<'a, 's> {
    fn new(score: &'s Score, bank: &'a Bank, rate: SampleRate, grouping: Grouping) -> Self {
        let scale = Scale {
            timebase: score.timebase,
            rate,
        };
        let plan = Plan {
            rate,
            frames: scale.frame(score.end).max(SHORTEST_SONG.to_frames(rate)),
            sound_end: 0,
            excerpt: Excerpt::default(),
            layer_groups: Vec::new(),
            specs: Vec::new(),
            tones: Vec::new(),
            voices: Vec::with_capacity(score.notes.len()),
            endings: Vec::new(),
            buses: Vec::new(),
            groups: Vec::new(),
            effects: score.effects,
            curves: Vec::new(),
            silent_notes: 0,
        };
        Self {
            score,
            bank,
            scale,
            plan,
            cells: FxHashMap::default(),
            divisions: FxHashMap::default(),
            key_ups: KeyUps::default(),
            resolver: Resolver::default(),
            modulation: Modulation::new(score, scale),
            tones: FxHashMap::default(),
            endings: FxHashMap::default(),
            distinct_endings: FxHashMap::default(),
            grouping,
            groups: BTreeMap::new(),
            made: Buses::new(score, scale),
            places: FxHashMap::default(),
            buses: FxHashMap::default(),
            strikes: None,
        }
    }

    fn notes(&mut self) {
        let chokes = Chokes::find(self.score, self.bank);
        for index in 0..self.score.notes.len() {
            self.note(index, &chokes);
        }
        self.begin_key_ups(u64::MAX);
        self.sort_groups();
        self.plan.sort_buses();
        self.plan.sort_tones();
    }

    fn plan(self) -> Plan<'a> {
        Plan {
            specs: self.resolver.into_specs(),
            curves: self.modulation.into_curves(),
            ..self.plan
        }
    }

    fn note(&mut self, index: usize, chokes: &Chokes) {
        let note = &self.score.notes[index];
        let articulation = *self.score.articulation(note);
        let onset = self.scale.frame(note.onset);
        self.begin_key_ups(onset);
        let Some(preset) = preset_of(self.bank, &articulation, note.key) else {
            self.plan.silent_notes += 1;
            return;
        };
        let one_shot = self.bank.preset(preset).one_shot;
        let mut silent = true;
        for &group in &*self.division(preset, note, articulation.sustain_pedal) {
            let LayerGroup { trigger, choke, .. } = self.plan.layer_groups[group as usize];
            let timing = self.timing(note, onset, chokes.end(index, choke), one_shot);
            if trigger == Trigger::Attack {
                self.voice(note, &articulation, timing, group);
                silent = false;
            } else if !timing.cut {
                self.key_ups.push(KeyUp {
                    onset: onset + timing.held,
                    part: note.part(),
                    key: note.key,
                    layer_group: group,
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
            self.voice(note, &articulation, timing, key_up.layer_group);
        }
    }

    fn division(&mut self, id: PresetId, note: &Note, sustain_pedal: bool) -> Rc<[u32]> {
        let bank = self.bank;
        let cells = self.cells.entry(id);
        let cells = cells.or_insert_with(|| KeyVelocityCells::of(bank.preset(id)));
        let struck = (id, cells.find(note.key, note.velocity), sustain_pedal);
        if let Some(division) = self.divisions.get(&struck) {
            return division.clone();
        }
        let groups = layer_group::divide(id, bank.preset(id), note, sustain_pedal);
        let division: Rc<[u32]> = groups
            .into_iter()
            .map(|group| self.layer_group(group))
            .collect();
        self.divisions.insert(struck, division.clone());
        division
    }

    fn layer_group(&mut self, mut group: LayerGroup) -> u32 {
        let next = self.places.len() as u32;
        group.place_id = *self.places.entry(Words::of(&group.place)).or_insert(next);
        let groups = &mut self.plan.layer_groups;
        let known = groups.iter().position(|known| *known == group);
        let index = known.unwrap_or_else(|| {
            groups.push(group);
            groups.len() - 1
        });
        index as u32
    }

    fn voice(&mut self, note: &Note, articulation: &Articulation, timing: Timing, group: u32) {
        let Timing { onset, held, .. } = timing;
        let held_key = HeldKey {
            group,
            key: note.key,
            velocity: self.plan.layer_groups[group as usize].timbre(note.velocity),
            attack: AttackControls {
                legato: articulation.legato,
                attack: articulation.attack_time,
                decay: articulation.decay_time,
            },
        };
        let release = self.plan.layer_groups[group as usize].release;
        let over = self.recording_end(note, articulation, timing, group);
        let ending_id = self.ending(EndingKey {
            held: held_key,
            cut: timing.cut,
            release_time: articulation.release_time,
            share: release.share(held, self.plan.rate),
            over,
        });
        let ending = self.plan.endings[ending_id as usize];
        let gate = ending.natural.filter(|_| timing.rings_out).unwrap_or(held);
        let gate = gate.max(SHORTEST_GATE.to_frames(self.plan.rate));
        let length = ending.length(gate);
        let sees_gate = self.plan.layer_groups[group as usize].sees_gate;
        let seen = sees_gate.then_some(gate);
        let strike = self.strike(note, articulation, (held_key, seen), (onset, length));
        let tone = self.tone(strike, (onset, length));
        let gain = self.gain(note, articulation, held, group);
        let bus_id = self.bus(note, group);
        let bus = &mut self.plan.buses[bus_id as usize];
        let end = onset + length + bus.reach(self.plan.rate);
        bus.sounds(onset, end);
        self.plan.sound_end = self.plan.sound_end.max(end);
        self.plan.frames = self.plan.frames.max(end);
        let voice = Voice {
            onset,
            gate,
            tone,
            ending: ending_id,
            gain,
            bus: bus_id,
            layer_group: group,
        };
        if self.push(voice)
            && let Some(strikes) = &mut self.strikes
        {
            strikes.push(strike);
        }
    }

    /// The gain of a layer group of a note that is held for some frames. How fast a key goes up is left out of it, as in SFZ:
    /// sequencers write note-offs of velocity 0, 64 or 127 where nobody measured it.
    fn gain(&self, note: &Note, articulation: &Articulation, held: u64, group: u32) -> f32 {
        let group = &self.plan.layer_groups[group as usize];
        let mut gain = libm::pow(note.velocity.share(), group.velocity_curve);
        if articulation.soft {
            gain *= SOFT_PEDAL.gain();
        }
        if let Trigger::Release { fall } = group.trigger {
            let seconds = held as f64 * self.plan.rate.frame().0;
            gain *= Decibels(-fall.0 * seconds).gain();
        }
        if group.envelope == EnvelopePlace::Outside {
            let layers = &self.bank.preset(group.preset).layers;
            let layer = &layers[usize::from(group.layers[0])];
            gain *= f64::from(layer.gain(note.key, note.velocity, group.velocity_curve));
        }
        gain as f32
    }

    /// Frames until a recording is over that a note plays, never too few; none for what loops, is none, or is let go before.
    fn recording_end(
        &mut self,
        note: &Note,
        articulation: &Articulation,
        timing: Timing,
        group: u32,
    ) -> Option<u64> {
        let Timing { onset, held, .. } = timing;
        let group = &self.plan.layer_groups[group as usize];
        if group.envelope == EnvelopePlace::Baked {
            return None;
        }
        let layer = &self.bank.preset(group.preset).layers[usize::from(group.layers[0])];
        let rate = self.plan.rate;
        let curves = self.modulation.curves(note.part(), note.key);
        let bend = self.modulation.curve(curves[Destination::Pitch as usize]);
        let [_, vibrato] = self.modulation.range(curves[Destination::Vibrato as usize]);
        let reading = resolve::reading(layer, note.key, vibrato > 0.0, rate)?;
        let glide = articulation
            .glide
            .filter(|glide| glide.from.get() < note.key.get());
        let glides = glide.map_or(0.0, |glide| glide.duration().in_frames(rate));
        // How long a note is at most that does not ring out.
        let release = group.release.frames(64, note.key, rate);
        let released = release * time_factor(articulation.release_time);
        let limit = match timing.rings_out {
            true => u64::MAX,
            false => held.saturating_add(released.ceil() as u64),
        };
        let end = reading.end(limit, |frame| {
            let segment = bend.stretch(onset + frame);
            CurveSegment {
                end: segment.end - (onset + frame),
                ..segment
            }
        });
        let slowed = (reading.slow_frames + glides).ceil() as u64;
        end.map(|end| end.saturating_add(slowed))
    }

    /// Takes a voice in. One that equals another in all but the gain only makes that one louder. Returns whether it is a new
    /// one.
    fn push(&mut self, voice: Voice) -> bool {
        let struck_together = self
            .plan
            .voices
            .iter_mut()
            .rev()
            .take_while(|other| other.onset == voice.onset);
        let same = |voice: &Voice| {
            let Voice {
                onset: _,
                gate,
                tone,
                ending,
                gain: _,
                bus,
                layer_group,
            } = *voice;
            (gate, tone, ending, bus, layer_group)
        };
        let equal = struck_together
            .take(TOGETHER)
            .find(|other| other.tone == voice.tone && same(other) == same(&voice));
        match equal {
            Some(equal) => {
                equal.gain += voice.gain;
                false
            }
            None => {
                self.plan.voices.push(voice);
                true
            }
        }
    }

    fn ending(&mut self, key: EndingKey) -> u32 {
        if let Some(ending) = self.endings.get(&key) {
            return *ending;
        }
        let sounds = Sounds {
            bank: self.bank,
            groups: &self.plan.layer_groups,
            rate: self.plan.rate,
        };
        let held = self.resolver.held(key.held, &sounds);
        let natural = held
            .iter()
            .map(|held| held.end())
            .try_fold(0, |latest, end| Some(end?.max(latest)));
        let slowest = held.iter().map(HeldEnvelope::rise).reduce(|slowest, rise| {
            if rise.end() > slowest.end() {
                rise
            } else {
                slowest
            }
        });
        let frames = if key.cut {
            CUT.in_frames(self.plan.rate)
        } else {
            let release = self.plan.layer_groups[key.held.group as usize].release;
            release.frames(key.share, key.held.key, self.plan.rate) * time_factor(key.release_time)
        };
        let group = &self.plan.layer_groups[key.held.group as usize];
        let ending = match (group.envelope, held) {
            (EnvelopePlace::Outside, [held]) => Ending {
                natural: natural.into_iter().chain(key.over).min(),
                envelope: VoiceEnvelope::Segments(SegmentEnvelope::new(*held, frames)),
            },
            _ => Ending {
                natural,
                envelope: VoiceEnvelope::Baked(Release::new(frames, slowest.unwrap_or_default())),
            },
        };
        let endings = &mut self.plan.endings;
        let distinct = self.distinct_endings.entry(Words::of(&ending));
        let id = *distinct.or_insert_with(|| {
            endings.push(ending);
            endings.len() as u32 - 1
        });
        self.endings.insert(key, id);
        id
    }

    /// What a tone that begins at a frame, and is so many frames long, is resolved from, and what moves it.
    fn strike(
        &mut self,
        note: &Note,
        articulation: &Articulation,
        (held, gate): (HeldKey, Option<u64>),
        (onset, length): (u64, u64),
    ) -> (StrikeKey, Option<MovementKey>) {
        let end = onset + length.max(1);
        let ids = self.modulation.curves(note.part(), note.key);
        let mut curves = [None; Destination::COUNT];
        let mut resting = [None; Destination::COUNT];
        for (place, id) in ids.into_iter().enumerate() {
            let [lowest, highest] = self.modulation.range(id);
            // Most curves never move.
            let value = match lowest == highest {
                true => Some(lowest),
                false => self.modulation.curve(id).constant_over(onset, end),
            };
            match value {
                // Adding zero makes one zero of both, whose bits differ.
                Some(value) => resting[place] = Some((value + 0.0).to_bits()),
                None => curves[place] = Some(id),
            }
        }
        let struck = StrikeKey {
            held,
            vibrato: VibratoControls {
                rate: articulation.vibrato_rate,
                depth: articulation.vibrato_depth,
                delay: articulation.vibrato_delay,
            },
            glide: articulation.glide,
            gate,
            resting,
        };
        let moves = curves.iter().any(Option::is_some);
        (struck, moves.then_some(MovementKey { onset, curves }))
    }

    fn tone(
        &mut self,
        (struck, movement): (StrikeKey, Option<MovementKey>),
        (onset, length): (u64, u64),
    ) -> u32 {
        let sounds = Sounds {
            bank: self.bank,
            groups: &self.plan.layer_groups,
            rate: self.plan.rate,
        };
        let spec = self.resolver.spec(&struck, &sounds);
        let identity = ToneIdentity {
            spec,
            movement: movement.and_then(|movement| self.resolver.heeded(spec, movement)),
        };
        let tones = &mut self.plan.tones;
        let tone = *self.tones.entry(identity).or_insert_with(|| {
            tones.push(Tone::new(identity));
            tones.len() as u32 - 1
        });
        tones[tone as usize].is_used(onset, length);
        tone
    }

    /// Gives each voice a tone of its own, in the order of the tones that they have.
    fn part_tones(&mut self) {
        let strikes = self.strikes.take().unwrap_or_default();
        let sounds = Sounds {
            bank: self.bank,
            groups: &self.plan.layer_groups,
            rate: self.plan.rate,
        };
        self.plan.tones.clear();
        let mut voices: Vec<_> = self.plan.voices.iter_mut().zip(strikes).collect();
        // Stable: the order in which buses add up voices stays.
        voices.sort_by_key(|(voice, _)| voice.tone);
        for (voice, (struck, movement)) in voices {
            let spec = self.resolver.spec_anew(&struck, &sounds);
            let mut tone = Tone::new(ToneIdentity {
                spec,
                movement: movement.and_then(|movement| self.resolver.heeded(spec, movement)),
            });
            let length = self.plan.endings[voice.ending as usize].length(voice.gate);
            tone.is_used(voice.onset, length);
            voice.tone = self.plan.tones.len() as u32;
            self.plan.tones.push(tone);
        }
    }

    fn bus(&mut self, note: &Note, layer_group: u32) -> u32 {
        let (plan, made) = (&mut self.plan, &mut self.made);
        let LayerGroup {
            place, place_id, ..
        } = plan.layer_groups[layer_group as usize];
        let next = self.groups.len() as u32;
        let group = self.grouping.group(note, self.score);
        let group = *self.groups.entry(group).or_insert(next);
        let known = self.buses.entry((group, note.part(), place_id));
        *known.or_insert_with(|| {
            plan.buses.push(made.bus(group, note.part(), place));
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
