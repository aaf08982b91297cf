//! `kinglet chat`: a conversation, at a terminal or through a pipe.
mod command;
mod input;
mod setting;
mod transcript;

use crate::{
    ask::{Answer, Asker, Failure, decode_speed, prefill_speed},
    config::Config,
    models::{Store, say},
    screen::{Screen, printable},
};
use ::chat::{Finish, Kind, Usage};
use clap::Args;
use command::Command;
use input::{Input, Line};
use std::{io, path::PathBuf, process::ExitCode};
use transcript::Transcript;

#[derive(Args)]
pub(crate) struct Start {
    /// A name from the catalogue (fetched when absent), or a GGUF file [default: models.default, which is smollm2-135m].
    pub(crate) model: Option<String>,
    /// A LoRA adapter (GGUF) to answer with.
    #[arg(long, value_name = "FILE")]
    adapter: Option<PathBuf>,
    /// Instructions for the model.
    #[arg(long, short)]
    system: Option<String>,
}

/// Talks until the input ends.
pub(crate) fn run(config: &Config, store: &Store, start: Start) -> Result<ExitCode, String> {
    let asker = Asker::load(config, store, start.adapter.as_deref(), false)?;
    let input = Input::open();
    let mut transcript = Transcript::new(&asker.name);
    transcript.request.options = setting::defaults();
    transcript.set_system(start.system);
    let talk = Talk { asker, transcript, screen: Screen::new(), at_terminal: input.is_terminal(), failed: false };
    match talk.until_end(input) {
        Ok(false) => Ok(ExitCode::SUCCESS),
        Ok(true) => Ok(ExitCode::FAILURE),
        // whoever reads has had enough
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(e) => Err(format!("standard input or output: {e}")),
    }
}

struct Talk {
    asker: Asker,
    transcript: Transcript,
    screen: Screen,
    at_terminal: bool,
    /// Something that was asked for could not be done.
    failed: bool,
}

impl Talk {
    /// True when something failed that nobody was there to see.
    fn until_end(mut self, mut input: Input) -> io::Result<bool> {
        if self.at_terminal {
            let (name, n_ctx) = (&self.asker.name, self.asker.n_ctx());
            self.screen.note(&format!("{name}, {n_ctx} tokens of context. /help lists commands, Ctrl-D ends."));
        }
        loop {
            let (line, is_block) = match input.next()? {
                Line::End => return Ok(self.failed && !self.at_terminal),
                Line::Interrupted => {
                    self.screen.note("Ctrl-D or /quit ends the chat");
                    continue;
                }
                Line::Text(line) => (line, false),
                Line::Block(line) => (line, true),
            };
            let command = if is_block { None } else { Command::parse(&line) };
            let done = match command {
                // of two slashes, the first only said that this is no command
                None if line.starts_with("//") && !is_block => self.say_to_model(line[1..].to_owned())?,
                None => self.say_to_model(line)?,
                Some(Ok(Command::Quit)) => return Ok(self.failed && !self.at_terminal),
                Some(command) => match command.and_then(|command| self.execute(command)) {
                    Ok(After::Nothing) => Ok(()),
                    Ok(After::Show(text)) => self.screen.answer(&format!("{}\n", text.trim_end())).map(Ok)?,
                    Ok(After::Answer) => self.answer()?,
                    Err(fault) => Err(fault),
                },
            };
            if let Err(fault) = done {
                self.failed = true;
                say(&format!("error: {}", printable(&fault)));
            }
        }
    }

    fn say_to_model(&mut self, text: String) -> io::Result<Result<(), String>> {
        self.transcript.ask(text);
        let answered = self.answer()?;
        if answered.is_err() {
            self.transcript.withdraw();
        }
        Ok(answered)
    }

    /// Answers the last message. The outer result is the terminal's, the inner one the model's.
    fn answer(&mut self) -> io::Result<Result<(), String>> {
        let answered = self.asker.ask(&self.transcript.request, self.at_terminal, |text| self.screen.answer(text));
        let answer = match answered {
            Ok(answer) => answer,
            Err(Failure::Output(e)) => return Err(e),
            Err(Failure::Answer(e)) => return Ok(Err(self.told(&e))),
        };
        if !answer.text.ends_with('\n') {
            self.screen.answer("\n")?;
        }
        self.screen.note(&self.figures(&answer));
        if answer.finish.is_none() && answer.text.is_empty() {
            self.transcript.withdraw();
        } else {
            self.transcript.answered(answer.text);
        }
        Ok(Ok(()))
    }

