//! How many songs are rendered at once, and how much memory each may take.

/// The least memory for a song that is rendered beside others and for what it leaves to them, in bytes: with less, many
/// songs would render tones again and again.
const LEAST_SHARE: u64 = 128 << 20;

/// What a lane takes beside its tones and their sums: the lines of effects, what is written, and what the allocator keeps
/// between them. It is a quarter of its memory at most.
const BESIDE: u64 = 12 << 20;

/// Lanes, each of which renders one song after another. Threads without a lane of their own help in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// Songs at once.
    pub count: usize,
    /// Bytes of tones for each.
    pub memory: u64,
    /// Bytes of the tones that they leave to each other.
    pub library: u64,
}

impl Lanes {
    /// Lanes for so many songs and threads, in so much memory for all of them together.
    #[must_use]
    pub fn new(songs: usize, threads: usize, memory: u64) -> Self {
        let affordable = usize::try_from(memory / LEAST_SHARE).unwrap_or(usize::MAX);
        let count = songs.min(threads).min(affordable).max(1);
        let memory = memory - (BESIDE * count as u64).min(memory / 4);
        // Half of the memory is for what comes back, where anything can.
        let library = if songs > 1 { memory / 2 } else { 0 };
        Self {
            count,
            memory: (memory - library) / count as u64,
            library,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_song_alone_has_all_the_memory_but_for_what_it_takes_beside_its_tones() {
        let expected = Lanes {
            count: 1,
            memory: (1 << 30) - BESIDE,
            library: 0,
        };
        assert_eq!(Lanes::new(1, 64, 1 << 30), expected);
    }

    #[test]
    fn there_are_as_many_lanes_as_threads_unless_memory_is_short() {
        let check = |threads, memory: u64, expected| {
            let lanes = Lanes::new(1000, threads, memory);
            assert_eq!(lanes.count, expected);
            assert!(lanes.memory * lanes.count as u64 + lanes.library <= memory);
        };
        check(2, 1 << 30, 2);
        check(64, 1 << 30, 8);
        check(64, 1_000_000, 1);
        check(64, u64::MAX, 64);
    }
}
