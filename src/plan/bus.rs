//! Where voices of equal place are summed: a part's strip is the sum of its buses.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::controls::{Automation, seven_bits, share, side};
use super::scale::Scale;
use crate::dsp::curve::Curve;
use crate::score::{Control, Lane, PartLanes, Score};
use crate::sound::{Place, Send};
use crate::units::{Part, SampleRate, Seconds};

/// Over how much time the sum of a wide bus is spread.
pub const SPREAD: Seconds = Seconds(0.016);

/// A sum of voices of one part and one place, and its gains over time.
#[derive(Clone, Debug)]
pub struct Bus {
    /// What it is summed to, an index into [`Plan::groups`](super::Plan::groups).
    pub group: u32,
    /// The part.
    pub part: Part,
    /// Where its voices are heard.
    pub place: Place,
    /// Gains to the sides, those of all buses of its part and pan.
    pub sides: Arc<Sides>,
    /// Gains to the effects by [`Send`], those of all buses of its part and sends.
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

/// Gains to the effects over time, by [`Send`].
pub type SendGains = [Curve; Send::COUNT];

/// The gains of many buses, each kept once: a file may have as many buses as it has notes, and its lanes as many points.
#[derive(Debug, Default)]
struct Shared {
    /// By part and pan.
    sides: BTreeMap<(Part, u32), Arc<Sides>>,
    /// By part and what is added to its sends.
    sends: BTreeMap<(Part, [u32; Send::COUNT]), Arc<SendGains>>,
}

impl Shared {
    /// The gains of a part and place, which are made where they are not known.
    fn get(
        &mut self,
        part: Part,
        place: Place,
        sides: impl FnOnce() -> Sides,
        sends: impl FnOnce() -> SendGains,
    ) -> (Arc<Sides>, Arc<SendGains>) {
        let bits = |value: f32| (value + 0.0).to_bits();
        let known = self.sides.entry((part, bits(place.pan)));
        let sides = known.or_insert_with(|| Arc::new(sides()));
        let known = self.sends.entry((part, place.sends.map(bits)));
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

    /// The bus of a part's voices at a place.
    pub(super) fn bus(&mut self, group: u32, part: Part, place: Place) -> Bus {
        let Self {
            score,
            scale,
            gains,
        } = self;
        let lanes = score.lanes(part);
        let sides = || Sides::of(lanes, place.pan, score, *scale);
        let sends = || send_gains(lanes, place.sends, score, *scale);
        let (sides, sends) = gains.get(part, place, sides, sends);
        Bus {
            group,
            part,
            place,
            sides,
            sends,
            span: (u64::MAX, 0),
        }
    }
}

/// Volume, expression and master volume.
fn level_sources<'s>(lanes: &'s PartLanes, score: &'s Score) -> [&'s Lane; 3] {
    [
        lanes.lane(Control::VOLUME),
        lanes.lane(Control::EXPRESSION),
        &score.master.volume,
    ]
}

impl Sides {
    /// Those of a part; silence for a part that the song does not have.
    fn of(lanes: Option<&PartLanes>, pan: f32, score: &Score, scale: Scale) -> Self {
        let Some(lanes) = lanes else {
            let [left, right] = [0.0; 2].map(Curve::new);
            return Self { left, right };
        };
        let [volume, expression, master] = level_sources(lanes, score);
        let place = [Control::PAN, Control::BALANCE].map(|control| lanes.lane(control));
        let sources = [volume, expression, master, place[0], place[1]];
        let side = |right: bool| {
            let gain = |[volume, expression, master, place, balance]: [i32; 5]| {
                let level = [volume, expression, master].map(share);
                let (to_left, to_right) = gains(level, [side(place), side(balance)], pan);
                if right { to_right } else { to_left }
            };
            Automation::of(sources, gain).curve(scale)
        };
        Self {
            left: side(false),
            right: side(true),
        }
    }
}

/// The gains to the effects of a part, with what a place adds.
fn send_gains(
    lanes: Option<&PartLanes>,
    added: [f32; Send::COUNT],
    score: &Score,
    scale: Scale,
) -> SendGains {
    Send::ALL.map(|send| {
        let Some(lanes) = lanes else {
            return Curve::new(0.0);
        };
        let [volume, expression, master] = level_sources(lanes, score);
        let control = match send {
            Send::Reverb => Control::REVERB_SEND,
            Send::Chorus => Control::CHORUS_SEND,
            Send::Delay => Control::DELAY_SEND,
        };
        let sources = [volume, expression, master, lanes.lane(control)];
        let gain = |[volume, expression, master, sent]: [i32; 4]| {
            let sent = (seven_bits(sent) + added[send as usize]).clamp(0.0, 1.0);
            (level([volume, expression, master].map(share)) * f64::from(sent)) as f32
        };
        Automation::of(sources, gain).curve(scale)
    })
}

/// What the gains of buses are in a stretch of time: what is found in short curves is found at once.
#[derive(Debug)]
pub struct WindowGains {
    from: u64,
    to: u64,
    factor: f32,
    gains: Shared,
}

impl WindowGains {
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
        let sends = || bus.sends.each_ref().map(part);
        let (sides, sends) = self.gains.get(bus.part, bus.place, sides, sends);
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
        if self.place.width > 0.0 {
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
fn level([volume, expression, master]: [f32; 3]) -> f64 {
    let level = f64::from(volume) * f64::from(expression) * f64::from(master);
    level * level
}

/// Left and right gain. Pan follows the equal-power law, and the balance lowers the far side.
fn gains(volumes: [f32; 3], [pan, balance]: [f32; 2], offset: f32) -> (f32, f32) {
    let level = level(volumes);
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
        let [volume, expression, master, pan, balance] = values;
        let (left, right) = gains([volume, expression, master], [pan, balance], offset);
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
