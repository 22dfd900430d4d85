//! The waveform of a layer with the tables that belong to it.

use std::sync::Arc;

use super::recording;
use super::table::Table;
use crate::preset::error::PresetError;
use crate::preset::file::{FmFile, LayerFile, ModalFile, MorphFile, PluckFile, SpectrumFile};
use crate::preset::reference as keys;
use crate::preset::{Kind, Load};
use crate::sound::spectrum::{Formant, Spectrum};
use crate::sound::wavetables::Wavetables;
use crate::sound::{
    Aftersound, Colour, Decays, Fm, Frequencies, Harmonics, Modal, Morph, Noise, Operator, Pluck,
    Waveform,
};
use crate::units::{Cents, Decibels, Hertz, Seconds};

/// The word that was typed, with what its table holds. Noise is told apart by the preset and the number of its layer.
pub(super) fn resolve(
    typed: &LayerFile,
    table: Table<'_>,
    (preset, number): (&str, u16),
    load: &mut Load<'_>,
) -> Result<Waveform, PresetError> {
    let noise = |colour| Waveform::Noise(Noise::new(colour, preset, number));
    let word = typed.waveform.as_deref();
    let kind = table.word(&keys::LAYER_WAVEFORM, word, &keys::WAVEFORMS)?;
    Ok(match kind {
        Kind::Sine => Waveform::Sine,
        Kind::Square => Waveform::Square,
        Kind::Sawtooth => Waveform::Sawtooth,
        Kind::Triangle => Waveform::Triangle,
        Kind::Pulse => Waveform::Pulse(table.number(&keys::LAYER_PULSE_WIDTH, typed.pulse_width)?),
        Kind::WhiteNoise => noise(Colour::White),
        Kind::PinkNoise => noise(Colour::Pink),
        Kind::BrownNoise => noise(Colour::Brown),
        Kind::BlueNoise => noise(Colour::Blue),
        Kind::Harmonics => Waveform::Harmonics(Arc::new(harmonics(typed, table)?)),
        Kind::Modal => Waveform::Modal(Arc::new(modal(typed, table)?)),
        Kind::Pluck => Waveform::Pluck(Arc::new(pluck(typed, table)?)),
        Kind::Recording => {
            let recording = recording::resolve(typed.recording.as_ref(), table, load)?;
            Waveform::Recording(Arc::new(recording))
        }
        Kind::Fm => Waveform::Fm(Arc::new(fm(typed, table)?)),
    })
}

fn spectrum(typed: &LayerFile, table: Table<'_>) -> Result<Spectrum, PresetError> {
    let none = SpectrumFile::default();
    let typed = typed.spectrum.as_ref().unwrap_or(&none);
    Ok(Spectrum {
        levels: decibels(table.numbers(&keys::SPECTRUM_LEVELS_DB, typed.levels_db.as_ref())?),
        slope: Decibels(table.number(&keys::SPECTRUM_SLOPE_DB, typed.slope_db)?),
        key: Decibels(table.number(&keys::SPECTRUM_KEY_DB, typed.key_db)?),
        velocity: Decibels(table.number(&keys::SPECTRUM_VELOCITY_DB, typed.velocity_db)?),
        strike: table.number(&keys::SPECTRUM_STRIKE, typed.strike)?,
        formants: formants(typed, table)?,
    })
}

fn formants(typed: &SpectrumFile, table: Table<'_>) -> Result<Vec<Formant>, PresetError> {
    let centres = table.numbers(&keys::SPECTRUM_FORMANTS_HZ, typed.formants_hz.as_ref())?;
    let levels = table.numbers(&keys::SPECTRUM_FORMANTS_DB, typed.formants_db.as_ref())?;
    let widths = table.numbers(
        &keys::SPECTRUM_FORMANTS_WIDTH_HZ,
        typed.formants_width_hz.as_ref(),
    )?;
    let lists = [
        (&keys::SPECTRUM_FORMANTS_DB, levels.len()),
        (&keys::SPECTRUM_FORMANTS_WIDTH_HZ, widths.len()),
    ];
    for (parameter, count) in lists {
        if count != centres.len() {
            return Err(table.uneven(parameter, count, &keys::SPECTRUM_FORMANTS_HZ, centres.len()));
        }
    }
    let formants = centres.iter().zip(levels).zip(widths);
    Ok(formants
        .map(|((centre, level), width)| Formant {
            centre: Hertz(*centre),
            level: Decibels(*level),
            width: Hertz(*width),
        })
        .collect())
}

fn harmonics(typed: &LayerFile, table: Table<'_>) -> Result<Harmonics, PresetError> {
    let spectrum = spectrum(typed, table)?;
    let morph = typed
        .morph
        .as_ref()
        .map(|typed| morph(typed, &spectrum, table));
    Ok(Harmonics {
        morph: morph.transpose()?,
        wavetables: Wavetables::default(),
        spectrum,
    })
}

/// The second spectrum differs from the first in its levels and their slope.
fn morph(typed: &MorphFile, first: &Spectrum, table: Table<'_>) -> Result<Morph, PresetError> {
    Ok(Morph {
        spectrum: Spectrum {
            levels: decibels(table.numbers(&keys::MORPH_LEVELS_DB, typed.levels_db.as_ref())?),
            slope: Decibels(table.number(&keys::MORPH_SLOPE_DB, typed.slope_db)?),
            ..first.clone()
        },
        wavetables: Wavetables::default(),
        from: table.number(&keys::MORPH_FROM, typed.from)?,
        to: table.number(&keys::MORPH_TO, typed.to)?,
        time: Seconds(table.number(&keys::MORPH_TIME_S, typed.time_s)?),
        lfo: table.number(&keys::MORPH_LFO, typed.lfo)?,
    })
}

