//! One layer in unison with itself: copies spread in pitch, together as loud as one.

use super::table::Table;
use crate::preset::error::PresetError;
use crate::preset::file::LayerFile;
use crate::preset::reference as keys;
use crate::sound::UnisonCopy;
use crate::units::Cents;

/// The copies that a layer asks for, lowest first.
pub(super) fn copies(typed: &LayerFile, table: Table<'_>) -> Result<Vec<UnisonCopy>, PresetError> {
    let count = table.byte(&keys::LAYER_UNISON, typed.unison)?;
    let cents = table.number(&keys::LAYER_UNISON_CENTS, typed.unison_cents)?;
    let copy = |index: u8| {
        // From -1 to 1; one alone is in the middle.
        let place = match count {
            1 => 0.0,
            _ => 2.0 * f64::from(index) / f64::from(count - 1) - 1.0,
        };
        UnisonCopy {
            detune: Cents(place * cents / 2.0),
            phase: phase(index, count),
        }
    };
    Ok((0..count).map(copy).collect())
}

/// Where a copy starts in its cycle. Phases that grow with the square (D. C. Chu, "Polyphase Codes with Good Periodic
/// Correlation Properties", IEEE Transactions on Information Theory 18, 1972) add up to the root of the number of copies,
/// so the onset is neither a pile of equal waves nor a hole.
fn phase(index: u8, count: u8) -> f64 {
    let (k, n) = (f64::from(index), f64::from(count));
    let square = k * (k + f64::from(count % 2));
    let phase = square / (2.0 * n);
    phase - libm::floor(phase)
}

#[cfg(test)]
mod tests {
    use super::phase;
    use crate::sound::Preset;

    #[test]
    fn the_phases_of_any_number_of_copies_add_up_to_its_root() {
        for count in 2..=8 {
            let (mut sine, mut cosine) = (0.0, 0.0);
            for index in 0..count {
                let (y, x) = libm::sincos(std::f64::consts::TAU * phase(index, count));
                sine += y;
                cosine += x;
            }
            let sum = libm::sqrt(sine * sine + cosine * cosine);
            assert!(
                (sum - libm::sqrt(f64::from(count))).abs() < 1e-9,
                "{count}: {sum}"
            );
        }
    }

    #[test]
    fn three_in_unison_are_spread_and_as_strong_as_one() {
        let text = "[[layer]]\nwaveform = \"sine\"\nunison = 3\nunison_cents = 10\nlevel_db = 0";
        let layers = Preset::parse("my.toml", text, &[]).unwrap().layers;
        let copies = &layers[0].unison;
        let detunes: Vec<f64> = copies.iter().map(|copy| copy.detune.0).collect();
        assert_eq!(detunes, [-5.0, 0.0, 5.0]);
        assert!((3.0 * layers[0].level * layers[0].level - 1.0).abs() < 1e-6);
        assert!(copies[0].phase != copies[1].phase);
    }

    #[test]
    fn one_alone_is_in_tune_and_starts_at_the_beginning() {
        let text = "[[layer]]\nwaveform = \"sine\"\nunison_cents = 100";
        let layers = Preset::parse("my.toml", text, &[]).unwrap().layers;
        let [copy] = layers[0].unison[..] else {
            panic!("{:?}", layers[0].unison);
        };
        assert_eq!((copy.detune.0, copy.phase), (0.0, 0.0));
    }
}
