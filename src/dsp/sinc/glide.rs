//! How far a recording is read per frame of output, in 2^-32 frames: whole numbers, so that any division gives the same.

/// One frame of the recording to each frame of output, in steps of 2^-32 frames: the recording as it is.
pub const ONE: u64 = 1 << 32;

/// The highest increment, 2^16 frames; higher ones are read as this.
pub const HIGHEST: u64 = ONE << 16;

/// The increment of a ratio of frames; nothing below zero, and nothing for what is no number.
#[must_use]
pub fn increment(ratio: f64) -> u64 {
    // From a float to an integer, what does not fit is the nearest that does, and NaN is 0.
    (libm::round(ratio * ONE as f64) as u64).min(HIGHEST)
}

/// The increment over a run of frames: it goes in a straight line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// At the first frame.
    pub from: u64,
    /// At the first frame behind the run.
    pub to: u64,
}

impl Ramp {
    /// An increment that stays.
    #[must_use]
    pub fn still(increment: u64) -> Self {
        Self {
            from: increment,
            to: increment,
        }
    }

    /// The ramp as it goes over a run of this many frames.
    #[must_use]
    pub fn over(self, frames: usize) -> Glide {
        let [from, to] = [self.from, self.to].map(|end| end.min(HIGHEST) as i64);
        let change = (to - from) / frames.max(1) as i64;
        Glide {
            increment: from as u64,
            change,
            frames: if change == 0 { 0 } else { frames },
        }
    }
}

/// A place within a ramp. A run may be rendered in pieces of any length: the glide goes on where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glide {
    /// At the next frame.
    increment: u64,
    /// What comes to it with each frame.
    change: i64,
    /// For how many frames more; behind them the increment stays.
    frames: usize,
}

impl Glide {
    /// Whether it stays where it is.
    pub(super) fn is_still_at(&self, increment: u64) -> bool {
        self.frames == 0 && self.increment == increment
    }

    /// How many frames, one at least, begin for certain before `distance` (above 0, in steps) has been covered, without
    /// going beyond the end of the ramp.
    pub(super) fn frames_within(&self, distance: u64) -> usize {
        let last = self.increment_after(self.frames);
        let highest = self.increment.max(last);
        let safe = match distance.saturating_sub(1).checked_div(highest) {
            Some(whole) => {
                usize::try_from(whole).map_or(usize::MAX, |whole| whole.saturating_add(1))
            }
            None => usize::MAX,
        };
        if self.frames == 0 {
            safe
        } else {
            safe.min(self.frames)
        }
    }

    /// The position to read at, frame after frame, from `position` on; `frames` as [`Self::frames_within`] allows.
    pub(super) fn steps(&self, position: u64) -> Steps {
        let change = if self.frames == 0 { 0 } else { self.change };
        Steps {
            position,
            increment: self.increment,
            change,
        }
    }

    /// Goes on by some frames, no more than [`Self::frames_within`] allows, and returns what distance they cover.
    pub(super) fn advance(&mut self, frames: usize) -> u64 {
        let change = if self.frames == 0 { 0 } else { self.change };
        let count = frames as u64;
        let triangle = (u128::from(count) * u128::from(count.saturating_sub(1)) / 2) as u64;
        let distance = count
            .wrapping_mul(self.increment)
            .wrapping_add(triangle.wrapping_mul(change as u64));
        self.increment = self.increment_after(frames);
        self.frames = self.frames.saturating_sub(frames);
        distance
    }

    fn increment_after(&self, frames: usize) -> u64 {
        let frames = frames.min(self.frames) as i64;
        self.increment
            .wrapping_add(frames.wrapping_mul(self.change) as u64)
    }
}

/// Positions, frame after frame, in steps of 2^-32 frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    position: u64,
    increment: u64,
    change: i64,
}

impl Steps {
    /// The position of the next frame.
    #[inline(always)]
    pub(super) fn next(&mut self) -> u64 {
        let position = self.position;
        self.position = position.wrapping_add(self.increment);
        self.increment = self.increment.wrapping_add(self.change as u64);
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_run_cover_what_the_run_covers() {
        for (from, to) in [
            (ONE, ONE),
            (0, HIGHEST),
            (HIGHEST, 3),
            (ONE, ONE + 7_000_001),
        ] {
            let ramp = Ramp { from, to };
            let mut whole = ramp.over(1000);
            let mut steps = whole.steps(5);
            let mut pieces = whole;
            let mut covered = 5;
            for frames in [1, 0, 7, 292, 700] {
                for _ in 0..frames {
                    covered += pieces.advance(1);
                    steps.next();
                }
            }
            assert_eq!(5 + whole.advance(1000), covered);
            assert_eq!(steps.next(), covered);
            assert_eq!(whole, pieces);
        }
    }

    #[test]
    fn behind_its_end_a_glide_stays() {
        let mut glide = Ramp { from: 1000, to: 0 }.over(10);
        assert_eq!(glide.frames_within(u64::MAX), 10);
        glide.advance(10);
        assert!(glide.is_still_at(0));
        assert_eq!(glide.advance(1000), 0);
    }

    #[test]
    fn no_frame_within_a_distance_begins_behind_it() {
        for (from, to) in [(ONE, ONE), (9, HIGHEST), (HIGHEST, 3), (0, 0)] {
            for distance in [1, ONE, 1000 * ONE + 1] {
                let mut glide = Ramp { from, to }.over(1000);
                let frames = glide.frames_within(distance).min(2000);
                assert!(frames >= 1);
                assert!(glide.advance(frames - 1) < distance);
            }
        }
    }

    #[test]
    fn any_ratio_has_an_increment() {
        assert_eq!(increment(1.0), ONE);
        assert_eq!(increment(-1.0), 0);
        assert_eq!(increment(f64::NAN), 0);
        assert_eq!(increment(f64::INFINITY), HIGHEST);
    }
}
