//! Tones that outlive their song: what one song of many has rendered, the next one need not.
//!
//! A tone is in the library or with one song, never with two: two songs that need it at the same time render it twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::slot::{PAGE, Slot};
use crate::plan::ToneKey;

/// The tones that songs have done with, for songs of the same bank. The longest unused make room for new ones.
#[derive(Debug)]
pub struct Library {
    shelves: Mutex<Shelves>,
    /// The most pages that it keeps.
    most: u64,
}

#[derive(Debug, Default)]
struct Shelves {
    slots: HashMap<ToneKey, (u64, Slot)>,
    /// By the time at which they came.
    by_age: BTreeMap<u64, ToneKey>,
    now: u64,
    pages: u64,
}

impl Library {
    /// An empty library that keeps so many bytes of samples.
    #[must_use]
    pub fn new(memory: u64) -> Self {
        Self {
            shelves: Mutex::default(),
            most: memory / (PAGE * size_of::<f32>()) as u64,
        }
    }

    pub(super) fn take(&self, key: &ToneKey) -> Option<Slot> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.take(key)
    }

    pub(super) fn give(&self, key: ToneKey, slot: Slot) {
        if slot.count() > self.most {
            return;
        }
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.take(&key);
        shelves.put(key, slot);
        while shelves.pages > self.most
            && let Some((_, oldest)) = shelves.by_age.pop_first()
        {
            shelves.take(&oldest);
        }
    }
}

impl Shelves {
    fn take(&mut self, key: &ToneKey) -> Option<Slot> {
        let (age, slot) = self.slots.remove(key)?;
        self.by_age.remove(&age);
        self.pages -= slot.count();
        Some(slot)
    }

    fn put(&mut self, key: ToneKey, slot: Slot) {
        self.now += 1;
        self.pages += slot.count();
        self.by_age.insert(self.now, key.clone());
        self.slots.insert(key, (self.now, slot));
    }
}
