//! The noise oscillator: of several colours, the same for equal tones.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dsp::noise::{self, Brown, PERIOD, Pink, fill_blue, fill_white};
use crate::units::SampleRate;

/// A sequence of noise.
#[derive(Clone, Debug)]
pub struct Noise {
    seed: u32,
    place: u32,
    colour: Colour,
}

/// How its power is spread over the spectrum.
#[derive(Clone, Debug)]
enum Colour {
    White,
    Blue,
    /// What takes a filter is filtered once, and then read around and around.
    Stored(Arc<Vec<f32>>),
}

impl Noise {
    pub(super) fn white(seed: u32) -> Self {
        Self::new(seed, Colour::White)
    }

    pub(super) fn pink(seed: u32, rate: SampleRate) -> Self {
        static BUILT: Built = Built::new(BTreeMap::new());
        Self::stored(seed, rate, &BUILT, || {
            let mut pink = Pink::new(rate);
            noise::around(rate, |white| pink.process(white))
        })
    }

    pub(super) fn brown(seed: u32, rate: SampleRate) -> Self {
        static BUILT: Built = Built::new(BTreeMap::new());
        Self::stored(seed, rate, &BUILT, || {
            let mut brown = Brown::new(rate);
            noise::around(rate, |white| brown.process(white))
        })
    }

    pub(super) fn blue(seed: u32) -> Self {
        Self::new(seed, Colour::Blue)
    }

    /// Begins anywhere in the stored stretch, so that tones sound together as different noises.
    fn stored(
        seed: u32,
        rate: SampleRate,
        built: &Built,
        build: impl FnOnce() -> Vec<f32>,
    ) -> Self {
        let mut built = built.lock().unwrap_or_else(PoisonError::into_inner);
        let samples = built.entry(rate).or_insert_with(|| Arc::new(build()));
        Self {
            place: noise::hash(seed, 0),
            ..Self::new(seed, Colour::Stored(Arc::clone(samples)))
        }
    }

    fn new(seed: u32, colour: Colour) -> Self {
        Self {
            seed,
            place: 0,
            colour,
        }
    }

    pub(super) fn render(&mut self, output: &mut [f32]) {
        match &self.colour {
            Colour::White => fill_white(self.seed, self.place, output),
            Colour::Blue => fill_blue(self.seed, self.place, output),
            Colour::Stored(samples) => read_around(samples, self.place, output),
        }
        self.place = self.place.wrapping_add(output.len() as u32);
    }
}

/// A stretch of noise for every sample rate that has been asked for, kept for the life of the program.
type Built = Mutex<BTreeMap<SampleRate, Arc<Vec<f32>>>>;

/// Fills `output` with what follows `place` in a stretch of noise and, behind its end, with its beginning.
fn read_around(samples: &[f32], place: u32, mut output: &mut [f32]) {
    let mut place = place as usize % PERIOD;
    while !output.is_empty() {
        let count = output.len().min(PERIOD - place);
        let (run, rest) = std::mem::take(&mut output).split_at_mut(count);
        run.copy_from_slice(&samples[place..place + count]);
        (output, place) = (rest, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_however_it_is_cut() {
        let rate = SampleRate::default();
        for noise in [
            Noise::white(5),
            Noise::blue(5),
            Noise::pink(5, rate),
            Noise::brown(5, rate),
        ] {
            let (mut whole, mut pieces) = (vec![0.0; 2 * PERIOD], vec![0.0; 2 * PERIOD]);
            noise.clone().render(&mut whole);
            let mut noise = noise;
            pieces
                .chunks_mut(1000)
                .for_each(|piece| noise.render(piece));
            assert_eq!(whole, pieces);
        }
    }
}
