//! Where voices of equal place are summed: a channel's strip is the sum of its buses.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Scale;
use super::lanes::combined;
use crate::dsp::curve::Curve;
use crate::score::Score;
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
    /// How far its pan is away from the channel's.
    pub pan: f32,
    /// How far the sum is spread to the sides, `0.0..=1.0`.
    pub width: f32,
    /// Gains to the sides, those of all buses of its channel and pan.
    pub sides: Arc<Sides>,
    /// Gains to the effects, those of all buses of its channel.
    pub sends: Arc<SendGains>,
    /// From when to when voices sound on it: the first onset, and the last end.
    pub span: (u64, u64),
}

/// Gains to the sides over time.
#[derive(Clone, Debug)]
pub struct Sides {
    /// To the left.
    pub left: Curve,
    /// To the right.
    pub right: Curve,
}

/// Gains to the effects over time.
#[derive(Clone, Debug)]
pub struct SendGains {
    /// To the reverb.
    pub reverb: Curve,
    /// To the chorus.
    pub chorus: Curve,
    /// To the delay.
    pub delay: Curve,
}

/// The gains of many buses, each kept once: a file may have as many buses as it has notes, and its lanes as many points.
#[derive(Debug, Default)]
struct Shared {
    /// By channel and pan.
    sides: BTreeMap<(Channel, u32), Arc<Sides>>,
    sends: BTreeMap<Channel, Arc<SendGains>>,
}

impl Shared {
    /// The gains of a channel and pan, which are made where they are not known.
    fn get(
        &mut self,
        channel: Channel,
        pan: f32,
        sides: impl FnOnce() -> Sides,
        sends: impl FnOnce() -> SendGains,
    ) -> (Arc<Sides>, Arc<SendGains>) {
        let place = (channel, (pan + 0.0).to_bits());
        let known = self.sides.entry(place);
        let sides = known.or_insert_with(|| Arc::new(sides()));
        let known = self.sends.entry(channel);
        let sends = known.or_insert_with(|| Arc::new(sends()));
        (Arc::clone(sides), Arc::clone(sends))
    }
}

/// Makes the buses of a score.
#[derive(Debug)]
pub(super) struct Buses<'s> {
    score: &'s Score,
    scale: Scale,
    gains: Shared,
}

impl<'s> Buses<'s> {
    pub(super) fn new(score: &'s Score, scale: Scale) -> Self {
        Self {
            score,
            scale,
            gains: Shared::default(),
        }
    }

    /// The bus of a channel's voices that are `pan` away from the channel's pan and spread by `width`.
    pub(super) fn bus(&mut self, group: u32, channel: Channel, (pan, width): (f32, f32)) -> Bus {
        let Self {
            score,
            scale,
            gains,
        } = self;
        let sides = || Sides::of(channel, pan, score, *scale);
        let sends = || SendGains::of(channel, score, *scale);
        let (sides, sends) = gains.get(channel, pan, sides, sends);
        Bus {
            group,
            channel,
            pan,
            width,
            sides,
            sends,
            span: (u64::MAX, 0),
        }
    }
}

impl Sides {
    fn of(channel: Channel, pan: f32, score: &Score, scale: Scale) -> Self {
        let lanes = &score.channels[channel.index()];
        let (volume, expression, master) = (&lanes.volume, &lanes.expression, &score.master_volume);
        let place = [volume, expression, master, &lanes.pan, &lanes.balance];
        Self {
            left: combined(place, scale, |values| gains(values, pan).0),
            right: combined(place, scale, |values| gains(values, pan).1),
        }
    }
}

impl SendGains {
    fn of(channel: Channel, score: &Score, scale: Scale) -> Self {
        let lanes = &score.channels[channel.index()];
        let (volume, expression, master) = (&lanes.volume, &lanes.expression, &score.master_volume);
        let send = |lane| {
            let level = |[volume, expression, master, send]: [f32; 4]| {
                (level(volume, expression, master) * f64::from(send)) as f32
            };
            combined([volume, expression, master, lane], scale, level)
        };
        Self {
            reverb: send(&lanes.reverb),
            chorus: send(&lanes.chorus),
            delay: send(&lanes.delay),
        }
    }
}

/// What the gains of buses are in a stretch of time: what is found in short curves is found at once.
#[derive(Debug)]
pub struct Parts {
    from: u64,
    to: u64,
    factor: f32,
    gains: Shared,
}

impl Parts {
    /// Those of `from..to`, all of them times `factor`.
    #[must_use]
    pub fn new(from: u64, to: u64, factor: f32) -> Self {
        Self {
            from,
            to,
            factor,
            gains: Shared::default(),
        }
    }

    /// A bus as it is there.
    #[must_use]
    pub fn of(&mut self, bus: &Bus) -> Bus {
        let part = |curve: &Curve| curve.part(self.from, self.to, self.factor);
        let sides = || Sides {
            left: part(&bus.sides.left),
            right: part(&bus.sides.right),
        };
        let sends = || SendGains {
            reverb: part(&bus.sends.reverb),
            chorus: part(&bus.sends.chorus),
            delay: part(&bus.sends.delay),
        };
        let (sides, sends) = self.gains.get(bus.channel, bus.pan, sides, sends);
        Bus {
            sides,
            sends,
            ..*bus
        }
    }
}

impl Bus {
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
