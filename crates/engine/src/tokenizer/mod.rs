//! Text to token ids and back, from the vocabulary inside a GGUF file.
mod bpe;
mod merge;
mod pre;
mod special;
mod spm;
mod vocab;

use crate::{Error, gguf::Gguf};
use bpe::Bpe;
pub(crate) use special::GUARD;
use special::{Specials, unguard};
use spm::Spm;
use std::borrow::Cow;
use vocab::{Kind, Texts, Vocab};

/// Control tokens that end an answer in the current families, also where a file calls them plain.
const ENDS: [&str; 11] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<end_of_utterance>",
    "<｜end▁of▁sentence｜>",
];

/// How text that looks like a special token is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// As the special token.
    Parse,
    /// As plain text.
    AsText,
}

/// A vocabulary and its way to split text.
pub struct Tokenizer {
    vocab: Vocab,
    split: Split,
    /// What each token adds to an answer.
    bytes: Texts,
    specials: Specials,
    bos: Option<u32>,
    eos: Option<u32>,
    add_bos: bool,
    ends: Vec<u32>,
    /// Special tokens that swallow the white space behind them.
    swallow: Vec<u32>,
}

enum Split {
    Bpe(Bpe),
    Spm(Spm),
}

impl Tokenizer {
    /// Reads the tokenizer of `file`.
    ///
    /// # Errors
    /// Unsupported for an unknown model or pre-tokenizer (by name), Format for a broken vocabulary.
    pub fn from_gguf(file: &Gguf) -> Result<Self, Error> {
        let tokens = file.strings("tokenizer.ggml.tokens")?;
        let (bos, eos) = (token_id(file, "bos", tokens.len())?, token_id(file, "eos", tokens.len())?);
        let turn_ends = [token_id(file, "eot", tokens.len())?, token_id(file, "eom", tokens.len())?];
        let own = [bos, eos, turn_ends[0], turn_ends[1]];
        let vocab = Vocab::new(&tokens, kinds(file, &tokens, &own)?)?;
        let (split, bytes) = match file.str("tokenizer.ggml.model")? {
            "gpt2" => (Split::Bpe(Bpe::read(file, &vocab)?), bpe::pieces(&tokens, &vocab)),
            "llama" => (Split::Spm(Spm::read(file, &vocab)?), spm::pieces(&tokens, &vocab)),
            "gemma4" => (Split::Bpe(Bpe::read_chars(file, &vocab)?), spm::pieces(&tokens, &vocab)),
            other => return Err(Error::unsupported(format!("tokenizer `{other}`; gpt2, llama and gemma4 are run"))),
        };
        let specials = Specials::new(&vocab)?;
        let add_bos = match (file.get("tokenizer.ggml.add_bos_token"), &split) {
            (Some(_), _) => file.bool("tokenizer.ggml.add_bos_token")?,
            (None, Split::Bpe(bpe)) => bpe.adds_bos(),
            (None, Split::Spm(_)) => true,
        };
        let ends = ends(&vocab, [eos, turn_ends[0], turn_ends[1]]);
        let swallow = if is_phi3(file) { swallowing(&vocab) } else { Vec::new() };
        Ok(Self { vocab, split, bytes, specials, bos, eos, add_bos: add_bos && bos.is_some(), ends, swallow })
    }

    /// Token ids of `text`; no BOS is added. User-defined tokens are found either way, control tokens when parsed.
    pub fn encode(&self, text: &str, special: Special) -> Vec<u32> {
        self.encode_guarded(text, special == Special::Parse, &[])
    }

    /// Token ids of a rendered template whose user strings went through [`Self::guard`]: what stands in the template is
    /// parsed for special tokens, what the user wrote stays text. Adds BOS when the model wants it and it is not there.
    pub fn encode_prompt(&self, rendered: &str) -> Vec<u32> {
        let (text, guards) = unguard(rendered);
        let mut ids = self.encode_guarded(&text, true, &guards);
        if self.add_bos && ids.first().copied() != self.bos {
            ids.splice(0..0, self.bos);
        }
        ids
    }

    fn encode_guarded(&self, text: &str, parse_control: bool, guards: &[usize]) -> Vec<u32> {
        let (mut ids, mut at, mut after_special) = (Vec::new(), 0, true);
        while let Some(found) = self.specials.next(text, at, parse_control, guards) {
            self.split_into(&text[at..found.start], after_special, &mut ids);
            ids.push(found.id);
            (at, after_special) = (found.end, true);
            if self.swallow.binary_search(&found.id).is_ok() {
                at = text.len() - text[at..].trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b').len();
            }
        }
        self.split_into(&text[at..], after_special, &mut ids);
        ids
    }

    fn split_into(&self, text: &str, after_special: bool, ids: &mut Vec<u32>) {
        match &self.split {
            Split::Bpe(bpe) => bpe.encode(text, &self.vocab, ids),
            Split::Spm(spm) => spm.encode(text, after_special, &self.vocab, ids),
        }
    }

