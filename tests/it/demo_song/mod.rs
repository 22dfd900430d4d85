//! The demo song: "Greensleeves", arranged here for harp, winds, strings, choir and drums.
//!
//! The tune is a traditional English one, registered in London in 1580 and written down in William Ballet's lute book
//! about 1600, and in the public domain everywhere. The harmony, voice leading, figuration and orchestration are this
//! project's own. The notation of notes and drums is read by [`notation`]; how a part is played, with its accents and
//! inaccuracies, is in [`part`].

mod notation;
mod part;

use crate::smf::{Smf, Track};
use notation::{BAR, broken, transposed, upper_voices};
use part::{DRUMS, Part, ticks};

const TICKS_PER_QUARTER: u16 = 480;

// The form, in bars: four of harp, then verse and refrain twice.
const INTRO: u32 = 0;
const VERSE_1: u32 = 4;
const REFRAIN_1: u32 = 12;
const VERSE_2: u32 = 20;
const REFRAIN_2: u32 = 28;
const LAST_BAR: u32 = 35;

/// The tune of the verse. Its upbeat stands in the bar before it.
const VERSE: &str = "
    -:10 A4:2 |
    C5:4 D5:2 E5:3 F#5:1 E5:2 | D5:4 B4:2 G4:3 A4:1 B4:2 | C5:4 A4:2 A4:3 G#4:1 A4:2 | B4:4 G#4:2 E4:4 A4:2 |
    C5:4 D5:2 E5:3 F#5:1 E5:2 | D5:4 B4:2 G4:3 A4:1 B4:2 | C5:3 B4:1 A4:2 G#4:3 F#4:1 G#4:2 | A4:10 -:2 |";

/// The tune of the refrain.
const REFRAIN: &str = "
    G5:6 G5:3 F#5:1 E5:2 | D5:4 B4:2 G4:3 A4:1 B4:2 | C5:4 A4:2 A4:3 G#4:1 A4:2 | B4:4 G#4:2 E4:5 -:1 |
    G5:6 G5:3 F#5:1 E5:2 | D5:4 B4:2 G4:3 A4:1 B4:2 | C5:3 B4:1 A4:2 G#4:3 F#4:1 G#4:2 |";

/// The four lower voices under the verse, bass first. With the tune they make five parts without parallel fifths or
/// octaves; strings and choir sing them, harp and guitar break them up, the double bass doubles the lowest.
const VERSE_HARMONY: &str = "
    A2+E3+A3+C4:6 C3+E3+A3+C4:6 | G2+G3+B3+D4:6 B2+G3+B3+D4:6 |
    F2+F3+A3+F4:6 F2+A3+C4+D4:6 | E2+E3+G#3+B3:6 E2+E3+G#3+B3:4 -:2 |
    A2+E3+A3+C4:6 C3+E3+A3+C4:6 | G2+G3+B3+D4:6 B2+G3+B3+D4:6 |
    F2+A3+D4+F4:6 E2+E3+B3+D4:6 | A2+E3+A3+C4:6 A2+E3+C4+E4:4 -:2 |";

/// The four lower voices under the refrain, up to its last bar.
const REFRAIN_HARMONY: &str = "
    C3+E3+G3+E4:6 B2+G3+B3+D4:6 | G2+G3+B3+D4:6 E2+G3+B3+E4:6 |
    A2+E3+A3+E4:6 F2+A3+C4+D4:6 | E2+E3+G#3+B3:6 E2+E3+G#3+B3:6 |
    C3+E3+G3+C4:6 B2+G3+B3+D4:6 | G2+G3+B3+D4:6 B2+G3+B3+D4:6 |
    F2+A3+D4+F4:6 E2+E3+B3+D4:6 |";

/// The last bar of the first refrain, and of the second, where minor turns to major.
const MINOR_CLOSE: &str = "A2+E3+A3+C4:6 A2+E3+A3+C4:4 -:2 |";
const MAJOR_CLOSE: &str = "A2+E3+A3+C#4:12 |";

