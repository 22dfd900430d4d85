//! The tones rendered so far, page by page: lent to who needs them, kept while they are used, made again if dropped.

pub mod library;
pub mod loan;
pub mod need;
mod page;
pub mod pool;
mod slot;

pub use page::PAGE;
