//! The wavetable oscillator: reads a stored cycle at any frequency, always the richest one that does not alias.

mod ring;

use std::sync::Arc;

use self::ring::Ring;
use crate::dsp::phase::{Phases, Ramp, Steps};
use crate::dsp::wavetable::{Cycle, Wavetable, level};
use crate::voice::frequency_ramps::FrequencyRamps;
use crate::voice::grid::STEP;

/// The cycle that was read last, with its level. A copy looks it up anew: copies are kept for long, and most never go on.
#[derive(Debug, Default)]
struct Open(Option<(usize, Arc<Cycle>)>);

impl Clone for Open {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Open {
    /// The cycle of a level of a wave, which is the same at every call.
    fn cycle(&mut self, wave: &Arc<Wavetable>, level: usize) -> &Cycle {
        let found = self.0.take().filter(|(known, _)| *known == level);
        let found = found.unwrap_or_else(|| (level, wave.cycle(level)));
        &self.0.insert(found).1
    }
}

/// A wavetable oscillator. Remembers its phase and how rich it sounded last, or the ring that a wave at rest comes round on.
#[derive(Clone, Debug)]
pub struct Table {
    wave: Arc<Wavetable>,
    open: Open,
    phase: u32,
    /// `None` before the first frame; then the level, if there was any.
    last: Option<Option<usize>>,
    ring: Option<Ring>,
}

impl Table {
    pub(super) fn new(wave: Arc<Wavetable>, phase: u32) -> Self {
        Self {
            wave,
            open: Open::default(),
            phase,
            last: None,
            ring: None,
        }
    }

    /// Fills `output`, at most a chunk.
    pub(super) fn follow(&mut self, course: &FrequencyRamps, output: &mut [f32]) {
        self.settle(course);
        match (&mut self.ring, self.last.flatten()) {
            (Some(ring), Some(level)) => {
                ring.render(self.open.cycle(&self.wave, level), output);
            }
            (Some(_), None) => output.fill(0.0),
            (None, Some(level)) if stays(course, level) => {
                let mut steps = Steps::<STEP>::new(self.phase, course.from, &course.ends);
                self.open
                    .cycle(&self.wave, level)
                    .follow(&mut steps, output);
                self.phase = steps.phase();
            }
            (None, _) => course.for_each(output, |ramp, run| self.render(ramp, run)),
        }
    }

    /// Gets on the ring of a frequency that rests for a chunk, and off that of another.
    fn settle(&mut self, course: &FrequencyRamps) {
        let resting = course.rests().filter(|increment| {
            // The way from another level comes first.
            self.last.is_none_or(|last| last == level(*increment))
        });
        if self.ring.as_ref().map(Ring::of) == resting {
            return;
        }
        if let Some(ring) = self.ring.take() {
            self.phase = ring.phase();
        }
        if let Some(increment) = resting {
            self.ring = Ring::new(self.phase, increment);
            self.last = Some(level(increment));
        }
    }

    /// Fills `output`. Where the frequency has moved to another level, the first step fades from the old one to the new.
    fn render(&mut self, ramp: Ramp, output: &mut [f32]) {
        let now = level(ramp.highest());
        let last = self.last.replace(now).unwrap_or(now);
        let fading = if now == last {
            0
        } else {
            STEP.min(output.len())
        };
        let (head, tail) = output.split_at_mut(fading);
        if !head.is_empty() {
            let phases = Phases::new(self.phase, ramp, head.len());
            let mut next = [0.0; STEP];
            let next = &mut next[..head.len()];
            self.put(last, phases, head);
            self.put(now, phases, next);
            fade(head, next);
            self.phase = phases.at(head.len() as u32);
        }
        // Only a resting frequency comes in runs longer than a step, so the ramp is the same behind the head.
        let phases = Phases::new(self.phase, ramp, tail.len());
        self.put(now, phases, tail);
        self.phase = phases.at(tail.len() as u32);
    }

    /// Lets time pass as if that many frames had been rendered.
    pub(super) fn pass(&mut self, course: &FrequencyRamps, frames: usize) {
        self.settle(course);
        if let Some(ring) = &mut self.ring {
            return ring.pass(frames);
        }
        for (ramp, frames) in course.ramps(frames) {
            self.last = Some(level(ramp.highest()));
            self.phase = Phases::new(self.phase, ramp, frames).at(frames as u32);
        }
    }

    /// Has the cycle of a level, or silence where there is none, put into `output`.
    fn put(&mut self, level: Option<usize>, phases: Phases, output: &mut [f32]) {
        match level {
            Some(level) => self.open.cycle(&self.wave, level).render(phases, output),
            None => output.fill(0.0),
        }
    }
}

/// Whether the frequencies of a course are those of one level.
fn stays(course: &FrequencyRamps, own: usize) -> bool {
    course.range().map(level) == [Some(own); 2]
}

/// Fades from what `output` holds to `next`.
fn fade(output: &mut [f32], next: &[f32]) {
    let step = 1.0 / output.len() as f32;
    for (offset, (sample, next)) in output.iter_mut().zip(next).enumerate() {
        *sample += (next - *sample) * (step * offset as i32 as f32);
    }
}
