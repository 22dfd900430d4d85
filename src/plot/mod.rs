//! Pictures as SVG text: waveforms and spectrograms of recordings, the notes and controllers of a score.
//!
//! A [`Chart`] is a column of panels, each with axes and a title; `outline`, `spectrogram` and `roll` fill them. Every
//! element carries its own colours on paper of its own (`ink`), so that any viewer shows a picture, whatever is behind it;
//! browsers in the dark show it in dark colours, alone and in a page.

mod axis;
mod chart;
mod colour;
mod ink;
mod outline;
mod roll;
mod spectrogram;

pub use axis::Axis;
pub use chart::{Chart, escape};
pub use ink::page_style;
pub use outline::{Outline, Tone};
pub use roll::roll;
pub use spectrogram::{Contrast, Spectrogram};
