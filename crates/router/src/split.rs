//! How one error probability is split, so that all promises together fail no more often than it says.
//!
//! By the union bound: what all parts sum up to is never more than the whole.

/// For each of `n` routes, so that with confidence 1 - `delta` all of them keep their promises.
pub fn over_routes(delta: f64, n: usize) -> f64 {
    delta / n.max(1) as f64
}

/// For version `v` of a route's policy, counted from 1: `delta` / (v (v + 1)), which sums up to `delta` over all that
/// ever come. A version may use the whole certify fold, as those before it did.
///
/// Most for the first, as few audits are there by then and a proof late is worth less than one early: even shares answer a few
/// per cent more after 3000 audits, and up to half less after 300. Nor are fewer versions better: refitted at four times
/// the audits instead of twice, a route answers less here at every number of them.
pub fn over_versions(delta: f64, version: u32) -> f64 {
    let v = f64::from(version.max(1));
    delta / (v * (v + 1.0))
}

/// The version of the policy that `audits` in the train fold have led to: refitted at `first`, and whenever there are
/// `times` as many as at the last time. 0: not fitted yet.
///
/// The schedule looks at nothing but the train fold's size, so the certify fold stays unseen.
pub fn version(audits: u64, first: u64, times: u64) -> u32 {
    let (mut version, mut due) = (0, first.max(1));
    while audits >= due {
        version += 1;
        let Some(next) = due.checked_mul(times.max(2)) else {
            break;
        };
        due = next;
    }
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_up_to_no_more_than_the_whole() {
        let versions: f64 = (1..100_000).map(|v| over_versions(0.05, v)).sum();
        assert!(versions <= 0.05 && versions > 0.049_999, "{versions}");
        let routes: f64 = (0..7).map(|_| over_routes(0.05, 7)).sum();
        assert!((routes - 0.05).abs() < 1e-15);
        assert_eq!((over_routes(0.05, 0), over_versions(0.05, 0)), (0.05, 0.025));
    }

    #[test]
    fn versions_come_with_the_train_fold() {
        let at = |audits| version(audits, 64, 2);
        assert_eq!([0, 63, 64, 127, 128, 255, 256, 1024].map(at), [0, 0, 1, 1, 2, 2, 3, 5]);
        assert_eq!([64, 255, 256, 1024].map(|audits| version(audits, 64, 4)), [1, 1, 2, 3]);
        assert_eq!(version(u64::MAX, 0, 0), 64, "ends whatever it is given");
    }
}
