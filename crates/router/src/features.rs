//! Facts as numbers that a linear model can weigh: counts as logarithms, certainty as quantiles, never as sums.
use crate::{
    checks::Checks,
    signals::{Prompt, Signals, Text, Tokens},
};
use chat::Finish;

/// A named number; none where nothing is known.
pub type Feature = (&'static str, Option<f32>);

/// What a model weighs of one request.
#[derive(Clone, Debug, Default)]
pub struct Features<'a> {
    /// Named numbers: always the same names in the same order.
    pub dense: Vec<Feature>,
    /// The client's tag.
    pub tag: Option<u32>,
    /// Words of the prompt, in ascending order.
    pub asked: &'a [u32],
    /// Words of the answer, in ascending order.
    pub answered: &'a [u32],
}

impl<'a> Features<'a> {
    /// Of the request alone.
    pub fn of_prompt(prompt: &'a Prompt) -> Self {
        let mut dense = Vec::with_capacity(80);
        of_prompt(prompt, &mut dense);
        Self { dense, tag: prompt.tag, asked: &prompt.words, answered: &[] }
    }

    /// Of the request and of what there is of the answer.
    pub fn of_all(signals: &'a Signals) -> Self {
        let mut all = Self::of_prompt(&signals.prompt);
        let answer = signals.answer.as_ref();
        let text = answer.and_then(|a| a.text.as_ref());
        of_tokens(answer.map(|a| &a.tokens).filter(|t| !t.is_empty()), &mut all.dense);
        of_text(&signals.prompt, text, &mut all.dense);
        of_checks(text.map(|t| &t.checks), &mut all.dense);
        all.answered = text.map_or(&[], |t| &t.words);
        all
    }
}

fn log(n: u32) -> f32 {
    (n as f32).ln_1p()
}

fn yes(is: bool) -> f32 {
    f32::from(u8::from(is))
}

/// `part` of `whole`; all of it where there is nothing.
fn share(part: u16, whole: u16) -> f32 {
    if whole == 0 { 1.0 } else { f32::from(part) / f32::from(whole) }
}

fn of_prompt(p: &Prompt, to: &mut Vec<Feature>) {
    let all = [
        ("prompt: bytes", log(p.bytes)),
        ("prompt: lines", log(p.lines)),
        ("prompt: numbers", log(p.numbers)),
        ("prompt: questions", log(p.questions)),
        ("prompt: capitals", f32::from(p.capitals).sqrt()),
        ("prompt: digits", f32::from(p.digits).sqrt()),
        ("prompt: signs", f32::from(p.signs).sqrt()),
        ("prompt: foreign", f32::from(p.foreign).sqrt()),
        ("prompt: word bytes", f32::from(p.word_bytes)),
        ("prompt: english", f32::from(p.english)),
        ("prompt: negated", yes(p.negated)),
        ("prompt: gap", yes(p.gap)),
        ("prompt: formulas", log(p.formulas)),
        ("prompt: code", log(p.code)),
        ("prompt: options", f32::from(p.options.min(26))),
        ("prompt: option bytes", log(u32::from(p.option_bytes))),
        ("prompt: messages", log(p.messages)),
        ("prompt: conversation", log(p.conversation)),
        ("prompt: tools", log(p.tools)),
        ("prompt: form", yes(p.form)),
        ("prompt: images", log(p.images)),
        ("prompt: most tokens", log(p.max_tokens.unwrap_or(1 << 13))),
    ];
    to.extend(all.map(|(name, value)| (name, Some(value))));
}

