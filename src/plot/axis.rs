//! An axis: a range of values, where each stands, and round numbers along it.

use crate::units::Seconds;

/// A range of values along an edge of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    from: f64,
    to: f64,
    scale: Scale,
    unit: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Linear,
    Logarithmic,
    Clock,
    /// MIDI keys, marked at each C.
    Keys,
}

impl Axis {
    /// Time in seconds.
    #[must_use]
    pub const fn time(from: f64, to: f64) -> Self {
        Self::new(from, to, Scale::Clock, "")
    }

    /// Frequency in Hz, by octaves.
    #[must_use]
    pub const fn frequency(from: f64, to: f64) -> Self {
        Self::new(from, to, Scale::Logarithmic, "Hz")
    }

    /// Anything else.
    #[must_use]
    pub const fn linear(from: f64, to: f64, unit: &'static str) -> Self {
        Self::new(from, to, Scale::Linear, unit)
    }

    /// MIDI keys.
    #[must_use]
    pub const fn keys(from: f64, to: f64) -> Self {
        Self::new(from, to, Scale::Keys, "")
    }

    const fn new(from: f64, to: f64, scale: Scale, unit: &'static str) -> Self {
        Self {
            from,
            to,
            scale,
            unit,
        }
    }

    /// The unit of its numbers.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        self.unit
    }

    /// Where a value stands: 0 at the beginning, 1 at the end.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let (from, to, value) = match self.scale {
            Scale::Logarithmic => (
                libm::log2(self.from),
                libm::log2(self.to),
                libm::log2(value),
            ),
            _ => (self.from, self.to, value),
        };
        if to > from {
            (value - from) / (to - from)
        } else {
            0.0
        }
    }

    /// The value at a place.
    #[must_use]
    pub fn value(&self, place: f64) -> f64 {
        match self.scale {
            Scale::Logarithmic => self.from * libm::pow(self.to / self.from, place),
            _ => self.from + place * (self.to - self.from),
        }
    }

    /// Round values along it, at most about `most` of them, and how they are written.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let values = match self.scale {
            Scale::Logarithmic => decades(self.from, self.to),
            Scale::Keys => multiples(12.0, self.from, self.to),
            _ => multiples(
                step((self.to - self.from) / most.max(1) as f64, self.scale),
                self.from,
                self.to,
            ),
        };
        values
            .into_iter()
            .map(|value| (value, self.written(value)))
            .collect()
    }

    fn written(&self, value: f64) -> String {
        let span = self.to - self.from;
        match self.scale {
            Scale::Clock if span >= 100.0 => clock(value),
            Scale::Clock => format!("{} s", short(value, span)),
            Scale::Logarithmic if value >= 1000.0 => format!("{}k", value / 1000.0),
            Scale::Keys => format!("C{}", (value / 12.0) as i64 - 1),
            _ => short(value, span),
        }
    }
}

fn clock(seconds: f64) -> String {
    match Seconds(seconds) {
        Seconds(short) if short < 60.0 => format!("0:{short:02.0}"),
        long => long.to_string(),
    }
}

/// As many decimals as tell neighbours apart.
fn short(value: f64, span: f64) -> String {
    let decimals = (2.0 - libm::floor(libm::log10(span.max(1e-9)))).clamp(0.0, 4.0) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The next round number from `least` on: 1, 2 or 5 times a power of ten; of times, also those of a clock.
fn step(least: f64, scale: Scale) -> f64 {
    const CLOCK: [f64; 9] = [10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
    if scale == Scale::Clock
        && least > 5.0
        && let Some(step) = CLOCK.iter().find(|step| **step >= least)
    {
        return *step;
    }
    let power = libm::exp10(libm::floor(libm::log10(least.max(1e-9))));
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= least * 0.999)
        .unwrap_or(10.0 * power)
}

fn multiples(step: f64, from: f64, to: f64) -> Vec<f64> {
    let (first, last) = (
        libm::ceil(from / step - 1e-6),
        libm::floor(to / step + 1e-6),
    );
    let count = (last - first + 1.0).clamp(0.0, 1000.0) as usize;
    // A zero that came of -0.4 stays without its sign.
    (0..count)
        .map(|n| (first + n as f64) * step + 0.0)
        .collect()
}

fn decades(from: f64, to: f64) -> Vec<f64> {
    let all = [
        20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0, 50_000.0,
    ];
    all.into_iter()
        .filter(|hertz| (from..=to).contains(hertz))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_places_are_inverses() {
        for axis in [Axis::time(2.0, 7.0), Axis::frequency(40.0, 20_000.0)] {
            for place in [0.0, 0.25, 1.0] {
                assert!((axis.place(axis.value(place)) - place).abs() < 1e-12);
            }
        }
        assert!((Axis::frequency(100.0, 1600.0).value(0.25) - 200.0).abs() < 1e-9);
    }

    #[test]
    fn ticks_are_round_and_lie_within() {
        let written =
            |axis: Axis| -> Vec<String> { axis.ticks(6).into_iter().map(|t| t.1).collect() };
        assert_eq!(
            written(Axis::time(0.0, 2.5)),
            ["0 s", "0.5 s", "1 s", "1.5 s", "2 s", "2.5 s"]
        );
        assert_eq!(
            written(Axis::time(0.0, 170.0)),
            ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30"]
        );
        assert_eq!(
            written(Axis::linear(-1.0, 1.0, "")),
            ["-1", "-0.5", "0", "0.5", "1"]
        );
        assert_eq!(
            written(Axis::frequency(90.0, 2500.0)),
            ["100", "200", "500", "1k", "2k"]
        );
        assert_eq!(written(Axis::keys(55.0, 80.0)), ["C4", "C5"]);
    }
}
