//! Comparisons as users meet them, and their figures against formulas of the tests' own.

mod command;
mod ffmpeg;
mod figures;
