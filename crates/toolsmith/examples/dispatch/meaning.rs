//! Tools by the vectors of a running server, beside words and after them.
use super::{
    Texts,
    embeddings::{self, Vectors},
    entry, foreign, input, intents,
    paraphrased::PARAPHRASED,
    read, set,
};
use std::{collections::BTreeMap, env, io, path::Path};
use toolsmith::dispatch::{DenseIndex, Index};

/// Prints what vectors of `model` at `url` find, beside words and after them.
pub(crate) fn measure(folder: &Path, url: &str, model: &str) -> io::Result<()> {
    let (n_examples, n_shown, most) = (set("EXAMPLES", 40), set("SHOWN", 20), set("MOST", 50));
    let cut = |mut all: Vec<Texts>, n_known: usize| {
        all.iter_mut().for_each(|texts| texts.all.truncate(n_known + most));
        all
    };
    let tools = cut(families(read(&folder.join("latm"), ".instances.jsonl", input)?), n_examples);
    let foreign = cut(read(&folder.join("tasks"), ".jsonl", foreign)?, n_shown);
    let intents = cut(intents(folder)?, n_examples);
    let other_words = |of: &Texts| {
        let family = PARAPHRASED.iter().find(|(name, _)| *name == of.name);
        let texts = family.into_iter().flat_map(|(_, texts)| texts).map(|text| (*text).to_owned());
        let all = of.all.iter().take(n_examples).cloned().chain(texts).collect();
        Texts { name: of.name.clone(), all }
    };
    let other_words: Vec<_> = tools.iter().map(other_words).collect();
    let intents: Vec<_> = intents.into_iter().take(set("INTENTS", 22)).collect();
    let all = tools.iter().chain(&other_words).chain(&intents).chain(&foreign);
    let vectors = embeddings::ask(url, model, all.flat_map(|texts| &texts.all).map(String::as_str))?;
    println!("by {model}, {} families:", tools.len());
    beside(&tools, &foreign, &vectors);
    println!("\nthe same, asked in other words:");
    let known = foreign.iter().map(|of| Texts { all: of.all.iter().take(n_shown).cloned().collect(), ..of.clone() });
    beside(&other_words, &known.collect::<Vec<_>>(), &vectors);
    let others: Vec<_> = foreign.into_iter().filter(|texts| !texts.name.contains("clinc150")).collect();
    println!("\n{} single intents:", intents.len());
    beside(&intents, &others, &vectors);
    Ok(())
}

/// Files of one family are for one tool.
fn families(files: Vec<Texts>) -> Vec<Texts> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Texts { name, all: texts } in files {
        let name = ["_five_objects", "_seven_objects"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        let known = all.entry(name.to_owned()).or_default();
        // one of each in turn
        let before = std::mem::take(known);
        let n = before.len().max(texts.len());
        let (mut before, mut texts) = (before.into_iter(), texts.into_iter());
        (0..n).for_each(|_| known.extend(before.next().into_iter().chain(texts.next())));
    }
    all.into_iter().map(|(name, all)| Texts { name, all }).collect()
}

/// Prints how many requests find their tool, another's, or though they are foreign, one: by words, by vectors, by both.
fn beside(tools: &[Texts], foreign: &[Texts], vectors: &Vectors) {
    let (n_examples, n_shown) = (set("EXAMPLES", 40), set("SHOWN", 20));
    let entries: Vec<_> = tools.iter().map(|texts| entry(texts, n_examples)).collect();
    let shown: Vec<&str> = foreign.iter().flat_map(|of| of.all.iter().take(n_shown)).map(String::as_str).collect();
    let words = Index::new(&entries, &shown);
    let dense = DenseIndex::new(&entries, &shown, |text| vectors.get(text).cloned());
    for (bar, by_words) in dense.bars().zip(words.bars()) {
        println!(
            "{:40} bar {:.2}, {:2} of {:2} examples found, {:2} near misses (words: {:.2}, {:2}, {:2})",
            bar.tool,
            bar.threshold,
            bar.n_found,
            bar.n_examples,
            bar.n_near_misses,
            by_words.threshold,
            by_words.n_found,
            by_words.n_near_misses
        );
    }
    let by_words = |text: &str| words.find("", text).first().map(|found| found.tool.to_owned());
    let by_vectors = |text: &str| dense.find("", &vectors[text]).first().map(|found| found.tool.to_owned());
    count("words", tools, foreign, &by_words);
    count("vectors", tools, foreign, &by_vectors);
    count("both", tools, foreign, &|text| by_words(text).or_else(|| by_vectors(text)));
}

/// Prints what `find` makes of all that is asked.
fn count(name: &str, tools: &[Texts], foreign: &[Texts], find: &dyn Fn(&str) -> Option<String>) {
    let (n_examples, n_shown) = (set("EXAMPLES", 40), set("SHOWN", 20));
    let (mut n, mut own, mut wrong) = (0, 0, 0);
    for texts in tools {
        for found in texts.all.iter().skip(n_examples).map(|text| find(text)) {
            n += 1;
            own += usize::from(found.as_ref() == Some(&texts.name));
            wrong += usize::from(found.is_some_and(|found| found != texts.name));
        }
    }
    let (mut n_foreign, mut through) = (0, 0);
    for text in foreign.iter().flat_map(|texts| texts.all.iter().skip(n_shown)) {
        n_foreign += 1;
        let Some(found) = find(text) else { continue };
        through += 1;
        if env::var_os("SHOW").is_some() {
            println!("{name} -> {found}: {text:.100}");
        }
    }
    println!("{name:8} of {n} asked {own} own, {wrong} wrong; of {n_foreign} foreign {through} let through");
}
