//! What a difference looks like, from the plainest explanation to the vaguest.

use std::fmt;

use super::Figures;
use super::measured::Measured;
use super::spectrum::{BANDS, FLOOR_DB, center};
use crate::units::Seconds;

/// A likely cause. It explains the figures; it proves nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// Samples that are no numbers.
    NotFinite(Seconds),
    /// One of the two is silent.
    Silent,
    /// The same, later by so many milliseconds (negative: earlier).
    Shifted(f64),
    /// The same at another gain, in decibels.
    Gain(f64),
    /// The same upside down.
    Inverted,
    /// Left and right exchanged.
    Exchanged,
    /// One ends early, and is the same up to there.
    Ending {
        /// How much longer the actual recording is.
        longer: Seconds,
    },
    /// Some steps of 16 bit everywhere.
    Rounding,
    /// Only a moment differs.
    Moment {
        /// Where it begins.
        from: Seconds,
        /// Where it ends.
        to: Seconds,
    },
    /// Everything is higher by so many cents (negative: lower).
    Pitch(f64),
    /// Something that sounds in only one of them, for a while.
    Note {
        /// Whether it is missing, instead of being one too many.
        missing: bool,
        /// Where it was seen best.
        at: Seconds,
        /// The strongest of the bands that differ, in Hz.
        hertz: f64,
    },
    /// Treble is missing (or added), in decibels an octave.
    Tilt(f64),
    /// Something like noise, at so many decibels below the signal.
    Noise(f64),
    /// The spectrum is another one nearly all the time.
    Timbre,
    /// None of these.
    Unknown,
}

/// The first explanation that holds.
pub(super) fn likely(figures: &Figures, measured: &Measured) -> Option<Cause> {
    if figures.is_identical() {
        return None;
    }
    let explanations = [
        plain(figures, measured),
        same_waveform(figures, measured),
        in_one_place(figures),
        other_sound(figures, measured),
    ];
    let found = explanations.into_iter().flatten().next();
    Some(found.unwrap_or(Cause::Unknown))
}

/// What needs no measuring.
fn plain(figures: &Figures, measured: &Measured) -> Option<Cause> {
    let end = measured.frames[0].min(measured.frames[1]) as f64 / f64::from(measured.spec.rate);
    let begins = figures.first_difference_s.unwrap_or(f64::INFINITY);
    let energies = measured.balance.channels.iter();
    let [actual, expected] = [0, 1].map(|of| energies.clone().any(|channel| channel[of] > 0.0));
    if let Some(at) = figures
        .not_finite_at_s
        .filter(|_| figures.new_not_finite > 0)
    {
        return Some(Cause::NotFinite(Seconds(at)));
    }
    if figures.differing_samples == 0 || (figures.length_s != 0.0 && begins >= end - 1e-9) {
        let longer = Seconds(figures.length_s);
        return Some(Cause::Ending { longer });
    }
    (actual != expected).then_some(Cause::Silent)
}

/// The same waveform, moved, scaled or exchanged: what remains is a hundredth of the difference.
fn same_waveform(figures: &Figures, measured: &Measured) -> Option<Cause> {
    let difference = measured.difference.energy;
    let balance = &measured.balance;
    let actual: f64 = balance.channels.iter().map(|channel| channel[0]).sum();
    let scaled = actual - balance.gain() * balance.product;
    if balance
        .exchanged
        .is_some_and(|exchanged| exchanged < 0.01 * difference)
    {
        return Some(Cause::Exchanged);
    }
    if scaled < 0.01 * difference {
        return Some(match balance.product < 0.0 {
            true => Cause::Inverted,
            false => Cause::Gain(figures.gain_db),
        });
    }
    let fit = figures.offset_correlation.unwrap_or(0.0);
    let fits = fit > 0.9 && 1.0 - fit < 0.1 * (1.0 - figures.correlation);
    let offset = figures.offset_ms.filter(|offset| *offset != 0.0 && fits);
    if let Some(offset) = offset {
        return Some(Cause::Shifted(offset));
    }
    (figures.peak_lsb <= 4.0).then_some(Cause::Rounding)
}

