//! A bus's task: it renders the tones that it alone needs, few at a time, and adds its voices of them while they are in the
//! processor's cache.

use super::bus_sum::{BusSum, Span};
use crate::plan::{Plan, Voice};
use crate::tones::lease::{self, ToneLease};
use crate::tones::page_range::PageRange;
use crate::tones::shared::SharedToneCache;

/// A bus, and the tones of a batch that no other bus needs.
pub(super) struct BusTask<'l, 'w> {
    sum: &'l mut BusSum<'w>,
    /// In order.
    own: Vec<ToneLease>,
}

/// A batch of tones, as all tasks see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch<'b> {
    pub(super) plan: &'b Plan<'b>,
    pub(super) shared_cache: Option<&'b SharedToneCache>,
    /// The tones that several buses need, in order and rendered.
    pub(super) shared: &'b [ToneLease],
    /// The last tone.
    pub(super) last: u32,
    pub(super) span: Span,
    /// Samples that are rendered before they are added.
    pub(super) few: u64,
    /// The pieces of time in which voices are added.
    pub(super) pieces: usize,
}

/// Which tasks need a tone.
#[derive(Clone, Copy, Debug)]
enum Users {
    Nobody,
    One(usize),
    Many,
}

/// Gives tones to the tasks of those buses that alone need them; `leases` are those of `needs`. Returns the others.
pub(super) fn hand_out(
    leases: Vec<ToneLease>,
    needs: &[PageRange],
    last: u32,
    tasks: &mut [BusTask<'_, '_>],
) -> Vec<ToneLease> {
    let mut users = vec![Users::Nobody; needs.len()];
    for (index, task) in tasks.iter().enumerate() {
        let voices = task.sum.next_voices(last);
        for voices in voices.chunk_by(|one, other| one.tone == other.tone) {
            if let Ok(place) = needs.binary_search_by_key(&voices[0].tone, |need| need.tone) {
                users[place] = match users[place] {
                    Users::Nobody => Users::One(index),
                    _ => Users::Many,
                };
            }
        }
    }
    let mut shared = Vec::new();
    for (lease, users) in leases.into_iter().zip(users) {
        match users {
            Users::One(index) => tasks[index].own.push(lease),
            _ => shared.push(lease),
        }
    }
    shared
}

impl<'l, 'w> BusTask<'l, 'w> {
    pub(super) fn new(sum: &'l mut BusSum<'w>) -> Self {
        Self {
            sum,
            own: Vec::new(),
        }
    }

    /// The samples that it has to render.
    pub(super) fn missing(&self) -> u64 {
        self.own.iter().map(ToneLease::missing).sum()
    }

    /// Adds the voices of a batch to the sum of the bus, and returns how many samples were rendered for it.
    pub(super) fn play(&mut self, batch: Batch<'_>) -> u64 {
        let mut voices = self.sum.next_voices(batch.last);
        let mut own = &mut self.own[..];
        let mut rendered = 0;
        while !voices.is_empty() {
            let (group, later) = own.split_at_mut(fitting(own, batch.few));
            let count = match later.first() {
                Some(next) => voices.partition_point(|voice| voice.tone < next.tone()),
                None => voices.len(),
            };
            rendered += lease::render(group, batch.plan);
            let find = |voice| Some((voice, batch.find(group, voice)?));
            let added: Vec<(&Voice, &ToneLease)> =
                voices[..count].iter().filter_map(find).collect();
            debug_assert_eq!(added.len(), count);
            self.sum.add(&added, batch.plan, batch.span, batch.pieces);
            for lease in group {
                lease.let_go(batch.plan, batch.shared_cache, batch.span.end);
            }
            (own, voices) = (later, &voices[count..]);
        }
        rendered
    }

    /// What is left of its tones.
    pub(super) fn into_loans(self) -> Vec<ToneLease> {
        self.own
    }
}

impl Batch<'_> {
    /// The tone of a voice.
    fn find<'f>(&'f self, group: &'f [ToneLease], voice: &Voice) -> Option<&'f ToneLease> {
        [group, self.shared].into_iter().find_map(|leases| {
            let place = leases.binary_search_by_key(&voice.tone, ToneLease::tone);
            Some(&leases[place.ok()?])
        })
    }
}

/// How many of some tones are rendered before any is added: one at least.
fn fitting(leases: &[ToneLease], few: u64) -> usize {
    let mut missing = 0;
    let fits = |lease: &&ToneLease| {
        missing += lease.missing();
        missing <= few
    };
    leases
        .iter()
        .take_while(fits)
        .count()
        .max(1)
        .min(leases.len())
}
