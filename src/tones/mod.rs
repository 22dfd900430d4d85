//! Rendered tones, page by page: a cache for each song, and one that songs share.

pub mod cache;
mod cached_tone;
pub mod lease;
mod page;
pub mod page_range;
pub mod shared;

pub use page::PAGE;
