//! All tokens of a model as a tree of bytes, which grammars walk.
use crate::{Error, Kind, Tokenizer, tokenizer::Special};
use llguidance::{ParserFactory, api::ParserLimits};
use std::{fmt, sync::Arc};
use toktrie::{InferenceCapabilities, TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv};

/// Inside of JSON strings: most tokens are, so that their answers are known once for all grammars.
const SLICE: &str = r#"[^"\\\x00-\x1F\x7F]+"#;

/// A vocabulary ready for grammars. Made once for a model: it holds each token's bytes twice.
pub struct Vocabulary {
    factory: ParserFactory,
    tokens: TokEnv,
    /// Tokens that close what is open, the most closing first.
    closers: Vec<u32>,
    /// A letter, and what ends a string.
    in_text: Option<(u32, u32)>,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vocabulary")
    }
}

struct Env {
    trie: TokTrie,
    tokenizer: Option<Arc<Tokenizer>>,
}

impl TokenizerEnv for Env {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        match &self.tokenizer {
            Some(tokenizer) => {
                self.trie.tokenize_with_greedy_fallback(bytes, |text| tokenizer.encode(text, Special::AsText))
            }
            None => self.trie.greedy_tokenize(bytes),
        }
    }

    /// Where every text begins with a space that was never meant, forced text would too.
    fn tokenize_is_canonical(&self) -> bool {
        self.tokenizer.as_ref().is_some_and(|tokenizer| !tokenizer.prefixes_space())
    }
}

impl Vocabulary {
    /// The vocabulary of `tokenizer`.
    ///
    /// # Errors
    /// Unsupported for a vocabulary without a token that ends answers.
    pub fn new(tokenizer: &Arc<Tokenizer>) -> Result<Self, Error> {
        let n_vocab = tokenizer.n_vocab() as u32;
        let ends: Vec<u32> = (0..n_vocab).filter(|id| tokenizer.is_end(*id)).collect();
        let words: Vec<Vec<u8>> = (0..n_vocab)
            .map(|id| {
                if tokenizer.is_control(id) || tokenizer.is_end(id) { Vec::new() } else { tokenizer.bytes(id).to_vec() }
            })
            .collect();
        Self::build(&words, &ends, Some(tokenizer.clone()))
    }

    /// One token for each byte, and token 256 as the end: for texts that no model writes.
    ///
    /// # Errors
    /// Internal, a defect.
    pub fn bytes() -> Result<Self, Error> {
        let words: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).chain([Vec::new()]).collect();
        Self::build(&words, &[256], None)
    }

    fn build(words: &[Vec<u8>], ends: &[u32], tokenizer: Option<Arc<Tokenizer>>) -> Result<Self, Error> {
        let Some(first_end) = ends.first() else {
            return Err(Error::new(
                Kind::Unsupported,
                "the vocabulary has no token that ends an answer, so grammars cannot end",
            ));
        };
        let info = TokRxInfo::new(words.len() as u32, *first_end);
        let trie = TokTrie::from(&info, words).with_eos_tokens(ends);
        let texts = ["}", "]", "\"", "0", "1", ",", "n", "t", "f", "[", "{", ":"];
        let closers = texts.iter().filter_map(|text| trie.token_id(text.as_bytes())).collect();
        let in_text = trie.token_id(b"a").zip(trie.token_id(b"\""));
        let tokens: TokEnv = Arc::new(Env { trie, tokenizer });
        let fault = |e| Error::new(Kind::Internal, format!("the vocabulary is not read: {e}"));
        let mut factory = ParserFactory::new(
            &tokens,
            InferenceCapabilities { ff_tokens: false, ..InferenceCapabilities::default() },
            &[SLICE.to_owned()],
        )
        .map_err(fault)?;
        factory.quiet();
        *factory.limits_mut() =
            ParserLimits { verbose_errors: false, max_grammar_size: 200_000, ..ParserLimits::default() };
        Ok(Self { factory, tokens, closers, in_text })
    }

    pub(super) fn factory(&self) -> &ParserFactory {
        &self.factory
    }

    pub(super) fn in_text(&self) -> Option<(&u32, &u32)> {
        self.in_text.as_ref().map(|(letter, quote)| (letter, quote))
    }

    pub(super) fn closers(&self) -> &[u32] {
        &self.closers
    }

    /// The longest token that `bytes` begin with.
    pub(super) fn longest(&self, bytes: &[u8]) -> Option<u32> {
        (!bytes.is_empty())
            .then(|| self.tokens.tok_trie().prefix_token_id(bytes))
            .filter(|(_, n)| *n > 0)
            .map(|(id, _)| id)
    }

    pub(super) fn is_end(&self, id: u32) -> bool {
        self.tokens.tok_trie().eos_tokens().contains(&id)
    }

    /// Tokens of `bytes`, the longest first.
    pub(super) fn greedy(&self, bytes: &[u8]) -> Vec<u32> {
        self.tokens.tok_trie().greedy_tokenize(bytes)
    }

    pub(super) fn bytes_of(&self, id: u32) -> &[u8] {
        self.tokens.tok_trie().token(id)
    }
}
