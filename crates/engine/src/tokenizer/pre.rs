//! Pre-tokenizers: how each family cuts text into words before it merges, as data.
//!
//! The patterns are those of the families' own tokenizer files, but without their `\s+(?!\S)|\s+`: [`Step::Words`] adds
//! that rule in code, so that every pattern is free of look-around and runs in linear time.
use crate::{Error, Kind};
use regex_automata::{Input, PatternID, meta::Regex};

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+";
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+";
const QWEN35: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+";
const MINICPM5: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+";
const SEED_CODER: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+";
const BAILING: &str = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]";
const EXAONE_MOE: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+";
const GPT4O: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+";
const KIMI: &str = r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+";
const YOUTU: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+";
const BLOOM: &str = r" ?[^(\s|.,!?…。，、।۔،)]+";
const CJK: &str = r"[一-龥\u{3040}-ゟ゠-ヿ]+";
const DEEPSEEK3: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+"##;
const SPARK: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]"##;
const DEEPSEEK_LATIN: &str = r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";
const DEEPSEEK_CJK: &str = "[一-龥ࠀ-一가-\u{D7FF}]+";

/// Cuts the pieces that the step before left.
enum Step {
    /// Each match of the pattern is a piece, and so is what lies between two.
    Split(&'static str),
    /// The same, with `\s+(?!\S)|\s+` as the pattern's last alternatives.
    Words(&'static str),
    /// Digits in threes from the right, where a word ends behind them; others are cut from nothing.
    Threes,
}

/// A pre-tokenizer.
struct Row {
    /// The names that files give it.
    names: &'static [&'static str],
    steps: &'static [Step],
    /// A word that is a token as a whole needs no merges.
    whole_words: bool,
    /// Texts begin with BOS unless the file says otherwise.
    add_bos: bool,
}

use Step::{Split, Threes, Words};

const fn row(names: &'static [&'static str], steps: &'static [Step]) -> Row {
    Row { names, steps, whole_words: false, add_bos: false }
}

const fn whole(row: Row) -> Row {
    Row { whole_words: true, ..row }
}

const fn with_bos(row: Row) -> Row {
    Row { add_bos: true, ..row }
}

