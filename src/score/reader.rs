//! Plays the stream of events through the state of all parts, and writes the score down.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use super::articulation::Interner;
use super::change::Changes;
use super::keys::Keys;
use super::lane::Lane;
use super::merge::Merge;
use super::part::PartState;
use super::port::Ports;
use super::sysex::{self, Command, Standard};
use super::time::{Clock, Instant, Timebase};
use super::{Census, Ending, Master, Note, Score};
use crate::midi::{Division, EventKind, Format, Message, Smf, Track};
use crate::sound::effects::Effects;
use crate::units::{Cents, Channel, Key, Part, Seconds, Velocity};

/// Reads the music in a file, as it is written.
#[must_use]
pub fn read(smf: &Smf<'_>) -> Score {
    read_changed(smf, &Changes::default())
}

/// Reads the music in a file, changed. Tracks of format 2 follow one another, each from a fresh state.
#[must_use]
pub fn read_changed(smf: &Smf<'_>, changes: &Changes) -> Score {
    let mut reader = Reader::new(Timebase::new(smf.division), *changes, Ports::of(smf));
    match smf.format {
        Format::SingleTrack | Format::Parallel => reader.play(&smf.tracks, smf),
        Format::Sequential => {
            for (index, track) in smf.tracks.iter().enumerate() {
                reader.first_track = index;
                reader.play(std::slice::from_ref(track), smf);
            }
        }
    }
    reader.finish()
}

/// Plays messages that stand in no file, each at its time; one that is earlier than the one before it comes right after it.
#[must_use]
pub fn played(messages: impl IntoIterator<Item = (Seconds, Channel, Message)>) -> Score {
    /// A thousand ticks to a quarter note make the unit of time a nanosecond.
    const TICKS: NonZeroU16 = NonZeroU16::MIN.saturating_add(999);
    let timebase = Timebase::new(Division::TicksPerQuarter(TICKS));
    let mut reader = Reader::new(timebase, Changes::default(), Ports::default());
    for (time, channel, message) in messages {
        reader.now = timebase.instant(time).max(reader.now);
        let port = reader.port();
        reader.message(PartPlace { port, channel }, message);
    }
    reader.end_notes();
    reader.finish()
}

struct Reader {
    timebase: Timebase,
    changes: Changes,
    now: Instant,
    /// The track that is the first of those played together.
    first_track: usize,
    /// The track of the current event.
    track: u16,
    track_ports: Ports,
    /// The standard of ports that have not been met.
    standard: Standard,
    /// In order of first appearance.
    ports: Vec<PortState>,
    key_pressure: BTreeMap<(Part, Key), Lane>,
    master: Master,
    effects: Effects,
    notes: Vec<Note>,
    articulations: Interner,
    census: Census,
}

/// The sixteen parts of a port.
struct PortState {
    number: u8,
    standard: Standard,
    parts: Vec<PartState>,
    keys: Vec<Keys>,
    /// Whether anything has come to each part since it was at power-up: a reset leaves the others alone.
    touched: [bool; Channel::COUNT],
}

impl PortState {
    fn new(number: u8, standard: Standard) -> Self {
        let part = |channel| {
            PartState::new(Part {
                port: number,
                channel,
            })
        };
        Self {
            number,
            standard,
            parts: Channel::all().map(part).collect(),
            keys: vec![Keys::default(); Channel::COUNT],
            touched: [false; Channel::COUNT],
        }
    }
}

/// A part, by its places.
#[derive(Clone, Copy)]
struct PartPlace {
    port: usize,
    channel: Channel,
}

impl Reader {
    fn new(timebase: Timebase, changes: Changes, track_ports: Ports) -> Self {
        Self {
            timebase: timebase.faster(changes.tempo()),
            changes,
            now: Instant(0),
            first_track: 0,
            track: 0,
            track_ports,
            standard: Standard::default(),
            ports: Vec::new(),
            key_pressure: BTreeMap::new(),
            master: Master::default(),
            effects: Effects::default(),
            notes: Vec::new(),
            articulations: Interner::default(),
            census: Census::default(),
        }
    }

