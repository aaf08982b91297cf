//! What happened over time, as a picture: money above, answers and harm below.

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 70.0;

/// What became of the requests of a window, and of all up to it.
pub(crate) struct Line {
    pub(crate) requests: usize,
    pub(crate) local: f64,
    pub(crate) harm: f64,
    pub(crate) harm_all: f64,
    pub(crate) cost: f64,
    pub(crate) all_large: f64,
    pub(crate) is_alarm: bool,
}

/// An SVG of `lines`.
pub(crate) fn draw(lines: &[Line], most: f64, drift_at: usize) -> String {
    let n = lines.last().map_or(1, |line| line.requests) as f64;
    let x = |requests: f64| LEFT + requests / n * (WIDTH - LEFT - 20.0);
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
"#,
        3.0 * HEIGHT
    );
    let panels: [(&str, Vec<(&str, &str, Vec<f64>)>); 3] = [
        (
            "USD so far",
            vec![
                ("all to the large model", "#888", lines.iter().map(|l| l.all_large).collect()),
                ("with Kinglet, audits included", "#06c", lines.iter().map(|l| l.cost).collect()),
            ],
        ),
        ("answered here", vec![("share of 100 requests", "#080", lines.iter().map(|l| l.local).collect())]),
        (
            "harm",
            vec![
                ("of 100 requests", "#fa8", lines.iter().map(|l| l.harm).collect()),
                ("of all so far", "#c00", lines.iter().map(|l| l.harm_all).collect()),
                ("promised at most", "#000", lines.iter().map(|_| most).collect()),
            ],
        ),
    ];
    for (panel, (title, curves)) in panels.iter().enumerate() {
        let (top, height) = (panel as f64 * HEIGHT + 40.0, HEIGHT - 70.0);
        let highest = curves.iter().flat_map(|(_, _, values)| values).copied().fold(1e-9, f64::max);
        let y = |value: f64| top + height - value / highest * height;
        out.push_str(&format!(
            "<text x=\"{LEFT}\" y=\"{}\" font-weight=\"bold\">{title}</text>\n<text x=\"4\" y=\"{}\">{highest:.3}</text>\n\
             <text x=\"4\" y=\"{}\">0</text>\n<path d=\"M{LEFT} {top}V{}H{}\" fill=\"none\" stroke=\"#000\"/>\n",
            top - 22.0,
            top + 8.0,
            top + height,
            top + height,
            WIDTH - 20.0
        ));
        for (i, (name, colour, values)) in curves.iter().enumerate() {
            let points: Vec<_> =
                lines.iter().zip(values).map(|(l, v)| format!("{:.1},{:.1}", x(l.requests as f64), y(*v))).collect();
            out.push_str(&format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n\
                 <text x=\"{}\" y=\"{}\" fill=\"{colour}\">{name}</text>\n",
                points.join(" "),
                LEFT + 130.0 + 200.0 * i as f64,
                top - 22.0
            ));
        }
        let marks = lines.iter().filter(|line| line.is_alarm).map(|line| (line.requests as f64, "#c00"));
        for (at, colour) in marks.chain((drift_at < usize::MAX).then_some((drift_at as f64, "#888"))) {
            out.push_str(&format!(
                "<path d=\"M{:.1} {top}v{height}\" stroke=\"{colour}\" stroke-dasharray=\"4\"/>\n",
                x(at)
            ));
        }
    }
    out + "</svg>\n"
}
