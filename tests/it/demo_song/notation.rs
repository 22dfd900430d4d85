//! The notation of the demo song, between text and chords.
//!
//! `A4:2` is a note of two sixteenths, `C4+E4:6` a chord, `-:2` a rest. `|` closes a bar of 6/8, which must have 12
//! sixteenths. A line of drums is a drum and the grids of its bars: each character is a sixteenth, `.` a rest and
//! 1 to 9 how hard to strike.

/// The sixteenths of a bar.
pub(super) const BAR: u32 = 12;

/// Notes that begin together, in sixteenths; a rest has no keys.
pub(super) struct Chord {
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) keys: Vec<u8>,
}

/// Reads a passage; see the head of this file.
pub(super) fn parse(notation: &str) -> Vec<Chord> {
    let mut chords = Vec::new();
    let mut place = 0;
    for word in notation.split_whitespace() {
        if word == "|" {
            assert_eq!(place % BAR, 0, "bar {} of {notation}", place / BAR + 1);
            continue;
        }
        let (names, length) = word.split_once(':').expect(word);
        let length = length.parse().expect(word);
        let keys = names
            .split('+')
            .filter(|&name| name != "-")
            .map(key_of)
            .collect();
        chords.push(Chord {
            start: place,
            length,
            keys,
        });
        place += length;
    }
    assert_eq!(place % BAR, 0, "the last bar of {notation}");
    chords
}

/// Writes a passage as [`parse`] reads it.
fn notate(chords: impl IntoIterator<Item = (Vec<u8>, u32)>) -> String {
    let word = |(keys, length): (Vec<u8>, u32)| {
        let names: Vec<_> = keys.into_iter().map(name_of).collect();
        match names.as_slice() {
            [] => format!("-:{length} "),
            names => format!("{}:{length} ", names.join("+")),
        }
    };
    chords.into_iter().map(word).collect()
}

const NAMES: [&str; 12] = [
    "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
];

/// The MIDI key of a name: `C4` is 60.
fn key_of(name: &str) -> u8 {
    let (pitch, octave) = name.split_at(name.len() - 1);
    let semitone = NAMES.iter().position(|&other| other == pitch).expect(name);
    u8::try_from(semitone).unwrap() + 12 * (octave.parse::<u8>().expect(name) + 1)
}

fn name_of(key: u8) -> String {
    format!("{}{}", NAMES[usize::from(key % 12)], key / 12 - 1)
}

/// A passage moved by semitones.
pub(super) fn transposed(notation: &str, semitones: i8) -> String {
    let move_key = |key: u8| key.checked_add_signed(semitones).unwrap();
    let chords = parse(notation).into_iter();
    notate(chords.map(|chord| (chord.keys.into_iter().map(move_key).collect(), chord.length)))
}

/// A harmony without its bass.
pub(super) fn upper_voices(harmony: &str) -> String {
    let chords = parse(harmony).into_iter();
    notate(chords.map(|chord| (chord.keys.into_iter().skip(1).collect(), chord.length)))
}

/// A harmony broken up: every `step` sixteenths the next entry of the figure, which lists voices of the chord.
pub(super) fn broken(harmony: &str, step: u32, figure: &[&[usize]]) -> String {
    let break_up = |chord: Chord| {
        let steps = (0..chord.length)
            .step_by(step as usize)
            .zip(figure.iter().cycle());
        let notes = steps.map(move |(place, voices)| {
            let sounding = voices
                .iter()
                .filter_map(|&voice| chord.keys.get(voice).copied());
            (sounding.collect(), step.min(chord.length - place))
        });
        notes.collect::<Vec<_>>()
    };
    notate(parse(harmony).into_iter().flat_map(break_up))
}

/// A drum struck at a sixteenth.
pub(super) struct Stroke {
    pub(super) place: u32,
    pub(super) key: u8,
    /// 1 to 9.
    pub(super) force: i32,
}

/// Reads the lines of a beat; see the head of this file.
pub(super) fn parse_beat(notation: &str) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    for line in notation.lines().filter(|line| !line.trim().is_empty()) {
        let (drum, grids) = line.trim().split_once(' ').expect(line);
        let grid: String = grids.split_whitespace().collect();
        assert_eq!(grid.len() % BAR as usize, 0, "the grid of {line}");
        let forces = grid.chars().map(|force| force.to_digit(10));
        strokes.extend((0..).zip(forces).filter_map(|(place, force)| {
            Some(Stroke {
                place,
                key: drum_key(drum),
                force: i32::try_from(force?).unwrap(),
            })
        }));
    }
    strokes
}

/// The key of a drum on the General MIDI drum map.
fn drum_key(drum: &str) -> u8 {
    match drum {
        "kick" => 36,
        "stick" => 37,
        "snare" => 38,
        "tom_4" => 41,
        "hat" => 42,
        "tom_3" => 45,
        "open_hat" => 46,
        "tom_2" => 48,
        "crash" => 49,
        "tom_1" => 50,
        "ride" => 51,
        "triangle" => 81,
        _ => panic!("no drum is called {drum}"),
    }
}

#[test]
fn keys_have_the_names_of_scientific_pitch() {
    assert_eq!([key_of("C4"), key_of("A4"), key_of("G#2")], [60, 69, 44]);
    assert_eq!(name_of(61), "C#4");
}

#[test]
fn a_broken_chord_keeps_the_length_of_the_whole() {
    let broken = broken("C3+E3+G3:10 -:2 |", 4, &[&[0], &[1, 2]]);
    assert_eq!(broken, "C3:4 E3+G3:4 C3:2 -:2 ");
}
