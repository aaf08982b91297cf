//! Two people's free times, and a meeting that must fit into both.
use super::draw;
use fastrand::Rng;
use toolsmith::Example;

const NAMES: [&str; 8] = ["A", "B", "Maria", "Tom", "Ines", "Omar", "Yuki", "Paul"];
const QUARTERS: usize = 96;

/// What is told of a meeting: lengths and times are in quarters of an hour, so that a day is a row of them.
struct Told {
    names: Vec<String>,
    length: usize,
    free: [Vec<(usize, usize)>; 2],
}

/// The answer is read off a row of quarters, each free for both or not.
pub(super) fn instance(rng: &mut Rng) -> Example {
    let told = told(rng);
    let length = length(rng, told.length);
    Example { text: text(&told, &length), answer: answer(&told), source: None }
}

fn told(rng: &mut Rng) -> Told {
    let (from, to) = (rng.usize(24..40), rng.usize(64..90));
    let is_busy = rng.u8(..16) == 0; // one of them, the whole day
    let free = [false, is_busy].map(|is_busy| {
        let (mut slots, mut at) = (Vec::new(), from + rng.usize(..8));
        while at < to && !is_busy {
            let end = (at + rng.usize(1..12)).min(to);
            slots.push((at, end));
            at = end + rng.usize(..8); // 0: the next time touches this one
        }
        slots
    });
    Told { names: draw::some(rng, &NAMES, 2), length: rng.usize(1..9), free }
}

fn answer(told: &Told) -> String {
    let [one, other] = [&told.free[0], &told.free[1]].map(|slots| {
        let mut row = [false; QUARTERS];
        slots.iter().for_each(|(start, end)| row[*start..*end].fill(true));
        row
    });
    let both: Vec<bool> = one.iter().zip(other).map(|(one, other)| *one && other).collect();
    match both.windows(told.length).position(|window| window.iter().all(|free| *free)) {
        Some(start) => format!("{} - {}", clock(start), clock(start + told.length)),
        None => "No time slot works.".to_owned(),
    }
}

fn clock(quarters: usize) -> String {
    format!("{:02}:{:02}", quarters / 4, quarters % 4 * 15)
}

fn length(rng: &mut Rng, quarters: usize) -> String {
    if rng.u8(..3) == 0 { format!("{}-minute", quarters * 15) } else { format!("{}-hour", quarters as f64 / 4.0) }
}

fn text(told: &Told, length: &str) -> String {
    let [one, other] = [&told.free[0], &told.free[1]].map(|slots| {
        let slots: Vec<String> =
            slots.iter().map(|(start, end)| format!("{} - {}", clock(*start), clock(*end))).collect();
        slots.join(", ")
    });
    let (a, b) = (&told.names[0], &told.names[1]);
    format!(
        "{a} and {b} want to schedule a {length} meeting together.\n{a}'s availability: {one}\n{b}'s availability: {other}\n\
         What time slot works best? (if multiple, choose the earliest one)"
    )
}

/// Nearly the same request, which this tool must leave alone.
pub(super) fn near_miss(rng: &mut Rng) -> String {
    let told = told(rng);
    let length = length(rng, told.length);
    let text = text(&told, &length);
    let (a, b) = (told.names[0].clone(), told.names[1].clone());
    match rng.usize(..19) {
        0 => text.replace("earliest", "latest"),
        1 => text.replace("\nWhat", "\nCleo's availability: 09:00 - 12:00\nWhat"),
        2 => text.replacen(&format!("{a} and {b}"), &format!("{a}, {b} and Cleo"), 1),
        3 => text.replace("\nWhat", &format!("\n{a} would rather not meet in the morning.\nWhat")),
        4 => text.replacen(" - ", "am - ", 1),
        5 => text.replace("together.", "together after 12:00."),
        6 => draw::without_last_line(&text),
        7 => format!("{text}\nAnswer in UTC; {b} lives in Tokyo."),
        8 => text.replacen(&format!("{b}'s"), "Cleo's", 1),
        9 => text.replacen(&length, "short", 1),
        10 => text
            .replace("What time slot works best? (if multiple, choose the earliest one)", "How many time slots work?"),
        11 => text.replacen("availability: ", "availability: 24:30 - 25:00, ", 1),
        12 => text.replacen("availability: ", "availability: 07:00 - 06:30, ", 1),
        13 => text.replacen("availability: ", "availability: 05:00 - 05:00, ", 1),
        14 => text.replacen("availability: ", "availability: 5:00 - 5:30, ", 1),
        15 => text.replacen(&length, "0-hour", 1),
        16 => text.replacen(&length, "0.33-hour", 1),
        17 => text.replacen("availability: ", "unavailability: ", 1),
        _ => text.replacen("availability: ", "availability: 05:00 - 23:30, ", 1),
    }
}
