//! The C functions that libraries call, from `libm` instead of the system: a measurement has the same figures on every
//! machine, and no math library is loaded (one note takes 0.4 MB less).
//!
//! What is heard never depends on them. They measure: true peaks, and the transforms of `compare`.

#![expect(unsafe_code, reason = "names that the linker knows")]

use std::mem::MaybeUninit;

/// The functions of one or two numbers: each is found under its C name.
macro_rules! c_functions {
    ($($name:ident($($argument:ident),+) -> $number:ty;)+) => {
        $(
            // SAFETY: what the C standard has under this name, with its arguments and result.
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $number),+) -> $number {
                libm::$name($($argument),+)
            }
        )+
    };
}

c_functions! {
    sin(x) -> f64;
    cos(x) -> f64;
    tan(x) -> f64;
    pow(x, y) -> f64;
    log10(x) -> f64;
    hypotf(x, y) -> f32;
}

// SAFETY: as GNU and musl have it; the two places are only written to.
#[unsafe(no_mangle)]
extern "C" fn sincos(x: f64, sine: &mut MaybeUninit<f64>, cosine: &mut MaybeUninit<f64>) {
    let (sine_of_x, cosine_of_x) = libm::sincos(x);
    sine.write(sine_of_x);
    cosine.write(cosine_of_x);
}
