//! People who swap what they hold.
use super::draw;
use fastrand::Rng;
use toolsmith::Example;

const PEOPLE: [&str; 12] =
    ["Alice", "Bob", "Claire", "Dave", "Nora", "Hugo", "Ivy", "Jonas", "Kim", "Lars", "Mona", "Theo"];

/// Where people swap, and in which words.
struct Setting {
    scene: &'static str,
    has: &'static str,
    things: &'static [&'static str],
    meanwhile: &'static str,
    swaps: &'static str,
    end: &'static str,
}

const SETTINGS: [Setting; 6] = [
    Setting {
        scene: "dancers at a summer party. At the start of the evening, they each have a partner",
        has: "is dancing with",
        things: &["Rosa", "Milo", "Greta", "Anton", "Selma", "Bruno", "Wanda", "Otto"],
        meanwhile: "Throughout the evening, the dancers often trade partners",
        swaps: "switch partners",
        end: "At the end of the evening, {} is dancing with",
    },
    Setting {
        scene: "on the same hockey team. At the start of the match, they are each assigned to a position",
        has: "is playing",
        things: &[
            "goalie",
            "left wing",
            "right wing",
            "center",
            "left defender",
            "right defender",
            "sweeper",
            "captain",
        ],
        meanwhile: "As the match proceeds, pairs of players occasionally swap positions",
        swaps: "trade positions",
        end: "At the end of the match, {} is playing",
    },
    Setting {
        scene: "neighbors and avid readers who often trade books. At the beginning of the season, they each buy one new book",
        has: "gets",
        things: &[
            "Dune",
            "The Hobbit",
            "Persuasion",
            "War and Peace",
            "A Room with a View",
            "Middlemarch",
            "Emma",
            "Jane Eyre",
        ],
        meanwhile: "As the season proceeds, they start trading around the new books",
        swaps: "swap books",
        end: "At the end of the season, {} has",
    },
    Setting {
        scene: "holding a gift exchange. At the start of the party, they are each holding a present of a different color",
        has: "has a",
        things: &[
            "teal present",
            "gold present",
            "silver present",
            "beige present",
            "violet present",
            "gray present",
            "lime present",
            "coral present",
        ],
        meanwhile: "As the party progresses, pairs of people swap gifts",
        swaps: "swap their gifts",
        end: "At the end of the party, {} has the",
    },
    Setting {
        scene: "playing a game. At the start of the game, they are each holding a card",
        has: "is holding a",
        things: &[
            "black ace",
            "red king",
            "queen of hearts",
            "red two",
            "black jack",
            "joker",
            "red six",
            "black nine",
        ],
        meanwhile: "As the game progresses, pairs of players trade cards",
        swaps: "exchange cards",
        end: "At the end of the game, {} is holding the",
    },
    Setting {
        scene: "musicians at a festival. At the start of the day, they each bring an instrument",
        has: "is playing the",
        things: &["cello", "oboe", "harp", "tuba", "French horn", "viola", "bass drum", "flute"],
        meanwhile: "Throughout the day, the musicians swap instruments",
        swaps: "switch instruments",
        end: "At the end of the day, {} is playing the",
    },
];

/// The parts of an instance.
struct Told {
    setting: &'static Setting,
    people: Vec<String>,
    things: Vec<String>,
    swaps: Vec<(usize, usize)>,
    asked: usize,
}

/// Followed backwards from the one who is asked about to the one who held the thing at the start.
pub(super) fn instance(rng: &mut Rng) -> Example {
    let told = told(rng);
    let holder = told.swaps.iter().rev().fold(told.asked, |holder, &(one, other)| match holder {
        holder if holder == one => other,
        holder if holder == other => one,
        holder => holder,
    });
    let mut options = told.things.clone();
    rng.shuffle(&mut options);
    let right = options.iter().position(|option| *option == told.things[holder]).unwrap_or(0);
    let (options, answer) = draw::options(&options, right);
    Example { text: format!("{}\n{options}", story(&told)), answer, source: None }
}

