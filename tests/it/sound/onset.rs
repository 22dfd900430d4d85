//! Notes begin within half a frame of their exact time, however the file tells time and however long it is.

use std::collections::BTreeSet;
use std::convert::Infallible;

use cascade::audio::Stereo;
use cascade::plan::Voice;
use cascade::render::render;
use cascade::sound::Trigger;
use midly::{MetaMessage, MidiMessage, Timing, TrackEventKind};

use crate::player::{Player, fixture, read, song};

/// The onsets of a file as whole numbers of a unit of time, and how many units make a second.
struct Onsets {
    units: BTreeSet<u128>,
    per_second: u128,
}

/// Something in a track that matters for time.
enum Mark {
    Tempo(u32),
    NoteOn,
}

impl Onsets {
    /// Reads a file with midly, tempo by tempo, in integers.
    fn of(bytes: &[u8]) -> Self {
        let smf = midly::Smf::parse(bytes).unwrap();
        let (per_second, mut units_per_tick, metrical) = match smf.header.timing {
            Timing::Metrical(ticks) => (u128::from(ticks.as_int()) * 1_000_000, 500_000, true),
            Timing::Timecode(midly::Fps::Fps29, ticks) => {
                (30_000 * u128::from(ticks), 1_001, false)
            }
            Timing::Timecode(fps, ticks) => {
                (u128::from(fps.as_int()) * u128::from(ticks), 1, false)
            }
        };
        let mut marks: Vec<(u64, Mark)> = smf.tracks.iter().flat_map(marks).collect();
        marks.sort_by_key(|(tick, _)| *tick);
        let (mut now, mut last, mut units) = (0u128, 0, BTreeSet::new());
        for (tick, mark) in marks {
            now += u128::from(tick - last) * u128::from(units_per_tick);
            last = tick;
            match mark {
                Mark::Tempo(tempo) if metrical => units_per_tick = tempo,
                Mark::Tempo(_) => {}
                Mark::NoteOn => {
                    units.insert(now);
                }
            }
        }
        Self { units, per_second }
    }

    /// The frame nearest to each onset, halves up.
    fn nearest_frames(&self, rate: u32) -> BTreeSet<u64> {
        self.units
            .iter()
            .map(|units| {
                let frame = (units * u128::from(rate) * 2 / self.per_second).div_ceil(2);
                let error = (frame * self.per_second).abs_diff(units * u128::from(rate));
                assert!(error * 2 <= self.per_second);
                u64::try_from(frame).unwrap()
            })
            .collect()
    }
}

/// The tempos and note-ons of a track, with their ticks.
fn marks(track: &Vec<midly::TrackEvent<'_>>) -> Vec<(u64, Mark)> {
    let mut tick = 0;
    let mut marks = Vec::new();
    for event in track {
        tick += u64::from(event.delta.as_int());
        match event.kind {
            TrackEventKind::Meta(MetaMessage::Tempo(tempo)) => {
                marks.push((tick, Mark::Tempo(tempo.as_int())));
            }
            TrackEventKind::Midi {
                message: MidiMessage::NoteOn { vel, .. },
                ..
            } if vel > 0 => marks.push((tick, Mark::NoteOn)),
            _ => {}
        }
    }
    marks
}

/// Asserts that voices of struck keys begin at the frames nearest to the notes' exact times and nowhere else, at many rates.
fn check_onsets(name: &str) {
    let (bytes, mut player) = (fixture(name), Player::general_midi());
    let onsets = Onsets::of(&bytes);
    assert!(!onsets.units.is_empty(), "{name} has notes");
    for rate in [8_000, 11_025, 44_100, 48_000, 192_000] {
        player = player.at(rate);
        let plan = player.plan(&read(&bytes));
        let struck = |voice: &&Voice| {
            plan.layer_groups[voice.layer_group as usize].trigger == Trigger::Attack
        };
        let begun: BTreeSet<u64> = plan
            .voices
            .iter()
            .filter(struck)
            .map(|voice| voice.onset)
            .collect();
        assert_eq!(begun, onsets.nearest_frames(rate), "{name} at {rate} Hz");
    }
}

#[test]
fn notes_begin_within_half_a_frame_of_their_exact_time() {
    check_onsets("tempo_changes.mid");
    check_onsets("no_tempo.mid");
    check_onsets("format_0.mid");
    check_onsets("running_status.mid");
    check_onsets("chromatic_scale.mid");
    check_onsets("overlapping_equal_keys.mid");
    check_onsets("pan_and_volume.mid");
    check_onsets("greensleeves.mid");
}

#[test]
fn an_hour_does_not_drift() {
    check_onsets("hour_long.mid");
}

#[test]
fn time_code_is_exact() {
    check_onsets("smpte_25fps.mid");
    check_onsets("smpte_2997.mid");
}

/// The frames at which sound follows silence. A wave may pass through nothing: only some frames of it are silence.
fn entries(player: &Player, bytes: &[u8]) -> Vec<u64> {
    const SILENCE: u32 = 4;
    let (mut frame, mut silence, mut entries) = (0, SILENCE, Vec::new());
    let plan = player.plan(&read(bytes));
    let sink = |block: &Stereo| {
        for (left, right) in block.left.iter().zip(&block.right) {
            let sounds = *left != 0.0 || *right != 0.0;
            if sounds && silence >= SILENCE {
                entries.push(frame);
            }
            silence = if sounds { 0 } else { silence + 1 };
            frame += 1;
        }
        Ok::<_, Infallible>(())
    };
    let Ok(_) = render(&plan, &player.settings, None, sink);
    entries
}

/// Asserts that each note, which follows silence, is heard from its frame or the next one on.
fn check_heard(player: &Player, bytes: &[u8]) {
    let expected = Onsets::of(bytes).nearest_frames(player.rate.hz());
    let heard = entries(player, bytes);
    assert_eq!(heard.len(), expected.len());
    for (heard, expected) in heard.iter().zip(&expected) {
        assert!(
            heard - expected <= 1,
            "heard at {heard}, expected at {expected}"
        );
    }
}

#[test]
fn sound_begins_on_the_frame_of_the_note() {
    // At 77,777 microseconds and 97 ticks to the quarter no onset is a whole frame.
    let odd = crate::smf::Smf::new(97).track(|t| {
        t.tempo(777_777);
        (0..200).fold(t, |t, index| {
            t.note(
                0,
                40 + (index % 60) as u8,
                100,
                index * 101..index * 101 + 40,
            )
        })
    });
    for shape in ["sine", "square", "sawtooth", "triangle"] {
        let player = Player::with(shape, &["envelope.release_s=0.01"]);
        check_heard(&player, &odd.to_bytes());
        check_heard(&player, &fixture("velocity_ladder.mid"));
    }
}

#[test]
fn an_hour_into_the_song_sound_begins_on_the_frame_of_the_note() {
    check_heard(&Player::of("sine").at(8_000), &fixture("hour_long.mid"));
}

#[test]
fn a_note_of_no_length_speaks() {
    let player = Player::of("sine");
    let samples = player.left(&song(|t| t.note(0, 60, 100, 100..100)));
    assert!(samples.iter().any(|sample| *sample != 0.0));
    assert_eq!(entries(&player, &fixture("zero_length_note.mid")).len(), 2);
}
