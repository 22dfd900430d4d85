//! What reading leaves out and lets through, and where loops lead, against sines and against timelines written out.

use std::f64::consts::TAU;
use std::ops::Range;

use super::kernel::LONGEST_REACH;
use super::*;
use crate::dsp::noise::white;
use crate::dsp::simd;

/// Frames that are measured.
const FRAMES: usize = 8192;

/// A position before which no kernel reaches below 0.
const INSIDE: u64 = 300;

/// A sine of `frequency` cycles per frame.
fn sine(frequency: f64, frames: usize) -> Vec<f32> {
    (0..frames)
        .map(|frame| libm::sin(TAU * frequency * frame as f64) as f32)
        .collect()
}

/// A sine as least squares find it, and what is left.
struct Fit {
    amplitude: f64,
    /// In cycles.
    phase: f64,
    /// The amplitude of a sine as loud as what is left.
    rest: f64,
    /// The largest sample that is left.
    peak: f64,
}

impl Fit {
    fn new(samples: &[f32], frequency: f64) -> Self {
        let waves = |frame: usize| {
            let (sine, cosine) = libm::sincos(TAU * frequency * frame as f64);
            [sine, cosine]
        };
        let [mut ss, mut sc, mut cc, mut sx, mut cx] = [0.0; 5];
        for (frame, sample) in samples.iter().enumerate() {
            let ([sine, cosine], sample) = (waves(frame), f64::from(*sample));
            ss += sine * sine;
            sc += sine * cosine;
            cc += cosine * cosine;
            sx += sine * sample;
            cx += cosine * sample;
        }
        let determinant = ss * cc - sc * sc;
        // At half the rate there is but one wave.
        let [a, b] = if determinant.abs() > 1e-6 * (ss + cc) {
            [
                (sx * cc - cx * sc) / determinant,
                (cx * ss - sx * sc) / determinant,
            ]
        } else {
            [0.0, cx / cc]
        };
        let (mut power, mut peak) = (0.0, 0.0f64);
        for (frame, sample) in samples.iter().enumerate() {
            let [sine, cosine] = waves(frame);
            let rest = f64::from(*sample) - a * sine - b * cosine;
            power += rest * rest;
            peak = peak.max(rest.abs());
        }
        Self {
            amplitude: libm::hypot(a, b),
            phase: libm::atan2(b, a) / TAU,
            rest: libm::sqrt(2.0 * power / samples.len() as f64),
            peak,
        }
    }

    /// What is left, in dB below the sine.
    fn residual(&self) -> f64 {
        decibels(self.rest / self.amplitude)
    }
}

fn decibels(amplitude: f64) -> f64 {
    20.0 * libm::log10(amplitude)
}

/// A sine of `frequency` cycles per frame of a recording, read at a ratio.
fn read_sine(frequency: f64, ratio: f64) -> Vec<f32> {
    let length = 2 * INSIDE as usize + (FRAMES as f64 * ratio) as usize;
    let recording = RecordedFrames::new(&sine(frequency, length), None);
    let increment = increment(ratio);
    let kernel = Kernel::for_increments(increment, increment);
    let mut state = ReadState::new((INSIDE << 32) + 0x4567_89AB, Looping::Never);
    let mut output = vec![0.0; FRAMES];
    let mut glide = Ramp::still(increment).over(FRAMES);
    recording.render(kernel, &mut state, &mut glide, &mut output);
    output
}

/// Frequencies from one to another, both among them.
fn spread(from: f64, to: f64) -> impl Iterator<Item = f64> {
    (0..=24).map(move |step| from + (to - from) * (f64::from(step) / 24.0))
}

#[test]
fn a_sine_up_to_0_42_of_the_rate_is_left_alone_at_ratios_up_to_1() {
    for ratio in [0.25, 0.5, 0.79, 0.9, 1.0] {
        let mut worst = f64::NEG_INFINITY;
        for frequency in spread(0.0101, 0.42) {
            let fit = Fit::new(&read_sine(frequency, ratio), frequency * ratio);
            worst = worst.max(fit.residual());
        }
        assert!(worst <= -90.0, "ratio {ratio}: {worst:.1} dB");
    }
}

/// Ratios of which each is read with another kernel.
const UP: [f64; 10] = [1.000_1, 1.06, 1.2, 1.3, 1.5, 2.0, 2.7, 4.0, 5.7, 8.0];

