//! A parameter over time as a line through points, so that nothing jumps and nothing clicks.
//!
//! A controller that changes does not jump: the line reaches the new value exactly when the change is due, having left
//! the old one [`RAMP`] before. Only a renderer that knows the future can do that, and it keeps attacks exact: a note
//! struck together with a change begins with the new value.

use super::simd::vectorised;
use crate::units::{SampleRate, Seconds};

/// How long a change takes: short enough to be heard as immediate, long enough not to click (chosen by ear's usual
/// limits: 5 ms).
pub const RAMP: Seconds = Seconds(0.005);

/// A parameter over time. Input: a frame. Output: a value, linear between the points, constant before and after them.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    initial: f32,
    /// In order of frames, each frame once.
    points: Vec<(u64, f32)>,
}

/// A stretch of a curve: `value + slope * (frame - start)` up to (not including) `end`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveSegment {
    /// The value at the first frame.
    pub value: f32,
    /// The change per frame.
    pub slope: f32,
    /// The first frame behind the stretch.
    pub end: u64,
}

impl Curve {
    /// A curve that is `initial` until something else is asked for.
    #[must_use]
    pub const fn new(initial: f32) -> Self {
        Self {
            initial,
            points: Vec::new(),
        }
    }

    /// A curve through changes in order of frames, each reached by a ramp that ends on it.
    #[must_use]
    pub fn ramped(
        initial: f32,
        changes: impl Iterator<Item = (u64, f32)>,
        rate: SampleRate,
    ) -> Self {
        let ramp = RAMP.to_frames(rate);
        let mut curve = Self::new(initial);
        for (frame, value) in changes {
            curve.ramp_to(frame, value, ramp);
        }
        curve
    }

    fn ramp_to(&mut self, frame: u64, value: f32, ramp: u64) {
        if self.last() == value {
            return;
        }
        let start = frame.saturating_sub(ramp);
        match self.points.last_mut() {
            Some(last) if last.0 >= frame => last.1 = value,
            Some(&mut (last, old)) => {
                if start > last {
                    self.points.push((start, old));
                }
                self.points.push((frame, value));
            }
            None if frame == 0 => self.points.push((0, value)),
            None => self.points.extend([(start, self.initial), (frame, value)]),
        }
    }

    fn last(&self) -> f32 {
        self.points.last().map_or(self.initial, |point| point.1)
    }

    /// What counts of it on `from..to`, times `factor`.
    #[must_use]
    pub fn part(&self, from: u64, to: u64, factor: f32) -> Self {
        let before = self.points.partition_point(|point| point.0 <= from);
        let behind = self.points.partition_point(|point| point.0 < to);
        let points = self.points[..self.points.len().min(behind + 1)].iter();
        let points = points.skip(before.saturating_sub(1));
        Self {
            initial: self.initial * factor,
            points: points
                .map(|(frame, value)| (*frame, value * factor))
                .collect(),
        }
    }

    /// The value at a frame.
    #[must_use]
    pub fn value(&self, frame: u64) -> f32 {
        self.stretch(frame).value
    }

    /// The straight stretch that begins at a frame.
    #[must_use]
    pub fn stretch(&self, frame: u64) -> CurveSegment {
        self.stretch_after(self.points.partition_point(|point| point.0 <= frame), frame)
    }

    /// The stretch from `frame` on, where `next` is the index of the first point behind it.
    fn stretch_after(&self, next: usize, frame: u64) -> CurveSegment {
        let before = next.checked_sub(1).map(|last| self.points[last]);
        match (before, self.points.get(next)) {
            (Some((from, old)), Some(&(to, new))) => {
                let slope = (new - old) / (to - from) as f32;
                CurveSegment {
                    value: old + slope * (frame - from) as f32,
                    slope,
                    end: to,
                }
            }
            (None, Some(&(to, _))) => CurveSegment {
                value: self.initial,
                slope: 0.0,
                end: to,
            },
            (_, None) => CurveSegment {
                value: self.last(),
                slope: 0.0,
                end: u64::MAX,
            },
        }
    }

    /// The least and the greatest value.
    #[must_use]
    pub fn range(&self) -> [f32; 2] {
        let values = || self.points.iter().map(|point| point.1);
        [
            values().fold(self.initial, f32::min),
            values().fold(self.initial, f32::max),
        ]
    }

    /// The value, if it is the same on all of `from..to`.
    #[must_use]
    pub fn constant_over(&self, from: u64, to: u64) -> Option<f32> {
        let mut next = self.points.partition_point(|point| point.0 <= from);
        let first = self.stretch_after(next, from);
        let mut stretch = first;
        while stretch.slope == 0.0 && stretch.value == first.value {
            if stretch.end >= to {
                return Some(first.value);
            }
            next += 1;
            stretch = self.stretch_after(next, stretch.end);
        }
        None
    }

    /// Adds `input * curve` to `output`, where both begin at `frame`.
    pub fn apply(&self, frame: u64, input: &[f32], output: &mut [f32]) {
        let mut next = self.points.partition_point(|point| point.0 <= frame);
        let mut done = 0;
        while done < input.len() {
            let now = frame + done as u64;
            let stretch = self.stretch_after(next, now);
            let count = (stretch.end - now).min((input.len() - done) as u64) as usize;
            let (input, output) = (&input[done..done + count], &mut output[done..done + count]);
            match stretch.slope {
                0.0 => add_level(stretch.value, input, output),
                slope => add_ramp(stretch.value, slope, input, output),
            }
            done += count;
            next += 1;
        }
    }