/// "Greensleeves" in 36 bars, for eight instruments and drums.
pub(crate) fn greensleeves() -> Vec<u8> {
    let parts = [
        harp(),
        flute(),
        oboe(),
        guitar(),
        double_bass(),
        strings(),
        horn(),
        choir(),
        drums(),
    ];
    let smf = Smf::new(TICKS_PER_QUARTER).running_status().track(conduct);
    let smf = parts
        .iter()
        .fold(smf, |smf, part| smf.track(|t| part.write(t)));
    smf.to_bytes()
}

/// The tempo track: quarters per minute by bar and sixteenth, with a broad ending.
fn conduct(t: &mut Track) -> &mut Track {
    t.name("Greensleeves (traditional)").time_signature(6, 8);
    let tempi = [
        (INTRO, 0, 92),
        (INTRO + 3, 6, 86),
        (VERSE_1, 0, 97),
        (REFRAIN_1, 0, 102),
        (REFRAIN_1 + 7, 6, 98),
        (VERSE_2, 0, 104),
        (VERSE_2 + 7, 6, 100),
        (REFRAIN_2, 0, 106),
        (REFRAIN_2 + 6, 0, 98),
        (REFRAIN_2 + 6, 4, 90),
        (REFRAIN_2 + 6, 6, 82),
        (REFRAIN_2 + 6, 8, 74),
        (REFRAIN_2 + 6, 10, 64),
        (LAST_BAR, 0, 60),
        (LAST_BAR, 6, 48),
    ];
    for (bar, sixteenth, quarters_per_minute) in tempi {
        t.at(ticks(bar * BAR + sixteenth))
            .tempo(60_000_000 / quarters_per_minute);
    }
    t.at(ticks((LAST_BAR + 1) * BAR))
}

fn harp() -> Part {
    let mut part = Part::new(0, "Harp", 46).volume(96).pan(44).reverb(56);
    let (slow, flowing) = (
        [&[0][..], &[2], &[3]],
        [&[0][..], &[1], &[2], &[3], &[2], &[1]],
    );
    let intro: String = VERSE_HARMONY.split_inclusive('|').take(4).collect();
    part.play(
        INTRO,
        &transposed(&broken(&intro, 1, &flowing), 12),
        [66, 76],
    );
    part.play(VERSE_1, &broken(VERSE_HARMONY, 2, &slow), [60, 66]);
    part.play(REFRAIN_1, &broken(REFRAIN_HARMONY, 1, &flowing), [60, 64]);
    part.play(REFRAIN_1 + 7, &broken(MINOR_CLOSE, 1, &flowing), [62, 56]);
    part.play(VERSE_2, &broken(VERSE_HARMONY, 2, &slow), [64, 70]);
    part.play(REFRAIN_2, &broken(REFRAIN_HARMONY, 1, &flowing), [68, 74]);
    let last_arpeggio = "A2:1 E3:1 A3:1 C#4:1 E4:1 A4:1 C#5:1 E5:1 A5:4 |";
    part.play(LAST_BAR, last_arpeggio, [62, 70]);
    part.pedal_by_half_bar(LAST_BAR);
    part
}

fn flute() -> Part {
    let mut part = Part::new(1, "Flute", 73)
        .volume(106)
        .pan(74)
        .reverb(64)
        .legato();
    part.play(VERSE_1 - 1, VERSE, [78, 84]);
    let answer = "-:6 E5:2 G#5:2 B5:2 |";
    part.play(REFRAIN_1 + 3, answer, [64, 70]);
    let above_the_oboe = "E6:6 D6:6 | B5:6 D6:6 | C6:6 D6:4 B5:2 | C6:6 A5:6 |";
    part.play(REFRAIN_1 + 4, above_the_oboe, [66, 62]);
    let descant = "
        E6:6 C6:6 | B5:6 D6:6 | C6:6 D6:6 | E6:4 D6:2 B5:4 -:2 |
        E6:6 C6:6 | B5:4 G5:2 B5:4 D6:2 | A5:6 B5:4 D6:2 | C6:6 A5:4 -:2 |";
    part.play(VERSE_2, descant, [68, 76]);
    part.play(REFRAIN_2, &transposed(REFRAIN, 12), [70, 76]);
    part.play(LAST_BAR, "A5:12 |", [72, 72]);
    part.swell(VERSE_1, &[92, 108, 104, 96, 96, 112, 104, 84]);
    part.swell(REFRAIN_1 + 4, &[88, 96, 100, 84]);
    part.swell(VERSE_2, &[88, 98, 104, 92, 98, 106, 102, 90]);
    part.swell(REFRAIN_2, &[104, 100, 96, 92, 108, 106, 108, 112, 64]);
    part
}