#[test]
fn what_lies_above_the_band_of_the_output_is_not_heard() {
    // The transition: what comes to lie at 0.5 to 0.58 of the output's rate is heard at 0.42 to 0.5.
    for ratio in UP {
        let mut worst = f64::NEG_INFINITY;
        // At ratios up to 1.16 nothing lies above that.
        for frequency in spread((0.58 / ratio).min(0.5), 0.5) {
            if frequency * ratio < 0.58 {
                continue;
            }
            let heard = read_sine(frequency, ratio);
            let power: f64 = heard.iter().map(|sample| f64::from(sample * sample)).sum();
            worst = worst.max(decibels(libm::sqrt(2.0 * power / FRAMES as f64)));
        }
        assert!(worst <= -80.0, "ratio {ratio}: {worst:.1} dB");
    }
}

#[test]
fn what_lies_within_the_band_of_the_output_passes() {
    for ratio in UP {
        let (mut worst, mut droop) = (f64::NEG_INFINITY, 0.0f64);
        for frequency in spread(0.0101 / ratio, 0.42 / ratio) {
            let fit = Fit::new(&read_sine(frequency, ratio), frequency * ratio);
            worst = worst.max(fit.residual());
            if frequency * ratio <= 0.4 {
                droop = droop.min(decibels(fit.amplitude));
            }
        }
        assert!(worst <= -80.0, "ratio {ratio}: {worst:.1} dB");
        assert!(droop >= -0.5, "ratio {ratio}: {droop:.2} dB");
    }
}

#[test]
fn at_ratio_1_the_frames_of_a_recording_are_copied() {
    let frames: Vec<f32> = (0..1000).map(|frame| white(1, frame)).collect();
    let recording = RecordedFrames::new(&frames, None);
    let kernel = Kernel::for_increments(ONE, ONE);
    // The first at a glide that stays, the second by the kernel's weights: its glide is 0 long.
    for ramp in [
        Ramp::still(ONE),
        Ramp {
            from: ONE,
            to: ONE + 1000,
        },
    ] {
        let mut state = ReadState::new(3 << 32, Looping::Never);
        let mut output = vec![1.0; 1100];
        let mut glide = ramp.over(if ramp.from == ramp.to { 1100 } else { 1101 });
        recording.render(kernel, &mut state, &mut glide, &mut output);
        assert_eq!(output[..997], frames[3..]);
        assert!(output[997..].iter().all(|sample| *sample == 0.0));
    }
}

/// How a sound moves: the increments at the ends of runs of frames.
struct Course {
    increments: Vec<u64>,
    runs: Vec<usize>,
}

impl Course {
    /// Runs of 1 to 300 frames; still, or moving within a factor of 4.
    fn random(seed: u32, highest: f64, moving: bool) -> Self {
        let number = |place: u32| f64::from(white(seed, place)) / 2.0 + 0.5;
        let runs: Vec<usize> = (0..20)
            .map(|run| 1 + (300.0 * number(run)) as usize)
            .collect();
        let places = (0..=runs.len() as u32).map(|run| if moving { 100 + run } else { 100 });
        let ratios = places.map(|place| highest * (0.25 + 0.75 * number(place)));
        Self {
            increments: ratios.map(increment).collect(),
            runs,
        }
    }

    fn kernel(&self) -> &'static Kernel {
        let [lowest, highest] = [self.increments.iter().min(), self.increments.iter().max()];
        Kernel::for_increments(*lowest.unwrap(), *highest.unwrap())
    }

    fn frames(&self) -> usize {
        self.runs.iter().sum()
    }

    /// Renders it, each run in pieces of at most so many frames.
    fn render(
        &self,
        recording: &RecordedFrames,
        looping: Looping,
        piece: usize,
    ) -> (Vec<f32>, ReadState) {
        let (kernel, mut state) = (self.kernel(), ReadState::new(ONE / 3, looping));
        let mut output = Vec::new();
        for (run, ends) in self.runs.iter().zip(self.increments.windows(2)) {
            let mut glide = Ramp {
                from: ends[0],
                to: ends[1],
            }
            .over(*run);
            let mut samples = vec![0.0; *run];
            for piece in samples.chunks_mut(piece) {
                // As if it had been put away in between.
                let mut kept = state;
                recording.render(kernel, &mut kept, &mut glide, piece);
                state = kept;
            }
            output.extend(samples);
        }
        (output, state)
    }

    /// The frame of an endless recording that is reached after so many frames.
    fn place_at(&self, frames: usize) -> usize {
        let (mut position, mut rest) = (ONE / 3, frames);
        for (run, ends) in self.runs.iter().zip(self.increments.windows(2)) {
            let count = rest.min(*run);
            position += Ramp {
                from: ends[0],
                to: ends[1],
            }
            .over(*run)
            .advance(count);
            rest -= count;
        }
        (position >> 32) as usize
    }
}

