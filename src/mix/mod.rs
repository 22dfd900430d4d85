//! Notes to stereo: voices sum into buses, buses through their gains into the mix, the mix through the limiter.
//!
//! A new effect is one file here, and one line in [`crate::render`] where it joins the line.

pub mod bus;
pub mod limiter;
