//! The kernels: a sinc under a Kaiser window, as a table of weights, one for every semitone that a recording is played up.

use std::sync::OnceLock;

use super::glide::ONE;

/// Taps that are added side by side.
pub(super) const LANES: usize = 8;

/// Of the Kaiser window: its side lobes lie about 90 dB below.
const BETA: f64 = 9.0;

/// Where the kernel lets nothing through any more, and half the width of its transition for 32 taps; both in cycles per
/// frame of the recording, or of the output where that has fewer. In between lies the cutoff, 0.47.
const STOP: f64 = 0.58;
const HALF_WIDTH: f64 = 0.11;

/// Taps where a recording is not played up.
const TAPS: usize = 32;

/// Two to the power of this are the phases to a frame for 32 taps; a kernel twice as long changes half as fast, and has
/// half as many.
const PHASE_BITS: u32 = 8;

/// Kernels to the octave, and how many octaves they go up.
const STEPS: u32 = 12;
const OCTAVES: u32 = 6;
const CLASSES: usize = (STEPS * OCTAVES) as usize + 1;

/// Half of the taps of the longest kernel: that many frames around a position are all that is ever read.
pub(super) const LONGEST_REACH: usize = (TAPS << OCTAVES) / 2;

/// For recordings that are played up by so many semitones, or less; 64 kB each, and 4.7 MB at most.
static KERNELS: [OnceLock<Kernel>; CLASSES] = [const { OnceLock::new() }; CLASSES];

/// For recordings that are played as they are.
static EXACT: OnceLock<Kernel> = OnceLock::new();

/// Eight weights, and how much they grow to the next row.
pub(super) type Weights = [[f32; LANES]; 2];

/// The weights with which frames around a position are added up, at so many places between two frames.
#[derive(Debug)]
pub struct Kernel {
    /// Row after row.
    weights: Box<[Weights]>,
    taps: usize,
    phase_bits: u32,
    exact: bool,
}

impl Kernel {
    /// The kernel for a sound whose increment, as long as it lasts, stays between two that are known when it begins: what
    /// is heard does not depend on the pieces it is rendered in then.
    ///
    /// Up to six octaves up nothing aliases but what folds to above 0.42 of the output's rate. What goes higher is read
    /// with the last kernel, and aliases.
    #[must_use]
    pub fn for_increments(lowest: u64, highest: u64) -> &'static Self {
        if lowest == ONE && highest == ONE {
            return EXACT.get_or_init(|| Self::new(1.0, 0.5, true));
        }
        let class = (0..CLASSES - 1).find(|class| highest <= highest_of(*class));
        let class = class.unwrap_or(CLASSES - 1);
        KERNELS[class].get_or_init(|| {
            let ratio = libm::exp2(class as f64 / f64::from(STEPS));
            let stretch = TAPS as f64 * ratio / taps(ratio) as f64;
            Self::new(ratio, (STOP - HALF_WIDTH * stretch) / ratio, false)
        })
    }

    /// Frames before and behind a position that are read, itself among those before.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.taps / 2
    }

    /// The frames that are added up: a multiple of eight.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// Whether whole positions give the frames that are there.
    pub(super) fn is_exact(&self) -> bool {
        self.exact
    }

    pub(super) fn weights(&self) -> &[Weights] {
        &self.weights
    }

    pub(super) fn phase_bits(&self) -> u32 {
        self.phase_bits
    }

    /// `cutoff` in cycles per frame of the recording.
    fn new(ratio: f64, cutoff: f64, exact: bool) -> Self {
        let taps = taps(ratio);
        let reach = taps / 2;
        let phase_bits = PHASE_BITS - libm::floor(libm::log2(ratio)) as u32;
        let phases = 1usize << phase_bits;
        // By distance, in steps of a phase.
        let half: Vec<f64> = (0..=reach * phases)
            .map(|step| {
                let distance = step as f64 / phases as f64;
                sinc(2.0 * cutoff * distance) * kaiser(distance / reach as f64)
            })
            .collect();
        // The frames that are read lie from `reach - 1` before the position to `reach` behind it.
        let row = |phase: usize| -> Vec<f64> {
            let place = (reach - 1) * phases + phase;
            let weights = (0..taps).map(|tap| half[(tap * phases).abs_diff(place)]);
            let sum: f64 = weights.clone().sum();
            weights.map(|weight| weight / sum).collect()
        };
        let rows: Vec<Vec<f64>> = (0..=phases).map(row).collect();
        let weights = rows.windows(2).flat_map(|rows| {
            let (row, next) = (&rows[0], &rows[1]);
            (0..taps / LANES).map(|eight| {
                let lane = |lane| LANES * eight + lane;
                [
                    std::array::from_fn(|at| row[lane(at)] as f32),
                    std::array::from_fn(|at| (next[lane(at)] - row[lane(at)]) as f32),
                ]
            })
        });
        Self {
            weights: weights.collect(),
            taps,
            phase_bits,
            exact,
        }
    }
}