/// A difference that is short.
fn in_one_place(figures: &Figures) -> Option<Cause> {
    let (from, to) = (figures.first_difference_s?, figures.last_difference_s?);
    (to - from < 0.05).then_some(Cause::Moment {
        from: Seconds(from),
        to: Seconds(to),
    })
}

/// The spectrum tells.
fn other_sound(figures: &Figures, measured: &Measured) -> Option<Cause> {
    let distance = &measured.distance;
    let share = distance.differing as f64 / distance.sounding.max(1) as f64;
    if share > 0.3
        && let Some(cents) = measured.transposition
    {
        return Some(Cause::Pitch(cents));
    }
    if share < 0.5 && figures.spectrum_worst_db > 1.0 {
        return note(figures, &distance.worst_bands);
    }
    if figures.snr_db > 25.0 {
        return Some(Cause::Noise(figures.snr_db));
    }
    if figures.tilt_db.abs() > 0.3 && figures.correlation > 0.5 {
        return Some(Cause::Tilt(figures.tilt_db));
    }
    (share > 0.5 && figures.spectrum_db > 2.0).then_some(Cause::Timbre)
}

/// A note that sounds in one only, if the bands that differ most all lean to one side.
fn note(figures: &Figures, [actual, expected]: &[[f64; BANDS]; 2]) -> Option<Cause> {
    let changes: Vec<f64> = actual.iter().zip(expected).map(|(a, e)| a - e).collect();
    let audible = |band: &usize| actual[*band].max(expected[*band]) > FLOOR_DB + 20.0;
    let leading = |band: &usize| audible(band) && changes[*band].abs() > 3.0;
    let louder = |band: usize| actual[band].max(expected[band]);
    let strongest = (0..BANDS)
        .filter(leading)
        .max_by(|a, b| louder(*a).total_cmp(&louder(*b)))?;
    let missing = (0..BANDS)
        .filter(leading)
        .filter(|band| changes[*band] < 0.0)
        .count();
    let extra = (0..BANDS).filter(leading).count() - missing;
    Some(Cause::Note {
        missing: missing >= extra,
        // The window's weight lies in its middle.
        at: Seconds(figures.spectrum_worst_at_s + 0.1),
        hertz: center(strongest),
    })
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(at) => write!(f, "samples that are no numbers, from {at} on"),
            Self::Silent => write!(f, "one of the two is silent"),
            Self::Shifted(ms) if *ms > 0.0 => write!(f, "later by {ms:.2} ms"),
            Self::Shifted(ms) => write!(f, "earlier by {:.2} ms", -ms),
            Self::Gain(db) if *db > 0.0 => write!(f, "louder by {db:.2} dB"),
            Self::Gain(db) => write!(f, "softer by {:.2} dB", -db),
            Self::Inverted => write!(f, "upside down (polarity inverted)"),
            Self::Exchanged => write!(f, "left and right are exchanged"),
            Self::Ending { longer } if longer.0 < 0.0 => {
                write!(f, "ends early, by {}", Seconds(-longer.0))
            }
            Self::Ending { longer } => write!(f, "goes on longer, by {longer}"),
            Self::Rounding => write!(f, "rounding or dither: a few steps of 16 bit"),
            Self::Moment { from, to } => write!(f, "one short moment, from {from} to {to}"),
            Self::Pitch(cents) if *cents > 0.0 => write!(f, "higher by {cents:.0} cents"),
            Self::Pitch(cents) => write!(f, "lower by {:.0} cents", -cents),
            Self::Note { missing, at, hertz } => {
                let what = if *missing { "missing" } else { "added" };
                write!(
                    f,
                    "a note is {what}, or is another one, near {at}, about {hertz:.0} Hz"
                )
            }
            Self::Tilt(db) if *db > 0.0 => write!(f, "brighter, by {db:.1} dB an octave"),
            Self::Tilt(db) => write!(f, "duller, by {:.1} dB an octave", -db),
            Self::Noise(db) => write!(f, "something soft everywhere, {db:.0} dB below the signal"),
            Self::Timbre => write!(f, "another preset or other sounds, nearly all the time"),
            Self::Unknown => write!(f, "no plain cause"),
        }
    }
}
