//! Time as the ledger counts it: microseconds since 1970 in UTC, and the minutes, days and months they fall in.

/// Microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

pub(crate) const SECOND: Micros = 1_000_000;
pub(crate) const MINUTE: Micros = 60 * SECOND;
pub(crate) const DAY: Micros = 86_400 * SECOND;

/// Days from 1970-01-01 to a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month (1 to 12) and day of the day that many after 1970-01-01: the inverse of `days_of`.
pub(crate) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The day of `time` (UTC) as `2024-05-13`.
pub fn date(time: Micros) -> String {
    let (year, month, day) = date_of(time.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Midnight (UTC) of a date written `2024-05-13`; none if it is no date.
pub fn midnight(date: &str) -> Option<Micros> {
    let mut parts = date.split('-');
    let mut number = |n_digits| parts.next().filter(|p| p.len() == n_digits)?.parse::<u16>().ok().map(i64::from);
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let days = days_of(year, month, day);
    // a date that the calendar does not have comes back as another one
    (parts.next().is_none() && date_of(days) == (year, month, day)).then(|| days * DAY)
}

/// Months since the year 0, which number a budget's months.
pub(crate) fn month_of(time: Micros) -> i64 {
    let (year, month, _) = date_of(time.div_euclid(DAY));
    year * 12 + month - 1
}

/// The first moment of a month that `month_of` numbered.
pub(crate) fn month_start(month: i64) -> Micros {
    days_of(month.div_euclid(12), month.rem_euclid(12) + 1, 1) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_back_as_they_went() {
        for days in -800_000..800_000 {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days);
        }
        assert_eq!((date(-1), date(0)), ("1969-12-31".to_owned(), "1970-01-01".to_owned()));
        assert_eq!(date(19_857 * DAY - 1), "2024-05-13");
        assert_eq!(midnight("2024-05-13"), Some(19_856 * DAY));
        assert_eq!((midnight("2023-02-29"), midnight("2024-5-13"), midnight("2024-05-13-1")), (None, None, None));
        let february = month_of(midnight("2024-02-29").unwrap());
        assert_eq!(month_start(february + 1), midnight("2024-03-01").unwrap());
    }
}
