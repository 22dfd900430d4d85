//! Nothing clicks: controllers that jump, notes that begin, end or are cut off change the sound gradually.

use cascade::units::Key;

use crate::measure::{between, peak, steepest};
use crate::player::{Player, RATE, song};
use crate::smf::Track;

const SHAPES: [&str; 4] = ["sine", "square", "sawtooth", "triangle"];

/// The steepest step of a sine of a key and amplitude.
fn own_step(key: u8, amplitude: f64) -> f64 {
    amplitude * std::f64::consts::TAU * Key::new(key).frequency().0 / f64::from(RATE)
}

/// Asserts that a held sine that `before` and `after` move goes no faster from sample to sample than a sine of the same
/// amplitude does, but for a line of 5 ms from one level to the other.
fn check_smooth(
    name: &str,
    before: impl Fn(&mut Track) -> &mut Track,
    after: impl Fn(&mut Track) -> &mut Track,
) {
    for key in [36, 60, 84] {
        // Times at which the sine stands anywhere in its cycle.
        for time in [501, 502, 503, 507] {
            let bytes = song(|t| {
                before(t.at(0)).note(0, key, 127, 0..1000).at(time);
                after(t)
            });
            let sound = Player::of("sine").play(&bytes);
            for plane in [&sound.left, &sound.right] {
                let held = between(plane, RATE, 150.0..1_000.0);
                let amplitude = peak(held);
                let allowed =
                    1.13 * own_step(key, amplitude) + amplitude / (0.005 * f64::from(RATE)) * 1.6;
                let step = steepest(held);
                assert!(
                    step <= allowed,
                    "{name}, key {key}: a step of {step}, {allowed} allowed"
                );
            }
        }
    }
}

#[test]
fn controllers_that_jump_do_not_click() {
    let control = |controller, from, to| {
        check_smooth(
            &format!("CC{controller} {from} to {to}"),
            |t| t.control(0, controller, from),
            |t| t.control(0, controller, to),
        );
    };
    for controller in [7, 11, 10, 8] {
        control(controller, 0, 127);
        control(controller, 127, 0);
        control(controller, 64, 0);
    }
}

#[test]
fn master_volume_that_jumps_does_not_click() {
    let volume = |value| [0x7F, 0x7F, 4, 1, 0, value];
    check_smooth("master volume", |t| t, |t| t.sysex(&volume(0)));
    check_smooth(
        "master volume",
        |t| t.sysex(&volume(0)),
        |t| t.sysex(&volume(127)),
    );
}

#[test]
fn bends_that_jump_do_not_click() {
    // Two semitones are a factor of 1.12, which the allowance covers.
    check_smooth("bend up", |t| t, |t| t.bend(0, 8191));
    check_smooth("bend down", |t| t, |t| t.bend(0, -8192));
    check_smooth("modulation", |t| t, |t| t.control(0, 1, 127));
}

/// Asserts that a note comes in no faster than its attack of 10 ms allows.
fn check_start(shape: &str) {
    let bytes = song(|t| t.note(0, 60, 127, 100..600));
    let samples = Player::of(shape).left(&bytes);
    let top = peak(
        &Player::with(shape, &["envelope.attack_s=0", "envelope.sustain_level=1"]).left(&bytes),
    );
    let onset = RATE as usize / 10;
    assert!(
        samples[..=onset].iter().all(|sample| *sample == 0.0),
        "{shape}: silence first"
    );
    for (index, sample) in samples[onset..onset + 441].iter().enumerate() {
        let allowed = 1.001 * top * index as f64 / 441.0;
        assert!(
            f64::from(sample.abs()) <= allowed,
            "{shape}: {sample} after {index} frames"
        );
    }
}

#[test]
fn a_note_begins_without_a_click() {
    for shape in SHAPES {
        check_start(shape);
    }
}

/// Asserts that what `end` does at 500 ms takes the sound away gradually: the difference from the sound without it grows
/// by no more than a `frames`th of the peak a frame, and at the end nothing is left to jump.
fn check_end(shape: &str, frames: f64, end: impl Fn(&mut Track) -> &mut Track) {
    let player = Player::of(shape);
    let held = player.left(&song(|t| t.at(0).note_on(0, 60, 127).at(1_000).end()));
    let ended = player.left(&song(|t| {
        end(t.at(0).note_on(0, 60, 127).at(500)).at(1_000).end()
    }));
    let (gate, top) = (RATE as usize / 2, peak(&held));
    assert_eq!(ended[..=gate], held[..=gate], "{shape}: the same before");
    for (index, (ended, held)) in ended[gate..]
        .iter()
        .zip(&held[gate..])
        .enumerate()
        .take(2_000)
    {
        let gone = f64::from((held - ended).abs());
        assert!(
            gone <= top * index as f64 / frames,
            "{shape}: {gone} gone after {index} frames"
        );
    }
    let last = ended.iter().rposition(|sample| *sample != 0.0).unwrap();
    let tail = f64::from(ended[last].abs());
    assert!(tail < 0.001 * top, "{shape}: ends with a jump of {tail}");
}

#[test]
fn a_note_ends_without_a_click() {
    // A release of 0.2 s begins to fall by ln(1000) in that time.
    for shape in SHAPES {
        check_end(shape, 8_820.0 / 6.95, |t| t.note_off(0, 60, 64));
    }
}

#[test]
fn a_note_that_is_cut_off_ends_without_a_click() {
    // 8 ms are 353 frames.
    for shape in SHAPES {
        check_end(shape, 352.8 / 6.95, |t| t.control(0, 120, 0));
    }
}
