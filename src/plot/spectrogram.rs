//! Spectrograms: levels by time and pitch, and their differences, as pictures within a panel.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use realfft::RealFftPlanner;

use super::axis::Axis;
use super::chart::Frame;
use super::colour;
use super::ink::Ink;
use crate::compare::AudioSource;
use crate::wav::Planes;

/// Frames of a spectrum: 46 ms at 44.1 kHz.
const LENGTH: usize = 4096;
/// Rows of a picture.
const ROWS: usize = 160;
/// The levels of the darkest and the brightest colour, in dBFS, and the change of the strongest.
const DARKEST: f64 = -110.0;
const BRIGHTEST: f64 = -10.0;
const STRONGEST: f64 = 24.0;

/// Levels in decibels: column after column, from the lowest row up.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrogram {
    columns: Vec<[f32; ROWS]>,
    axis: Axis,
}

/// How levels become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contrast {
    /// Levels.
    Level,
    /// Changes of levels.
    Change,
}

impl Spectrogram {
    /// The pitches of all spectrograms of a rate: 40 Hz to half the rate, at most 20 kHz.
    #[must_use]
    pub fn axis(rate: u32) -> Axis {
        Axis::frequency(40.0, (f64::from(rate) / 2.0).clamp(80.0, 20_000.0))
    }

    /// The spectrogram of a run of frames.
    ///
    /// # Errors
    ///
    /// Those of the recording.
    pub fn of<R: AudioSource>(
        recording: &mut R,
        range: std::ops::Range<u64>,
        columns: usize,
    ) -> Result<Self, R::Error> {
        let rate = recording.spec().rate;
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(LENGTH);
        let (mut input, mut bins) = (transform.make_input_vec(), transform.make_output_vec());
        let (axis, mut planes) = (Self::axis(rate), Planes::new());
        let mut found = Vec::with_capacity(columns);
        for column in 0..columns {
            let middle = range.start
                + (range.end - range.start) * (2 * column as u64 + 1) / (2 * columns as u64);
            let start = middle.saturating_sub(LENGTH as u64 / 2);
            recording.read(start, LENGTH, &mut planes)?;
            window(&planes, &mut input);
            // It fails only for another length.
            let _ = transform.process(&mut input, &mut bins);
            let powers: Vec<f32> = bins.iter().map(|bin| bin.norm_sqr()).collect();
            found.push(rows(&powers, rate, &axis));
        }
        Ok(Self {
            columns: found,
            axis,
        })
    }

    /// How much louder this is than what was expected; what is dark in both counts as nothing.
    #[must_use]
    pub fn minus(&self, expected: &Self) -> Self {
        let audible = |level: f32| level.max(-80.0);
        let columns = self.columns.iter().zip(&expected.columns);
        let minus = |(a, e): (&[f32; ROWS], &[f32; ROWS])| {
            std::array::from_fn(|row| audible(a[row]) - audible(e[row]))
        };
        Self {
            columns: columns.map(minus).collect(),
            axis: self.axis.clone(),
        }
    }

    /// The picture, with its legend at the right.
    #[must_use]
    pub fn image(&self, frame: &Frame, contrast: Contrast) -> String {
        let (x, y, width, height) = (frame.left(), frame.top(), frame.width, frame.height);
        let data = BASE64_STANDARD.encode(self.png(contrast));
        let legend = legend(frame, contrast);
        format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             xlink:href=\"data:image/png;base64,{data}\"/>\n{legend}"
        )
    }

    fn png(&self, contrast: Contrast) -> Vec<u8> {
        let colour = |level: f32| contrast.colour(f64::from(level));
        let rows = (0..ROWS).rev();
        let pixels = rows.flat_map(|row| {
            self.columns
                .iter()
                .flat_map(move |column| colour(column[row]))
        });
        encode(
            self.columns.len() as u32,
            ROWS as u32,
            &pixels.collect::<Vec<u8>>(),
        )
    }
}

