//! The filter while its coefficients move, eight stretches of a block side by side.
//!
//! A recursion waits for its own last values: 3.6 ns a sample. So each block is cut into as many stretches as there are
//! lanes, all of which begin at rest; beside them runs what would become of either integrator if it stood at 1. From
//! the ends of a stretch follow the integrators at the start of the next, and what they add to its output: 1.4 ns.

use super::coefficients::{BLOCK, Coefficients, Integrators, Response};
use crate::dsp::phase::LANES;
use crate::dsp::simd::vectorised;

/// Frames of a stretch.
const LENGTH: usize = BLOCK / LANES;

/// One value to each stretch, ...
type Lanes = [f32; LANES];

/// ... and at each of its frames.
type Rows = [Lanes; LENGTH];

const REST: Lanes = [0.0; LANES];
const ONE: Lanes = [1.0; LANES];

/// Filters `blocks` while the coefficients go straight from `from` to `to`.
pub(super) fn filter(
    integrators: &mut Integrators,
    blocks: &mut [[f32; BLOCK]],
    response: Response,
    from: Coefficients,
    to: Coefficients,
) {
    let frames = (blocks.len() * BLOCK) as f32;
    let slope = from.zip(to, |from, to| (to - from) / frames);
    let mut stretches = Stretches::default();
    for (index, block) in blocks.iter_mut().enumerate() {
        let start = from.zip(slope, |from, slope| from + slope * (index * BLOCK) as f32);
        recur(&mut stretches, block, response, start, slope);
        let starts = stretches.pass(integrators);
        finish(&mut stretches, &starts, block);
        integrators.settle();
    }
}

/// The stretches of a block.
#[derive(Default)]
struct Stretches {
    /// What is heard of each if it begins at rest, ...
    heard: Rows,
    /// ... and what either integrator at 1 adds to that.
    added: [Rows; 2],
    /// The integrators behind each: from rest, and from either at 1 without input.
    ends: [States; 3],
}

/// Two integrators to each stretch.
#[derive(Clone, Copy, Default)]
struct States {
    first: Lanes,
    second: Lanes,
}

/// The coefficients of each stretch at one of its frames.
struct Row {
    across: Lanes,
    first: Lanes,
    second: Lanes,
    k: Lanes,
}

impl Row {
    /// At the first frames.
    #[inline(always)]
    fn first(start: Coefficients, slope: Coefficients) -> Self {
        let of = |start: f32, slope: f32| each(|lane| start + slope * (lane * LENGTH) as f32);
        Self {
            across: of(start.across, slope.across),
            first: of(start.first, slope.first),
            second: of(start.second, slope.second),
            k: of(start.k, slope.k),
        }
    }

    #[inline(always)]
    fn after(&self, frames: usize, slope: Coefficients) -> Self {
        let of = |start: &Lanes, slope: f32| {
            let moved = slope * frames as f32;
            each(|lane| start[lane] + moved)
        };
        Self {
            across: of(&self.across, slope.across),
            first: of(&self.first, slope.first),
            second: of(&self.second, slope.second),
            k: of(&self.k, slope.k),
        }
    }
}

impl States {
    /// Goes on by a frame. Returns what is heard.
    #[inline(always)]
    fn tick(&mut self, input: &Lanes, response: Response, at: &Row) -> Lanes {
        let old = *self;
        let driven = each(|lane| 0.5 * input[lane] - old.second[lane]);
        self.first = each(|lane| {
            (old.first[lane] - at.first[lane] * old.first[lane]) + at.across[lane] * driven[lane]
        });
        self.second = each(|lane| {
            (old.second[lane] + at.across[lane] * old.first[lane]) + at.second[lane] * driven[lane]
        });
        each(|lane| {
            let band = old.first[lane] + self.first[lane];
            let low = old.second[lane] + self.second[lane];
            response.heard(input[lane], at.k[lane], band, low)
        })
    }
}

/// Not `from_fn`, which is not always inlined, and then not built for wide vectors.
#[inline(always)]
fn each(value: impl Fn(usize) -> f32) -> Lanes {
    let mut lanes = REST;
    for (lane, place) in lanes.iter_mut().enumerate() {
        *place = value(lane);
    }
    lanes
}

impl Stretches {
    #[inline(always)]
    fn read(&mut self, block: &[f32; BLOCK]) {
        for (frame, row) in self.heard.iter_mut().enumerate() {
            for (lane, value) in row.iter_mut().enumerate() {
                *value = block[lane * LENGTH + frame];
            }
        }
    }

    #[inline(always)]
    fn recur(&mut self, response: Response, start: Coefficients, slope: Coefficients) {
        let mut driven = States::default();
        let (mut first, mut second) = (driven, driven);
        (first.first, second.second) = (ONE, ONE);
        let row = Row::first(start, slope);
        for frame in 0..LENGTH {
            let at = row.after(frame, slope);
            self.heard[frame] = driven.tick(&self.heard[frame], response, &at);
            self.added[0][frame] = first.tick(&REST, response, &at);
            self.added[1][frame] = second.tick(&REST, response, &at);
        }
        self.ends = [driven, first, second];
    }

    /// Takes the integrators from stretch to stretch. Returns them as each begins.
    fn pass(&self, integrators: &mut Integrators) -> States {
        let [driven, first, second] = &self.ends;
        let mut starts = States::default();
        for lane in 0..LANES {
            let start = *integrators;
            (starts.first[lane], starts.second[lane]) = (start.first, start.second);
            *integrators = Integrators {
                first: (driven.first[lane] + first.first[lane] * start.first)
                    + second.first[lane] * start.second,
                second: (driven.second[lane] + second.second[lane] * start.second)
                    + first.second[lane] * start.first,
            };
        }
        starts
    }

    /// Adds what comes of the integrators that the stretches begin with.
    #[inline(always)]
    fn add(&mut self, starts: &States) {
        // Written out for every frame: rows of eight the compiler would take by columns.
        let (first, second) = ([starts.first; LENGTH], [starts.second; LENGTH]);
        let starts = first.as_flattened().iter().zip(second.as_flattened());
        let [first, second] = &self.added;
        let added = first.as_flattened().iter().zip(second.as_flattened());
        let heard = self.heard.as_flattened_mut().iter_mut();
        for ((heard, added), start) in heard.zip(added).zip(starts) {
            *heard += added.0 * start.0 + added.1 * start.1;
        }
    }

    #[inline(always)]
    fn write(&self, block: &mut [f32; BLOCK]) {
        for (frame, row) in self.heard.iter().enumerate() {
            for (lane, value) in row.iter().enumerate() {
                block[lane * LENGTH + frame] = *value;
            }
        }
    }
}

// Two functions, which are not inlined: between them the lanes are taken one by one, and if the compiler sees that it
// takes them so throughout (2.5 ns a sample).
vectorised! {
    /// The stretches of a block, from rest.
    #[inline(never)]
    fn recur(
        stretches: &mut Stretches,
        block: &[f32; BLOCK],
        response: Response,
        start: Coefficients,
        slope: Coefficients,
    ) {
        stretches.read(block);
        match response {
            Response::Low => stretches.recur(Response::Low, start, slope),
            Response::High => stretches.recur(Response::High, start, slope),
            Response::Band => stretches.recur(Response::Band, start, slope),
        }
    }
}

vectorised! {
    /// The block, from what the stretches begin with.
    #[inline(never)]
    fn finish(stretches: &mut Stretches, starts: &States, block: &mut [f32; BLOCK]) {
        stretches.add(starts);
        stretches.write(block);
    }
}
