//! Where voices of equal place are summed: a channel's strip is the sum of its buses.

use super::Scale;
use crate::dsp::curve::Curve;
use crate::score::{Instant, Lane, Score};
use crate::units::Channel;

/// A sum of voices of one channel and one pan, and its gains over time.
#[derive(Clone, Debug)]
pub struct Bus {
    /// The channel.
    pub channel: Channel,
    /// Gain to the left over time.
    pub left: Curve,
    /// Gain to the right over time.
    pub right: Curve,
}

impl Bus {
    /// The bus of a channel's voices that are `offset` away from the channel's pan.
    pub(super) fn new(channel: Channel, offset: f32, score: &Score, scale: Scale) -> Self {
        let lanes = &score.channels[channel.index()];
        let sources = [
            &lanes.volume,
            &lanes.expression,
            &lanes.pan,
            &lanes.balance,
            &score.master_volume,
        ];
        let course = course(sources, offset, scale);
        let initial = gains(sources.map(Lane::initial), offset);
        let curve = |side: fn((f32, f32)) -> f32| {
            let changes = course.iter().map(|(frame, gains)| (*frame, side(*gains)));
            Curve::ramped(side(initial), changes, scale.rate)
        };
        Self {
            channel,
            left: curve(|gains| gains.0),
            right: curve(|gains| gains.1),
        }
    }
}

/// The gains from each frame at which one of the lanes changes.
fn course(sources: [&Lane; 5], offset: f32, scale: Scale) -> Vec<(u64, (f32, f32))> {
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
    let mut course: Vec<(u64, (f32, f32))> = Vec::new();
    for (at, source, value) in changes {
        values[source] = value;
        let (frame, gains) = (scale.frame(at), gains(values, offset));
        match course.last_mut() {
            // Of several changes in one frame the last holds.
            Some(last) if last.0 == frame => last.1 = gains,
            _ => course.push((frame, gains)),
        }
    }
    course
}

/// Left and right gain. Volume and expression follow General MIDI's square law (40 dB a decade), pan the equal-power
/// law, and the balance lowers the far side.
fn gains([volume, expression, pan, balance, master]: [f32; 5], offset: f32) -> (f32, f32) {
    let level = f64::from(volume) * f64::from(expression) * f64::from(master);
    let level = level * level;
    let place = f64::from(pan + offset).clamp(-1.0, 1.0);
    let (right, left) = libm::sincos((place + 1.0) * std::f64::consts::FRAC_PI_4);
    let balance = f64::from(balance);
    let (left, right) = (
        left * (1.0 - balance).min(1.0),
        right * (1.0 + balance).min(1.0),
    );
    ((level * left) as f32, (level * right) as f32)
}

#[cfg(test)]
mod tests {
    use super::gains;

    fn check(values: [f32; 5], offset: f32, expected: (f32, f32)) {
        let (left, right) = gains(values, offset);
        assert!(
            (left - expected.0).abs() < 1e-6 && (right - expected.1).abs() < 1e-6,
            "{left} {right}"
        );
    }

    #[test]
    fn pan_keeps_the_power_and_takes_three_decibels_at_the_centre() {
        let side = std::f32::consts::FRAC_1_SQRT_2;
        check([1.0, 1.0, 0.0, 0.0, 1.0], 0.0, (side, side));
        check([1.0, 1.0, -1.0, 0.0, 1.0], 0.0, (1.0, 0.0));
        check([1.0, 1.0, 0.5, 0.0, 1.0], 0.5, (0.0, 1.0));
        check([1.0, 1.0, 1.0, 0.0, 1.0], 0.5, (0.0, 1.0));
    }

    #[test]
    fn volumes_are_squared_and_multiplied() {
        check([0.5, 1.0, -1.0, 0.0, 1.0], 0.0, (0.25, 0.0));
        check([0.5, 0.5, -1.0, 0.0, 0.5], 0.0, (0.015_625, 0.0));
    }

    #[test]
    fn balance_lowers_the_far_side_only() {
        let side = std::f32::consts::FRAC_1_SQRT_2;
        check([1.0, 1.0, 0.0, 1.0, 1.0], 0.0, (0.0, side));
        check([1.0, 1.0, 0.0, -0.5, 1.0], 0.0, (side, side / 2.0));
    }
}
