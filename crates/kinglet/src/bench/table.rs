//! Both sides' runs of each measure, their medians, and what one is to the other.
use super::numbers::median;
use serde_json::{Value, json};
use std::fmt::Write;

/// Whose run it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Ours,
    Peer,
}

/// Both, in the order in which they run.
pub(super) const SIDES: [Side; 2] = [Side::Ours, Side::Peer];

/// What a measure is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    TokensPerSecond,
    Milliseconds,
    Megabytes,
    Percent,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::TokensPerSecond => "tok/s",
            Self::Milliseconds => "ms",
            Self::Megabytes => "MB",
            Self::Percent => "%",
        }
    }

    fn more_is_better(self) -> bool {
        matches!(self, Self::TokensPerSecond | Self::Percent)
    }
}

/// One measure.
struct Row {
    name: String,
    unit: Unit,
    /// By side.
    runs: [Vec<f64>; 2],
    faults: [Option<String>; 2],
    /// The share of the machine's limit that each reaches.
    shares: [Option<f64>; 2],
}

/// All measures, in the order in which they were first added.
#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Adds a run, or why there is none.
    pub(super) fn add(&mut self, side: Side, name: &str, unit: Unit, run: Result<f64, String>) {
        let row = self.row(name, unit);
        match run {
            Ok(value) => row.runs[side as usize].push(value),
            Err(fault) => row.faults[side as usize] = Some(fault),
        }
    }

    fn row(&mut self, name: &str, unit: Unit) -> &mut Row {
        let at = self.rows.iter().position(|row| row.name == name).unwrap_or(self.rows.len());
        if at == self.rows.len() {
            let (runs, faults, shares) = <_>::default();
            self.rows.push(Row { name: name.to_owned(), unit, runs, faults, shares });
        }
        &mut self.rows[at]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.runs.iter().all(Vec::is_empty))
    }

    /// Tells what share of the limit a rate of the measure `name` is.
    pub(super) fn share(&mut self, name: &str, share: impl Fn(f64) -> f64) {
        for row in self.rows.iter_mut().filter(|row| row.name == name) {
            row.shares = SIDES.map(|side| row.median(side).map(&share));
        }
    }

    /// For programs.
    pub(super) fn report(&self) -> Value {
        self.rows.iter().map(Row::report).collect()
    }

    /// For people.
    pub(super) fn show(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(24);
        let mut text = format!(
            "{:<width$}{:>11}{:>11} {:<6}{:>7}{:>22}{:>22}{:>14}\n",
            "work", "ours", "peer", "", "ratio", "ours, from - to", "peer, from - to", "of the limit"
        );
        let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.1}"));
        for row in &self.rows {
            let [ours, peer] = SIDES.map(|side| number(row.median(side)));
            let [our_range, peer_range] = SIDES.map(|side| match row.range(side) {
                Some((low, high)) => format!("{low:.1} - {high:.1}"),
                None => "-".to_owned(),
            });
            let share = |side: Side| row.shares[side as usize].map(|x| format!("{:.0} %", x * 100.0));
            let shares =
                share(Side::Ours).zip(share(Side::Peer)).map_or_else(String::new, |(a, b)| format!("{a}, {b}"));
            let ratio = row.ratio().map_or_else(|| "-".to_owned(), |x| format!("{x:.2}"));
            let (name, unit) = (&row.name, row.unit.name());
            let line = format!(
                "{name:<width$}{ours:>11}{peer:>11} {unit:<6}{ratio:>7}{our_range:>22}{peer_range:>22}{shares:>14}"
            );
            let _ = writeln!(text, "{}", line.trim_end());
            for (side, fault) in [("ours", &row.faults[0]), ("peer", &row.faults[1])] {
                if let Some(fault) = fault {
                    let _ = writeln!(text, "  {side}: {fault}");
                }
            }
        }
        text
    }
}

impl Row {
    fn median(&self, side: Side) -> Option<f64> {
        let runs = &self.runs[side as usize];
        (!runs.is_empty()).then(|| median(&mut runs.clone()))
    }

    fn range(&self, side: Side) -> Option<(f64, f64)> {
        let runs = &self.runs[side as usize];
        let (low, high) = (runs.iter().copied().reduce(f64::min), runs.iter().copied().reduce(f64::max));
        low.zip(high)
    }

    /// How many times as good as the peer's ours is, whether much or little is good.
    fn ratio(&self) -> Option<f64> {
        let (ours, peer) = (self.median(Side::Ours)?, self.median(Side::Peer)?);
        let ratio = if self.unit.more_is_better() { ours / peer } else { peer / ours };
        ratio.is_finite().then_some(ratio)
    }

    fn report(&self) -> Value {
        let side = |side: Side| {
            let (low, high) = self.range(side).unzip();
            let i = side as usize;
            json!({
                "median": self.median(side), "min": low, "max": high, "runs": self.runs[i],
                "share_of_limit": self.shares[i], "fault": self.faults[i],
            })
        };
        json!({
            "name": self.name, "unit": self.unit.name(), "ratio": self.ratio(),
            "ours": side(Side::Ours), "peer": side(Side::Peer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::default();
        for (side, runs) in [(Side::Ours, [100.0, 130.0, 120.0]), (Side::Peer, [60.0, 50.0, 70.0])] {
            runs.iter().for_each(|run| table.add(side, "decode", Unit::TokensPerSecond, Ok(*run)));
            runs.iter().for_each(|run| table.add(side, "start", Unit::Milliseconds, Ok(*run)));
        }
        table.add(Side::Ours, "receipts", Unit::Milliseconds, Err("refused with 400: not read".to_owned()));
        table.add(Side::Peer, "receipts", Unit::Milliseconds, Ok(900.0));
        table.add(Side::Ours, "valid", Unit::Percent, Ok(100.0));
        table.add(Side::Peer, "valid", Unit::Percent, Ok(0.0));
        table.share("decode", |rate| rate / 240.0);
        table
    }

    #[test]
    fn ratios_say_how_many_times_as_good_we_are() {
        let report = table().report();
        let ratio = |i: usize| report[i]["ratio"].as_f64();
        assert_eq!([0, 1, 2, 3].map(ratio), [Some(2.0), Some(0.5), None, None]);
        assert_eq!((&report[0]["ours"]["median"], &report[0]["ours"]["max"]), (&json!(120.0), &json!(130.0)));
        assert_eq!(report[0]["peer"]["share_of_limit"], 0.25);
        assert_eq!(report[2]["ours"]["fault"], "refused with 400: not read");
    }

    #[test]
    fn the_table_is_shown() {
        let shown = table().show();
        let lines: Vec<_> = shown.lines().collect();
        let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(cells(lines[1]), "decode 120.0 60.0 tok/s 2.00 100.0 - 130.0 50.0 - 70.0 50 %, 25 %");
        assert_eq!(cells(lines[3]), "receipts - 900.0 ms - - 900.0 - 900.0");
        assert_eq!(lines[4], "  ours: refused with 400: not read");
        assert!(Table::default().is_empty() && !table().is_empty());
    }
}
