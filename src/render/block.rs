//! The blocks of a window, which are mixed side by side.

use super::mix_buffer::MixBuffer;
use crate::audio::{BLOCK, Stereo};
use crate::mix::bus::{BusBlock, PIECE};
use crate::mix::widener::StereoWidener;
use crate::sound::Send;

/// One block of a window.
pub(super) struct Block<'a> {
    pub(super) left: &'a mut [f32],
    pub(super) right: &'a mut [f32],
    /// By [`Send`].
    pub(super) sends: [&'a mut [f32]; Send::COUNT],
    /// Left and right of each group that is asked for.
    groups: Vec<(&'a mut [f32], &'a mut [f32])>,
}

/// The blocks of a window.
pub(super) fn blocks(window: &mut [MixBuffer]) -> Vec<Block<'_>> {
    window.iter_mut().flat_map(section_blocks).collect()
}

fn section_blocks(section: &mut MixBuffer) -> impl Iterator<Item = Block<'_>> {
    let sends = section.sends.each_mut();
    let mut sends = sends.map(|send| send.chunks_mut(BLOCK));
    let mut groups: Vec<_> = section.groups.iter_mut().map(sides).collect();
    sides(&mut section.dry).map(move |(left, right)| Block {
        left,
        right,
        sends: sends.each_mut().map(|send| send.next().unwrap_or_default()),
        groups: groups.iter_mut().filter_map(Iterator::next).collect(),
    })
}

/// Left and right, block by block.
fn sides(sound: &mut Stereo) -> impl Iterator<Item = (&mut [f32], &mut [f32])> {
    let left = sound.left.chunks_mut(BLOCK);
    left.zip(sound.right.chunks_mut(BLOCK))
}

impl<'a> Block<'a> {
    /// Short pieces of it, each with how many frames come before it.
    pub(super) fn pieces(self) -> impl Iterator<Item = (usize, Block<'a>)> {
        let Self {
            left,
            right,
            sends,
            groups,
        } = self;
        let sides = left.chunks_mut(PIECE).zip(right.chunks_mut(PIECE));
        let mut sends = sends.map(|send| send.chunks_mut(PIECE));
        let chunks = |(left, right): (&'a mut [f32], &'a mut [f32])| {
            left.chunks_mut(PIECE).zip(right.chunks_mut(PIECE))
        };
        let mut groups: Vec<_> = groups.into_iter().map(chunks).collect();
        sides.enumerate().map(move |(index, (left, right))| {
            let piece = Block {
                left,
                right,
                sends: sends.each_mut().map(|send| send.next().unwrap_or_default()),
                groups: groups.iter_mut().filter_map(Iterator::next).collect(),
            };
            (index * PIECE, piece)
        })
    }

    /// Makes all of it silence.
    pub(super) fn silence(&mut self) {
        self.left.fill(0.0);
        self.right.fill(0.0);
        self.sends.iter_mut().for_each(|send| send.fill(0.0));
        for (left, right) in &mut self.groups {
            left.fill(0.0);
            right.fill(0.0);
        }
    }

    /// Adds the buses of one group: first to one another, then to the mix. `wide` is as for [`BusBlock::mix`].
    pub(super) fn add_group(
        &mut self,
        spread: &StereoWidener,
        wide: &mut [[f32; PIECE]; 2],
        buses: &[BusBlock<'_>],
    ) {
        let group = buses.first().map_or(0, |summed| summed.bus.group as usize);
        match (self.groups.get_mut(group), buses) {
            // A sum of one summand needs no place of its own.
            (None, [summed]) => summed.mix(spread, wide, self.left, self.right),
            (None, buses) => {
                let (mut left, mut right) = ([0.0; PIECE], [0.0; PIECE]);
                let frames = self.left.len();
                let (left, right) = (&mut left[..frames], &mut right[..frames]);
                add_buses(spread, wide, buses, left, right);
                add(self.left, left);
                add(self.right, right);
            }
            (Some((left, right)), buses) => {
                add_buses(spread, wide, buses, left, right);
                add(self.left, left);
                add(self.right, right);
            }
        }
    }
}

fn add_buses(
    spread: &StereoWidener,
    wide: &mut [[f32; PIECE]; 2],
    buses: &[BusBlock<'_>],
    left: &mut [f32],
    right: &mut [f32],
) {
    for summed in buses {
        summed.mix(spread, wide, left, right);
    }
}

fn add(sum: &mut [f32], samples: &[f32]) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += sample;
    }
}
