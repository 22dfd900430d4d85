//! How many frames the lines and the allpasses take at once.

/// Frames that all lines read before any of them writes: the shortest line of the smallest room has 137 at the lowest
/// rate, 8 kHz.
pub(super) const STEP: usize = 128;

/// Frames that an allpass reads before it writes: the shortest has 41 at the lowest rate.
pub(super) const PART: usize = 32;

/// One step of a signal.
pub(super) type Step = [f32; STEP];
