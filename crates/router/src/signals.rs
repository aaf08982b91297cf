//! What the router knows of a request and of its answer: facts as numbers and hashes, few enough for the ledger.
#[cfg(test)]
mod plain;
mod tokens;

pub use tokens::{N_LIKELIEST, Token, Tokens};

use crate::{
    checks::{Checks, Given, READ, has, number, texts, wanted},
    words::{Words, different, hash, head},
};
use chat::{ChatRequest, Finish, Role};
use serde::{Deserialize, Serialize};

/// Different words that are kept of a prompt, and of an answer.
const WORDS: usize = 256;

/// The number of this form of signals, and of what is learned from them: what was learned in another is worth nothing.
pub const FORMAT: u32 = 2;

/// What is known when an answer is to be sent or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// Of the request.
    pub prompt: Prompt,
    /// Of the small model's answer; nothing before it began.
    pub answer: Option<Answer>,
}

/// What is known of a request alone. Its words are those of the last message that is not the assistant's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prompt {
    /// The client's tag, hashed.
    pub(crate) tag: Option<u32>,
    /// Different words, hashed, in ascending order.
    pub(crate) words: Vec<u32>,
    /// Bytes of the text.
    pub(crate) bytes: u32,
    /// Its lines.
    pub(crate) lines: u32,
    /// Its numbers.
    pub(crate) numbers: u32,
    /// Question marks.
    pub(crate) questions: u32,
    /// Capital letters per thousand characters.
    pub(crate) capitals: u16,
    /// Digits per thousand characters.
    pub(crate) digits: u16,
    /// Characters per thousand that are neither letters, digits nor spaces.
    pub(crate) signs: u16,
    /// Characters per thousand that are not ASCII.
    pub(crate) foreign: u16,
    /// Mean length of words, in hundredths of a byte.
    pub(crate) word_bytes: u16,
    /// Words per hundred that are among the most frequent ones of English.
    pub(crate) english: u16,
    /// Whether it asks for what is not so.
    pub(crate) negated: bool,
    /// Whether there is a gap to fill.
    pub(crate) gap: bool,
    /// Signs of formulas.
    pub(crate) formulas: u32,
    /// Lines that look like code.
    pub(crate) code: u32,
    /// Lettered options to choose from.
    pub(crate) options: u16,
    /// Bytes of an option, on average.
    pub(crate) option_bytes: u16,
    /// Messages of the conversation.
    pub(crate) messages: u32,
    /// Bytes of all messages.
    pub(crate) conversation: u32,
    /// Tools that may be called.
    pub(crate) tools: u32,
    /// Whether JSON is asked for.
    pub(crate) form: bool,
    /// Parts that are no text.
    pub(crate) images: u32,
    /// The most tokens that the answer may have.
    pub(crate) max_tokens: Option<u32>,
}

/// What is known of an answer, whole or under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// How sure the model was of its tokens.
    pub(crate) tokens: Tokens,
    /// Of the text; nothing where only the first tokens are looked at.
    pub(crate) text: Option<Text>,
}

/// What is known of an answer's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Text {
    /// Different words, hashed, in ascending order.
    pub(crate) words: Vec<u32>,
    /// Bytes of the text.
    pub(crate) bytes: u32,
    /// Lines that are not empty.
    pub(crate) lines: u32,
    /// Words of the text, the same one as often as it stands there.
    pub(crate) n_words: u32,
    /// Words that stand in the prompt, too, per hundred different ones.
    pub(crate) echoed: u16,
    /// Why it ended.
    pub(crate) finish: Option<Finish>,
    /// What could be checked.
    pub(crate) checks: Checks,
}

impl Prompt {
    /// Reads `request`, which the client gave `tag`.
    pub fn read(request: &ChatRequest, tag: Option<&str>) -> Self {
        let text = question(request);
        let words = different(Words(&text).map(hash), WORDS);
        let mut prompt = Self { tag: tag.map(hash), words, bytes: count(text.len()), ..Self::default() };
        prompt.read_request(request);
        prompt.read_signs(&text);
        prompt.read_words(&text);
        prompt.read_lines(&text);
        prompt
    }

    fn read_request(&mut self, request: &ChatRequest) {
        let contents = || request.messages.iter().map(|m| &m.content);
        self.messages = count(request.messages.len());
        self.conversation = count(contents().flat_map(texts).map(str::len).sum());
        let parts = contents().map(|c| if let chat::Content::Parts(parts) = c { parts.as_slice() } else { &[] });
        self.images = count(parts.flatten().filter(|p| p.text.is_none()).count());
        self.tools = count(request.tools.as_ref().map_or(0, Vec::len) + request.functions.as_ref().map_or(0, Vec::len));
        self.form = wanted(&request.options.guided).is_some();
        self.max_tokens = request.options.max_completion_tokens.or(request.options.max_tokens).map(count);
    }

