//! The figures of a comparison. The names of the fields are those of the JSON and of the limits, and stay.

use serde::Serialize;

use super::difference::LSB_16;
use super::measured::Measured;

/// How two recordings differ. Levels are in decibels relative to full scale, times in seconds from the start of the
/// files, pairs are actual and expected. What is not finite is `null` in JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Frames per second.
    pub sample_rate: u32,
    /// Channels compared.
    pub channels: usize,
    /// Frames compared.
    pub frames: [u64; 2],
    /// How much longer the actual recording is.
    pub length_s: f64,
    /// Samples that are not equal.
    pub differing_samples: u64,
    /// Where the first of them is.
    pub first_difference_s: Option<f64>,
    /// Where the last of them is.
    pub last_difference_s: Option<f64>,
    /// The largest difference of two samples.
    pub peak_db: f64,
    /// The same in steps of 16 bits.
    pub peak_lsb: f64,
    /// Where it is.
    pub peak_at_s: f64,
    /// Its channel, counted from 1.
    pub peak_channel: usize,
    /// The root mean square of the difference.
    pub rms_db: f64,
    /// What was expected against the difference.
    pub snr_db: f64,
    /// The root mean square of the difference in the worst 100 ms.
    pub worst_db: f64,
    /// Where these begin.
    pub worst_at_s: f64,
    /// The signal-to-noise ratio in them.
    pub worst_snr_db: f64,
    /// By how much the actual recording is late, in milliseconds.
    pub offset_ms: Option<f64>,
    /// How well the waveforms fit at this offset: 1 for equal ones.
    pub offset_correlation: Option<f64>,
    /// How well they fit where they are.
    pub correlation: f64,
    /// The gain at which they fit best.
    pub gain_db: f64,
    /// Integrated loudness in LUFS (ITU-R BS.1770, EBU R 128).
    pub loudness_lufs: [f64; 2],
    /// Its difference.
    pub loudness_lu: f64,
    /// True peak in dBTP.
    pub true_peak_dbtp: [f64; 2],
    /// Its difference.
    pub true_peak_db: f64,
    /// The largest change of the level of one channel.
    pub channel_db: f64,
    /// The largest change of the level of a channel over 300 ms.
    pub envelope_db: f64,
    /// Where these begin.
    pub envelope_at_s: f64,
    /// The root mean square of the changes of third-octave bands every 100 ms.
    pub spectrum_db: f64,
    /// The same in the worst 100 ms.
    pub spectrum_worst_db: f64,
    /// Where these begin.
    pub spectrum_worst_at_s: f64,
    /// How much brighter it is, in decibels an octave.
    pub tilt_db: f64,
    /// How long a channel is silent that should sound.
    pub silence_s: f64,
    /// Where this begins.
    pub silence_at_s: Option<f64>,
    /// Samples at full scale, three or more in a row.
    pub clipped: [u64; 2],
    /// How many more than expected.
    pub new_clipped: u64,
    /// Where the first new ones are.
    pub clipped_at_s: Option<f64>,
    /// The largest change of the mean of a channel.
    pub dc_db: f64,
    /// Samples that are infinite or no number.
    pub not_finite: [u64; 2],
    /// How many more than expected.
    pub new_not_finite: u64,
    /// Where the first new one is.
    pub not_finite_at_s: Option<f64>,
    /// Clicks that were not expected.
    pub clicks: u64,
    /// Where the first is.
    pub click_at_s: Option<f64>,
    /// What the difference looks like.
    pub cause: Option<String>,
}

