//! The pulse: one sawtooth less another that is shifted by the pulse's width, so that it is as free of aliasing as they.

use super::classic::Shape;
use super::table::Table;
use crate::dsp::curve::add_level;
use crate::voice::frequency_ramps::FrequencyRamps;
use crate::voice::grid::Scratch;

/// A pulse that is up for a share of its cycle. Remembers its two sawtooths.
#[derive(Clone, Debug)]
pub struct Pulse {
    first: Table,
    second: Table,
}

impl Pulse {
    /// `width`: the share of the cycle that it is up, `0.0..1.0`.
    pub(super) fn new(width: f64, phase: u32) -> Self {
        let sawtooth = || Shape::Sawtooth.wavetable();
        let shift = (width * 4_294_967_296.0) as u32;
        Self {
            first: Table::new(sawtooth(), phase),
            second: Table::new(sawtooth(), phase.wrapping_sub(shift)),
        }
    }

    /// Fills `output`, at most a chunk: without its mean, swinging by 2 in all.
    pub(super) fn render(
        &mut self,
        course: &FrequencyRamps,
        scratch: &mut Scratch,
        output: &mut [f32],
    ) {
        let Some(other) = scratch.first_mut() else {
            return;
        };
        let other = &mut other[..output.len()];
        self.first.follow(course, output);
        self.second.follow(course, other);
        add_level(-1.0, other, output);
    }
}
