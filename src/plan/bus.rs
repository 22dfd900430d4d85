//! Where voices of equal place are summed: a channel's strip is the sum of its buses.

use super::Scale;
use crate::dsp::curve::Curve;
use crate::score::{Instant, Lane, Score};
use crate::units::{Channel, SampleRate, Seconds};

/// Over how much time the sum of a wide bus is spread.
pub const SPREAD: Seconds = Seconds(0.016);

/// A sum of voices of one channel, one pan and one width, and its gains over time.
#[derive(Clone, Debug)]
pub struct Bus {
    /// What it is summed to, an index into [`Plan::groups`](super::Plan::groups).
    pub group: u32,
    /// The channel.
    pub channel: Channel,
    /// How far the sum is spread to the sides, `0.0..=1.0`.
    pub width: f32,
    /// Gain to the left over time.
    pub left: Curve,
    /// Gain to the right over time.
    pub right: Curve,
    /// Gain to the reverb over time.
    pub reverb: Curve,
    /// Gain to the chorus over time.
    pub chorus: Curve,
    /// Gain to the delay over time.
    pub delay: Curve,
    /// From when to when voices sound on it: the first onset, and the last end.
    pub span: (u64, u64),
}

impl Bus {
    /// The bus of a channel's voices that are `offset` away from the channel's pan and spread by `width`.
    pub(super) fn new(
        group: u32,
        channel: Channel,
        (offset, width): (f32, f32),
        score: &Score,
        scale: Scale,
    ) -> Self {
        let lanes = &score.channels[channel.index()];
        let (volume, expression, master) = (&lanes.volume, &lanes.expression, &score.master_volume);
        let place = [volume, expression, master, &lanes.pan, &lanes.balance];
        let send = |lane| {
            let level = |[volume, expression, master, send]: [f32; 4]| {
                (level(volume, expression, master) * f64::from(send)) as f32
            };
            curve([volume, expression, master, lane], scale, level)
        };
        Self {
            group,
            channel,
            width,
            left: curve(place, scale, |values| gains(values, offset).0),
            right: curve(place, scale, |values| gains(values, offset).1),
            reverb: send(&lanes.reverb),
            chorus: send(&lanes.chorus),
            delay: send(&lanes.delay),
            span: (u64::MAX, 0),
        }
    }

    /// For how long it sounds on behind its voices.
    #[must_use]
    pub fn reach(&self, rate: SampleRate) -> u64 {
        if self.width > 0.0 {
            SPREAD.to_frames(rate)
        } else {
            0
        }
    }

    /// Takes note of a voice that sounds on it.
    pub(super) fn sounds(&mut self, onset: u64, end: u64) {
        self.span = (self.span.0.min(onset), self.span.1.max(end));
    }

    /// The same bus as it is on `from..to`, with all its gains times `factor`. What is found in short curves is found at once.
    #[must_use]
    pub fn part(&self, from: u64, to: u64, factor: f32) -> Self {
        let part = |curve: &Curve| curve.part(from, to, factor);
        Self {
            left: part(&self.left),
            right: part(&self.right),
            reverb: part(&self.reverb),
            chorus: part(&self.chorus),
            delay: part(&self.delay),
            ..*self
        }
    }
}

/// A gain that follows several lanes.
fn curve<const N: usize>(
    sources: [&Lane; N],
    scale: Scale,
    gain: impl Fn([f32; N]) -> f32,
) -> Curve {
    let initial = gain(sources.map(Lane::initial));
    let course = course(sources, scale);
    let changes = course.iter().map(|(frame, values)| (*frame, gain(*values)));
    Curve::ramped(initial, changes, scale.rate)
}

/// The values of several lanes from each frame at which one of them changes.
fn course<const N: usize>(sources: [&Lane; N], scale: Scale) -> Vec<(u64, [f32; N])> {
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
    let mut course: Vec<(u64, [f32; N])> = Vec::new();
    for (at, source, value) in changes {
        values[source] = value;
        let frame = scale.frame(at);
        match course.last_mut() {
            // Of several changes in one frame the last holds.
            Some(last) if last.0 == frame => last.1 = values,
            _ => course.push((frame, values)),
        }
    }
    course
}

/// Volume and expression follow General MIDI's square law: 40 dB a decade. The sends are taken behind them, and are
/// linear in their controllers as in SoundFont 2.04 (8.4.5, 8.4.6) and General MIDI 2.
fn level(volume: f32, expression: f32, master: f32) -> f64 {
    let level = f64::from(volume) * f64::from(expression) * f64::from(master);
    level * level
}

/// Left and right gain. Pan follows the equal-power law, and the balance lowers the far side.
fn gains([volume, expression, master, pan, balance]: [f32; 5], offset: f32) -> (f32, f32) {
    let level = level(volume, expression, master);
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
        check([1.0, 1.0, 1.0, 0.0, 0.0], 0.0, (side, side));
        check([1.0, 1.0, 1.0, -1.0, 0.0], 0.0, (1.0, 0.0));
        check([1.0, 1.0, 1.0, 0.5, 0.0], 0.5, (0.0, 1.0));
        check([1.0, 1.0, 1.0, 1.0, 0.0], 0.5, (0.0, 1.0));
    }

    #[test]
    fn volumes_are_squared_and_multiplied() {
        check([0.5, 1.0, 1.0, -1.0, 0.0], 0.0, (0.25, 0.0));
        check([0.5, 0.5, 0.5, -1.0, 0.0], 0.0, (0.015_625, 0.0));
    }

    #[test]
    fn balance_lowers_the_far_side_only() {
        let side = std::f32::consts::FRAC_1_SQRT_2;
        check([1.0, 1.0, 1.0, 0.0, 1.0], 0.0, (0.0, side));
        check([1.0, 1.0, 1.0, 0.0, -0.5], 0.0, (side, side / 2.0));
    }
}
