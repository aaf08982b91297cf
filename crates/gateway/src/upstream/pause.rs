//! How long to wait before asking again: as the upstream says, else longer each time, and never all at once.
use reqwest::header::HeaderMap;
use std::time::{Duration, SystemTime};

/// Longest pause of our own.
const LONGEST: Duration = Duration::from_secs(20);
/// What an upstream asks for beyond this is not waited for: somebody else answers sooner.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// The pause after `n_failed` failures, of which `first` is the first; `random` takes up to half of it away, so that not
/// all who failed together come back together.
pub(super) fn back_off(first: Duration, n_failed: u32, random: u64) -> Duration {
    let doubled = first.saturating_mul(1 << n_failed.saturating_sub(1).min(16)).min(LONGEST);
    let share = f64::from(u16::try_from(random % 1024).unwrap_or(0)) / 1024.0;
    doubled.mul_f64(1.0 - share / 2.0)
}

/// How long the upstream asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, section
/// 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    // negative, endless or no numbers are none
    let time = |text: &str, unit: f64| Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok();
    if let Some(time) = text("retry-after-ms").and_then(|text| time(text, 0.001)) {
        return Some(time);
    }
    let value = text("retry-after")?;
    let date = || httpdate::parse_http_date(value).ok().map(|date| date.duration_since(now).unwrap_or_default());
    time(value, 1.0).or_else(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_differ() {
        let first = Duration::from_millis(100);
        assert_eq!(back_off(first, 1, 0), first);
        assert_eq!(back_off(first, 3, 0), first * 4);
        assert_eq!(back_off(first, 3, 512), first * 3);
        assert_eq!(back_off(first, u32::MAX, 0), LONGEST);
    }

    #[test]
    fn what_the_upstream_asks_for_is_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_767);
        let cases = [
            ("retry-after", "7", Some(Duration::from_secs(7))),
            ("retry-after", "1.5", Some(Duration::from_millis(1500))),
            ("retry-after-ms", "250", Some(Duration::from_millis(250))),
            ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", Some(Duration::from_secs(10))),
            ("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT", Some(Duration::ZERO)),
            ("retry-after", "-1", None),
            ("retry-after", "inf", None),
            ("retry-after", "soon", None),
        ];
        for (name, value, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a value"));
            assert_eq!(retry_after(&headers, now), expected, "{name}: {value}");
        }
    }
}
