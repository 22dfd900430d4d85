//! Plays the stream of events through the state of sixteen channels, and writes the score down.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use super::articulation::Interner;
use super::change::Changes;
use super::channel::{ChannelLanes, ChannelState, MasterTuning, key_pressure_vibrato, share};
use super::effects::Effects;
use super::keys::Keys;
use super::lane::Lane;
use super::merge::Merge;
use super::sysex::{self, Command, Standard};
use super::time::{Clock, Instant, Timebase};
use super::{Census, Ending, Note, Score};
use crate::midi::{Division, EventKind, Format, Message, Smf, Track};
use crate::units::{Channel, Key, Seconds, Velocity};

/// Reads the music in a file, as it is written.
#[must_use]
pub fn read(smf: &Smf<'_>) -> Score {
    read_changed(smf, &Changes::default())
}

/// Reads the music in a file, changed. Tracks of format 2 follow one another, each from a fresh state.
#[must_use]
pub fn read_changed(smf: &Smf<'_>, changes: &Changes) -> Score {
    let mut reader = Reader::new(Timebase::new(smf.division), *changes);
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
    let mut reader = Reader::new(timebase, Changes::default());
    reader.reset(Standard::default());
    for (time, channel, message) in messages {
        reader.now = timebase.instant(time).max(reader.now);
        reader.message(channel, message);
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
    standard: Standard,
    master: MasterTuning,
    states: Vec<ChannelState>,
    keys: Vec<Keys>,
    lanes: Vec<ChannelLanes>,
    key_pressure: BTreeMap<(Channel, Key), Lane>,
    master_volume: Lane,
    effects: Effects,
    notes: Vec<Note>,
    articulations: Interner,
    census: Census,
}

impl Reader {
    fn new(timebase: Timebase, changes: Changes) -> Self {
        Self {
            timebase: timebase.faster(changes.tempo()),
            changes,
            now: Instant(0),
            first_track: 0,
            track: 0,
            standard: Standard::default(),
            master: MasterTuning::new(changes.cents()),
            states: Channel::all().map(ChannelState::new).collect(),
            keys: vec![Keys::default(); Channel::COUNT],
            lanes: vec![ChannelLanes::default(); Channel::COUNT],
            key_pressure: BTreeMap::new(),
            master_volume: Lane::new(1.0),
            effects: Effects::default(),
            notes: Vec::new(),
            articulations: Interner::default(),
            census: Census::default(),
        }
    }

    /// Plays tracks together, from the current instant to their end.
    fn play(&mut self, tracks: &[Track<'_>], smf: &Smf<'_>) {
        self.reset(Standard::default());
        let mut clock = Clock::new(smf.division, self.now);
        for (track, event) in Merge::new(tracks) {
            // A file has at most 65,535 tracks.
            self.track = (self.first_track + track) as u16;
            self.now = clock.advance(event.tick);
            match event.kind {
                EventKind::Channel { channel, message } => self.message(channel, message),
                EventKind::SysEx(data) => self.sysex(&data),
                EventKind::Tempo(tempo) => {
                    self.census.tempo_changes += 1;
                    clock.set_tempo(tempo);
                }
                EventKind::TimeSignature { .. }
                | EventKind::TrackName(_)
                | EventKind::EndOfTrack => {}
            }
        }
        self.end_notes();
    }

    fn message(&mut self, channel: Channel, message: Message) {
        let place = channel.index();
        match message {
            Message::NoteOn { key, velocity } => self.note_on(channel, key, velocity),
            Message::NoteOff { key, velocity } => self.note_off(channel, key, velocity),
            Message::KeyPressure { key, pressure } => {
                let key = match self.states[place].is_drums() {
                    true => key,
                    false => self.changes.key(key).0,
                };
                let lane = self
                    .key_pressure
                    .entry((channel, key))
                    .or_insert(const { Lane::new(0.0) });
                lane.set(self.now, key_pressure_vibrato(pressure));
            }
            Message::Control { controller, value } => self.control(channel, controller, value),
            Message::ProgramChange(program) => self.states[place].program(program, self.standard),
            Message::ChannelPressure(pressure) => {
                self.states[place].channel_pressure(pressure);
                self.write(channel);
            }
            Message::PitchBend(bend) => {
                *self.census.bends.entry(channel).or_default() += 1;
                self.states[place].bend(bend);
                self.write(channel);
            }
        }
    }

    fn note_on(&mut self, channel: Channel, key: Key, velocity: Velocity) {
        self.census.note_ons += 1;
        let place = channel.index();
        let joined = self.keys[place].any_down();
        if self.states[place].mono {
            self.keys[place].end_sounding(Ending::Cut, &mut self.notes, self.now);
        }
        let note = self.strike(channel, key, velocity, joined);
        self.keys[place].press(key, velocity, note);
    }

    fn note_off(&mut self, channel: Channel, key: Key, velocity: Velocity) {
        let place = channel.index();
        let (state, keys) = (&self.states[place], &mut self.keys[place]);
        // A mono channel falls back on the key that was struck before, if that is still down.
        let fallback = if state.mono { keys.fallback(key) } else { None };
        if fallback.is_some() {
            keys.end_sounding(Ending::Cut, &mut self.notes, self.now);
        }
        if !keys.lift(key, velocity, state.sustain, &mut self.notes, self.now) {
            self.census.stray_note_offs += 1;
            return;
        }
        if let Some((key, velocity)) = fallback {
            let note = self.strike(channel, key, velocity, true);
            self.keys[place].sound(key, note);
        }
    }

    /// Writes a new note down, its end still open.
    fn strike(&mut self, channel: Channel, key: Key, velocity: Velocity, joined: bool) -> usize {
        let mut articulation = self.states[channel.index()].articulation(key, joined);
        let mut key = key;
        let folded = self.changes.move_note(&mut key, &mut articulation);
        self.census.folded_notes += u64::from(folded);
        self.notes.push(Note {
            onset: self.now,
            end: Instant::NEVER,
            key_up: Instant::NEVER,
            articulation: self.articulations.id(articulation),
            track: self.track,
            channel,
            key,
            velocity,
            release_velocity: Velocity::new(64),
            ending: Ending::Released,
        });
        self.notes.len() - 1
    }

    fn control(&mut self, channel: Channel, controller: u8, value: u8) {
        *self
            .census
            .controls
            .entry((channel, controller))
            .or_default() += 1;
        let place = channel.index();
        let (notes, now) = (&mut self.notes, self.now);
        let (sustained, caught) = (self.states[place].sustain, self.states[place].sostenuto);
        self.states[place].control(controller, value);
        let (state, keys) = (&self.states[place], &mut self.keys[place]);
        match controller {
            120 => {
                keys.end_all(Ending::Cut, notes, now);
            }
            // The mode messages 123 to 127 all imply All Notes Off (MIDI 1.0).
            123..=127 => keys.lift_all(state.sustain, notes, now),
            _ => {}
        }
        if !caught && state.sostenuto {
            keys.sostenuto_down();
        }
        if caught && !state.sostenuto {
            keys.sostenuto_up(state.sustain, notes, now);
        }
        if sustained && !state.sustain {
            keys.sustain_up(notes, now);
        }
        if controller == 121 {
            self.reset_key_pressure(channel);
        }
        self.write(channel);
    }

    fn reset_key_pressure(&mut self, channel: Channel) {
        let keys = (channel, Key::new(0))..=(channel, Key::new(127));
        for (_, lane) in self.key_pressure.range_mut(keys) {
            lane.set(self.now, 0.0);
        }
    }

    fn sysex(&mut self, data: &[u8]) {
        self.census.sysex += 1;
        if self.notes.is_empty() {
            self.effects.obey(data);
        }
        match sysex::parse(data) {
            Some(Command::Reset(standard)) => self.reset(standard),
            Some(Command::DrumPart { channel, drums }) => {
                self.states[channel.index()].set_drums(drums);
                self.write(channel);
            }
            Some(Command::Control {
                channel,
                controller,
                value,
            }) => {
                self.states[channel.index()].control(controller, value);
                self.write(channel);
            }
            Some(Command::MasterVolume(volume)) => self.master_volume.set(self.now, share(volume)),
            Some(Command::MasterTuning(tenths)) => {
                self.master.fine = tenths as f32 / 10.0;
                self.write_all();
            }
            Some(Command::MasterTranspose(semitones)) => {
                self.master.transpose = f32::from(semitones) * 100.0;
                self.write_all();
            }
            None => {}
        }
    }

    /// Back to the power-up state; what sounds is let go.
    fn reset(&mut self, standard: Standard) {
        self.standard = standard;
        self.master = MasterTuning::new(self.changes.cents());
        if self.notes.is_empty() {
            self.effects = Effects::default();
        }
        self.master_volume.set(self.now, 1.0);
        for channel in Channel::all() {
            let place = channel.index();
            self.keys[place].end_all(Ending::Released, &mut self.notes, self.now);
            self.states[place] = ChannelState::new(channel);
            self.reset_key_pressure(channel);
        }
        self.write_all();
    }

    fn write(&mut self, channel: Channel) {
        let place = channel.index();
        self.states[place].write(&mut self.lanes[place], self.now, self.master);
    }

    fn write_all(&mut self) {
        Channel::all().for_each(|channel| self.write(channel));
    }

    /// The song, or a pattern of format 2, is over: so are its notes.
    fn end_notes(&mut self) {
        for keys in &mut self.keys {
            let unended = keys.end_all(Ending::Released, &mut self.notes, self.now);
            self.census.unended_notes += unended as u64;
        }
    }

    fn finish(self) -> Score {
        Score {
            timebase: self.timebase,
            notes: self.notes,
            articulations: self.articulations.into_list(),
            channels: self.lanes,
            key_pressure: self.key_pressure,
            master_volume: self.master_volume,
            effects: self.effects,
            end: self.now,
            census: self.census,
        }
    }
}
