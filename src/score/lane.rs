//! A controller over time, as it was sent: a value at the start, and the instants at which it changes.

use super::time::Instant;

/// A controller over time. It keeps each value until the next point.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    initial: i32,
    points: Vec<(Instant, i32)>,
}

impl Lane {
    /// A lane that keeps `initial` until something is set.
    #[must_use]
    pub const fn new(initial: i32) -> Self {
        Self {
            initial,
            points: Vec::new(),
        }
    }

    /// Sets the value from `at` on; `at` must not lie before the last point. Of several values at one instant the last
    /// counts.
    pub fn set(&mut self, at: Instant, value: i32) {
        if let Some(last) = self.points.last_mut()
            && last.0 == at
        {
            last.1 = value;
            return;
        }
        if self.last() != value {
            self.points.push((at, value));
        }
    }

    /// The newest value.
    #[must_use]
    pub fn last(&self) -> i32 {
        self.points.last().map_or(self.initial, |point| point.1)
    }

    /// The value before the first point.
    #[must_use]
    pub fn initial(&self) -> i32 {
        self.initial
    }

    /// The changes in order of time.
    #[must_use]
    pub fn points(&self) -> &[(Instant, i32)] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_become_points() {
        let mut lane = Lane::new(2);
        lane.set(Instant(3), 2);
        lane.set(Instant(5), 1);
        lane.set(Instant(7), 1);
        assert_eq!(lane.points(), [(Instant(5), 1)]);
    }

    #[test]
    fn of_several_values_at_one_instant_the_last_counts() {
        let mut lane = Lane::new(0);
        lane.set(Instant(5), 1);
        lane.set(Instant(5), 7);
        assert_eq!(lane.points(), [(Instant(5), 7)]);
    }
}
