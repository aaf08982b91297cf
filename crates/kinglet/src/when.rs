//! Moments and spans of time as people write them, and as they are shown: always UTC.
use clap::Args;
use ledger::{Clock, Micros, Span};
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

const SECOND: Micros = 1_000_000;
const DAY: Micros = 86_400 * SECOND;
const UNITS: [(char, Micros); 5] =
    [('s', SECOND), ('m', 60 * SECOND), ('h', 3600 * SECOND), ('d', DAY), ('w', 7 * DAY)];

/// From when to when.
#[derive(Args, Clone, Copy)]
pub(crate) struct Period {
    /// First day (UTC), such as 2024-05-13 [default: the first there is].
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<Micros>,
    /// Last day (UTC), included [default: today].
    #[arg(long, value_name = "DATE", value_parser = day)]
    to: Option<Micros>,
    /// The time up to now: 90m, 24h, 7d, 4w.
    #[arg(long, value_name = "TIME", value_parser = length, conflicts_with_all = ["from", "to"])]
    last: Option<Micros>,
}

impl Period {
    /// The span that is meant at the time `now`.
    pub(crate) fn span(&self, now: Micros) -> Result<Span, String> {
        let from = self.last.map(|length| now - length).or(self.from).unwrap_or(Micros::MIN);
        // one that is about now goes on to its end, as requests come in
        let to = self.to.map_or(Micros::MAX, |day| day + DAY);
        match from < to {
            true => Ok(Span { from, to }),
            false => Err(format!("--from {}: a day not after --to {} expected", date(from), date(to - DAY))),
        }
    }

    /// What it is called above a table.
    pub(crate) fn name(&self, now: Micros) -> String {
        let from = self.last.map_or_else(|| self.from.map(date), |length| Some(moment(now - length)));
        match (from, self.to.map(date)) {
            (None, None) => "all times".to_owned(),
            (Some(from), None) => format!("since {from}"),
            (None, Some(to)) => format!("up to {to}"),
            (Some(from), Some(to)) => format!("{from} to {to}"),
        }
    }
}

/// Microseconds since 1970.
pub(crate) fn now() -> Micros {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH);
    passed.ok().and_then(|time| Micros::try_from(time.as_micros()).ok()).unwrap_or(0)
}

/// The system's clock, for the ledger.
pub(crate) fn clock() -> Clock {
    Arc::new(now)
}

/// The first moment of a day.
pub(crate) fn day(text: &str) -> Result<Micros, String> {
    ledger::midnight(text).ok_or_else(|| format!("{text:?}: a day such as 2024-05-13 expected"))
}

/// A length of time.
pub(crate) fn length(text: &str) -> Result<Micros, String> {
    let read = |(unit, scale): &(char, Micros)| text.strip_suffix(*unit)?.parse::<u32>().ok().map(|n| (n, *scale));
    let length = UNITS.iter().find_map(read).map(|(n, scale)| Micros::from(n).saturating_mul(scale));
    // none is longer than what is kept could be
    length
        .filter(|length| (1..=36_500 * DAY).contains(length))
        .ok_or_else(|| format!("{text:?}: a time such as 90m, 24h, 7d or 4w expected"))
}

/// When something ends that was said to last for a time, or until a day's end.
pub(crate) fn end(text: &str) -> Result<Micros, String> {
    let end = match day(text) {
        Ok(last) => last + DAY,
        Err(_) => {
            now()
                + length(text)
                    .map_err(|_| format!("{text:?}: a time such as 30d, or a day such as 2030-12-31, expected"))?
        }
    };
    if end > now() { Ok(end) } else { Err(format!("{text:?}: a day to come expected, that one is over")) }
}

/// The day of `time`.
pub(crate) fn date(time: Micros) -> String {
    ledger::date(time)
}

/// `time` to the second: `2024-05-13T11:33:20Z`.
pub(crate) fn moment(time: Micros) -> String {
    let second = time.rem_euclid(DAY) / SECOND;
    format!("{}T{:02}:{:02}:{:02}Z", date(time), second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_a_unit() {
        let found = ["90m", "24h", "7d", "1w"].map(|text| length(text).ok());
        assert_eq!(found, [Some(5400 * SECOND), Some(DAY), Some(7 * DAY), Some(7 * DAY)]);
        for wrong in ["", "d", "7", "-7d", "0d", "7 d", "4000000000d", "1y"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_last_day_is_part_of_a_period() {
        let (first, last) = (day("2024-05-13").expect("a day"), day("2024-05-14").expect("a day"));
        let period = Period { from: Some(first), to: Some(last), last: None };
        assert_eq!(period.span(0), Ok(Span { from: first, to: first + 2 * DAY }));
        let (one, none) = (Period { to: Some(first), ..period }, Period { to: Some(first - DAY), ..period });
        assert!(one.span(0).is_ok() && none.span(0).is_err());
        let last = Period { from: None, to: None, last: Some(DAY) };
        assert_eq!(last.span(first).map(|span| span.from), Ok(first - DAY));
        assert_eq!(last.name(first), "since 2024-05-12T00:00:00Z");
    }

    #[test]
    fn moments_are_the_calendars() {
        let seconds = [0, 951_782_399, 951_868_800, 1_764_096_291, 4_107_542_400];
        let expected = [
            "1970-01-01T00:00:00Z",
            "2000-02-28T23:59:59Z",
            "2000-03-01T00:00:00Z",
            "2025-11-25T18:44:51Z",
            "2100-03-01T00:00:00Z",
        ];
        assert_eq!(seconds.map(|n| moment(n * SECOND)), expected);
    }
}
