//! The one table of every key a preset file knows: default, range, unit and meaning; `presets describe` prints it.

use std::fmt::Write;

use super::parameter::{Domain, Parameter};
use super::{Channel, Kind};
use crate::sound::{FilterKind, LoopMode, Trigger};
use crate::units::Decibels;

/// The waveform that plays a file.
pub(super) const RECORDING_WORD: &str = "recording";

/// The waveforms by the word that asks for them.
pub const WAVEFORMS: [(&str, Kind); 14] = [
    ("sine", Kind::Sine),
    ("square", Kind::Square),
    ("sawtooth", Kind::Sawtooth),
    ("triangle", Kind::Triangle),
    ("pulse", Kind::Pulse),
    ("white_noise", Kind::WhiteNoise),
    ("pink_noise", Kind::PinkNoise),
    ("brown_noise", Kind::BrownNoise),
    ("blue_noise", Kind::BlueNoise),
    ("harmonics", Kind::Harmonics),
    ("modal", Kind::Modal),
    ("pluck", Kind::Pluck),
    ("fm", Kind::Fm),
    (RECORDING_WORD, Kind::Recording),
];

/// The filters by the word that asks for them.
pub const FILTER_KINDS: [(&str, FilterKind); 3] = [
    ("lowpass", FilterKind::Lowpass),
    ("highpass", FilterKind::Highpass),
    ("bandpass", FilterKind::Bandpass),
];

/// When layers begin, by the word that asks for it; how fast the level falls meanwhile is a key of its own.
pub const TRIGGERS: [(&str, Trigger); 2] = [
    ("attack", Trigger::Attack),
    (
        "release",
        Trigger::Release {
            fall: Decibels(0.0),
        },
    ),
];

/// Where the sustain pedal is, by the word for it: whether it has to be down.
pub const PEDALS: [(&str, Option<bool>); 3] =
    [("any", None), ("up", Some(false)), ("down", Some(true))];

/// The channels of a file, by the words for them.
pub const CHANNELS: [(&str, Channel); 3] = [
    ("mix", Channel::Mix),
    ("left", Channel::Left),
    ("right", Channel::Right),
];

/// How a loop is played, by the words for it.
pub const LOOP_MODES: [(&str, LoopMode); 3] = [
    ("none", LoopMode::Never),
    ("forever", LoopMode::Forever),
    ("until_release", LoopMode::UntilRelease),
];

/// The most frames of a recording: three hours.
const MOST_FRAMES: f64 = 536_870_912.0;

static TRIGGER_WORDS: [&str; TRIGGERS.len()] = words(&TRIGGERS);
static PEDAL_WORDS: [&str; PEDALS.len()] = words(&PEDALS);
static WAVEFORM_WORDS: [&str; WAVEFORMS.len()] = words(&WAVEFORMS);
static CHANNEL_WORDS: [&str; CHANNELS.len()] = words(&CHANNELS);
static LOOP_WORDS: [&str; LOOP_MODES.len()] = words(&LOOP_MODES);
static FILTER_WORDS: [&str; FILTER_KINDS.len()] = words(&FILTER_KINDS);

const fn words<T: Copy, const N: usize>(pairs: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut i = 0;
    while i < N {
        words[i] = pairs[i].0;
        i += 1;
    }
    words
}