/// The highest increment of a class: so many semitones up, and a little more, for what was rounded up.
fn highest_of(class: usize) -> u64 {
    if class == 0 {
        return ONE;
    }
    let ratio = libm::exp2(class as f64 / f64::from(STEPS));
    libm::ceil(ratio * ONE as f64 * (1.0 + 1e-6)) as u64
}

/// As many as keep the transition as wide as it is at 32, and up to a multiple of eight.
fn taps(ratio: f64) -> usize {
    let taps = libm::ceil(TAPS as f64 * ratio - 1e-6) as usize;
    taps.next_multiple_of(LANES)
}

/// `sin(pi x) / (pi x)`, exactly 0 at whole numbers.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else if x == libm::trunc(x) {
        0.0
    } else {
        let angle = std::f64::consts::PI * x;
        libm::sin(angle) / angle
    }
}

/// The Kaiser window at a place between 0, its middle, and 1, its end.
fn kaiser(place: f64) -> f64 {
    bessel(BETA * libm::sqrt((1.0 - place * place).max(0.0))) / bessel(BETA)
}

/// The modified Bessel function of the first kind and order 0, by its power series: the sum of `((x / 2)^k / k!)^2`.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum && k < 100.0 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::sinc::glide::{HIGHEST, increment};

    #[test]
    fn a_kernel_is_as_long_as_the_recording_is_played_up() {
        let taps = |ratio: f64| Kernel::for_increments(0, increment(ratio)).taps();
        assert_eq!(taps(0.5), 32);
        assert_eq!(taps(1.0), 32);
        assert_eq!(taps(1.001), 40);
        assert_eq!(taps(2.0), 64);
        assert_eq!(taps(8.0), 256);
        assert_eq!(taps(64.0), 2 * LONGEST_REACH);
        assert_eq!(Kernel::for_increments(0, HIGHEST).taps(), 2 * LONGEST_REACH);
    }

    #[test]
    fn semitones_up_to_rounding_have_the_kernel_of_their_number() {
        for class in 1..CLASSES {
            let ratio = libm::exp2(class as f64 / 12.0);
            for ratio in [ratio * (1.0 - 1e-7), ratio * (1.0 + 1e-7)] {
                let found = Kernel::for_increments(ONE, increment(ratio));
                let expected = Kernel::for_increments(ONE, highest_of(class));
                assert!(std::ptr::eq(found, expected), "class {class}");
            }
        }
    }

    #[test]
    fn the_rows_of_every_kernel_add_up_to_one() {
        for class in 0..CLASSES {
            let kernel = Kernel::for_increments(0, highest_of(class));
            let eights = kernel.taps() / LANES;
            assert_eq!(kernel.weights().len(), eights << kernel.phase_bits());
            for row in kernel.weights().chunks(eights) {
                let sum: f64 = row.iter().flat_map(|eight| eight[0]).map(f64::from).sum();
                assert!((sum - 1.0).abs() < 1e-6, "class {class}: {sum}");
            }
        }
    }

    #[test]
    fn the_window_agrees_with_published_values() {
        // Abramowitz and Stegun, table 9.8: I0(1) and I0(5) (there times e^-x).
        assert!((bessel(1.0) - 1.266_065_877_752_008).abs() < 1e-12);
        assert!((bessel(5.0) - 27.239_871_823_604_44).abs() < 1e-9);
        assert_eq!(kaiser(0.0), 1.0);
    }
}
