//! A line's turn: it renders the tones that it alone needs, few at a time, and adds its voices of them while they are in the
//! processor's cache.

use super::line::{Line, Span};
use crate::plan::{Plan, Voice};
use crate::tones::library::Library;
use crate::tones::loan::{self, Loan};
use crate::tones::need::Need;

/// A line, and the tones of a batch that no other line needs.
pub(super) struct Turn<'l, 'w> {
    line: &'l mut Line<'w>,
    /// In order.
    own: Vec<Loan>,
}

/// A batch of tones, as all turns see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch<'b> {
    pub(super) plan: &'b Plan<'b>,
    pub(super) library: Option<&'b Library>,
    /// The tones that several lines need, in order and rendered.
    pub(super) shared: &'b [Loan],
    /// The last tone.
    pub(super) last: u32,
    pub(super) span: Span,
    /// Samples that are rendered before they are added.
    pub(super) few: u64,
    /// The pieces of time in which voices are added.
    pub(super) pieces: usize,
}

/// Which turns need a tone.
#[derive(Clone, Copy, Debug)]
enum Users {
    Nobody,
    One(usize),
    Many,
}

/// Gives tones to the turns of those lines that alone need them; `loans` are those of `needs`. Returns the others.
pub(super) fn hand_out(
    loans: Vec<Loan>,
    needs: &[Need],
    last: u32,
    turns: &mut [Turn<'_, '_>],
) -> Vec<Loan> {
    let mut users = vec![Users::Nobody; needs.len()];
    for (index, turn) in turns.iter().enumerate() {
        let voices = turn.line.next_voices(last);
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
    for (loan, users) in loans.into_iter().zip(users) {
        match users {
            Users::One(index) => turns[index].own.push(loan),
            _ => shared.push(loan),
        }
    }
    shared
}

impl<'l, 'w> Turn<'l, 'w> {
    pub(super) fn new(line: &'l mut Line<'w>) -> Self {
        Self {
            line,
            own: Vec::new(),
        }
    }

    /// The samples that it has to render.
    pub(super) fn missing(&self) -> u64 {
        self.own.iter().map(Loan::missing).sum()
    }

    /// Adds the voices of a batch to the sum of the line, and returns how many samples were rendered for it.
    pub(super) fn play(&mut self, batch: Batch<'_>) -> u64 {
        let mut voices = self.line.next_voices(batch.last);
        let mut own = &mut self.own[..];
        let mut rendered = 0;
        while !voices.is_empty() {
            let (group, later) = own.split_at_mut(fitting(own, batch.few));
            let count = match later.first() {
                Some(next) => voices.partition_point(|voice| voice.tone < next.tone()),
                None => voices.len(),
            };
            rendered += loan::render(group, batch.plan);
            let find = |voice| Some((voice, batch.find(group, voice)?));
            let added: Vec<(&Voice, &Loan)> = voices[..count].iter().filter_map(find).collect();
            debug_assert_eq!(added.len(), count);
            self.line.add(&added, batch.plan, batch.span, batch.pieces);
            for loan in group {
                loan.let_go(batch.plan, batch.library, batch.span.end);
            }
            (own, voices) = (later, &voices[count..]);
        }
        rendered
    }

    /// What is left of its tones.
    pub(super) fn into_loans(self) -> Vec<Loan> {
        self.own
    }
}

impl Batch<'_> {
    /// The tone of a voice.
    fn find<'f>(&'f self, group: &'f [Loan], voice: &Voice) -> Option<&'f Loan> {
        [group, self.shared].into_iter().find_map(|loans| {
            let place = loans.binary_search_by_key(&voice.tone, Loan::tone);
            Some(&loans[place.ok()?])
        })
    }
}

/// How many of some tones are rendered before any is added: one at least.
fn fitting(loans: &[Loan], few: u64) -> usize {
    let mut missing = 0;
    let fits = |loan: &&Loan| {
        missing += loan.missing();
        missing <= few
    };
    loans
        .iter()
        .take_while(fits)
        .count()
        .max(1)
        .min(loans.len())
}
