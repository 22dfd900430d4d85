//! What no recording should have and a careless change brings: silence, clipping, an offset, samples that are no numbers,
//! clicks.

use crate::wav::Planes;

/// Below this root mean square a window is silent: -90 dBFS.
const SILENT: f64 = 3.162e-5;
/// Above this one it sounds, so that its silence would be a loss: -60 dBFS.
const SOUNDING: f64 = 1e-3;
/// A sample of full scale in 16 bits; three in a row are clipped.
const FULL_SCALE: f64 = 1.0 - 1.0 / 32_768.0;
const CLIPPED_RUN: usize = 3;
/// A click stands out of the second differences of its window by this factor (a lone step in 10 ms reaches 14.8, white
/// noise 4, a sine 1.4), and is at least -50 dBFS.
const CREST: f64 = 9.0;
const CLICK: f64 = 3.162e-3;
/// Windows to either side in which the expected recording may have the click too, or half of it.
const AROUND: usize = 2;

/// Samples before a window that its second differences reach back to.
const BEFORE: usize = 2;

/// What was found in one recording, and anew in the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Defects {
    /// Windows of 10 ms of a channel in which only the actual recording is silent.
    pub(super) new_silence: u64,
    /// The first frame of the first of them.
    pub(super) silence_at: Option<u64>,
    /// Samples in runs at full scale: actual and expected.
    pub(super) clipped: [u64; 2],
    /// The first frame at which only the actual recording clips.
    pub(super) clipped_at: Option<u64>,
    /// Samples that are no finite numbers: actual and expected.
    pub(super) not_finite: [u64; 2],
    /// The first frame at which only the actual recording has one.
    pub(super) not_finite_at: Option<u64>,
    /// Windows of 10 ms of a channel in which only the actual recording clicks.
    pub(super) new_clicks: u64,
    /// The first frame of the first of them.
    pub(super) click_at: Option<u64>,
    /// The sum of the samples of each channel: actual and expected.
    pub(super) sums: Vec<[f64; 2]>,
}

/// Looks at windows of 10 ms.
pub(super) struct DefectsMeter {
    window: usize,
    at: u64,
    /// By channel, the last samples of the block before and those of this one: actual and expected.
    runs: Vec<[Vec<f64>; 2]>,
    /// By channel, the latest windows: where each begins, whether the actual recording clicks, the expected nearly.
    recent: Vec<Vec<(u64, bool, bool)>>,
    total: Defects,
}

/// What is found in one window of one channel.
struct Window {
    sum: f64,
    level: f64,
    clipped: u64,
    not_finite: u64,
    /// The largest second difference, and how far it stands out of their root mean square.
    steepest: f64,
    crest: f64,
}

impl DefectsMeter {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        Self {
            window: (rate / 100).max(8) as usize,
            at: 0,
            runs: vec![[vec![0.0; BEFORE], vec![0.0; BEFORE]]; channels],
            recent: vec![vec![(0, false, false); AROUND]; channels],
            total: Defects {
                sums: vec![[0.0; 2]; channels],
                ..Defects::default()
            },
        }
    }

    /// Takes a block of whole windows, the last excepted.
    pub(super) fn process(&mut self, actual: &Planes, expected: &Planes) {
        for (channel, (actual, expected)) in actual.iter().zip(expected).enumerate() {
            let [one, other] = &mut self.runs[channel];
            follow(one, actual);
            follow(other, expected);
            let (one, other) = (std::mem::take(one), std::mem::take(other));
            for start in (0..actual.len()).step_by(self.window) {
                let range = start..(start + self.window).min(actual.len()) + BEFORE;
                let [actual, expected] = [&one, &other].map(|run| Window::of(&run[range.clone()]));
                self.window(channel, self.at + start as u64, &actual, &expected);
            }
            self.runs[channel] = [one, other];
        }
        self.at += actual.first().map_or(0, Vec::len) as u64;
    }

    pub(super) fn finish(mut self) -> Defects {
        for channel in 0..self.recent.len() {
            (0..AROUND).for_each(|_| self.click(channel, (self.at, false, false)));
        }
        self.total
    }

    /// Takes the window that follows, and judges the one in the middle of those around it.
    fn click(&mut self, channel: usize, window: (u64, bool, bool)) {
        let recent = &mut self.recent[channel];
        recent.push(window);
        if recent.len() > 2 * AROUND {
            let (at, clicks, _) = recent[AROUND];
            if clicks && !recent.iter().any(|(_, _, nearly)| *nearly) {
                self.total.new_clicks += 1;
                earliest(&mut self.total.click_at, at);
            }
            recent.remove(0);
        }
    }

    fn window(&mut self, channel: usize, at: u64, actual: &Window, expected: &Window) {
        let total = &mut self.total;
        for (of, window) in [actual, expected].into_iter().enumerate() {
            total.sums[channel][of] += window.sum;
            total.clipped[of] += window.clipped;
            total.not_finite[of] += window.not_finite;
        }
        if actual.level < SILENT && expected.level > SOUNDING {
            total.new_silence += 1;
            earliest(&mut total.silence_at, at);
        }
        if actual.clipped > expected.clipped {
            earliest(&mut total.clipped_at, at);
        }
        if actual.not_finite > expected.not_finite {
            earliest(&mut total.not_finite_at, at);
        }
        self.click(channel, (at, actual.clicks(1.0), expected.clicks(0.5)));
    }
}

