//! What the numbers of MIDI are called: programs (General MIDI 1), controllers (MIDI 1.0), keys.

/// The name of a program, `0..=127`.
#[must_use]
pub fn program(program: u8) -> &'static str {
    PROGRAMS[usize::from(program & 0x7F)]
}

/// The name of a controller that has one.
#[must_use]
pub fn controller(controller: u8) -> Option<&'static str> {
    let known = CONTROLLERS.iter().find(|(number, _)| *number == controller);
    known.map(|(_, name)| *name)
}

/// The name of a key: 60 is C4, as in scientific pitch notation.
#[must_use]
pub fn key(key: u8) -> String {
    const NAMES: [&str; 12] = [
        "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B",
    ];
    let (octave, name) = (i16::from(key / 12) - 1, NAMES[usize::from(key % 12)]);
    format!("{name}{octave}")
}

#[rustfmt::skip]
const PROGRAMS: [&str; 128] = [
    "Acoustic Grand Piano", "Bright Acoustic Piano", "Electric Grand Piano", "Honky-tonk Piano",
    "Electric Piano 1", "Electric Piano 2", "Harpsichord", "Clavi",
    "Celesta", "Glockenspiel", "Music Box", "Vibraphone",
    "Marimba", "Xylophone", "Tubular Bells", "Dulcimer",
    "Drawbar Organ", "Percussive Organ", "Rock Organ", "Church Organ",
    "Reed Organ", "Accordion", "Harmonica", "Tango Accordion",
    "Acoustic Guitar (nylon)", "Acoustic Guitar (steel)", "Electric Guitar (jazz)", "Electric Guitar (clean)",
    "Electric Guitar (muted)", "Overdriven Guitar", "Distortion Guitar", "Guitar Harmonics",
    "Acoustic Bass", "Electric Bass (finger)", "Electric Bass (pick)", "Fretless Bass",
    "Slap Bass 1", "Slap Bass 2", "Synth Bass 1", "Synth Bass 2",
    "Violin", "Viola", "Cello", "Contrabass",
    "Tremolo Strings", "Pizzicato Strings", "Orchestral Harp", "Timpani",
    "String Ensemble 1", "String Ensemble 2", "Synth Strings 1", "Synth Strings 2",
    "Choir Aahs", "Voice Oohs", "Synth Voice", "Orchestra Hit",
    "Trumpet", "Trombone", "Tuba", "Muted Trumpet",
    "French Horn", "Brass Section", "Synth Brass 1", "Synth Brass 2",
    "Soprano Sax", "Alto Sax", "Tenor Sax", "Baritone Sax",
    "Oboe", "English Horn", "Bassoon", "Clarinet",
    "Piccolo", "Flute", "Recorder", "Pan Flute",
    "Blown Bottle", "Shakuhachi", "Whistle", "Ocarina",
    "Lead 1 (square)", "Lead 2 (sawtooth)", "Lead 3 (calliope)", "Lead 4 (chiff)",
    "Lead 5 (charang)", "Lead 6 (voice)", "Lead 7 (fifths)", "Lead 8 (bass + lead)",
    "Pad 1 (new age)", "Pad 2 (warm)", "Pad 3 (polysynth)", "Pad 4 (choir)",
    "Pad 5 (bowed)", "Pad 6 (metallic)", "Pad 7 (halo)", "Pad 8 (sweep)",
    "FX 1 (rain)", "FX 2 (soundtrack)", "FX 3 (crystal)", "FX 4 (atmosphere)",
    "FX 5 (brightness)", "FX 6 (goblins)", "FX 7 (echoes)", "FX 8 (sci-fi)",
    "Sitar", "Banjo", "Shamisen", "Koto",
    "Kalimba", "Bag Pipe", "Fiddle", "Shanai",
    "Tinkle Bell", "Agogo", "Steel Drums", "Woodblock",
    "Taiko Drum", "Melodic Tom", "Synth Drum", "Reverse Cymbal",
    "Guitar Fret Noise", "Breath Noise", "Seashore", "Bird Tweet",
    "Telephone Ring", "Helicopter", "Applause", "Gunshot",
];

#[rustfmt::skip]
const CONTROLLERS: &[(u8, &str)] = &[
    (0, "bank select"), (1, "modulation"), (2, "breath"), (4, "foot"),
    (5, "portamento time"), (6, "data entry"), (7, "volume"), (8, "balance"),
    (10, "pan"), (11, "expression"), (12, "effect 1"), (13, "effect 2"),
    (32, "bank select (fine)"), (33, "modulation (fine)"), (37, "portamento time (fine)"), (38, "data entry (fine)"),
    (39, "volume (fine)"), (42, "pan (fine)"), (43, "expression (fine)"), (64, "sustain pedal"),
    (65, "portamento"), (66, "sostenuto pedal"), (67, "soft pedal"), (68, "legato"),
    (69, "hold 2"), (70, "sound variation"), (71, "resonance"), (72, "release time"),
    (73, "attack time"), (74, "brightness"), (75, "decay time"), (76, "vibrato rate"),
    (77, "vibrato depth"), (78, "vibrato delay"), (84, "portamento from key"), (91, "reverb send"),
    (92, "tremolo depth"), (93, "chorus send"), (94, "celeste depth"), (95, "phaser depth"),
    (96, "data increment"), (97, "data decrement"), (98, "NRPN (fine)"), (99, "NRPN"),
    (100, "RPN (fine)"), (101, "RPN"), (120, "all sound off"), (121, "reset all controllers"),
    (122, "local control"), (123, "all notes off"), (124, "omni off"), (125, "omni on"),
    (126, "mono"), (127, "poly"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middle_c_is_c4() {
        assert_eq!(key(60), "C4");
        assert_eq!(key(0), "C-1");
        assert_eq!(key(127), "G9");
    }

    #[test]
    fn programs_are_counted_from_zero() {
        assert_eq!(program(0), "Acoustic Grand Piano");
        assert_eq!(program(40), "Violin");
        assert_eq!(program(127), "Gunshot");
    }
}
