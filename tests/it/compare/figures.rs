//! Each figure against a formula that shares nothing with the meter, on sounds whose difference is known.

use std::f64::consts::TAU;

use cascade::compare::{Figures, Memory, Span, figures};

const RATE: u32 = 44_100;

/// Seconds of a song: a note of its own pitch every half second, decaying, wider in the left channel.
fn song(seconds: usize) -> Memory {
    let frames = seconds * RATE as usize;
    let note = |frame: usize, above: f64| {
        let time = frame as f64 / f64::from(RATE);
        let (count, since) = ((time / 0.5).floor(), time % 0.5);
        let hertz = above * libm::exp2(count * 5.0 % 12.0 / 12.0);
        let attack = (since / 0.01).min(1.0);
        attack
            * libm::exp(-4.0 * since)
            * (libm::sin(TAU * hertz * time) + 0.3 * libm::sin(2.0 * TAU * hertz * time))
    };
    let plane =
        |above: f64, gain: f64| (0..frames).map(|frame| gain * note(frame, above)).collect();
    Memory {
        rate: RATE,
        planes: vec![plane(220.0, 0.3), plane(330.0, 0.2)],
    }
}

fn changed(change: impl Fn(usize, usize, f64) -> f64) -> (Memory, Memory) {
    let expected = song(6);
    let mut actual = expected.clone();
    for (channel, plane) in actual.planes.iter_mut().enumerate() {
        for (frame, sample) in plane.iter_mut().enumerate() {
            *sample = change(channel, frame, *sample);
        }
    }
    (actual, expected)
}

fn compare((mut actual, mut expected): (Memory, Memory)) -> Figures {
    let Ok(figures) = figures(&mut actual, &mut expected, &Span::default());
    figures
}

fn near(name: &str, found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{name}: {found}, not {expected}"
    );
}

fn cause(figures: &Figures, said: &str) {
    let cause = figures.cause.as_deref().unwrap_or_default();
    assert!(cause.contains(said), "{cause}, not {said}");
}

#[test]
fn the_same_is_identical() {
    let found = compare(changed(|_, _, sample| sample));
    assert!(found.is_identical() && found.cause.is_none());
    assert_eq!(
        (found.snr_db, found.loudness_lu, found.spectrum_db),
        (f64::INFINITY, 0.0, 0.0)
    );
}

#[test]
fn a_gain_shows_in_every_level_and_is_named() {
    let found = compare(changed(|_, _, sample| sample * libm::exp10(-1.0 / 20.0)));
    for (name, value) in [
        ("loudness", found.loudness_lu),
        ("true peak", found.true_peak_db),
        ("gain", found.gain_db),
    ] {
        // The true peak is measured in single precision.
        near(name, value, -1.0, 1e-5);
    }
    for (name, value) in [
        ("channel", found.channel_db),
        ("envelope", found.envelope_db),
        ("worst spectrum", found.spectrum_worst_db),
    ] {
        near(name, value, 1.0, 1e-3);
    }
    let snr = -20.0 * libm::log10(1.0 - libm::exp10(-1.0 / 20.0));
    near("snr", found.snr_db, snr, 1e-6);
    near("tilt", found.tilt_db, 0.0, 1e-3);
    cause(&found, "softer by 1.00 dB");
}

#[test]
fn one_sample_has_its_place_its_peak_and_its_share_of_the_level() {
    let frame = 100_000;
    let found = compare(changed(
        |c, f, x| if (c, f) == (1, frame) { x + 0.01 } else { x },
    ));
    assert_eq!((found.differing_samples, found.peak_channel), (1, 2));
    near("time", found.peak_at_s, frame as f64 / 44_100.0, 1e-9);
    near("peak", found.peak_db, -40.0, 1e-9);
    near("steps", found.peak_lsb, 327.68, 1e-9);
    let samples = 2.0 * 6.0 * 44_100.0;
    near(
        "rms",
        found.rms_db,
        10.0 * libm::log10(1e-4 / samples),
        1e-6,
    );
    near(
        "worst",
        found.worst_db,
        10.0 * libm::log10(1e-4 / 8820.0),
        1e-6,
    );
    near("worst time", found.worst_at_s, 2.2, 1e-9);
    assert_eq!(found.clicks, 1);
    cause(&found, "one short moment");
}

#[test]
fn an_offset_is_found_to_the_frame_both_ways_and_over_seconds() {
    for shift in [1, 44, 5_000, 100_000] {
        let mut late = song(8);
        late.planes.iter_mut().for_each(|plane| {
            plane.splice(0..0, std::iter::repeat_n(0.0, shift));
        });
        let milliseconds = shift as f64 * 1000.0 / 44_100.0;
        let found = compare((late.clone(), song(8)));
        near("later", found.offset_ms.unwrap(), milliseconds, 1e-9);
        near("fit", found.offset_correlation.unwrap(), 1.0, 1e-4);
        let found = compare((song(8), late));
        near("earlier", found.offset_ms.unwrap(), -milliseconds, 1e-9);
        cause(&found, "earlier by");
    }
}

#[test]
fn a_shift_of_a_millisecond_brings_no_clicks_and_no_silence() {
    let mut late = song(6);
    for plane in &mut late.planes {
        plane.splice(0..0, [0.0; 44]);
        plane.truncate(6 * 44_100);
    }
    let found = compare((late, song(6)));
    assert_eq!((found.clicks, found.silence_s), (0, 0.0));
}

