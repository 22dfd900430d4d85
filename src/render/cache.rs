//! The tones that are kept in memory: what is needed again soonest stays, the rest is rendered again.

use super::future::Future;
use crate::plan::Plan;
use crate::voice::library::Library;
use crate::voice::pool::{Need, Pool};

/// Samples that are rendered before they are mixed: few enough that they are still in the processor's cache then. With a
/// quarter of it song.mid takes 12 % more time on two threads, which then wait for each other; with four times as many,
/// dense.mid takes 5 % more on one.
const GROUP: u64 = 1 << 19;

/// The tones that a window of time needs, group by group.
#[derive(Debug)]
pub(super) struct Demand<'n> {
    /// In the order in which buses add up their tones, each once.
    pub(super) needs: &'n [Need],
    /// The tones, in order, that sound on behind the window.
    pub(super) lasting: Vec<u32>,
    /// The first frame behind the window.
    pub(super) end: u64,
    /// The memory for tones, in samples.
    pub(super) memory: u64,
}

/// The rendered tones, never more of them than fit.
#[derive(Debug)]
pub(super) struct Cache<'a> {
    plan: &'a Plan<'a>,
    pool: Pool<'a>,
    /// When tones are needed again, once that has to be known.
    future: Option<Future>,
}

impl<'a> Cache<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, library: Option<&'a Library>) -> Self {
        Self {
            plan,
            pool: Pool::new(plan, library),
            future: None,
        }
    }

    pub(super) fn pool(&self) -> &Pool<'a> {
        &self.pool
    }

    /// Whether it would have to drop tones to hold `needs` as well.
    pub(super) fn is_short(&self, needs: &[Need], memory: u64) -> bool {
        self.pool.samples() + self.pool.missing(needs) > memory
    }

    /// Where the next group that begins with the need at `first` ends: it leaves room for others, and little of it has to
    /// be rendered. It has one need at least.
    pub(super) fn group_end(&self, demand: &Demand<'_>, first: usize) -> usize {
        let (mut held, mut missing) = (0, 0);
        let fits = |need: &Need| {
            held += need.samples();
            missing += self.pool.missing(std::slice::from_ref(need));
            held <= demand.memory / 2 && missing <= GROUP
        };
        let fitting = demand.needs[first..].iter().map(fits);
        first + fitting.take_while(|fits| *fits).count().max(1)
    }

    /// Renders what is missing of the needs `first..end` of a window.
    pub(super) fn prepare(&mut self, demand: &Demand<'_>, first: usize, end: usize) {
        let group = &demand.needs[first..end];
        if self.is_short(group, demand.memory) {
            self.make_room(demand, first, end);
        }
        self.pool.prepare(group);
    }

    /// Forgets those of some tones that nobody needs from frame `end` on, and the pages that the only voice of a tone has
    /// behind it. They are still in the processor's cache, and the next tones are rendered to them.
    pub(super) fn forget(&mut self, needs: &[Need], end: u64) {
        for need in needs {
            let tone = &self.plan.tones[need.tone as usize];
            if tone.last_use <= end {
                self.pool.forget(need.tone);
            } else if tone.uses == 1 {
                self.pool.drop_before(need.tone, need.last as usize);
            }
        }
    }

    /// Drops tones until the group `first..end` fits and an eighth of the memory is free, those first that are needed again
    /// last: behind what is still to come in this window comes what sounds on, and then whatever begins later.
    fn make_room(&mut self, demand: &Demand<'_>, first: usize, end: usize) {
        let plan = self.plan;
        let future = self.future.get_or_insert_with(|| Future::new(plan));
        let place = |tone: u32| {
            let found = demand.needs.binary_search_by_key(&tone, |need| need.tone);
            found.ok()
        };
        let next_use = |tone: u32| match place(tone) {
            Some(place) if (first..end).contains(&place) => None,
            Some(place) if place >= end => Some(0),
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
        let missing = self.pool.missing(&demand.needs[first..end]);
        let goal = (demand.memory - demand.memory / 8).saturating_sub(missing);
        for (_, tone) in others {
            if self.pool.samples() <= goal {
                return;
            }
            self.pool.drop_before(tone, usize::MAX);
        }
    }
}
