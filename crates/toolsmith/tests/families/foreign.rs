//! Requests that are no tool's: everyday ones, and some that speak about the tasks without posing one.
use super::draw;
use fastrand::Rng;

const FORMS: [&str; 24] = [
    "Write a short {kind} about {topic}.",
    "What is the difference between {topic} and {other}?",
    "Summarize the following {kind} in one sentence: {topic} was what everyone spoke of that year.",
    "Translate into French: we talked about {topic} until midnight.",
    "How much does it cost to learn about {topic} if a lesson is {n} euros and I take {m}?",
    "Give me {n} ideas for a {kind} on {topic}",
    "Is {topic} older than {other}?",
    "List the following alphabetically by author: {topic}, {other}.",
    "Sort my notes on {topic} by date.",
    "Which came first, {topic} or {other}? Explain in {n} words.",
    "There is a box of {n} apples. If we give away {m}, how many are left?",
    "If we divide {n} sweets equally among {m} children, how many are left?",
    "{name} and {friend} want to schedule a call about {topic}. Draft a polite email.",
    "When is the best time to plant {topic}?",
    "{name} has {n} books and gives {m} of them to {friend}. How many does {friend} have at the end?",
    "{name} is taller than {friend}. {friend} is taller than Ada. Who is the tallest?",
    "Write a Python function that sorts words about {topic} alphabetically.",
    "Write a regular expression for balanced brackets such as ([]) and explain it.",
    "Classify the sentiment of this {kind}: I could not care less about {topic}.",
    "Correct the grammar: {topic} are what she like most {n} years ago",
    "Extract all dates from: the {kind} on {topic} appeared on 2024-0{d}-1{d}.",
    "My card ending in {n}{m} was declined while I paid for a {kind}. What should I do?",
    "Complete the rest of the sequence: {n}, {m}, {n}, {m},",
    "Put {topic} and {other} into a table with columns name, year, and place.",
];
const TOPICS: [&str; 16] = [
    "glaciers",
    "the bicycle",
    "sourdough bread",
    "tides",
    "chess openings",
    "volcanoes",
    "the printing press",
    "bees",
    "jazz",
    "solar panels",
    "medieval maps",
    "the moon",
    "violins",
    "rainforests",
    "paper folding",
    "trains",
];
const KINDS: [&str; 6] = ["poem", "review", "letter", "story", "report", "speech"];
const NAMES: [&str; 6] = ["Maria", "Tom", "Ines", "Omar", "Yuki", "Paul"];
/// Of the tasks, but not to be answered by their tools.
const ABOUT: [&str; 17] = [
    "What is a Dyck language, and why is it not regular?",
    "Explain the Chinese remainder theorem to a child.",
    "How does one prove that the solution of a system of congruences is unique?",
    "Why is sorting words alphabetically harder in languages with accents?",
    "Write an instruction that starts with: Sort the following words alphabetically:",
    "What does \"Complete the rest of the sequence, making sure that the parentheses are closed properly.\" mean?",
    "Write five puzzles in which three objects are arranged in a fixed order.",
    "In a golf tournament, there were five golfers. How many orders of finishing are possible?",
    "A fruit stand sells five fruits: kiwis, pears, plums, figs, and limes. Which of them is the sweetest?",
    "Make up a story in which Alice, Bob, and Claire swap partners at a dance.",
    "How do I find a time slot that works for a team of nine people?",
    "A and B want to schedule a 1-hour meeting together. Which tool would you recommend?",
    "Options:\n(A) yes\n(B) no",
    "Input: ( [ {",
    "List: pear fig apple",
    "Colors: red, green, and blue.",
    "",
];

/// `n` of them, with no two alike.
pub(super) fn requests(rng: &mut Rng, n: usize) -> Vec<String> {
    let mut requests: Vec<String> = ABOUT.iter().map(|&text| text.to_owned()).collect();
    while requests.len() < n {
        let request = request(rng);
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    requests
}

fn request(rng: &mut Rng) -> String {
    let topics = draw::some(rng, &TOPICS, 2);
    let names = draw::some(rng, &NAMES, 2);
    let (n, m, d) = (rng.u32(2..100), rng.u32(2..10), rng.u32(1..10));
    let filled = draw::one(rng, &FORMS).replace("{topic}", &topics[0]).replace("{other}", &topics[1]);
    let filled = filled.replace("{name}", &names[0]).replace("{friend}", &names[1]);
    let filled = filled.replace("{n}", &n.to_string()).replace("{m}", &m.to_string()).replace("{d}", &d.to_string());
    filled.replace("{kind}", draw::one(rng, &KINDS))
}
