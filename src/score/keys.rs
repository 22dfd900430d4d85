//! Which keys of a channel are down, and which notes the pedals hold: note-ons find their ends here.

use std::collections::VecDeque;

use super::time::Instant;
use super::{Ending, Note};
use crate::units::{Key, Velocity};

/// The index of a note in the score.
type NoteIndex = usize;

/// A note whose key is up and that a pedal holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    note: NoteIndex,
    /// Caught by the sostenuto pedal; the sustain pedal holds it otherwise.
    sostenuto: bool,
}

/// The sounding notes of one channel.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// Notes whose key is down, first in first out for each key; the flag tells what sostenuto has caught.
    down: Vec<VecDeque<(NoteIndex, bool)>>,
    /// Notes whose key is up.
    held: Vec<Held>,
    /// The keys that are down, in the order in which they were struck: what mono mode falls back on.
    order: Vec<(Key, Velocity)>,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self {
            down: vec![VecDeque::new(); 128],
            held: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Whether any key is down.
    pub(super) fn any_down(&self) -> bool {
        !self.order.is_empty()
    }

    /// What was struck before `key`, if `key` was struck last of those still down: what is left when it goes up.
    pub(super) fn fallback(&self, key: Key) -> Option<(Key, Velocity)> {
        match self.order.as_slice() {
            [.., before, (newest, _)] if *newest == key => Some(*before),
            _ => None,
        }
    }

    /// A key goes down and starts `note`.
    pub(super) fn press(&mut self, key: Key, velocity: Velocity, note: NoteIndex) {
        self.order.push((key, velocity));
        self.sound(key, note);
    }

    /// A key that is down already starts another note.
    pub(super) fn sound(&mut self, key: Key, note: NoteIndex) {
        self.down[key.index()].push_back((note, false));
    }

    /// A key goes up: its oldest note ends, or a pedal takes it over. Returns whether the key was down.
    pub(super) fn lift(
        &mut self,
        key: Key,
        velocity: Velocity,
        sustain: bool,
        notes: &mut [Note],
        now: Instant,
    ) -> bool {
        let struck = self.order.iter().position(|(struck, _)| *struck == key);
        if let Some(place) = struck {
            self.order.remove(place);
        }
        let Some((note, caught)) = self.down[key.index()].pop_front() else {
            return struck.is_some();
        };
        notes[note].release_velocity = velocity;
        let_go(note, hold(caught, sustain), &mut self.held, notes, now);
        true
    }

    /// The sustain pedal goes up: what it held ends.
    pub(super) fn sustain_up(&mut self, notes: &mut [Note], now: Instant) {
        self.held.retain(|held| {
            if !held.sostenuto {
                notes[held.note].end(now, Ending::Released);
            }
            held.sostenuto
        });
    }

    /// The sostenuto pedal goes down and catches the notes whose keys are down.
    pub(super) fn sostenuto_down(&mut self) {
        for (_, caught) in self.down.iter_mut().flatten() {
            *caught = true;
        }
    }

    /// The sostenuto pedal goes up: what it caught ends, unless the key or the sustain pedal is still down.
    pub(super) fn sostenuto_up(&mut self, sustain: bool, notes: &mut [Note], now: Instant) {
        for (_, caught) in self.down.iter_mut().flatten() {
            *caught = false;
        }
        for held in &mut self.held {
            held.sostenuto = false;
        }
        if !sustain {
            self.sustain_up(notes, now);
        }
    }

    /// All keys go up (All Notes Off); pedals hold on.
    pub(super) fn lift_all(&mut self, sustain: bool, notes: &mut [Note], now: Instant) {
        self.order.clear();
        for (note, caught) in self.down.iter_mut().flat_map(|queue| queue.drain(..)) {
            let_go(note, hold(caught, sustain), &mut self.held, notes, now);
        }
    }

    /// Everything ends, whatever holds it. Returns how many keys were still down.
    pub(super) fn end_all(&mut self, ending: Ending, notes: &mut [Note], now: Instant) -> usize {
        let down = self.order.len();
        self.end_sounding(ending, notes, now);
        self.order.clear();
        down
    }

    /// Every sounding note ends; the keys stay down.
    pub(super) fn end_sounding(&mut self, ending: Ending, notes: &mut [Note], now: Instant) {
        for (note, _) in self.down.iter_mut().flat_map(|queue| queue.drain(..)) {
            notes[note].end(now, ending);
        }
        for held in self.held.drain(..) {
            notes[held.note].end(now, ending);
        }
    }
}

/// Which pedal holds a note whose key goes up, if any: whether it is the sostenuto pedal.
fn hold(caught: bool, sustain: bool) -> Option<bool> {
    (caught || sustain).then_some(caught)
}

/// The key of a note goes up: a pedal takes the note over, or it ends.
fn let_go(
    note: NoteIndex,
    hold: Option<bool>,
    held: &mut Vec<Held>,
    notes: &mut [Note],
    now: Instant,
) {
    notes[note].key_up = now;
    match hold {
        Some(sostenuto) => held.push(Held { note, sostenuto }),
        None => notes[note].end(now, Ending::Released),
    }
}
