//! The mix, window by window of time: many threads work on each, and none can change a bit of it.
//!
//! In a window the tones that sound in it are rendered, a group of them after another and each by one thread, and each bus
//! sums their voices tone by tone, so that a tone is read from memory once for all its notes in the window. Tones of one bus
//! follow each other, so that its sum stays in the cache. Then the buses go into their groups and the groups into the mix,
//! block by block, and into the sends of the effects. A bus adds its voices in an order of their own (by tone, then by
//! onset) and in pieces that end at fixed frames, so the sum depends neither on the threads nor on how long the windows and
//! how large the groups are.

use rayon::prelude::*;

use super::Settings;
use super::block::{Block, blocks};
use super::cache::{Cache, Demand};
use crate::audio::{BLOCK, Stereo};
use crate::mix::bus::{self, Summed};
use crate::mix::effects::{Sends, Used};
use crate::mix::width::Spread;
use crate::plan::{Bus, Plan, Voice};
use crate::voice::library::Library;
use crate::voice::pool::{self, Need, PAGE};

/// The blocks of a window.
const WINDOW_BLOCKS: usize = 8;

/// The tones of a window from which on it is made as long as it may be: the more notes share what is read of a tone.
const MANY_TONES: usize = 128;

/// The most blocks to a window. It is so long where there are many tones, or where memory is short and the tones would have
/// to be rendered again. When 32 and 256 were tried, dense.mid took 2.4 and 2.1 s of CPU.
const LONGEST_BLOCKS: usize = 256;

/// Planes as long as a window, beside the sums of its buses: the mix and three sends of this one and of the one before, which
/// is on its way out, and there what the effects return and what the limiter lets through.
const PLANES: usize = 14;

/// Pieces of work for each thread, so that none waits long for the others.
const PIECES: usize = 8;

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
    cache: Cache<'a>,
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
}

