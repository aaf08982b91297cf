//! Exact bounds for a share of yes or no, after a number of audits that was fixed beforehand.
use super::{MANY, least, root};
use statrs::function::beta::checked_beta_reg;

/// The probability of at most `k` harms in `n` audits when the share of harm is `alpha`: P(Bin(n, alpha) <= k).
///
/// It is the p-value of "harm is `alpha` or more", exact and not approximate: the regularised incomplete beta function
/// I(1 - alpha; n - k, k + 1) (DLMF 8.17.5). Where an argument makes no sense it is 1, which proves nothing.
pub fn p_value(k: u64, n: u64, alpha: f64) -> f64 {
    if k >= n || alpha.is_nan() || alpha <= 0.0 {
        return 1.0;
    }
    if alpha >= 1.0 {
        return 0.0;
    }
    checked_beta_reg((n - k) as f64, k as f64 + 1.0, 1.0 - alpha).unwrap_or(1.0).clamp(0.0, 1.0)
}

/// The share of harm that `k` of `n` refute with confidence 1 - `delta`, and every share above it
/// (Clopper and Pearson, Biometrika 26, 1934; one side).
pub fn upper(k: u64, n: u64, delta: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    root(|share| p_value(k, n, share) <= delta)
}

/// How many further audits are needed at least, all without harm, to refute a share of `alpha` or more, if their number
/// were fixed now; none where no number is enough.
pub fn missing(k: u64, n: u64, alpha: f64, delta: f64) -> Option<u64> {
    let enough = |more: u64| p_value(k, n + more, alpha) <= delta;
    if enough(0) { Some(0) } else { least(MANY, enough) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By rational arithmetic: the cumulated binomial, term by term in whole numbers.
    fn exact(k: u64, n: u64, (over, under): (u128, u128)) -> f64 {
        let mut choose = 1u128;
        let mut sum = 0u128;
        for i in 0..=k {
            sum += choose * over.pow(i as u32) * (under - over).pow((n - i) as u32);
            choose = choose * u128::from(n - i) / u128::from(i + 1);
        }
        sum as f64 / (under as f64).powi(n as i32)
    }

    #[test]
    fn small_numbers_are_exact() {
        for n in 1..=16 {
            for k in 0..n {
                for share in [(1, 10), (1, 20), (1, 2), (9, 10)] {
                    let (found, expected) = (p_value(k, n, share.0 as f64 / share.1 as f64), exact(k, n, share));
                    assert!((found / expected - 1.0).abs() < 1e-11, "{k} of {n} at {share:?}: {found} for {expected}");
                }
            }
        }
    }

    /// Expected values by scipy 1.17.1, `binom.cdf`.
    #[test]
    fn large_numbers_are_as_computed_elsewhere() {
        for (k, n, alpha, expected) in [
            (0, 299, 0.01, 4.953_625_663_766_246_5e-2),
            (7, 1312, 0.01, 4.992_908_845_799_999e-2),
            (900, 100_000, 0.01, 6.608_413_334_501_454e-4),
            (9_800, 1_000_000, 0.01, 2.221_251_036_473_548e-2),
            (99_000, 10_000_000, 0.01, 7.329_273_105_592_17e-4),
            (495_000, 1_000_000, 0.5, 7.690_777_521_951_164e-24),
            (49_800, 100_000, 0.5, 1.035_194_858_821_112_5e-1),
            (1, 100_000, 1e-5, 7.357_588_823_459_504e-1),
            (10_500, 1_000_000, 0.01, 9.999_996_998_963_075e-1),
        ] {
            let found = p_value(k, n, alpha);
            assert!((found / expected - 1.0).abs() < 1e-7, "{k} of {n} at {alpha}: {found} for {expected}");
        }
    }

    #[test]
    fn no_harm_in_299_audits_proves_one_percent() {
        assert!(p_value(0, 298, 0.01) > 0.05);
        assert!(p_value(0, 299, 0.01) <= 0.05);
        assert!(p_value(7, 1311, 0.01) > 0.05 && p_value(7, 1312, 0.01) <= 0.05);
    }

    /// Expected values by scipy 1.17.1, `beta.ppf(1 - delta, k + 1, n - k)`.
    #[test]
    fn upper_bounds_are_as_computed_elsewhere() {
        for (k, n, delta, expected) in UPPER {
            let found = upper(k, n, delta);
            assert!((found / expected - 1.0).abs() < 1e-8, "{k} of {n}: {found} for {expected}");
            assert!(p_value(k, n, found) <= delta, "the bound errs on the safe side");
        }
        assert_eq!((upper(0, 0, 0.05), upper(5, 5, 0.05), upper(9, 5, 0.05)), (1.0, 1.0, 1.0));
    }

    #[test]
    fn nonsense_proves_nothing() {
        for (k, n, alpha) in [(0, 0, 0.1), (3, 2, 0.1), (0, 9, 0.0), (0, 9, -1.0), (0, 9, f64::NAN)] {
            assert_eq!(p_value(k, n, alpha), 1.0);
        }
        assert_eq!(p_value(0, 9, 1.0), 0.0, "no share is above one");
    }

    const UPPER: [(u64, u64, f64, f64); 6] = [
        (0, 299, 0.05, 9.969_146_792_899_27e-3),
        (0, 10, 0.05, 2.588_655_508_930_523e-1),
        (3, 50, 0.05, 1.478_371_763_641_812_3e-1),
        (7, 1312, 0.05, 9.997_956_402_62e-3),
        (120, 4000, 0.01, 3.688_208_232_444_397e-2),
        (9_800, 1_000_000, 0.025, 9.994_999_988_892_457e-3),
    ];
}
