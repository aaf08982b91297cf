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
        Self { protocol, expected, form, draft, n_bytes: 0, most, is_complete: false }
    }

    /// Takes the next bytes; says whether they completed an event.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> Result<bool, Fault> {
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
                let found = events.push(bytes).map_err(Fault::Broken)?;
                self.events(&found)?;
                Ok(!found.is_empty())
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
                return Ok(()); // whatever follows the end
            }
            if data == "[DONE]" {
                self.complete();
                continue;
            }
            let event: Value = serde_json::from_str(data)
                .map_err(|e| Fault::broken(format!("an event in JSON expected: {e}; check its url")))?;
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
