//! The one table of every key a preset file knows: default, range, unit and meaning; `presets describe` prints it.

use std::fmt::Write;

use super::parameter::{Domain, Parameter};
use super::{FilterKind, Waveform};

/// The waveforms by the word that asks for them.
pub const WAVEFORMS: [(&str, Waveform); 6] = [
    ("sine", Waveform::Sine),
    ("square", Waveform::Square),
    ("sawtooth", Waveform::Sawtooth),
    ("triangle", Waveform::Triangle),
    ("white_noise", Waveform::WhiteNoise),
    ("pink_noise", Waveform::PinkNoise),
];

/// The filters by the word that asks for them.
pub const FILTER_KINDS: [(&str, FilterKind); 3] = [
    ("lowpass", FilterKind::Lowpass),
    ("highpass", FilterKind::Highpass),
    ("bandpass", FilterKind::Bandpass),
];

static WAVEFORM_WORDS: [&str; WAVEFORMS.len()] = words(&WAVEFORMS);
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
    /// For drums: notes of the same group cut each other off, as hi-hats do; without it nothing is cut off.
    CHOKE_GROUP = "choke_group", "", Domain::whole(None, 1.0, 127.0);
    /// Whether a note ignores its note-off and sounds until its envelope has died away, as a drum does.
    ONE_SHOT = "one_shot", "", Domain::Flag { default: false };

    /// The shape of the oscillator; required.
    LAYER_WAVEFORM = "layer.waveform", "", Domain::Word { default: None, words: &WAVEFORM_WORDS };
    /// Level at full velocity, 0 dB being an amplitude of 1 before velocity, volume and pan; -8 suits one sustained layer.
    LAYER_LEVEL_DB = "layer.level_db", "dB", Domain::number(-8.0, -96.0, 24.0);
    /// The exponent in (velocity / 127) ^ velocity_curve: 2 is General MIDI's law, 0 ignores velocity.
    LAYER_VELOCITY_CURVE = "layer.velocity_curve", "", Domain::number(2.0, 0.0, 8.0);
    /// Added to the pitch.
    LAYER_DETUNE_CENTS = "layer.detune_cents", "cents", Domain::number(0.0, -9600.0, 9600.0);
    /// Place between left (-1) and right (1), added to the pan of the channel.
    LAYER_PAN = "layer.pan", "", Domain::number(0.0, -1.0, 1.0);
    /// The lowest key that the layer sounds on; 60 is middle C.
    LAYER_KEY_LOW = "layer.key_low", "", Domain::whole(Some(0.0), 0.0, 127.0), fixed;
    /// The highest key that the layer sounds on.
    LAYER_KEY_HIGH = "layer.key_high", "", Domain::whole(Some(127.0), 0.0, 127.0), fixed;
    /// The softest velocity that the layer sounds at.
    LAYER_VELOCITY_LOW = "layer.velocity_low", "", Domain::whole(Some(0.0), 0.0, 127.0), fixed;
    /// The hardest velocity that the layer sounds at.
    LAYER_VELOCITY_HIGH = "layer.velocity_high", "", Domain::whole(Some(127.0), 0.0, 127.0), fixed;
    /// The pitch of every key, for drums; without it the layer follows the keyboard.
    LAYER_FREQUENCY_HZ = "layer.frequency_hz", "Hz", Domain::bare_number(8.0, 20_000.0);

    /// Where the pitch starts, relative to where it goes.
    SWEEP_PITCH_CENTS = "layer.sweep.pitch_cents", "cents", Domain::number(0.0, -9600.0, 9600.0);
    /// The time in which the sweep falls by 60 dB, exponentially.
    SWEEP_DECAY_S = "layer.sweep.decay_s", "s", Domain::number(0.1, 0.001, 60.0);

    /// The linear rise from nothing to full level; less than 0.001 clicks.
    ENVELOPE_ATTACK_S = "layer.envelope.attack_s", "s", Domain::number(0.002, 0.0, 60.0);
    /// The time at full level before the decay.
    ENVELOPE_HOLD_S = "layer.envelope.hold_s", "s", Domain::number(0.0, 0.0, 60.0);
    /// The exponential fall from full level to sustain_level.
    ENVELOPE_DECAY_S = "layer.envelope.decay_s", "s", Domain::number(0.1, 0.0, 120.0);
    /// The share of the full level that is kept while the key is down.
    ENVELOPE_SUSTAIN_LEVEL = "layer.envelope.sustain_level", "", Domain::number(1.0, 0.0, 1.0);
    /// The exponential fall to nothing after the key is up.
    ENVELOPE_RELEASE_S = "layer.envelope.release_s", "s", Domain::number(0.1, 0.0, 60.0);

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
                "{key:<15} {default:<10} {:<22} {doc} Words: {}.",
                "word",
                words.join(", ")
            )
        }
        _ => format!(
            "{key:<15} {default:<10} {:<22} {doc}",
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
        assert!(text.contains("\n[layer.envelope]\nattack_s        0.002      0 to 60 s  "));
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
