//! Numbers to be found from what they leave when divided (Chinese remainder theorem).
use super::draw;
use fastrand::Rng;
use toolsmith::Example;

const PLACES: [&str; 8] = ["bucket", "crate", "barrel", "warehouse", "sack", "cart", "attic", "orchard"];
const THINGS: [&str; 8] = ["walnuts", "cherries", "figs", "acorns", "marbles", "buttons", "plums", "candles"];
const SHARERS: [&str; 8] = ["foxes", "pupils", "owls", "sailors", "goats", "neighbors", "badgers", "bakers"];
const VERBS: [&str; 3] = ["divide", "share", "split"];
/// Some share a factor: their conditions agree nevertheless, since a number stands behind them.
const DIVISORS: [u64; 16] = [4, 6, 7, 9, 11, 13, 17, 19, 23, 25, 29, 31, 101, 149, 211, 307];

/// What is told of a number.
struct Told {
    number: u64,
    most: u64,
    /// Divisors and remainders.
    conditions: Vec<(u64, u64)>,
    /// The smallest number that all divisors divide: solutions are that far apart.
    apart: u64,
}

/// The number is drawn first, from so small a range that it is the only one.
pub(super) fn instance(rng: &mut Rng) -> Example {
    let told = told(rng);
    let thing = draw::one(rng, &THINGS);
    Example { text: text(rng, &told, thing, thing), answer: told.number.to_string(), source: None }
}

fn told(rng: &mut Rng) -> Told {
    let mut divisors = DIVISORS;
    rng.shuffle(&mut divisors);
    let divisors = &divisors[..rng.usize(2..6)];
    let apart = divisors.iter().fold(1, |apart, divisor| apart / shared(apart, *divisor) * divisor);
    let most = if rng.bool() { apart - 1 } else { rng.u64(apart / 2..apart) };
    let number = if rng.u8(..4) == 0 { most } else { rng.u64(1..=most) };
    Told { number, most, conditions: divisors.iter().map(|divisor| (*divisor, number % divisor)).collect(), apart }
}

fn shared(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { shared(other, one % other) }
}

fn text(rng: &mut Rng, told: &Told, thing: &str, asked: &str) -> String {
    let (place, verb) = (draw::one(rng, &PLACES), draw::one(rng, &VERBS));
    let article = if place.starts_with(['a', 'o']) { "an" } else { "a" };
    let mut conditions = told.conditions.iter().map(|(divisor, remainder)| {
        let sharers = draw::one(rng, &SHARERS);
        format!("if we {verb} them equally among {divisor} {sharers}, we have {remainder} left")
    });
    let first = conditions.next().map_or(String::new(), |first| first.replacen("if", "If", 1));
    let rest: String = conditions.map(|condition| format!("; {condition}")).collect();
    let most = told.most;
    format!(
        "There is {article} {place} of no more than {most} {thing}. {first}{rest}. How many {asked} are in the {place}?"
    )
}

/// Nearly the same request, which this tool must leave alone.
pub(super) fn near_miss(rng: &mut Rng) -> String {
    let mut told = told(rng);
    let thing = draw::one(rng, &THINGS);
    let whole = text(rng, &told, thing, thing);
    match rng.usize(..14) {
        0 => told.most = told.number + told.apart, // two numbers
        1 => told.most = told.number - 1,          // none
        2 => told.conditions[0].1 = told.conditions[0].0,
        3 => told.conditions.iter_mut().for_each(|(_, remainder)| *remainder = 0), // nothing at all, perhaps
        4 => told.conditions.truncate(1),                                          // many
        13 => told.conditions.extend([(12, 3), (18, 4)]),                          // an odd number that is even
        5 => return text(rng, &told, thing, "shells"),
        6 => return whole.replace("no more than", "at least"),
        7 => return whole.replace(". How many", ". Two of them are rotten. How many"),
        8 => return format!("{whole} Give the answer in binary."),
        9 => return whole.replacen(" left", " missing", 1),
        10 => return whole.replacen("; if", "; or if", 1),
        11 => return whole[..whole.rfind(" How").unwrap_or(0)].to_owned(),
        _ => return whole.replacen("equally among ", "equally among at least ", 1),
    }
    text(rng, &told, thing, thing)
}