fn noise(frames: usize) -> Vec<f32> {
    (0..frames as u32).map(|frame| white(7, frame)).collect()
}

/// A recording with its loop played so many times, written out.
fn written_out(frames: &[f32], cycle: &Range<usize>, passes: usize) -> RecordedFrames {
    let mut timeline = frames[..cycle.start].to_vec();
    for _ in 0..passes {
        timeline.extend_from_slice(&frames[cycle.clone()]);
    }
    timeline.extend_from_slice(&frames[cycle.end..]);
    RecordedFrames::new(&timeline, None)
}

/// Loops of all kinds in recordings that end somewhat behind them, or with them.
const LOOPS: [(Range<usize>, usize); 11] = [
    (0..1, 1),
    (0..1, 40),
    (500..501, 900),
    (3..5, 5),
    (40..45, 700),
    (100..131, 131),
    (7..262, 400),
    (7..263, 400),
    (0..300, 300),
    (90..800, 830),
    (1000..2500, 4000),
];

const HIGHEST_RATIOS: [f64; 5] = [0.3, 1.0, 1.9, 7.0, 20.0];

#[test]
fn a_loop_sounds_as_if_it_were_written_out() {
    for (number, (cycle, length)) in LOOPS.iter().enumerate() {
        let frames = noise(*length);
        let recording = RecordedFrames::new(&frames, Some(cycle.clone()));
        for (ratio, moving) in HIGHEST_RATIOS
            .iter()
            .flat_map(|ratio| [(ratio, false), (ratio, true)])
        {
            let course = Course::random(number as u32, *ratio, moving);
            let passes = course.place_at(course.frames()) / cycle.len() + 2000 / cycle.len() + 2;
            let written = written_out(&frames, cycle, passes);
            let (expected, _) = course.render(&written, Looping::Never, usize::MAX);
            let (heard, _) = course.render(&recording, Looping::Forever, usize::MAX);
            assert!(
                heard == expected,
                "{cycle:?}, ratio {ratio}, moving: {moving}"
            );
            let (expected, _) = course.render(&written_out(&frames, cycle, 1), Looping::Never, 99);
            let (heard, _) = course.render(&recording, Looping::Never, usize::MAX);
            assert!(
                heard == expected,
                "{cycle:?}, ratio {ratio}, moving: {moving}"
            );
        }
    }
}

#[test]
fn a_loop_until_the_release_sounds_as_if_its_passes_and_what_follows_were_written_out() {
    for (number, (cycle, length)) in LOOPS.iter().enumerate() {
        let frames = noise(*length);
        let recording = RecordedFrames::new(&frames, Some(cycle.clone()));
        for (ratio, moving) in HIGHEST_RATIOS
            .iter()
            .flat_map(|ratio| [(ratio, false), (ratio, true)])
        {
            let course = Course::random(number as u32, *ratio, moving);
            // Passes that are written out for a kernel at a frame to lie upon.
            let passes = |frame: usize| {
                let last_tap = course.place_at(frame) + course.kernel().reach();
                let beyond = last_tap.checked_sub(cycle.end);
                1 + beyond.map_or(0, |beyond| beyond / cycle.len() + 1)
            };
            for release in [0usize, 1, 50, 333, 1200] {
                let looping = Looping::Until(release as u64);
                let (heard, _) = course.render(&recording, looping, usize::MAX);
                let least = release.checked_sub(1).map_or(1, passes);
                let most = match cycle.len() {
                    _ if release == 0 => 1,
                    // It is left no sooner than a kernel lies upon nothing else.
                    length if length < 2 * LONGEST_REACH => {
                        passes(release) + 2 * course.kernel().reach() / length + 2
                    }
                    _ => least,
                };
                let found = (least..=most).find(|passes| {
                    let written = written_out(&frames, cycle, *passes);
                    let (expected, _) = course.render(&written, Looping::Never, usize::MAX);
                    expected == heard
                });
                assert!(
                    found.is_some(),
                    "{cycle:?}, ratio {ratio}, moving: {moving}, released at {release}"
                );
            }
        }
    }
}

