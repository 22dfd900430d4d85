//! The noise oscillator: white or pink, the same for equal tones.

use crate::dsp::noise::{Pink, white};
use crate::units::SampleRate;

/// A sequence of noise.
#[derive(Clone, Debug)]
pub struct Noise {
    seed: u32,
    place: u32,
    pink: Option<Pink>,
}

impl Noise {
    pub(super) fn white(seed: u32) -> Self {
        Self {
            seed,
            place: 0,
            pink: None,
        }
    }

    pub(super) fn pink(seed: u32, rate: SampleRate) -> Self {
        Self {
            seed,
            place: 0,
            pink: Some(Pink::new(rate)),
        }
    }

    pub(super) fn render(&mut self, output: &mut [f32]) {
        for (offset, sample) in output.iter_mut().enumerate() {
            *sample = white(self.seed, self.place.wrapping_add(offset as u32));
        }
        self.place = self.place.wrapping_add(output.len() as u32);
        if let Some(pink) = &mut self.pink {
            for sample in output {
                *sample = pink.process(*sample);
            }
        }
    }
}
