//! What the meters found.

use super::alignment::Alignment;
use super::audio_source::Spec;
use super::balance::Balance;
use super::defects::Defects;
use super::difference::Difference;
use super::loudness::Loudness;
use super::spectrum::SpectralDistance;

/// Everything that the meters found.
pub(super) struct Measured {
    pub(super) spec: Spec,
    /// Frames within the span: actual and expected.
    pub(super) frames: [u64; 2],
    pub(super) from: u64,
    pub(super) difference: Difference,
    pub(super) balance: Balance,
    pub(super) defects: Defects,
    pub(super) loudness: [Loudness; 2],
    pub(super) distance: SpectralDistance,
    pub(super) alignment: Option<Alignment>,
    /// In cents, where the spectra are alike but for it.
    pub(super) transposition: Option<f64>,
}