    /// Plays tracks together, from the current instant to their end.
    fn play(&mut self, tracks: &[Track<'_>], smf: &Smf<'_>) {
        self.reset_all(Standard::default());
        let mut clock = Clock::new(smf.division, self.now);
        for (track, event) in Merge::new(tracks) {
            // A file has at most 65,535 tracks.
            self.track = (self.first_track + track) as u16;
            self.now = clock.advance(event.tick);
            match event.kind {
                EventKind::Channel { channel, message } => {
                    let port = self.port();
                    self.message(PartPlace { port, channel }, message);
                }
                EventKind::SysEx(data) => self.sysex(&data),
                EventKind::Tempo(tempo) => {
                    self.census.tempo_changes += 1;
                    clock.set_tempo(tempo);
                }
                EventKind::Port(number) => {
                    self.track_ports.change(usize::from(self.track), number);
                }
                EventKind::TimeSignature { .. }
                | EventKind::TrackName(_)
                | EventKind::DeviceName(_)
                | EventKind::EndOfTrack => {}
            }
        }
        self.end_notes();
    }

    /// The port of the current track, by its place; it begins where it is met first.
    fn port(&mut self) -> usize {
        let number = self.track_ports.of_track(usize::from(self.track));
        let known = self.ports.iter().position(|port| port.number == number);
        known.unwrap_or_else(|| {
            self.ports.push(PortState::new(number, self.standard));
            self.ports.len() - 1
        })
    }

    /// Takes note of something that comes to a part.
    fn touch(&mut self, place: PartPlace) {
        self.ports[place.port].touched[place.channel.index()] = true;
    }

    fn part(&mut self, place: PartPlace) -> &mut PartState {
        &mut self.ports[place.port].parts[place.channel.index()]
    }

    fn keys(&mut self, place: PartPlace) -> &mut Keys {
        &mut self.ports[place.port].keys[place.channel.index()]
    }

    fn message(&mut self, place: PartPlace, message: Message) {
        self.touch(place);
        let now = self.now;
        match message {
            Message::NoteOn { key, velocity } => self.note_on(place, key, velocity),
            Message::NoteOff { key, velocity } => self.note_off(place, key, velocity),
            Message::KeyPressure { key, pressure } => {
                let state = self.part(place);
                let (part, is_drums) = (state.lanes.part, state.is_drums());
                let key = match is_drums {
                    true => key,
                    false => self.changes.key(key).0,
                };
                let lane = self.key_pressure.entry((part, key));
                let lane = lane.or_insert(const { Lane::new(0) });
                lane.set(now, i32::from(pressure));
            }
            Message::Control { controller, value } => self.control(place, controller, value),
            Message::ProgramChange(program) => {
                let standard = self.ports[place.port].standard;
                self.part(place).program(program, standard, now);
            }
            Message::ChannelPressure(pressure) => self.part(place).pressure(pressure, now),
            Message::PitchBend(bend) => {
                *self.census.bends.entry(place.channel).or_default() += 1;
                self.part(place).bend(bend, now);
            }
        }
    }

    fn note_on(&mut self, place: PartPlace, key: Key, velocity: Velocity) {
        self.census.note_ons += 1;
        let joined = self.keys(place).any_down();
        if self.part(place).mono {
            let keys = &mut self.ports[place.port].keys[place.channel.index()];
            keys.end_sounding(Ending::Cut, &mut self.notes, self.now);
        }
        let note = self.strike(place, key, velocity, joined);
        self.keys(place).press(key, velocity, note);
    }

    fn note_off(&mut self, place: PartPlace, key: Key, velocity: Velocity) {
        let port = &mut self.ports[place.port];
        let state = &port.parts[place.channel.index()];
        let keys = &mut port.keys[place.channel.index()];
        // A mono part falls back on the key that was struck before, if that is still down.
        let fallback = if state.mono { keys.fallback(key) } else { None };
        if fallback.is_some() {
            keys.end_sounding(Ending::Cut, &mut self.notes, self.now);
        }
        if !keys.lift(key, velocity, state.sustain(), &mut self.notes, self.now) {
            self.census.stray_note_offs += 1;
            return;
        }
        if let Some((key, velocity)) = fallback {
            let note = self.strike(place, key, velocity, true);
            self.keys(place).sound(key, note);
        }
    }

    /// Writes a new note down, its end still open.
    fn strike(&mut self, place: PartPlace, key: Key, velocity: Velocity, joined: bool) -> usize {
        let mut articulation = self.part(place).articulation(key, joined);
        let mut key = key;
        let folded = self.changes.move_note(&mut key, &mut articulation);
        self.census.folded_notes += u64::from(folded);
        self.notes.push(Note {
            onset: self.now,
            end: Instant::NEVER,
            key_up: Instant::NEVER,
            articulation: self.articulations.id(articulation),
            track: self.track,
            port: self.ports[place.port].number,
            channel: place.channel,
            key,
            velocity,
            release_velocity: Velocity::new(64),
            ending: Ending::Released,
        });
        self.notes.len() - 1
    }

    fn control(&mut self, place: PartPlace, controller: u8, value: u8) {
        let count = self.census.controls.entry((place.channel, controller));
        *count.or_default() += 1;
        let (notes, now) = (&mut self.notes, self.now);
        let port = &mut self.ports[place.port];
        let state = &mut port.parts[place.channel.index()];
        let keys = &mut port.keys[place.channel.index()];
        let (sustained, caught) = (state.sustain(), state.sostenuto());
        state.control(controller, value, now);
        match controller {
            120 => {
                keys.end_all(Ending::Cut, notes, now);
            }
            // The mode messages 123 to 127 all imply All Notes Off (MIDI 1.0).
            123..=127 => keys.lift_all(state.sustain(), notes, now),
            _ => {}
        }
        if !caught && state.sostenuto() {
            keys.sostenuto_down();
        }
        if caught && !state.sostenuto() {
            keys.sostenuto_up(state.sustain(), notes, now);
        }
        if sustained && !state.sustain() {
            keys.sustain_up(notes, now);
        }
        let part = state.lanes.part;
        if controller == 121 {
            self.reset_key_pressure(part);
        }
    }

    fn reset_key_pressure(&mut self, part: Part) {
        let keys = (part, Key::new(0))..=(part, Key::new(127));
        for (_, lane) in self.key_pressure.range_mut(keys) {
            lane.set(self.now, 0);
        }
    }

    fn sysex(&mut self, data: &[u8]) {
        self.census.sysex += 1;
        if self.notes.is_empty() {
            self.effects.obey(data);
        }
        let Some(command) = sysex::parse(data) else {
            return;
        };
        let now = self.now;
        match command {
            Command::Reset(standard) => {
                if self.track_ports.is_named(usize::from(self.track)) {
                    let port = self.port();
                    self.reset(port, standard);
                } else {
                    self.reset_all(standard);
                }
            }
            Command::DrumPart { channel, drums } => {
                let port = self.port();
                self.touch(PartPlace { port, channel });
                self.part(PartPlace { port, channel }).set_drums(drums, now);
            }
            Command::Control {
                channel,
                controller,
                value,
            } => {
                let port = self.port();
                self.touch(PartPlace { port, channel });
                let part = self.part(PartPlace { port, channel });
                part.control(controller, value, now);
            }
            Command::MasterVolume(volume) => self.master.volume.set(now, i32::from(volume)),
            Command::MasterTuning(tenths) => self.master.fine_tuning.set(now, tenths),
            Command::MasterTranspose(semitones) => {
                self.master.transposition.set(now, i32::from(semitones));
            }
        }
    }

    /// All ports back to the power-up state. A track that names no port means all.
    fn reset_all(&mut self, standard: Standard) {
        self.standard = standard;
        for port in 0..self.ports.len() {
            self.reset(port, standard);
        }
        self.reset_master();
    }

    /// What belongs to no port, back to the power-up state.
    fn reset_master(&mut self) {
        let Master {
            volume,
            fine_tuning,
            transposition,
        } = Master::default();
        self.master.volume.set(self.now, volume.last());
        self.master.fine_tuning.set(self.now, fine_tuning.last());
        self.master
            .transposition
            .set(self.now, transposition.last());
        if self.notes.is_empty() {
            self.effects = Effects::default();
        }
    }

    /// A port back to the power-up state; what sounds is let go.
    fn reset(&mut self, port: usize, standard: Standard) {
        let PortState {
            number: _,
            standard: own,
            parts,
            keys,
            touched,
        } = &mut self.ports[port];
        *own = standard;
        let mut reset = Vec::new();
        let parts = parts.iter_mut().zip(keys).zip(touched);
        for ((state, keys), touched) in parts {
            if !std::mem::take(touched) {
                continue;
            }
            keys.end_all(Ending::Released, &mut self.notes, self.now);
            state.power_up(self.now);
            reset.push(state.lanes.part);
        }
        reset
            .into_iter()
            .for_each(|part| self.reset_key_pressure(part));
    }

    /// The song, or a pattern of format 2, is over: so are its notes.
    fn end_notes(&mut self) {
        for keys in self.ports.iter_mut().flat_map(|port| &mut port.keys) {
            let unended = keys.end_all(Ending::Released, &mut self.notes, self.now);
            self.census.unended_notes += unended as u64;
        }
    }

    fn finish(mut self) -> Score {
        if self.ports.is_empty() {
            self.ports.push(PortState::new(0, self.standard));
        }
        self.ports.sort_by_key(|port| port.number);
        let parts = self.ports.into_iter().flat_map(|port| port.parts);
        Score {
            timebase: self.timebase,
            notes: self.notes,
            articulations: self.articulations.into_list(),
            parts: parts.map(|part| part.lanes).collect(),
            key_pressure: self.key_pressure,
            master: self.master,
            tuning: Cents(f64::from(self.changes.cents())),
            effects: self.effects,
            end: self.now,
            census: self.census,
        }
    }
}
