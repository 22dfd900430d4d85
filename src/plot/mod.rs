//! Pictures as SVG text: waveforms and spectrograms of recordings, the notes and controllers of a score.
//!
//! A [`Chart`] is a column of panels, each with axes and a title; `outline`, `spectrogram` and `roll` fill them. Every
//! picture names its colours by CSS variables, so that it is readable in light and dark, alone and in a page.

mod axis;
mod chart;
mod colour;
mod outline;
mod roll;
mod spectrogram;

pub use axis::Axis;
pub use chart::{Chart, escape};
pub use outline::{Outline, Tone};
pub use roll::roll;
pub use spectrogram::{Contrast, Spectrogram};

/// The colours of all pictures, by light and dark.
pub const STYLE: &str = "\
:root{color-scheme:light dark;--paper:#ffffff;--ink:#1b1f24;--faint:#59636e;--grid:#d1d9e0;--panel:#f6f8fa;\
--actual:#0969da;--expected:#1a7f37;--difference:#cf222e}\
@media (prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--faint:#9198a1;--grid:#3d444d;--panel:#161b22;\
--actual:#58a6ff;--expected:#3fb950;--difference:#ff7b72}}\
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .faint{fill:var(--faint)}svg .title{font-weight:600}\
svg .grid{stroke:var(--grid);stroke-width:1}svg .frame{fill:none;stroke:var(--faint)}svg .panel{fill:var(--panel)}\
svg .actual{fill:var(--actual);stroke:var(--actual)}svg .expected{fill:var(--expected);stroke:var(--expected)}\
svg .difference{fill:var(--difference);stroke:var(--difference)}svg .wave{stroke-width:.6}\
svg .lane{fill:none;stroke-width:1.3}svg .mark{fill:var(--difference);opacity:.25}";