/// A name, and how its number is read.
type Reader<T> = (&'static str, fn(&T) -> f32);

fn of_tokens(tokens: Option<&Tokens>, to: &mut Vec<Feature>) {
    const QUANTILES: [[(&str, f32); 5]; 3] = [
        [
            ("logprob: least", 0.0),
            ("logprob: 5 %", 0.05),
            ("logprob: 10 %", 0.1),
            ("logprob: 25 %", 0.25),
            ("logprob: median", 0.5),
        ],
        [
            ("margin: least", 0.0),
            ("margin: 5 %", 0.05),
            ("margin: 10 %", 0.1),
            ("margin: 25 %", 0.25),
            ("margin: median", 0.5),
        ],
        [
            ("entropy: most", 1.0),
            ("entropy: 95 %", 0.95),
            ("entropy: 90 %", 0.9),
            ("entropy: 75 %", 0.75),
            ("entropy: median", 0.5),
        ],
    ];
    let read: [fn(f32) -> f32; 3] = [|v| -v.sqrt(), f32::sqrt, |v| v];
    let first = tokens.and_then(|t| t.iter().next()).map(|t| [-t.logprob, t.margin, t.entropy]);
    let names = ["first token: logprob", "first token: margin", "first token: entropy"];
    to.extend(names.iter().enumerate().map(|(i, name)| (*name, first.map(|first| read[i](first[i])))));
    let last = tokens.map_or(0, |t| t.len().saturating_sub(1));
    for (i, quantiles) in QUANTILES.into_iter().enumerate() {
        let ranks = quantiles.map(|(_, q)| (q * last as f32).round() as usize);
        // the less likely a token, the lower its log-probability
        let ranks = if i == 0 { ranks.map(|rank| last.saturating_sub(rank)) } else { ranks };
        let values = tokens.map(|t| t.ranked(i, ranks).map(read[i]));
        to.extend(quantiles.iter().enumerate().map(|(at, (name, _))| (*name, values.map(|values| values[at]))));
    }
}

fn of_text(prompt: &Prompt, text: Option<&Text>, to: &mut Vec<Feature>) {
    let all: [Reader<Text>; 7] = [
        ("answer: bytes", |t| log(t.bytes)),
        ("answer: empty", |t| yes(t.n_words == 0)),
        ("answer: lines", |t| log(t.lines)),
        ("answer: variety", |t| (t.words.len() as f32 + 1.0).ln() - log(t.n_words)),
        ("answer: echoed", |t| f32::from(t.echoed)),
        ("answer: cut off", |t| yes(t.finish == Some(Finish::Length))),
        ("answer: held back", |t| yes(t.finish == Some(Finish::ContentFilter))),
    ];
    to.extend(all.map(|(name, value)| (name, text.map(value))));
    to.push(("answer: bytes to prompt", text.map(|t| log(t.bytes) - log(prompt.bytes))));
}

fn of_checks(checks: Option<&Checks>, to: &mut Vec<Feature>) {
    let all: [Reader<Checks>; 15] = [
        ("sums", |c| log(u32::from(c.sums_right) + u32::from(c.sums_wrong))),
        ("sums: wrong", |c| yes(c.sums_wrong > 0)),
        ("sums: unread", |c| yes(c.sums_unread > 0)),
        ("numbers", |c| log(u32::from(c.numbers))),
        ("numbers: of nowhere", |c| 1.0 - share(c.numbers_given.saturating_add(c.numbers_derived), c.numbers)),
        ("numbers: used", |c| share(c.numbers_given, c.asked)),
        ("numbers: all used", |c| yes(c.numbers_given == c.asked)),
        ("quotes", |c| log(u32::from(c.quotes))),
        ("quotes: found", |c| share(c.quotes_found, c.quotes)),
        ("form: missed", |c| yes(c.form == Some(false))),
        ("end: conclusion", |c| yes(c.concluded)),
        ("end: open", |c| yes(c.open)),
        ("repeated", |c| f32::from(c.repeated)),
        ("doubts", |c| log(u32::from(c.doubts))),
        ("refuses", |c| yes(c.refuses)),
    ];
    to.extend(all.map(|(name, value)| (name, checks.map(value))));
    let last = checks.and_then(|c| c.last);
    to.push(("last: none", checks.map(|c| yes(c.last.is_none()))));
    to.push(("last: size", last.map(|l| l.size)));
    to.push(("last: whole", last.map(|l| yes(l.whole))));
    to.push(("last: given", last.map(|l| yes(l.given))));
    to.push(("last: negative", last.map(|l| yes(l.negative))));
    to.push(("last: words after", last.map(|l| log(u32::from(l.after.min(200))))));
    to.push(("last: words before", last.map(|l| log(u32::from(l.before.min(200))))));
}
