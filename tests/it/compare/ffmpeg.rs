//! Loudness and true peak as ffmpeg's ebur128 finds them in the same files, where there is ffmpeg.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::pipelines::is_there;

/// What ffmpeg shows has one decimal; so much may both differ besides.
const TOLERANCE: f64 = 0.05 + 0.1;

/// Ten seconds of notes that come and go, so that the gates have something to do, and peak between samples.
fn write(path: &Path, rate: u32, channels: u16, gain: f64) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for frame in 0..10 * rate {
        let time = f64::from(frame) / f64::from(rate);
        let level = gain * libm::exp(-2.0 * (time % 2.5));
        for channel in 0..channels {
            let low = libm::sin(TAU * 90.0 * f64::from(channel + 1) * time);
            let high = libm::sin(TAU * f64::from(rate) / 4.0 * time + 0.7);
            let sample = level * (0.6 * low + 0.3 * high);
            writer.write_sample((sample * 8_388_607.0) as i32).unwrap();
        }
    }
    writer.finalize().unwrap();
}

/// The number behind a word of ffmpeg's summary.
fn after(summary: &str, word: &str) -> f64 {
    let rest = summary.split(word).nth(1).unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

/// Integrated loudness and true peak, by ffmpeg.
fn ffmpeg(path: &Path) -> [f64; 2] {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostats", "-i"]).arg(path);
    command.args(["-af", "ebur128=peak=true", "-f", "null", "-"]);
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    let summary = said.split("Summary:").nth(1).unwrap();
    [after(summary, "I:"), after(summary, "Peak:")]
}

#[test]
fn loudness_and_true_peak_are_those_of_ffmpeg() {
    if !is_there("ffmpeg", "-version") {
        return;
    }
    let folder = TempDir::new().unwrap();
    for (rate, channels) in [(44_100, 2), (48_000, 1), (96_000, 2)] {
        let [loud, soft] = ["loud.wav", "soft.wav"].map(|name| folder.path().join(name));
        write(&loud, rate, channels, 1.0);
        write(&soft, rate, channels, 0.1);
        let mut compare = assert_cmd::cargo::cargo_bin_cmd!("cascade");
        let compare = compare
            .args(["compare", "--report", "json"])
            .args([&loud, &soft]);
        let line: serde_json::Value =
            serde_json::from_slice(&compare.output().unwrap().stdout).unwrap();
        for (side, path) in [&loud, &soft].into_iter().enumerate() {
            let found = ["loudness_lufs", "true_peak_dbtp"]
                .map(|figure| line["figures"][figure][side].as_f64().unwrap());
            let expected = ffmpeg(path);
            for (found, expected) in found.into_iter().zip(expected) {
                let case = format!("{rate} Hz, {channels} channels, file {side}");
                assert!(
                    (found - expected).abs() <= TOLERANCE,
                    "{case}: {found}, {expected}"
                );
            }
        }
    }
}
