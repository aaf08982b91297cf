//! Tables for people: columns as wide as they must be.

/// On which side of a column its cells stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    /// Numbers.
    Right,
}

/// Rows under `head`, whose names stand on their columns' sides.
pub(crate) fn table<const N: usize>(head: &[(&str, Side); N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let first = head.map(|(name, _)| name.to_owned());
    // names come from clients and files, and must not command a terminal
    let printable = |cell: String| cell.replace(char::is_control, "");
    let rows: Vec<_> = std::iter::once(first).chain(rows).map(|row| row.map(printable)).collect();
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = String::new();
    for row in &rows {
        let padded = row.iter().zip(widths).zip(head).map(|((cell, width), (_, side))| match side {
            Side::Right => format!("{cell:>width$}"),
            Side::Left => format!("{cell:<width$}"),
        });
        out.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// Rows under `head` as CSV (RFC 4180, lines ended as everywhere else here).
pub(crate) fn csv<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let quoted = |cell: String| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    };
    let rows = std::iter::once(head.map(str::to_owned)).chain(rows);
    rows.map(|row| row.map(quoted).join(",") + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_under_their_names() {
        let rows = [["a\x1b[2J".to_owned(), "1".to_owned()], ["Émile".to_owned(), "1000".to_owned()]];
        let shown = table(&[("NAME", Side::Left), ("N", Side::Right)], rows);
        assert_eq!(shown, "NAME      N\na[2J      1\nÉmile  1000\n");
    }

    #[test]
    fn csv_quotes_what_must_be() {
        let row = ["a,b".to_owned(), "say \"x\"".to_owned(), "plain".to_owned()];
        assert_eq!(csv(["x", "y", "z"], [row]), "x,y,z\n\"a,b\",\"say \"\"x\"\"\",plain\n");
    }
}
