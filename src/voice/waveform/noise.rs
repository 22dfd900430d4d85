//! The noise oscillator: of several colours, the same for equal tones.

use crate::dsp::noise::{Brown, Pink, blue, white};
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
    Pink(Pink),
    Brown(Brown),
    Blue,
}

impl Noise {
    pub(super) fn white(seed: u32) -> Self {
        Self::new(seed, Colour::White)
    }

    pub(super) fn pink(seed: u32, rate: SampleRate) -> Self {
        Self::new(seed, Colour::Pink(Pink::new(rate)))
    }

    pub(super) fn brown(seed: u32, rate: SampleRate) -> Self {
        Self::new(seed, Colour::Brown(Brown::new(rate)))
    }

    pub(super) fn blue(seed: u32) -> Self {
        Self::new(seed, Colour::Blue)
    }

    fn new(seed: u32, colour: Colour) -> Self {
        Self {
            seed,
            place: 0,
            colour,
        }
    }

    pub(super) fn render(&mut self, output: &mut [f32]) {
        let (seed, place) = (self.seed, self.place);
        let sequence = match self.colour {
            Colour::Blue => blue,
            _ => white,
        };
        for (offset, sample) in output.iter_mut().enumerate() {
            *sample = sequence(seed, place.wrapping_add(offset as u32));
        }
        self.place = place.wrapping_add(output.len() as u32);
        match &mut self.colour {
            Colour::White | Colour::Blue => {}
            Colour::Pink(pink) => output.iter_mut().for_each(|s| *s = pink.process(*s)),
            Colour::Brown(brown) => output.iter_mut().for_each(|s| *s = brown.process(*s)),
        }
    }
}
