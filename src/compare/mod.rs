//! Two recordings to figures, and figures to a verdict. Nothing here knows of files.
//!
//! - [`AudioSource`]: frames on demand; a WAV file and samples in memory are recordings.
//! - [`figures()`]: everything that is measured, each meter in a file of its own, fed block by block.
//! - [`Limits`]: how much a profile, a file of tolerances or a user allows, and the [`Verdict`].
//! - [`cause`]: what the figures look like: later, louder, another pitch, a missing note.
//! - [`Fingerprint`]: a recording in some bytes a second, enough to find where another one differs.
//! - [`disturb`]: what a tolerance ought to catch.
//!
//! **To add a figure**: its meter in a file, its field in [`Figures`], its line in the table of [`limits`].

mod alignment;
mod audio_source;
mod balance;
mod defects;
mod difference;
mod loudness;
mod measured;
mod meters;
mod pitch;
mod spectrum;

pub mod cause;
pub mod disturb;
pub mod figures;
pub mod fingerprint;
pub mod limits;

pub use alignment::Alignment;
pub use audio_source::{AudioSource, Memory, Spec};
pub use figures::Figures;
pub use fingerprint::Fingerprint;
pub use limits::{Limits, Profile, Verdict};
pub use meters::{Span, figures};