    fn read_signs(&mut self, text: &str) {
        let (mut signs, mut often) = (Signs::default(), [0; 128]);
        for c in text.chars() {
            match often.get_mut(c as usize) {
                Some(n) => *n += 1,
                None => signs.add(c, 1),
            }
        }
        (0..).map(char::from).zip(often).for_each(|(c, n)| signs.add(c, n));
        let share = |n: usize| (1000 * n).checked_div(signs.all).unwrap_or(0) as u16;
        (self.capitals, self.digits, self.signs, self.foreign) =
            (share(signs.capitals), share(signs.digits), share(signs.signs), share(signs.foreign));
        (self.questions, self.formulas) = (count(signs.questions), count(signs.formulas));
        self.numbers = count(number::all(text).count());
        self.gap = has(text, "__");
    }

    fn read_words(&mut self, text: &str) {
        const FREQUENT: [&str; 14] =
            ["the", "of", "and", "to", "in", "is", "that", "for", "it", "was", "with", "are", "which", "what"];
        const NEGATIONS: [&str; 8] = ["not", "except", "least", "never", "false", "incorrect", "cannot", "without"];
        let (mut all, mut bytes, mut english) = (0, 0, 0);
        for word in Words(text).filter(|w| w.starts_with(char::is_alphabetic)) {
            all += 1;
            bytes += word.len();
            english += usize::from(FREQUENT.iter().any(|f| f.eq_ignore_ascii_case(word)));
            self.negated |= NEGATIONS.iter().any(|n| n.eq_ignore_ascii_case(word));
        }
        let mean = |n: usize| (100 * n).checked_div(all).unwrap_or(0).min(9999) as u16;
        (self.word_bytes, self.english) = (mean(bytes), mean(english));
    }

    fn read_lines(&mut self, text: &str) {
        let (mut options, mut bytes) = (0, 0);
        for line in text.lines() {
            self.lines += 1;
            let line = line.trim();
            if let Some(option) = option(line) {
                (options, bytes) = (options + 1, bytes + option.len());
            }
            let codes = ["```", "def ", "fn ", "import ", "#include", "class ", "return ", "SELECT "];
            let code = codes.iter().any(|c| line.starts_with(c)) || line.ends_with([';', '{', '}']);
            self.code += u32::from(code);
        }
        self.options = u16::try_from(options).unwrap_or(u16::MAX);
        self.option_bytes = bytes.checked_div(options).and_then(|b| u16::try_from(b).ok()).unwrap_or(0);
    }
}

/// Characters of a text, by what they are.
#[derive(Default)]
struct Signs {
    all: usize,
    capitals: usize,
    digits: usize,
    /// Neither letters, digits nor spaces.
    signs: usize,
    foreign: usize,
    questions: usize,
    formulas: usize,
}

impl Signs {
    /// `n` times `c`.
    fn add(&mut self, c: char, n: usize) {
        let n_if = |is: bool| if is { n } else { 0 };
        self.all += n;
        self.capitals += n_if(c.is_uppercase());
        self.digits += n_if(c.is_ascii_digit());
        self.signs += n_if(!c.is_alphanumeric() && !c.is_whitespace());
        self.foreign += n_if(!c.is_ascii());
        self.questions += n_if(matches!(c, '?' | '？' | '؟'));
        self.formulas += n_if(matches!(c, '=' | '+' | '^' | '*' | '<' | '>' | '|' | '√' | '∫' | '≤' | '≥' | '\\'));
    }
}

/// What an answer is held against: read of its request while the answer is still being written, so that little is left
/// to do when it ends.
pub struct Source {
    /// Different words of what was asked, hashed, in ascending order: more than are kept of it.
    words: Vec<u32>,
    given: Given,
}

impl Source {
    /// Reads `request`.
    pub fn read(request: &ChatRequest) -> Self {
        let words = different(Words(&question(request)).map(hash), 4 * WORDS);
        Self { words, given: Given::of(request, source(request)) }
    }
}

impl Answer {
    /// Reads `text` as an answer to `request`: whole if it ended for a reason, else what there is of it.
    pub fn read(request: &ChatRequest, text: &str, tokens: &[Token], finish: Option<Finish>) -> Self {
        Self::against(&Source::read(request), text, tokens, finish)
    }

    /// The same, of a request that is read already.
    pub fn against(source: &Source, text: &str, tokens: &[Token], finish: Option<Finish>) -> Self {
        let short = head(text, READ);
        let all: Vec<u32> = Words(short).map(hash).collect();
        let words = different(all.iter().copied(), WORDS);
        let echoed = words.iter().filter(|w| source.words.binary_search(w).is_ok()).count();
        let text = Text {
            bytes: count(text.len()),
            lines: count(short.lines().filter(|l| !l.trim().is_empty()).count()),
            n_words: count(all.len()),
            echoed: (100 * echoed).checked_div(words.len()).unwrap_or(0) as u16,
            finish,
            checks: Checks::read(&source.given, text, &all),
            words,
        };
        Self { tokens: Tokens::of(tokens), text: Some(text) }
    }

    /// One of which nothing but its first `tokens` is there.
    pub fn begun(tokens: &[Token]) -> Self {
        Self { tokens: Tokens::of(tokens), text: None }
    }

