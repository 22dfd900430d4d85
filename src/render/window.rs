//! The mix, window by window of time: many threads work on each, and none can change a bit of it.
//!
//! In a window the tones that sound in it are rendered, each by one thread. Then each bus sums its voices, tone by tone, so
//! that a tone is read from memory once for all its notes in the window. Then the buses go into the mix, block by block.
//! A bus adds its voices in an order of their own (by tone, then by onset) and in pieces that end at fixed frames, so the
//! sum depends neither on the threads nor on how long the windows are.

use rayon::prelude::*;

use super::Settings;
use crate::audio::{BLOCK, Stereo};
use crate::mix::bus;
use crate::plan::{Plan, Voice};
use crate::voice::pool::{self, Need, PAGE, Pool};

/// The most blocks to a window: the longer it is, the more notes share what is read of a tone, as long as the sum of a
/// bus stays in the second-level cache.
const WINDOW_BLOCKS: usize = 32;

/// The samples of tones that only one voice uses for which a window is made shorter: what was just rendered should still
/// be in the third-level cache when it is mixed.
const UNSHARED_SAMPLES: u64 = 2 << 20;

/// Pieces of work for each thread, so that none waits long for the others.
const PIECES: usize = 4;

/// Windows of the mix, one after another.
pub(super) struct Mixer<'a> {
    plan: &'a Plan<'a>,
    pool: Pool<'a>,
    gain: f32,
    /// In samples.
    memory: u64,
    /// The first frame of the next window.
    start: u64,
    /// Voices that have begun before the end of the last window and not ended, in score order.
    active: Vec<Voice>,
    /// The first voice that has not begun.
    next_voice: usize,
    samples_mixed: u64,
    /// The sums of the buses, one after another.
    sums: Vec<f32>,
}

/// The memory that tones take, in samples.
fn samples<'n>(needs: impl IntoIterator<Item = &'n Need>) -> u64 {
    needs.into_iter().map(|need| need.samples()).sum()
}

impl<'a> Mixer<'a> {
    pub(super) fn new(plan: &'a Plan<'a>, settings: &Settings) -> Self {
        Self {
            plan,
            pool: Pool::new(plan),
            gain: settings.gain.gain() as f32,
            memory: settings.memory / size_of::<f32>() as u64,
            start: 0,
            active: Vec::new(),
            next_voice: 0,
            samples_mixed: 0,
            sums: Vec::new(),
        }
    }

    /// Whether the song is over.
    pub(super) fn is_done(&self) -> bool {
        self.start >= self.plan.frames
    }

    /// Samples of tones rendered so far.
    pub(super) fn samples_rendered(&self) -> u64 {
        self.pool.rendered()
    }

    /// Samples of tones mixed so far.
    pub(super) fn samples_mixed(&self) -> u64 {
        self.samples_mixed
    }

    /// Mixes the next window into `output`.
    pub(super) fn window(&mut self, output: &mut Stereo) {
        let mut blocks = WINDOW_BLOCKS;
        let mut needs = self.begin(blocks);
        while blocks > 1 && !self.fits(blocks, &needs) {
            blocks /= 2;
            needs = self.begin(blocks);
        }
        if self.pool.samples() + samples(&needs) > self.memory {
            self.pool.keep_only(&needs);
        }
        let end = self.end(blocks);
        self.pool.prepare(&needs);
        output.reset((end - self.start) as usize);
        self.mix(output);
        self.samples_mixed += self
            .active
            .iter()
            .map(|voice| self.span(voice, end).1)
            .sum::<u64>();
        self.start = end;
        self.clean_up();
    }

    /// Whether a window of so many blocks, which needs these tones, is not too long.
    fn fits(&self, blocks: usize, needs: &[Need]) -> bool {
        let unshared = needs
            .iter()
            .filter(|need| self.plan.tones[need.tone as usize].uses == 1);
        let sums = (self.plan.buses.len() * blocks * BLOCK) as u64;
        samples(unshared) <= UNSHARED_SAMPLES && samples(needs) + sums <= self.memory
    }

    fn end(&self, blocks: usize) -> u64 {
        (self.start + (blocks * BLOCK) as u64).min(self.plan.frames)
    }

