//! The picture in signs, for a terminal.
use super::Chart;
use std::fmt::Write;

/// Columns that the scores at the left take.
const MARGIN: usize = 7;

impl Chart {
    /// The picture in about `width` columns and `height` lines, and what each sign stands for.
    pub fn terminal(&self, width: usize, height: usize) -> String {
        let (columns, rows) = (width.clamp(20, 400) - MARGIN - 1, height.clamp(5, 200) - 3);
        let (low, high) = self.range();
        let mut grid = vec![vec![' '; columns]; rows];
        for line in self.lines.iter().rev() {
            (0..columns).for_each(|x| {
                let score = between(&line.points, x as f64 / (columns - 1) as f64);
                let y = ((score - low) / (high - low) * (rows - 1) as f64).round() as usize;
                grid[rows - 1 - y.min(rows - 1)][x] = line.sign;
            });
        }
        let title: String = self.title.chars().filter(|c| !c.is_control()).take(columns).collect();
        let mut text = format!("{title}\n");
        for (i, row) in grid.iter().enumerate() {
            let score = high - (high - low) * i as f64 / (rows - 1) as f64;
            let line: String = row.iter().collect();
            let _ = writeln!(text, "{score:>width$.3}│{}", line.trim_end(), width = MARGIN);
        }
        let _ = writeln!(text, "{:MARGIN$}└{}", "", "─".repeat(columns));
        let names: Vec<String> = self.lines.iter().map(|l| format!("{} {}", l.sign, l.name)).collect();
        let _ = writeln!(text, "share of large calls, 0 to 100 %   {}", names.join("   "));
        text
    }
}

/// The score at `share`, between the nearest points.
fn between(points: &[crate::frontier::Point], share: f64) -> f64 {
    let pair = points.array_windows().find(|[_, b]| b.share >= share);
    let inside =
        pair.map(|[a, b]| a.score + (b.score - a.score) * ((share - a.share) / (b.share - a.share)).clamp(0.0, 1.0));
    inside.or(points.last().map(|p| p.score)).unwrap_or(0.0)
}
