//! The tones rendered so far, page by page: made when first needed, kept while they are used, made again if dropped.

use rayon::prelude::*;

use super::pitch::STEP;
use super::tone::{CHUNK, Recipe, State};
use crate::plan::Plan;

/// Frames of a tone that are rendered and kept together. A multiple of [`CHUNK`], so that a page can begin anywhere.
pub const PAGE: usize = 8192;
const _: () = assert!(PAGE.is_multiple_of(CHUNK));

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

    /// The samples of memory that it takes.
    #[must_use]
    pub fn samples(self) -> u64 {
        u64::from(self.last - self.first + 1) * PAGE as u64
    }
}

/// Joins needs of the same tone into one each, in order of tones.
pub fn join(needs: &mut Vec<Need>) {
    needs.sort_unstable();
    needs.dedup_by(|later, kept| {
        let same = later.tone == kept.tone;
        if same {
            kept.last = kept.last.max(later.last);
        }
        same
    });
}

/// A tone's pages, and the states to render each of them from.
#[derive(Debug, Default)]
struct Slot {
    pages: Vec<Option<Box<[f32]>>>,
    /// The state at the start of each page up to the first that was never rendered.
    states: Vec<State>,
}

/// The rendered pages of all tones of a plan.
#[derive(Debug)]
pub struct Pool<'a> {
    plan: &'a Plan<'a>,
    slots: Vec<Slot>,
    samples: u64,
    rendered: u64,
}

impl<'a> Pool<'a> {
    /// A pool in which nothing is rendered yet.
    #[must_use]
    pub fn new(plan: &'a Plan<'a>) -> Self {
        let slots = plan.tones.iter().map(|_| Slot::default()).collect();
        Self {
            plan,
            slots,
            samples: 0,
            rendered: 0,
        }
    }

    /// The samples that are kept.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The samples that have been rendered in all.
    #[must_use]
    pub fn rendered(&self) -> u64 {
        self.rendered
    }

    /// Renders what is missing of `needs` (one for each tone at most), tones in parallel.
    pub fn prepare(&mut self, needs: &[Need]) {
        let plan = self.plan;
        // The slots are taken out of the pool while they are worked on, so that each thread owns its own.
        let slots = &mut self.slots;
        let mut work: Vec<(Need, Slot)> = Vec::new();
        for need in needs {
            let slot = &mut slots[need.tone as usize];
            if slot.lacks(*need) {
                work.push((*need, std::mem::take(slot)));
            }
        }
        let rendered: u64 = work
            .par_iter_mut()
            .with_max_len(1)
            .map(|(need, slot)| slot.fill(*need, plan))
            .sum();
        for (need, slot) in work {
            self.slots[need.tone as usize] = slot;
        }
        self.samples += rendered;
        self.rendered += rendered;
    }

    /// A page that has been prepared. The last page of a tone ends with the tone's last step.
    #[must_use]
    pub fn page(&self, tone: u32, page: usize) -> &[f32] {
        self.slots[tone as usize].pages[page]
            .as_deref()
            .unwrap_or(&[])
    }

    /// Forgets a tone: it will not be needed again.
    pub fn forget(&mut self, tone: u32) {
        let slot = std::mem::take(&mut self.slots[tone as usize]);
        self.samples -= slot
            .pages
            .iter()
            .flatten()
            .map(|page| page.len() as u64)
            .sum::<u64>();
    }

    /// Drops every page that is not among `needs` (in order of tones); they can be rendered again.
    pub fn keep_only(&mut self, needs: &[Need]) {
        let mut needs = needs.iter().peekable();
        for (tone, slot) in self.slots.iter_mut().enumerate() {
            let need = needs.next_if(|need| need.tone as usize == tone);
            let kept = need.map_or(0..0, |need| need.first as usize..need.last as usize + 1);
            for (index, page) in slot.pages.iter_mut().enumerate() {
                if !kept.contains(&index)
                    && let Some(samples) = page.take()
                {
                    self.samples -= samples.len() as u64;
                }
            }
        }
    }

    /// Drops the pages of a tone before `page`; they can be rendered again.
    pub fn drop_before(&mut self, tone: u32, page: usize) {
        for page in self.slots[tone as usize].pages.iter_mut().take(page) {
            if let Some(samples) = page.take() {
                self.samples -= samples.len() as u64;
            }
        }
    }
}

impl Slot {
    fn lacks(&self, need: Need) -> bool {
        (need.first..=need.last).any(|page| !matches!(self.pages.get(page as usize), Some(Some(_))))
    }

    /// Renders the missing pages and returns how many samples they have.
    fn fill(&mut self, need: Need, plan: &Plan<'_>) -> u64 {
        let tone = &plan.tones[need.tone as usize];
        let recipe = Recipe::new(tone, plan);
        if self.states.is_empty() {
            self.states.push(recipe.start());
        }
        if self.pages.len() <= need.last as usize {
            self.pages.resize_with(need.last as usize + 1, || None);
        }
        // A page is rendered from the state at its start, which the page before it leaves behind.
        let first = (need.first as usize).min(self.states.len() - 1);
        let mut rendered = 0;
        for page in first..=need.last as usize {
            if self.pages[page].is_some() && page + 1 < self.states.len() {
                continue;
            }
            let mut state = self.states[page].clone();
            // Tones are rendered in whole steps.
            let left = (tone.length - (page * PAGE) as u64).next_multiple_of(STEP as u64);
            let length = left.min(PAGE as u64);
            let mut samples = vec![0.0; length as usize].into_boxed_slice();
            recipe.render(&mut state, &mut samples);
            if page + 1 == self.states.len() {
                self.states.push(state);
            }
            if page >= need.first as usize && self.pages[page].is_none() {
                rendered += length;
                self.pages[page] = Some(samples);
            }
        }
        rendered
    }
}
