//! What sounds when a key goes up waits here, so that a plan has all its voices in the order of their onsets.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::units::{Key, Part};

/// A layer group that begins where a note ends. The order is that of time; of several on one key the one struck last comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyUp {
    /// The frame at which key and pedals are up.
    pub(super) onset: u64,
    pub(super) part: Part,
    pub(super) key: Key,
    pub(super) layer_group: u32,
    /// The index of the note.
    pub(super) note: Reverse<usize>,
}

impl KeyUp {
    /// Whether both are the sound of one key at one moment: it goes up once, however often it was struck under the pedal.
    fn is_also(&self, other: &Self) -> bool {
        (self.onset, self.part, self.key, self.layer_group)
            == (other.onset, other.part, other.key, other.layer_group)
    }
}

/// Those that have not begun.
#[derive(Debug, Default)]
pub(super) struct KeyUps(BinaryHeap<Reverse<KeyUp>>);

impl KeyUps {
    pub(super) fn push(&mut self, key_up: KeyUp) {
        self.0.push(Reverse(key_up));
    }

    /// The next one that begins before a frame.
    pub(super) fn before(&mut self, frame: u64) -> Option<KeyUp> {
        let next = self.pop_if(|next| next.onset < frame)?;
        while self.pop_if(|other| other.is_also(&next)).is_some() {}
        Some(next)
    }

    fn pop_if(&mut self, condition: impl FnOnce(&KeyUp) -> bool) -> Option<KeyUp> {
        let Reverse(next) = *self.0.peek()?;
        condition(&next).then(|| self.0.pop())?;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_up(onset: u64, key: u8, note: usize) -> KeyUp {
        KeyUp {
            onset,
            part: Part::default(),
            key: Key::new(key),
            layer_group: 0,
            note: Reverse(note),
        }
    }

    #[test]
    fn keys_go_up_in_the_order_of_time_and_each_of_them_once() {
        let mut waiting = KeyUps::default();
        for (onset, key, note) in [(9, 60, 0), (5, 62, 1), (9, 60, 2), (9, 59, 3)] {
            waiting.push(key_up(onset, key, note));
        }
        assert_eq!(waiting.before(5), None);
        let order = std::iter::from_fn(|| waiting.before(10)).map(|next| next.note.0);
        assert_eq!(order.collect::<Vec<_>>(), [1, 3, 2]);
    }
}