fn told(rng: &mut Rng) -> Told {
    let n = rng.usize(3..8);
    let setting = &SETTINGS[rng.usize(..SETTINGS.len())];
    let swaps = (0..rng.usize(2..10)).map(|_| draw::two(rng, n)).collect();
    let (people, things) = (draw::some(rng, &PEOPLE, n), draw::some(rng, setting.things, n));
    Told { setting, people, things, swaps, asked: rng.usize(..n) }
}

fn story(told: &Told) -> String {
    let Told { setting, people, things, swaps, asked } = told;
    let held: Vec<_> = people.iter().zip(things).map(|(one, thing)| format!("{one} {} {thing}", setting.has)).collect();
    let last = swaps.len() - 1;
    let swap = |(i, (one, other)): (usize, &(usize, usize))| {
        let when = if i == 0 {
            "First"
        } else if i == last {
            "Finally"
        } else {
            "Then"
        };
        format!("{when}, {} and {} {}. ", people[*one], people[*other], setting.swaps)
    };
    let swaps: String = swaps.iter().enumerate().map(swap).collect();
    format!(
        "{} are {}: {}.\n{}. {}{}",
        draw::listed(people),
        setting.scene,
        draw::listed(&held),
        setting.meanwhile,
        swaps,
        setting.end.replace("{}", &people[*asked]),
    )
}

/// Nearly the same request, which this tool must leave alone.
pub(super) fn near_miss(rng: &mut Rng) -> String {
    let mut told = told(rng);
    let case = rng.usize(..20);
    if case == 0 {
        told.things[1] = told.things[0].clone();
    }
    let (one, other, asked) = (told.people[0].clone(), told.people[1].clone(), told.people[told.asked].clone());
    let story = story(&told);
    let (options, _) = draw::options(&told.things, 0);
    let whole = format!("{story}\n{options}");
    let swaps = told.setting.swaps;
    let unknown = |sentence: String| whole.replacen(". First,", &format!(". {sentence}. First,"), 1);
    let text = match case {
        0 => return whole,
        1 => draw::without_last_line(&whole),
        2 => story,
        3 => unknown(format!("{one} does not take part after the second time")),
        4 => whole.replacen(&format!(" {swaps}."), &format!(" {swaps} twice."), 1),
        5 => whole.replacen(&format!(" {swaps}."), &format!(" and a stranger {swaps}."), 1),
        6 => whole.replacen("At the end", "Before the last swap", 1),
        7 => whole.replacen(&format!(", {asked} "), &format!(", the neighbor of {asked} "), 1),
        8 => format!("{whole}\nName all who ever held it."),
        9 => whole.replacen(&format!(" {swaps}."), &format!(" almost {swaps}."), 1),
        10 => whole.replacen("\n(B) ", "\n(B) someone else's ", 1),
        11 => unknown(format!("Then, {one} gives hers away")),
        13 => whole.replacen(&format!(" and {one} {swaps}"), &format!(" and Zed {swaps}"), 1).replacen(
            ". Then, ",
            ". Finally, ",
            1,
        ),
        14 => whole.replacen("First, ", &format!("First, {one} and {one} {swaps}. Then, "), 1),
        15 => whole.replacen("Finally, ", "First, ", 1),
        16 => whole.replacen(&format!(", {other} {}", told.setting.has), &format!(", {other} dreams of"), 1),
        17 => whole.replacen(". At the", " who hide what they hold. At the", 1),
        18 => whole.replace(&other, &one),
        12 => whole.replacen(told.setting.meanwhile, &format!("{}, but never for long", told.setting.meanwhile), 1),
        _ => whole.replacen("Options:", "Which of these is wrong?\nOptions:", 1),
    };
    // not every change finds its place in every story
    if text == whole { draw::without_last_line(&whole) } else { text }
}
