//! Wide vectors where the processor has them: the same function built for the baseline and for AVX2, chosen when it runs.
//!
//! The loops are written once, over arrays of lanes; a wider build does the same additions and multiplications on more
//! lanes at once. No fused multiply-add is enabled, so every bit is the same either way. One function is written out for
//! AVX2 instead: the one that reads wavetables.

use std::sync::atomic::{AtomicBool, Ordering};

static BASELINE: AtomicBool = AtomicBool::new(false);

/// Whether to do without wide vectors, for tests that compare both ways.
#[doc(hidden)]
pub fn use_baseline(only: bool) {
    BASELINE.store(only, Ordering::Relaxed);
}

/// Whether the processor has AVX2, and it may be used.
#[cfg(target_arch = "x86_64")]
#[inline]
#[must_use]
pub fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && !BASELINE.load(Ordering::Relaxed)
}

/// A function that is built twice. Whatever it calls has to be inlined into it to be built with it.
macro_rules! vectorised {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $output:ty)? $body:block) => {
        $(#[$attribute])*
        $visibility fn $name($($argument: $kind),*) $(-> $output)? {
            #[inline(always)]
            fn body($($argument: $kind),*) $(-> $output)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($argument: $kind),*) $(-> $output)? {
                    body($($argument),*)
                }
                if $crate::dsp::simd::has_avx2() {
                    #[expect(unsafe_code, reason = "a function for other processors")]
                    // SAFETY: the processor has been asked.
                    return unsafe { wide($($argument),*) };
                }
            }
            body($($argument),*)
        }
    };
}

pub(crate) use vectorised;