/// One row a key: its doc comment is its documentation; `fixed` keys cannot be changed with `--set`.
macro_rules! parameters {
    ($(#[doc = $doc:literal] $name:ident = $path:literal, $unit:literal, $domain:expr $(, $fixed:ident)?;)*) => {
        $(
            #[doc = $doc]
            pub static $name: Parameter = Parameter {
                path: $path,
                unit: $unit,
                domain: $domain,
                settable: parameters!(@settable $($fixed)?),
                doc: $doc.trim_ascii(),
            };
        )*

        /// Every key, in the order in which a file is best written.
        pub static PARAMETERS: &[&Parameter] = &[$(&$name),*];
    };
    (@settable fixed) => { false };
    (@settable) => { true };
}

parameters! {
    /// What the sound is asked for by; without it, the name of the file.
    NAME = "name", "", Domain::Text, fixed;
    /// One sentence about the sound.
    DESCRIPTION = "description", "", Domain::Text, fixed;
    /// Notes of the same group on a channel cut each other off, as hi-hats do; without it nothing is cut off.
    CHOKE_GROUP = "choke_group", "", Domain::whole(None, 1.0, 127.0);
    /// How far the sound is spread to the sides: 0 is a point, at 1 left and right have nothing in common but the bass.
    WIDTH = "width", "", Domain::number(0.0, 0.0, 1.0);
    /// Whether a note ignores its note-off and sounds until its envelope has died away, as a drum does.
    ONE_SHOT = "one_shot", "", Domain::Flag { default: false };

    /// The shape of the oscillator; required.
    LAYER_WAVEFORM = "layer.waveform", "", Domain::Word { default: None, words: &WAVEFORM_WORDS };
    /// Whether the layer begins when its key is struck, or when the note is let go by key and pedals, as a damper's noise: then it has to die away by itself, and notes that are cut off have none.
    LAYER_TRIGGER = "layer.trigger", "", Domain::Word { default: Some("attack"), words: &TRIGGER_WORDS }, fixed;
    /// What each second for which the note was held takes from a layer whose trigger is release.
    LAYER_RELEASE_FALL_DB_S = "layer.release_fall_db_s", "dB/s", Domain::number(0.0, 0.0, 120.0);
    /// Where the sustain pedal has to be when the key is struck, for the layer to sound: down is 64 and more, and what it does later changes nothing.
    LAYER_SUSTAIN_PEDAL = "layer.sustain_pedal", "", Domain::Word { default: Some("any"), words: &PEDAL_WORDS }, fixed;
    /// The share of the cycle that a pulse is up: 0.5 is a square.
    LAYER_PULSE_WIDTH = "layer.pulse_width", "", Domain::number(0.25, 0.02, 0.98);
    /// Level at full velocity, 0 dB being an amplitude of 1 before velocity, volume and pan; -8 suits one sustained layer.
    LAYER_LEVEL_DB = "layer.level_db", "dB", Domain::number(-8.0, -96.0, 24.0);
    /// Added to the level for each octave above middle C.
    LAYER_LEVEL_KEY_DB = "layer.level_key_db", "dB/octave", Domain::number(0.0, -24.0, 24.0);
    /// The exponent in (velocity / 127) ^ velocity_curve: 2 is General MIDI's law, 0 ignores velocity.
    LAYER_VELOCITY_CURVE = "layer.velocity_curve", "", Domain::number(2.0, 0.0, 8.0);
    /// From one velocity to the next that has a timbre of its own, the first being 1: others have that of the nearest, so that more notes share a tone. What velocity does to the level has no steps.
    LAYER_VELOCITY_STEP = "layer.velocity_step", "", Domain::whole(Some(42.0), 1.0, 126.0);
    /// Added to the pitch.
    LAYER_DETUNE_CENTS = "layer.detune_cents", "cents", Domain::number(0.0, -9600.0, 9600.0);
    /// How far the tuning is stretched four octaves from middle C; it grows with the cube of the distance (Railsback).
    LAYER_STRETCH_CENTS = "layer.stretch_cents", "cents", Domain::number(0.0, -100.0, 100.0);
    /// Place between left (-1) and right (1), added to the pan of the channel.
    LAYER_PAN = "layer.pan", "", Domain::number(0.0, -1.0, 1.0);
    /// Added to what the channel sends to the reverb (CC91), 0 being nothing and 1 all.
    LAYER_REVERB_SEND = "layer.reverb_send", "", Domain::number(0.0, -1.0, 1.0);
    /// Added to what the channel sends to the chorus (CC93).
    LAYER_CHORUS_SEND = "layer.chorus_send", "", Domain::number(0.0, -1.0, 1.0);
    /// Added to what the channel sends to the delay (CC94).
    LAYER_DELAY_SEND = "layer.delay_send", "", Domain::number(0.0, -1.0, 1.0);
    /// How many copies of the layer sound together, as loud as one.
    LAYER_UNISON = "layer.unison", "", Domain::whole(Some(1.0), 1.0, 8.0);
    /// How far apart in pitch the outermost copies are.
    LAYER_UNISON_CENTS = "layer.unison_cents", "cents", Domain::number(12.0, 0.0, 200.0);
    /// The lowest key that the layer sounds on; 60 is middle C.
    LAYER_KEY_LOW = "layer.key_low", "", Domain::whole(Some(0.0), 0.0, 127.0), fixed;
    /// The highest key that the layer sounds on.
    LAYER_KEY_HIGH = "layer.key_high", "", Domain::whole(Some(127.0), 0.0, 127.0), fixed;
    /// How many keys the layer takes to fade in from either end of its range: two layers that overlap so cross over.
    LAYER_KEY_FADE = "layer.key_fade", "", Domain::whole(Some(0.0), 0.0, 64.0), fixed;
    /// The softest velocity that the layer sounds at.
    LAYER_VELOCITY_LOW = "layer.velocity_low", "", Domain::whole(Some(0.0), 0.0, 127.0), fixed;
    /// The hardest velocity that the layer sounds at.
    LAYER_VELOCITY_HIGH = "layer.velocity_high", "", Domain::whole(Some(127.0), 0.0, 127.0), fixed;
    /// How many velocities the layer takes to fade in from either end of its range.
    LAYER_VELOCITY_FADE = "layer.velocity_fade", "", Domain::whole(Some(0.0), 0.0, 64.0), fixed;
    /// The pitch of every key, for drums; without it the layer follows the keyboard.
    LAYER_FREQUENCY_HZ = "layer.frequency_hz", "Hz", Domain::bare_number(8.0, 20_000.0);

    /// The levels of the first partials (waveforms harmonics, modal and pluck), relative to each other: together they are as loud as a sine.
    SPECTRUM_LEVELS_DB = "layer.spectrum.levels_db", "dB", Domain::numbers(-120.0, 40.0, 64);
    /// How the levels go on behind the list, per octave; without a list, from the first partial on.
    SPECTRUM_SLOPE_DB = "layer.spectrum.slope_db", "dB/octave", Domain::number(-6.0, -48.0, 6.0);
    /// Added to the slope of all partials for each octave above middle C.
    SPECTRUM_KEY_DB = "layer.spectrum.key_db", "dB/octave", Domain::number(0.0, -12.0, 12.0);
    /// Added to the slope of all partials at the softest velocity, less the harder the key is struck.
    SPECTRUM_VELOCITY_DB = "layer.spectrum.velocity_db", "dB/octave", Domain::number(0.0, -24.0, 0.0);
    /// Where a string is struck or plucked, as a share of its length: partials with a node there are missing; 0 leaves it out.
    SPECTRUM_STRIKE = "layer.spectrum.strike", "", Domain::number(0.0, 0.0, 0.5);
    /// The centres of resonances of the body or the mouth, which stay where they are on every key.
    SPECTRUM_FORMANTS_HZ = "layer.spectrum.formants_hz", "Hz", Domain::numbers(20.0, 20_000.0, 8), fixed;
    /// What each of them adds at its centre.
    SPECTRUM_FORMANTS_DB = "layer.spectrum.formants_db", "dB", Domain::numbers(-60.0, 60.0, 8), fixed;
    /// How wide each of them is, where it adds half of that.
    SPECTRUM_FORMANTS_WIDTH_HZ = "layer.spectrum.formants_width_hz", "Hz", Domain::numbers(10.0, 20_000.0, 8), fixed;

    /// A second spectrum that harmonics move towards: the levels of its first partials.
    MORPH_LEVELS_DB = "layer.morph.levels_db", "dB", Domain::numbers(-120.0, 40.0, 64);
    /// How they go on behind the list.
    MORPH_SLOPE_DB = "layer.morph.slope_db", "dB/octave", Domain::number(-6.0, -48.0, 6.0);
    /// Where between the first spectrum (0) and the second (1) a note starts, ...
    MORPH_FROM = "layer.morph.from", "", Domain::number(0.0, 0.0, 1.0);
    /// ... where it goes, ...
    MORPH_TO = "layer.morph.to", "", Domain::number(1.0, 0.0, 1.0);
    /// ... and the time in which all but a thousandth of the way is gone, exponentially.
    MORPH_TIME_S = "layer.morph.time_s", "s", Domain::number(0.5, 0.001, 60.0);
    /// How far the lfo swings it to either side.
    MORPH_LFO = "layer.morph.lfo", "", Domain::number(0.0, 0.0, 1.0);

    /// How many partials ring, if no ratios are given.
    MODAL_PARTIALS = "layer.modal.partials", "", Domain::whole(Some(16.0), 1.0, 64.0);
    /// The frequencies of the partials in multiples of the key's; without them, those of a stiff string.
    MODAL_RATIOS = "layer.modal.ratios", "", Domain::numbers(0.05, 100.0, 64);
    /// The stiffness B of the string at middle C: partial n rings at n * sqrt((1 + B n^2) / (1 + B)) times the key.
    MODAL_INHARMONICITY = "layer.modal.inharmonicity", "", Domain::number(0.0, 0.0, 0.1);
    /// How many times over B doubles with each octave above middle C.
    MODAL_INHARMONICITY_KEY = "layer.modal.inharmonicity_key", "", Domain::number(1.3, -4.0, 4.0);
    /// The time in which the first partial of middle C falls by 60 dB.
    MODAL_DECAY_S = "layer.modal.decay_s", "s", Domain::number(4.0, 0.005, 120.0);
    /// How many times over the decay halves with each octave above middle C.
    MODAL_DECAY_KEY = "layer.modal.decay_key", "", Domain::number(0.6, -2.0, 4.0);
    /// How many times over the decay halves with each octave of a partial above the first.
    MODAL_DECAY_SLOPE = "layer.modal.decay_slope", "", Domain::number(0.7, -2.0, 4.0);
    /// The decays of single partials, as shares of decay_s, instead of the slope.
    MODAL_DECAYS = "layer.modal.decays", "", Domain::numbers(0.001, 10.0, 64);
    /// The level at which each partial rings on, relative to its onset: the aftersound of coupled strings.
    MODAL_AFTERSOUND_DB = "layer.modal.aftersound_db", "dB", Domain::number(-120.0, -120.0, 0.0);
    /// How many times longer the aftersound takes.
    MODAL_AFTERSOUND_TIMES = "layer.modal.aftersound_times", "", Domain::number(4.0, 1.0, 40.0);
    /// How far the aftersound is out of tune with the first sound, so that they beat.
    MODAL_AFTERSOUND_CENTS = "layer.modal.aftersound_cents", "cents", Domain::number(0.5, -20.0, 20.0);

    /// The time in which the first partial of a plucked middle C falls by 60 dB.
    PLUCK_DECAY_S = "layer.pluck.decay_s", "s", Domain::number(4.0, 0.05, 120.0);
    /// The same for what lies at 4 kHz: the shorter, the duller the string.
    PLUCK_HIGH_DECAY_S = "layer.pluck.high_decay_s", "s", Domain::number(0.6, 0.01, 120.0);
    /// How many times over both halve with each octave above middle C.
    PLUCK_DECAY_KEY = "layer.pluck.decay_key", "", Domain::number(0.6, -2.0, 4.0);

    /// The frequencies of the operators in multiples of the key's; the first one is heard.
    FM_RATIOS = "layer.fm.ratios", "", Domain::numbers(0.0, 64.0, 6), fixed;
    /// How far each operator moves the phase of its target; of those that are heard, the level.
    FM_INDICES = "layer.fm.indices", "radians", Domain::numbers(0.0, 40.0, 6), fixed;
    /// The number of the operator that each one moves, lower than its own; 0 is heard. Without it all move the first.
    FM_TARGETS = "layer.fm.targets", "", Domain::numbers(0.0, 5.0, 6), fixed;
    /// The times in which the indices fall by 60 dB towards sustains; 0 stays.
    FM_DECAYS_S = "layer.fm.decays_s", "s", Domain::numbers(0.0, 120.0, 6), fixed;
    /// The shares of the indices that are left then.
    FM_SUSTAINS = "layer.fm.sustains", "", Domain::numbers(0.0, 1.0, 6), fixed;
    /// How far the last operator moves itself.
    FM_FEEDBACK = "layer.fm.feedback", "radians", Domain::number(0.0, 0.0, 4.0);
    /// What the softest velocity takes from the indices of those that are not heard.
    FM_VELOCITY_DB = "layer.fm.velocity_db", "dB", Domain::number(0.0, -48.0, 0.0);
    /// Added to them for each octave above middle C.
    FM_KEY_DB = "layer.fm.key_db", "dB/octave", Domain::number(0.0, -24.0, 24.0);

    /// The WAV that the waveform recording plays, by its path from the preset on; one channel of it is heard.
    RECORDING_FILE = "layer.recording.file", "", Domain::Text, fixed;
    /// Which channel: the mean of all, the first, or the second.
    RECORDING_CHANNEL = "layer.recording.channel", "", Domain::Word { default: Some("mix"), words: &CHANNEL_WORDS }, fixed;
    /// The key on which it sounds as it was recorded, parts of semitones too.
    RECORDING_ROOT_KEY = "layer.recording.root_key", "", Domain::number(60.0, 0.0, 127.0), fixed;
    /// Whether a part of it is played again and again: never, as long as the note sounds, or until its key is up, whereupon the rest follows.
    RECORDING_LOOP_MODE = "layer.recording.loop_mode", "", Domain::Word { default: Some("none"), words: &LOOP_WORDS }, fixed;
    /// The first frame of that part, ...
    RECORDING_LOOP_START = "layer.recording.loop_start", "frames", Domain::whole(Some(0.0), 0.0, MOST_FRAMES), fixed;
    /// ... and the first one behind it; without it, the part reaches to the end.
    RECORDING_LOOP_END = "layer.recording.loop_end", "frames", Domain::whole(None, 1.0, MOST_FRAMES), fixed;

    /// Where the pitch starts, relative to where it goes.
    SWEEP_PITCH_CENTS = "layer.sweep.pitch_cents", "cents", Domain::number(0.0, -9600.0, 9600.0);
    /// The time in which the sweep falls by 60 dB, exponentially.
    SWEEP_DECAY_S = "layer.sweep.decay_s", "s", Domain::number(0.1, 0.001, 60.0);

    /// The silence before the rise.
    ENVELOPE_DELAY_S = "layer.envelope.delay_s", "s", Domain::number(0.0, 0.0, 60.0);
    /// The rise from nothing to full level; less than 0.001 clicks.
    ENVELOPE_ATTACK_S = "layer.envelope.attack_s", "s", Domain::number(0.002, 0.0, 60.0);
    /// The bend of the rise: 0 is straight, above it is steep at first, below it at last.
    ENVELOPE_ATTACK_CURVE = "layer.envelope.attack_curve", "", Domain::number(0.0, -8.0, 8.0);
    /// The time at full level before the decay.
    ENVELOPE_HOLD_S = "layer.envelope.hold_s", "s", Domain::number(0.0, 0.0, 60.0);
    /// The exponential fall from full level to sustain_level.
    ENVELOPE_DECAY_S = "layer.envelope.decay_s", "s", Domain::number(0.1, 0.0, 120.0);
    /// The share of the full level that is kept while the key is down.
    ENVELOPE_SUSTAIN_LEVEL = "layer.envelope.sustain_level", "", Domain::number(1.0, 0.0, 1.0);
    /// The exponential fall from sustain_level to nothing while the key is down; 0 keeps the level.
    ENVELOPE_FADE_S = "layer.envelope.fade_s", "s", Domain::number(0.0, 0.0, 120.0);
    /// The exponential fall to nothing after the key is up.
    ENVELOPE_RELEASE_S = "layer.envelope.release_s", "s", Domain::number(0.1, 0.0, 60.0);
    /// Notes held for less than this have a release that is shorter in proportion, down to a tenth.
    ENVELOPE_RELEASE_GATE_S = "layer.envelope.release_gate_s", "s", Domain::number(0.0, 0.0, 10.0);
    /// How many times over decay, fade and release halve with each octave above middle C.
    ENVELOPE_KEY_SCALING = "layer.envelope.key_scaling", "", Domain::number(0.0, -2.0, 4.0);

    /// What the filter lets pass.
    FILTER_KIND = "layer.filter.kind", "", Domain::Word { default: Some("lowpass"), words: &FILTER_WORDS };
    /// The corner or centre frequency for middle C at rest; required in a filter.
    FILTER_CUTOFF_HZ = "layer.filter.cutoff_hz", "Hz", Domain::bare_number(10.0, 24_000.0);
    /// The peak at the corner: 0 is none, 1 nearly whistles by itself.
    FILTER_RESONANCE = "layer.filter.resonance", "", Domain::number(0.0, 0.0, 1.0);
    /// How far the cutoff follows the key: 1 is an octave per octave from middle C.
    FILTER_KEY_TRACKING = "layer.filter.key_tracking", "", Domain::number(0.0, -2.0, 2.0);
    /// How far the softest velocity lowers the cutoff.
    FILTER_VELOCITY_CENTS = "layer.filter.velocity_cents", "cents", Domain::number(0.0, 0.0, 9600.0);
    /// How far the filter's envelope raises the cutoff at its height.
    FILTER_ENVELOPE_CENTS = "layer.filter.envelope_cents", "cents", Domain::number(0.0, -9600.0, 9600.0);
    /// The linear rise of the filter's envelope.
    FILTER_ATTACK_S = "layer.filter.attack_s", "s", Domain::number(0.0, 0.0, 60.0);
    /// The exponential fall of the filter's envelope to its sustain_level.
    FILTER_DECAY_S = "layer.filter.decay_s", "s", Domain::number(0.2, 0.0, 60.0);
    /// The share of envelope_cents that is kept while the key is down.
    FILTER_SUSTAIN_LEVEL = "layer.filter.sustain_level", "", Domain::number(0.0, 0.0, 1.0);

    /// Cycles per second of the slow sine that sways pitch, gain or cutoff.
    LFO_RATE_HZ = "layer.lfo.rate_hz", "Hz", Domain::number(5.5, 0.01, 40.0);
    /// The time before the swaying begins; it then fades in over one cycle.
    LFO_DELAY_S = "layer.lfo.delay_s", "s", Domain::number(0.0, 0.0, 60.0);
    /// Vibrato: the swing to either side.
    LFO_PITCH_CENTS = "layer.lfo.pitch_cents", "cents", Domain::number(0.0, 0.0, 1200.0);
    /// Tremolo: the share of the gain that is taken away at the trough.
    LFO_GAIN = "layer.lfo.gain", "", Domain::number(0.0, 0.0, 1.0);
    /// The swing of the filter's cutoff to either side.
    LFO_CUTOFF_CENTS = "layer.lfo.cutoff_cents", "cents", Domain::number(0.0, 0.0, 4800.0);

    /// As in lfo: a second one, which the vibrato controllers leave alone.
    LFO2_RATE_HZ = "layer.lfo2.rate_hz", "Hz", Domain::number(0.8, 0.01, 40.0);
    /// As in lfo.
    LFO2_DELAY_S = "layer.lfo2.delay_s", "s", Domain::number(0.0, 0.0, 60.0);
    /// As in lfo.
    LFO2_PITCH_CENTS = "layer.lfo2.pitch_cents", "cents", Domain::number(0.0, 0.0, 1200.0);
    /// As in lfo.
    LFO2_GAIN = "layer.lfo2.gain", "", Domain::number(0.0, 0.0, 1.0);
    /// As in lfo.
    LFO2_CUTOFF_CENTS = "layer.lfo2.cutoff_cents", "cents", Domain::number(0.0, 0.0, 4800.0);
}

/// The parameter at a path without layer numbers: `layer.envelope.attack_s`.
#[must_use]
pub fn find(path: &str) -> Option<&'static Parameter> {
    PARAMETERS
        .iter()
        .copied()
        .find(|parameter| parameter.path == path)
}

