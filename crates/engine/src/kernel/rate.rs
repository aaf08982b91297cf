//! How many 8-bit products a second this CPU can add up: the limit that a prefill is held against.
#![cfg_attr(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    expect(unsafe_code, reason = "calls what was detected")
)]
use std::{hint::black_box, thread, time::Instant};

/// Sums kept apart, so that no addition waits for another.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const SUMS: usize = 12;
/// Steps between two looks at the clock.
const STEPS: usize = 1 << 14;
const SECONDS: f64 = 0.1;

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub struct DotRate {
    /// What multiplied, as the field calls it.
    pub instructions: &'static str,
    /// Multiplications and additions a second, of all threads together.
    pub per_second: f64,
}

/// Runs `STEPS` steps, and tells how many products it added up.
type Run = fn() -> usize;

/// Measures the widest integer dot product that this CPU has, on `n_threads` threads for a tenth of a second.
pub fn dot_rate(n_threads: usize) -> DotRate {
    let (instructions, run) = best();
    let rates = thread::scope(|scope| {
        let running: Vec<_> = (0..n_threads.max(1)).map(|_| scope.spawn(|| rate(run))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or(0.0)).sum()
    });
    DotRate { instructions, per_second: rates }
}

fn rate(run: Run) -> f64 {
    run(); // a processor takes a moment to reach the speed of its wide units
    let (started, mut n_products) = (Instant::now(), 0);
    while started.elapsed().as_secs_f64() < SECONDS {
        n_products += run();
    }
    2.0 * n_products as f64 / started.elapsed().as_secs_f64()
}

fn best() -> (&'static str, Run) {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni") {
            // SAFETY: the features were detected.
            return ("AVX-512 VNNI", || unsafe { x86::avx512_vnni() });
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("avxvnni") {
            // SAFETY: the features were detected.
            return ("AVX-VNNI", || unsafe { x86::avx_vnni() });
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected.
            return ("AVX2", || unsafe { x86::avx2() });
        }
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("dotprod") {
        // SAFETY: the feature was detected, and NEON comes with it.
        return ("NEON dotprod", || unsafe { arm::neon_dot() });
    }
    ("compiled code", plain)
}

/// What the compiler makes of it.
fn plain() -> usize {
    let (a, b) = black_box(([3i8; 64], [5i8; 64]));
    let mut sums = [0i32; 64];
    for _ in 0..STEPS {
        let a = black_box(&a);
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(&b)) {
            *sum = sum.wrapping_add(i32::from(*a) * i32::from(*b));
        }
    }
    black_box(sums);
    STEPS * 64
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{STEPS, SUMS, black_box};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn avx512_vnni() -> usize {
        let (a, b) = black_box((_mm512_set1_epi8(3), _mm512_set1_epi8(5)));
        let mut sums = [_mm512_setzero_si512(); SUMS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = _mm512_dpbusd_epi32(*sum, a, b);
            }
        }
        black_box(sums);
        STEPS * SUMS * 64
    }

    #[target_feature(enable = "avx2,avxvnni")]
    pub(super) fn avx_vnni() -> usize {
        let (a, b) = black_box((_mm256_set1_epi8(3), _mm256_set1_epi8(5)));
        let mut sums = [_mm256_setzero_si256(); SUMS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = _mm256_dpbusd_avx_epi32(*sum, a, b);
            }
        }
        black_box(sums);
        STEPS * SUMS * 32
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2() -> usize {
        let (a, b, ones) = black_box((_mm256_set1_epi8(3), _mm256_set1_epi8(5), _mm256_set1_epi16(1)));
        let mut sums = [_mm256_setzero_si256(); SUMS];
        for _ in 0..STEPS {
            // else the products, which are the same each time, would be taken out of the loop
            let a = black_box(a);
            for (i, sum) in sums.iter_mut().enumerate() {
                let a = _mm256_xor_si256(a, _mm256_set1_epi8(i as i8));
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
            }
        }
        black_box(sums);
        STEPS * SUMS * 32
    }
}

#[cfg(target_arch = "aarch64")]
mod arm {
    use super::{super::neon::lane, STEPS, SUMS, black_box};
    use std::arch::aarch64::{vdupq_n_s8, vdupq_n_s32};

    #[target_feature(enable = "neon")]
    pub(super) fn neon_dot() -> usize {
        let (a, b) = black_box((vdupq_n_s8(3), vdupq_n_s8(5)));
        // else all sums would be one
        let mut sums = black_box([vdupq_n_s32(0); SUMS]);
        for _ in 0..STEPS {
            lane::<true, 0, SUMS>(&mut sums, &[a; SUMS], b);
        }
        black_box(sums);
        STEPS * SUMS * 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_counted() {
        let rate = dot_rate(1);
        assert!(rate.per_second > 1e8, "{rate:?}");
        assert_eq!(plain(), STEPS * 64);
    }
}