impl Contrast {
    fn colour(self, level: f64) -> [u8; 4] {
        match self {
            Self::Level => colour::heat((level - DARKEST) / (BRIGHTEST - DARKEST)),
            Self::Change => colour::change(level / STRONGEST),
        }
    }

    const fn range(self) -> [f64; 2] {
        match self {
            Self::Level => [DARKEST, BRIGHTEST],
            Self::Change => [-STRONGEST, STRONGEST],
        }
    }
}

/// Red, green, blue and opacity as PNG.
fn encode(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    // Writing as many pixels as promised to a vector cannot fail.
    if let Ok(mut writer) = encoder.write_header() {
        let _ = writer.write_image_data(pixels);
    }
    bytes
}

/// The mean of the channels under a Hann window, silence behind the end; a full-scale sine has a bin of 1 / 2.
fn window(planes: &Planes, input: &mut [f32]) {
    let turn = std::f64::consts::TAU / LENGTH as f64;
    for (n, input) in input.iter_mut().enumerate() {
        let weight = (1.0 - libm::cos(turn * n as f64)) / LENGTH as f64;
        let samples = planes
            .iter()
            .map(|plane| plane.get(n).copied().unwrap_or(0.0));
        let sum: f64 = samples.filter(|x| x.is_finite()).sum();
        *input = (weight * sum / planes.len().max(1) as f64) as f32;
    }
}

/// The strongest bin within each row, in dBFS; between bins, a value in between.
fn rows(powers: &[f32], rate: u32, axis: &Axis) -> [f32; ROWS] {
    let bin = |row: f64| axis.value(row / ROWS as f64) * LENGTH as f64 / f64::from(rate);
    std::array::from_fn(|row| {
        let (low, high) = (bin(row as f64), bin(row as f64 + 1.0));
        let (first, last) = (
            libm::ceil(low) as usize,
            (high as usize).min(powers.len() - 1),
        );
        let power = if first <= last {
            powers[first..=last].iter().fold(0.0f32, |a, b| a.max(*b))
        } else {
            let (index, share) = (low as usize, low.fract() as f32);
            let next = powers.get(index + 1).copied().unwrap_or(0.0);
            powers.get(index).copied().unwrap_or(0.0) * (1.0 - share) + next * share
        };
        10.0 * libm::log10f(power.max(1e-15)) + 6.02
    })
}

fn legend(frame: &Frame, contrast: Contrast) -> String {
    const STEPS: usize = 24;
    let [low, high] = contrast.range();
    let (x, height) = (
        frame.left() + frame.width + 10.0,
        frame.height / STEPS as f64,
    );
    let mut legend = String::new();
    for step in 0..STEPS {
        let level = low + (high - low) * (step as f64 + 0.5) / STEPS as f64;
        let [red, green, blue, opacity] = contrast.colour(level);
        let y = frame.top() + frame.height - (step as f64 + 1.0) * height;
        let fill = colour::hex([red, green, blue]);
        let (opacity, tall) = (f64::from(opacity) / 255.0, height + 0.3);
        legend.push_str(&format!(
            "<rect x=\"{x}\" y=\"{y:.1}\" width=\"10\" height=\"{tall:.1}\" fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"/>"
        ));
    }
    let faint = Ink::Faint.fill();
    let label = |y: f64, text: String| {
        format!(
            "<text {faint} x=\"{}\" y=\"{y:.1}\">{text}</text>",
            x + 14.0
        )
    };
    let unit = if contrast == Contrast::Level {
        "dBFS"
    } else {
        "dB"
    };
    legend.push_str(&label(frame.top() + 10.0, format!("{high:+}")));
    legend.push_str(&label(
        frame.top() + frame.height / 2.0 + 4.0,
        format!("{} {unit}", f64::midpoint(low, high)),
    ));
    legend.push_str(&label(frame.top() + frame.height, low.to_string()));
    legend.push('\n');
    legend
}
