//! What there is of each bus in a window: its voices in the order of adding, and their sum.

use rayon::prelude::*;

use crate::audio::BLOCK;
use crate::mix::bus::{self, BusBlock};
use crate::plan::{Bus, Plan, Voice};
use crate::tones::lease::ToneLease;
use crate::tones::page_range::PageRange;

/// Voices are added block by block, so that the sum stays in the first-level cache, unless there are more voices than this
/// in all blocks together: most of them would be found not to sound in most blocks. Those are added one after another.
const FEW: usize = 512;

/// A bus in a window.
pub(super) struct BusSum<'w> {
    /// Its index in the plan, ...
    pub(super) index: usize,
    /// ... and itself, as it is in the window.
    bus: Bus,
    /// In the order of adding: by tone, then by onset.
    voices: &'w [Voice],
    /// How many of them are in the sum.
    added: usize,
    /// The blocks of the window in which anything is heard of it, ...
    heard: Vec<bool>,
    /// ... and those whose sum may still be anything, since no voice has come to them.
    blank: Vec<bool>,
    /// The end of its sum before the window, as far as its width needs it; nothing, where nothing sounded.
    tail: Vec<f32>,
    /// The tail, and the sum from the start of the window on; empty before the first voice is added.
    sum: Vec<f32>,
}

/// The frames of a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) end: u64,
    /// Frames before it that a sum begins with.
    pub(super) reach: usize,
}

impl Span {
    fn blocks(self) -> usize {
        (self.end - self.start).div_ceil(BLOCK as u64) as usize
    }

    /// The length of a sum.
    pub(super) fn row(self) -> usize {
        self.reach + (self.end - self.start) as usize
    }
}

/// The buses of a window, group by group. Each has a sum from its first tone on until it is mixed.
pub(super) struct BusSums<'w> {
    all: Vec<BusSum<'w>>,
    /// The first tones of those that have voices, in order.
    first_tones: Vec<u32>,
    /// How many are mixed, ...
    mixed: usize,
    /// ... and how many of those had voices.
    closed: usize,
    /// How many sums may be open at once.
    sums: usize,
}

impl<'w> BusSums<'w> {
    pub(super) fn new(all: Vec<BusSum<'w>>, sums: usize) -> Self {
        let mut first_tones: Vec<u32> = all.iter().filter_map(BusSum::first_tone).collect();
        first_tones.sort_unstable();
        Self {
            all,
            first_tones,
            mixed: 0,
            closed: 0,
            sums,
        }
    }

    /// Whether adding a tone takes a sum too many.
    pub(super) fn are_too_many(&self, tone: u32) -> bool {
        let begun = self.first_tones.partition_point(|first| *first <= tone);
        begun > self.sums + self.closed
    }

    /// How many of some needs come before the first one that takes a sum too many.
    pub(super) fn fitting(&self, needs: &[PageRange]) -> usize {
        match self.first_tones.get(self.sums + self.closed) {
            Some(tone) => needs.partition_point(|need| need.tone < *tone),
            None => needs.len(),
        }
    }

    /// Those that are not mixed.
    pub(super) fn rest(&mut self) -> &mut [BusSum<'w>] {
        &mut self.all[self.mixed..]
    }

