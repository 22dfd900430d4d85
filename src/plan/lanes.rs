//! Controllers over time, in ticks, become curves in frames.

use super::Scale;
use crate::dsp::curve::Curve;
use crate::score::{Instant, Lane};

/// The curve of a value that follows from several lanes.
pub(super) fn combined<const N: usize>(
    sources: [&Lane; N],
    scale: Scale,
    value: impl Fn([f32; N]) -> f32,
) -> Curve {
    let initial = value(sources.map(Lane::initial));
    let changes = changes(sources, scale);
    let changes = changes
        .iter()
        .map(|(frame, values)| (*frame, value(*values)));
    Curve::ramped(initial, changes, scale.rate)
}

/// The values of several lanes from each frame at which one of them changes.
fn changes<const N: usize>(sources: [&Lane; N], scale: Scale) -> Vec<(u64, [f32; N])> {
    let mut changes: Vec<(Instant, usize, f32)> = Vec::new();
    for (source, lane) in sources.iter().enumerate() {
        changes.extend(
            lane.points()
                .iter()
                .map(|(at, value)| (*at, source, *value)),
        );
    }
    changes.sort_by_key(|(at, source, _)| (*at, *source));
    let mut values = sources.map(Lane::initial);
    let mut together: Vec<(u64, [f32; N])> = Vec::new();
    for (at, source, value) in changes {
        values[source] = value;
        let frame = scale.frame(at);
        match together.last_mut() {
            // Of several changes in one frame the last holds.
            Some(last) if last.0 == frame => last.1 = values,
            _ => together.push((frame, values)),
        }
    }
    together
}
