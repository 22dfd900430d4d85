//! The tones rendered so far, page by page: made when first needed, kept while they are used, made again if dropped.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::library::Library;
pub use super::page::PAGE;
use super::page::Page;
use super::pitch::STEP;
use super::slot::Slot;
use super::tone::{CHUNK, Recipe, SCRATCH};
use crate::plan::Plan;

/// The pages of a tone that are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The tone.
    pub tone: u32,
    /// The first page.
    pub first: u32,
    /// The last page.
    pub last: u32,
}

impl Need {
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

    fn pages(self) -> std::ops::Range<usize> {
        self.first as usize..self.last as usize + 1
    }

    /// How many of them are not there.
    fn missing(self, slot: &Slot) -> usize {
        self.pages().filter(|page| !slot.has(*page)).count()
    }

    /// The samples of memory that it takes.
    #[must_use]
    pub fn samples(self) -> u64 {
        u64::from(self.last - self.first + 1) * PAGE as u64
    }
}

/// Joins needs of the same tone into one each, in order of tones.
pub fn join(needs: &mut Vec<Need>) {
    needs.par_sort_unstable();
    needs.dedup_by(|later, kept| {
        let same = later.tone == kept.tone;
        if same {
            kept.last = kept.last.max(later.last);
        }
        same
    });
}

/// The rendered pages of all tones of a plan.
#[derive(Debug)]
pub struct Pool<'a> {
    plan: &'a Plan<'a>,
    /// Where tones come from that another song has rendered, and go to when they are done with.
    library: Option<&'a Library>,
    slots: Vec<Slot>,
    /// Pages that nobody needs any more, to be used again while they are in the processor's cache.
    blank: Vec<Page>,
    /// Pages in use.
    used: u64,
    /// Samples rendered in all.
    rendered: u64,
}

/// The pages that one tone still needs, and the blank ones to render them to.
struct Work {
    need: Need,
    slot: Slot,
    blank: Vec<Page>,
}

impl<'a> Pool<'a> {
    /// A pool in which nothing is rendered yet, but what a library has.
    #[must_use]
    pub fn new(plan: &'a Plan<'a>, library: Option<&'a Library>) -> Self {
        let slots = plan.tones.iter().map(|_| Slot::default()).collect();
        Self {
            plan,
            library,
            slots,
            blank: Vec::new(),
            used: 0,
            rendered: 0,
        }
    }

    /// The samples of memory in use.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.used * PAGE as u64
    }

    /// The samples that have been rendered in all.
    #[must_use]
    pub fn rendered(&self) -> u64 {
        self.rendered
    }

    /// The samples of memory that are missing for `needs`.
    #[must_use]
    pub fn missing(&self, needs: &[Need]) -> u64 {
        let pages = needs
            .iter()
            .map(|need| need.missing(&self.slots[need.tone as usize]) as u64);
        pages.sum::<u64>() * PAGE as u64
    }

    /// Renders what is missing of `needs` (one for each tone at most), tones in parallel.
    pub fn prepare(&mut self, needs: &[Need]) {
        // The slots are taken out of the pool while they are worked on, so that each thread owns its own.
        let mut work: Vec<Work> = Vec::new();
        for need in needs {
            self.borrow(need.tone);
            let slot = &mut self.slots[need.tone as usize];
            let missing = need.missing(slot);
            if missing > 0 {
                let kept = self.blank.len().saturating_sub(missing);
                let (slot, blank) = (std::mem::take(slot), self.blank.split_off(kept));
                self.used += missing as u64;
                work.push(Work {
                    need: *need,
                    slot,
                    blank,
                });
            }
        }
        // The longest come first, and each thread takes the next one: who is done early finds something short to do.
        work.sort_by_key(|work| Reverse(work.need.samples()));
        let rendered = work
            .iter_mut()
            .par_bridge()
            .map(|work| work.render(self.plan));
        self.rendered += rendered.sum::<u64>();
        for Work { need, slot, blank } in work {
            self.slots[need.tone as usize] = slot;
            self.blank.extend(blank);
        }
    }

    /// A page that has been prepared.
    #[must_use]
    pub fn page(&self, tone: u32, page: usize) -> &[f32] {
        self.slots[tone as usize].pages[page]
            .as_deref()
            .unwrap_or(&[])
    }

    /// The tones of which any page is there.
    pub fn held(&self) -> impl Iterator<Item = u32> {
        let slots = self.slots.iter().enumerate();
        slots
            .filter(|(_, slot)| slot.pages.iter().any(Option::is_some))
            .map(|(tone, _)| tone as u32)
    }

    /// Takes a tone from the library, if nothing is known of it here.
    fn borrow(&mut self, tone: u32) {
        let Some(library) = self.library else {
            return;
        };
        let slot = &mut self.slots[tone as usize];
        if slot.is_new()
            && let Some(key) = self.plan.tone_key(tone)
            && let Some(found) = library.take(&key)
        {
            *slot = found.fitting(self.plan.tones[tone as usize].length);
            self.used += slot.count();
        }
    }

    /// Forgets a tone: it will not be needed again.
    pub fn forget(&mut self, tone: u32) {
        let slot = std::mem::take(&mut self.slots[tone as usize]);
        self.used -= slot.count();
        if let Some(library) = self.library
            && slot.count() > 0
            && let Some(key) = self.plan.tone_key(tone)
        {
            self.blank.extend(library.give(key, slot));
        } else {
            self.blank.extend(slot.into_pages());
        }
    }

    /// Drops the pages of a tone before `page`; they can be rendered again.
    pub fn drop_before(&mut self, tone: u32, page: usize) {
        for index in 0..page.min(self.slots[tone as usize].pages.len()) {
            if let Some(page) = self.slots[tone as usize].pages[index].take() {
                self.release(page);
            }
        }
    }

    fn release(&mut self, page: Page) {
        self.used -= 1;
        self.blank.push(page);
    }
}

impl Work {
    /// Renders the missing pages and returns how many samples that took.
    fn render(&mut self, plan: &Plan<'_>) -> u64 {
        let tone = &plan.tones[self.need.tone as usize];
        let recipe = Recipe::new(tone, plan);
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
        for index in start..end {
            let mut page = self.blank.pop().unwrap_or_else(Page::take);
            // Tones are rendered in whole steps.
            let start = (index * PAGE) as u64;
            let left = (tone.length - start).next_multiple_of(STEP as u64);
            let length = left.min(PAGE as u64);
            recipe.render(&mut state, &mut scratch, &mut page[..length as usize]);
            rendered += length;
            slot.passed(start + length, &state, index + 1 == end);
            if index >= missing && !slot.has(index) {
                slot.pages[index] = Some(page);
            } else {
                self.blank.push(page);
            }
        }
        rendered
    }
}
