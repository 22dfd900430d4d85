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
    pool: ToneCache<'a>,
    /// The most samples of memory that tones have taken so far: their pages are kept for good.
    most_held: u64,
    /// When tones are needed again, once that has to be known.
    future: Option<NextUse>,
}

impl<'a> KeptTones<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, library: Option<&'a SharedToneCache>) -> Self {
        Self {
            plan,
            pool: ToneCache::new(plan, library),
            most_held: 0,
            future: None,
        }
    }

    /// The most samples of memory that tones have taken so far.
    pub(super) fn most_held(&self) -> u64 {
        self.most_held
    }

    /// Whether it would have to drop tones to hold `needs` as well.
    pub(super) fn is_short(&self, needs: &[PageRange], memory: u64) -> bool {
        self.pool.samples() + self.pool.missing(needs) > memory
    }

    /// Where the next batch that begins with the need at `first` ends: it leaves room for others. It has one need at least.
    pub(super) fn batch_end(&self, demand: &WorkingSet<'_>, first: usize) -> usize {
        let most = if demand.is_short {
            SHORT_BATCH
        } else {
            u64::MAX
        };
        let (mut held, mut missing) = (0, 0);
        let fits = |need: &PageRange| {
            held += self.pool.held_by(need);
            missing += self.pool.missing(std::slice::from_ref(need));
            held <= demand.memory / 2 && missing <= most
        };
        let fitting = demand.needs[first..].iter().map(fits);
        first + fitting.take_while(|fits| *fits).count().max(1)
    }

    /// Makes room for a batch of the needs of a window, and lends their tones.
    pub(super) fn lend(&mut self, demand: &WorkingSet<'_>, batch: Range<usize>) -> Vec<ToneLease> {
        let needs = &demand.needs[batch.clone()];
        if self.is_short(needs, demand.memory) {
            self.make_room(demand, batch);
        }
        let taken = self.pool.samples() + self.pool.missing(needs);
        self.most_held = self.most_held.max(taken);
        let mut spare = demand.memory.saturating_sub(taken);
        let lend = |need: &PageRange| self.pool.lend(*need, &mut spare);
        needs.iter().map(lend).collect()
    }

    /// Takes back what was lent, as far as it was not let go.
    pub(super) fn take_back(&mut self, leases: impl IntoIterator<Item = ToneLease>) {
        for lease in leases {
            self.pool.take_back(lease);
        }
    }

    /// Drops tones until the batch fits and an eighth of the memory is free, those first that are needed again
    /// last: behind what is still to come in this window comes what sounds on, and then whatever begins later.
    fn make_room(&mut self, demand: &WorkingSet<'_>, batch: Range<usize>) {
        let plan = self.plan;
        let future = self.future.get_or_insert_with(|| NextUse::new(plan));
        let place = |tone: u32| {
            let found = demand.needs.binary_search_by_key(&tone, |need| need.tone);
            found.ok()
        };
        let next_use = |tone: u32| match place(tone) {
            Some(place) if batch.contains(&place) => None,
            Some(place) if place >= batch.end => Some(0),
            _ if demand.lasting.binary_search(&tone).is_ok() => Some(demand.end),
            _ => Some(future.next_use(tone, demand.end)),
        };
        let mut others: Vec<(u64, u32)> = self
            .pool
            .held()
            .filter_map(|tone| Some((next_use(tone)?, tone)))
            .collect();
        // Of those needed at the same time the later ones in order of tones come last in the next window too.
        others.sort_unstable_by(|one, other| other.cmp(one));
        let missing = self.pool.missing(&demand.needs[batch.clone()]);
        let goal = (demand.memory - demand.memory / 8).saturating_sub(missing);
        for drop in [ToneCache::drop_pages, ToneCache::drop_states] {
            for (_, tone) in &others {
                if self.pool.samples() <= goal {
                    return;
                }
                drop(&mut self.pool, *tone);
            }
        }
        // A long tone that comes again must not fill the memory by itself.
        for need in &demand.needs[batch] {
            if self.pool.samples() > goal {
                self.pool.drop_others(*need);
            }
        }
    }
}