#[test]
fn pieces_of_any_length_and_either_way_give_the_same_bits() {
    for (number, (cycle, length)) in (0..).zip(LOOPS.iter()) {
        let recording = RecordedFrames::new(&noise(*length), Some(cycle.clone()));
        let loopings = [Looping::Never, Looping::Forever, Looping::Until(777)];
        for (ratio, looping) in HIGHEST_RATIOS
            .iter()
            .flat_map(|ratio| loopings.map(|looping| (ratio, looping)))
        {
            let course = Course::random(100 + number, *ratio, number % 2 == 0);
            let bits = |piece: usize, baseline: bool| {
                simd::use_baseline(baseline);
                let (heard, state) = course.render(&recording, looping, piece);
                simd::use_baseline(false);
                (
                    heard.into_iter().map(f32::to_bits).collect::<Vec<_>>(),
                    state,
                )
            };
            let whole = bits(usize::MAX, false);
            for (piece, baseline) in [(usize::MAX, true), (1, false), (7, true), (64, false)] {
                assert!(
                    bits(piece, baseline) == whole,
                    "{cycle:?}, ratio {ratio}, {looping:?}, pieces of {piece}, baseline: {baseline}"
                );
            }
        }
    }
}

/// A sine that goes through the start and the end of a loop of `length` frames, `cycles` times within it.
fn in_loop(length: usize, cycles: f64, before: usize, behind: usize) -> (Vec<f32>, Range<usize>) {
    let frequency = cycles / length as f64;
    let frames = sine(frequency, before + length + behind);
    (frames, before..before + length)
}

#[test]
fn short_loops_are_in_tune() {
    let seconds = 4;
    let window = 4_410;
    for (length, cycles) in [(2, 1.0), (5, 1.0), (31, 1.0), (31, 4.0)] {
        let frequency = cycles / length as f64;
        // At the last, a sine of two frames lies above the band and is not heard.
        let ratios = [0.3, 0.793_7, 1.0, 1.334_8];
        for ratio in ratios.into_iter().filter(|ratio| frequency * ratio <= 0.5) {
            // Of two frames to the cycle, the cosine.
            let frame = |frame: usize| libm::cos(TAU * frequency * frame as f64) as f32;
            let frames: Vec<f32> = (0..length).map(frame).collect();
            let recording = RecordedFrames::new(&frames, Some(0..length));
            let increment = increment(ratio);
            let kernel = Kernel::for_increments(increment, increment);
            let mut state = ReadState::new(0, Looping::Forever);
            let mut glide = Ramp::still(increment).over(0);
            let mut output = vec![0.0; 44_100 * seconds + 1000];
            recording.render(kernel, &mut state, &mut glide, &mut output);
            // How far the phase drifts, in cycles per frame, against that of the right frequency.
            let right = frequency * ratio;
            let name = format!("{length} frames, ratio {ratio}");
            let phases =
                output[1000..]
                    .chunks_exact(window)
                    .enumerate()
                    .map(|(number, samples)| {
                        let fit = Fit::new(samples, right);
                        assert!(fit.residual() <= -80.0, "{name}: {:.1} dB", fit.residual());
                        fit.phase - libm::fmod(right * (number * window) as f64, 1.0)
                    });
            let phases: Vec<f64> = phases.collect();
            let steps = phases.windows(2).map(|pair| pair[1] - pair[0]);
            let drift: f64 = steps.map(|step| step - libm::round(step)).sum();
            let drift = drift / ((phases.len() - 1) * window) as f64;
            let cents = 1200.0 * libm::log2(1.0 + drift / right);
            assert!(cents.abs() <= 0.2, "{name}: {cents} cents");
        }
    }
}

