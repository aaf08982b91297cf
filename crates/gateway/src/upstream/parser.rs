//! Bytes of an upstream's answer, cut anywhere, into deltas; without any input or output of its own.
use super::{
    draft::Draft,
    failure::Fault,
    question::{Expected, Protocol},
};
use crate::events::Events;
use chat::Delta;
use serde_json::Value;

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Parser {
    protocol: Protocol,
    expected: Expected,
    form: Form,
    draft: Draft,
    /// Whether anything that could be an answer has come.
    heard: bool,
    n_bytes: usize,
    /// Most bytes.
    most: usize,
    is_complete: bool,
}

/// In what form the answer comes.
#[derive(Debug)]
enum Form {
    /// Nothing but white space has come.
    Unknown,
    /// As server-sent events.
    Events(Events),
    /// In one piece, though a stream was asked for.
    Whole(Vec<u8>),
}

impl Parser {
    pub(super) fn new(protocol: Protocol, expected: Expected, most: usize) -> Self {
        let (form, draft) = (Form::Unknown, Draft::default());
        Self { protocol, expected, form, draft, heard: false, n_bytes: 0, most, is_complete: false }
    }

    /// Takes the next bytes; says whether they completed an event.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> Result<bool, Fault> {
        if self.is_complete {
            return Ok(false); // whatever follows the end
        }
        self.n_bytes += bytes.len();
        if self.n_bytes > self.most {
            return Err(Fault::broken(format!(
                "an answer of at most {} bytes expected, a longer one found",
                self.most
            )));
        }
        if let Form::Unknown = self.form {
            bytes = bytes.trim_ascii_start();
            match bytes.first() {
                None => return Ok(false),
                // no field of an event begins so
                Some(b'{' | b'[') => self.form = Form::Whole(Vec::new()),
                Some(_) => self.form = Form::Events(Events::default()),
            }
        }
        match &mut self.form {
            Form::Events(events) => {
                let mut found = Vec::new();
                let read = events.push(bytes, &mut found);
                self.events(&found)?;
                match read {
                    Err(fault) if !self.is_complete => Err(Fault::Broken(fault)),
                    _ => Ok(!found.is_empty()),
                }
            }
            Form::Whole(whole) => {
                whole.extend_from_slice(bytes);
                Ok(true)
            }
            Form::Unknown => Ok(false),
        }
    }

    fn events(&mut self, found: &[String]) -> Result<(), Fault> {
        for data in found.iter().map(|data| data.trim()).filter(|data| !data.is_empty()) {
            if self.is_complete {
                return Ok(());
            }
            self.heard = true;
            if data == "[DONE]" {
                self.complete();
                continue;
            }
            let event =
                json(data).map_err(|e| Fault::broken(format!("an event in JSON expected: {e}; check its url")))?;
            if self.protocol.event(&event, &mut self.draft)? {
                self.complete();
            }
        }
        Ok(())
    }

    /// No bytes follow.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match std::mem::replace(&mut self.form, Form::Unknown) {
            Form::Events(mut events) => {
                let last = events.end();
                self.events(last.as_slice())?;
            }
            Form::Whole(whole) => {
                let whole: Value = serde_json::from_slice(&whole)
                    .map_err(|e| Fault::broken(format!("an answer in JSON expected: {e}")))?;
                self.protocol.whole(&whole, &mut self.draft)?;
            }
            Form::Unknown => {}
        }
        if self.draft.is_finished() {
            self.complete();
        }
        match self.is_complete {
            true => Ok(()),
            false if self.n_bytes == 0 => Err(Fault::broken("an answer expected, nothing came; check its url")),
            false if !self.heard => {
                Err(Fault::broken("an answer in events or JSON expected, another came; check its url"))
            }
            false => Err(Fault::broken("the answer was cut before its end; try again")),
        }
    }

    /// All of the answer has come.
    fn complete(&mut self) {
        if !std::mem::replace(&mut self.is_complete, true) {
            self.draft.end(self.expected.named, self.expected.prompt_bytes);
        }
    }

    /// Why the text ended has been said: usage at most is to follow.
    pub(super) fn is_finished(&self) -> bool {
        self.draft.is_finished()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) fn next(&mut self) -> Option<Delta> {
        self.draft.next()
    }
}

/// `text` as JSON. Some servers cut texts inside letters, and send each half of an escaped one by itself: what is no
/// letter becomes U+FFFD, and not the end of the answer.
fn json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| {
        let has_halves = error.is_syntax() && text.contains("\\u");
        if has_halves { serde_json::from_str(&with_whole_letters(text)) } else { Err(error) }
    })
}

/// `text` with each surrogate that has no partner replaced, among its escapes.
fn with_whole_letters(text: &str) -> String {
    let unit = |at: usize| u16::from_str_radix(text.get(at..at + 6)?.strip_prefix("\\u")?, 16).ok();
    let (mut whole, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(letter) = text[at..].chars().next() {
        let n = match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.push_str("\\ufffd");
                at += 6;
                continue;
            }
            // `\\u` may be the end of an escaped backslash and a letter
            _ if letter == '\\' => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            _ => letter.len_utf8(),
        };
        whole.push_str(&text[at..at + n]);
        at += n;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_letters_are_replaced() {
        for (text, said) in [
            (r#""\ud83e\udd86""#, "🦆"),
            (r#""\ud83e""#, "\u{fffd}"),
            (r#""a\udd86\ud83eü""#, "a\u{fffd}\u{fffd}ü"),
            (r#""\\ud83e \ud83e""#, "\\ud83e \u{fffd}"),
        ] {
            assert_eq!(json(text).expect("JSON"), said, "{text}");
        }
        assert!(json(r#""\ud83e"#).is_err() && json("\\").is_err() && json("\\u").is_err());
    }
}
