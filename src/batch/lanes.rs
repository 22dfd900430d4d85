//! How many songs are rendered at once, and how much memory each may take.

/// The least memory for the tones of a song that is rendered beside others, in bytes: with less, many songs would
/// render tones again and again.
const LEAST_SHARE: u64 = 64 << 20;

/// Lanes, each of which renders one song after another. Threads without a lane of their own help in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// Songs at once.
    pub count: usize,
    /// Bytes of tones for each.
    pub memory: u64,
}

impl Lanes {
    /// Lanes for so many songs and threads, in so much memory for all of them together.
    #[must_use]
    pub fn new(songs: usize, threads: usize, memory: u64) -> Self {
        let affordable = usize::try_from(memory / LEAST_SHARE).unwrap_or(usize::MAX);
        let count = songs.min(threads).min(affordable).max(1);
        Self {
            count,
            memory: memory / count as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_song_alone_has_all_the_memory() {
        let expected = Lanes {
            count: 1,
            memory: 1 << 30,
        };
        assert_eq!(Lanes::new(1, 64, 1 << 30), expected);
    }

    #[test]
    fn there_are_as_many_lanes_as_threads_unless_memory_is_short() {
        let check = |threads, memory: u64, expected| {
            let lanes = Lanes::new(1000, threads, memory);
            assert_eq!(lanes.count, expected);
            assert!(lanes.memory * lanes.count as u64 <= memory);
        };
        check(2, 1 << 30, 2);
        check(64, 1 << 30, 16);
        check(64, 1_000_000, 1);
        check(64, u64::MAX, 64);
    }
}
