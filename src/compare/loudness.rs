//! Integrated loudness (ITU-R BS.1770-5, gated as EBU R 128) and true peak, of a recording that comes block by block.

use ebur128::{EbuR128, Mode};

use crate::wav::Planes;

/// The most by which reconstruction between samples exceeds the largest sample nearby: the sum of the magnitudes of the
/// coefficients that ebur128's interpolator (49 taps, four phases) has in one phase is at most 1.864.
const OVERSHOOT: f64 = 1.87;
/// Blocks in which true peaks are looked for, and the frames before each that the filter remembers.
const PART: usize = 512;
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

/// The true peak of parts that begin with their context, which only fills the filter in place of what it held.
fn true_peak(meter: &mut EbuR128, parts: &[&[f64]]) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(rate: u32, planes: &Planes, block: usize) -> Loudness {
        let mut meter = LoudnessMeter::new(rate, planes.len());
        let frames = planes[0].len();
        for start in (0..frames).step_by(block) {
            let range = start..(start + block).min(frames);
            meter.process(
                &planes
                    .iter()
                    .map(|plane| plane[range.clone()].to_vec())
                    .collect(),
            );
        }
        meter.finish()
    }

    fn sine(rate: u32, hertz: f64, amplitude: f64, phase: f64, seconds: u32) -> Vec<f64> {
        let step = std::f64::consts::TAU * hertz / f64::from(rate);
        let sample = |n| amplitude * libm::sin(step * f64::from(n) + phase);
        (0..rate * seconds).map(sample).collect()
    }

    #[test]
    fn a_tone_of_1_khz_at_minus_23_db_in_both_channels_has_minus_23_lufs() {
        // EBU Tech 3341, test case 1.
        for rate in [44_100, 48_000] {
            let tone = sine(rate, 1000.0, libm::exp10(-23.0 / 20.0), 0.0, 20);
            let found = measure(rate, &vec![tone.clone(), tone], 22_050);
            assert!(
                (found.integrated + 23.0).abs() < 0.05,
                "{}",
                found.integrated
            );
        }
    }

    #[test]
    fn a_true_peak_between_samples_is_found() {
        // EBU Tech 3341, test case 17: a quarter of the rate, samples at 45 degrees, 3 dB below the peak.
        let tone = sine(48_000, 12_000.0, 0.5, std::f64::consts::FRAC_PI_4, 1);
        let found = 20.0 * libm::log10(measure(48_000, &vec![tone], 24_000).true_peak);
        assert!((-6.4..-5.8).contains(&found), "{found} dBTP");
    }

    #[test]
    fn leaving_out_what_cannot_be_the_peak_changes_nothing() {
        let mut state = 1u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / 4_294_967_296.0 - 0.5
        };
        let swell = |n: u32| libm::sin(f64::from(n) / 9_000.0);
        let planes: Planes = (0..2)
            .map(|_| (0..100_000).map(|n| noise() * swell(n)).collect())
            .collect();
        let mut whole = EbuR128::new(2, 44_100, Mode::TRUE_PEAK).unwrap();
        whole
            .add_frames_planar_f64(&[&planes[0], &planes[1]])
            .unwrap();
        let expected = whole.true_peak(0).unwrap().max(whole.true_peak(1).unwrap());
        for block in [4_410, 22_050, 100_000] {
            assert_eq!(
                measure(44_100, &planes, block).true_peak,
                expected,
                "blocks of {block}"
            );
        }
    }

    #[test]
    fn silence_has_no_loudness_and_a_rate_beyond_all_use_no_panic() {
        let silence = vec![vec![0.0; 44_100]];
        assert_eq!(
            measure(44_100, &silence, 4_410).integrated,
            f64::NEG_INFINITY
        );
        assert_eq!(measure(1, &silence, 4_410).true_peak, 0.0);
        assert_eq!(measure(4_000_000_000, &silence, 4_410).true_peak, 0.0);
    }
}
