//! A tone out of the cache: whoever has it renders what it needs of it, reads it, and lets it go.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::cached_tone::CachedTone;
use super::page::{PAGE, Page};
use super::page_range::PageRange;
use super::shared::SharedToneCache;
use crate::plan::Plan;
use crate::voice::grid::STEP;
use crate::voice::grid::{CHUNK, SCRATCH};
use crate::voice::tone::Recipe;

/// A tone, and the pages of it that are needed.
#[derive(Debug)]
pub struct ToneLease {
    pub(super) need: PageRange,
    pub(super) cached: CachedTone,
}

impl ToneLease {
    /// The tone.
    #[must_use]
    pub fn tone(&self) -> u32 {
        self.need.tone
    }

    /// The samples that have to be rendered.
    #[must_use]
    pub fn missing(&self) -> u64 {
        (self.need.missing(&self.cached) * PAGE) as u64
    }

    /// A page that has been rendered.
    #[must_use]
    pub fn page(&self, page: usize) -> &[f32] {
        self.cached.pages[page].as_deref().unwrap_or(&[])
    }

    /// Forgets the tone if nobody needs it from frame `end` of the song on, and the pages that its only voice has behind
    /// it. Their memory is still in the processor's cache, and the next tones are rendered to it.
    pub fn let_go(&mut self, plan: &Plan<'_>, shared_cache: Option<&SharedToneCache>, end: u64) {
        let tone = &plan.tones[self.need.tone as usize];
        if tone.last_use <= end {
            let cached = std::mem::take(&mut self.cached);
            if let Some(shared_cache) = shared_cache
                && !cached.is_empty()
                && let Some(key) = plan.tone_key(self.need.tone)
            {
                shared_cache.give(key, cached);
            }
        } else if tone.uses == 1 {
            self.cached.drop_before(self.need.last as usize);
        }
    }

    /// Renders the missing pages and returns how many samples that took.
    fn render(&mut self, plan: &Plan<'_>) -> u64 {
        let tone = &plan.tones[self.need.tone as usize];
        let recipe = Recipe::new(plan.spec(tone), &plan.movement(tone), plan.rate);
        let cached = &mut self.cached;
        let end = self.need.last as usize + 1;
        if cached.pages.len() < end {
            cached.pages.resize_with(end, || None);
        }
        // A page is rendered from the state at its start: from the nearest one that was kept before it.
        let Some(missing) = self.need.pages().find(|page| !cached.has(*page)) else {
            return 0;
        };
        let (start, mut state) = cached
            .nearest(missing)
            .cloned()
            .unwrap_or_else(|| (0, recipe.start()));
        let mut scratch = [[0.0; CHUNK]; SCRATCH];
        let mut rendered = 0;
        let mut blank = None;
        for index in start..end {
            let mut page = blank.take().unwrap_or_else(Page::take);
            // Tones are rendered in whole steps.
            let start = (index * PAGE) as u64;
            let left = (tone.length - start).next_multiple_of(STEP as u64);
            let length = left.min(PAGE as u64);
            recipe.render(&mut state, &mut scratch, &mut page[..length as usize]);
            rendered += length;
            cached.passed(start + length, &state, index + 1 == end, index >= missing);
            if index >= missing && !cached.has(index) {
                cached.pages[index] = Some(page);
            } else {
                blank = Some(page);
            }
        }
        rendered
    }
}

/// Renders what is missing of some tones, in parallel, and returns how many samples that took.
pub fn render(leases: &mut [ToneLease], plan: &Plan<'_>) -> u64 {
    let mut work: Vec<&mut ToneLease> = leases
        .iter_mut()
        .filter(|lease| lease.missing() > 0)
        .collect();
    // The longest come first, and each thread takes the next one: who is done early finds something short to do.
    work.sort_by_key(|lease| Reverse(lease.need.samples()));
    let rendered = work
        .into_iter()
        .par_bridge()
        .map(|lease| lease.render(plan));
    rendered.sum()
}
