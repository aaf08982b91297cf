//! Token texts in one piece of memory, and the way from a text to its id.
use crate::Error;
use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};
use std::hash::BuildHasher;

/// What a token is, as `tokenizer.ggml.token_type` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Made by plain text.
    Plain,
    /// Made by its own text alone, before the text around it is split.
    UserDefined,
    /// Made by a template alone, never by a user's text; so is the token of the unknown.
    Control,
    /// Stands for one byte.
    Byte,
}

impl Kind {
    pub(super) fn from_id(id: i32) -> Self {
        match id {
            2 | 3 => Self::Control,
            4 => Self::UserDefined,
            6 => Self::Byte,
            _ => Self::Plain,
        }
    }
}

/// Texts end to end, by token id.
#[derive(Default)]
pub(super) struct Texts {
    arena: Vec<u8>,
    ends: Vec<u32>,
}

impl Texts {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.arena.extend_from_slice(bytes);
        self.end();
    }

    /// Bytes of the text that the next [`Self::end`] ends.
    pub(super) fn extend(&mut self, bytes: impl IntoIterator<Item = u8>) {
        self.arena.extend(bytes);
    }

    pub(super) fn end(&mut self) {
        self.ends.push(self.arena.len() as u32);
    }

    /// The text of token `id`, empty beyond the last.
    pub(super) fn get(&self, id: u32) -> &[u8] {
        let i = id as usize;
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).copied().unwrap_or(0) as usize };
        self.ends.get(i).map_or(&[], |end| &self.arena[start..*end as usize])
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Token texts as the file has them, their kinds, and ids by text.
pub(super) struct Vocab {
    pub(super) texts: Texts,
    kinds: Vec<Kind>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Vocab {
    /// An empty text is a hole in the vocabulary: nothing makes it.
    pub(super) fn new(tokens: &[&str], kinds: Vec<Kind>) -> Result<Self, Error> {
        let n_bytes: usize = tokens.iter().map(|t| t.len()).sum();
        if u32::try_from(n_bytes.max(tokens.len())).is_err() {
            return Err(Error::format(format!("metadata `tokenizer.ggml.tokens`: {n_bytes} bytes are too many")));
        }
        let mut texts = Texts { arena: Vec::with_capacity(n_bytes), ends: Vec::with_capacity(tokens.len()) };
        let mut ids = HashTable::with_capacity(tokens.len());
        let hasher = DefaultHashBuilder::default();
        for (id, token) in (0u32..).zip(tokens) {
            texts.push(token.as_bytes());
            if token.is_empty() {
                continue;
            }
            let same = |other: &u32| texts.get(*other) == token.as_bytes();
            let rehash = |id: &u32| hasher.hash_one(texts.get(*id));
            match ids.entry(hasher.hash_one(token.as_bytes()), same, rehash) {
                Entry::Vacant(place) => place.insert(id),
                Entry::Occupied(first) => {
                    let first = first.get();
                    let what = format!("`{token}` is token {first} and token {id}, each text once expected");
                    return Err(Error::format(format!("metadata `tokenizer.ggml.tokens`: {what}")));
                }
            };
        }
        Ok(Self { texts, kinds, ids, hasher })
    }

    /// The token whose text this is.
    pub(super) fn id(&self, text: &[u8]) -> Option<u32> {
        self.ids.find(self.hasher.hash_one(text), |id| self.texts.get(*id) == text).copied()
    }

    /// The token whose text this is, if plain text may make it.
    pub(super) fn plain(&self, text: &[u8]) -> Option<u32> {
        self.id(text).filter(|id| self.is_plain(*id))
    }

    pub(super) fn is_plain(&self, id: u32) -> bool {
        matches!(self.kind(id), Kind::Plain | Kind::UserDefined)
    }

    pub(super) fn kind(&self, id: u32) -> Kind {
        self.kinds.get(id as usize).copied().unwrap_or(Kind::Plain)
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The tokens `<0x00>` to `<0xFF>`.
    pub(super) fn byte_tokens(&self) -> Vec<Option<u32>> {
        (0..=255u8).map(|byte| self.id(format!("<0x{byte:02X}>").as_bytes())).collect()
    }
}

/// The byte that `<0x0A>` stands for.
pub(super) fn byte_of(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 2)
}
