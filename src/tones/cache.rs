//! The tones rendered so far, page by page: lent to who needs them, kept while they are used, made again if dropped.

use super::cached_tone::CachedTone;
use super::lease::ToneLease;
use super::page::PAGE;
use super::page_range::PageRange;
use super::shared::SharedToneCache;
use crate::plan::{Plan, Tone};
use crate::voice::tone::Recipe;

/// The rendered pages of all tones of a plan.
#[derive(Debug)]
pub struct ToneCache<'a> {
    plan: &'a Plan<'a>,
    /// Where tones come from that another song has rendered.
    shared_cache: Option<&'a SharedToneCache>,
    tones: Vec<CachedTone>,
    /// The samples of memory that the state of each tone takes.
    states: Vec<u32>,
    /// The samples of memory in use.
    used: u64,
}

impl<'a> ToneCache<'a> {
    /// A cache in which nothing is rendered yet, but what songs share.
    #[must_use]
    pub fn new(plan: &'a Plan<'a>, shared_cache: Option<&'a SharedToneCache>) -> Self {
        let state = |tone: &Tone| {
            let recipe = Recipe::new(plan.spec(tone), &plan.movement(tone), plan.rate);
            (recipe.state_memory() / size_of::<f32>()) as u32
        };
        Self {
            plan,
            shared_cache,
            tones: plan.tones.iter().map(|_| CachedTone::default()).collect(),
            states: plan.tones.iter().map(state).collect(),
            used: 0,
        }
    }

    /// The samples of memory in use, but those that are lent.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.used
    }

    /// The samples of memory that are missing for `needs`: pages, and states that are not there to go on from.
    #[must_use]
    pub fn missing(&self, needs: &[PageRange]) -> u64 {
        let missing = |need: &PageRange| {
            let cached = &self.tones[need.tone as usize];
            let state = match cached.state_samples() {
                0 => self.states[need.tone as usize],
                _ => 0,
            };
            (need.missing(cached) * PAGE) as u64 + u64::from(state)
        };
        needs.iter().map(missing).sum()
    }

    /// The samples of memory that a need takes while it is lent.
    #[must_use]
    pub fn held_by(&self, need: &PageRange) -> u64 {
        let cached = &self.tones[need.tone as usize];
        need.samples()
            + cached
                .state_samples()
                .max(u64::from(self.states[need.tone as usize]))
    }

    /// The tones of which anything is there.
    pub fn held(&self) -> impl Iterator<Item = u32> {
        let tones = self.tones.iter().enumerate();
        tones
            .filter(|(_, cached)| cached.samples() > 0)
            .map(|(tone, _)| tone as u32)
    }

    /// Gives a tone away until it is [taken back](Self::take_back), with what songs share of it if nothing is known of
    /// it here. Of that, no more is taken beyond what is needed than the `spare` samples of memory hold.
    pub fn lend(&mut self, need: PageRange, spare: &mut u64) -> ToneLease {
        let mut cached = std::mem::take(&mut self.tones[need.tone as usize]);
        self.used -= cached.samples();
        if cached.is_new()
            && let Some(shared_cache) = self.shared_cache
            && let Some(key) = self.plan.tone_key(need.tone)
            && let Some(found) = shared_cache.take(&key)
        {
            cached = found.fitting(self.plan.tones[need.tone as usize].length);
            let beyond = cached.samples().saturating_sub(need.samples());
            match spare.checked_sub(beyond) {
                Some(left) => *spare = left,
                None => cached.drop_others(need.pages()),
            }
        }
        ToneLease { need, cached }
    }

    /// Keeps what has been rendered of a tone.
    pub fn take_back(&mut self, lease: ToneLease) {
        self.used += lease.cached.samples();
        self.tones[lease.need.tone as usize] = lease.cached;
    }

    /// Drops all pages of a tone, and its states if they are large; they can be rendered again.
    pub fn drop_pages(&mut self, tone: u32) {
        self.change(tone, CachedTone::drop_pages);
    }

    /// Drops the pages of a tone that are not needed.
    pub fn drop_others(&mut self, need: PageRange) {
        self.change(need.tone, |cached| cached.drop_others(need.pages()));
    }

    /// Drops the states of a tone; what is needed of it again is rendered from its onset on.
    pub fn drop_states(&mut self, tone: u32) {
        self.change(tone, CachedTone::drop_states);
    }

    fn change(&mut self, tone: u32, change: impl FnOnce(&mut CachedTone)) {
        let cached = &mut self.tones[tone as usize];
        self.used -= cached.samples();
        change(cached);
        self.used += cached.samples();
    }
}
