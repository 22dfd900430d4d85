//! The mix, window by window of time: many threads work on each, and none can change a bit of it.
//!
//! In a window the tones that sound in it are rendered, each by one thread. Then each bus sums its voices, tone by tone, so
//! that a tone is read from memory once for all its notes in the window. Then the buses go into their groups and the groups
//! into the mix, block by block, and into the sends of the effects. A bus adds its voices in an order of their own (by tone, then by onset) and in pieces that end at fixed frames, so the
//! sum depends neither on the threads nor on how long the windows are.

use rayon::prelude::*;

use super::Settings;
use super::future::Future;
use crate::audio::{BLOCK, Stereo};
use crate::mix::bus::{self, Summed};
use crate::mix::effects::{Sends, Used};
use crate::mix::width::Spread;
use crate::plan::{Bus, Plan, Voice};
use crate::voice::pool::{self, Need, PAGE, Pool};

/// The most blocks to a window: the longer it is, the more notes share what is read of a tone, as long as the sum of a
/// bus stays in the second-level cache.
const WINDOW_BLOCKS: usize = 32;

/// The samples of tones that only one voice uses for which a window is made shorter: what was just rendered should still
/// be in the third-level cache when it is mixed.
const UNSHARED_SAMPLES: u64 = 2 << 20;

/// Pieces of work for each thread, so that none waits long for the others.
const PIECES: usize = 4;

/// What there is of a window: all planes are equally long.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// The sum of the groups.
    pub(super) dry: Stereo,
    /// What goes to the effects.
    pub(super) sends: Sends,
    /// The groups by themselves, if they are asked for.
    pub(super) groups: Vec<Stereo>,
}

impl Window {
    fn reset(&mut self, frames: usize, mixer: &Mixer<'_>) {
        self.dry.reset(frames);
        self.sends.reset(&mixer.used, frames);
        let groups = if mixer.stems {
            mixer.plan.groups.len()
        } else {
            0
        };
        self.groups.resize(groups, Stereo::default());
        self.groups.iter_mut().for_each(|group| group.reset(frames));
    }
}

/// Windows of the mix, one after another.
pub(super) struct Mixer<'a> {
    plan: &'a Plan<'a>,
    pool: Pool<'a>,
    /// The buses of the plan, their gains times that of the mix.
    buses: Vec<Bus>,
    used: Used,
    /// Whether the groups are handed out by themselves.
    stems: bool,
    /// In samples.
    memory: u64,
    /// The first frame of the next window.
    start: u64,
    /// The first frame that is not mixed any more.
    end: u64,
    /// Voices that have begun before the end of the last window and not ended, in score order.
    active: Vec<Voice>,
    /// The first voice that has not begun.
    next_voice: usize,
    samples_mixed: u64,
    /// The sums of the buses, one after another, each with the frames before the window that its width needs.
    sums: Vec<f32>,
    spread: Spread,
    /// Those frames of each bus; none where nothing sounded.
    tails: Vec<Vec<f32>>,
    /// When tones are needed again, once that has to be known.
    future: Option<Future>,
}

/// The memory that tones take, in samples.
fn samples<'n>(needs: impl IntoIterator<Item = &'n Need>) -> u64 {
    needs.into_iter().map(|need| need.samples()).sum()
}

impl<'a> Mixer<'a> {
    /// The mixer of a recording that ends before frame `end` of the song.
    pub(super) fn new(plan: &'a Plan<'a>, settings: &Settings, end: u64, stems: bool) -> Self {
        let gain = settings.gain.gain() as f32;
        let begin = plan.excerpt.from.saturating_sub(plan.excerpt.lead_in);
        Self {
            plan,
            pool: Pool::new(plan),
            buses: plan.buses.iter().map(|bus| bus.louder(gain)).collect(),
            used: Used::new(plan, settings.effects),
            stems,
            memory: settings.memory / size_of::<f32>() as u64,
            // Blocks lie where they lie in the whole song, so that an excerpt has its bits.
            start: begin - begin % BLOCK as u64,
            end,
            active: Vec::new(),
            next_voice: 0,
            samples_mixed: 0,
            sums: Vec::new(),
            spread: Spread::new(plan.rate),
            tails: vec![Vec::new(); plan.buses.len()],
            future: None,
        }
    }

