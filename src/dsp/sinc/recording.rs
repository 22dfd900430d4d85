//! A recording made ready for reading: with silence around it, and its loop unrolled where the kernels reach across a jump.

use std::ops::Range;

use super::kernel::LONGEST_REACH;

/// A mono recording, around which there is silence, with a loop if it has one.
#[derive(Debug)]
pub struct RecordedFrames {
    /// As it is.
    pub(super) plain: Stretch,
    pub(super) cycle: Option<Cycle>,
    length: usize,
}

/// Frames that lie in a row, and the place of the first one.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) frames: Box<[f32]>,
    pub(super) first: i64,
}

/// A loop. While it plays, its frames come again and again behind its end; places there go on being counted.
#[derive(Debug)]
pub(super) struct Cycle {
    pub(super) start: i64,
    pub(super) end: i64,
    /// From before the loop's end on: what comes with the jump, and behind it.
    pub(super) around: Stretch,
    /// For a loop shorter than the longest kernel.
    pub(super) short: Option<Short>,
}

/// What a loop needs of which several passes may lie under one kernel.
#[derive(Debug)]
pub(super) struct Short {
    /// Frames, as many passes as [`Cycle::around`] has behind its start besides what kernels reach.
    pub(super) period: i64,
    /// The last pass, before which there are only passes, and what comes behind the loop.
    pub(super) tail: Stretch,
}

/// Positions within it, and somewhat behind, are numbers of 62 bits.
const LONGEST: usize = 1 << 29;

const REACH: i64 = LONGEST_REACH as i64;

impl RecordedFrames {
    /// A recording with the loop `start..end` in frames: of one frame at least, within the recording. Any other is none.
    /// Frames beyond 2^29, three hours, are left out.
    #[must_use]
    pub fn new(frames: &[f32], cycle: Option<Range<usize>>) -> Self {
        let frames = &frames[..frames.len().min(LONGEST)];
        let length = frames.len() as i64;
        let frame = |place: i64| {
            let frame = usize::try_from(place)
                .ok()
                .and_then(|place| frames.get(place));
            frame.copied().unwrap_or(0.0)
        };
        let cycle = cycle.filter(|cycle| {
            let valid = cycle.start < cycle.end && cycle.end <= frames.len();
            debug_assert!(valid, "a loop {cycle:?} in {length} frames");
            valid
        });
        Self {
            plain: Stretch::around(frames),
            cycle: cycle.map(|cycle| Cycle::new(cycle.start as i64, cycle.end as i64, frame)),
            length: frames.len(),
        }
    }

    /// Its frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.length
    }

    /// The bytes that it takes: those of its frames, and some kilobytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let cycle = self.cycle.as_ref().map_or(0, |cycle| {
            let tail = cycle.short.as_ref().map_or(0, |short| short.tail.bytes());
            cycle.around.bytes() + tail
        });
        self.plain.bytes() + cycle
    }
}

impl Cycle {
    fn new(start: i64, end: i64, frame: impl Fn(i64) -> f32) -> Self {
        let length = end - start;
        let looped = |place: i64| frame(start + (place - start).rem_euclid(length));
        let short = (length < 2 * REACH).then(|| Short {
            period: length * ((2 * REACH + length - 1) / length),
            tail: Stretch::new(end - length - 2 * REACH..end + 2 * REACH, |place| {
                if place < end {
                    looped(place)
                } else {
                    frame(place)
                }
            }),
        });
        let period = short.as_ref().map_or(0, |short| short.period);
        let around = Stretch::new(end - 2 * REACH..end + 2 * REACH + period, |place| {
            if place < end {
                frame(place)
            } else {
                looped(place)
            }
        });
        Self {
            start,
            end,
            around,
            short,
        }
    }

    /// The frames of one pass.
    pub(super) fn length(&self) -> i64 {
        self.end - self.start
    }
}

impl Stretch {
    fn new(places: Range<i64>, frame: impl Fn(i64) -> f32) -> Self {
        Self {
            first: places.start,
            frames: places.map(frame).collect(),
        }
    }

    /// Frames with silence before and behind them.
    fn around(frames: &[f32]) -> Self {
        let mut all = Vec::with_capacity(frames.len() + 3 * LONGEST_REACH);
        all.resize(LONGEST_REACH, 0.0);
        all.extend_from_slice(frames);
        all.resize(all.len() + 2 * LONGEST_REACH, 0.0);
        Self {
            frames: all.into(),
            first: -REACH,
        }
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.frames)
    }
}
