//! The tones rendered so far, page by page: lent to who needs them, kept while they are used, made again if dropped.

pub mod cache;
mod cached_tone;
pub mod lease;
mod page;
pub mod page_range;
pub mod shared;

pub use page::PAGE;
