//! One layer in unison with itself: copies spread in pitch and place, together as loud as one.

use super::table::Table;
use crate::preset::Layer;
use crate::preset::error::PresetError;
use crate::preset::file::LayerFile;
use crate::preset::reference as keys;
use crate::units::Cents;

/// The copies that a layer asks for.
pub(super) fn spread(
    layer: Layer,
    typed: &LayerFile,
    table: Table<'_>,
) -> Result<Vec<Layer>, PresetError> {
    let count = table.byte(&keys::LAYER_UNISON, typed.unison)?;
    let cents = table.number(&keys::LAYER_UNISON_CENTS, typed.unison_cents)?;
    let pan = table.number(&keys::LAYER_UNISON_PAN, typed.unison_pan)?;
    if count == 1 {
        return Ok(vec![layer]);
    }
    let copy = |index: u8| {
        // From -1 to 1.
        let place = 2.0 * f64::from(index) / f64::from(count - 1) - 1.0;
        let mut copy = layer.clone();
        copy.pitch.detune = Cents(layer.pitch.detune.0 + place * cents / 2.0);
        // Of two that are equally far from the middle one goes to each side, and the next pair the other way round.
        let pair = index.min(count - 1 - index);
        let side = if pair.is_multiple_of(2) {
            place
        } else {
            -place
        };
        copy.pan = (f64::from(layer.pan) + side * pan).clamp(-1.0, 1.0) as f32;
        copy.level = layer.level / libm::sqrtf(f32::from(count));
        copy.phase = phase(index, count);
        copy
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
    use crate::preset::Preset;

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
    fn the_copies_of_any_number_are_in_balance() {
        for count in 2..=8 {
            let text =
                format!("[[layer]]\nwaveform = \"sine\"\nunison = {count}\nunison_pan = 0.8");
            let layers = Preset::parse("my.toml", &text, &[]).unwrap().layers;
            let sum: f32 = layers.iter().map(|layer| layer.pan).sum();
            assert!(sum.abs() < 1e-6, "{count} copies lean by {sum}");
        }
    }

    #[test]
    fn three_in_unison_are_spread_and_as_strong_as_one() {
        let text = "[[layer]]\nwaveform = \"sine\"\nunison = 3\nunison_cents = 10\nunison_pan = 0.5\nlevel_db = 0";
        let layers = Preset::parse("my.toml", text, &[]).unwrap().layers;
        let detunes: Vec<f64> = layers.iter().map(|layer| layer.pitch.detune.0).collect();
        assert_eq!(detunes, [-5.0, 0.0, 5.0]);
        let power: f32 = layers.iter().map(|layer| layer.level * layer.level).sum();
        assert!((power - 1.0).abs() < 1e-6);
        assert!(layers[0].phase != layers[1].phase);
    }
}
