//! Integrated loudness (ITU-R BS.1770-5, gated as EBU R 128) and true peak, of a recording that comes block by block.

use ebur128::{EbuR128, Mode};

use crate::wav::Planes;

/// The most that reconstruction between samples adds to the largest sample nearby: the sum of the magnitudes of the
/// oversampling filter's coefficients stays below this.
const OVERSHOOT: f64 = 2.5;
/// Blocks in which true peaks are looked for, and the frames before each that the filter remembers.
const PART: usize = 1024;
const CONTEXT: usize = 32;

/// Loudness and true peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Loudness {
    /// LUFS; minus infinity for silence.
    pub(super) integrated: f64,
    /// Linear.
    pub(super) true_peak: f64,
}

/// Measures one recording. Refuses nothing: rates and channel numbers beyond what is defined measure as silence.
pub(super) struct LoudnessMeter {
    loudness: Option<EbuR128>,
    peaks: Option<EbuR128>,
    true_peak: f64,
    context: Planes,
    finite: Planes,
}

impl LoudnessMeter {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        let meter = |mode| EbuR128::new(u32::try_from(channels).ok()?, rate, mode).ok();
        Self {
            loudness: meter(Mode::I),
            peaks: meter(Mode::TRUE_PEAK),
            true_peak: 0.0,
            context: vec![vec![0.0; CONTEXT]; channels],
            finite: vec![Vec::new(); channels],
        }
    }

    pub(super) fn process(&mut self, block: &Planes) {
        for ((plane, context), finite) in block.iter().zip(&self.context).zip(&mut self.finite) {
            finite.clear();
            finite.extend_from_slice(context);
            // What is no number, or absurdly large, would stay in the filters for ever.
            let tame = |x: &f64| if x.abs() < 1e6 { *x } else { 0.0 };
            finite.extend(plane.iter().map(tame));
        }
        if let Some(meter) = &mut self.loudness {
            let planes: Vec<&[f64]> = self.finite.iter().map(|p| &p[CONTEXT..]).collect();
            // It fails only for another number of channels.
            let _ = meter.add_frames_planar_f64(&planes);
        }
        self.look_for_peaks();
        for (context, finite) in self.context.iter_mut().zip(&self.finite) {
            context.copy_from_slice(&finite[finite.len() - CONTEXT..]);
        }
    }

    pub(super) fn finish(self) -> Loudness {
        let integrated = self.loudness.and_then(|m| m.loudness_global().ok());
        Loudness {
            integrated: integrated.unwrap_or(f64::NEG_INFINITY),
            true_peak: self.true_peak,
        }
    }

    /// Oversampling is dear, so it is done only where a sample is so large that a new peak may stand beside it.
    fn look_for_peaks(&mut self) {
        let frames = self.finite.first().map_or(CONTEXT, Vec::len);
        let mut start = CONTEXT;
        while start < frames {
            let end = (start + PART).min(frames);
            let parts: Vec<&[f64]> = self
                .finite
                .iter()
                .map(|p| &p[start - CONTEXT..end])
                .collect();
            let peak = parts.iter().map(|part| peak(part)).fold(0.0, f64::max);
            self.true_peak = self.true_peak.max(peak);
            if peak * OVERSHOOT > self.true_peak
                && let Some(meter) = &mut self.peaks
            {
                self.true_peak = self.true_peak.max(true_peak(meter, &parts));
            }
            start = end;
        }
    }
}

/// The true peak of parts that begin with their context, which only fills the filter: it begins with a step.
fn true_peak(meter: &mut EbuR128, parts: &[&[f64]]) -> f64 {
    meter.reset();
    let context: Vec<&[f64]> = parts.iter().map(|part| &part[..CONTEXT]).collect();
    let part: Vec<&[f64]> = parts.iter().map(|part| &part[CONTEXT..]).collect();
    let _ = meter.add_frames_planar_f64(&context);
    let _ = meter.add_frames_planar_f64(&part);
    let peaks = (0..meter.channels()).filter_map(|channel| meter.prev_true_peak(channel).ok());
    peaks.fold(0.0, f64::max)
}

fn peak(samples: &[f64]) -> f64 {
    let (chunks, rest) = samples.as_chunks::<8>();
    let mut lanes = [0.0f64; 8];
    for chunk in chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane = lane.max(sample.abs());
        }
    }
    let lanes = lanes.iter().chain(rest);
    lanes.fold(0.0, |peak, sample| peak.max(sample.abs()))
}
