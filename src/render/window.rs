//! The mix is made in windows of time. Many threads work on each, and neither their number nor the length of the windows
//! changes a bit of it.
//!
//! In each window every bus has its voices and their sum. A thread takes a bus and goes through its tones, a few at a time:
//! it renders them and adds their voices to the sum while they are in its processor's cache. Where there are few buses,
//! threads share the work of one. So a tone is read from memory once for all its notes in the window, and threads wait for
//! each other only at its end. Tones stand in the order of their buses, so that few sums are in memory at once even where
//! windows are long. The sums that are complete are mixed into their groups, the groups into the mix, and the buses into the
//! sends of the effects, block by block. A bus adds its voices in a fixed order (by tone, then by onset), in pieces that end
//! at fixed frames.

use std::cmp::Reverse;
use std::ops::Range;

use rayon::prelude::*;

use super::block::{Block, blocks};
use super::bus_sum::{BusSum, BusSums, Span};
use super::bus_task::{self, Batch, BusTask};
use super::kept::{KeptTones, WorkingSet};
use super::mix_buffer::{self, MixBuffer};
use super::settings::Settings;
use crate::audio::BLOCK;
use crate::mix::bus::{BusBlock, PIECE};
use crate::mix::effects::Used;
use crate::mix::widener::StereoWidener;
use crate::plan::{Plan, Voice, WindowGains};
use crate::tones::lease;
use crate::tones::page_range::{self, PageRange};
use crate::tones::shared::SharedToneCache;

/// The usual length of a window in blocks. In windows of 8, songs of few notes take 7 % more time on two threads, which wait
/// for each other at the end of each.
const WINDOW_BLOCKS: usize = 16;

/// The length of the first window. It is short, so that a pipe gets the first samples of song.mid after 17 ms instead of 23.
const FIRST_BLOCKS: usize = 2;

/// A window that needs at most this many tones is followed by a short one: of 1 / [`SHARE`] of the blocks that have been
/// mixed so far. A short song takes less memory so. After any other window the next one is twice as long.
const FEW_TONES: usize = 16;
const SHARE: usize = 16;

/// A window that needs more tones than this is made as long as it may be, so that more notes share what is read of a tone.
const MANY_TONES: usize = 128;

/// The longest window in blocks, where there are many tones, or where memory is short and tones would have to be rendered
/// again. One channel of it takes 17 MB.
const LONGEST_BLOCKS: usize = 1024;

/// The blocks of sums that each thread may have in memory at once: 1 MB. With 2 MB, song.mid on one thread misses a cache of
/// 4 MB 19 million times instead of 10, and takes 4 % more time. With less, two threads wait for each other more often.
const OPEN_BLOCKS: usize = 64;

/// The sums that may be in memory at once in the longest windows. With 1, 2, 8 and 16 of them, dense.mid takes 1.01, 0.98, 1.05
/// and 1.30 of the time (+-0.03), and 79, 90, 153 and 407 MB instead of 111.
const OPEN_SUMS: usize = 4;

/// A quarter of the memory is always left to windows, for what they need beside tones. Tones never take more than the rest:
/// their pages are kept for good, so memory that they have taken once cannot go to the sums of a later window. A long window
/// may take half of the memory while tones have not taken it: with a quarter, black.mid renders 596 million samples instead
/// of 390.
const ROOM_SHARE: u64 = 4;

/// The samples that are rendered for a bus before they are added to its sum: few enough that they are still in the
/// processor's second-level cache.
const FEW_SAMPLES: u64 = 1 << 16;

/// Up to this many times as many are rendered where threads share the work of a bus, or in long windows, where all of a sum
/// goes through the cache each time.
const MOST_TIMES: usize = 8;

/// Pieces of work for each thread, so that none waits long for the others.
const PIECES: usize = 8;

