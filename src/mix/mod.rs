//! Notes to stereo: voices sum into buses, buses through their width and their gains into groups, groups and what the effects return into
//! the mix, the mix through the limiter.
//!
//! A new effect is one file here, one field of [`effects::Sends`] and of [`effects::Returns`], and one gain of a bus.

pub mod bus;
pub mod chorus;
pub mod delay;
pub mod effects;
pub mod limiter;
pub mod reverb;
pub mod widener;