fn modal(layer: &LayerFile, table: Table<'_>) -> Result<Modal, PresetError> {
    let none = ModalFile::default();
    let typed = layer.modal.as_ref().unwrap_or(&none);
    let shares = table.numbers(&keys::MODAL_DECAYS, typed.decays.as_ref())?;
    let slope = table.number(&keys::MODAL_DECAY_SLOPE, typed.decay_slope)?;
    Ok(Modal {
        spectrum: spectrum(layer, table)?,
        frequencies: frequencies(typed, table)?,
        decay: Seconds(table.number(&keys::MODAL_DECAY_S, typed.decay_s)?),
        decay_key: table.number(&keys::MODAL_DECAY_KEY, typed.decay_key)?,
        decays: match shares {
            [] => Decays::Slope(slope),
            _ => Decays::Shares(shares.to_vec()),
        },
        aftersound: aftersound(typed, table)?,
    })
}

fn frequencies(typed: &ModalFile, table: Table<'_>) -> Result<Frequencies, PresetError> {
    let ratios = table.numbers(&keys::MODAL_RATIOS, typed.ratios.as_ref())?;
    if !ratios.is_empty() {
        return Ok(Frequencies::Ratios(ratios.to_vec()));
    }
    Ok(Frequencies::StiffString {
        count: usize::from(table.byte(&keys::MODAL_PARTIALS, typed.partials)?),
        inharmonicity: table.number(&keys::MODAL_INHARMONICITY, typed.inharmonicity)?,
        key: table.number(&keys::MODAL_INHARMONICITY_KEY, typed.inharmonicity_key)?,
    })
}

fn aftersound(typed: &ModalFile, table: Table<'_>) -> Result<Option<Aftersound>, PresetError> {
    let level = table.number(&keys::MODAL_AFTERSOUND_DB, typed.aftersound_db)?;
    let aftersound = Aftersound {
        level: Decibels(level).gain(),
        times: table.number(&keys::MODAL_AFTERSOUND_TIMES, typed.aftersound_times)?,
        detune: Cents(table.number(&keys::MODAL_AFTERSOUND_CENTS, typed.aftersound_cents)?),
    };
    Ok((typed.aftersound_db.is_some()).then_some(aftersound))
}

fn pluck(layer: &LayerFile, table: Table<'_>) -> Result<Pluck, PresetError> {
    let none = PluckFile::default();
    let typed = layer.pluck.as_ref().unwrap_or(&none);
    Ok(Pluck {
        spectrum: spectrum(layer, table)?,
        wavetables: Wavetables::default(),
        decay: Seconds(table.number(&keys::PLUCK_DECAY_S, typed.decay_s)?),
        high_decay: Seconds(table.number(&keys::PLUCK_HIGH_DECAY_S, typed.high_decay_s)?),
        decay_key: table.number(&keys::PLUCK_DECAY_KEY, typed.decay_key)?,
    })
}

fn fm(layer: &LayerFile, table: Table<'_>) -> Result<Fm, PresetError> {
    let none = FmFile::default();
    let typed = layer.fm.as_ref().unwrap_or(&none);
    Ok(Fm {
        operators: operators(typed, table)?,
        feedback: table.number(&keys::FM_FEEDBACK, typed.feedback)?,
        velocity: Decibels(table.number(&keys::FM_VELOCITY_DB, typed.velocity_db)?),
        key: Decibels(table.number(&keys::FM_KEY_DB, typed.key_db)?),
    })
}

/// As many operators as there are ratios; without them, one that moves another of the same frequency.
fn operators(typed: &FmFile, table: Table<'_>) -> Result<Vec<Operator>, PresetError> {
    let ratios = match table.numbers(&keys::FM_RATIOS, typed.ratios.as_ref())? {
        [] => &[1.0, 1.0][..],
        ratios => ratios,
    };
    let count = ratios.len();
    let list = |parameter, typed: Option<&Vec<f64>>, default: f64| {
        let values = table.numbers(parameter, typed)?;
        match values.len() {
            0 => Ok(vec![default; count]),
            length if length == count => Ok(values.to_vec()),
            length => Err(table.uneven(parameter, length, &keys::FM_RATIOS, count)),
        }
    };
    let indices = list(&keys::FM_INDICES, typed.indices.as_ref(), 1.0)?;
    let targets = list(&keys::FM_TARGETS, typed.targets.as_ref(), 1.0)?;
    let decays = list(&keys::FM_DECAYS_S, typed.decays_s.as_ref(), 0.0)?;
    let sustains = list(&keys::FM_SUSTAINS, typed.sustains.as_ref(), 0.0)?;
    let operator = |number: usize| Operator {
        ratio: ratios[number],
        index: indices[number],
        // The first is heard whatever is typed, and no operator moves one of its own number or above.
        target: (targets[number] as usize)
            .min(number)
            .checked_sub(1)
            .filter(|_| number > 0),
        decay: Seconds(decays[number]),
        sustain: sustains[number],
    };
    Ok((0..count).map(operator).collect())
}

fn decibels(numbers: &[f64]) -> Vec<Decibels> {
    numbers.iter().map(|level| Decibels(*level)).collect()
}