/// Replaces all of a run but its end by the samples that follow.
fn follow(run: &mut Vec<f64>, samples: &[f64]) {
    run.drain(..run.len() - BEFORE);
    run.extend_from_slice(samples);
}

fn earliest(found: &mut Option<u64>, at: u64) {
    *found = Some(found.map_or(at, |old| old.min(at)));
}

impl Window {
    /// What is found in a run, whose first samples only lead up to the window.
    fn of(run: &[f64]) -> Self {
        let samples = &run[BEFORE..];
        let [sum, energy, peak] = sums(samples);
        if !(sum + energy + peak).is_finite() {
            return Self::with_strangers(samples);
        }
        let length = samples.len() as f64;
        let [steepest, roughness] = bends(run);
        let crest = steepest / libm::sqrt(roughness / length);
        Self {
            sum,
            level: libm::sqrt(energy / length),
            clipped: if peak >= FULL_SCALE {
                clipped(samples)
            } else {
                0
            },
            not_finite: 0,
            steepest,
            // Of silence it is no number, and nothing stands out.
            crest,
        }
    }

    /// Whether it clicks, by a share of the thresholds.
    fn clicks(&self, share: f64) -> bool {
        self.steepest > share * CLICK && self.crest > share * CREST
    }

    /// A window in which some samples are no finite numbers: the rest of it, without them, and without clicks.
    fn with_strangers(samples: &[f64]) -> Self {
        let finite = samples.iter().copied().filter(|x| x.is_finite());
        let tame = finite.clone().filter(|x| x.abs() < 1e100);
        let rest: Vec<f64> = [0.0; BEFORE + 1].into_iter().chain(tame).collect();
        Self {
            not_finite: (samples.len() - finite.count()) as u64,
            steepest: 0.0,
            ..Self::of(&rest)
        }
    }
}

const LANES: usize = 4;

/// The sum, the energy and the largest magnitude.
fn sums(samples: &[f64]) -> [f64; 3] {
    let mut lanes = [[0.0f64; LANES]; 3];
    let (chunks, rest) = samples.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[0][lane] += chunk[lane];
            lanes[1][lane] += chunk[lane] * chunk[lane];
            lanes[2][lane] = lanes[2][lane].max(chunk[lane].abs());
        }
    }
    for sample in rest {
        lanes[0][0] += sample;
        lanes[1][0] += sample * sample;
        lanes[2][0] = lanes[2][0].max(sample.abs());
    }
    let [sum, energy, peak] = lanes;
    let peak = peak.into_iter().fold(0.0, f64::max);
    [sum.iter().sum(), energy.iter().sum(), peak]
}

/// The largest second difference, and the energy of all.
fn bends(run: &[f64]) -> [f64; 2] {
    let (mut most, mut energy) = ([0.0f64; LANES], [0.0; LANES]);
    let bend = |a: f64, b: f64, c: f64| a - 2.0 * b + c;
    let count = run.len().saturating_sub(2);
    let whole = count / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        let part = &run[start..start + LANES + 2];
        for lane in 0..LANES {
            let bend = bend(part[lane], part[lane + 1], part[lane + 2]);
            most[lane] = most[lane].max(bend.abs());
            energy[lane] += bend * bend;
        }
    }
    for place in whole..count {
        let bend = bend(run[place], run[place + 1], run[place + 2]);
        most[0] = most[0].max(bend.abs());
        energy[0] += bend * bend;
    }
    [most.into_iter().fold(0.0, f64::max), energy.iter().sum()]
}

/// Samples in runs at full scale.
fn clipped(samples: &[f64]) -> u64 {
    let runs = samples.chunk_by(|a, b| (a.abs() >= FULL_SCALE) == (b.abs() >= FULL_SCALE));
    let clipped = runs.filter(|run| run[0].abs() >= FULL_SCALE && run.len() >= CLIPPED_RUN);
    clipped.map(|run| run.len() as u64).sum()
}