#[test]
fn exchanged_and_inverted_channels_are_named() {
    let (mut actual, expected) = changed(|_, _, sample| sample);
    actual.planes.reverse();
    cause(&compare((actual, expected)), "exchanged");
    cause(&compare(changed(|_, _, sample| -sample)), "upside down");
}

#[test]
fn a_lost_passage_is_silence_of_its_length() {
    let lost = 88_200..110_250;
    let found = compare(changed(
        |c, f, x| if c == 0 && lost.contains(&f) { 0.0 } else { x },
    ));
    near("silence", found.silence_s, 0.5, 0.02);
    near("from", found.silence_at_s.unwrap(), 2.0, 0.011);
}

#[test]
fn clipping_counts_only_runs_at_full_scale() {
    let found = compare(changed(|c, f, x| match (c, f) {
        (0, 500..510) => 1.0,
        (1, 700..702) => -1.0,
        _ => x,
    }));
    assert_eq!((found.clipped, found.new_clipped), ([10, 0], 10));
    near("from", found.clipped_at_s.unwrap(), 0.01, 1e-9);
}

#[test]
fn an_offset_from_zero_is_the_change_of_the_mean() {
    let found = compare(changed(|c, _, x| if c == 1 { x + 0.001 } else { x }));
    near("dc", found.dc_db, -60.0, 1e-6);
}

#[test]
fn samples_that_are_no_numbers_are_counted_and_do_not_spoil_the_rest() {
    let found = compare(changed(|c, f, x| match (c, f) {
        (0, 1000) => f64::NAN,
        (1, 1001) => f64::INFINITY,
        _ => x,
    }));
    assert_eq!(
        (
            found.not_finite,
            found.new_not_finite,
            found.differing_samples
        ),
        ([2, 0], 2, 2)
    );
    near("loudness", found.loudness_lu, 0.0, 0.1);
    near("correlation", found.correlation, 1.0, 1e-3);
    cause(&found, "no numbers");
}

#[test]
fn noise_has_its_signal_to_noise_ratio() {
    let mut state = 7u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state) / 4_294_967_296.0 - 0.5) * 2e-3
    };
    let expected = song(6);
    let mut actual = expected.clone();
    actual
        .planes
        .iter_mut()
        .flatten()
        .for_each(|sample| *sample += noise());
    let energy = |planes: &[Vec<f64>]| planes.iter().flatten().map(|x| x * x).sum::<f64>();
    let added: f64 = actual
        .planes
        .iter()
        .flatten()
        .zip(expected.planes.iter().flatten())
        .map(|(a, e)| (a - e) * (a - e))
        .sum();
    let snr = 10.0 * libm::log10(energy(&expected.planes) / added);
    let found = compare((actual, expected));
    near("snr", found.snr_db, snr, 1e-6);
    // Uniform noise: a mean square of 1e-6 / 3.
    near("rms", found.rms_db, -64.77, 0.02);
}

#[test]
fn another_pitch_is_told_in_cents() {
    let mut higher = song(6);
    let lower = song(6);
    for plane in &mut higher.planes {
        // Read faster: everything rises by two semitones, and is done sooner.
        let faster = libm::exp2(2.0 / 12.0);
        let old = plane.clone();
        for (frame, sample) in plane.iter_mut().enumerate() {
            let note = frame / 22_050 * 22_050;
            let place = note as f64 + (frame - note) as f64 * faster;
            *sample = old.get(place as usize).copied().unwrap_or(0.0);
        }
    }
    let found = compare((higher, lower));
    cause(&found, "higher by");
}

#[test]
fn a_shorter_recording_is_followed_by_silence() {
    let mut short = song(6);
    short
        .planes
        .iter_mut()
        .for_each(|plane| plane.truncate(5 * 44_100));
    let found = compare((short, song(6)));
    near("length", found.length_s, -1.0, 1e-9);
    near("first", found.first_difference_s.unwrap(), 5.0, 1e-3);
    cause(&found, "ends early, by 1.000 s");
}

#[test]
fn a_part_and_some_channels_are_compared_alone() {
    let (mut actual, mut expected) =
        changed(|c, f, x| if c == 0 && f < 44_100 { x * 0.5 } else { x });
    let mut of = |span: Span| {
        let Ok(figures) = figures(&mut actual, &mut expected, &span);
        figures
    };
    let right = Span {
        channels: Some(vec![1]),
        ..Span::default()
    };
    let later = Span {
        from: 44_100,
        ..Span::default()
    };
    let early = Span {
        to: Some(44_100),
        ..Span::default()
    };
    assert!(of(right).is_identical());
    assert!(of(later).is_identical());
    assert!(!of(early).is_identical());
}

#[test]
fn any_length_and_any_rate_is_compared() {
    for (rate, frames) in [
        (44_100, 1),
        (8_000, 7),
        (192_000, 100_000),
        (11_025, 22_050),
        (1, 3),
    ] {
        let recording = |gain: f64| Memory {
            rate,
            planes: vec![(0..frames).map(|n| gain * libm::sin(n as f64)).collect()],
        };
        let found = compare((recording(0.5), recording(0.25)));
        assert_eq!(found.frames, [frames; 2], "{rate} Hz");
        near(
            "gain",
            found.gain_db,
            if frames > 1 { 6.0206 } else { 0.0 },
            1e-3,
        );
    }
}
