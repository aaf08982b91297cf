//! Text to token ids and back, from the vocabulary inside a GGUF file.
mod bpe;
mod spm;

use crate::{Error, gguf::Gguf};
use bpe::Bpe;
use hashbrown::HashMap;
use spm::Spm;
use std::borrow::Cow;

/// Marks text that came from a user; a noncharacter, so that no real text means it.
const GUARD: char = '\u{FDD0}';
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const BYTE: i32 = 6;
/// Control tokens that end an answer in the current families.
const ENDS: [&str; 6] = ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>", "<|end|>", "<|eom_id|>"];

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
    bytes: Pieces,
    /// Control and user-defined tokens, longest first.
    specials: Vec<(String, u32, bool)>,
    bos: Option<u32>,
    eos: Option<u32>,
    add_bos: bool,
    ends: Vec<u32>,
}

enum Split {
    Bpe(Bpe),
    Spm(Spm),
}

/// All tokens' bytes, end to end.
#[derive(Default)]
struct Pieces {
    arena: Vec<u8>,
    ends: Vec<u32>,
}

impl Pieces {
    fn push(&mut self, bytes: impl IntoIterator<Item = u8>) {
        self.arena.extend(bytes);
        self.ends.push(self.arena.len() as u32);
    }

    fn get(&self, id: u32) -> &[u8] {
        let i = id as usize;
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).copied().unwrap_or(0) as usize };
        self.ends.get(i).map_or(&[], |end| &self.arena[start..*end as usize])
    }
}

/// Token texts as the file has them, and ids by text.
pub(super) struct Vocab {
    texts: Pieces,
    ids: hashbrown::HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
}

impl Vocab {
    fn new(tokens: &[&str]) -> Self {
        let mut vocab = Self {
            texts: Pieces::default(),
            ids: hashbrown::HashTable::with_capacity(tokens.len()),
            hasher: hashbrown::DefaultHashBuilder::default(),
        };
        for (id, token) in (0..).zip(tokens) {
            vocab.texts.push(token.bytes());
            let hash = vocab.hash(token.as_bytes());
            let (texts, hasher) = (&vocab.texts, &vocab.hasher);
            let rehash = |id: &u32| std::hash::BuildHasher::hash_one(hasher, texts.get(*id));
            vocab.ids.insert_unique(hash, id, rehash);
        }
        vocab
    }

    fn hash(&self, text: &[u8]) -> u64 {
        std::hash::BuildHasher::hash_one(&self.hasher, text)
    }

    /// The token whose text this is.
    fn id(&self, text: &[u8]) -> Option<u32> {
        self.ids.find(self.hash(text), |id| self.texts.get(*id) == text).copied()
    }
}

impl Tokenizer {
    /// Reads the tokenizer of `file`.
    ///
    /// # Errors
    /// Unsupported for an unknown model or pre-tokenizer (by name), Format for a broken vocabulary.
    pub fn from_gguf(file: &Gguf) -> Result<Self, Error> {
        let tokens = file.strings("tokenizer.ggml.tokens")?;
        let kinds = file.ints("tokenizer.ggml.token_type").unwrap_or_default();
        if tokens.is_empty() || (!kinds.is_empty() && kinds.len() != tokens.len()) {
            return Err(Error::format(format!(
                "metadata `tokenizer.ggml.token_type`: one for each of {} tokens expected, {} found",
                tokens.len(),
                kinds.len()
            )));
        }
        let kind = |id: usize| kinds.get(id).copied().unwrap_or(1);
        let vocab = Vocab::new(&tokens);
        let (split, bytes) = match file.str("tokenizer.ggml.model")? {
            "gpt2" => (Split::Bpe(Bpe::read(file, &vocab)?), bpe::pieces(&tokens, kind)),
            "llama" => (Split::Spm(Spm::read(file, &vocab, tokens.len())?), spm::pieces(&tokens, kind)),
            other => return Err(Error::unsupported(format!("tokenizer `{other}`; gpt2 and llama are run"))),
        };
        let special = |(id, text): (usize, &&str)| {
            let control = kind(id) == CONTROL;
            (!text.is_empty() && (control || kind(id) == USER_DEFINED))
                .then(|| ((*text).to_owned(), id as u32, control))
        };
        let mut specials: Vec<_> = tokens.iter().enumerate().filter_map(special).collect();
        specials.sort_by_key(|(text, ..)| std::cmp::Reverse(text.len()));
        let named = |name: &str| match file.u64(&format!("tokenizer.ggml.{name}_token_id")) {
            Ok(id) if id < tokens.len() as u64 => Some(id as u32),
            _ => None,
        };
        let (bos, eos) = (named("bos"), named("eos"));
        let well_known = specials.iter().filter(|(text, _, control)| *control && ENDS.contains(&text.as_str()));
        let mut ends: Vec<u32> = well_known.map(|s| s.1).collect();
        ends.extend([eos, named("eot"), named("eom")].into_iter().flatten());
        let add_bos = file.bool("tokenizer.ggml.add_bos_token").unwrap_or(matches!(split, Split::Spm(_)));
        Ok(Self { vocab, split, bytes, specials, bos, eos, add_bos: add_bos && bos.is_some(), ends })
    }

