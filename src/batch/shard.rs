//! Shares of a run: the same on every machine that sees the same inputs, and equal by work as far as sizes tell.

use std::cmp::Reverse;
use std::path::Path;
use std::str::FromStr;

/// Bytes of a MIDI file that take as long to render as opening, reading and writing one.
const FILE_COST: u64 = 1024;

/// The `index`-th of `count` shares, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    /// `K/N`, as in `3/8`.
    fn from_str(typed: &str) -> Result<Self, String> {
        let parts = typed.split_once('/');
        let parts = parts.and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err("expected K/N, K from 1 to N, as in 3/8".to_owned()),
        }
    }
}

impl Shard {
    /// Whether it is the first, which also tells what concerns all.
    #[must_use]
    pub const fn is_first(self) -> bool {
        self.index == 1
    }

    /// Which inputs, given as path and bytes, are its share, as indices in their order.
    ///
    /// Largest first (of equals, in order of paths), each goes to the share that has least so far (of equals, the
    /// first). Every machine that is given the same paths and sizes, in whatever order, divides them alike.
    #[must_use]
    pub fn select(self, inputs: &[(&Path, u64)]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        order.sort_by_key(|&index| {
            let (path, bytes) = inputs[index];
            (Reverse(bytes), path.as_os_str().as_encoded_bytes())
        });
        // The lightest share, the first of equals, is on top. Behind as many shares as there are inputs all stay empty.
        let shares = (0..self.count.min(inputs.len())).map(|share| Reverse((0, share)));
        let mut shares: std::collections::BinaryHeap<_> = shares.collect();
        let mut selected = Vec::new();
        for index in order {
            if let Some(mut lightest) = shares.peek_mut() {
                let Reverse((work, share)) = &mut *lightest;
                *work = inputs[index]
                    .1
                    .saturating_add(FILE_COST)
                    .saturating_add(*work);
                if *share + 1 == self.index {
                    selected.push(index);
                }
            }
        }
        selected.sort_unstable();
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn inputs() -> Vec<(PathBuf, u64)> {
        let size = |index: u64| index * index * 37 % 50_000;
        let inputs = (0..1000).map(|index| (PathBuf::from(format!("{index}.mid")), size(index)));
        inputs.collect()
    }

    fn borrowed(inputs: &[(PathBuf, u64)]) -> Vec<(&Path, u64)> {
        let inputs = inputs.iter();
        inputs
            .map(|(path, bytes)| (path.as_path(), *bytes))
            .collect()
    }

    fn shares(inputs: &[(&Path, u64)], count: usize) -> Vec<Vec<usize>> {
        let shard = |index| Shard { index, count };
        (1..=count)
            .map(|index| shard(index).select(inputs))
            .collect()
    }

    #[test]
    fn the_shares_together_are_the_whole_and_each_input_is_in_one() {
        let inputs = inputs();
        for count in [1, 2, 7, 64, 2000] {
            let mut all = shares(&borrowed(&inputs), count).concat();
            all.sort_unstable();
            assert_eq!(all, (0..inputs.len()).collect::<Vec<_>>(), "{count}");
        }
    }

    #[test]
    fn more_shares_than_inputs_take_no_memory_and_the_last_are_empty() {
        let inputs = inputs();
        let inputs = borrowed(&inputs);
        let of = |index, count| Shard { index, count }.select(&inputs);
        assert_eq!(of(7, usize::MAX), of(7, 1000));
        assert_eq!(of(1000, usize::MAX).len(), 1);
        for empty in [1001, usize::MAX] {
            assert_eq!(of(empty, usize::MAX), [0_usize; 0]);
        }
        let endless = [(Path::new("a"), u64::MAX), (Path::new("b"), u64::MAX)];
        assert_eq!(Shard { index: 1, count: 1 }.select(&endless), [0, 1]);
    }

    #[test]
    fn the_order_of_the_inputs_does_not_matter() {
        let inputs = inputs();
        let forth = borrowed(&inputs);
        let back: Vec<_> = forth.iter().rev().copied().collect();
        let paths = |inputs: &[(&Path, u64)], share: &[usize]| {
            let mut paths: Vec<_> = share.iter().map(|i| inputs[*i].0.to_owned()).collect();
            paths.sort();
            paths
        };
        for (a, b) in shares(&forth, 7).iter().zip(&shares(&back, 7)) {
            assert_eq!(paths(&forth, a), paths(&back, b));
        }
    }

    #[test]
    fn the_shares_are_equal_by_size() {
        let inputs = inputs();
        let work = |share: &Vec<usize>| share.iter().map(|i| inputs[*i].1 + FILE_COST).sum::<u64>();
        let work: Vec<u64> = shares(&borrowed(&inputs), 7).iter().map(work).collect();
        let (least, most) = (work.iter().min().unwrap(), work.iter().max().unwrap());
        assert!((*most as f64) < 1.01 * *least as f64, "{work:?}");
    }

    #[test]
    fn a_share_is_typed_as_k_of_n() {
        assert_eq!("3/8".parse(), Ok(Shard { index: 3, count: 8 }));
        for typed in ["", "3", "0/8", "9/8", "3/0", "a/b", "-1/2", "1/2/3"] {
            assert!(typed.parse::<Shard>().is_err(), "{typed}");
        }
    }
}
