//! What a window hands out: sections of the mix, a few blocks each.

use rayon::prelude::*;

use crate::audio::{BLOCK, Stereo};
use crate::mix::effects::{Sends, Used};

/// The frames of a section, but the last one of a window.
const FRAMES: usize = 4 * BLOCK;

/// A stretch of the mix: all planes are equally long.
#[derive(Clone, Debug, Default)]
pub(super) struct MixBuffer {
    /// The sum of the groups.
    pub(super) dry: Stereo,
    /// What goes to the effects.
    pub(super) sends: Sends,
    /// The groups by themselves, if they are asked for.
    pub(super) groups: Vec<Stereo>,
}

impl MixBuffer {
    fn resize(&mut self, frames: usize, used: &Used, groups: usize) {
        self.dry.resize(frames);
        used.resize(&mut self.sends, frames);
        self.groups.resize(groups, Stereo::default());
        self.groups
            .iter_mut()
            .for_each(|group| group.resize(frames));
    }
}

/// Makes sections that are `frames` long together, with so many `groups`; anything may be in them.
pub(super) fn resize(sections: &mut Vec<MixBuffer>, frames: usize, used: &Used, groups: usize) {
    sections.resize_with(frames.div_ceil(FRAMES), MixBuffer::default);
    // Touched first by many threads, where memory is new.
    sections
        .par_iter_mut()
        .enumerate()
        .for_each(|(index, section)| {
            let left = frames - index * FRAMES;
            section.resize(left.min(FRAMES), used, groups);
        });
}
