//! Pre-tokenizers: how each family cuts text into words before it merges, as data.
//!
//! The patterns are those of the families' own tokenizer files, but without their `\s+(?!\S)|\s+`: [`Step::Words`] adds
//! that rule in code, so that every pattern is free of look-around and runs in linear time.
use crate::{Error, Kind};
use regex_automata::{Input, PatternID, meta::Regex};

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+";
const LLAMA3: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+";
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
const SPARK: &str =
    r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]"##;
const DEEPSEEK_LATIN: &str = r"\s?[A-Za-z\u{B5}\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{1BA}\u{1BC}-\u{1BF}\u{1C4}-\u{293}\u{295}-\u{2AF}\u{370}-\u{373}\u{376}\u{377}\u{37B}-\u{37D}\u{37F}\u{386}\u{388}-\u{38A}\u{38C}\u{38E}-\u{3A1}\u{3A3}-\u{3F5}\u{3F7}-\u{481}\u{48A}-\u{52F}\u{531}-\u{556}\u{10A0}-\u{10C5}\u{13A0}-\u{13F5}\u{13F8}-\u{13FD}\u{1C90}-\u{1CBA}\u{1CBD}-\u{1CBF}\u{1D00}-\u{1D2B}\u{1D6B}-\u{1D77}\u{1D79}-\u{1D9A}\u{1E00}-\u{1F15}\u{1F18}-\u{1F1D}\u{1F20}-\u{1F45}\u{1F48}-\u{1F4D}\u{1F50}-\u{1F57}\u{1F59}\u{1F5B}\u{1F5D}\u{1F5F}-\u{1F7D}\u{1F80}-\u{1FB4}\u{1FB6}-\u{1FBC}\u{1FBE}\u{1FC2}-\u{1FC4}\u{1FC6}-\u{1FCC}\u{1FD0}-\u{1FD3}\u{1FD6}-\u{1FDB}\u{1FE0}-\u{1FEC}\u{1FF2}-\u{1FF4}\u{1FF6}-\u{1FFC}\u{2102}\u{2107}\u{210A}-\u{2113}\u{2115}\u{2119}-\u{211D}\u{2124}\u{2126}\u{2128}\u{212A}-\u{212D}\u{212F}-\u{2134}\u{2139}\u{213C}-\u{213F}\u{2145}-\u{2149}\u{214E}\u{2183}\u{2184}\u{2C00}-\u{2C7B}\u{2C7E}-\u{2CE4}\u{2CEB}-\u{2CEE}\u{2CF2}\u{2CF3}\u{A640}-\u{A66D}\u{A680}-\u{A69B}\u{A722}-\u{A76F}\u{A771}-\u{A787}\u{A78B}-\u{A78E}\u{AB70}-\u{ABBF}\u{FB00}-\u{FB06}\u{FB13}-\u{FB17}\u{FF21}-\u{FF3A}\u{FF41}-\u{FF5A}\u{10400}-\u{1044F}\u{104B0}-\u{104D3}\u{104D8}-\u{104FB}\u{10C80}-\u{10CB2}\u{10CC0}-\u{10CF2}\u{118A0}-\u{118DF}\u{1E900}-\u{1E943}]+";
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
    row(&["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"], &[Split(r"\p{N}{1,3}"), Split(CJK), Words(DEEPSEEK3)]),
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
    with_bos(row(&["gemma4"], &[Split(r"\n+")])),
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
    /// Digits that a word does not end behind, and digits to count off in threes.
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
            Threes => compile(&[r"\d+[\p{Alphabetic}\p{M}\p{Pc}²³¹¼½¾]", r"\d+"]).map(Cut::Threes),
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
    // where the piece begins, and where the next match is looked for
    let (mut at, mut from) = (0, 0);
    while let Some(found) = regex.search(&Input::new(text).range(from..)).filter(|found| !found.is_empty()) {
        from = match (step, found.pattern() == PatternID::ZERO) {
            (Cut::Pattern(_), false) => before_last_space(text, found.start(), found.end()),
            _ => found.end(),
        };
        let piece = &text[found.start()..from];
        match (step, found.pattern() == PatternID::ZERO) {
            (Cut::Threes(_), true) => continue,
            _ => cut(rest, &text[at..found.start()], word),
        }
        match step {
            Cut::Pattern(_) => cut(rest, piece, word),
            Cut::Threes(_) => threes(piece, |three| cut(rest, three, word)),
        }
        at = from;
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
    let ends =
        digits.char_indices().enumerate().filter(|(i, _)| *i > 0 && (n - i).is_multiple_of(3)).map(|(_, (at, _))| at);
    let mut start = 0;
    for end in ends.chain([digits.len()]) {
        piece(&digits[start..end]);
        start = end;
    }
}