/// Windows of the mix, one after another.
pub(super) struct Mixer<'a> {
    plan: &'a Plan<'a>,
    shared_cache: Option<&'a SharedToneCache>,
    kept: KeptTones<'a>,
    /// That of the mix.
    gain: f32,
    used: Used,
    /// Whether the groups are handed out by themselves.
    stems: bool,
    /// In samples.
    memory: u64,
    /// The blocks of the next window, if there is no reason for others.
    next_blocks: usize,
    /// The frames of the window before.
    frames_before: u64,
    /// The first frame of the first window, ...
    origin: u64,
    /// ... and of the next one.
    start: u64,
    /// The first frame that is not mixed any more.
    end: u64,
    /// Voices that have begun before the end of the last window and not ended, in score order.
    active: Vec<Voice>,
    /// The first voice that has not begun.
    next_voice: usize,
    samples_rendered: u64,
    samples_mixed: u64,
    widener: StereoWidener,
    /// How many sums have to be open at once, ...
    least_sums: usize,
    /// ... and how many blocks of them may be, if that lets more be open.
    open_blocks: usize,
    /// Memory for sums.
    rows: Vec<Vec<f32>>,
    /// The last frames of the sum of each bus, as far as its width needs them; none where nothing sounded.
    tails: Vec<Vec<f32>>,
}

