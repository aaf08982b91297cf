//! Objects in an order that statements give away.
use super::draw;
use fastrand::Rng;
use toolsmith::Example;

const NUMBERS: [&str; 8] = ["zero", "one", "two", "three", "four", "five", "six", "seven"];
const ORDINALS: [&str; 8] = ["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh"];

/// What is ordered, and in which words. `{}` stands for a number or an ordinal.
struct Setting {
    scene: &'static str,
    /// Each with its article, or none.
    objects: &'static [&'static str],
    before: &'static [&'static str],
    after: &'static [&'static str],
    /// The first place and those counted from it.
    from_first: [&'static str; 2],
    /// The last place and those counted from it.
    from_last: [&'static str; 2],
}

const SETTINGS: [Setting; 8] = [
    Setting {
        scene: "On a wall, there are {} posters",
        objects: &[
            "a pink poster",
            "an indigo poster",
            "a teal poster",
            "a white poster",
            "a gold poster",
            "a red poster",
            "a beige poster",
        ],
        before: &["is to the left of"],
        after: &["is to the right of"],
        from_first: ["is the leftmost", "is the {} from the left"],
        from_last: ["is the rightmost", "is the {} from the right"],
    },
    Setting {
        scene: "On a fence, there are {} birds",
        objects: &["a wren", "a jay", "a blue tit", "an eagle", "a magpie", "a finch", "a golden oriole"],
        before: &["is to the left of"],
        after: &["is to the right of"],
        from_first: ["is the leftmost", "is the {} from the left"],
        from_last: ["is the rightmost", "is the {} from the right"],
    },
    Setting {
        scene: "In a sailing regatta, there were {} skippers",
        objects: &["Uma", "Ken", "Zoe", "Max", "Lia", "Sven", "Ruth"],
        before: &["finished above", "finished before", "finished ahead of"],
        after: &["finished below", "finished after", "finished behind"],
        from_first: ["finished first", "finished {}"],
        from_last: ["finished last", "finished {}-to-last"],
    },
    Setting {
        scene: "A farm shop sells {} vegetables",
        objects: &["leeks", "beets", "carrots", "radishes", "parsnips", "peppers", "sweet potatoes"],
        before: &["are cheaper than", "are less expensive than"],
        after: &["are more expensive than"],
        from_first: ["are the cheapest", "are the {}-cheapest"],
        from_last: ["are the most expensive", "are the {}-most expensive"],
    },
    Setting {
        scene: "In a railway museum, there are {} locomotives",
        objects: &[
            "a steam engine",
            "a tramcar",
            "a diesel engine",
            "an express",
            "a shunter",
            "a railbus",
            "a metro train",
        ],
        before: &["is older than"],
        after: &["is newer than"],
        from_first: ["is the oldest", "is the {}-oldest"],
        from_last: ["is the newest", "is the {}-newest"],
    },
    Setting {
        scene: "A garden center shows {} trees",
        objects: &["a birch", "an oak", "a red maple", "a larch", "a willow", "an elm", "a cedar"],
        before: &["is shorter than"],
        after: &["is taller than"],
        from_first: ["is the shortest", "is the {}-shortest"],
        from_last: ["is the tallest", "is the {}-tallest"],
    },
    Setting {
        scene: "In a mountain village, there are {} farmers",
        objects: &["Uma", "Ken", "Zoe", "Max", "Lia", "Sven", "Ruth"],
        before: &["is older than"],
        after: &["is younger than"],
        from_first: ["is the oldest", "is the {}-oldest"],
        from_last: ["is the youngest", "is the {}-youngest"],
    },
    Setting {
        scene: "At a ferry dock, there are {} trunks",
        objects: &[
            "a tin trunk",
            "an iron trunk",
            "a leather trunk",
            "an oak trunk",
            "a canvas trunk",
            "a blue trunk",
            "a wicker trunk",
        ],
        before: &["is lighter than"],
        after: &["is heavier than"],
        from_first: ["is the lightest", "is the {}-lightest"],
        from_last: ["is the heaviest", "is the {}-heaviest"],
    },
];

/// What a statement says of objects, by their numbers; places count from 0.
#[derive(Clone, Copy)]
enum Said {
    Before(usize, usize),
    At(usize, usize),
}

impl Said {
    /// Whether it is so where `places` says where each object stands.
    fn holds(self, places: &[usize]) -> bool {
        match self {
            Self::Before(one, other) => places[one] < places[other],
            Self::At(one, place) => places[one] == place,
        }
    }
}

/// The parts of an instance.
struct Told {
    setting: &'static Setting,
    objects: Vec<String>,
    places: Vec<usize>,
    statements: Vec<Said>,
    asked: usize,
}

/// The order is drawn first; then true statements are told until no other order is left of all n!.
pub(super) fn instance(rng: &mut Rng) -> Example {
    let told = told(rng);
    let right = told.places.iter().position(|place| *place == told.asked).unwrap_or(0);
    let (options, answer) = options(rng, &told, right);
    Example { text: format!("{}\n{options}", story(rng, &told)), answer, source: None }
}

fn told(rng: &mut Rng) -> Told {
    let n = rng.usize(3..8);
    let setting = &SETTINGS[rng.usize(..SETTINGS.len())];
    let mut places: Vec<usize> = (0..n).collect();
    rng.shuffle(&mut places);
    let (mut orders, mut statements) = (orders(n), Vec::new());
    while orders.len() > 1 {
        let (one, other) = draw::two(rng, n);
        let said = match rng.u8(..5) {
            0 | 1 => Said::At(one, places[one]),
            _ if places[one] < places[other] => Said::Before(one, other),
            _ => Said::Before(other, one),
        };
        let n_before = orders.len();
        orders.retain(|order| said.holds(order));
        if orders.len() < n_before {
            statements.push(said);
        }
    }
    Told { setting, objects: draw::some(rng, setting.objects, n), places, statements, asked: rng.usize(..n) }
}

/// All orders of `n` objects.
fn orders(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for last in 0..n {
        all = all.iter().flat_map(|order| (0..=last).map(move |at| inserted(order, at, last))).collect();
    }
    all
}

fn inserted(order: &[usize], at: usize, value: usize) -> Vec<usize> {
    let mut order = order.to_vec();
    order.insert(at, value);
    order
}

fn story(rng: &mut Rng, told: &Told) -> String {
    let number = NUMBERS[told.objects.len()];
    let preamble = format!(
        "The following paragraphs each describe a set of {number} objects arranged in a fixed order. \
         The statements are logically consistent within each paragraph. "
    );
    let said: Vec<String> = told.statements.iter().map(|said| sentence(rng, told, *said) + ".").collect();
    format!(
        "{}{}: {}. {}",
        if rng.bool() { preamble.as_str() } else { "" },
        told.setting.scene.replace("{}", number),
        draw::listed(&told.objects),
        said.join(" ")
    )
}

fn sentence(rng: &mut Rng, told: &Told, said: Said) -> String {
    let setting = told.setting;
    match said {
        Said::Before(one, other) if rng.bool() => {
            format!("{} {} {}", the(told, one, true), draw::one(rng, setting.before), the(told, other, false))
        }
        Said::Before(one, other) => {
            format!("{} {} {}", the(told, other, true), draw::one(rng, setting.after), the(told, one, false))
        }
        Said::At(one, place) => {
            let from_first = rng.bool();
            format!("{} {}", the(told, one, true), position(told, place, from_first))
        }
    }
}

fn position(told: &Told, place: usize, from_first: bool) -> String {
    let n = told.objects.len();
    let (forms, count) =
        if from_first { (told.setting.from_first, place + 1) } else { (told.setting.from_last, n - place) };
    if count == 1 { forms[0].to_owned() } else { forms[1].replace("{}", ORDINALS[count]) }
}

fn the(told: &Told, object: usize, begins: bool) -> String {
    let name = &told.objects[object];
    let bare = name.trim_start_matches("a ").trim_start_matches("an ");
    match (name.starts_with(char::is_uppercase), begins) {
        (true, _) => name.clone(),
        (false, true) => format!("The {bare}"),
        (false, false) => format!("the {bare}"),
    }
}

fn options(rng: &mut Rng, told: &Told, right: usize) -> (String, String) {
    let from_first = rng.bool();
    let position = position(told, told.asked, from_first);
    let texts: Vec<_> =
        (0..told.objects.len()).map(|object| format!("{} {position}", the(told, object, true))).collect();
    draw::options(&texts, right)
}

/// Nearly the same request, which this tool must leave alone.
pub(super) fn near_miss(rng: &mut Rng) -> String {
    let mut told = told(rng);
    let n = told.objects.len();
    let case = rng.usize(..17);
    match case {
        0 => told.statements = doubtful(&told),
        1 => told.statements.push(Said::At(0, (told.places[0] + 1) % n)), // it stands elsewhere
        _ => {}
    }
    let (options, _) = options(rng, &told, 0);
    let story = story(rng, &told);
    let whole = format!("{story}\n{options}");
    let (one, other) = (the(&told, 0, true), the(&told, 1, false));
    let also = |sentence: String| format!("{story} {sentence}.\n{options}");
    match case {
        0 | 1 => whole,
        2 => also(format!("{one} is next to {other}")),
        3 => also(format!("{one} is not far from {other}")),
        4 => also(format!("Either {one} or {other} comes first")),
        5 => also("Nothing else is known".to_owned()),
        6 => also("The stranger is older than the visitor".to_owned()),
        7 => draw::without_last_line(&whole),
        8 => story,
        9 => format!("{whole}\nWhich of these is false?"),
        10 => format!("{whole}\nExplain your reasoning."),
        11 => whole.replacen("Options:", "Which one cannot be true?\nOptions:", 1),
        12 => whole.replace(&format!(" {} ", NUMBERS[n]), " nine "),
        13 => whole.replacen("\n(B) ", "\n(B) Not ", 1),
        14 => whole.replacen(".\nOptions", "?\nOptions", 1),
        15 => whole.replace(&told.objects[0], &told.objects[1]),
        _ => whole.replacen(". ", ", seen from behind. ", 1),
    }
}

/// Statements of which just so many are left that the place asked for is not decided.
fn doubtful(told: &Told) -> Vec<Said> {
    let all = orders(told.objects.len());
    let mut statements = told.statements.clone();
    let is_open = |statements: &[Said]| {
        let mut there: Vec<_> = all
            .iter()
            .filter(|order| statements.iter().all(|said| said.holds(order)))
            .filter_map(|order| order.iter().position(|place| *place == told.asked))
            .collect();
        there.sort_unstable();
        there.dedup();
        there.len() > 1
    };
    while !statements.is_empty() && !is_open(&statements) {
        statements.pop();
    }
    statements
}
