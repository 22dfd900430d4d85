//! One door to sounds: TOML as typed becomes a [`Preset`](crate::sound::Preset) that cannot be invalid.
//!
//! **To add a key**: its field in `file.rs`, its row in [`mod@reference`] (default, range, unit, meaning), its field in
//! [`crate::sound`], its line in `resolve/`. A test fails while the first two disagree; `--set`, `presets describe` and the errors follow
//! from the row.
//!
//! **To add a waveform or a filter**: its arm in [`Waveform`](crate::sound::Waveform) and [`Kind`], or in
//! [`FilterKind`](crate::sound::FilterKind), and its row in [`reference::WAVEFORMS`] or [`reference::FILTER_KINDS`]. Keys of its own go in a table of its own (`[layer.modal]`),
//! which `resolve/waveform.rs` turns into what its arm carries; layers of other waveforms ignore the table.

mod diagnose;
pub(crate) mod error;
mod file;
mod kind;
pub(crate) mod nearest;
pub(crate) mod overrides;
pub mod parameter;
pub mod reference;
mod resolve;
pub(crate) mod source;

pub use error::{PresetError, TextPlace};
pub use kind::{Channel, Kind};
pub use overrides::Override;

/// Reads a file beside a preset or a bank, by the name that stands in it; or says why it cannot be read.
pub type Load<'l> = dyn FnMut(&str) -> Result<Vec<u8>, String> + 'l;

/// Why nothing is read beside a preset that is no file.
pub(crate) const NO_FILES: &str = "only a preset in a file has files beside it";
