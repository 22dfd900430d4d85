//! How loud a recording is: integrated loudness (EBU R 128) and true peak (ITU-R BS.1770-4).

use ebur128::{EbuR128, Mode};

use crate::audio::Stereo;
use crate::units::{Decibels, SampleRate};

/// How loud a recording is as a whole; silence is minus infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Integrated loudness in LUFS.
    pub integrated: f64,
    /// The peak of the signal between its samples too, in dBTP.
    pub true_peak: Decibels,
}

/// Input: the frames of a recording, in order. Remembers the loudness of every tenth of a second.
#[derive(Debug)]
pub(super) struct Meter {
    /// Every rate that is rendered has one.
    ebur128: Option<EbuR128>,
    /// Whether the recording is `(left + right) / 2`.
    mono: bool,
    sum: Vec<f32>,
}

impl Meter {
    pub(super) fn new(rate: SampleRate, mono: bool) -> Self {
        let channels = if mono { 1 } else { 2 };
        Self {
            ebur128: EbuR128::new(channels, rate.hz(), Mode::I | Mode::TRUE_PEAK).ok(),
            mono,
            sum: Vec::new(),
        }
    }

    pub(super) fn measure(&mut self, block: &Stereo) {
        let Some(ebur128) = &mut self.ebur128 else {
            return;
        };
        let sides = block.left.iter().zip(&block.right);
        self.sum.clear();
        // Fails only for another number of channels than it was made for.
        let _ = match self.mono {
            true => {
                self.sum
                    .extend(sides.map(|(left, right)| (left + right) * 0.5));
                ebur128.add_frames_planar_f32(&[&self.sum])
            }
            false => ebur128.add_frames_planar_f32(&[&block.left, &block.right]),
        };
    }

    pub(super) fn loudness(&self) -> Option<Loudness> {
        let ebur128 = self.ebur128.as_ref()?;
        let peaks = (0..ebur128.channels()).filter_map(|channel| ebur128.true_peak(channel).ok());
        Some(Loudness {
            integrated: ebur128.loudness_global().ok()?,
            true_peak: Decibels::from_gain(peaks.fold(0.0, f64::max)),
        })
    }
}
