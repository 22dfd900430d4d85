//! The noise oscillator: of several colours, the same for equal tones.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::dsp::noise::{self, Brown, PART, PERIOD, Pink, fill_blue, fill_white};
use crate::sound::Colour;
use crate::units::SampleRate;

/// A sequence of noise.
#[derive(Clone, Debug)]
pub struct Noise {
    seed: u32,
    place: u32,
    making: Making,
}

/// How it comes about.
#[derive(Clone, Debug)]
enum Making {
    White,
    Blue,
    /// What takes a filter is filtered once, and then read around and around.
    StoredNoises(Arc<StoredNoise>),
}

impl Noise {
    /// The noise of a seed.
    pub(super) fn new(colour: Colour, seed: u32, rate: SampleRate) -> Self {
        static PINK: StoredNoises = StoredNoises::new(BTreeMap::new());
        static BROWN: StoredNoises = StoredNoises::new(BTreeMap::new());
        match colour {
            Colour::White => Self::from_start(seed, Making::White),
            Colour::Blue => Self::from_start(seed, Making::Blue),
            Colour::Pink => Self::stored(seed, rate, &PINK, || Filter::Pink(Pink::new(rate))),
            Colour::Brown => Self::stored(seed, rate, &BROWN, || Filter::Brown(Brown::new(rate))),
        }
    }

    /// Begins anywhere in the stored stretch, so that tones sound together as different noises.
    fn stored(
        seed: u32,
        rate: SampleRate,
        stored: &StoredNoises,
        filter: impl FnOnce() -> Filter,
    ) -> Self {
        let mut stored = stored.lock().unwrap_or_else(PoisonError::into_inner);
        if stored.len() == MOST_RATES && !stored.contains_key(&rate) {
            stored.clear();
        }
        let stretch = stored
            .entry(rate)
            .or_insert_with(|| Arc::new(StoredNoise::new(rate, filter())));
        Self {
            place: noise::hash(seed, 0),
            ..Self::from_start(seed, Making::StoredNoises(Arc::clone(stretch)))
        }
    }

    fn from_start(seed: u32, making: Making) -> Self {
        Self {
            seed,
            place: 0,
            making,
        }
    }

    pub(super) fn render(&mut self, output: &mut [f32]) {
        match &self.making {
            Making::White => fill_white(self.seed, self.place, output),
            Making::Blue => fill_blue(self.seed, self.place, output),
            Making::StoredNoises(stretch) => stretch.read(self.place, output),
        }
        self.place = self.place.wrapping_add(output.len() as u32);
    }
}

/// A stretch of noise for every sample rate that has been asked for, kept for the life of the program.
/// The most rates whose stretches are kept: a run has one, but each song of a manifest may have its own.
const MOST_RATES: usize = 2;

type StoredNoises = Mutex<BTreeMap<SampleRate, Arc<StoredNoise>>>;

/// A stretch of noise in parts, each of which is filtered when it is first read: a single note needs one or two.
#[derive(Debug)]
struct StoredNoise {
    rate: SampleRate,
    /// At rest.
    filter: Filter,
    parts: [OnceLock<Box<[f32]>>; PERIOD / PART],
}

#[derive(Debug)]
enum Filter {
    Pink(Pink),
    Brown(Brown),
}

impl StoredNoise {
    fn new(rate: SampleRate, filter: Filter) -> Self {
        Self {
            rate,
            filter,
            parts: Default::default(),
        }
    }

    /// Fills `output` with what follows `place`, and behind the end with the beginning.
    fn read(&self, place: u32, mut output: &mut [f32]) {
        let mut place = place as usize % PERIOD;
        while !output.is_empty() {
            let rest = &self.part(place / PART)[place % PART..];
            let count = output.len().min(rest.len());
            let (run, others) = std::mem::take(&mut output).split_at_mut(count);
            run.copy_from_slice(&rest[..count]);
            (output, place) = (others, (place + count) % PERIOD);
        }
    }

    fn part(&self, index: usize) -> &[f32] {
        self.parts[index].get_or_init(|| match &self.filter {
            Filter::Pink(pink) => {
                let mut pink = pink.clone();
                noise::part(self.rate, index, |white| pink.process(white))
            }
            Filter::Brown(brown) => {
                let mut brown = brown.clone();
                noise::part(self.rate, index, |white| brown.process(white))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_however_it_is_cut() {
        let rate = SampleRate::default();
        let colours = [Colour::White, Colour::Blue, Colour::Pink, Colour::Brown];
        for noise in colours.map(|colour| Noise::new(colour, 5, rate)) {
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
