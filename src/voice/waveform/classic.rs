//! The classic shapes by their Fourier series: square, sawtooth, triangle.

use std::sync::{Arc, OnceLock};

use crate::dsp::wavetable::{LEVELS, Wavetable, harmonics};

/// A classic shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Odd harmonics at 1/n.
    Square,
    /// All harmonics at 1/n, rising.
    Sawtooth,
    /// Odd harmonics at 1/n^2, with alternating signs.
    Triangle,
}

impl Shape {
    /// Its wavetable, built when it is first asked for and kept for the life of the program.
    pub(super) fn wavetable(self) -> Arc<Wavetable> {
        static TABLES: [OnceLock<Arc<Wavetable>>; 3] = [const { OnceLock::new() }; 3];
        let table = TABLES[self as usize].get_or_init(|| {
            let most = harmonics(LEVELS - 1) as usize;
            let amplitudes = (1..=most).map(|number| self.harmonic(number));
            Arc::new(Wavetable::new(amplitudes.collect()))
        });
        Arc::clone(table)
    }

    /// The amplitude of a sine harmonic, so that the full series swings between -1 and 1.
    fn harmonic(self, number: usize) -> f64 {
        use std::f64::consts::PI;
        let (n, odd) = (number as f64, number % 2 == 1);
        match self {
            Self::Square if odd => 4.0 / (PI * n),
            Self::Triangle if odd => {
                let sign = if number % 4 == 1 { 1.0 } else { -1.0 };
                sign * 8.0 / (PI * PI * n * n)
            }
            Self::Square | Self::Triangle => 0.0,
            // A rising sawtooth that starts at zero.
            Self::Sawtooth => 2.0 / (PI * n) * if odd { 1.0 } else { -1.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::phase::{Phases, Ramp};

    #[test]
    fn the_shapes_swing_between_minus_one_and_one() {
        let ramp = Ramp {
            from: 1 << 20,
            to: 1 << 20,
        };
        for shape in [Shape::Square, Shape::Sawtooth, Shape::Triangle] {
            let mut samples = vec![0.0; 4096];
            let phases = Phases::new(0, ramp, samples.len());
            shape.wavetable().cycle(40).render(phases, &mut samples);
            let peak = crate::audio::peak(&samples);
            // The series of a jump overshoots by 9 % of it (Gibbs).
            assert!((0.99..1.19).contains(&peak), "{shape:?}: {peak}");
        }
    }
}
