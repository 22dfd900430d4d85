//! The tones that are kept in memory: what is needed again soonest stays, the rest is rendered again.

use std::ops::Range;

use super::next_use::NextUse;
use crate::plan::Plan;
use crate::tones::cache::ToneCache;
use crate::tones::lease::ToneLease;
use crate::tones::page_range::PageRange;
use crate::tones::shared::SharedToneCache;

/// Samples that are rendered before room is made for others, where memory is short.
const SHORT_BATCH: u64 = 1 << 19;

/// The tones that a window of time needs, batch by batch.
#[derive(Debug)]
pub(super) struct WorkingSet<'n> {
    /// In the order in which buses add up their tones, each once.
    pub(super) needs: &'n [PageRange],
    /// The tones, in order, that sound on behind the window.
    pub(super) lasting: Vec<u32>,
    /// The first frame behind the window.
    pub(super) end: u64,
    /// The memory for tones, in samples.
    pub(super) memory: u64,
    /// Whether that is too little for all.
    pub(super) is_short: bool,
}

/// The rendered tones, never more of them than fit.
#[derive(Debug)]
pub(super) struct KeptTones<'a> {
    plan: &'a Plan<'a>,
    cache: ToneCache<'a>,
    /// The most samples of memory that tones have taken so far: their pages are kept for good.
    most_held: u64,
    /// When tones are needed again, once that has to be known.
    next_uses: Option<NextUse>,
}

impl<'a> KeptTones<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, shared_cache: Option<&'a SharedToneCache>) -> Self {
        Self {
            plan,
            cache: ToneCache::new(plan, shared_cache),
            most_held: 0,
            next_uses: None,
        }
    }

    /// The most samples of memory that tones have taken so far.
    pub(super) fn most_held(&self) -> u64 {
        self.most_held
    }

    /// Whether it would have to drop tones to hold `needs` as well.
    pub(super) fn is_short(&self, needs: &[PageRange], memory: u64) -> bool {
        self.cache.samples() + self.cache.missing(needs) > memory
    }

    /// Where the next batch that begins with the need at `first` ends: it leaves room for others. It has one need at least.
    pub(super) fn batch_end(&self, set: &WorkingSet<'_>, first: usize) -> usize {
        let most = if set.is_short { SHORT_BATCH } else { u64::MAX };
        let (mut held, mut missing) = (0, 0);
        let fits = |need: &PageRange| {
            held += self.cache.held_by(need);
            missing += self.cache.missing(std::slice::from_ref(need));
            held <= set.memory / 2 && missing <= most
        };
        let fitting = set.needs[first..].iter().map(fits);
        first + fitting.take_while(|fits| *fits).count().max(1)
    }

    /// Makes room for a batch of the needs of a window, and lends their tones.
    pub(super) fn lend(&mut self, set: &WorkingSet<'_>, batch: Range<usize>) -> Vec<ToneLease> {
        let needs = &set.needs[batch.clone()];
        if self.is_short(needs, set.memory) {
            self.make_room(set, batch);
        }
        let taken = self.cache.samples() + self.cache.missing(needs);
        self.most_held = self.most_held.max(taken);
        let mut spare = set.memory.saturating_sub(taken);
        let lend = |need: &PageRange| self.cache.lend(*need, &mut spare);
        needs.iter().map(lend).collect()
    }

    /// Takes back what was lent, as far as it was not let go.
    pub(super) fn take_back(&mut self, leases: impl IntoIterator<Item = ToneLease>) {
        for lease in leases {
            self.cache.take_back(lease);
        }
    }

    /// Drops tones until the batch fits and an eighth of the memory is free, those first that are needed again
    /// last: behind what is still to come in this window comes what sounds on, and then whatever begins later.
    fn make_room(&mut self, set: &WorkingSet<'_>, batch: Range<usize>) {
        let plan = self.plan;
        let next_uses = self.next_uses.get_or_insert_with(|| NextUse::new(plan));
        let place = |tone: u32| {
            let found = set.needs.binary_search_by_key(&tone, |need| need.tone);
            found.ok()
        };
        let next_use = |tone: u32| match place(tone) {
            Some(place) if batch.contains(&place) => None,
            Some(place) if place >= batch.end => Some(0),
            _ if set.lasting.binary_search(&tone).is_ok() => Some(set.end),
            _ => Some(next_uses.next_use(tone, set.end)),
        };
        let mut others: Vec<(u64, u32)> = self
            .cache
            .held()
            .filter_map(|tone| Some((next_use(tone)?, tone)))
            .collect();
        // Of those needed at the same time the later ones in order of tones come last in the next window too.
        others.sort_unstable_by(|one, other| other.cmp(one));
        let missing = self.cache.missing(&set.needs[batch.clone()]);
        let goal = (set.memory - set.memory / 8).saturating_sub(missing);
        for drop in [ToneCache::drop_pages, ToneCache::drop_states] {
            for (_, tone) in &others {
                if self.cache.samples() <= goal {
                    return;
                }
                drop(&mut self.cache, *tone);
            }
        }
        // A long tone that comes again must not fill the memory by itself.
        for need in &set.needs[batch] {
            if self.cache.samples() > goal {
                self.cache.drop_others(*need);
            }
        }
    }
}
