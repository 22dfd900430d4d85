//! How much difference is allowed: profiles, single limits, and the verdict.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::Figures;

/// What a figure may be at most (one, the signal-to-noise ratio, at least), by profile.
#[derive(Debug)]
pub struct Limit {
    /// The name on the command line and in TOML.
    pub key: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// What it limits.
    pub meaning: &'static str,
    measure: fn(&Figures) -> f64,
    defaults: [Option<f64>; 3],
    least: bool,
}

impl Limit {
    /// What it is by default under a profile; `None`: anything.
    #[must_use]
    pub const fn default(&self, profile: Profile) -> Option<f64> {
        self.defaults[profile as usize]
    }

    /// What it limits, of these figures.
    #[must_use]
    pub fn measure(&self, figures: &Figures) -> f64 {
        (self.measure)(figures)
    }

    /// Whether the figure must be at least, instead of at most, the limit.
    #[must_use]
    pub const fn is_least(&self) -> bool {
        self.least
    }
}

const fn most(
    key: &'static str,
    unit: &'static str,
    defaults: [Option<f64>; 3],
    measure: fn(&Figures) -> f64,
    meaning: &'static str,
) -> Limit {
    Limit {
        key,
        unit,
        meaning,
        measure,
        defaults,
        least: false,
    }
}

const ZERO: Option<f64> = Some(0.0);

/// Every limit: key, unit, defaults of exact, portable and perceptual, figure, meaning.
pub static LIMITS: [Limit; 19] = [
    most(
        "differing",
        "samples",
        [ZERO, None, None],
        |f| f.differing_samples as f64,
        "samples that are not equal",
    ),
    most(
        "length",
        "s",
        [ZERO, ZERO, Some(0.25)],
        |f| f.length_s.abs(),
        "difference of the lengths",
    ),
    most(
        "peak-db",
        "dBFS",
        [None, None, None],
        |f| f.peak_db,
        "largest difference of two samples",
    ),
    most(
        "peak-lsb",
        "LSB of 16 bit",
        [None, Some(1.0), None],
        |f| f.peak_lsb,
        "the same in steps of 16 bit",
    ),
    most(
        "rms-db",
        "dBFS",
        [None, None, None],
        |f| f.rms_db,
        "level of the difference",
    ),
    Limit {
        least: true,
        ..most(
            "snr",
            "dB",
            [None, None, None],
            |f| f.snr_db,
            "signal-to-noise ratio, at least",
        )
    },
    most(
        "worst-db",
        "dBFS",
        [None, None, None],
        |f| f.worst_db,
        "level of the difference in the worst 100 ms",
    ),
    most(
        "offset",
        "ms",
        [None, None, Some(10.0)],
        |f| offset(f).abs(),
        "delay by which the waveforms fit best",
    ),
    most(
        "loudness",
        "LU",
        [None, None, Some(0.5)],
        |f| f.loudness_lu.abs(),
        "integrated loudness (EBU R 128)",
    ),
    most(
        "true-peak",
        "dB",
        [None, None, Some(1.5)],
        |f| f.true_peak_db.abs(),
        "true peak",
    ),
    most(
        "channel",
        "dB",
        [None, None, Some(1.0)],
        |f| f.channel_db,
        "level of any one channel",
    ),
    most(
        "envelope",
        "dB",
        [None, None, Some(3.0)],
        |f| f.envelope_db,
        "level of a channel in the worst 300 ms",
    ),
    most(
        "spectrum",
        "dB",
        [None, None, Some(2.0)],
        |f| f.spectrum_db,
        "third-octave bands, over all time",
    ),
    most(
        "spectrum-worst",
        "dB",
        [None, None, Some(8.0)],
        |f| f.spectrum_worst_db,
        "third-octave bands in the worst 100 ms",
    ),
    most(
        "tilt",
        "dB/octave",
        [None, None, Some(0.25)],
        |f| f.tilt_db.abs(),
        "slope of the difference of the spectra",
    ),
    most(
        "silence",
        "s",
        [None, None, Some(0.05)],
        |f| f.silence_s,
        "silence of a channel that should sound",
    ),
    most(
        "clipped",
        "samples",
        [None, ZERO, ZERO],
        |f| f.new_clipped as f64,
        "samples more at full scale, three or more in a row",
    ),
    most(
        "dc",
        "dBFS",
        [None, None, Some(-60.0)],
        |f| f.dc_db,
        "offset from zero",
    ),
    most(
        "clicks",
        "clicks",
        [None, None, ZERO],
        |f| f.clicks as f64,
        "clicks that were not expected",
    ),
];

/// The offset where the waveforms are alike at all; between strangers it means nothing.
fn offset(figures: &Figures) -> f64 {
    match (figures.offset_ms, figures.offset_correlation) {
        (Some(offset), Some(correlation)) if correlation > 0.5 => offset,
        _ => 0.0,
    }
}

/// What differences are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Every sample is equal.
    #[default]
    Exact,
    /// At most one step of 16 bit, as between two machines with other arithmetic.
    Portable,
    /// What is heard is about the same, as between two versions or two tools.
    Perceptual,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "exact",
            Self::Portable => "portable",
            Self::Perceptual => "perceptual",
        })
    }
}

/// The limits of one comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    values: [Option<f64>; LIMITS.len()],
}

/// Why a limit is not understood.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LimitError {
    /// There is no limit of this name.
    #[error("there is no limit \"{key}\"; there are {}", keys())]
    Key {
        /// What was given.
        key: String,
    },
    /// It is neither a number nor `off`.
    #[error("the limit {key} is \"{value}\"; expected a number of {unit}, or off")]
    Value {
        /// The limit.
        key: &'static str,
        /// What was given.
        value: String,
        /// The unit of the limit.
        unit: &'static str,
    },
    /// There is no `=`.
    #[error("\"{0}\" is no limit; expected KEY=VALUE, as in loudness=0.3 or clicks=off")]
    Shape(String),
}

