//! Which keys of a part are down, and which notes the pedals hold: note-ons find their ends here.

use std::collections::VecDeque;

use super::time::Instant;
use super::{Ending, Note};
use crate::units::{Key, Velocity};

/// The index of a note in the score.
type NoteIndex = usize;

/// A key of a channel.
#[derive(Clone, Debug, Default)]
struct KeyState {
    /// Its strikes that have not been lifted, by their numbers, oldest first.
    strikes: VecDeque<(u64, Velocity)>,
    /// Its notes, as long as it is down, oldest first.
    notes: VecDeque<NoteIndex>,
}

/// The sounding notes of one channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// All 128, from the first strike on.
    keys: Vec<KeyState>,
    /// Notes whose key is up and that the sustain pedal holds, ...
    sustained: Vec<NoteIndex>,
    /// ... and those that the sostenuto pedal does.
    caught: Vec<NoteIndex>,
    /// The sostenuto pedal holds the notes before this one whose keys were down; 0 while it is up.
    caught_before: NoteIndex,
    /// The note behind the newest.
    next: NoteIndex,
    /// How many strikes there were, ...
    struck: u64,
    /// ... and how many have not been lifted.
    down: usize,
}

impl Keys {
    /// Whether any key is down.
    pub(super) fn any_down(&self) -> bool {
        self.down > 0
    }

    /// What was struck before `key`, if `key` was struck last of those still down: what is left when it goes up, in mono
    /// mode.
    pub(super) fn fallback(&self, key: Key) -> Option<(Key, Velocity)> {
        let latest = |last: u64| {
            let keys = (0..).map(Key::new).zip(&self.keys);
            let strikes = keys.filter_map(move |(key, state)| {
                let mut strikes = state.strikes.iter().rev();
                let (number, velocity) = strikes.find(|(number, _)| *number < last)?;
                Some((*number, key, *velocity))
            });
            strikes.max_by_key(|(number, ..)| *number)
        };
        let (number, newest, _) = latest(self.struck)?;
        if newest != key {
            return None;
        }
        let (_, before, velocity) = latest(number)?;
        Some((before, velocity))
    }

    /// A key goes down and starts `note`.
    pub(super) fn press(&mut self, key: Key, velocity: Velocity, note: NoteIndex) {
        let number = self.struck;
        self.struck += 1;
        self.down += 1;
        self.key(key).strikes.push_back((number, velocity));
        self.sound(key, note);
    }

    /// A key that is down already starts another note.
    pub(super) fn sound(&mut self, key: Key, note: NoteIndex) {
        self.next = note + 1;
        self.key(key).notes.push_back(note);
    }

    fn key(&mut self, key: Key) -> &mut KeyState {
        if self.keys.is_empty() {
            self.keys.resize_with(128, KeyState::default);
        }
        &mut self.keys[key.index()]
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
        let state = self.key(key);
        let was_down = state.strikes.pop_front().is_some();
        let sounding = state.notes.pop_front();
        self.down -= usize::from(was_down);
        let Some(note) = sounding else {
            return was_down;
        };
        notes[note].release_velocity = velocity;
        self.let_go(note, sustain, notes, now);
        true
    }

    /// The key of a note goes up: a pedal takes the note over, or it ends.
    fn let_go(&mut self, note: NoteIndex, sustain: bool, notes: &mut [Note], now: Instant) {
        notes[note].key_up = now;
        if note < self.caught_before {
            self.caught.push(note);
        } else if sustain {
            self.sustained.push(note);
        } else {
            notes[note].end(now, Ending::Released);
        }
    }

    /// The sustain pedal goes up: what it held ends.
    pub(super) fn sustain_up(&mut self, notes: &mut [Note], now: Instant) {
        for note in self.sustained.drain(..) {
            notes[note].end(now, Ending::Released);
        }
    }

    /// The sostenuto pedal goes down and catches the notes whose keys are down.
    pub(super) fn sostenuto_down(&mut self) {
        self.caught_before = self.next;
    }

    /// The sostenuto pedal goes up: what it caught ends, unless the key or the sustain pedal is still down.
    pub(super) fn sostenuto_up(&mut self, sustain: bool, notes: &mut [Note], now: Instant) {
        self.caught_before = 0;
        self.sustained.append(&mut self.caught);
        if !sustain {
            self.sustain_up(notes, now);
        }
    }

    /// All keys go up (All Notes Off); pedals hold on.
    pub(super) fn lift_all(&mut self, sustain: bool, notes: &mut [Note], now: Instant) {
        self.forget_strikes();
        for key in 0..self.keys.len() {
            while let Some(note) = self.keys[key].notes.pop_front() {
                self.let_go(note, sustain, notes, now);
            }
        }
    }

    /// Everything ends, whatever holds it. Returns how many keys were still down.
    pub(super) fn end_all(&mut self, ending: Ending, notes: &mut [Note], now: Instant) -> usize {
        let down = self.down;
        self.end_sounding(ending, notes, now);
        self.forget_strikes();
        down
    }

    fn forget_strikes(&mut self) {
        self.down = 0;
        self.keys.iter_mut().for_each(|key| key.strikes.clear());
    }

    /// Every sounding note ends; the keys stay down.
    pub(super) fn end_sounding(&mut self, ending: Ending, notes: &mut [Note], now: Instant) {
        let keys = self.keys.iter_mut();
        let sounding = keys.flat_map(|key| key.notes.drain(..));
        let held = self.sustained.drain(..).chain(self.caught.drain(..));
        for note in sounding.chain(held) {
            notes[note].end(now, ending);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_falls_back_on_the_one_struck_before_it_that_is_still_down() {
        let (c, e, g) = (Key::new(60), Key::new(64), Key::new(67));
        let velocity = Velocity::new;
        let mut keys = Keys::default();
        for (note, key) in [c, e, g].into_iter().enumerate() {
            keys.press(key, velocity(note as u8 + 1), note);
        }
        // In mono mode no note of a key that is down need sound.
        keys.keys.iter_mut().for_each(|key| key.notes.clear());
        let lift = |keys: &mut Keys, key| keys.lift(key, velocity(64), false, &mut [], Instant(0));
        assert_eq!(keys.fallback(g), Some((e, velocity(2))));
        assert_eq!(keys.fallback(e), None);
        assert!(lift(&mut keys, e));
        assert_eq!(keys.fallback(g), Some((c, velocity(1))));
        keys.press(c, velocity(9), 3);
        keys.keys.iter_mut().for_each(|key| key.notes.clear());
        assert_eq!(keys.fallback(c), Some((g, velocity(3))));
        // The older strike of a key goes first.
        assert!(lift(&mut keys, c));
        assert_eq!(keys.fallback(c), Some((g, velocity(3))));
        assert!(lift(&mut keys, g));
        assert_eq!(keys.fallback(c), None);
        assert!(keys.any_down());
        assert!(lift(&mut keys, c) && !lift(&mut keys, c) && !keys.any_down());
    }
}
