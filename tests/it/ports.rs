//! A file with several ports has sixteen parts on each.

use cascade::plan::Group;
use cascade::units::{Channel, Part};

use crate::equality::check_same;
use crate::player::{Player, read};
use crate::smf::{Smf, Track};

/// Plays the same channel of two tracks, the first an organ on the left, the second a flute on the right; before that each
/// names where it plays.
fn two(
    first: impl FnOnce(&mut Track) -> &mut Track,
    second: impl FnOnce(&mut Track) -> &mut Track,
) -> Vec<u8> {
    Smf::new(500)
        .track(|t| {
            let t = first(t.tempo(500_000));
            t.program(0, 19).control(0, 10, 0).note(0, 60, 100, 0..1000)
        })
        .track(|t| {
            let t = second(t);
            let t = t.program(0, 73).control(0, 10, 127).control(0, 7, 127);
            t.at(100).bend(0, 4096).note(0, 72, 100, 200..900)
        })
        .to_bytes()
}

/// The same on two channels of one port.
fn apart() -> Vec<u8> {
    Smf::new(500)
        .track(|t| {
            let t = t.tempo(500_000);
            t.program(0, 19).control(0, 10, 0).note(0, 60, 100, 0..1000)
        })
        .track(|t| {
            let t = t.program(1, 73).control(1, 10, 127).control(1, 7, 127);
            t.at(100).bend(1, 4096).note(1, 72, 100, 200..900)
        })
        .to_bytes()
}

/// Asserts that two tracks that share a channel play as if they did not.
fn check_independent(bytes: &[u8]) {
    let player = Player::general_midi();
    let (heard, expected) = (player.play(bytes), player.play(&apart()));
    check_same("two ports", &heard, &expected);
    let score = read(bytes);
    assert!(score.has_ports() && score.parts.len() == 32);
    let groups = player.plan(&score).groups;
    let part = |port| {
        Group::Part(Part {
            port,
            channel: Channel::new(0),
        })
    };
    assert_eq!(
        groups,
        [part(score.notes[0].port), part(score.notes[1].port)]
    );
}

#[test]
fn two_ports_play_independently() {
    check_independent(&two(|t| t.meta(0x21, &[0]), |t| t.meta(0x21, &[1])));
    check_independent(&two(|t| t.meta(0x21, &[3]), |t| t.meta(0x21, &[7])));
}

#[test]
fn names_of_devices_tell_ports_apart_where_nothing_else_does() {
    check_independent(&two(|t| t.meta(9, b"SC-88 A"), |t| t.meta(9, b"SC-88 B")));
    let one = two(|t| t.meta(9, b"SC-88"), |t| t.meta(9, b"SC-88"));
    assert!(!read(&one).has_ports());
    let numbered = two(
        |t| t.meta(9, b"SC-88 A").meta(0x21, &[0]),
        |t| t.meta(9, b"SC-88 B").meta(0x21, &[0]),
    );
    assert!(!read(&numbered).has_ports());
}

#[test]
fn one_port_is_as_none_whatever_its_number() {
    let player = Player::general_midi();
    let plain = player.play(&two(|t| t, |t| t));
    for port in [0, 1, 127] {
        let bytes = two(|t| t.meta(0x21, &[port]), |t| t.meta(0x21, &[port]));
        assert!(!read(&bytes).has_ports());
        check_same("one port", &player.play(&bytes), &plain);
        // A track that says nothing plays where the others do.
        let half = two(|t| t, |t| t.meta(0x21, &[port]));
        check_same("one port", &player.play(&half), &plain);
    }
}

#[test]
fn a_reset_acts_on_the_port_of_its_track_and_one_without_a_port_on_all() {
    let reset = [0x7E, 0x7F, 0x09, 0x01];
    let bent = |first: Option<u8>| {
        let bytes = Smf::new(500)
            .track(|t| {
                let t = t.tempo(500_000);
                let t = match first {
                    Some(port) => t.meta(0x21, &[port]),
                    None => t,
                };
                t.at(500).sysex(&reset)
            })
            .track(|t| {
                t.meta(0x21, &[0])
                    .control(0, 7, 50)
                    .note(0, 60, 100, 0..900)
            })
            .track(|t| {
                t.meta(0x21, &[1])
                    .control(0, 7, 50)
                    .note(0, 60, 100, 0..900)
            })
            .to_bytes();
        let score = read(&bytes);
        [0, 1].map(|note| score.timebase.seconds(score.notes[note].end).0)
    };
    assert_eq!(bent(None), [0.5, 0.5]);
    assert_eq!(bent(Some(0)), [0.5, 0.9]);
    assert_eq!(bent(Some(1)), [0.9, 0.5]);
}
