//! A conversation: grows, is taken back, saved and loaded.
use ::chat::{ChatRequest, Content, Message, Role};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

/// Most bytes of a saved conversation.
const MOST_BYTES: u64 = 64 << 20;

/// A conversation and how it is to be answered: exactly what the API takes.
#[derive(Clone)]
pub(super) struct Transcript {
    pub(super) request: ChatRequest,
}

impl Transcript {
    pub(super) fn new(model: &str) -> Self {
        Self { request: ChatRequest { model: model.to_owned(), ..ChatRequest::default() } }
    }

    /// The instructions, which are the first message if there are any.
    pub(super) fn system(&self) -> Option<&str> {
        match self.request.messages.first() {
            Some(Message { role: Role::System, content: Content::Text(text), .. }) => Some(text),
            _ => None,
        }
    }

    pub(super) fn set_system(&mut self, text: Option<String>) {
        if self.system().is_some() {
            self.request.messages.remove(0);
        }
        if let Some(text) = text {
            self.request.messages.insert(0, message(Role::System, text));
        }
    }

    pub(super) fn ask(&mut self, text: String) {
        self.request.messages.push(message(Role::User, text));
    }

    pub(super) fn answered(&mut self, text: String) {
        self.request.messages.push(message(Role::Assistant, text));
    }

    /// Takes back the last message when it is a question without an answer.
    pub(super) fn withdraw(&mut self) {
        self.request.messages.pop_if(|m| m.role == Role::User);
    }

    /// Takes back the last question and its answer.
    pub(super) fn undo(&mut self) -> Result<(), String> {
        self.reopen()?;
        self.withdraw();
        Ok(())
    }

    /// Takes back the last answer, so that its question is open.
    pub(super) fn reopen(&mut self) -> Result<(), String> {
        if !self.request.messages.iter().any(|m| m.role == Role::User) {
            return Err("nothing was said yet".to_owned());
        }
        while self.request.messages.pop_if(|m| m.role == Role::Assistant).is_some() {}
        Ok(())
    }

    /// Forgets everything but the instructions.
    pub(super) fn clear(&mut self) {
        let n_kept = usize::from(self.system().is_some());
        self.request.messages.truncate(n_kept);
    }

    /// Writes the conversation to `file`: whole or not at all.
    pub(super) fn save(&self, file: &Path, overwrite: bool) -> Result<(), String> {
        let fault = |e: io::Error| match e.kind() {
            io::ErrorKind::AlreadyExists => format!("{}: is there already; /save! overwrites it", file.display()),
            _ => format!("{}: {e}", file.display()),
        };
        let name = file.file_name().ok_or_else(|| format!("{}: the name of a file expected", file.display()))?;
        let part = file.with_file_name(format!(".{}.part-{}", name.to_string_lossy(), std::process::id()));
        let written = write(&part, &self.request).and_then(|()| {
            if !overwrite {
                File::create_new(file)?; // takes the name, or fails when it is taken
            }
            fs::rename(&part, file)
        });
        if written.is_err() {
            let _ = fs::remove_file(&part); // what is told is the fault that mattered
        }
        written.map_err(fault)
    }

    /// Reads a conversation that was saved, for `model` to go on with.
    pub(super) fn load(file: &Path, model: &str) -> Result<Self, String> {
        let fault = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
        let mut text = String::new();
        let opened = File::open(file).map_err(|e| fault(&e))?;
        opened.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|e| fault(&e))?;
        if text.len() as u64 > MOST_BYTES {
            return Err(fault(&format!("at most {} MiB expected, more found", MOST_BYTES >> 20)));
        }
        let mut request: ChatRequest = serde_json::from_str(&text).map_err(|e| fault(&e))?;
        for (i, message) in request.messages.iter_mut().enumerate() {
            let in_place = message.role == Role::System && i == 0;
            if !(in_place || message.role == Role::User || message.role == Role::Assistant) {
                let role = message.role.name();
                return Err(fault(&format!("messages[{i}]: one of user or assistant expected, `{role}` found")));
            }
            message.content = Content::Text(message.content.text());
        }
        // what a request may say beside, and a chat has no use for
        let options = ::chat::Options { n: None, stream: None, stream_options: None, ..request.options };
        Ok(Self { request: ChatRequest { messages: request.messages, options, ..Self::new(model).request } })
    }
}

fn write(part: &Path, request: &ChatRequest) -> io::Result<()> {
    let mut out = File::create(part)?;
    out.write_all(&serde_json::to_vec_pretty(request)?)?;
    out.write_all(b"\n")?;
    out.sync_all()
}

fn message(role: Role, text: String) -> Message {
    Message { role, content: Content::Text(text), name: None, tool_calls: None, tool_call_id: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation() -> Transcript {
        let mut t = Transcript::new("m");
        t.set_system(Some("be brief".to_owned()));
        t.ask("one".to_owned());
        t.answered("1".to_owned());
        t.ask("two".to_owned());
        t.answered("2".to_owned());
        t
    }

    #[test]
    fn grows_and_is_taken_back() {
        let mut t = conversation();
        t.reopen().expect("an answer");
        assert_eq!(t.request.messages.len(), 4);
        t.undo().expect("a question");
        assert_eq!(t.request.messages.len(), 3);
        t.set_system(None);
        t.undo().expect("a question");
        assert!(t.request.messages.is_empty() && t.undo().is_err() && t.reopen().is_err());
        let mut t = conversation();
        t.clear();
        assert_eq!((t.request.messages.len(), t.system()), (1, Some("be brief")));
    }

    #[test]
    fn is_saved_once_and_loaded() {
        let dir = std::env::temp_dir().join(format!("kinglet-transcript-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a folder");
        let (file, t) = (dir.join("chat.json"), conversation());
        t.save(&file, false).expect("saved");
        assert!(t.save(&file, false).expect_err("taken").contains("/save!"));
        t.save(&file, true).expect("overwritten");
        assert_eq!(fs::read_dir(&dir).expect("a folder").count(), 1, "no part is left");
        let loaded = Transcript::load(&file, "other").expect("loaded");
        assert_eq!((loaded.request.messages, loaded.request.model.as_str()), (t.request.messages, "other"));
        for (text, fault) in [
            ("{", "line 1"),
            (r#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#, "`tool`"),
            (r#"{"model":"m","messages":[{"role":"user","content":5}]}"#, "a text"),
        ] {
            fs::write(&file, text).expect("written");
            let found = Transcript::load(&file, "m").err().unwrap_or_default();
            assert!(found.contains(fault), "{text}: {found}");
        }
        fs::remove_dir_all(&dir).expect("removed");
    }
}