    /// How many of its tokens are known.
    pub fn n_tokens(&self) -> usize {
        self.tokens.len()
    }

    /// What was known after the first `n_tokens`, of which the text is not told apart: their values alone.
    #[must_use]
    pub fn cut(&self, n_tokens: usize) -> Self {
        Self { tokens: self.tokens.cut(n_tokens), text: None }
    }

    /// What was found when its text was checked.
    pub fn checks(&self) -> Option<&Checks> {
        self.text.as_ref().map(|t| &t.checks)
    }
}

/// The text behind `A.`, `b)` or `(C)`.
fn option(line: &str) -> Option<&str> {
    let bare = line.strip_prefix('(').unwrap_or(line);
    let letter = bare.chars().next().filter(char::is_ascii_alphabetic)?;
    bare[letter.len_utf8()..].strip_prefix(['.', ')']).and_then(|o| o.strip_prefix(' '))
}

/// The text of the last message that is neither the assistant's nor an instruction, cut to what is read.
fn question(request: &ChatRequest) -> String {
    let asks = |role| matches!(role, Role::User | Role::Tool);
    let last = request.messages.iter().rfind(|m| asks(m.role)).or(request.messages.last());
    last.map_or(String::new(), |m| join(texts(&m.content), READ))
}

/// The texts of all messages, the newest first, cut to what is read.
fn source(request: &ChatRequest) -> String {
    join(request.messages.iter().rev().flat_map(|m| texts(&m.content)), READ)
}

fn join<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> String {
    let mut joined = String::new();
    for text in texts {
        if joined.len() >= most {
            break;
        }
        if !joined.is_empty() {
            joined.push('\n');
        }
        joined.push_str(head(text, most.saturating_sub(joined.len())));
    }
    joined
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat::{Content, Message};

    fn asking(text: &str) -> ChatRequest {
        ChatRequest {
            messages: vec![Message::new(Role::User, Content::Text(text.to_owned()))],
            ..ChatRequest::default()
        }
    }

    #[test]
    fn facts_of_a_prompt_are_counted() {
        let prompt =
            Prompt::read(&asking("Which of these is NOT 2 + 2?\nA. four\n(B) 4.0\nc) five\nAnswer:"), Some("maths"));
        let facts = (prompt.lines, prompt.numbers, prompt.questions, prompt.options, prompt.negated, prompt.formulas);
        assert_eq!(facts, (5, 3, 1, 3, true, 1));
        assert_eq!((prompt.option_bytes, prompt.messages, prompt.gap, prompt.tag), (3, 1, false, Some(hash("maths"))));
    }

    #[test]
    fn the_last_question_is_read_and_the_conversation_counted() {
        let mut request = asking("first");
        request.messages.push(Message::new(Role::Assistant, Content::Text("an answer".to_owned())));
        request.messages.push(Message::new(
            Role::User,
            Content::Parts(vec![chat::Part::of_text("second"), chat::Part::of_image("data:,")]),
        ));
        request.messages.push(Message::new(Role::Assistant, Content::Nothing));
        let prompt = Prompt::read(&request, None);
        assert_eq!(prompt.words, [hash("second")]);
        assert_eq!((prompt.messages, prompt.conversation, prompt.images, prompt.bytes), (4, 20, 1, 6));
    }

    #[test]
    fn hostile_requests_are_read_in_bounds() {
        let token = Token { logprob: f32::NAN, margin: -1.0, entropy: f32::INFINITY };
        let odd = "\u{0}\u{202e}\u{feff}e\u{301}👩‍👩‍👧 =½= (((( \"“ ".repeat(50_000);
        let many: String = (0..200_000).map(|i| format!("w{i} {i} = {i}+{i} ")).collect();
        for text in [String::new(), odd, many, "x".repeat(3_000_000), "\n".repeat(1_000_000)] {
            let request = asking(&text);
            let answer = Answer::read(&request, &text, &vec![token; 100_000], None);
            let signals = Signals { prompt: Prompt::read(&request, Some(&text)), answer: Some(answer) };
            let json = serde_json::to_string(&signals).unwrap();
            assert!(json.len() < 10_000, "{}", json.len());
            assert_eq!(serde_json::from_str::<Signals>(&json).unwrap(), signals);
        }
        let nobody = ChatRequest::default();
        assert!(Prompt::read(&nobody, None).words.is_empty());
        assert!(Answer::read(&nobody, "", &[], None).checks().is_some());
    }

    #[test]
    fn a_cut_answer_has_its_first_tokens_alone() {
        let token = |i: usize| Token { logprob: -(i as f32), margin: 1.0, entropy: 0.5 };
        let tokens: Vec<Token> = (0..9).map(token).collect();
        let request = asking("hello");
        let whole = Answer::read(&request, "some text", &tokens, Some(Finish::Stop));
        assert_eq!(whole.cut(4), Answer::begun(&tokens[..4]));
        assert_eq!((whole.cut(4).checks(), whole.cut(99).tokens), (None, whole.tokens));
    }
}
