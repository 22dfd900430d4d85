//! What is heard: songs are rendered in memory and measured. `--nocapture` shows the worst figures.

mod envelope;
mod key_up;
mod limiter;
mod modes;
mod onset;
mod pitch;
mod recording;
mod smoothness;
mod spectrum;
mod strip;
mod timbre;
