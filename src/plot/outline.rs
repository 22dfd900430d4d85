//! A waveform as an outline: the smallest and the largest sample of each column.

use std::fmt::Write;

use super::chart::Frame;
use super::ink::Ink;
use crate::compare::AudioSource;
use crate::wav::Planes;

/// Frames that are read at once.
const BLOCK: usize = 1 << 16;

/// What colours a waveform has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// That of what is judged.
    Actual,
    /// That of what was expected.
    Expected,
    /// That of what differs.
    Difference,
}

impl Tone {
    const fn ink(self) -> Ink {
        match self {
            Self::Actual => Ink::Actual,
            Self::Expected => Ink::Expected,
            Self::Difference => Ink::Difference,
        }
    }
}

/// Columns of lowest and highest samples, of all channels together.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    columns: Vec<[f64; 2]>,
}

impl Outline {
    /// The outline of a run of frames.
    ///
    /// # Errors
    ///
    /// Those of the recording.
    pub fn of<R: AudioSource>(
        recording: &mut R,
        range: std::ops::Range<u64>,
        columns: usize,
    ) -> Result<Self, R::Error> {
        let mut outline = Self::empty(columns);
        let mut planes = Planes::new();
        let mut at = range.start;
        while at < range.end {
            let frames = (range.end - at).min(BLOCK as u64) as usize;
            recording.read(at, frames, &mut planes)?;
            outline.add(&planes, at - range.start, range.end - range.start);
            at += frames as u64;
        }
        Ok(outline)
    }

    /// The outline of the difference of two recordings of equal shape.
    ///
    /// # Errors
    ///
    /// Those of the recordings.
    pub fn of_difference<A: AudioSource, B: AudioSource<Error = A::Error>>(
        actual: &mut A,
        expected: &mut B,
        range: std::ops::Range<u64>,
        columns: usize,
    ) -> Result<Self, A::Error> {
        let mut outline = Self::empty(columns);
        let (mut one, mut other) = (Planes::new(), Planes::new());
        let mut at = range.start;
        while at < range.end {
            let frames = (range.end - at).min(BLOCK as u64) as usize;
            actual.read(at, frames, &mut one)?;
            expected.read(at, frames, &mut other)?;
            for (one, other) in one.iter_mut().zip(&mut other) {
                one.resize(frames, 0.0);
                other.resize(frames, 0.0);
                one.iter_mut().zip(other).for_each(|(a, e)| *a -= *e);
            }
            outline.add(&one, at - range.start, range.end - range.start);
            at += frames as u64;
        }
        Ok(outline)
    }

    fn empty(columns: usize) -> Self {
        Self {
            columns: vec![[0.0; 2]; columns.max(1)],
        }
    }

    fn add(&mut self, planes: &Planes, first: u64, total: u64) {
        let count = self.columns.len() as u64;
        for plane in planes {
            for (index, sample) in plane.iter().enumerate() {
                let column = (first + index as u64) * count / total.max(1);
                // Both comparisons are false of what is no number.
                let [low, high] = &mut self.columns[column.min(count - 1) as usize];
                if *sample < *low {
                    *low = *sample;
                }
                if *sample > *high {
                    *high = *sample;
                }
            }
        }
    }

    /// The largest magnitude.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.columns
            .iter()
            .flatten()
            .fold(0.0, |peak, x| peak.max(x.abs()))
    }

    /// The outline as a path.
    #[must_use]
    pub fn path(&self, frame: &Frame, tone: Tone) -> String {
        let step = frame.width / self.columns.len() as f64;
        let x = |index: usize| frame.left() + (index as f64 + 0.5) * step;
        let upper = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, c)| (x(i), frame.y(c[1])));
        let lower = self
            .columns
            .iter()
            .enumerate()
            .rev()
            .map(|(i, c)| (x(i), frame.y(c[0])));
        let mut path = String::new();
        for (index, (x, y)) in upper.chain(lower).enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            // Writing to a string cannot fail.
            let _ = write!(path, "{letter}{x:.1} {y:.1}");
        }
        let solid = tone.ink().solid();
        format!("<path {solid} stroke-width=\".6\" d=\"{path}Z\"/>\n")
    }
}
