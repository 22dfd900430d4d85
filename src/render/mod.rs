//! All of it for one song: a plan goes in, finished blocks of stereo come out in order.
//!
//! The mix is made in windows of time; while one is mixed, the one before it goes through the effects and the limiter
//! and out.

mod block;
mod bus_sum;
mod bus_task;
mod kept;
mod meter;
mod mix_buffer;
mod next_use;
mod normalize;
mod output;
mod settings;
mod window;

pub use meter::{Loudness, Metering};
pub use settings::{Report, Settings, Tail, Target};

use std::convert::Infallible;

use crate::audio::Stereo;
use crate::mix::effects::Used;
use crate::plan::Plan;
use crate::tones::shared::SharedToneCache;
use output::{Output, Stems};
use window::Mixer;

/// Renders a plan on the current rayon pool and hands the finished frames to `sink`, in order. What a `shared_cache` has of
/// other songs of the same bank need not be rendered; it changes no sample.
///
/// # Errors
///
/// Only those of `sink`; after one, nothing more is handed to it.
pub fn render<E: Send>(
    plan: &Plan<'_>,
    settings: &Settings,
    shared_cache: Option<&SharedToneCache>,
    sink: impl FnMut(&Stereo) -> Result<(), E> + Send,
) -> Result<Report, E> {
    let settings = final_settings(plan, settings, shared_cache);
    pass(plan, &settings, shared_cache, sink, None)
}

/// Renders a plan as [`render`] does, and hands the stems to `stems` as they are made: the groups of the plan in their
/// order and, if [`has_effects`], what the effects return. Their sum, in this order, is the mix before the limiter, to
/// the last bit.
///
/// # Errors
///
/// Only those of `sink` and `stems`; after one, nothing more is handed to either.
pub fn render_stems<E: Send>(
    plan: &Plan<'_>,
    settings: &Settings,
    shared_cache: Option<&SharedToneCache>,
    sink: impl FnMut(&Stereo) -> Result<(), E> + Send,
    mut stems: impl FnMut(&[&Stereo]) -> Result<(), E> + Send,
) -> Result<Report, E> {
    let settings = final_settings(plan, settings, shared_cache);
    pass(plan, &settings, shared_cache, sink, Some(&mut stems))
}

/// Whether anything is sent to an effect that is on.
#[must_use]
pub fn has_effects(plan: &Plan<'_>, settings: &Settings) -> bool {
    !Used::new(plan, settings.effects).is_empty()
}

/// How many frames a recording has: the song and its tail, as far as its excerpt goes.
#[must_use]
pub fn frames(plan: &Plan<'_>, settings: &Settings) -> u64 {
    let used = Used::new(plan, settings.effects);
    end(plan, settings, &used).saturating_sub(plan.excerpt.from)
}

/// How many frames before an excerpt have to be mixed for it: all, where effects remember them, and as many as wide
/// buses do.
#[must_use]
pub fn lead_in(plan: &Plan<'_>, settings: &Settings) -> u64 {
    match has_effects(plan, settings) {
        false => {
            let reaches = plan.buses.iter().map(|bus| bus.reach(plan.rate));
            reaches.max().unwrap_or_default()
        }
        true => u64::MAX,
    }
}

/// The bytes of memory that a plan takes at least, however little is allowed: a block of each sum and plane at once, with
/// the groups by themselves if they are handed out as `stems`.
#[must_use]
pub fn least_memory(plan: &Plan<'_>, settings: &Settings, stems: bool) -> u64 {
    let used = Used::new(plan, settings.effects);
    let end = end(plan, settings, &used);
    Mixer::new(plan, settings, None, used, end, stems).least_memory()
}

/// The first frame of the song that is not recorded any more.
fn end(plan: &Plan<'_>, settings: &Settings, effects: &Used) -> u64 {
    let end = match (settings.tail, plan.sound_end) {
        // Without a note there is nothing to follow.
        (Tail::Seconds(_), 0) => plan.frames,
        (Tail::Seconds(tail), end) => end + tail.to_frames(plan.rate),
        (Tail::Auto, _) => plan.frames.max(effects.end(plan.rate)),
    };
    end.min(plan.excerpt.to)
}

/// The settings with the gain that normalises.
fn final_settings(
    plan: &Plan<'_>,
    settings: &Settings,
    shared_cache: Option<&SharedToneCache>,
) -> Settings {
    let Some(target) = settings.normalize else {
        return *settings;
    };
    let nowhere = |_: &Stereo| Ok::<_, Infallible>(());
    let Ok(measured) = pass(plan, &settings.measuring(), shared_cache, nowhere, None);
    match measured.loudness {
        Some(loudness) => settings.normalized(target, &loudness),
        None => *settings,
    }
}

fn pass<E: Send>(
    plan: &Plan<'_>,
    settings: &Settings,
    shared_cache: Option<&SharedToneCache>,
    sink: impl FnMut(&Stereo) -> Result<(), E> + Send,
    stems: Option<Stems<'_, E>>,
) -> Result<Report, E> {
    let used = Used::new(plan, settings.effects);
    let end = end(plan, settings, &used);
    let mut mixer = Mixer::new(plan, settings, shared_cache, used, end, stems.is_some());
    let lead_in = plan.excerpt.from.saturating_sub(mixer.start());
    let mut output = Output::new(plan, settings, &used, lead_in, sink, stems);
    let mut finished = Vec::new();
    let mut next = Vec::new();
    while !mixer.is_done() {
        let (written, ()) = rayon::join(|| output.take(&mut finished), || mixer.window(&mut next));
        written?;
        std::mem::swap(&mut finished, &mut next);
    }
    output.take(&mut finished)?;
    output.finish(&mixer)
}
