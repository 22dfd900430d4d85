//! Voices to stereo: voices sum into buses, buses through their width and their gains into groups, groups and what the
//! effects return into the mix, the mix through the limiter.
//!
//! **To add an effect**: its arm in [`Send`](crate::sound::Send), its setting in [`crate::sound::effects`], its file
//! here, and its fields in [`effects::Used`] and [`effects::Returns`]. The compiler then asks for the controller of its
//! send (`plan/bus.rs`) and its key in presets (`preset/resolve`).

pub mod bus;
pub mod chorus;
pub mod delay;
pub mod effects;
pub mod limiter;
pub mod reverb;
pub mod widener;
