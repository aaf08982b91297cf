//! Medians, percentiles, and dates as records write them.

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

/// Seconds since 1970 as `2026-11-25T18:44:51Z`.
pub(super) fn date(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // years begin in March, so that the leap day is their last: Hinnant, "chrono-compatible low-level date algorithms"
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
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

    #[test]
    fn dates_are_the_calendars() {
        let dates = [0, 951_782_399, 951_868_800, 1_764_096_291, 4_107_542_400].map(date);
        let expected = [
            "1970-01-01T00:00:00Z",
            "2000-02-28T23:59:59Z",
            "2000-03-01T00:00:00Z",
            "2025-11-25T18:44:51Z",
            "2100-03-01T00:00:00Z",
        ];
        assert_eq!(dates, expected);
    }
}
