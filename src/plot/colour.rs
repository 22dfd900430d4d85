//! Colours of levels: dark to bright for spectrograms, blue and red about nothing for their differences.

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
