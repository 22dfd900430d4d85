//! How loud a recording is: integrated loudness (EBU R 128) and true peak (ITU-R BS.1770-4).

use ebur128::{EbuR128, Mode};

use crate::audio::{self, Stereo};
use crate::dsp::loudness::LoudnessMeter;
use crate::units::{Decibels, SampleRate};

/// How loud a recording is as a whole; silence is minus infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Integrated loudness in LUFS.
    pub integrated: f64,
    /// The largest magnitude of any sample, in dBFS.
    pub peak: Decibels,
    /// The peak of the signal between its samples too, in dBTP, where that was measured.
    pub true_peak: Option<Decibels>,
}

/// What of a recording is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// Nothing.
    Off,
    /// Peak and loudness.
    Loudness,
    /// The peak between the samples too, which takes longer.
    TruePeak,
}

/// Input: the frames of a recording, in order. Remembers the loudness of every tenth of a second.
#[derive(Debug)]
pub(super) struct Meter {
    loudness: LoudnessMeter,
    /// For the true peak alone, where it is measured: for the loudness it takes ten times as long.
    ebur128: Option<EbuR128>,
    /// Whether the recording is `(left + right) / 2`.
    mono: bool,
    sum: Vec<f32>,
    peak: f32,
}

impl Meter {
    /// The meter that is asked for, if any.
    pub(super) fn new(metering: Metering, rate: SampleRate, mono: bool) -> Option<Self> {
        let channels = if mono { 1 } else { 2 };
        let ebur128 = match metering {
            Metering::Off => return None,
            Metering::Loudness => None,
            // Every rate that is rendered has one.
            Metering::TruePeak => EbuR128::new(channels, rate.hz(), Mode::TRUE_PEAK).ok(),
        };
        Some(Self {
            loudness: LoudnessMeter::new(rate, channels as usize),
            ebur128,
            mono,
            sum: Vec::new(),
            peak: 0.0,
        })
    }

    pub(super) fn measure(&mut self, block: &Stereo) {
        if !self.mono {
            return self.add(&[&block.left, &block.right]);
        }
        let mut sum = std::mem::take(&mut self.sum);
        let sides = block.left.iter().zip(&block.right);
        sum.clear();
        sum.extend(sides.map(|(left, right)| (left + right) * 0.5));
        self.add(&[&sum]);
        self.sum = sum;
    }

    fn add(&mut self, channels: &[&[f32]]) {
        let peaks = channels.iter().map(|samples| audio::peak(samples));
        self.peak = peaks.fold(self.peak, f32::max);
        self.loudness.process(channels);
        if let Some(ebur128) = &mut self.ebur128 {
            // Fails only for another number of channels than it was made for.
            let _ = ebur128.add_frames_planar_f32(channels);
        }
    }

    pub(super) fn loudness(&self) -> Loudness {
        Loudness {
            integrated: self.loudness.integrated(),
            peak: Decibels::from_gain(f64::from(self.peak)),
            true_peak: self.ebur128.as_ref().and_then(true_peak),
        }
    }
}

/// The largest of all channels.
fn true_peak(ebur128: &EbuR128) -> Option<Decibels> {
    let peaks = (0..ebur128.channels()).filter_map(|channel| ebur128.true_peak(channel).ok());
    peaks.reduce(f64::max).map(Decibels::from_gain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(mono: bool, peak: f32) -> Loudness {
        let wave =
            |frame| peak * libm::sinf(frame as f32 * 997.0 / 48_000.0 * std::f32::consts::TAU);
        let left: Vec<f32> = (0..48_000).map(wave).collect();
        let rate = SampleRate::new(48_000).unwrap();
        let mut meter = Meter::new(Metering::Loudness, rate, mono).unwrap();
        meter.measure(&Stereo {
            right: left.clone(),
            left,
        });
        meter.loudness()
    }

    #[test]
    fn a_full_scale_sine_of_997_hz_has_the_loudness_of_the_standard() {
        // ITU-R BS.1770-4, annex 1: one channel at 0 dBFS gives -3.01 LKFS; two channels, 3.01 more.
        for (mono, peak, loudness) in [(true, 1.0, -3.01), (false, 1.0, 0.0), (false, 0.1, -20.0)] {
            let measured = measured(mono, peak);
            assert!((measured.integrated - loudness).abs() < 0.01);
            assert!((measured.peak.gain() - f64::from(peak)).abs() < 1e-3);
        }
    }

    #[test]
    fn silence_has_no_level() {
        let silence = measured(false, 0.0);
        assert_eq!(silence.integrated, f64::NEG_INFINITY);
        assert_eq!(silence.peak.0, f64::NEG_INFINITY);
    }
}
