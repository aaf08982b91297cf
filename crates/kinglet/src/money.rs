//! Money and other decimals, exact: read as whole parts, and written with as many digits as matter.

/// Micro-USD in a dollar.
const DOLLAR: u64 = 1_000_000;

/// `text` in parts of which 10^`decimals` make one; none if it is no plain decimal of at least 0, or has more decimals.
pub(crate) fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let plain = digits(whole) && digits(part) && whole.len() + part.len() > 0 && part.len() <= decimals;
    plain.then(|| format!("{whole}{part:0<decimals$}").parse().ok()).flatten()
}

/// Dollars, with their sign or without, as micro-USD.
pub(crate) fn usd(text: &str) -> Result<i64, String> {
    let text = text.trim();
    decimal(text.strip_prefix('$').unwrap_or(text), 6)
        .ok_or_else(|| format!("{text:?}: USD such as 5 or \"$0.25\" expected, with at most 6 decimals"))
}

/// `parts`, of which 10^`decimals` make one, as a decimal without needless digits.
pub(crate) fn plain(parts: i64, decimals: u32) -> String {
    let (sign, one, width) = (if parts < 0 { "-" } else { "" }, 10u64.pow(decimals), decimals as usize);
    let (whole, part) = (parts.unsigned_abs() / one, parts.unsigned_abs() % one);
    let part = format!("{part:0width$}");
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// `micros` as dollars, to the last micro-USD.
pub(crate) fn exact(micros: i64) -> String {
    plain(micros, 6)
}

/// `micros` as dollars for people: cents, and below a dollar three digits that are not 0.
pub(crate) fn show(micros: i64) -> String {
    let (sign, n) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let n_digits = n.checked_ilog10().map_or(0, |log| log + 1);
    // micro-USD have 6 decimals: of a number below a dollar its first three digits stay
    let unit = if n < DOLLAR { 10u64.pow(n_digits.saturating_sub(3).min(4)) } else { 10_000 };
    let rounded = (n + unit / 2) / unit * unit;
    let decimals = format!("{:06}", rounded % DOLLAR);
    let decimals = decimals.trim_end_matches('0');
    format!("{sign}{}.{decimals:0<2}", rounded / DOLLAR)
}

/// `micros` as a JSON number of dollars.
pub(crate) fn json(micros: i64) -> serde_json::Value {
    // the shortest decimal that a double reads back as the same: exact up to nine billion dollars
    serde_json::json!(micros as f64 / DOLLAR as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly() {
        let read = ["5", "$5.00", "0.000001", ".5", "$ 1", "", ".", "-1", "1e3", "0.0000001", "9223372036854.775808"];
        let found = read.map(|text| usd(text).ok());
        let expected = [Some(5_000_000), Some(5_000_000), Some(1), Some(500_000)];
        assert_eq!(found[..4], expected);
        assert!(found[4..].iter().all(Option::is_none), "{found:?}");
        assert_eq!((decimal("12.5", 3), decimal("12.5678", 3)), (Some(12_500), None));
    }

    #[test]
    fn as_many_digits_as_matter_are_shown() {
        let micros = [0, 1, 1234, 123_456, 999_999, 5_000_000, 1_234_567, 1_235_000_000, -123_400];
        let shown = ["0.00", "0.000001", "0.00123", "0.123", "1.00", "5.00", "1.23", "1235.00", "-0.123"];
        assert_eq!(micros.map(show), shown);
        assert_eq!([0, 1, 500_000, 5_000_000, -1_234_567].map(exact), ["0", "0.000001", "0.5", "5", "-1.234567"]);
        assert_eq!(json(1_234_567).to_string(), "1.234567");
    }
}
