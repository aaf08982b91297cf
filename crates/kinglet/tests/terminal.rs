//! `kinglet chat` at a terminal, which `script` of util-linux stands in for.
#![cfg(target_os = "linux")]
#[path = "support/model.rs"]
mod model;
#[expect(dead_code, reason = "the other tests need more")]
mod support;

use model::model;
use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
};
use support::Place;

#[test]
fn ctrl_c_stops_the_answer_and_ctrl_d_the_program() {
    let Some(model) = model() else { return };
    let place = Place::new("terminal");
    let Some(mut terminal) = Terminal::open(&place, &format!("chat '{model}'")) else { return };
    terminal.until("> ");
    terminal.press("Write a very long story about a bird.\r");
    // the line is done, and the first words are out
    terminal.until("2004l");
    terminal.until(" ");
    terminal.press("\x03");
    assert!(terminal.until("\x1b[0m\r\n").ends_with("[stopped]\x1b[0m\r\n"), "the answer is not complete");
    terminal.until("> ");
    terminal.press("\x03");
    terminal.until("Ctrl-D or /quit ends the chat");
    terminal.until("> ");
    terminal.press("/set max_tokens 3\r");
    terminal.until("> ");
    // pasted lines are one message
    terminal.press("\x1b[200~one\ntwo\n\x1b[201~\r");
    terminal.until("[3 tokens");
    terminal.until("> ");
    terminal.press("/save chat.json\r");
    terminal.until("4 messages saved");
    terminal.until("> ");
    terminal.press("\x04");
    let rest = terminal.rest();
    let status = terminal.child.wait().expect("an end");
    assert!(status.success(), "{status}: {rest}");
    let saved = std::fs::read_to_string(place.0.join("chat.json")).expect("a saved chat");
    assert!(saved.contains(r#""one\ntwo""#), "{saved}");
    let history = std::fs::read_to_string(place.0.join("data/kinglet/chat-history")).expect("a history");
    assert!(history.contains("Write a very long story about a bird."), "{history}");
}

struct Terminal {
    child: Child,
}

impl Terminal {
    /// `kinglet` with `args` at a terminal; none where there is no `script`.
    fn open(place: &Place, args: &str) -> Option<Self> {
        let program = place.kinglet(&[]);
        let line = format!("exec '{}' {args}", env!("CARGO_BIN_EXE_kinglet"));
        let mut script = Command::new("script");
        script.args(["-qefc", &line, "/dev/null"]).current_dir(&place.0).env("TERM", "xterm").env_remove("NO_COLOR");
        script.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).env_remove("KINGLET_MODELS");
        match script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn() {
            Ok(child) => Some(Self { child }),
            Err(e) => {
                let _ = writeln!(std::io::stderr(), "skipped: no terminal to test with, script: {e}");
                None
            }
        }
    }

    fn press(&mut self, keys: &str) {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        stdin.write_all(keys.as_bytes()).and_then(|()| stdin.flush()).expect("a terminal that listens");
    }

    /// What is shown until the program ends; its keyboard stays open so long.
    fn rest(&mut self) -> String {
        let mut shown = Vec::new();
        self.child.stdout.as_mut().expect("a pipe").read_to_end(&mut shown).expect("a terminal that shows");
        String::from_utf8_lossy(&shown).into_owned()
    }

    /// What is shown up to `end`, which is in it.
    fn until(&mut self, end: &str) -> String {
        let (mut shown, stdout) = (Vec::new(), self.child.stdout.as_mut().expect("a pipe"));
        while !shown.ends_with(end.as_bytes()) {
            let mut byte = [0];
            let n = stdout.read(&mut byte).expect("a terminal that shows");
            assert_eq!(n, 1, "the program ended before {end:?}: {}", String::from_utf8_lossy(&shown));
            shown.push(byte[0]);
        }
        String::from_utf8_lossy(&shown).into_owned()
    }
}