fn oboe() -> Part {
    let mut part = Part::new(2, "Oboe", 68)
        .volume(102)
        .pan(56)
        .reverb(60)
        .legato();
    part.play(REFRAIN_1, REFRAIN, [80, 84]);
    part.play(REFRAIN_1 + 7, "A4:10 -:2 |", [76, 70]);
    part.play(REFRAIN_2, REFRAIN, [86, 92]);
    part.play(LAST_BAR, "A4:12 |", [84, 84]);
    part.swell(REFRAIN_1, &[100, 104, 100, 90, 108, 108, 104, 96, 70]);
    part.swell(REFRAIN_2, &[108, 108, 102, 96, 114, 112, 114, 116, 64]);
    part
}

fn guitar() -> Part {
    let mut part = Part::new(3, "Nylon guitar", 24)
        .volume(80)
        .pan(90)
        .reverb(44)
        .strum(11);
    let lilt = [&[0][..], &[2, 3], &[2, 3]];
    part.play(REFRAIN_1, &broken(REFRAIN_HARMONY, 2, &lilt), [62, 66]);
    part.play(REFRAIN_1 + 7, &broken(MINOR_CLOSE, 2, &lilt), [64, 60]);
    let rolled = [&[0][..], &[1], &[2], &[3], &[2], &[3]];
    part.play(VERSE_2, &broken(VERSE_HARMONY, 1, &rolled), [56, 62]);
    part.play(REFRAIN_2, &broken(REFRAIN_HARMONY, 2, &lilt), [68, 72]);
    part.play(LAST_BAR, MAJOR_CLOSE, [62, 62]);
    part
}

fn double_bass() -> Part {
    let mut part = Part::new(4, "Acoustic bass", 32)
        .volume(98)
        .pan(60)
        .reverb(24);
    let (long, walking) = ([&[0][..]], [&[0][..], &[0], &[1]]);
    let low = |harmony, step, figure: &[&[usize]]| transposed(&broken(harmony, step, figure), -12);
    part.play(VERSE_1, &low(VERSE_HARMONY, 6, &long), [70, 74]);
    part.play(REFRAIN_1, &low(REFRAIN_HARMONY, 6, &long), [78, 80]);
    part.play(REFRAIN_1 + 7, &low(MINOR_CLOSE, 2, &walking), [78, 84]);
    part.play(VERSE_2, &low(VERSE_HARMONY, 2, &walking), [78, 82]);
    part.play(REFRAIN_2, &low(REFRAIN_HARMONY, 2, &walking), [84, 88]);
    part.play(LAST_BAR, "A1:12 |", [84, 84]);
    part
}

fn strings() -> Part {
    let mut part = Part::new(5, "Strings", 48)
        .volume(90)
        .pan(36)
        .reverb(72)
        .legato();
    let second_half: String = VERSE_HARMONY.split_inclusive('|').skip(4).collect();
    part.play(VERSE_1 + 4, &second_half, [50, 58]);
    part.play(REFRAIN_1, REFRAIN_HARMONY, [60, 66]);
    part.play(REFRAIN_1 + 7, MINOR_CLOSE, [62, 58]);
    part.play(
        VERSE_2,
        &transposed(&upper_voices(VERSE_HARMONY), 12),
        [58, 66],
    );
    part.tie();
    part.play(REFRAIN_2, REFRAIN, [78, 86]);
    let cellos = broken(REFRAIN_HARMONY, 6, &[&[0]]);
    part.play(REFRAIN_2, &cellos, [68, 74]);
    part.play(LAST_BAR, "A2+E4+A4+C#5+E5:12 |", [76, 76]);
    part.swell(VERSE_1 + 4, &[56, 76, 84, 80]);
    part.swell(REFRAIN_1, &[84, 94, 90, 80, 92, 100, 96, 84]);
    part.swell(VERSE_2, &[74, 86, 90, 80, 84, 94, 98, 90]);
    part.swell(REFRAIN_2, &[104, 100, 94, 92, 106, 104, 108, 112, 52]);
    part
}

