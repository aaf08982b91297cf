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

/// A curve of a panel: its name, its colour, and its value at each line.
struct Curve(&'static str, &'static str, fn(&Line, f64) -> f64);

const PANELS: [(&str, &[Curve]); 3] = [
    (
        "USD so far",
        &[
            Curve("all to the large model", "#888", |line, _| line.all_large),
            Curve("with Kinglet, audits included", "#06c", |line, _| line.cost),
        ],
    ),
    ("answered here", &[Curve("share of 100 requests", "#080", |line, _| line.local)]),
    (
        "harm",
        &[
            Curve("of 100 requests", "#fa8", |line, _| line.harm),
            Curve("of all so far", "#c00", |line, _| line.harm_all),
            Curve("promised at most", "#000", |_, most| most),
        ],
    ),
];

/// An SVG of `lines`.
pub(crate) fn draw(lines: &[Line], most: f64, drift_at: usize) -> String {
    let height = HEIGHT * PANELS.len() as f64;
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let panels = PANELS.iter().enumerate().map(|(i, (title, curves))| {
        let panel = Panel { lines, most, top: i as f64 * HEIGHT + 40.0 };
        panel.draw(title, curves) + &panel.marks(drift_at)
    });
    head + &panels.collect::<String>() + "</svg>\n"
}

struct Panel<'a> {
    lines: &'a [Line],
    most: f64,
    top: f64,
}

impl Panel<'_> {
    const HIGH: f64 = HEIGHT - 70.0;

    fn x(&self, requests: f64) -> f64 {
        let n = self.lines.last().map_or(1, |line| line.requests) as f64;
        LEFT + requests / n * (WIDTH - LEFT - 20.0)
    }

    fn draw(&self, title: &str, curves: &[Curve]) -> String {
        let Self { lines, most, top } = *self;
        let values = curves.iter().flat_map(|Curve(.., value)| lines.iter().map(|line| value(line, most)));
        let highest = values.fold(1e-9, f64::max);
        let (above, bottom, right) = (top - 22.0, top + Self::HIGH, WIDTH - 20.0);
        let mut out = format!(
            "<text x=\"{LEFT}\" y=\"{above}\" font-weight=\"bold\">{title}</text>\n\
             <text x=\"4\" y=\"{}\">{highest:.3}</text>\n<text x=\"4\" y=\"{bottom}\">0</text>\n\
             <path d=\"M{LEFT} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#000\"/>\n",
            top + 8.0
        );
        for (i, Curve(name, colour, value)) in curves.iter().enumerate() {
            let y = |line: &Line| bottom - value(line, most) / highest * Self::HIGH;
            let points = lines.iter().map(|line| format!("{:.1},{:.1} ", self.x(line.requests as f64), y(line)));
            out.push_str(&format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n\
                 <text x=\"{}\" y=\"{above}\" fill=\"{colour}\">{name}</text>\n",
                points.collect::<String>(),
                LEFT + 130.0 + 200.0 * i as f64
            ));
        }
        out
    }

    /// Where alarms were, and where the new kind of requests began.
    fn marks(&self, drift_at: usize) -> String {
        let alarms = self.lines.iter().filter(|line| line.is_alarm).map(|line| (line.requests as f64, "#c00"));
        let drift = (drift_at < usize::MAX).then_some((drift_at as f64, "#888"));
        let mark = |(at, colour): (f64, &str)| {
            let path = format!("M{:.1} {}v{}", self.x(at), self.top, Self::HIGH);
            format!("<path d=\"{path}\" stroke=\"{colour}\" stroke-dasharray=\"4\"/>\n")
        };
        alarms.chain(drift).map(mark).collect()
    }
}