    /// The first of those that are not mixed, as far as they and the others of their groups are complete; from now on they
    /// count as mixed.
    pub(super) fn take_complete(&mut self) -> &mut [BusSum<'w>] {
        let group = |sum: &BusSum<'_>| sum.bus.group;
        let rest = &self.all[self.mixed..];
        let complete: usize = rest
            .chunk_by(|one, other| group(one) == group(other))
            .take_while(|sums| sums.iter().all(BusSum::is_complete))
            .map(<[BusSum<'_>]>::len)
            .sum();
        self.closed += rest[..complete]
            .iter()
            .filter_map(BusSum::first_tone)
            .count();
        let from = self.mixed;
        self.mixed += complete;
        &mut self.all[from..self.mixed]
    }
}

impl<'w> BusSum<'w> {
    /// The sum of a bus with this index in the plan, as it is in the window.
    pub(super) fn new(
        (index, bus): (usize, Bus),
        voices: &'w [Voice],
        tail: Vec<f32>,
        plan: &Plan<'_>,
        span: Span,
    ) -> Self {
        let mut heard = vec![false; span.blocks()];
        let reach = bus.reach(plan.rate);
        let block = |frame: u64| (frame - span.start) / BLOCK as u64;
        for voice in voices {
            let from = voice.onset.max(span.start);
            let to = (voice.onset + plan.length(voice) + reach).min(span.end);
            if from < to {
                heard[block(from) as usize..=block(to - 1) as usize].fill(true);
            }
        }
        if let Some(first) = heard.first_mut() {
            *first |= !tail.is_empty();
        }
        Self {
            index,
            bus,
            voices,
            added: 0,
            blank: vec![true; heard.len()],
            heard,
            tail,
            sum: Vec::new(),
        }
    }

    /// The tone that its sum begins with; none, where nothing but the tail is left to be heard.
    pub(super) fn first_tone(&self) -> Option<u32> {
        self.voices.first().map(|voice| voice.tone)
    }

    /// Whether it has a sum. What has no voice has none until it is mixed.
    pub(super) fn is_open(&self) -> bool {
        !self.sum.is_empty()
    }

    /// Whether all its voices are in its sum.
    fn is_complete(&self) -> bool {
        self.added == self.voices.len()
    }

    /// Whether voices up to those of tone `last` come next.
    pub(super) fn goes_on(&self, last: u32) -> bool {
        let next = self.voices.get(self.added);
        next.is_some_and(|voice| voice.tone <= last)
    }

    /// Gives it a row for its sum: the tail is written, the rest may be anything.
    pub(super) fn open(&mut self, rows: &mut Vec<Vec<f32>>, span: Span) {
        if self.is_open() {
            return;
        }
        self.sum = rows.pop().unwrap_or_default();
        if self.sum.len() < span.row() {
            // Made anew: that leaves it to the threads to touch it first.
            self.sum = vec![0.0; span.row()];
        }
        let before = &mut self.sum[..span.reach];
        match &self.tail[..] {
            [] => before.fill(0.0),
            tail => before.copy_from_slice(tail),
        }
    }

    /// The voices that come next, up to those of tone `last`.
    pub(super) fn next_voices(&self, last: u32) -> &'w [Voice] {
        let rest = &self.voices[self.added..];
        &rest[..rest.partition_point(|voice| voice.tone <= last)]
    }

    /// Adds the `voices` that come next, each with its tone, in `pieces` of time.
    pub(super) fn add(
        &mut self,
        voices: &[(&Voice, &ToneLease)],
        plan: &Plan<'_>,
        span: Span,
        pieces: usize,
    ) {
        let blocks = span.blocks().div_ceil(pieces);
        let is_few = voices.len() * blocks <= FEW;
        let stretch = if is_few { 1 } else { blocks };
        let heard = &self.heard;
        let sum = &mut self.sum[span.reach..span.row()];
        let pieces = sum
            .par_chunks_mut(blocks * BLOCK)
            .zip(self.blank.par_chunks_mut(blocks));
        pieces.enumerate().for_each(|(index, (sum, blank))| {
            let stretches = sum.chunks_mut(stretch * BLOCK);
            for (at, (sum, blank)) in stretches.zip(blank.chunks_mut(stretch)).enumerate() {
                let first = index * blocks + at * stretch;
                let start = span.start + (first * BLOCK) as u64;
                let mut rest = voices.iter();
                match blank {
                    // A block begins with the first voice that sounds in it.
                    [blank @ true] => {
                        *blank = !rest.any(|(voice, tone)| bus::set(tone, plan, voice, start, sum));
                    }
                    blank => silence(blank, sum, |block| heard[first + block]),
                }
                for (voice, tone) in rest {
                    bus::add(tone, plan, voice, start, sum);
                }
            }
        });
        self.added += voices.len();
    }

    /// Makes silence where it will be read and no voice has come to.
    pub(super) fn complete(&mut self, span: Span) {
        let heard = &self.heard;
        let sum = &mut self.sum[span.reach..span.row()];
        // A block is read for the width of the next one too.
        silence(&mut self.blank, sum, |block| {
            heard[block..].iter().take(2).any(|heard| *heard)
        });
    }

    /// What is to be mixed of it in a block of the window, `frames` long; nothing, where nothing is heard.
    pub(super) fn block(&self, block: usize, frames: usize, span: Span) -> Option<BusBlock<'_>> {
        let first = block * BLOCK;
        self.heard[block].then(|| BusBlock {
            bus: &self.bus,
            start: span.start + first as u64,
            samples: &self.sum[first..first + span.reach + frames],
        })
    }

    /// Ends it: gives the row back, and returns the end of the sum, if anything is heard of it behind the window.
    pub(super) fn close(
        &mut self,
        rows: &mut Vec<Vec<f32>>,
        plan: &Plan<'_>,
        span: Span,
    ) -> Vec<f32> {
        let reach = self.bus.reach(plan.rate);
        let sum = std::mem::take(&mut self.sum);
        let sounds = |voice: &Voice| voice.onset + plan.length(voice) + reach > span.end;
        let tail = if reach > 0 && self.voices.iter().any(sounds) {
            sum[span.row() - span.reach..span.row()].to_vec()
        } else {
            Vec::new()
        };
        rows.push(sum);
        tail
    }
}

/// Makes silence of the blank blocks of a stretch of a sum that are `wanted`; then they are not blank any more.
fn silence(blank: &mut [bool], sum: &mut [f32], wanted: impl Fn(usize) -> bool) {
    for (index, (blank, block)) in blank.iter_mut().zip(sum.chunks_mut(BLOCK)).enumerate() {
        if *blank && wanted(index) {
            block.fill(0.0);
            *blank = false;
        }
    }
}
