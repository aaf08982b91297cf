//! The commands of a chat: what they are called, and how a line is read as one.
use crate::config::distance;

/// A line that is for the program and not for the model.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Help,
    /// A setting and its new value, if any; all settings without.
    Set(Option<(&'a str, Option<&'a str>)>),
    System(Option<&'a str>),
    Clear,
    Undo,
    Retry,
    Save {
        file: &'a str,
        overwrite: bool,
    },
    Load(&'a str),
    Model,
    Quit,
}

/// Name, what follows it, and what it does.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("/set", "[NAME [VALUE]]", "show or change a setting; the value `default` takes a change back"),
    ("/system", "[TEXT]", "show or give instructions to the model; `default` takes them back"),
    ("/retry", "", "answer the last message again"),
    ("/undo", "", "take back the last message and its answer"),
    ("/clear", "", "begin anew; settings and instructions stay"),
    ("/save", "FILE", "save the conversation as JSON, which is also a request for the API"),
    ("/save!", "FILE", "the same, in place of a file that is there"),
    ("/load", "FILE", "go on with a saved conversation"),
    ("/model", "", "show the model"),
    ("/help", "", "show this"),
    ("/quit", "", "end, as Ctrl-D does"),
];

impl<'a> Command<'a> {
    /// `line` as a command; `None` when it is a message. A message that begins with `/` is written with two.
    pub(super) fn parse(line: &'a str) -> Option<Result<Self, String>> {
        let line = line.trim();
        if !line.starts_with('/') || line.starts_with("//") {
            return None;
        }
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = Some(rest.trim()).filter(|rest| !rest.is_empty());
        Some(Self::read(name, rest))
    }

    fn read(name: &'a str, rest: Option<&'a str>) -> Result<Self, String> {
        let file = || rest.ok_or_else(|| format!("{name}: a file expected, as in {name} chat.json"));
        let setting = |text: &'a str| match text.split_once(char::is_whitespace) {
            Some((name, value)) => (name, Some(value.trim_start())),
            None => (text, None),
        };
        let command = match name {
            "/set" => return Ok(Self::Set(rest.map(setting))),
            "/system" => return Ok(Self::System(rest)),
            "/save" => return Ok(Self::Save { file: file()?, overwrite: false }),
            "/save!" => return Ok(Self::Save { file: file()?, overwrite: true }),
            "/load" => return Ok(Self::Load(file()?)),
            "/retry" => Self::Retry,
            "/undo" => Self::Undo,
            "/clear" => Self::Clear,
            "/model" => Self::Model,
            "/help" | "/?" => Self::Help,
            "/quit" | "/exit" | "/bye" => Self::Quit,
            _ => return Err(unknown(name)),
        };
        match rest {
            None => Ok(command),
            Some(rest) => Err(format!("{name}: nothing expected after it, `{rest}` found")),
        }
    }
}

fn unknown(name: &str) -> String {
    let near = COMMANDS.iter().map(|c| c.0).min_by_key(|c| distance(c, name)).filter(|c| distance(c, name) <= 2);
    let hint = near.map(|near| format!("perhaps {near} is meant; ")).unwrap_or_default();
    format!("there is no command {name}; {hint}/help lists all, and // begins a message with a slash")
}

/// What `/help` shows.
pub(super) fn help() -> String {
    let mut out = String::new();
    for (name, argument, about) in COMMANDS {
        out.push_str(&format!("{:<22}{about}\n", format!("{name} {argument}")));
    }
    out.push_str(
        "\nA message ends with its line. A line that ends in \\ goes on in the next one, and all between \"\"\" and \"\"\"\n\
         is one message. Ctrl-C stops an answer, Ctrl-D ends the chat.",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_help_is_read() {
        for (name, argument, _) in COMMANDS {
            let line = format!("{name} {}", if argument.is_empty() { "" } else { "x" });
            assert!(matches!(Command::parse(&line), Some(Ok(_))), "{line}");
        }
    }

    #[test]
    fn lines_are_read() {
        assert_eq!(Command::parse("hello /set"), None);
        assert_eq!(Command::parse("//etc is a folder"), None);
        assert_eq!(Command::parse(" /set  stop  a b "), Some(Ok(Command::Set(Some(("stop", Some("a b")))))));
        assert_eq!(Command::parse("/save! a b"), Some(Ok(Command::Save { file: "a b", overwrite: true })));
        let fault = |line| Command::parse(line).and_then(Result::err).unwrap_or_default();
        assert!(fault("/sve x").contains("/save"), "{}", fault("/sve x"));
        assert!(fault("/clear all").contains("`all`") && fault("/load").contains("a file expected"));
    }
}
