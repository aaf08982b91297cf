//! Numbers as people read them.

/// Bytes in decimal units: `98.4 MB`.
pub(crate) fn bytes(n: u64) -> String {
    scaled(n, &[" B", " kB", " MB", " GB", " TB"])
}

/// A count: `135M`.
pub(crate) fn count(n: u64) -> String {
    scaled(n, &["", "k", "M", "B", "T"])
}

fn scaled(n: u64, units: &[&str]) -> String {
    let mut x = n as f64;
    let mut unit = 0;
    // 999.5 would be shown as 1000
    while x >= 999.5 && unit + 1 < units.len() {
        x /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && x < 99.95);
    format!("{x:.digits$}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown: Vec<_> = [0, 999, 1000, 98_362_432, 999_600_000, 253_113_024].map(bytes).into();
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "98.4 MB", "1.0 GB", "253 MB"]);
        assert_eq!([134_515_008, 7_000_000_000].map(count), ["135M", "7.0B"]);
        assert_eq!(bytes(u64::MAX), "18446744 TB");
    }
}
