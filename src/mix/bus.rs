//! Voices to stereo, bus by bus: a bus sums its voices, then goes through its gains into the mix.

use std::ops::Range;

use super::widener::StereoWidener;
use crate::audio::BLOCK;
use crate::dsp::envelope::VoiceEnvelope;
use crate::dsp::simd::vectorised;
use crate::plan::{Bus, Plan, Voice};
use crate::sound::Send;
use crate::tones::PAGE;
use crate::tones::lease::ToneLease;
use crate::voice::envelope;

/// The most frames that a bus is mixed at once, so that what all buses add to stays in the first-level cache.
pub const PIECE: usize = 2048;

/// Adds a voice of a tone to the sum of its bus from frame `start` on, which is a multiple of [`BLOCK`]: in pieces that end
/// where a block or a page of its tone ends, always at the same frames, however the caller divides time.
pub fn add(tone: &ToneLease, plan: &Plan<'_>, voice: &Voice, start: u64, sum: &mut [f32]) {
    put(envelope::add_note, tone, plan, voice, start, sum);
}

/// Makes the sum of its bus what [`add`] makes of silence; anything may be in it. Returns whether the voice sounds there at
/// all: if it does not, nothing is done.
///
/// A zero may have another sign than that sum. What is added to silence then, as every sum is, comes out the same.
pub fn set(tone: &ToneLease, plan: &Plan<'_>, voice: &Voice, start: u64, sum: &mut [f32]) -> bool {
    let sounding = sounding(plan, voice, start, sum.len());
    if sounding.is_empty() {
        return false;
    }
    let place = |frame: u64| (frame - start) as usize;
    sum[..place(sounding.start)].fill(0.0);
    sum[place(sounding.end)..].fill(0.0);
    put(envelope::set_note, tone, plan, voice, start, sum);
    true
}

/// The frames of a stretch of the song, `count` long, in which a voice sounds.
fn sounding(plan: &Plan<'_>, voice: &Voice, start: u64, count: usize) -> Range<u64> {
    let end = voice.onset + plan.length(voice);
    start.max(voice.onset)..end.min(start + count as u64)
}

/// [`envelope::add_note`] or another way to put a note there.
type PutNote = fn(&VoiceEnvelope, u64, f32, u64, &[f32], &mut [f32]);

#[inline]
fn put(
    put_note: PutNote,
    tone: &ToneLease,
    plan: &Plan<'_>,
    voice: &Voice,
    start: u64,
    sum: &mut [f32],
) {
    let envelope = &plan.ending(voice).envelope;
    let Range {
        start: mut now,
        end,
    } = sounding(plan, voice, start, sum.len());
    while now < end {
        let frame = now - voice.onset;
        let (page, offset) = (
            (frame / PAGE as u64) as usize,
            (frame % PAGE as u64) as usize,
        );
        let block = BLOCK - (now % BLOCK as u64) as usize;
        let count = block.min(PAGE - offset).min((end - now) as usize);
        let samples = &tone.page(page)[offset..offset + count];
        let place = (now - start) as usize;
        let sum = &mut sum[place..place + count];
        put_note(envelope, voice.gate, voice.gain, frame, samples, sum);
        now += count as u64;
    }
}

/// The sum of a bus over a block or less, and the frames before it that its width needs.
#[derive(Clone, Copy, Debug)]
pub struct BusBlock<'a> {
    /// The bus.
    pub bus: &'a Bus,
    /// The first frame, not counting those before it.
    pub start: u64,
    /// With those before it.
    pub samples: &'a [f32],
}

impl BusBlock<'_> {
    /// The `frames` from frame `first` on, with the `reach` before them.
    #[must_use]
    pub fn piece(&self, reach: usize, first: usize, frames: usize) -> Self {
        Self {
            bus: self.bus,
            start: self.start + first as u64,
            samples: &self.samples[first..first + reach + frames],
        }
    }

    /// Adds it to both sides under its gains. Both are equally long, at most a [`PIECE`]; so are the two that `wide` has
    /// room for, in which anything may be left.
    pub fn mix(
        &self,
        spread: &StereoWidener,
        wide: &mut [[f32; PIECE]; 2],
        left: &mut [f32],
        right: &mut [f32],
    ) {
        let Self {
            bus,
            start,
            samples,
        } = *self;
        let sum = &samples[samples.len() - left.len()..];
        let end = start + sum.len() as u64;
        let [to_left, to_right] =
            [&bus.sides.left, &bus.sides.right].map(|gain| gain.constant_over(start, end));
        let gains = to_left.zip(to_right);
        match (bus.place.width, gains) {
            (0.0, Some(gains)) => add_to_sides(gains, sum, left, right),
            (0.0, None) => {
                bus.sides.left.apply(start, sum, left);
                bus.sides.right.apply(start, sum, right);
            }
            (width, Some(gains)) => spread.add(width, samples, gains, left, right),
            (width, None) => {
                let [wide_left, wide_right] = wide.each_mut().map(|side| &mut side[..sum.len()]);
                spread.process(width, samples, wide_left, wide_right);
                bus.sides.left.apply(start, wide_left, left);
                bus.sides.right.apply(start, wide_right, right);
            }
        }
    }

    /// Adds its last `frames` to the [`Send`]s under its gains; a send that is not used is empty.
    pub fn send(&self, frames: usize, sends: [&mut [f32]; Send::COUNT]) {
        let Self {
            bus,
            start,
            samples,
        } = *self;
        let sum = &samples[samples.len() - frames..];
        for (gain, send) in bus.sends.iter().zip(sends) {
            let end = start + frames as u64;
            if !send.is_empty() && gain.constant_over(start, end) != Some(0.0) {
                gain.apply(start, sum, send);
            }
        }
    }
}

vectorised! {
    /// Adds `sum` to both sides under the gain to each: all three are equally long.
    fn add_to_sides(gains: (f32, f32), sum: &[f32], left: &mut [f32], right: &mut [f32]) {
        for ((left, right), sum) in left.iter_mut().zip(right).zip(sum) {
            *left += sum * gains.0;
            *right += sum * gains.1;
        }
    }
}