#[test]
fn a_loop_of_one_frame_is_a_constant() {
    let recording = RecordedFrames::new(&[0.1, 0.9, 0.625, -0.3], Some(2..3));
    for ratio in [0.01, 0.7, 1.0, 3.3, 1000.0] {
        let increment = increment(ratio);
        let kernel = Kernel::for_increments(increment, increment);
        let mut state = ReadState::new(40 << 32, Looping::Forever);
        let mut output = vec![0.0; 20_000];
        let mut glide = Ramp::still(increment).over(0);
        recording.render(kernel, &mut state, &mut glide, &mut output);
        // Behind the frames that lie before the loop.
        let heard = &output[if ratio < 0.1 { 10_000 } else { 500 }..];
        assert!(
            heard.iter().all(|sample| (sample - 0.625).abs() < 1e-6),
            "ratio {ratio}"
        );
    }
}

#[test]
fn nothing_clicks_where_a_loop_jumps_nor_where_it_is_left() {
    for (length, cycles) in [(1000, 37.0), (31, 3.0), (5, 1.0)] {
        let (frames, cycle) = in_loop(length, cycles, 600, 20_000);
        let recording = RecordedFrames::new(&frames, Some(cycle));
        for ratio in [0.31, 0.9, 1.7] {
            let increment = increment(ratio);
            let kernel = Kernel::for_increments(increment, increment);
            let mut state = ReadState::new(INSIDE << 32, Looping::Until(5_003));
            let mut glide = Ramp::still(increment).over(0);
            let mut output = vec![0.0; 12_000];
            recording.render(kernel, &mut state, &mut glide, &mut output);
            let fit = Fit::new(&output, cycles / length as f64 * ratio);
            let peak = decibels(fit.peak / fit.amplitude);
            assert!(
                peak <= -80.0,
                "{length} frames, ratio {ratio}: {peak:.1} dB"
            );
        }
    }
}

#[test]
fn behind_the_release_the_end_of_the_recording_is_heard() {
    let mut frames = vec![0.25; 500];
    frames.extend([0.75; 400]);
    let recording = RecordedFrames::new(&frames, Some(100..500));
    let increment = increment(0.5);
    let kernel = Kernel::for_increments(increment, increment);
    let play = |looping| {
        let mut state = ReadState::new(0, looping);
        let mut output = vec![0.0; 8_000];
        let mut glide = Ramp::still(increment).over(0);
        recording.render(kernel, &mut state, &mut glide, &mut output);
        let loud = output.iter().position(|sample| *sample > 0.7);
        (loud, output[7_999])
    };
    let (loud, last) = play(Looping::Forever);
    assert_eq!(loud, None);
    assert!((last - 0.25).abs() < 1e-6);
    // 4,000 frames are 2,000 of the recording: the fifth pass, which ends at 2,100.
    let (loud, last) = play(Looping::Until(4_000));
    assert!(
        loud.is_some_and(|frame| (4_195..4_210).contains(&frame)),
        "{loud:?}"
    );
    assert_eq!(last, 0.0);
}

#[test]
fn nothing_is_too_strange_to_be_read() {
    let recordings = [
        RecordedFrames::new(&[], None),
        RecordedFrames::new(&[0.5], None),
        RecordedFrames::new(&[0.5], Some(0..1)),
        RecordedFrames::new(&noise(300), Some(299..300)),
        RecordedFrames::new(&noise(300), Some(0..300)),
        RecordedFrames::new(&noise(300), Some(0..7)),
    ];
    let increments = [0, 1, ONE - 1, ONE, 77 * ONE, HIGHEST, u64::MAX];
    let kernels = [0.0, 1.0, 8.0].map(|ratio| Kernel::for_increments(ONE, increment(ratio)));
    for recording in &recordings {
        for looping in [Looping::Never, Looping::Forever, Looping::Until(30)] {
            for start in [0, ONE / 2, 299 << 32, 5_000 << 32, u64::MAX] {
                for (from, to) in increments
                    .iter()
                    .flat_map(|from| increments.map(|to| (*from, to)))
                {
                    let mut state = ReadState::new(start, looping);
                    let mut output = [f32::NAN; 50];
                    for samples in output.chunks_mut(25) {
                        // Kernels are not meant to change, nor glides to be shorter than their runs.
                        for (kernel, samples) in kernels.iter().zip(samples.chunks_mut(9)) {
                            let mut glide = Ramp { from, to }.over(7);
                            recording.render(kernel, &mut state, &mut glide, samples);
                        }
                    }
                    assert!(output.iter().all(|sample| sample.is_finite()));
                }
            }
        }
    }
}

#[test]
fn a_state_is_small() {
    assert!(size_of::<ReadState>() <= 24);
}