impl Figures {
    /// Whether not a single sample differs.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.differing_samples == 0 && self.frames[0] == self.frames[1]
    }

    pub(super) fn new(measured: &Measured) -> Self {
        let mut figures = Self {
            sample_rate: measured.spec.rate,
            channels: measured.spec.channels,
            frames: measured.frames,
            ..Self::default()
        };
        let rate = f64::from(measured.spec.rate);
        figures.length_s = (measured.frames[0] as f64 - measured.frames[1] as f64) / rate;
        figures.difference(measured);
        figures.levels(measured);
        figures.spectrum(measured);
        figures.defects(measured);
        figures
    }

    fn difference(&mut self, measured: &Measured) {
        let difference = &measured.difference;
        let seconds = |frame: u64| measured.seconds(frame);
        let samples = difference.samples.max(1) as f64;
        self.differing_samples = difference.differing;
        self.first_difference_s = difference.first.map(seconds);
        self.last_difference_s = difference.last.map(seconds);
        self.peak_db = amplitude(difference.peak);
        self.peak_lsb = difference.peak * LSB_16;
        self.peak_at_s = seconds(difference.peak_at);
        self.peak_channel = difference.peak_channel + 1;
        self.rms_db = power(difference.energy / samples);
        self.snr_db = ratio(difference.expected_energy, difference.energy);
        self.worst_db = power(difference.worst);
        self.worst_at_s = seconds(difference.worst_at);
        self.worst_snr_db = ratio(difference.worst_expected, difference.worst);
        let milliseconds = |frames: i64| frames as f64 * 1000.0 / f64::from(measured.spec.rate);
        self.offset_ms = measured.alignment.map(|a| milliseconds(a.offset));
        self.offset_correlation = measured.alignment.map(|a| a.correlation);
    }

    fn levels(&mut self, measured: &Measured) {
        let samples = measured.difference.samples / measured.spec.channels.max(1) as u64;
        self.correlation = measured.balance.correlation();
        self.gain_db = amplitude(measured.balance.gain().abs());
        self.channel_db = measured.balance.channel_level(samples);
        self.loudness_lufs = measured.loudness.map(|loudness| loudness.integrated);
        self.loudness_lu = change(self.loudness_lufs);
        self.true_peak_dbtp = measured
            .loudness
            .map(|loudness| amplitude(loudness.true_peak));
        self.true_peak_db = change(self.true_peak_dbtp);
    }

    fn spectrum(&mut self, measured: &Measured) {
        let distance = &measured.distance;
        let seconds = |hop: usize| measured.seconds_of_hop(hop);
        self.envelope_db = distance.envelope;
        self.envelope_at_s = seconds(distance.envelope_hop);
        self.spectrum_db = distance.distance;
        self.spectrum_worst_db = distance.worst;
        self.spectrum_worst_at_s = seconds(distance.worst_hop);
        self.tilt_db = distance.tilt;
    }

    fn defects(&mut self, measured: &Measured) {
        let defects = &measured.defects;
        let seconds = |frame: u64| measured.seconds(frame);
        self.silence_s = defects.new_silence as f64 / 100.0;
        self.silence_at_s = defects.silence_at.map(seconds);
        self.clipped = defects.clipped;
        self.new_clipped = defects.clipped[0].saturating_sub(defects.clipped[1]);
        self.clipped_at_s = defects.clipped_at.map(seconds);
        self.not_finite = defects.not_finite;
        self.new_not_finite = defects.not_finite[0].saturating_sub(defects.not_finite[1]);
        self.not_finite_at_s = defects.not_finite_at.map(seconds);
        self.clicks = defects.new_clicks;
        self.click_at_s = defects.click_at.map(seconds);
        let frames = measured.frames.map(|frames| frames.max(1) as f64);
        let shift =
            |[actual, expected]: &[f64; 2]| (actual / frames[0] - expected / frames[1]).abs();
        self.dc_db = amplitude(defects.sums.iter().map(shift).fold(0.0, f64::max));
    }
}

impl Measured {
    /// The time of a frame of the span.
    pub(super) fn seconds(&self, frame: u64) -> f64 {
        (self.from + frame) as f64 / f64::from(self.spec.rate)
    }

    pub(super) fn seconds_of_hop(&self, hop: usize) -> f64 {
        self.seconds((hop * super::spectrum::hop(self.spec.rate)) as u64)
    }
}

/// An amplitude in decibels.
fn amplitude(amplitude: f64) -> f64 {
    20.0 * libm::log10(amplitude)
}

/// A mean square in decibels.
fn power(mean_square: f64) -> f64 {
    10.0 * libm::log10(mean_square)
}

/// A ratio of energies in decibels; infinite where there is no noise.
fn ratio(signal: f64, noise: f64) -> f64 {
    if noise == 0.0 {
        return f64::INFINITY;
    }
    10.0 * libm::log10(signal / noise)
}

/// The difference of two levels; none of two silences.
fn change([actual, expected]: [f64; 2]) -> f64 {
    if actual == expected {
        0.0
    } else {
        actual - expected
    }
}