impl<'a> Mixer<'a> {
    /// The mixer of a recording that ends before frame `end` of the song.
    pub(super) fn new(
        plan: &'a Plan<'a>,
        settings: &Settings,
        library: Option<&'a Library>,
        end: u64,
        stems: bool,
    ) -> Self {
        let gain = settings.gain.gain() as f32;
        let begin = plan.excerpt.from.saturating_sub(plan.excerpt.lead_in);
        Self {
            plan,
            cache: Cache::new(plan, library),
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
        self.cache.pool().rendered()
    }

    /// Samples of tones mixed so far.
    pub(super) fn samples_mixed(&self) -> u64 {
        self.samples_mixed
    }

    /// Mixes the next window into `output`.
    pub(super) fn window(&mut self, output: &mut Window) {
        let (blocks, needs) = self.choose();
        let end = self.window_end(blocks);
        output.reset((end - self.start) as usize, self);
        self.mix(output, &self.demand(&needs, end));
        self.samples_mixed += self
            .active
            .iter()
            .map(|voice| self.span(voice, end).1)
            .sum::<u64>();
        self.start = end;
        self.clean_up();
    }

    /// How many blocks the next window has, and what it needs.
    fn choose(&mut self) -> (usize, Vec<Need>) {
        let mut blocks = WINDOW_BLOCKS;
        while blocks > 1 && self.room(blocks) > self.memory / 2 {
            blocks /= 2;
        }
        let mut needs = self.begin(blocks);
        if needs.len() > MANY_TONES || self.cache.is_short(&needs, self.memory) {
            while blocks < LONGEST_BLOCKS && self.room(2 * blocks) <= self.memory / 2 {
                blocks *= 2;
            }
            needs = self.begin(blocks);
        }
        (blocks, needs)
    }

    /// The samples of memory that a window takes beside its tones.
    fn room(&self, blocks: usize) -> u64 {
        let stems = if self.stems {
            self.plan.groups.len()
        } else {
            0
        };
        ((self.buses.len() + PLANES + 4 * stems) * blocks * BLOCK) as u64
    }

    /// What a window up to `end` asks of the cache.
    fn demand<'n>(&self, needs: &'n [Need], end: u64) -> Demand<'n> {
        let blocks = (end - self.start).div_ceil(BLOCK as u64) as usize;
        let memory = self
            .memory
            .saturating_sub(self.room(blocks))
            .max(self.memory / 2);
        let mut lasting = Vec::new();
        if self.cache.is_short(needs, memory) {
            let lasts = |voice: &&Voice| voice.onset + self.plan.length(voice) > end;
            lasting.extend(self.active.iter().filter(lasts).map(|voice| voice.tone));
            lasting.sort_unstable();
        }
        Demand {
            needs,
            lasting,
            end,
            memory,
        }
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
        needs.sort_by_key(|need| self.plan.place(need.tone));
        needs
    }

    /// The part of a voice in the window up to `end`: its first frame since the onset, and how many.
    fn span(&self, voice: &Voice, end: u64) -> (u64, u64) {
        let from = self.start.max(voice.onset);
        let to = end.min(voice.onset + self.plan.length(voice));
        (from - voice.onset, to.saturating_sub(from))
    }

    fn mix(&mut self, output: &mut Window, demand: &Demand<'_>) {
        let frames = output.dry.len();
        let lines = self.lines();
        let row = self.spread.reach() + frames;
        if self.sums.len() < lines.len() * row {
            // Made anew: that leaves it to the threads to touch it first.
            self.sums = vec![0.0; lines.len() * row];
        }
        self.begin_sums(&lines, row);
        let mut first = 0;
        while first < demand.needs.len() {
            let end = self.cache.group_end(demand, first);
            self.cache.prepare(demand, first, end);
            let tones = &demand.needs[first..end];
            self.add_tones(&lines, row, tones);
            self.cache.forget(tones, demand.end);
            first = end;
        }
        let blocks = blocks(output);
        blocks
            .into_par_iter()
            .enumerate()
            .for_each(|(index, block)| {
                self.mix_block(&lines, row, index * BLOCK, block);
            });
        self.tails = self.tails(&lines, row);
    }

    /// The buses that are heard, group by group.
    fn lines(&mut self) -> Vec<Line> {
        let by_bus = self.voices_by_bus().into_iter().enumerate();
        let tails = std::mem::take(&mut self.tails);
        let mut lines: Vec<Line> = by_bus
            .zip(tails)
            .map(|((bus, voices), tail)| Line { bus, voices, tail })
            .filter(|line| !line.voices.is_empty() || !line.tail.is_empty())
            .collect();
        // Stable: those of a group stay in order of their first notes.
        lines.sort_by_key(|line| self.buses[line.bus].group);
        lines
    }

    /// Sums of nothing, behind what there was before the window.
    fn begin_sums(&mut self, lines: &[Line], row: usize) {
        let reach = self.spread.reach();
        let sums = self.sums.par_chunks_mut(row).zip(lines);
        sums.for_each(|(sum, line)| {
            let (before, sum) = sum.split_at_mut(reach);
            match &line.tail[..] {
                [] => before.fill(0.0),
                tail => before.copy_from_slice(tail),
            }
            sum.fill(0.0);
        });
    }

    /// Adds the voices of some tones to each sum, in pieces of time where they go into too few sums to keep all threads busy.
    fn add_tones(&mut self, lines: &[Line], row: usize, tones: &[Need]) {
        let reach = self.spread.reach();
        let mut sums = std::mem::take(&mut self.sums);
        let rows = sums.chunks_mut(row).zip(lines);
        let rows: Vec<_> = rows
            .map(|(sum, line)| (sum, line.voices_of(tones, self.plan, &self.active)))
            .filter(|(_, voices)| !voices.is_empty())
            .collect();
        let pieces = match rayon::current_num_threads() {
            1 => 1,
            threads => (PIECES * threads).div_ceil(rows.len().max(1)),
        };
        let piece = (row - reach).div_ceil(pieces).next_multiple_of(BLOCK);
        rows.into_par_iter().for_each(|(sum, voices)| {
            let pieces = sum[reach..].par_chunks_mut(piece).enumerate();
            pieces.for_each(|(index, sum)| {
                let start = self.start + (index * piece) as u64;
                for voice in voices {
                    let voice = &self.active[*voice as usize];
                    bus::add(self.cache.pool(), self.plan, voice, start, sum);
                }
            });
        });
        self.sums = sums;
    }

    /// Adds up the sums of the buses under their gains, group by group, in the block that begins `offset` frames into the
    /// window; the sum of each line is a `row` long.
    fn mix_block(&self, lines: &[Line], row: usize, offset: usize, mut block: Block<'_>) {
        let frames = block.left.len();
        let (from, to) = (
            self.start + offset as u64,
            self.start + (offset + frames) as u64,
        );
        // The row begins as many frames before the window as a sum needs before the block.
        let place = offset..offset + self.spread.reach() + frames;
        let summed: Vec<Summed<'_>> = lines
            .iter()
            .zip(self.sums.chunks(row))
            .filter(|(line, _)| self.is_heard(line, from, to))
            .map(|(line, sum)| Summed {
                bus: &self.buses[line.bus],
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
    fn is_heard(&self, line: &Line, from: u64, to: u64) -> bool {
        let reach = self.buses[line.bus].reach(self.plan.rate);
        let heard = |voice: &u32| {
            let voice = &self.active[*voice as usize];
            voice.onset < to && voice.onset + self.plan.length(voice) + reach > from
        };
        from == self.start && !line.tail.is_empty() || line.voices.iter().any(heard)
    }

    /// What the next window has to know of the sums of wide buses: their last frames, where anything sounds in them.
    fn tails(&self, lines: &[Line], row: usize) -> Vec<Vec<f32>> {
        let mut tails = vec![Vec::new(); self.buses.len()];
        let end = self.start + (row - self.spread.reach()) as u64;
        for (line, sum) in lines.iter().zip(self.sums.chunks(row)) {
            let reach = self.buses[line.bus].reach(self.plan.rate);
            let sounds = |voice: &u32| {
                let voice = &self.active[*voice as usize];
                voice.onset + self.plan.length(voice) + reach > end
            };
            if reach > 0 && line.voices.iter().any(sounds) {
                tails[line.bus] = sum[row - self.spread.reach()..].to_vec();
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
        let place = |voice: &u32| self.plan.place(self.active[*voice as usize].tone);
        // Stable: voices of the same tone stay in order of their onsets.
        by_bus
            .iter_mut()
            .for_each(|voices| voices.sort_by_key(place));
        by_bus
    }

    /// Lets go of voices that have ended, and of pages that the only voice of a tone has behind it.
    fn clean_up(&mut self) {
        let (start, plan, pool) = (self.start, self.plan, self.cache.pool_mut());
        self.active.retain(|voice| {
            let sounds = voice.onset + plan.length(voice) > start;
            if sounds && plan.tones[voice.tone as usize].uses == 1 {
                pool.drop_before(voice.tone, ((start - voice.onset) / PAGE as u64) as usize);
            }
            sounds
        });
    }
}

/// A bus in a window, as an index, its active voices, as indices in the order of adding, and the end of its sum before the
/// window.
struct Line {
    bus: usize,
    voices: Vec<u32>,
    tail: Vec<f32>,
}

impl Line {
    /// The voices of tones that follow one another.
    fn voices_of(&self, tones: &[Need], plan: &Plan<'_>, active: &[Voice]) -> &[u32] {
        let ([first, ..], [.., last]) = (tones, tones) else {
            return &[];
        };
        let place = |voice: &u32| plan.place(active[*voice as usize].tone);
        let (first, last) = (plan.place(first.tone), plan.place(last.tone));
        let from = self.voices.partition_point(|voice| place(voice) < first);
        let to = self.voices.partition_point(|voice| place(voice) <= last);
        &self.voices[from..to]
    }
}
