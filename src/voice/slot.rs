//! What is kept of one tone: pages of its samples, and the states to go on from.

use super::page::{PAGE, Page};
use super::tone::State;

/// A tone's pages, and the states to render others from.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) pages: Vec<Option<Page>>,
    /// States at the starts of pages, in order of pages: those of landmarks, and the one of the first page that was never
    /// rendered.
    states: Vec<(usize, State)>,
    /// How many frames have been rendered, whether they are still there or not.
    filled: u64,
}

/// Pages between the states that are kept of a tone: few enough to be rendered again, and a state costs some kilobytes.
const LANDMARKS: usize = 8;

/// The same of what is longer than anybody plays: hours of sound leave little behind.
const FAR: usize = 64;

/// Whether the state at the start of a page is kept.
fn is_landmark(page: usize) -> bool {
    page.is_multiple_of(if page < LANDMARKS * FAR {
        LANDMARKS
    } else {
        FAR
    })
}

impl Slot {
    pub(super) fn has(&self, page: usize) -> bool {
        matches!(self.pages.get(page), Some(Some(_)))
    }

    /// Whether nothing has been rendered or borrowed.
    pub(super) fn is_new(&self) -> bool {
        self.filled == 0
    }

    /// How many pages are there.
    pub(super) fn count(&self) -> u64 {
        self.pages.iter().flatten().count() as u64
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
    pub(super) fn nearest(&self, page: usize) -> Option<&(usize, State)> {
        let after = self.states.partition_point(|(start, _)| *start <= page);
        self.states[..after].last()
    }

    /// Takes note of a rendering that has come to frame `filled`, and of the state there if a page starts there and is
    /// either a landmark or the `last` one.
    pub(super) fn passed(&mut self, filled: u64, state: &State, last: bool) {
        self.filled = self.filled.max(filled);
        let page = (filled / PAGE as u64) as usize;
        let wanted = filled.is_multiple_of(PAGE as u64) && (last || is_landmark(page));
        match self.states.last_mut() {
            Some(known) if known.0 >= page || !wanted => {}
            Some(known) if !is_landmark(known.0) => *known = (page, state.clone()),
            _ if wanted => self.states.push((page, state.clone())),
            _ => {}
        }
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
