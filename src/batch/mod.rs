//! Many inputs, many outputs: what is known about each, what is due, and whose share it is.
//!
//! Decisions only; the command line reads, renders and writes. [`manifest`] is the record of a tree (its lines and the
//! names of their fields), [`measure`] what it has of a recording, [`name`] how a path stands in it, [`digest`] what
//! two runs must share to give the same samples, [`made_of`] what is told apart where they do not, [`shard`] how a run
//! is divided between machines, [`lanes`] how many songs are rendered at once, [`place`] where a song differs from what
//! is recorded of it, [`options`] how it was asked for.

pub mod digest;
pub mod lanes;
pub mod made_of;
pub mod manifest;
pub mod measure;
pub mod name;
pub mod options;
pub mod place;
pub mod shard;