    /// Takes in the voices that begin in a window of so many blocks, and says which tones it needs.
    fn begin(&mut self, blocks: usize) -> Vec<Need> {
        let end = self.end(blocks);
        self.active.retain(|voice| voice.onset < end);
        self.next_voice = self
            .next_voice
            .min(self.plan.voices.partition_point(|voice| voice.onset < end));
        let begun = self.plan.voices[self.next_voice..]
            .iter()
            .take_while(|voice| voice.onset < end);
        self.active.extend(begun);
        self.next_voice = self.plan.voices.partition_point(|voice| voice.onset < end);
        let mut needs: Vec<Need> = self
            .active
            .iter()
            .map(|voice| (voice, self.span(voice, end)))
            .filter(|(_, (_, count))| *count > 0)
            .map(|(voice, (from, count))| Need::of(voice.tone, from, from + count))
            .collect();
        pool::join(&mut needs);
        needs
    }

    /// The part of a voice in the window up to `end`: its first frame since the onset, and how many.
    fn span(&self, voice: &Voice, end: u64) -> (u64, u64) {
        let from = self.start.max(voice.onset);
        let to = end.min(voice.onset + self.plan.length(voice));
        (from - voice.onset, to.saturating_sub(from))
    }

    fn mix(&mut self, output: &mut Stereo) {
        let by_bus = self.voices_by_bus();
        let frames = output.len();
        let buses = self
            .plan
            .buses
            .iter()
            .zip(&by_bus)
            .filter(|(_, voices)| !voices.is_empty());
        let buses: Vec<_> = buses.collect();
        self.sums.resize(buses.len() * frames, 0.0);

        let (start, pool, plan, active) = (self.start, &self.pool, self.plan, &self.active);
        let pieces = (PIECES * rayon::current_num_threads()).div_ceil(buses.len().max(1));
        let piece = frames.div_ceil(pieces).next_multiple_of(BLOCK);
        let sums = self.sums.par_chunks_mut(frames).zip(&buses);
        sums.for_each(|(sum, (_, voices))| {
            sum.par_chunks_mut(piece)
                .enumerate()
                .for_each(|(index, sum)| {
                    let voices = voices.iter().map(|voice| &active[*voice as usize]);
                    bus::sum(pool, plan, voices, start + (index * piece) as u64, sum);
                });
        });

        let (sums, gain) = (&self.sums, self.gain);
        let blocks = output
            .left
            .par_chunks_mut(BLOCK)
            .zip(output.right.par_chunks_mut(BLOCK));
        blocks.enumerate().for_each(|(index, (left, right))| {
            let place = index * BLOCK..index * BLOCK + left.len();
            let (from, to) = (start + place.start as u64, start + place.end as u64);
            let heard = |voice: &u32| {
                let voice = &active[*voice as usize];
                voice.onset < to && voice.onset + plan.length(voice) > from
            };
            for (sum, (bus, voices)) in sums.chunks(frames).zip(&buses) {
                if !voices.iter().any(heard) {
                    continue;
                }
                bus::mix(bus, from, &sum[place.clone()], left, right);
            }
            if gain != 1.0 {
                left.iter_mut()
                    .chain(right)
                    .for_each(|sample| *sample *= gain);
            }
        });
    }

    /// The active voices of each bus in the order of adding, as indices.
    fn voices_by_bus(&self) -> Vec<Vec<u32>> {
        let mut by_bus = vec![Vec::new(); self.plan.buses.len()];
        for (index, voice) in self.active.iter().enumerate() {
            by_bus[voice.bus as usize].push(index as u32);
        }
        let order = |voice: &u32| self.plan.order(&self.active[*voice as usize]);
        // Stable: voices of the same tone stay in order of their onsets.
        by_bus
            .iter_mut()
            .for_each(|voices| voices.sort_by_key(order));
        by_bus
    }

    /// Lets go of voices that have ended and of tones that will not be needed again.
    fn clean_up(&mut self) {
        let (start, plan, pool) = (self.start, self.plan, &mut self.pool);
        self.active.retain(|voice| {
            let sounds = voice.onset + plan.length(voice) > start;
            let spec = &plan.tones[voice.tone as usize];
            if !sounds && spec.last_use <= start {
                pool.forget(voice.tone);
            } else if sounds && spec.uses == 1 {
                pool.drop_before(voice.tone, ((start - voice.onset) / PAGE as u64) as usize);
            }
            sounds
        });
    }
}
