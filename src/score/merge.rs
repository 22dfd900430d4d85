//! Many tracks to one stream: events in order of tick, then of track, then as they stand in the track.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::midi::{Event, Events, Track};

/// The events of several tracks as one stream in order of time.
pub(super) struct Merge<'a> {
    tracks: Vec<(Events<'a>, Option<Event<'a>>)>,
    /// The next tick of each track that has one, and the track's index.
    queue: BinaryHeap<Reverse<(u64, usize)>>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(tracks: &'a [Track<'a>]) -> Self {
        let mut merge = Self {
            tracks: Vec::with_capacity(tracks.len()),
            queue: BinaryHeap::new(),
        };
        for (index, track) in tracks.iter().enumerate() {
            merge.tracks.push((track.events(), None));
            merge.refill(index);
        }
        merge
    }

    fn refill(&mut self, index: usize) {
        let (events, next) = &mut self.tracks[index];
        *next = events.next();
        if let Some(event) = next {
            self.queue.push(Reverse((event.tick, index)));
        }
    }
}

impl<'a> Iterator for Merge<'a> {
    /// The index of the track, and the event.
    type Item = (usize, Event<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((_, index)) = self.queue.pop()?;
        let event = self.tracks[index].1.take();
        self.refill(index);
        Some((index, event?))
    }
}
