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
            let windows = actual.chunks(self.window).zip(expected.chunks(self.window));
            for (index, (actual, expected)) in windows.enumerate() {
                let at = self.at + (index * self.window) as u64;
                self.window(channel, at, &Window::of(actual), &Window::of(expected));
            }
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

fn earliest(found: &mut Option<u64>, at: u64) {
    *found = Some(found.map_or(at, |old| old.min(at)));
}

impl Window {
    fn of(samples: &[f64]) -> Self {
        let [sum, energy, peak, steepest, roughness] = sums(samples);
        if !(sum + energy + peak).is_finite() {
            return Self::with_strangers(samples);
        }
        let length = samples.len() as f64;
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
            crest: if steepest > 0.0 {
                steepest / libm::sqrt(roughness / length)
            } else {
                0.0
            },
        }
    }

    /// Whether it clicks, by a share of the thresholds.
    fn clicks(&self, share: f64) -> bool {
        self.steepest > share * CLICK && self.crest > share * CREST
    }

    /// A window in which some samples are no finite numbers: the rest of it, without them.
    fn with_strangers(samples: &[f64]) -> Self {
        let finite: Vec<f64> = samples.iter().copied().filter(|x| x.is_finite()).collect();
        let not_finite = (samples.len() - finite.len()) as u64;
        let huge = finite.iter().any(|x| x.abs() > 1e100);
        let rest = if finite.is_empty() || huge {
            vec![0.0]
        } else {
            finite
        };
        Self {
            not_finite,
            crest: 0.0,
            ..Self::of(&rest)
        }
    }
}

/// The sum, the energy, the largest magnitude, the largest second difference and the energy of these.
fn sums(samples: &[f64]) -> [f64; 5] {
    const LANES: usize = 4;
    let mut lanes = [[0.0f64; LANES]; 5];
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
    let count = samples.len().saturating_sub(2);
    for start in (0..count).step_by(LANES) {
        let end = (start + LANES).min(count);
        for (lane, place) in (start..end).enumerate() {
            let bend = samples[place] - 2.0 * samples[place + 1] + samples[place + 2];
            lanes[3][lane] = lanes[3][lane].max(bend.abs());
            lanes[4][lane] += bend * bend;
        }
    }
    let add = |lanes: [f64; LANES]| lanes.iter().sum();
    let most = |lanes: [f64; LANES]| lanes.into_iter().fold(0.0, f64::max);
    [
        add(lanes[0]),
        add(lanes[1]),
        most(lanes[2]),
        most(lanes[3]),
        add(lanes[4]),
    ]
}

/// Samples in runs at full scale.
fn clipped(samples: &[f64]) -> u64 {
    let runs = samples.chunk_by(|a, b| (a.abs() >= FULL_SCALE) == (b.abs() >= FULL_SCALE));
    let clipped = runs.filter(|run| run[0].abs() >= FULL_SCALE && run.len() >= CLIPPED_RUN);
    clipped.map(|run| run.len() as u64).sum()
}
