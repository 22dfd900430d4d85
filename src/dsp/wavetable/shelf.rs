//! The cycles of all waves together: those that were built first make room for new ones.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Wavetable;

/// The most bytes of cycles that are kept, but for the newest one: what the notes of some songs need at once.
const MOST: usize = 16 << 20;

/// A cycle by its wave and level, and its bytes.
type Kept = (Weak<Wavetable>, usize, usize);

static SHELF: Mutex<Shelf> = Mutex::new(Shelf {
    kept: VecDeque::new(),
    bytes: 0,
});

struct Shelf {
    /// The oldest first.
    kept: VecDeque<Kept>,
    bytes: usize,
}

/// Takes note of a cycle that was built; the oldest are forgotten where there are too many.
pub(super) fn put(wave: &Arc<Wavetable>, level: usize, bytes: usize) {
    let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
    shelf.kept.push_back((Arc::downgrade(wave), level, bytes));
    shelf.bytes += bytes;
    let mut gone = Vec::new();
    while shelf.bytes > MOST && shelf.kept.len() > 1 {
        let Some((wave, level, bytes)) = shelf.kept.pop_front() else {
            break;
        };
        shelf.bytes -= bytes;
        gone.push((wave, level));
    }
    // Others need not wait until all of it is forgotten.
    drop(shelf);
    for (wave, level) in gone {
        if let Some(wave) = wave.upgrade() {
            wave.forget(level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::wavetable::LEVELS;

    #[test]
    fn more_cycles_than_fit_are_forgotten_and_built_again_as_they_were() {
        let rich = |number: usize| Arc::new(Wavetable::new(vec![1.0 / number as f64; 1024]));
        let waves: Vec<_> = (1..100).map(rich).collect();
        let first = waves[0].cycle(LEVELS - 1);
        let bytes = size_of_val(&*first.samples);
        assert!(waves.len() * bytes > 2 * MOST, "{bytes}");
        for wave in &waves {
            let _ = wave.cycle(LEVELS - 1);
        }
        let kept = waves.iter().filter(|wave| {
            let cycles = wave.cycles.iter();
            cycles
                .into_iter()
                .any(|cycle| cycle.lock().unwrap().is_some())
        });
        assert!(kept.count() * bytes <= MOST);
        assert_eq!(waves[0].cycle(LEVELS - 1).samples, first.samples);
    }
}