const ROWS: &[Row] = &[
    row(
        &["gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "granite-docling", "gigachat", "a.x-4.0", "mellum"],
        &[Words(GPT2)],
    ),
    row(&["exaone4"], &[Words(GPT2)]),
    row(
        &["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"],
        &[Split(r"\p{N}"), Words(GPT2)],
    ),
    with_bos(whole(row(
        &["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "midm-2.0", "lfm2"],
        &[Words(LLAMA3)],
    ))),
    row(&["dbrx", "smaug-bpe", "chatglm-bpe"], &[Words(LLAMA3)]),
    whole(row(&["glm4", "glm5"], &[Words(LLAMA3)])),
    row(
        &["qwen2", "deepseek-r1-qwen", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2", "kormo"],
        &[Words(QWEN2)],
    ),
    row(&["qwen35"], &[Words(QWEN35)]),
    row(&["laguna"], &[Split(r"\n+"), Words(QWEN2)]),
    whole(row(&["minicpm5"], &[Split(r"\p{N}{1,3}"), Words(MINICPM5)])),
    row(&["seed-coder"], &[Words(SEED_CODER)]),
    row(&["bailingmoe", "bailingmoe2", "llada-moe"], &[Words(BAILING)]),
    row(&["exaone-moe"], &[Words(EXAONE_MOE)]),
    with_bos(whole(row(&["tekken"], &[Words(TEKKEN)]))),
    row(&["gpt-4o", "llama4", "kanana2", "minimax-m2"], &[Words(GPT4O)]),
    row(&["tiny_aya", "cohere2moe"], &[Threes, Words(GPT4O)]),
    row(&["kimi-k2"], &[Words(KIMI)]),
    whole(row(
        &["youtu"],
        &[Split(r"[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥\u{3040}-ゟ゠-ヿ]+"), Words(YOUTU)],
    )),
    row(&["bloom", "poro-chat", "gpt3-finnish"], &[Split(BLOOM)]),
    row(&["viking"], &[Split(BLOOM), Split(r"\p{N}")]),
    row(
        &["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
        &[Split(r"\p{N}{1,3}"), Split(CJK), Words(DEEPSEEK3)],
    ),
    row(&["spark2_5"], &[Split(r"\p{N}{1,3}"), Split(CJK), Words(SPARK), Split(r"\p{N}")]),
    row(
        &["deepseek-llm"],
        &[
            Split(r"[\r\n]"),
            Split(DEEPSEEK_LATIN),
            Split(r"\s?[!-/:-~！-／：-～‘-‟\u{3000}-。]+"),
            Split(r"\s+$"),
            Split(DEEPSEEK_CJK),
            Split(r"\p{N}+"),
        ],
    ),
    row(
        &["deepseek-coder"],
        &[Split(r"[\r\n]"), Split(r"\s?\p{L}+"), Split(r"\s?\p{P}+"), Split(DEEPSEEK_CJK), Split(r"\p{N}")],
    ),
    row(&["falcon"], &[Split(r"[\p{P}\$\+<=>\^~\|`]+"), Words(GPT2), Split(r"[0-9][0-9][0-9]")]),
];

/// A pre-tokenizer, compiled.
pub(super) struct Pre {
    steps: Vec<Cut>,
    pub(super) whole_words: bool,
    pub(super) add_bos: bool,
}

enum Cut {
    /// A pattern; where there is a second one it is that of white space.
    Pattern(Regex),
    /// Digits to count off in threes.
    Threes(Regex),
}

impl Pre {
    /// The pre-tokenizer that files call `name`.
    ///
    /// # Errors
    /// Unsupported, when it is not known.
    pub(super) fn named(name: &str) -> Result<Self, Error> {
        let row = ROWS.iter().find(|row| row.names.contains(&name)).ok_or_else(|| {
            let known: Vec<_> = ROWS.iter().flat_map(|row| row.names).copied().collect();
            let remedy = "convert the model with a converter that names it, or use another model";
            Error::unsupported(format!(
                "metadata `tokenizer.ggml.pre`: pre-tokenizer `{name}` is not known, and to guess would give wrong \
                 tokens; {remedy}; known are {}",
                known.join(", ")
            ))
        })?;
        let compile = |patterns: &[&str]| {
            let fault = |e| Error::new(Kind::Internal, format!("pattern of pre-tokenizer `{name}`: {e}"));
            Regex::new_many(patterns).map_err(fault)
        };
        let cut = |step: &Step| match step {
            Split(pattern) => compile(&[*pattern]).map(Cut::Pattern),
            Words(pattern) => compile(&[*pattern, r"\s+"]).map(Cut::Pattern),
            Threes => compile(&[r"\d+\b"]).map(Cut::Threes),
        };
        let steps = row.steps.iter().map(cut).collect::<Result<_, _>>()?;
        Ok(Self { steps, whole_words: row.whole_words, add_bos: row.add_bos })
    }

    /// Gives each word of `text` to `word`.
    pub(super) fn cut(&self, text: &str, word: &mut impl FnMut(&str)) {
        cut(&self.steps, text, word);
    }
}

fn cut(steps: &[Cut], text: &str, word: &mut impl FnMut(&str)) {
    let Some((step, rest)) = steps.split_first() else {
        if !text.is_empty() {
            word(text);
        }
        return;
    };
    let (Cut::Pattern(regex) | Cut::Threes(regex)) = step;
    let mut at = 0;
    while let Some(found) = regex.search(&Input::new(text).range(at..)).filter(|found| !found.is_empty()) {
        let mut end = found.end();
        if found.pattern() != PatternID::ZERO {
            end = before_last_space(text, found.start(), end);
        }
        let piece = &text[found.start()..end];
        cut(rest, &text[at..found.start()], word);
        match step {
            Cut::Pattern(_) => cut(rest, piece, word),
            Cut::Threes(_) => threes(piece, |three| cut(rest, three, word)),
        }
        at = end;
    }
    cut(rest, &text[at..], word);
}

/// Where `\s+(?!\S)|\s+` ends: white space leaves its last character to the word behind it.
fn before_last_space(text: &str, start: usize, end: usize) -> usize {
    let last = text[start..end].char_indices().next_back().map_or(0, |(at, _)| at);
    if end < text.len() && last > 0 { start + last } else { end }
}

/// `digits` in threes from the right.
fn threes(digits: &str, mut piece: impl FnMut(&str)) {
    let n = digits.chars().count();
    let ends = digits.char_indices().enumerate().filter(|(i, _)| *i > 0 && (n - i) % 3 == 0).map(|(_, (at, _))| at);
    let mut start = 0;
    for end in ends.chain([digits.len()]) {
        piece(&digits[start..end]);
        start = end;
    }
}
