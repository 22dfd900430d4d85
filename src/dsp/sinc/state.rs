//! Where a recording is being read: the position, and whether it goes round its loop.

use super::kernel::{Kernel, LONGEST_REACH};
use super::recording::{Cycle, RecordedFrames, Short, Stretch};

/// Whether the loop of a recording is played; one without a loop is played to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looping {
    /// As if there were none.
    Never,
    /// Again and again.
    Forever,
    /// Until so many frames have been rendered: from there on the recording is played to its end. A pass that a kernel
    /// has begun to reach into is played, so that there is no jump.
    Until(u64),
}

/// How far a recording has been read. Rendering goes on from it, or from a copy, at any frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadState {
    /// In steps of 2^-32 frames, as places are counted where it is.
    position: i64,
    /// Frames for which the loop is still played; `u64::MAX` for ever.
    held: u64,
    region: Region,
}

/// What the kernel lies upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    /// The recording as it is.
    Plain,
    /// A jump of the loop, or all of a short loop.
    Around,
    /// The last passes of a short loop, and what comes behind.
    Tail,
}

/// A place in frames as a position.
const fn position(place: i64) -> i64 {
    place << 32
}

impl ReadState {
    /// The beginning of a sound, at a position in steps of 2^-32 frames of the recording.
    #[must_use]
    pub fn new(start: u64, looping: Looping) -> Self {
        Self {
            position: start.min(1 << 61) as i64,
            held: match looping {
                Looping::Never => 0,
                Looping::Forever => u64::MAX,
                Looping::Until(frames) => frames,
            },
            region: Region::Plain,
        }
    }

    /// Sees where the next frame lies, and returns what is read there, and the position up to which that is so. `None`
    /// once all is silence.
    pub(super) fn settle<'r>(
        &mut self,
        recording: &'r RecordedFrames,
        kernel: &Kernel,
    ) -> Option<(&'r Stretch, i64)> {
        let reach = kernel.reach() as i64;
        let Some(cycle) = &recording.cycle else {
            return self.settle_plain(recording, reach);
        };
        // From the plain recording around the loop, on to the tail and back to the plain recording, at most.
        loop {
            match (self.region, &cycle.short) {
                (Region::Plain, _) if self.held == 0 => return self.settle_plain(recording, reach),
                (Region::Plain, _) => {
                    let limit = position(cycle.end - reach);
                    if self.position < limit {
                        return Some((&recording.plain, limit));
                    }
                    self.region = Region::Around;
                }
                (Region::Around, None) => {
                    let limit = position(cycle.end + reach - 1);
                    if self.position >= limit {
                        self.land(cycle, reach);
                    }
                    if self.region == Region::Around {
                        return Some((&cycle.around, limit));
                    }
                }
                (Region::Around, Some(short)) => {
                    let limit = self.go_round(cycle, short, reach);
                    if self.region == Region::Around {
                        return Some((&cycle.around, limit));
                    }
                }
                (Region::Tail, short) => {
                    let limit = position(cycle.end + reach - 1);
                    if let Some(short) = short
                        && self.position < limit
                    {
                        return Some((&short.tail, limit));
                    }
                    self.region = Region::Plain;
                }
            }
        }
    }

    /// Where no loop lies ahead.
    fn settle_plain<'r>(
        &mut self,
        recording: &'r RecordedFrames,
        reach: i64,
    ) -> Option<(&'r Stretch, i64)> {
        let limit = silence(recording, reach);
        if self.position < limit {
            return Some((&recording.plain, limit));
        }
        self.position = limit;
        None
    }

    /// Behind the jump of a long loop: back by a pass, or by as many as were skipped.
    fn land(&mut self, cycle: &Cycle, reach: i64) {
        let pass = position(cycle.length());
        if self.held == 0 {
            self.position -= pass;
            self.region = Region::Plain;
            return;
        }
        let first = position(cycle.start + reach - 1);
        self.position = first + (self.position - first) % pass;
        if self.position < position(cycle.end - reach) {
            self.region = Region::Plain;
        }
    }

    /// On the passes of a short loop: back by many of them, or on to its tail once it is no longer held and all that the
    /// kernel lies upon is the loop. Returns the position up to which it stays there.
    fn go_round(&mut self, cycle: &Cycle, short: &Short, reach: i64) -> i64 {
        let all_loop = position(cycle.start + reach - 1);
        if self.held == 0 {
            if self.position >= all_loop {
                // The last tap decides which pass is the last.
                let beyond = (self.position >> 32) + reach - cycle.end;
                let passes = beyond.div_euclid(cycle.length()) + 1;
                self.position -= position(passes * cycle.length());
                self.region = Region::Tail;
            }
            return all_loop;
        }
        let first = position(cycle.start + LONGEST_REACH as i64);
        let limit = first + position(short.period);
        if self.position >= limit {
            self.position = first + (self.position - first) % position(short.period);
        }
        limit
    }

    /// Steps to a position that lies ahead.
    pub(super) fn distance_to(&self, limit: i64) -> u64 {
        (limit - self.position).max(0) as u64
    }

    /// The position counted from a place at or before it.
    pub(super) fn position_from(&self, place: i64) -> u64 {
        (self.position - position(place)) as u64
    }

    /// For how many frames the loop is played, or not, as it is now.
    pub(super) fn unchanged(&self) -> usize {
        match self.held {
            0 | u64::MAX => usize::MAX,
            frames => usize::try_from(frames).unwrap_or(usize::MAX),
        }
    }

    /// On by some frames, which cover this distance.
    pub(super) fn advance(&mut self, frames: usize, distance: u64) {
        self.position += distance as i64;
        if self.held != u64::MAX {
            self.held = self.held.saturating_sub(frames as u64);
        }
    }
}

/// The first position at which not even the first tap lies on the recording.
fn silence(recording: &RecordedFrames, reach: i64) -> i64 {
    position(recording.frames() as i64 + reach - 1)
}
