//! Tones that outlive their song: what one song of many has rendered, the next one need not.
//!
//! A tone is in the shared cache or with one song, never with two: two songs that need it at the same time render it twice.
//! The shared cache keeps what a second song has rendered as well. Most tones never come again, and memory that goes from one
//! to the next is still in the processor's cache.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use super::cached_tone::CachedTone;
use crate::plan::ToneKey;

/// The tones that two songs have done with, for more songs of the same bank. The longest unused make room for new ones.
#[derive(Debug)]
pub struct SharedToneCache {
    shelves: Mutex<Shelves>,
    /// The most samples that it keeps.
    most: u64,
}

#[derive(Debug, Default)]
struct Shelves {
    tones: HashMap<ToneKey, (u64, CachedTone)>,
    /// By the time at which they came.
    by_age: BTreeMap<u64, ToneKey>,
    now: u64,
    /// The samples of memory that all of them take.
    samples: u64,
    seen: Seen,
}

/// What has been seen lately, as hashes: two that are equal by chance do no harm.
#[derive(Debug, Default)]
struct Seen {
    hasher: RandomState,
    new: HashSet<u64>,
    old: HashSet<u64>,
}

/// The most hashes of each age; with them, 4 MB of memory.
const MOST_SEEN: usize = 1 << 17;

impl SharedToneCache {
    /// An empty cache that keeps so many bytes of samples.
    #[must_use]
    pub fn new(memory: u64) -> Self {
        Self {
            shelves: Mutex::default(),
            most: memory / size_of::<f32>() as u64,
        }
    }

    pub(super) fn take(&self, key: &ToneKey) -> Option<CachedTone> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.take(key)
    }

    /// Keeps a tone, if it has come before.
    pub(super) fn give(&self, key: ToneKey, cached: CachedTone) {
        if cached.samples() > self.most {
            return;
        }
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if shelves.seen.insert(&key) {
            return;
        }
        // What goes is dropped when others can have the shelves.
        let mut gone: Vec<CachedTone> = shelves.take(&key).into_iter().collect();
        shelves.put(key, cached);
        while shelves.samples > self.most
            && let Some((_, oldest)) = shelves.by_age.pop_first()
        {
            gone.extend(shelves.take(&oldest));
        }
        drop(shelves);
    }
}

impl Shelves {
    fn take(&mut self, key: &ToneKey) -> Option<CachedTone> {
        let (age, cached) = self.tones.remove(key)?;
        self.by_age.remove(&age);
        self.samples -= cached.samples();
        Some(cached)
    }

    fn put(&mut self, key: ToneKey, cached: CachedTone) {
        self.now += 1;
        self.samples += cached.samples();
        self.by_age.insert(self.now, key.clone());
        self.tones.insert(key, (self.now, cached));
    }
}

impl Seen {
    /// Whether it has not been seen before, lately.
    fn insert(&mut self, key: &ToneKey) -> bool {
        let hash = self.hasher.hash_one(key);
        if self.new.len() == MOST_SEEN {
            self.old = std::mem::take(&mut self.new);
        }
        self.new.insert(hash) && !self.old.contains(&hash)
    }
}
