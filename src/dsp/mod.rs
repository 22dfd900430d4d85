//! The parts that sound is made of, one to a file: each says what goes in, what comes out, and what it remembers.

pub mod bits;
pub mod curve;
pub mod delay;
pub mod envelope;
pub mod exp2;
pub mod filter;
pub mod fourier;
pub mod halfband;
pub mod lfo;
pub mod loudness;
pub mod noise;
pub mod peak;
pub mod phase;
pub mod round;
pub mod simd;
pub mod sinc;
pub mod sine;
pub mod wavetable;