    /// A reader for frames that only grow.
    #[must_use]
    pub fn cursor(&self, frame: u64) -> Cursor {
        Cursor(self.points.partition_point(|point| point.0 <= frame))
    }

    /// The value at a frame not before that of the last call with the same cursor.
    #[must_use]
    pub fn value_at(&self, cursor: &mut Cursor, frame: u64) -> f32 {
        self.stretch_at(cursor, frame).value
    }

    /// The values at frames that do not fall, none before that of the last call with the same cursor.
    #[must_use]
    pub fn values_at<const COUNT: usize>(
        &self,
        cursor: &mut Cursor,
        frames: &[u64; COUNT],
    ) -> [f32; COUNT] {
        let (Some(&first), Some(&last)) = (frames.first(), frames.last()) else {
            return [0.0; COUNT];
        };
        let (mut start, mut stretch) = (first, self.stretch_at(cursor, first));
        let value = |stretch: CurveSegment, passed: u64| {
            stretch.value + stretch.slope * passed as u32 as f32
        };
        // Mostly all of them are on one stretch.
        if last < stretch.end {
            return frames.map(|frame| value(stretch, frame - first));
        }
        frames.map(|frame| {
            if frame >= stretch.end {
                (start, stretch) = (frame, self.stretch_at(cursor, frame));
            }
            value(stretch, frame - start)
        })
    }

    /// The stretch that begins at a frame not before that of the last call with the same cursor.
    #[must_use]
    pub fn stretch_at(&self, cursor: &mut Cursor, frame: u64) -> CurveSegment {
        while self
            .points
            .get(cursor.0)
            .is_some_and(|point| point.0 <= frame)
        {
            cursor.0 += 1;
        }
        self.stretch_after(cursor.0, frame)
    }
}

vectorised! {
    /// Adds `input * value` to `output`.
    pub fn add_level(value: f32, input: &[f32], output: &mut [f32]) {
        for (output, input) in output.iter_mut().zip(input) {
            *output += input * value;
        }
    }
}

vectorised! {
    fn add_ramp(value: f32, slope: f32, input: &[f32], output: &mut [f32]) {
        for (offset, (output, input)) in output.iter_mut().zip(input).enumerate() {
            *output += input * (value + slope * offset as i32 as f32);
        }
    }
}

/// Where a reader of a curve stands.
#[derive(Clone, Copy, Debug)]
pub struct Cursor(usize);

#[cfg(test)]
mod tests {
    use super::*;

    /// At 8 kHz a ramp is 40 frames long.
    fn curve(changes: &[(u64, f32)]) -> Curve {
        Curve::ramped(1.0, changes.iter().copied(), SampleRate::new(8000).unwrap())
    }

    #[test]
    fn a_change_is_complete_when_it_is_due() {
        let curve = curve(&[(100, 0.0)]);
        assert_eq!(
            [0, 60, 80, 90, 100, 5000].map(|frame| curve.value(frame)),
            [1.0, 1.0, 0.5, 0.25, 0.0, 0.0]
        );
    }

    #[test]
    fn a_change_at_the_start_takes_no_time() {
        assert_eq!(curve(&[(0, 0.25)]).value(0), 0.25);
    }

    #[test]
    fn changes_closer_than_a_ramp_are_joined_by_straight_lines() {
        let curve = curve(&[(100, 0.0), (110, 1.0), (110, 0.5)]);
        assert_eq!(
            [100, 105, 110].map(|frame| curve.value(frame)),
            [0.0, 0.25, 0.5]
        );
    }

    #[test]
    fn constancy_is_seen_between_changes_and_only_there() {
        let curve = curve(&[(100, 0.0), (1000, 1.0)]);
        assert_eq!(curve.constant_over(0, 60), Some(1.0));
        assert_eq!(curve.constant_over(0, 62), None);
        assert_eq!(curve.constant_over(100, 960), Some(0.0));
        assert_eq!(curve.constant_over(100, 1000), None);
        assert_eq!(curve.constant_over(1000, u64::MAX), Some(1.0));
    }

    #[test]
    fn a_part_is_the_curve_there() {
        let curve = curve(&[(100, 0.0), (110, 0.75), (300, 0.125)]);
        for from in [0, 59, 60, 61, 100, 105, 110, 200, 299, 300, 500] {
            for to in (from + 1)..=(from + 400) {
                let part = curve.part(from, to, 2.0);
                for frame in [from, (from + to) / 2, to - 1] {
                    assert_eq!(part.value(frame), 2.0 * curve.value(frame), "{from}..{to}");
                }
                let level = curve.constant_over(from, to);
                assert_eq!(part.constant_over(from, to), level.map(|level| 2.0 * level));
            }
        }
        assert!(curve.part(0, 60, 1.0).points.len() < 2);
    }

    #[test]
    fn apply_and_cursor_agree_with_value() {
        let curve = curve(&[(100, 0.0), (110, 0.7), (300, 0.1)]);
        let (input, mut output) = ([1.0; 400], [0.0; 400]);
        curve.apply(7, &input, &mut output);
        let mut cursor = curve.cursor(7);
        for (offset, sample) in output.iter().enumerate() {
            let frame = 7 + offset as u64;
            assert!((sample - curve.value(frame)).abs() < 1e-6, "{frame}");
            assert_eq!(curve.value_at(&mut cursor, frame), curve.value(frame));
        }
        let (mut cursor, frames) = (curve.cursor(7), [7, 8, 64, 65, 66, 105, 290, 900]);
        let values = curve.values_at(&mut cursor, &frames);
        for (value, frame) in values.iter().zip(frames) {
            assert!((value - curve.value(frame)).abs() < 1e-6, "{frame}");
        }
    }
}