    /// `text` so marked that no control token in it is parsed by [`Self::encode_prompt`].
    pub fn guard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.specials.guard(text)
    }

    /// The bytes that token `id` stands for in an answer; empty for control tokens and for ids outside the vocabulary.
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id)
    }

    /// The bytes that token `id` adds to an answer behind token `previous`: some models begin what follows a special
    /// token with a space that was never meant.
    pub fn bytes_after(&self, previous: Option<u32>, id: u32) -> &[u8] {
        let bytes = self.bytes(id);
        let prefixed = matches!(&self.split, Split::Spm(spm) if spm.add_space_prefix);
        let after_special = previous.is_none_or(|id| matches!(self.vocab.kind(id), Kind::Control | Kind::UserDefined));
        if prefixed && after_special && self.vocab.kind(id) == Kind::Plain {
            return bytes.strip_prefix(b" ").unwrap_or(bytes);
        }
        bytes
    }

    /// Whether a space that was never meant stands before every text that is encoded.
    pub(crate) fn prefixes_space(&self) -> bool {
        matches!(&self.split, Split::Spm(spm) if spm.add_space_prefix)
    }

    /// The token's own text, control tokens included (`<|im_end|>`); for logprobs and messages.
    pub fn text(&self, id: u32) -> String {
        let bytes = match self.bytes(id) {
            [] => self.vocab.texts.get(id),
            bytes => bytes,
        };
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// Size of the vocabulary.
    pub fn n_vocab(&self) -> usize {
        self.vocab.len()
    }

    /// The token that begins a text.
    pub fn bos(&self) -> Option<u32> {
        self.bos
    }

    /// The token that ends a text.
    pub fn eos(&self) -> Option<u32> {
        self.eos
    }

    /// Whether the model wants BOS before every text.
    pub fn add_bos(&self) -> bool {
        self.add_bos
    }

    /// Whether `id` ends an answer (EOS, end of turn, ...).
    pub fn is_end(&self, id: u32) -> bool {
        self.ends.contains(&id)
    }

    /// Whether `id` is a control token, which no user's text makes.
    pub fn is_control(&self, id: u32) -> bool {
        self.vocab.kind(id) == Kind::Control
    }
}

/// The token that `tokenizer.ggml.{name}_token_id` names, if there is one (some converters write -1 for none).
fn token_id(file: &Gguf, name: &str, n_vocab: usize) -> Result<Option<u32>, Error> {
    let key = format!("tokenizer.ggml.{name}_token_id");
    let Some(value) = file.get(&key) else { return Ok(None) };
    let none = [crate::gguf::Value::I64(-1), crate::gguf::Value::U64(u64::from(u32::MAX))];
    if none.contains(value) {
        return Ok(None);
    }
    match file.u64(&key)? {
        id if id < n_vocab as u64 => Ok(Some(id as u32)),
        id => Err(Error::format(format!("metadata `{key}`: a token below {n_vocab} expected, {id} found"))),
    }
}

/// The kind of each token. The tokens in `own` and those that end an answer are control tokens, whatever the file says:
/// were they plain, a user's text could end a turn.
fn kinds(file: &Gguf, tokens: &[&str], own: &[Option<u32>]) -> Result<Vec<Kind>, Error> {
    let kinds = match file.get("tokenizer.ggml.token_type") {
        Some(_) => file.ints("tokenizer.ggml.token_type")?,
        None => vec![1; tokens.len()],
    };
    if tokens.is_empty() || kinds.len() != tokens.len() {
        return Err(Error::format(format!(
            "metadata `tokenizer.ggml.token_type`: one for each of {} tokens expected, {} found",
            tokens.len(),
            kinds.len()
        )));
    }
    let mut kinds: Vec<_> = kinds.into_iter().map(Kind::from_id).collect();
    for (kind, token) in kinds.iter_mut().zip(tokens) {
        if ENDS.contains(token) {
            *kind = Kind::Control;
        }
    }
    for id in own.iter().flatten() {
        kinds[*id as usize] = Kind::Control;
    }
    Ok(kinds)
}

/// Tokens that end an answer: those that the file names and those that are well known.
fn ends(vocab: &Vocab, named: [Option<u32>; 3]) -> Vec<u32> {
    let known = |text: &str| vocab.id(text.as_bytes());
    // where messages end with `<|end|>`, answers go on to `<|return|>` or `<|call|>`
    let has_channels = known("<|return|>").is_some() && known("<|call|>").is_some();
    let well_known = ENDS.iter().filter(|text| !(has_channels && **text == "<|end|>"));
    well_known.filter_map(|text| known(text)).chain(named.into_iter().flatten()).collect()
}

/// Phi-3's special tokens swallow white space; its GGUF files do not say so, their name does.
fn is_phi3(file: &Gguf) -> bool {
    let name = file.str("general.name").unwrap_or("").to_lowercase();
    name.contains("phi-3") || name.contains("phi3")
}

fn swallowing(vocab: &Vocab) -> Vec<u32> {
    let spared = |id: &u32| ["<unk>", "<s>", "<|endoftext|>"].map(str::as_bytes).contains(&vocab.texts.get(*id));
    let special = |id: &u32| matches!(vocab.kind(*id), Kind::Control | Kind::UserDefined);
    (0..vocab.len() as u32).filter(|id| special(id) && !spared(id)).collect()
}