impl<'a> Mixer<'a> {
    /// The mixer of a recording that ends before frame `end` of the song.
    pub(super) fn new(
        plan: &'a Plan<'a>,
        settings: &Settings,
        shared_cache: Option<&'a SharedToneCache>,
        used: Used,
        end: u64,
        stems: bool,
    ) -> Self {
        // Other songs keep the threads busy, where there are many.
        let threads = match shared_cache {
            None => rayon::current_num_threads(),
            Some(_) => 1,
        };
        let origin = plan.excerpt.from.saturating_sub(plan.excerpt.lead_in);
        // Blocks lie where they lie in the whole song, so that an excerpt has its bits.
        let origin = origin - origin % BLOCK as u64;
        Self {
            plan,
            shared_cache,
            kept: KeptTones::new(plan, shared_cache),
            gain: settings.gain.gain() as f32,
            used,
            stems,
            memory: settings.memory / size_of::<f32>() as u64,
            next_blocks: FIRST_BLOCKS,
            frames_before: 0,
            origin,
            start: origin,
            end,
            active: Vec::new(),
            next_voice: 0,
            samples_rendered: 0,
            samples_mixed: 0,
            widener: StereoWidener::new(plan.rate),
            least_sums: open_sums(plan).max(OPEN_SUMS),
            open_blocks: OPEN_BLOCKS * threads,
            rows: Vec::new(),
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
        self.samples_rendered
    }

    /// Samples of tones mixed so far.
    pub(super) fn samples_mixed(&self) -> u64 {
        self.samples_mixed
    }

    /// Mixes the next window into `output`.
    pub(super) fn window(&mut self, output: &mut Vec<MixBuffer>) {
        let (blocks, needs) = self.choose();
        let end = self.window_end(blocks);
        let frames = (end - self.start) as usize;
        mix_buffer::resize(output, frames, &self.used, self.stems());
        self.mix(output, &self.working_set(&needs, end));
        self.samples_mixed += self
            .active
            .iter()
            .map(|voice| self.span(voice, end).1)
            .sum::<u64>();
        self.frames_before = end - self.start;
        self.start = end;
        self.clean_up();
    }

    /// How many blocks the next window has, and what it needs.
    fn choose(&mut self) -> (usize, Vec<PageRange>) {
        let mut blocks = self.next_blocks;
        while blocks > 1 && self.room(self.window_end(blocks)) > self.memory / ROOM_SHARE {
            blocks /= 2;
        }
        let mut needs = self.begin(blocks);
        let next = match needs.len() {
            0..=FEW_TONES => ((self.start - self.origin) / BLOCK as u64) as usize / SHARE,
            _ => 2 * blocks,
        };
        self.next_blocks = next.clamp(FIRST_BLOCKS, WINDOW_BLOCKS);
        if needs.len() > MANY_TONES || self.kept.is_short(&needs, self.most_tones()) {
            while blocks < LONGEST_BLOCKS
                && self.window_end(blocks) < self.end
                && self.room(self.window_end(2 * blocks)) <= self.most_room()
            {
                blocks *= 2;
            }
            needs = self.begin(blocks);
        }
        (blocks, needs)
    }

    /// The groups that are handed out.
    fn stems(&self) -> usize {
        if self.stems {
            self.plan.groups.len()
        } else {
            0
        }
    }

    /// The samples of memory that a window up to `end` takes beside its tones.
    fn room(&self, end: u64) -> u64 {
        let frames = end - self.start;
        // What the window before hands out may be longer.
        let before = self.planes() as u64 / 2 * self.frames_before.saturating_sub(frames);
        (self.sums(end) + self.planes()) as u64 * frames + before
    }

    /// The most samples of memory that a long window may take beside its tones: half of all, as far as tones have left it so
    /// far.
    fn most_room(&self) -> u64 {
        let left = self.memory.saturating_sub(self.kept.most_held());
        left.clamp(self.memory / ROOM_SHARE, self.memory / 2)
    }

    /// The most samples of memory that tones may take.
    fn most_tones(&self) -> u64 {
        self.memory - self.memory / ROOM_SHARE
    }

    /// The bytes of memory that a window of one block takes.
    pub(super) fn least_memory(&self) -> u64 {
        self.room(self.window_end(1)) * size_of::<f32>() as u64
    }

    /// How many sums may be open at once in a window up to `end`.
    fn sums(&self, end: u64) -> usize {
        let sums = (self.open_blocks / self.blocks_to(end)).max(self.least_sums);
        sums.min(self.plan.buses.len())
    }

    /// How many blocks a window up to `end` has.
    fn blocks_to(&self, end: u64) -> usize {
        (end - self.start).div_ceil(BLOCK as u64).max(1) as usize
    }

    /// Planes as long as a window, beside its sums: what it hands out, and what the one before has, which is on its way out.
    fn planes(&self) -> usize {
        2 * (2 + self.used.sends() + 2 * self.stems())
    }

    /// What a window up to `end` asks of the cache.
    fn working_set<'n>(&self, needs: &'n [PageRange], end: u64) -> WorkingSet<'n> {
        let share = self.memory / ROOM_SHARE;
        let left = self.memory.saturating_sub(self.room(end));
        let memory = left.clamp(share, self.most_tones());
        let mut lasting = Vec::new();
        let is_short = self.kept.is_short(needs, memory);
        if is_short {
            let lasts = |voice: &&Voice| voice.onset + self.plan.length(voice) > end;
            lasting.extend(self.active.iter().filter(lasts).map(|voice| voice.tone));
            lasting.sort_unstable();
        }
        WorkingSet {
            needs,
            lasting,
            end,
            memory,
            is_short,
        }
    }

    fn window_end(&self, blocks: usize) -> u64 {
        (self.start + (blocks * BLOCK) as u64).min(self.end)
    }

    /// Takes in the voices that begin in a window of so many blocks, and says which tones it needs.
    fn begin(&mut self, blocks: usize) -> Vec<PageRange> {
        let end = self.window_end(blocks);
        let begun = self.plan.voices.partition_point(|voice| voice.onset < end);
        // After a longer window was tried, some have to leave again.
        self.active.retain(|voice| voice.onset < end);
        self.active
            .extend_from_slice(&self.plan.voices[self.next_voice.min(begun)..begun]);
        self.next_voice = begun;
        let mut needs: Vec<PageRange> = self
            .active
            .iter()
            .map(|voice| (voice, self.span(voice, end)))
            .filter(|(_, (_, count))| *count > 0)
            .map(|(voice, (from, count))| PageRange::of(voice.tone, from, from + count))
            .collect();
        page_range::join(&mut needs);
        needs
    }

    /// The part of a voice in the window up to `end`: its first frame since the onset, and how many.
    fn span(&self, voice: &Voice, end: u64) -> (u64, u64) {
        let from = self.start.max(voice.onset);
        let to = end.min(voice.onset + self.plan.length(voice));
        (from - voice.onset, to.saturating_sub(from))
    }

    fn mix(&mut self, output: &mut [MixBuffer], working_set: &WorkingSet<'_>) {
        let span = Span {
            start: self.start,
            end: working_set.end,
            reach: self.widener.reach(),
        };
        // Rows of a much longer window are not counted any more.
        self.rows.retain(|row| row.len() <= 2 * span.row());
        let voices = self.voices_in_order(span.end);
        let mut bus_sums = BusSums::new(self.bus_sums(&voices, span), self.sums(span.end));
        let (mut first, mut is_blank) = (0, true);
        while let Some(need) = working_set.needs.get(first) {
            if bus_sums.are_too_many(need.tone) {
                let complete = bus_sums.take_complete();
                self.mix_sums(complete, span, output, std::mem::take(&mut is_blank));
            }
            let end = self.kept.batch_end(working_set, first);
            let end = end.min(bus_sums.fitting(working_set.needs)).max(first + 1);
            self.play(bus_sums.rest(), working_set, first..end, span);
            first = end;
        }
        self.mix_sums(bus_sums.rest(), span, output, is_blank);
    }

    /// The voices that sound in the window up to `end` in the order in which they are added: by bus, by tone, and by onset.
    fn voices_in_order(&self, end: u64) -> Vec<Voice> {
        let sounds = |voice: &&Voice| self.span(voice, end).1 > 0;
        let mut voices: Vec<Voice> = self.active.iter().filter(sounds).copied().collect();
        // Stable: voices of the same tone stay in order of their onsets.
        voices.par_sort_by_key(|voice| (voice.bus, voice.tone));
        voices
    }

    /// The buses that are heard, group by group.
    fn bus_sums<'v>(&mut self, voices: &'v [Voice], span: Span) -> Vec<BusSum<'v>> {
        let tails = vec![Vec::new(); self.plan.buses.len()];
        let tails = std::mem::replace(&mut self.tails, tails);
        let mut parts = WindowGains::new(span.start, span.end, self.gain);
        let mut rest = voices;
        let mut bus_sums = Vec::new();
        for (bus, tail) in tails.into_iter().enumerate() {
            let count = rest.partition_point(|voice| voice.bus as usize == bus);
            let (voices, others) = rest.split_at(count);
            if !voices.is_empty() || !tail.is_empty() {
                let bus = (bus, parts.of(&self.plan.buses[bus]));
                bus_sums.push(BusSum::new(bus, voices, tail, self.plan, span));
            }
            rest = others;
        }
        bus_sums
    }

    /// Renders a batch of tones and adds their voices to the sum of each bus.
    fn play(
        &mut self,
        bus_sums: &mut [BusSum<'_>],
        working_set: &WorkingSet<'_>,
        batch: Range<usize>,
        span: Span,
    ) {
        let needs = &working_set.needs[batch.clone()];
        let Some(PageRange { tone: last, .. }) = needs.last() else {
            return;
        };
        let mut tasks = Vec::new();
        for bus_sum in bus_sums.iter_mut().filter(|bus_sum| bus_sum.goes_on(*last)) {
            bus_sum.open(&mut self.rows, span);
            tasks.push(BusTask::new(bus_sum));
        }
        let (plan, shared_cache) = (self.plan, self.shared_cache);
        let leases = self.kept.lend(working_set, batch);
        let mut shared = bus_task::hand_out(leases, needs, *last, &mut tasks);
        self.samples_rendered += lease::render(&mut shared, plan);
        let times = self.blocks_to(span.end) / WINDOW_BLOCKS;
        let pieces = match rayon::current_num_threads() {
            1 => 1,
            threads => (PIECES * threads).div_ceil(tasks.len().max(1)),
        };
        let batch = Batch {
            plan,
            shared_cache,
            shared: &shared,
            last: *last,
            span,
            few: FEW_SAMPLES * times.max(pieces).min(MOST_TIMES) as u64,
            pieces,
        };
        // The bus with most to do comes first. Who finds no bus left helps with one.
        tasks.sort_by_key(|task| Reverse(task.missing()));
        let rendered = tasks.iter_mut().par_bridge().map(|task| task.play(batch));
        self.samples_rendered += rendered.sum::<u64>();
        for task in tasks {
            self.kept.take_back(task.into_loans());
        }
        for lease in &mut shared {
            lease.let_go(plan, shared_cache, span.end);
        }
        self.kept.take_back(shared);
    }

    /// Adds up the sums of whole groups under their gains, group by group, and gives their rows back. What they are added to
    /// becomes silence before that, if it `is_blank` yet.
    fn mix_sums(
        &mut self,
        bus_sums: &mut [BusSum<'_>],
        span: Span,
        output: &mut [MixBuffer],
        is_blank: bool,
    ) {
        for bus_sum in &mut *bus_sums {
            bus_sum.open(&mut self.rows, span);
            bus_sum.complete(span);
        }
        let shared = &*bus_sums;
        blocks(output).into_par_iter().enumerate().for_each_init(
            || [[0.0; PIECE]; 2],
            |wide, block| self.mix_block(shared, span, block, is_blank, wide),
        );
        for bus_sum in bus_sums {
            self.tails[bus_sum.index] = bus_sum.close(&mut self.rows, self.plan, span);
        }
    }

    /// `wide` is as for [`BusBlock::mix`].
    fn mix_block(
        &self,
        bus_sums: &[BusSum<'_>],
        span: Span,
        (index, block): (usize, Block<'_>),
        is_blank: bool,
        wide: &mut [[f32; PIECE]; 2],
    ) {
        let frames = block.left.len();
        let summed: Vec<BusBlock<'_>> = bus_sums
            .iter()
            .filter_map(|bus_sum| bus_sum.block(index, frames, span))
            .collect();
        let mut pieces = Vec::with_capacity(summed.len());
        for (first, mut piece) in block.pieces() {
            if is_blank {
                piece.silence();
            }
            let frames = piece.left.len();
            pieces.clear();
            pieces.extend(
                summed
                    .iter()
                    .map(|summed| summed.piece(span.reach, first, frames)),
            );
            for group in pieces.chunk_by(|a, b| a.bus.group == b.bus.group) {
                piece.add_group(&self.widener, wide, group);
            }
            for summed in &pieces {
                summed.send(frames, piece.sends.each_mut().map(|send| &mut **send));
            }
        }
    }

    /// Lets go of voices that have ended.
    fn clean_up(&mut self) {
        let (start, plan) = (self.start, self.plan);
        let sounds = |voice: &Voice| voice.onset + plan.length(voice) > start;
        self.active.retain(sounds);
    }
}

/// How many sums have to be open at once, at most, in any window of a plan: each from its first tone on, until all of its
/// group and of those before are complete.
fn open_sums(plan: &Plan<'_>) -> usize {
    let mut spans: Vec<Option<(u32, u32)>> = vec![None; plan.buses.len()];
    for Voice { bus, tone, .. } in &plan.voices {
        let span = &mut spans[*bus as usize];
        let (first, last) = span.unwrap_or((*tone, *tone));
        *span = Some((first.min(*tone), last.max(*tone)));
    }
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    let mut complete = 0;
    let buses: Vec<_> = plan.buses.iter().zip(spans).collect();
    for group in buses.chunk_by(|(one, _), (other, _)| one.group == other.group) {
        let spans = || group.iter().filter_map(|(_, span)| *span);
        complete = spans().map(|(_, last)| last).fold(complete, u32::max);
        begins.extend(spans().map(|(first, _)| first));
        ends.extend(spans().map(|_| complete));
    }
    begins.sort_unstable();
    let open = begins.iter().enumerate().map(|(begun, first)| {
        let ended = ends.partition_point(|end| end < first);
        begun + 1 - ended
    });
    open.max().unwrap_or_default()
}
