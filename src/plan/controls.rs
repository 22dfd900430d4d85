//! What General MIDI makes of controllers as they were sent: shares, sides and cents.
//!
//! **To add a controller**: its name in [`Control`], its law here, and where it acts: a [`Destination`] of tones in
//! `modulation.rs`, or the gains of a strip in `bus.rs`.
//!
//! [`Destination`]: crate::sound::resolved::Destination

use super::scale::Scale;
use crate::dsp::curve::Curve;
use crate::score::{Control, Instant, Lane, PartLanes, Score};

/// Vibrato at full channel or key pressure, in cents (as the default modulator of SoundFont 2.04, 8.4.3).
const PRESSURE_VIBRATO_CENTS: f32 = 50.0;

/// A value that follows from lanes: from the start, and from each instant at which one of them changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Automation {
    /// At the start.
    pub initial: f32,
    /// In order of time. Of several at one instant the last holds.
    pub changes: Vec<(Instant, f32)>,
}

impl Automation {
    /// A value that follows from the values of some lanes.
    pub(super) fn of<const N: usize>(sources: [&Lane; N], value: impl Fn([i32; N]) -> f32) -> Self {
        let mut points: Vec<(Instant, usize, i32)> = Vec::new();
        for (source, lane) in sources.iter().enumerate() {
            let own = lane.points().iter();
            points.extend(own.map(|(at, value)| (*at, source, *value)));
        }
        points.sort_by_key(|(at, source, _)| (*at, *source));
        let mut values = sources.map(Lane::initial);
        let mut changes: Vec<(Instant, f32)> = Vec::new();
        let initial = value(values);
        for (at, source, sent) in points {
            values[source] = sent;
            match changes.last_mut() {
                Some(last) if last.0 == at => last.1 = value(values),
                _ => changes.push((at, value(values))),
            }
        }
        // What is sent again changes nothing.
        let mut before = initial;
        changes.retain(|(_, value)| std::mem::replace(&mut before, *value) != *value);
        Self { initial, changes }
    }

    /// All values times a factor.
    pub(super) fn times(mut self, factor: f32) -> Self {
        self.initial *= factor;
        self.changes
            .iter_mut()
            .for_each(|change| change.1 *= factor);
        self
    }

    /// The same in frames, each change at the end of a short ramp.
    pub(super) fn curve(&self, scale: Scale) -> Curve {
        let changes = self.changes.iter();
        let changes = changes.map(|(at, value)| (scale.frame(*at), *value));
        Curve::ramped(self.initial, changes, scale.rate)
    }
}

/// What a law can be asked of.
pub type Law = fn(&PartLanes, &Score) -> Automation;

/// The wheel times its range, and the tuning of the part and of all, in cents.
#[must_use]
pub fn pitch(lanes: &PartLanes, score: &Score) -> Automation {
    let sources = [
        lanes.lane(Control::BEND),
        lanes.lane(Control::BEND_RANGE),
        lanes.lane(Control::FINE_TUNING),
        lanes.lane(Control::COARSE_TUNING),
        lanes.lane(Control::DRUMS),
        &score.master.fine_tuning,
        &score.master.transposition,
    ];
    let asked = score.tuning.0 as f32;
    Automation::of(sources, |[bend, range, fine, coarse, drums, master, by]| {
        let bend = bend as f32 / 8192.0 * range as f32;
        let fine = (fine as f32 - 8192.0) / 8192.0 * 100.0;
        let coarse = (coarse as f32 - 64.0) * 100.0;
        let transposed = match drums {
            0 => by as f32 * 100.0 + asked,
            _ => 0.0,
        };
        bend + fine + coarse + master as f32 / 10.0 + transposed
    })
}

/// The depth of the vibrato that modulation wheel and channel pressure add, in cents.
#[must_use]
pub fn vibrato(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of(vibrato_sources(lanes), vibrato_cents)
}