fn horn() -> Part {
    let mut part = Part::new(6, "French horn", 60)
        .volume(100)
        .pan(82)
        .reverb(76)
        .legato();
    part.play(VERSE_2 - 1, &transposed(VERSE, -12), [82, 90]);
    let call_and_counter_melody = "
        E4:4 G4:2 D4:6 | B3:4 D4:2 E4:6 | C4:4 E4:2 D4:6 | B3:6 E4:2 G#4:2 B4:2 |
        C5:4 G4:8 | B4:4 G4:8 | F4:4 D4:2 E4:6 | E4:12 |";
    part.play(REFRAIN_2, call_and_counter_melody, [76, 84]);
    part.swell(VERSE_2, &[100, 110, 106, 98, 106, 114, 108, 92]);
    part.swell(REFRAIN_2, &[90, 92, 92, 100, 112, 104, 108, 112, 56]);
    part
}

fn choir() -> Part {
    let mut part = Part::new(7, "Choir", 52)
        .volume(88)
        .pan(64)
        .reverb(84)
        .legato();
    part.play(REFRAIN_2, &upper_voices(REFRAIN_HARMONY), [74, 80]);
    part.play(LAST_BAR, "A3+C#4+E4:12 |", [78, 78]);
    part.tie();
    part.swell(REFRAIN_2, &[76, 92, 92, 84, 96, 104, 108, 116, 48]);
    part
}

const SOFT_BEAT: &str = "
    kick      5...........
    stick     ......4.....
    hat       3.1.2.3.1.2.";
const SOFT_FILL: &str = "
    tom_1     ......4.4...
    tom_2     ........34..
    tom_3     ..........5.
    tom_4     5..........5";
const RIDING_BEAT: &str = "
    kick      6.........4. 6...4.......
    snare     ......5..... ......5.....
    ride      4.2.3.4.2.3. 4.2.3.4.2.3.";
const RIDING_FILL: &str = "
    kick      6.........4. 6.....5.....
    snare     ......5..... ....4.......
    ride      4.2.3.4.2.3. ............
    tom_1     ............ ......655...
    tom_2     ............ .......5.66.
    tom_3     ............ .........6.6
    tom_4     ............ ..........67";
const FULL_BEAT: &str = "
    kick      7.....3...5. 7...4.......
    snare     ......6..... ......6...23
    hat       5.3.4.5.3... 5.3.4.5.3...
    open_hat  ..........4. ..........4.";
const ENDING: &str = "
    kick      6.....5..... 7...........
    hat       4........... ............
    tom_2     ......4..... ............
    tom_3     ........5... ............
    tom_4     ..........5. ............
    crash     ............ 7...........
    triangle  ............ ....4.......";

fn drums() -> Part {
    let mut part = Part::new(DRUMS, "Drums", 0).volume(98).pan(64).reverb(40);
    for bar in REFRAIN_1..REFRAIN_1 + 7 {
        part.beat(bar, SOFT_BEAT);
    }
    part.beat(REFRAIN_1 + 7, SOFT_FILL);
    for bar in [VERSE_2, VERSE_2 + 2, VERSE_2 + 4] {
        part.beat(bar, RIDING_BEAT);
    }
    part.beat(VERSE_2 + 6, RIDING_FILL);
    for bar in [REFRAIN_2, REFRAIN_2 + 2, REFRAIN_2 + 4] {
        part.beat(bar, FULL_BEAT);
    }
    part.beat(REFRAIN_2 + 6, ENDING);
    for bar in [REFRAIN_1, REFRAIN_1 + 4] {
        part.beat(bar, "triangle 4...........");
    }
    for bar in [VERSE_2, REFRAIN_2, REFRAIN_2 + 4] {
        part.beat(bar, "crash 6...........");
    }
    part
}
