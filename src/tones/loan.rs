//! A tone out of the pool: whoever has it renders what it needs of it, reads it, and lets it go.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::library::Library;
use super::need::Need;
use super::page::{PAGE, Page};
use super::slot::Slot;
use crate::plan::Plan;
use crate::voice::grid::STEP;
use crate::voice::grid::{CHUNK, SCRATCH};
use crate::voice::tone::Recipe;

/// A tone, and the pages of it that are needed.
#[derive(Debug)]
pub struct Loan {
    pub(super) need: Need,
    pub(super) slot: Slot,
}

impl Loan {
    /// The tone.
    #[must_use]
    pub fn tone(&self) -> u32 {
        self.need.tone
    }

    /// The samples that have to be rendered.
    #[must_use]
    pub fn missing(&self) -> u64 {
        (self.need.missing(&self.slot) * PAGE) as u64
    }

    /// A page that has been rendered.
    #[must_use]
    pub fn page(&self, page: usize) -> &[f32] {
        self.slot.pages[page].as_deref().unwrap_or(&[])
    }

    /// Forgets the tone if nobody needs it from frame `end` of the song on, and the pages that its only voice has behind
    /// it. Their memory is still in the processor's cache, and the next tones are rendered to it.
    pub fn let_go(&mut self, plan: &Plan<'_>, library: Option<&Library>, end: u64) {
        let tone = &plan.tones[self.need.tone as usize];
        if tone.last_use <= end {
            let slot = std::mem::take(&mut self.slot);
            if let Some(library) = library
                && !slot.is_empty()
                && let Some(key) = plan.tone_key(self.need.tone)
            {
                library.give(key, slot);
            }
        } else if tone.uses == 1 {
            self.slot.drop_before(self.need.last as usize);
        }
    }

    /// Renders the missing pages and returns how many samples that took.
    fn render(&mut self, plan: &Plan<'_>) -> u64 {
        let tone = &plan.tones[self.need.tone as usize];
        let recipe = Recipe::new(plan.spec(tone), &plan.movement(tone), plan.rate);
        let slot = &mut self.slot;
        let end = self.need.last as usize + 1;
        if slot.pages.len() < end {
            slot.pages.resize_with(end, || None);
        }
        // A page is rendered from the state at its start: from the nearest one that was kept before it.
        let Some(missing) = self.need.pages().find(|page| !slot.has(*page)) else {
            return 0;
        };
        let (start, mut state) = slot
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
            slot.passed(start + length, &state, index + 1 == end, index >= missing);
            if index >= missing && !slot.has(index) {
                slot.pages[index] = Some(page);
            } else {
                blank = Some(page);
            }
        }
        rendered
    }
}

/// Renders what is missing of some tones, in parallel, and returns how many samples that took.
pub fn render(loans: &mut [Loan], plan: &Plan<'_>) -> u64 {
    let mut work: Vec<&mut Loan> = loans.iter_mut().filter(|loan| loan.missing() > 0).collect();
    // The longest come first, and each thread takes the next one: who is done early finds something short to do.
    work.sort_by_key(|loan| Reverse(loan.need.samples()));
    let rendered = work.into_iter().par_bridge().map(|loan| loan.render(plan));
    rendered.sum()
}
