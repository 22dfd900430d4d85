//! Which pages of which tones are needed.

use rayon::prelude::*;

use super::cached_tone::CachedTone;
use super::page::PAGE;

/// The pages of a tone that are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageRange {
    /// The tone.
    pub tone: u32,
    /// The first page.
    pub first: u32,
    /// The last page.
    pub last: u32,
}

impl PageRange {
    /// The pages that hold frames `from..to` of a tone.
    #[must_use]
    pub fn of(tone: u32, from: u64, to: u64) -> Self {
        let page = |frame: u64| (frame / PAGE as u64) as u32;
        Self {
            tone,
            first: page(from),
            last: page(to.saturating_sub(1)),
        }
    }

    pub(super) fn pages(self) -> std::ops::Range<usize> {
        self.first as usize..self.last as usize + 1
    }

    /// How many of them are not there.
    pub(super) fn missing(self, cached: &CachedTone) -> usize {
        self.pages().filter(|page| !cached.has(*page)).count()
    }

    /// The samples of memory that it takes.
    #[must_use]
    pub fn samples(self) -> u64 {
        u64::from(self.last - self.first + 1) * PAGE as u64
    }
}

/// Joins needs of the same tone into one each, in order of tones.
pub fn join(needs: &mut Vec<PageRange>) {
    needs.par_sort_unstable();
    needs.dedup_by(|later, kept| {
        let same = later.tone == kept.tone;
        if same {
            kept.last = kept.last.max(later.last);
        }
        same
    });
}
