//! The picture as SVG: text alone, readable in print, each line with dashes of its own.
use super::{Chart, Line};
use crate::frontier::Point;
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
/// Left, right, top and bottom edges of the plot.
const PLOT: [f64; 4] = [64.0, 540.0, 40.0, 392.0];

impl Chart {
    /// A whole SVG document.
    pub fn svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
        );
        text(&mut svg, (PLOT[0], 24.0), "start", &self.title);
        self.axes(&mut svg);
        for (i, line) in self.lines.iter().enumerate().rev() {
            self.line(&mut svg, line, PLOT[2] + 12.0 + 20.0 * i as f64);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn axes(&self, svg: &mut String) {
        let (low, high) = self.range();
        let [left, right, top, bottom] = PLOT;
        for i in 0..=4 {
            let part = f64::from(i) / 4.0;
            let (x, y) = (left + part * (right - left), bottom - part * (bottom - top));
            stroke(svg, (x, top), (x, bottom));
            stroke(svg, (left, y), (right, y));
            text(svg, (x, bottom + 16.0), "middle", &format!("{:.0} %", 100.0 * part));
            text(svg, (left - 6.0, y + 4.0), "end", &format!("{:.3}", low + part * (high - low)));
        }
        text(svg, (f64::midpoint(left, right), bottom + 36.0), "middle", "share of large calls");
    }

    fn line(&self, svg: &mut String, line: &Line, y: f64) {
        let (low, high) = self.range();
        let [left, right, top, bottom] = PLOT;
        let style = format!("stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"", line.color, line.dashes);
        let place = |p: &Point| {
            let (x, y) = (left + p.share * (right - left), bottom - (p.score - low) / (high - low) * (bottom - top));
            format!("{x:.1},{y:.1}")
        };
        let points: Vec<String> = line.points.iter().map(place).collect();
        let _ = writeln!(svg, "<polyline fill=\"none\" {style} points=\"{}\"/>", points.join(" "));
        let (from, to) = (right + 16.0, right + 44.0);
        let _ = writeln!(svg, "<line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" {style}/>");
        text(svg, (to + 8.0, y + 4.0), "start", line.name);
    }
}

fn stroke(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(svg, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"#dddddd\"/>");
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    let safe = plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{safe}</text>");
}