    /// The first frame of the next window.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Whether the song is over.
    pub(super) fn is_done(&self) -> bool {
        self.start >= self.end
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
    pub(super) fn window(&mut self, output: &mut Window) {
        let mut blocks = WINDOW_BLOCKS;
        let mut needs = self.begin(blocks);
        while blocks > 1 && !self.fits(blocks, &needs) {
            blocks /= 2;
            needs = self.begin(blocks);
        }
        if self.pool.samples() + self.pool.missing(&needs) > self.memory {
            self.make_room(&needs);
        }
        let end = self.window_end(blocks);
        self.pool.prepare(&needs);
        output.reset((end - self.start) as usize, self);
        self.mix(output);
        self.samples_mixed += self
            .active
            .iter()
            .map(|voice| self.span(voice, end).1)
            .sum::<u64>();
        self.start = end;
        self.clean_up();
    }

    /// Drops tones that this window does not need, those first that are needed again last, until what it needs fits and an
    /// eighth of the memory is free; if that is not enough, everything that it does not need.
    fn make_room(&mut self, needs: &[Need]) {
        let (now, plan) = (self.start, self.plan);
        let future = self.future.get_or_insert_with(|| Future::new(plan));
        let needed = |tone: u32| needs.binary_search_by_key(&tone, |need| need.tone).is_ok();
        let idle = self.pool.held().filter(|tone| !needed(*tone));
        let mut idle: Vec<(u64, u32)> = idle
            .map(|tone| (future.next_use(tone, now), tone))
            .collect();
        idle.sort_unstable_by(|one, other| other.cmp(one));
        let missing = self.pool.missing(needs);
        let goal = (self.memory - self.memory / 8).saturating_sub(missing);
        for (_, tone) in idle {
            if self.pool.samples() <= goal {
                return;
            }
            self.pool.drop_before(tone, usize::MAX);
        }
        if self.pool.samples() + missing > self.memory {
            self.pool.keep_only(needs);
        }
    }

    /// Whether a window of so many blocks, which needs these tones, is not too long.
    fn fits(&self, blocks: usize, needs: &[Need]) -> bool {
        let unshared = needs
            .iter()
            .filter(|need| self.plan.tones[need.tone as usize].uses == 1);
        let planes = self.buses.len()
            + if self.stems {
                4 * self.plan.groups.len()
            } else {
                0
            };
        let sums = (planes * blocks * BLOCK) as u64;
        samples(unshared) <= UNSHARED_SAMPLES && samples(needs) + sums <= self.memory
    }

    fn window_end(&self, blocks: usize) -> u64 {
        (self.start + (blocks * BLOCK) as u64).min(self.end)
    }

    /// Takes in the voices that begin in a window of so many blocks, and says which tones it needs.
    fn begin(&mut self, blocks: usize) -> Vec<Need> {
        let end = self.window_end(blocks);
        let begun = self.plan.voices.partition_point(|voice| voice.onset < end);
        // After a longer window was tried, some have to leave again.
        self.active.retain(|voice| voice.onset < end);
        self.active
            .extend_from_slice(&self.plan.voices[self.next_voice.min(begun)..begun]);
        self.next_voice = begun;
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

    fn mix(&mut self, output: &mut Window) {
        let frames = output.dry.len();
        let by_bus = self.voices_by_bus();
        let lines = self.buses.iter().zip(&by_bus).zip(&self.tails).enumerate();
        let mut lines: Vec<Line<'_>> = lines
            .map(|(index, ((bus, voices), tail))| Line {
                index,
                bus,
                voices,
                tail,
            })
            .filter(|line| !line.voices.is_empty() || !line.tail.is_empty())
            .collect();
        // Stable: those of a group stay in order of their first notes.
        lines.sort_by_key(|line| line.bus.group);
        let mut sums = std::mem::take(&mut self.sums);
        let row = self.spread.reach() + frames;
        sums.resize(lines.len() * row, 0.0);
        self.sum_lines(&lines, row, &mut sums);
        let blocks = blocks(output);
        blocks
            .into_par_iter()
            .enumerate()
            .for_each(|(index, block)| {
                self.mix_block(&lines, &sums, row, index * BLOCK, block);
            });
        let tails = self.tails(&lines, &sums, row);
        self.tails = tails;
        self.sums = sums;
    }

    /// Sums the voices of each bus over the window, in pieces of time where there are fewer buses than threads.
    fn sum_lines(&self, lines: &[Line<'_>], row: usize, sums: &mut [f32]) {
        let reach = self.spread.reach();
        let pieces = (PIECES * rayon::current_num_threads()).div_ceil(lines.len().max(1));
        let piece = (row - reach).div_ceil(pieces).next_multiple_of(BLOCK);
        let sums = sums.par_chunks_mut(row).zip(lines);
        sums.for_each(|(sum, line)| {
            let (before, sum) = sum.split_at_mut(reach);
            match line.tail {
                [] => before.fill(0.0),
                tail => before.copy_from_slice(tail),
            }
            let pieces = sum.par_chunks_mut(piece).enumerate();
            pieces.for_each(|(index, sum)| {
                let voices = line
                    .voices
                    .iter()
                    .map(|voice| &self.active[*voice as usize]);
                let start = self.start + (index * piece) as u64;
                bus::sum(&self.pool, self.plan, voices, start, sum);
            });
        });
    }

    /// Adds up the sums of the buses under their gains, group by group, in the block that begins `offset` frames into the
    /// window; the sum of each line is a `row` long.
    fn mix_block(
        &self,
        lines: &[Line<'_>],
        sums: &[f32],
        row: usize,
        offset: usize,
        mut block: Block<'_>,
    ) {
        let frames = block.left.len();
        let (from, to) = (
            self.start + offset as u64,
            self.start + (offset + frames) as u64,
        );
        // The row begins as many frames before the window as a sum needs before the block.
        let place = offset..offset + self.spread.reach() + frames;
        let summed: Vec<Summed<'_>> = lines
            .iter()
            .zip(sums.chunks(row))
            .filter(|(line, _)| self.is_heard(line, from, to))
            .map(|(line, sum)| Summed {
                bus: line.bus,
                start: from,
                samples: &sum[place.clone()],
            })
            .collect();
        for group in summed.chunk_by(|a, b| a.bus.group == b.bus.group) {
            block.add_group(&self.spread, group);
        }
        for summed in summed {
            summed.send(frames, block.sends.each_mut().map(|send| &mut **send));
        }
    }

    /// Whether anything of a line sounds from frame `from` to frame `to`.
    fn is_heard(&self, line: &Line<'_>, from: u64, to: u64) -> bool {
        let reach = line.bus.reach(self.plan.rate);
        let heard = |voice: &u32| {
            let voice = &self.active[*voice as usize];
            voice.onset < to && voice.onset + self.plan.length(voice) + reach > from
        };
        from == self.start && !line.tail.is_empty() || line.voices.iter().any(heard)
    }

    /// What the next window has to know of the sums of wide buses: their last frames, where anything sounds in them.
    fn tails(&self, lines: &[Line<'_>], sums: &[f32], row: usize) -> Vec<Vec<f32>> {
        let mut tails = vec![Vec::new(); self.buses.len()];
        let end = self.start + (row - self.spread.reach()) as u64;
        for (line, sum) in lines.iter().zip(sums.chunks(row)) {
            let reach = line.bus.reach(self.plan.rate);
            let sounds = |voice: &u32| {
                let voice = &self.active[*voice as usize];
                voice.onset + self.plan.length(voice) + reach > end
            };
            if reach > 0 && line.voices.iter().any(sounds) {
                tails[line.index] = sum[row - self.spread.reach()..].to_vec();
            }
        }
        tails
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

/// A bus in a window: its active voices, as indices in the order of adding, and the end of its sum before the window.
struct Line<'w> {
    index: usize,
    bus: &'w Bus,
    voices: &'w [u32],
    tail: &'w [f32],
}

/// One block of a window.
struct Block<'a> {
    left: &'a mut [f32],
    right: &'a mut [f32],
    /// To the reverb, the chorus and the delay.
    sends: [&'a mut [f32]; 3],
    /// Left and right of each group that is asked for.
    groups: Vec<(&'a mut [f32], &'a mut [f32])>,
}

/// The blocks of a window.
fn blocks(window: &mut Window) -> Vec<Block<'_>> {
    let Sends {
        reverb,
        chorus,
        delay,
    } = &mut window.sends;
    let mut sends = [reverb, chorus, delay].map(|send| send.chunks_mut(BLOCK));
    let mut groups: Vec<_> = window.groups.iter_mut().map(sides).collect();
    sides(&mut window.dry)
        .map(|(left, right)| Block {
            left,
            right,
            sends: sends.each_mut().map(|send| send.next().unwrap_or_default()),
            groups: groups.iter_mut().filter_map(Iterator::next).collect(),
        })
        .collect()
}

/// Left and right, block by block.
fn sides(sound: &mut Stereo) -> impl Iterator<Item = (&mut [f32], &mut [f32])> {
    let left = sound.left.chunks_mut(BLOCK);
    left.zip(sound.right.chunks_mut(BLOCK))
}

impl Block<'_> {
    /// Adds the buses of one group: first to one another, then to the mix.
    fn add_group(&mut self, spread: &Spread, buses: &[Summed<'_>]) {
        let group = buses.first().map_or(0, |summed| summed.bus.group as usize);
        match (self.groups.get_mut(group), buses) {
            // A sum of one summand needs no place of its own.
            (None, [summed]) => summed.mix(spread, self.left, self.right),
            (None, buses) => {
                let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
                let frames = self.left.len();
                let (left, right) = (&mut left[..frames], &mut right[..frames]);
                add_buses(spread, buses, left, right);
                add(self.left, left);
                add(self.right, right);
            }
            (Some((left, right)), buses) => {
                add_buses(spread, buses, left, right);
                add(self.left, left);
                add(self.right, right);
            }
        }
    }
}

fn add_buses(spread: &Spread, buses: &[Summed<'_>], left: &mut [f32], right: &mut [f32]) {
    for summed in buses {
        summed.mix(spread, left, right);
    }
}

fn add(sum: &mut [f32], samples: &[f32]) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += sample;
    }
}
