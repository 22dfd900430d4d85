//! The stored cycles of a spectrum: built when a key and velocity first ask for them, kept as long as they are used.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::spectrum::{Spectrum, StruckSpectrum};
use crate::dsp::bits::Words;
use crate::dsp::wavetable::Wavetable;

/// The most harmonics that are stored: at 20 Hz, those up to 20 kHz.
const MOST: usize = 1024;

/// The most wavetables that are kept, of a few kilobytes each without their cycles: a key in three, at four velocities.
const MOST_KEPT: usize = 172;

/// The highest harmonic of a wave whose formants are known in hertz; what lies above is not heard.
const HIGHEST_HERTZ: f64 = 20_000.0;

/// Wavetables by what they depend on.
#[derive(Default)]
pub struct Wavetables {
    built: Mutex<FxHashMap<Words, Arc<Wavetable>>>,
}

impl Wavetables {
    /// The wavetable of a spectrum, which is the same at every call.
    #[must_use]
    pub fn get(&self, spectrum: &Spectrum, struck: StruckSpectrum) -> Arc<Wavetable> {
        let place = Words::of(&struck);
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if built.len() == MOST_KEPT && !built.contains_key(&place) {
            built.clear();
        }
        let table = built.entry(place);
        Arc::clone(table.or_insert_with(|| Arc::new(build(spectrum, struck))))
    }
}

fn build(spectrum: &Spectrum, struck: StruckSpectrum) -> Wavetable {
    let count = match struck.fundamental {
        Some(fundamental) => (HIGHEST_HERTZ / fundamental.0) as usize,
        None => MOST,
    };
    let ratios: Vec<f64> = (1..=count.clamp(1, MOST))
        .map(|number| number as f64)
        .collect();
    Wavetable::new(spectrum.amplitudes(struck, &ratios))
}

/// What is stored follows from the spectrum, so any two are as good as equal.
impl PartialEq for Wavetables {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Wavetables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wavetables")
    }
}
