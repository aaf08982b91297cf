//! A frontier as a picture, never without what it must beat: mixing at random, the best single model, the oracle.
mod svg;
mod terminal;

use crate::frontier::{Frontier, Point, Row};

/// Points of a line.
const STEPS: usize = 200;

/// Scores over the share of large calls, several lines in one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    title: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    name: &'static str,
    /// How it is drawn in a terminal.
    sign: char,
    /// How it is drawn in SVG.
    color: &'static str,
    dashes: &'static str,
    points: Vec<Point>,
}

impl Chart {
    /// The router's `rows`, and the same requests ranked by the table of `means` per task; nothing without a curve.
    pub fn of(title: &str, rows: &[Row], means: &[Row]) -> Option<Self> {
        let router = Frontier::of(rows)?;
        let (small, large) = router.ends();
        let best = small.max(large);
        let straight = |from, to| vec![Point { share: 0.0, score: from }, Point { share: 1.0, score: to }];
        let line = |name, sign, color, dashes, points| Line { name, sign, color, dashes, points };
        let lines = vec![
            line("router", '●', "#0b62a4", "none", thinned(&router)),
            line("means per task", '○', "#d1701c", "6 3", thinned(&Frontier::of(means)?)),
            line("mixed at random", '·', "#777777", "2 3", straight(small, large)),
            line("best single model", '─', "#333333", "10 4", straight(best, best)),
            line("oracle", '+', "#3a8f3a", "4 2", thinned(&Frontier::oracle(rows)?)),
        ];
        Some(Self { title: title.to_owned(), lines })
    }

    /// Least and largest score of all lines, apart from each other.
    fn range(&self) -> (f64, f64) {
        let scores = || self.lines.iter().flat_map(|l| &l.points).map(|p| p.score);
        let (low, high) = (scores().fold(f64::INFINITY, f64::min), scores().fold(f64::NEG_INFINITY, f64::max));
        if high - low < 1e-9 { (low - 0.5, low + 0.5) } else { (low, high) }
    }
}

/// The curve at equal steps.
fn thinned(frontier: &Frontier) -> Vec<Point> {
    let share = |i: usize| i as f64 / STEPS as f64;
    (0..=STEPS).map(|i| Point { share: share(i), score: frontier.at(share(i)) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(title: &str) -> Chart {
        let row = |i: usize| Row {
            rank: (i % 7) as f64,
            small: f64::from(i.is_multiple_of(3)),
            large: f64::from(!i.is_multiple_of(4)),
        };
        let rows: Vec<Row> = (0..120).map(row).collect();
        Chart::of(title, &rows, &rows.iter().map(|r| Row { rank: 0.0, ..*r }).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn svg_is_whole_and_holds_no_foreign_markup() {
        let svg = chart("</svg><script>alert('1')</script> & \"co\"").svg();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
        assert!(!svg.contains("<script") && svg.matches("</svg>").count() == 1);
        assert_eq!(svg.matches("<polyline").count(), 5);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        for name in ["router", "means per task", "mixed at random", "best single model", "oracle"] {
            assert!(svg.contains(name), "{name}");
        }
    }

    #[test]
    fn a_terminal_shows_every_line_in_its_width() {
        let text = chart("MMLU").terminal(60, 15);
        assert!(text.lines().all(|l| l.chars().count() <= 60 || l.contains("random")), "{text}");
        assert!(['●', '○', '·', '─', '+'].iter().all(|&sign| text.contains(sign)), "{text}");
        assert_eq!(text.lines().next(), Some("MMLU"));
    }

    #[test]
    fn tiny_screens_and_equal_scores_are_drawn() {
        let same = [Row { rank: 0.0, small: 1.0, large: 1.0 }];
        let chart = Chart::of("", &same, &same).unwrap();
        assert!(!chart.terminal(0, 0).is_empty() && !chart.svg().contains("NaN"));
        assert_eq!(Chart::of("", &[], &[]), None);
    }
}
