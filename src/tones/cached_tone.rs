//! What is kept of one tone: pages of its samples, and the states to go on from.

use std::ops::Range;

use super::page::{PAGE, Page};
use crate::voice::tone::ToneState;

/// A tone's pages, and the states to render others from.
#[derive(Debug, Default)]
pub(super) struct CachedTone {
    pub(super) pages: Vec<Option<Page>>,
    /// States at the starts of pages, in order of pages: those of landmarks, and the one of the first page that was never
    /// rendered.
    states: Vec<(usize, ToneState)>,
    /// The bytes of the states.
    state_bytes: usize,
    /// How many frames have been rendered, whether they are still there or not.
    filled: u64,
}

/// Pages between the states that are kept of a tone: few enough to be rendered again, and a state costs some kilobytes.
const LANDMARKS: usize = 8;

/// The same of what is longer than anybody plays: hours of sound leave little behind.
const FAR: usize = 64;

/// Whether a state of so many bytes at the start of a page is kept: large ones are kept as much more rarely, so that all
/// of them take an eighth of the memory of their pages.
fn is_landmark(page: usize, bytes: usize) -> bool {
    let interval = if page < LANDMARKS * FAR {
        LANDMARKS
    } else {
        FAR
    };
    page.is_multiple_of(interval * bytes.div_ceil(PAGE * size_of::<f32>()).max(1))
}

impl CachedTone {
    pub(super) fn has(&self, page: usize) -> bool {
        matches!(self.pages.get(page), Some(Some(_)))
    }

    /// Whether nothing has been rendered or borrowed.
    pub(super) fn is_new(&self) -> bool {
        self.filled == 0
    }

    /// How many pages are there.
    fn count(&self) -> u64 {
        self.pages.iter().flatten().count() as u64
    }

    /// The samples of memory that its pages and states take.
    pub(super) fn samples(&self) -> u64 {
        self.count() * PAGE as u64 + self.state_samples()
    }

    /// The samples of memory that its states take.
    pub(super) fn state_samples(&self) -> u64 {
        (self.state_bytes / size_of::<f32>()) as u64
    }

    /// Drops all pages but these.
    pub(super) fn drop_others(&mut self, pages: Range<usize>) {
        self.drop_before(pages.start);
        self.pages.truncate(pages.end);
    }

    /// Drops all pages, and the states where those take more memory than a page.
    pub(super) fn drop_pages(&mut self) {
        self.drop_before(usize::MAX);
        if self.state_samples() > PAGE as u64 {
            self.drop_states();
        }
    }

    /// Drops all states: what is needed again is rendered from the onset on.
    pub(super) fn drop_states(&mut self) {
        self.states = Vec::new();
        self.state_bytes = 0;
    }

    /// Whether no page is there.
    pub(super) fn is_empty(&self) -> bool {
        self.pages.iter().all(Option::is_none)
    }

    /// Drops the pages before a page.
    pub(super) fn drop_before(&mut self, page: usize) {
        let before = page.min(self.pages.len());
        self.pages[..before].fill_with(|| None);
    }

    /// The nearest state that was kept at or before the start of a page, and the page that it stands at.
    pub(super) fn nearest(&self, page: usize) -> Option<&(usize, ToneState)> {
        let after = self.states.partition_point(|(start, _)| *start <= page);
        self.states[..after].last()
    }

    /// Takes note of a rendering that has come to frame `filled`, and of the state there if a page starts there and is
    /// either the `last` one or a landmark, where those are `wanted`: behind pages that are kept. On the way to them none
    /// is, or a long tone would leave more states than pages.
    pub(super) fn passed(&mut self, filled: u64, state: &ToneState, last: bool, wanted: bool) {
        self.filled = self.filled.max(filled);
        let page = (filled / PAGE as u64) as usize;
        let bytes = state.memory();
        let wanted =
            filled.is_multiple_of(PAGE as u64) && (last || wanted && is_landmark(page, bytes));
        if !wanted || self.states.last().is_some_and(|(known, _)| *known >= page) {
            return;
        }
        let is_passing =
            |(page, state): &mut (usize, ToneState)| !is_landmark(*page, state.memory());
        if let Some((_, passed)) = self.states.pop_if(is_passing) {
            self.state_bytes -= passed.memory();
        }
        self.state_bytes += bytes;
        self.states.push((page, state.clone()));
    }

    /// Makes it fit for a tone that is `length` frames long: a page that was not filled so far has to be filled anew, and what
    /// is rendered from now on is not filled farther.
    pub(super) fn fitting(mut self, length: u64) -> Self {
        if length > self.filled {
            let whole = (self.filled / PAGE as u64) as usize;
            self.pages.truncate(whole);
            self.filled = (whole * PAGE) as u64;
        } else {
            self.filled = length;
        }
        self.pages.truncate(length.div_ceil(PAGE as u64) as usize);
        self
    }
}
