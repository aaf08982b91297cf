//! Medians and percentiles.

/// Sorts `values` and returns the middle one.
pub(super) fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50)
}

/// Sorts `values` and returns the smallest that is not below `percent` of them; 0 when there are none.
pub(super) fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    // of an even number the upper middle, as a median of runs is to be one of them
    let place = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(place).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!([0, 50, 95, 100].map(|p| percentile(&mut values, p)), [1.0, 51.0, 96.0, 100.0]);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!((median(&mut []), percentile(&mut [7.0], 95)), (0.0, 7.0));
    }
}
