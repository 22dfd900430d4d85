//! The integration tests: one crate, one module per subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test does not expect should stop it"
)]

mod demo_song;
mod fixtures;
mod smf;

mod measure;
mod player;

mod batch;
mod changes;
mod circles;
mod cli;
mod compare;
mod config;
mod corpus;
mod damage;
mod equality;
mod excerpt;
mod files;
mod golden;
mod growth;
mod hostile;
mod labels;
mod layout;
mod manual;
mod mixdown;
mod names;
mod parts;
mod pipelines;
mod ports;
mod recordings;
mod sound;
mod verify;