    /// Token ids of `text`; no BOS is added. User-defined tokens are found either way, control tokens when parsed.
    pub fn encode(&self, text: &str, special: Special) -> Vec<u32> {
        let mut ids = Vec::new();
        self.encode_into(text, special == Special::Parse, &mut ids, Cow::Borrowed);
        ids
    }

    /// Token ids of a rendered template whose user strings went through [`Self::guard`]: what stands in the template is
    /// parsed for special tokens, what the user wrote stays text. Adds BOS when the model wants it and it is not there.
    pub fn encode_prompt(&self, rendered: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        self.encode_into(rendered, true, &mut ids, unguard);
        if self.add_bos && ids.first().copied() != self.bos {
            ids.splice(0..0, self.bos);
        }
        ids
    }

    fn encode_into<'a>(
        &self,
        text: &'a str,
        parse_control: bool,
        ids: &mut Vec<u32>,
        clean: impl Fn(&'a str) -> Cow<'a, str>,
    ) {
        let (mut start, mut at) = (0, 0);
        while at < text.len() {
            match self.special_at(&text[at..], parse_control) {
                Some((len, id)) => {
                    self.split_into(&clean(&text[start..at]), start == 0, ids);
                    ids.push(id);
                    at += len;
                    start = at;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        self.split_into(&clean(&text[start..]), start == 0, ids);
    }

    fn special_at(&self, rest: &str, parse_control: bool) -> Option<(usize, u32)> {
        let mut usable = self.specials.iter().filter(|s| parse_control || !s.2);
        usable.find(|s| rest.starts_with(&s.0)).map(|s| (s.0.len(), s.1))
    }

    fn split_into(&self, text: &str, is_first: bool, ids: &mut Vec<u32>) {
        match &self.split {
            Split::Bpe(bpe) => bpe.encode(text, &self.vocab, ids),
            Split::Spm(spm) => spm.encode(text, is_first, &self.vocab, ids),
        }
    }

    /// `text` so marked that no control token in it is parsed by [`Self::encode_prompt`].
    pub fn guard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut out = String::new();
        let mut at = 0;
        let mut copied = 0;
        while let Some(c) = text[at..].chars().next() {
            let end = at + c.len_utf8();
            if c == GUARD || self.special_at(&text[at..], true).is_some() {
                out.push_str(&text[copied..end]);
                out.push(GUARD);
                copied = end;
            }
            at = end;
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[copied..]);
        Cow::Owned(out)
    }

    /// The bytes that token `id` stands for in an answer; empty for control tokens and for ids outside the vocabulary.
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id)
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
        self.bytes.ends.len()
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
}

/// Takes the guards out: one after each guarded character, and of each pair the second.
fn unguard(text: &str) -> Cow<'_, str> {
    if !text.contains(GUARD) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != GUARD {
            out.push(c);
        } else if chars.next_if_eq(&GUARD).is_some() {
            out.push(GUARD);
        }
    }
    Cow::Owned(out)
}

/// Pairs that may merge, by the ids of their halves: (order, merged id).
type Merges = HashMap<(u32, u32), (u32, u32)>;

/// A doubly linked list of pieces of one word, for merging in any order.
struct Link {
    id: u32,
    prev: usize,
    next: usize,
}

/// Merges neighbours, best order first and leftmost first among equals, until none can; `order` ranks a pair.
fn merge<O: Ord + Copy>(ids: &mut Vec<u32>, order: impl Fn(u32, u32) -> Option<(O, u32)>) {
    const GONE: u32 = u32::MAX;
    let n = ids.len();
    let mut links: Vec<_> =
        ids.iter().enumerate().map(|(i, id)| Link { id: *id, prev: i.wrapping_sub(1), next: i + 1 }).collect();
    let mut heap = std::collections::BinaryHeap::new();
    let pair = |links: &[Link], a: usize| {
        let b = links.get(a)?.next;
        let (left, right) = (links[a].id, links.get(b)?.id);
        order(left, right).map(|(rank, id)| std::cmp::Reverse((rank, a, left, right, id)))
    };
    heap.extend((0..n).filter_map(|a| pair(&links, a)));
    while let Some(std::cmp::Reverse((_, a, left, right, id))) = heap.pop() {
        let b = links[a].next;
        // a neighbour changed since this pair was seen
        if links[a].id != left || b >= n || links[b].id != right {
            continue;
        }
        links[a].id = id;
        links[b].id = GONE;
        let next = links[b].next;
        links[a].next = next;
        if next < n {
            links[next].prev = a;
        }
        let prev = links[a].prev;
        heap.extend(pair(&links, prev));
        heap.extend(pair(&links, a));
    }
    ids.clear();
    ids.extend(links.iter().map(|l| l.id).filter(|id| *id != GONE));
}
