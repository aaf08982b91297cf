//! What audits prove about a mean: p-values and upper bounds that hold for every distribution of losses.
//!
//! A promise is proven by refuting its opposite, "the mean loss is `alpha` or more". [`binomial`] does so for harm, which
//! is or is not, when the number of audits is fixed beforehand; [`betting`] for losses between, and at any time.
pub mod betting;
pub mod binomial;

/// More audits than anybody makes: who needs more, needs another promise.
pub(crate) const MANY: u64 = 1 << 40;

/// The least share in 0..=1 for which `refuted` holds; once it holds, it must hold for every greater share.
/// Errs upwards, by less than the spacing of floating-point numbers needs to matter.
fn root(refuted: impl Fn(f64) -> bool) -> f64 {
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = (below + above) / 2.0;
        if refuted(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    above
}

/// A loss as bounds take it: in 0..=1, and the worst where it is no number.
pub(crate) fn bounded(loss: f64) -> f64 {
    if loss.is_nan() { 1.0 } else { loss.clamp(0.0, 1.0) }
}

/// The logarithm of a sum of exponentials, without overflow.
pub(crate) fn log_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let greatest = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    if greatest.is_infinite() {
        return greatest;
    }
    greatest + logs.map(|log| (log - greatest).exp()).sum::<f64>().ln()
}

/// The least whole number for which `enough` holds; once it holds, it must hold for every greater one.
/// None where no power of two up to `most` is enough.
pub(crate) fn least(most: u64, enough: impl Fn(u64) -> bool) -> Option<u64> {
    let mut above = 1;
    while !enough(above) {
        above *= 2;
        if above > most {
            return None;
        }
    }
    let mut below = above / 2; // is not enough, or is 0: that was for the caller to ask
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if enough(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(above)
}
