//! A second rendering, on another number of threads, that the first one must equal to the last bit.

use std::convert::Infallible;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::performance::Performance;
use crate::audio::Stereo;
use crate::units::{SampleRate, Seconds};

/// Frames that share a hash.
const RUN: usize = 4096;

/// What a rendering was, run by run, and how much of another one has been held against it.
#[derive(Debug)]
pub struct DeterminismCheck {
    hashes: Vec<blake3::Hash>,
    rate: SampleRate,
    threads: [usize; 2],
    checked: usize,
    runs: Runs,
}

/// Two renderings of a song that have not the same samples.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "not deterministic: from {at} on, {} and {} threads give different samples; this is a fault of cascade, please report \
     it with the song",
    threads[0],
    threads[1]
)]
pub struct NotDeterministic {
    /// From where on they differ, in seconds from the start of the rendering.
    pub at: Seconds,
    /// How many threads the other rendering and this one had.
    pub threads: [usize; 2],
}

impl DeterminismCheck {
    /// Renders on one thread where `pool` has several, on two where it has one; what other songs have left is not used.
    ///
    /// # Errors
    /// Threads that cannot be started.
    pub fn new(
        performance: &Performance<'_>,
        pool: &ThreadPool,
    ) -> Result<Self, ThreadPoolBuildError> {
        let own = pool.current_num_threads();
        let threads = if own > 1 { 1 } else { 2 };
        let other = ThreadPoolBuilder::new().num_threads(threads).build()?;
        let (mut runs, mut hashes) = (Runs::default(), Vec::new());
        let take = |block: &Stereo| {
            runs.add(block, |hash| hashes.push(hash));
            Ok::<_, Infallible>(())
        };
        let Ok(_) = other.install(|| performance.render_alone_into(take));
        hashes.extend(runs.finish());
        Ok(Self {
            hashes,
            rate: performance.plan().rate,
            threads: [threads, own],
            checked: 0,
            runs: Runs::default(),
        })
    }

    /// Holds the next block against the other rendering.
    ///
    /// # Errors
    /// Samples that are not the same.
    pub fn check(&mut self, block: &Stereo) -> Result<(), NotDeterministic> {
        let mut found = Vec::new();
        self.runs.add(block, |hash| found.push(hash));
        found.into_iter().try_for_each(|hash| self.compare(hash))
    }

    /// Holds the end against the other rendering, too.
    ///
    /// # Errors
    /// Samples that are not the same, or not as many.
    pub fn finish(&mut self) -> Result<(), NotDeterministic> {
        match self.runs.finish() {
            Some(hash) => self.compare(hash),
            None if self.checked == self.hashes.len() => Ok(()),
            None => Err(self.differs()),
        }
    }

    fn compare(&mut self, hash: blake3::Hash) -> Result<(), NotDeterministic> {
        if self.hashes.get(self.checked) != Some(&hash) {
            return Err(self.differs());
        }
        self.checked += 1;
        Ok(())
    }

    fn differs(&self) -> NotDeterministic {
        NotDeterministic {
            at: Seconds((self.checked * RUN) as f64 * self.rate.frame().0),
            threads: self.threads,
        }
    }
}

/// Blocks of any length, cut into runs of equal length.
#[derive(Debug, Default)]
struct Runs {
    hasher: blake3::Hasher,
    filled: usize,
}

impl Runs {
    fn add(&mut self, block: &Stereo, mut full: impl FnMut(blake3::Hash)) {
        for (left, right) in block.left.iter().zip(&block.right) {
            self.hasher.update(&left.to_bits().to_le_bytes());
            self.hasher.update(&right.to_bits().to_le_bytes());
            self.filled += 1;
            if self.filled == RUN {
                full(self.take());
            }
        }
    }

    fn finish(&mut self) -> Option<blake3::Hash> {
        (self.filled > 0).then(|| self.take())
    }

    fn take(&mut self) -> blake3::Hash {
        let hash = self.hasher.finalize();
        self.hasher.reset();
        self.filled = 0;
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(frames: std::ops::Range<u32>) -> Stereo {
        let left: Vec<f32> = frames.map(|frame| frame as f32).collect();
        Stereo {
            right: left.clone(),
            left,
        }
    }

    fn recorded(frames: u32) -> DeterminismCheck {
        let (mut runs, mut hashes) = (Runs::default(), Vec::new());
        runs.add(&block(0..frames), |hash| hashes.push(hash));
        hashes.extend(runs.finish());
        DeterminismCheck {
            hashes,
            rate: SampleRate::default(),
            threads: [1, 2],
            checked: 0,
            runs: Runs::default(),
        }
    }

    #[test]
    fn the_same_frames_in_other_blocks_are_the_same() {
        let mut check = recorded(10_000);
        for frames in [0..100, 100..9_000, 9_000..10_000] {
            check.check(&block(frames)).unwrap();
        }
        check.finish().unwrap();
    }

    #[test]
    fn one_bit_or_one_frame_is_told_with_its_time() {
        let mut other = block(0..10_000);
        other.right[5_000] = f32::from_bits(other.right[5_000].to_bits() ^ 1);
        let error = recorded(10_000).check(&other).unwrap_err().to_string();
        assert!(error.contains("from 0.093 s on"), "{error}");
        for frames in [4_096, 9_999, 10_001, 12_288] {
            let mut check = recorded(10_000);
            let checked = check.check(&block(0..frames));
            assert!(checked.and_then(|()| check.finish()).is_err(), "{frames}");
        }
    }
}
