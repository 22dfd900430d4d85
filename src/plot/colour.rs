//! Colours of values: dark to bright for levels, blue and red about nothing for their differences, hues for channels.

/// Colours of equal steps of lightness, from black over violet and orange to pale yellow, chosen by eye.
const HEAT: [[u8; 3]; 7] = [
    [4, 4, 12],
    [42, 16, 82],
    [104, 28, 110],
    [170, 46, 95],
    [226, 84, 62],
    [251, 158, 58],
    [252, 246, 190],
];

/// A level as a colour: 0 dark, 1 bright.
pub(super) fn heat(level: f64) -> [u8; 4] {
    let place = level.clamp(0.0, 1.0) * (HEAT.len() - 1) as f64;
    let (index, share) = ((place as usize).min(HEAT.len() - 2), place);
    let share = share - index as f64;
    let mix = |channel: usize| {
        let (low, high) = (
            f64::from(HEAT[index][channel]),
            f64::from(HEAT[index + 1][channel]),
        );
        (low + share * (high - low)) as u8
    };
    [mix(0), mix(1), mix(2), 255]
}

/// A change as a colour: -1 blue, 1 red, and 0 the paper itself.
pub(super) fn change(change: f64) -> [u8; 4] {
    let [red, green, blue] = if change < 0.0 {
        [40, 110, 240]
    } else {
        [235, 60, 40]
    };
    [red, green, blue, (255.0 * change.abs().min(1.0)) as u8]
}

/// A hue in degrees, of half the lightness, as red, green and blue.
pub(super) fn hue(degrees: f64, saturation: f64) -> [u8; 3] {
    // CSS Color 4, 7.1: HSL to RGB.
    let channel = |turn: f64| {
        let place = (turn + degrees / 30.0) % 12.0;
        let share = 0.5 - 0.5 * saturation * (place - 3.0).min(9.0 - place).clamp(-1.0, 1.0);
        libm::round(255.0 * share) as u8
    };
    [channel(0.0), channel(8.0), channel(4.0)]
}

/// A colour as every viewer reads it.
pub(super) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_those_of_css() {
        let check = |degrees, saturation, expected| {
            assert_eq!(hex(hue(degrees, saturation)), expected, "{degrees}");
        };
        check(0.0, 1.0, "#ff0000");
        check(120.0, 1.0, "#00ff00");
        check(240.0, 1.0, "#0000ff");
        check(210.0, 0.7, "#2680d9");
        check(30.0, 0.0, "#808080");
    }
}
