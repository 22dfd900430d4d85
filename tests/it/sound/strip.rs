//! What velocity, controllers and system exclusive do to the level of a channel's sides.

use crate::measure::{between, decibels, rms};
use crate::player::{Player, fixture, song};
use crate::smf::Track;

const RATE: u32 = 8_000;

/// Levels of a steady sine, left and right, after what `set` does to channel 1 beforehand.
fn sides(player: &Player, velocity: u8, set: impl Fn(&mut Track) -> &mut Track) -> (f64, f64) {
    let sound = player.play(&song(|t| set(t).note(0, 69, velocity, 0..400)));
    let level = |plane| rms(between(plane, RATE, 150.0..390.0));
    (level(&sound.left), level(&sound.right))
}

fn sine() -> Player {
    Player::of("sine").at(RATE)
}

/// Asserts that a value `0..=127` scales the level by its square, as General MIDI has it.
fn check_square_law(set: impl Fn(&mut Track, u8) -> &mut Track, velocity: impl Fn(u8) -> u8) {
    let player = sine();
    let (full, _) = sides(&player, velocity(127), |t| set(t, 127));
    for value in 1..127 {
        let (level, _) = sides(&player, velocity(value), |t| set(t, value));
        let error = decibels(level / full) - 2.0 * decibels(f64::from(value) / 127.0);
        assert!(error.abs() < 0.001, "{value}: {error} dB off");
    }
}

#[test]
fn velocity_is_squared() {
    check_square_law(|t, _| t, |value| value);
}

#[test]
fn volume_is_squared() {
    check_square_law(|t, value| t.control(0, 7, value), |_| 100);
}

#[test]
fn expression_is_squared() {
    check_square_law(|t, value| t.control(0, 11, value), |_| 100);
}

#[test]
fn master_volume_is_squared() {
    check_square_law(|t, value| t.sysex(&[0x7F, 0x7F, 4, 1, 0, value]), |_| 100);
}

#[test]
fn volume_expression_and_master_volume_of_zero_are_silence() {
    let player = sine();
    let silent = [
        sides(&player, 127, |t| t.control(0, 7, 0)),
        sides(&player, 127, |t| t.control(0, 11, 0)),
        sides(&player, 127, |t| t.sysex(&[0x7F, 0x7F, 4, 1, 0, 0])),
    ];
    assert_eq!(silent, [(0.0, 0.0); 3]);
}

#[test]
fn a_channel_starts_with_volume_100_and_full_expression_in_the_centre() {
    let player = sine();
    let typed = sides(&player, 90, |t| {
        t.control(0, 7, 100)
            .control(0, 11, 127)
            .control(0, 10, 64)
            .control(0, 8, 64)
    });
    assert_eq!(sides(&player, 90, |t| t), typed);
}

#[test]
fn the_lower_bytes_of_volume_and_expression_count() {
    let player = sine();
    for controller in [7, 11] {
        let (fine, _) = sides(&player, 100, |t| {
            t.control(0, controller, 64).control(0, controller + 32, 64)
        });
        let (full, _) = sides(&player, 100, |t| t.control(0, controller, 127));
        let error = decibels(fine / full) - 2.0 * decibels(64.5 / 127.0);
        assert!(error.abs() < 0.001, "CC{controller}: {error} dB");
    }
}

#[test]
fn pan_keeps_the_power_and_its_extremes_are_silent_on_the_far_side() {
    let player = sine();
    let full = sides(&player, 100, |t| t.control(0, 10, 0)).0;
    for pan in 0..=127 {
        let (left, right) = sides(&player, 100, |t| t.control(0, 10, pan));
        let power = (left * left + right * right) / (full * full);
        assert!((power - 1.0).abs() < 1e-5, "pan {pan}: power {power}");
        // GM2 3.3.5: 0 and 1 are hard left, 64 the centre.
        let place = f64::from(pan.max(1) - 1) / 126.0;
        let angle = libm::atan2(right, left) / std::f64::consts::FRAC_PI_2;
        assert!(
            (angle - place).abs() < 1e-5,
            "pan {pan}: {angle} of the way right"
        );
    }
    assert_eq!(sides(&player, 100, |t| t.control(0, 10, 0)).1, 0.0);
    assert!(sides(&player, 100, |t| t.control(0, 10, 127)).0 < 1e-9 * full);
}

#[test]
fn the_centre_is_three_decibels_below_a_side() {
    let player = sine();
    let (side, _) = sides(&player, 100, |t| t.control(0, 10, 0));
    let (left, right) = sides(&player, 100, |t| t);
    let expected = -decibels(std::f64::consts::SQRT_2);
    assert!((decibels(left / side) - expected).abs() < 1e-4);
    assert!((decibels(right / side) - expected).abs() < 1e-4);
}

#[test]
fn balance_lowers_the_far_side_alone() {
    let player = sine();
    let (left, right) = sides(&player, 100, |t| t);
    assert_eq!(sides(&player, 100, |t| t.control(0, 8, 0)), (left, 0.0));
    assert_eq!(sides(&player, 100, |t| t.control(0, 8, 127)), (0.0, right));
    let (near, far) = sides(&player, 100, |t| t.control(0, 8, 32));
    assert_eq!(near, left);
    assert!((far / right - 31.0 / 63.0).abs() < 1e-5, "{}", far / right);
}

#[test]
fn a_layer_is_panned_about_the_channel_s_place() {
    let player = Player::with("sine", &["pan=0.5"]).at(RATE);
    let (left, right) = sides(&player, 100, |t| t);
    let angle = libm::atan2(right, left) / std::f64::consts::FRAC_PI_2;
    assert!((angle - 0.75).abs() < 1e-5, "{angle}");
    let hard_right = sides(&player, 100, |t| t.control(0, 10, 127));
    assert!(hard_right.0 < 1e-9 && hard_right.1 > 0.01);
}

#[test]
fn one_channel_s_controllers_leave_the_others_alone() {
    let player = sine();
    let others = sides(&player, 100, |t| {
        for channel in 1..16 {
            t.control(channel, 7, 3)
                .control(channel, 10, 0)
                .bend(channel, 4000);
        }
        t
    });
    assert_eq!(others, sides(&player, 100, |t| t));
}

#[test]
fn the_gain_of_the_settings_applies_to_the_whole_mix() {
    let mut player = sine();
    let (before, _) = sides(&player, 100, |t| t);
    player.settings.gain = cascade::units::Decibels(-6.0);
    let (after, _) = sides(&player, 100, |t| t);
    assert!((decibels(after / before) + 6.0).abs() < 1e-4);
}

#[test]
fn reset_all_controllers_keeps_volume_and_pan() {
    let sound = Player::of("sine").play(&fixture("reset_all_controllers.mid"));
    let level = |plane| rms(between(plane, crate::player::RATE, 1_150.0..1_450.0));
    let (left, right) = (level(&sound.left), level(&sound.right));
    let angle = libm::atan2(right, left) / std::f64::consts::FRAC_PI_2;
    assert!((angle - 19.0 / 126.0).abs() < 1e-5, "{angle}");
}
