//! Voices to a block of stereo: each bus sums its voices in score order, then goes through its gains into the mix.

use crate::audio::BLOCK;
use crate::plan::{Bus, Plan, Voice};
use crate::voice::envelope;
use crate::voice::pool::{PAGE, Pool};

/// Adds the voices of one bus to the block of the mix that begins at `start`. `left` and `right` are at most [`BLOCK`]
/// frames; `voices` are in score order.
pub fn mix<'v>(
    pool: &Pool<'_>,
    plan: &Plan<'_>,
    bus: &Bus,
    voices: impl Iterator<Item = &'v Voice>,
    start: u64,
    left: &mut [f32],
    right: &mut [f32],
) {
    let mut sum = [0.0; BLOCK];
    let sum = &mut sum[..left.len()];
    let mut silent = true;
    for voice in voices {
        silent &= !add(pool, plan, voice, start, sum);
    }
    if !silent {
        bus.left.apply(start, sum, left);
        bus.right.apply(start, sum, right);
    }
}

/// Adds a voice to a block of its bus; returns whether any of it lies in the block.
fn add(pool: &Pool<'_>, plan: &Plan<'_>, voice: &Voice, start: u64, sum: &mut [f32]) -> bool {
    let ending = plan.ending(voice);
    let from = start.max(voice.onset);
    let to = (start + sum.len() as u64).min(voice.onset + ending.length(voice.gate));
    let mut now = from;
    while now < to {
        let frame = now - voice.onset;
        let (page, offset) = (
            (frame / PAGE as u64) as usize,
            (frame % PAGE as u64) as usize,
        );
        let tone = &pool.page(voice.tone, page)[offset..];
        let count = ((to - now) as usize).min(tone.len());
        let place = (now - start) as usize;
        envelope::add_note(
            &ending.release,
            voice.gate,
            voice.gain,
            frame,
            &tone[..count],
            &mut sum[place..place + count],
        );
        now += count as u64;
    }
    from < to
}