/// The same with the pressure on a key.
pub(super) fn pressed_vibrato(lanes: &PartLanes, pressure: &Lane) -> Automation {
    let [wheel, depth, channel] = vibrato_sources(lanes);
    Automation::of(
        [wheel, depth, channel, pressure],
        |[wheel, depth, channel, key]| vibrato_cents([wheel, depth, channel]) + pressure_cents(key),
    )
}

fn vibrato_sources(lanes: &PartLanes) -> [&Lane; 3] {
    [
        lanes.lane(Control::MODULATION),
        lanes.lane(Control::MODULATION_DEPTH),
        lanes.lane(Control::PRESSURE),
    ]
}

fn vibrato_cents([wheel, depth, pressure]: [i32; 3]) -> f32 {
    share(wheel) * (depth as f32 / 128.0 * 100.0) + pressure_cents(pressure)
}

fn pressure_cents(pressure: i32) -> f32 {
    pressure as f32 / 127.0 * PRESSURE_VIBRATO_CENTS
}

/// CC74, -1 to 1.
#[must_use]
pub fn brightness(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::BRIGHTNESS)], |[value]| offset(value))
}

/// CC71, -1 to 1.
#[must_use]
pub fn resonance(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::RESONANCE)], |[value]| offset(value))
}

/// CC7, `0.0..=1.0`.
#[must_use]
pub fn volume(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::VOLUME)], |[value]| share(value))
}

/// CC11, `0.0..=1.0`.
#[must_use]
pub fn expression(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::EXPRESSION)], |[value]| share(value))
}

/// CC10, left -1 to right 1.
#[must_use]
pub fn pan(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::PAN)], |[value]| side(value))
}

/// CC8, left -1 to right 1.
#[must_use]
pub fn balance(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::BALANCE)], |[value]| side(value))
}

/// CC91, `0.0..=1.0`.
#[must_use]
pub fn reverb_send(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::REVERB_SEND)], |[value]| {
        seven_bits(value)
    })
}

/// CC93, `0.0..=1.0`.
#[must_use]
pub fn chorus_send(lanes: &PartLanes, _: &Score) -> Automation {
    Automation::of([lanes.lane(Control::CHORUS_SEND)], |[value]| {
        seven_bits(value)
    })
}

/// A 14-bit value as a share of full, which is 127 in the upper byte whatever the lower says.
pub(super) fn share(value: i32) -> f32 {
    (value as f32 / 16_256.0).min(1.0)
}

/// A 7-bit value as a share of full.
pub(super) fn seven_bits(value: i32) -> f32 {
    share(value << 7)
}

/// A 14-bit value as a place between -1 and 1; 0 and 1 in the upper byte are both hard left (GM2, 3.3.5).
pub(super) fn side(value: i32) -> f32 {
    ((value as f32 - 8192.0) / 8064.0).clamp(-1.0, 1.0)
}

/// A 7-bit value around 64 as -1 to 1.
fn offset(value: i32) -> f32 {
    (value as f32 - 64.0) / if value < 64 { 64.0 } else { 63.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_is_reached_with_and_without_the_lower_byte() {
        assert_eq!(share(127 << 7), 1.0);
        assert_eq!(share(16_383), 1.0);
        assert_eq!(
            (side(0), side(1 << 7), side(64 << 7), side(127 << 7)),
            (-1.0, -1.0, 0.0, 1.0)
        );
    }

    #[test]
    fn modulation_swings_fifty_cents_unless_rpn_5_says_otherwise() {
        assert_eq!(vibrato_cents([127 << 7, 64, 0]), 50.0);
        assert_eq!(vibrato_cents([127 << 7, 2 << 7, 0]), 200.0);
    }

    #[test]
    fn of_several_lanes_that_change_together_all_count() {
        let (mut one, mut other) = (Lane::new(1), Lane::new(10));
        one.set(Instant(5), 2);
        other.set(Instant(5), 20);
        other.set(Instant(7), 30);
        let course = Automation::of([&one, &other], |[one, other]| (one + other) as f32);
        let changes = vec![(Instant(5), 22.0), (Instant(7), 32.0)];
        assert_eq!(
            course,
            Automation {
                initial: 11.0,
                changes
            }
        );
    }
}
