//! A wave at rest comes round again: it is read from its table once, and repeated from then on.
//!
//! Almost no period is a whole number of frames, but among the multiples of each there is one that nearly is. The frequency
//! is moved to where it is one: by less than a hundredth of a cent.

use crate::dsp::phase::{Increment, LANES, Phases, Ramp};
use crate::dsp::wavetable::Cycle;
use crate::voice::grid::CHUNK;

/// The most frames to a ring: 64 kB.
const LONGEST: u64 = 16_384;

/// The fewest: what is repeated is repeated in long pieces.
const SHORTEST: u64 = CHUNK as u64;

/// How far the frequency may be moved, as a share of it: 0.008 cents, which are `ln(2) / 1200` each.
const MOVED: f64 = 0.008 * std::f64::consts::LN_2 / 1200.0;

/// Input: none. Output: samples of a wave whose frequency rests. State: those of some whole periods, as far as they have been
/// read.
#[derive(Debug)]
pub(super) struct Ring {
    /// The frequency before it was moved.
    of: Increment,
    /// The phase at frame 0.
    start: u32,
    increment: Increment,
    frames: usize,
    /// The next frame, below `frames`.
    place: usize,
    /// The frames, as far as they are read, from frame `first` on round the ring.
    samples: Vec<f32>,
    first: usize,
}

impl Clone for Ring {
    /// What goes on from a copy reads the samples anew: copies are kept for long, and most never go on.
    fn clone(&self) -> Self {
        Self {
            samples: Vec::new(),
            ..*self
        }
    }
}

impl Ring {
    /// The ring of a frequency, if there is one that is near enough.
    pub(super) fn new(start: u32, of: Increment) -> Option<Self> {
        let (frames, periods) = whole(of)?;
        let increment = ((periods << 32) + frames / 2) / frames;
        Some(Self {
            of,
            start,
            increment: increment as Increment,
            frames: frames as usize,
            place: 0,
            samples: Vec::new(),
            first: 0,
        })
    }

    /// The frequency that it stands for.
    pub(super) fn of(&self) -> Increment {
        self.of
    }

    /// The phase of the next frame.
    pub(super) fn phase(&self) -> u32 {
        let passed = self.increment.wrapping_mul(self.place as u32);
        self.start.wrapping_add(passed)
    }

    /// Fills `output` from the cycle.
    pub(super) fn render(&mut self, cycle: &Cycle, output: &mut [f32]) {
        let mut rest = output;
        while !rest.is_empty() {
            if self.samples.is_empty() {
                self.first = self.place;
            }
            let from = (self.frames + self.place - self.first) % self.frames;
            let count = rest.len().min(self.frames - self.place.max(from));
            let (run, others) = rest.split_at_mut(count);
            if self.is_whole() {
                run.copy_from_slice(&self.samples[from..from + count]);
            } else {
                self.read(cycle, run);
            }
            self.advance(count);
            rest = others;
        }
    }

    /// Lets time pass. Unless all has been read, it is given up, so that what is there is always one piece.
    pub(super) fn pass(&mut self, frames: usize) {
        if !self.is_whole() {
            self.samples.clear();
        }
        self.advance(frames);
    }

    fn is_whole(&self) -> bool {
        self.samples.len() == self.frames
    }

    fn advance(&mut self, frames: usize) {
        self.place = (self.place + frames) % self.frames;
    }

    /// Reads the next frames into `output`, and keeps them.
    fn read(&mut self, cycle: &Cycle, output: &mut [f32]) {
        self.samples.reserve_exact(self.frames - self.samples.len());
        let ramp = Ramp {
            from: self.increment,
            to: self.increment,
        };
        let phases = Phases::new(self.phase(), ramp, output.len());
        // Cycles are read by the eight.
        let whole = output.len() - output.len() % LANES;
        let (eights, rest) = output.split_at_mut(whole);
        cycle.render(phases, eights);
        if !rest.is_empty() {
            let mut last = [0.0; LANES];
            let start = phases.at(whole as u32);
            cycle.render(Phases::new(start, ramp, LANES), &mut last);
            rest.copy_from_slice(&last[..rest.len()]);
        }
        self.samples.extend_from_slice(output);
    }
}

/// Frames that are nearly a whole number of periods, and that number. Low tones may have none.
fn whole(increment: Increment) -> Option<(u64, u64)> {
    let period = 4_294_967_296.0 / f64::from(increment.max(1));
    let first = (SHORTEST as f64 / period).ceil().max(1.0);
    (0..)
        .map(|more| {
            let exact = (first + f64::from(more)) * period;
            (exact, (exact + 0.5).floor(), first as u64 + more as u64)
        })
        .take_while(|(_, frames, _)| *frames <= LONGEST as f64)
        .find(|(exact, frames, _)| (frames - exact).abs() <= MOVED * exact)
        .map(|(_, frames, periods)| (frames as u64, periods))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::wavetable::Wavetable;

    /// The increments of all keys, at a rate.
    fn keys(rate: f64) -> impl Iterator<Item = Increment> {
        let hertz = |key: i32| 440.0 * libm::exp2(f64::from(key - 69) / 12.0);
        (0..128).map(move |key| (hertz(key) / rate * 4_294_967_296.0 + 0.5) as Increment)
    }

    #[test]
    fn the_pitch_is_moved_by_less_than_a_hundredth_of_a_cent() {
        let mut rings = 0;
        for increment in keys(44_100.0).chain(keys(192_000.0)) {
            let Some(ring) = Ring::new(0, increment) else {
                continue;
            };
            rings += 1;
            let ratio = f64::from(ring.increment) / f64::from(increment);
            assert!((1200.0 * libm::log2(ratio)).abs() < 0.0085, "{increment}");
        }
        assert!(rings > 180, "{rings}");
    }

    #[test]
    fn it_closes_without_a_step() {
        for ring in keys(44_100.0).filter_map(|increment| Ring::new(0, increment)) {
            let end = ring.increment.wrapping_mul(ring.frames as u32);
            // In cycles; the rounding of the increment, once for each frame.
            let gap = f64::from(end as i32) / 4_294_967_296.0;
            assert!(gap.abs() < 2e-6, "{gap}");
        }
    }

    #[test]
    fn it_gives_the_same_in_pieces_from_copies_and_after_a_pause() {
        let table = std::sync::Arc::new(Wavetable::new(vec![1.0, 0.5, 0.25]));
        let cycle = &table.cycle(40);
        let ring = || Ring::new(1 << 30, 97_000_000).unwrap();
        let mut whole = vec![0.0; 40 * 1024];
        ring().render(cycle, &mut whole);
        let (mut copied, mut paused) = (ring(), ring());
        for (index, expected) in whole.chunks(1024 - 128).enumerate() {
            if index % 7 == 0 {
                copied = copied.clone();
            }
            let mut piece = vec![0.0; expected.len()];
            copied.render(cycle, &mut piece);
            assert_eq!(piece, expected);
            if index % 12 < 4 {
                paused.pass(expected.len());
            } else {
                paused.render(cycle, &mut piece);
                assert_eq!(piece, expected);
            }
        }
    }
}