fn keys() -> String {
    LIMITS.each_ref().map(|limit| limit.key).join(", ")
}

impl Limits {
    /// The limits of a profile.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self {
            values: LIMITS.each_ref().map(|limit| limit.default(profile)),
        }
    }

    /// Sets a limit as typed: `loudness=0.3`, `clicks=off`.
    ///
    /// # Errors
    ///
    /// [`LimitError`] if there is no such limit, or the value is no number.
    pub fn set_typed(&mut self, typed: &str) -> Result<(), LimitError> {
        let (key, value) = typed
            .split_once('=')
            .ok_or_else(|| LimitError::Shape(typed.to_owned()))?;
        match value.trim() {
            "off" => self.set(key.trim(), None),
            value => match value.parse::<f64>() {
                Ok(number) if !number.is_nan() => self.set(key.trim(), Some(number)),
                _ => Err(wrong(key.trim(), value)),
            },
        }
    }

    /// Sets a limit; `None` switches it off.
    ///
    /// # Errors
    ///
    /// [`LimitError::Key`] if there is no such limit.
    pub fn set(&mut self, key: &str, value: Option<f64>) -> Result<(), LimitError> {
        let place = LIMITS.iter().position(|limit| limit.key == key);
        let place = place.ok_or_else(|| LimitError::Key {
            key: key.to_owned(),
        })?;
        self.values[place] = value;
        Ok(())
    }

    /// Whether anything is limited.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// Judges figures by these limits.
    #[must_use]
    pub fn judge(&self, figures: &Figures) -> Judgement {
        let broken = LIMITS.iter().zip(self.values).filter_map(|(limit, value)| {
            let (allowed, found) = (value?, limit.measure(figures));
            // Written so that no number is a breach, too.
            let kept = if limit.least {
                found >= allowed
            } else {
                found <= allowed
            };
            (!kept).then_some(Breach {
                limit: limit.key,
                unit: limit.unit,
                found,
                allowed,
            })
        });
        let breaches: Vec<Breach> = strangers(figures).into_iter().chain(broken).collect();
        let verdict = match (figures.is_identical(), breaches.is_empty()) {
            (true, _) => Verdict::Identical,
            (false, true) => Verdict::Within,
            (false, false) => Verdict::Different,
        };
        Judgement { verdict, breaches }
    }
}

/// A new sample that is no number is never within any tolerance.
fn strangers(figures: &Figures) -> Option<Breach> {
    (figures.new_not_finite > 0).then_some(Breach {
        limit: "not-finite",
        unit: "samples",
        found: figures.new_not_finite as f64,
        allowed: 0.0,
    })
}

fn wrong(key: &str, value: &str) -> LimitError {
    match LIMITS.iter().find(|limit| limit.key == key) {
        Some(limit) => LimitError::Value {
            key: limit.key,
            value: value.to_owned(),
            unit: limit.unit,
        },
        None => LimitError::Key {
            key: key.to_owned(),
        },
    }
}

/// What was found of two recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every sample is equal.
    Identical,
    /// Something differs, within every limit.
    Within,
    /// A limit is broken.
    Different,
}

impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Within => "within",
            Self::Different => "different",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identical => "identical",
            Self::Within => "within tolerance",
            Self::Different => "different",
        })
    }
}

/// A verdict and its reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The limits that are broken.
    pub breaches: Vec<Breach>,
}

/// A limit that is broken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Breach {
    /// Its key.
    pub limit: &'static str,
    /// The unit of the values.
    pub unit: &'static str,
    /// What was found.
    pub found: f64,
    /// What is allowed.
    pub allowed: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_name_of_its_own() {
        for (index, limit) in LIMITS.iter().enumerate() {
            assert!(LIMITS[..index].iter().all(|other| other.key != limit.key));
        }
    }

    #[test]
    fn a_limit_is_kept_at_its_very_value_and_broken_beyond() {
        let mut limits = Limits::new(Profile::Perceptual);
        limits.set_typed("loudness=0.3").unwrap();
        let judge = |lu| {
            let figures = Figures {
                differing_samples: 1,
                loudness_lu: lu,
                dc_db: f64::NEG_INFINITY,
                ..Figures::default()
            };
            limits.judge(&figures).verdict
        };
        assert_eq!(judge(-0.3), Verdict::Within);
        assert_eq!(judge(-0.31), Verdict::Different);
        assert_eq!(judge(f64::NAN), Verdict::Different);
    }

    #[test]
    fn without_any_limit_what_differs_is_still_not_called_identical() {
        let mut limits = Limits::new(Profile::Exact);
        limits.set_typed("differing=off").unwrap();
        limits.set_typed("length=off").unwrap();
        let figures = Figures {
            differing_samples: 1,
            ..Figures::default()
        };
        assert!(limits.is_empty());
        assert_eq!(limits.judge(&figures).verdict, Verdict::Within);
    }

    #[test]
    fn what_is_no_limit_is_refused_with_advice() {
        let mut limits = Limits::new(Profile::Exact);
        let said =
            |typed: &str, limits: &mut Limits| limits.set_typed(typed).unwrap_err().to_string();
        assert!(said("loud=1", &mut limits).contains("loudness"));
        assert!(said("loudness=much", &mut limits).contains("LU"));
        assert!(said("loudness", &mut limits).contains("KEY=VALUE"));
    }
}