/// Whether a path without layer numbers names a table: `layer`, `layer.filter`.
pub(super) fn is_table(path: &str) -> bool {
    PARAMETERS.iter().any(|parameter| {
        parameter
            .path
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// The whole table as text, one key a line under the heading of its TOML table.
#[must_use]
pub fn describe() -> String {
    let mut text = String::new();
    let mut table = "";
    for parameter in PARAMETERS {
        if parameter.table() != table {
            table = parameter.table();
            let heading = if table == "layer" {
                "[[layer]]".to_owned()
            } else {
                format!("[{table}]")
            };
            let _ = write!(text, "\n{heading}\n");
        }
        let _ = writeln!(text, "{}", row(parameter));
    }
    text
}

/// A key as a line of the reference; the words of a key stand behind its meaning, since they would burst the column.
fn row(parameter: &Parameter) -> String {
    let (key, default, doc) = (parameter.key(), parameter.default_text(), parameter.doc);
    match parameter.domain {
        Domain::Word { words, .. } => {
            format!(
                "{key:<18} {default:<10} {:<24} {doc} Words: {}.",
                "word",
                words.join(", ")
            )
        }
        _ => format!(
            "{key:<18} {default:<10} {:<24} {doc}",
            parameter.range_text()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_a_line_for_every_key_under_the_heading_of_its_table() {
        let text = describe();
        for parameter in PARAMETERS {
            let key = parameter.key();
            assert!(
                text.lines()
                    .any(|line| line.starts_with(key) && line.contains(parameter.doc)),
                "{key}"
            );
        }
        assert!(text.contains("\n[[layer]]\nwaveform"));
        assert!(text.contains("\n[layer.envelope]\ndelay_s            0          0 to 60 s  "));
    }

    #[test]
    fn every_default_lies_in_its_range() {
        for parameter in PARAMETERS {
            let default = parameter.domain.default_number();
            assert!(
                default.is_none_or(|number| parameter.domain.holds(number)),
                "{}",
                parameter.path
            );
        }
    }
}