    fn told(&self, error: &::chat::Error) -> String {
        match error.kind {
            Kind::ContextLength { prompt, limit } => format!(
                "the conversation would take {prompt} tokens and the context holds {limit}: your message is not sent; \
                 make it shorter, take back older ones with /undo, or begin anew with /clear"
            ),
            _ => error.message.clone(),
        }
    }

    /// The line below an answer: how long, how fast, and how full the context is.
    fn figures(&self, answer: &Answer) -> String {
        let Some(finish) = answer.finish else {
            return "[stopped]".to_owned();
        };
        let n_ctx = self.asker.n_ctx();
        let Usage { prompt_tokens, completion_tokens, .. } = answer.usage;
        let used = prompt_tokens + completion_tokens;
        let speed =
            |name: &str, speed: Option<f64>| speed.map(|s| format!(" | {name} {s:.1} tok/s")).unwrap_or_default();
        let (prefill, decode) = (prefill_speed(&answer.usage), decode_speed(&answer.usage));
        let (prefill, decode) = (speed("prefill", prefill), speed("decode", decode));
        let end = match finish {
            Finish::Length if used >= n_ctx => " | cut: the context is full, /clear begins anew",
            Finish::Length => " | cut at max_tokens",
            _ => "",
        };
        format!("[{completion_tokens} tokens{prefill}{decode} | context {used} of {n_ctx}{end}]")
    }

    fn execute(&mut self, command: Command<'_>) -> Result<After, String> {
        let transcript = &mut self.transcript;
        match command {
            Command::Help => Ok(After::Show(command::help())),
            Command::Set(None) => Ok(After::Show(setting::list(transcript))),
            Command::Set(Some((name, value))) => self.set(name, value),
            Command::System(None) => {
                let shown = transcript.system().unwrap_or("none; /system TEXT gives instructions to the model");
                Ok(After::Show(shown.to_owned()))
            }
            Command::System(Some(text)) => self.set("system", Some(text)),
            Command::Clear => {
                transcript.clear();
                Ok(After::Nothing)
            }
            Command::Undo => transcript.undo().map(|()| After::Nothing),
            Command::Retry => transcript.reopen().map(|()| After::Answer),
            Command::Save { file, overwrite } => {
                let file = path(file);
                transcript.save(&file, overwrite)?;
                Ok(After::Show(format!("{} messages saved to {}", transcript.request.messages.len(), file.display())))
            }
            Command::Load(file) => self.load(file),
            Command::Model => Ok(After::Show(self.model())),
            Command::Quit => Ok(After::Nothing), // seen to by the caller
        }
    }

    fn set(&mut self, name: &str, value: Option<&str>) -> Result<After, String> {
        let mut changed = self.transcript.clone();
        if let Some(value) = value {
            setting::set(&mut changed, name, value)?;
            self.asker.check(&changed.request.options)?;
            self.transcript = changed;
        }
        setting::show(&self.transcript, name).map(After::Show)
    }

    fn load(&mut self, file: &str) -> Result<After, String> {
        let file = path(file);
        let loaded = Transcript::load(&file, &self.asker.name)?;
        self.asker.check(&loaded.request.options).map_err(|e| format!("{}: {e}", file.display()))?;
        self.transcript = loaded;
        Ok(After::Show(format!(
            "{} messages loaded from {}; /retry answers the last one again",
            self.transcript.request.messages.len(),
            file.display()
        )))
    }

    fn model(&self) -> String {
        let (info, asker) = (self.asker.info(), &self.asker);
        format!(
            "{}: {} with {} M parameters in {}, {} tokens of context (the model's own: {}), loaded in {:.0} ms\n{}",
            asker.name,
            info.arch,
            info.n_params / 1_000_000,
            info.quantisation,
            asker.n_ctx(),
            info.n_ctx,
            asker.load.as_secs_f64() * 1e3,
            asker.file.display()
        )
    }
}

/// What follows a command.
enum After {
    Nothing,
    Show(String),
    /// The model is to answer the last message.
    Answer,
}

fn path(file: &str) -> PathBuf {
    crate::places::from_home(file)
}
