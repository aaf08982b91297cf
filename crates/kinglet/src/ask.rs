//! Asks a model in this process, without a server: what `kinglet chat` and `kinglet run` share.
use crate::{config::Config, memory, models::Store};
use ::chat::{Answerer, ChatRequest, Delta, Error, Finish, Options, Usage};
use engine::{Engine, Limits, Model, gguf::Gguf, model::Info};
use futures_util::StreamExt;
use gateway::{Adapted, Local};
use std::{
    io,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// The name of the one adapter that a command may give.
const ADAPTER: &str = "adapter";

/// A model that is loaded, and a way to ask it.
pub(crate) struct Asker {
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    /// How long it took to load.
    pub(crate) load: Duration,
    engine: Arc<Engine>,
    answerer: gateway::InProcess,
    runtime: Runtime,
}

/// What came of a question.
pub(crate) struct Answer {
    pub(crate) text: String,
    /// `None` when Ctrl-C ended it.
    pub(crate) finish: Option<Finish>,
    pub(crate) usage: Usage,
}

/// Why there is no answer.
pub(crate) enum Failure {
    /// The request or the model.
    Answer(Error),
    /// Whoever was to read it went away.
    Output(io::Error),
}

/// The model's name: its file's, without the ending.
pub(crate) fn model_name(file: &Path) -> String {
    file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

impl Asker {
    /// Loads the model of `config`, for one conversation at a time.
    /// With `adapter`, it answers as that file changes it; with `raw`, it goes on with texts and needs no template.
    pub(crate) fn load(config: &Config, store: &Store, adapter: Option<&Path>, raw: bool) -> Result<Self, String> {
        let begin = Instant::now();
        let file = store.find(&config.model)?;
        let gguf = Gguf::open(&file).map_err(|e| e.to_string())?;
        if gguf.get("tokenizer.chat_template").is_none() && !raw {
            let only =
                "it only continues texts, as kinglet run --raw and POST /v1/completions of kinglet serve let it do";
            return Err(format!("model {}: it has no chat template, so it cannot answer; {only}", file.display()));
        }
        let limits = config.limits(&Info::read(&gguf).map_err(|e| e.to_string())?)?;
        let limits = Limits { n_running: 1, n_cache: limits.n_ctx, ..limits };
        memory::check(&gguf, &limits)?;
        let model = Model::load(&gguf, &config.load_options()).map_err(|e| e.to_string())?;
        let engine = Arc::new(Engine::start(Arc::new(model), limits).map_err(|e| e.to_string())?);
        let mut local: Arc<dyn Local> = engine.clone();
        if let Some(file) = adapter {
            let gguf = Gguf::open(file).map_err(|e| e.to_string())?;
            engine.load_adapter(ADAPTER, &gguf, 1.0).map_err(|e| format!("{}: {e}", file.display()))?;
            local = Arc::new(Adapted::new(local, ADAPTER));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            name: model_name(&file),
            file,
            load: begin.elapsed(),
            answerer: gateway::InProcess::new(local),
            engine,
            runtime: runtime.map_err(|e| format!("no runtime to wait in: {e}"))?,
        })
    }

    /// What is known of the model.
    pub(crate) fn info(&self) -> &Info {
        &self.engine.model().info
    }

    /// Tokens that a conversation may hold.
    pub(crate) fn n_ctx(&self) -> usize {
        self.engine.limits().n_ctx
    }

    /// Whether `options` would be accepted.
    pub(crate) fn check(&self, options: &Options) -> Result<(), String> {
        self.answerer.check(options).map_err(|e| e.message)
    }

    /// Asks, and gives each piece of the answer to `hear` as it comes. With `until_ctrl_c`, Ctrl-C ends the answer
    /// and not the program.
    pub(crate) fn ask(
        &self,
        request: &ChatRequest,
        until_ctrl_c: bool,
        mut hear: impl FnMut(&str) -> io::Result<()>,
    ) -> Result<Answer, Failure> {
        let mut answer = Answer { text: String::new(), finish: None, usage: Usage::default() };
        let answering = async {
            let mut deltas = self.answerer.answer(request).await.map_err(Failure::Answer)?.deltas;
            while let Some(delta) = deltas.next().await {
                match delta.map_err(Failure::Answer)? {
                    Delta::Text { text, .. } => {
                        answer.text.push_str(&text);
                        hear(&text).map_err(Failure::Output)?;
                    }
                    Delta::Reasoning(_) | Delta::ToolCall { .. } => {} // neither is asked for here
                    Delta::Finish(finish) => answer.finish = Some(finish),
                    Delta::Usage(usage) => answer.usage = usage,
                }
            }
            Ok(())
        };
        self.runtime.block_on(async {
            let mut answering = pin!(answering);
            if !until_ctrl_c {
                return answering.await;
            }
            tokio::select! {
                biased;
                // dropping the stream is what tells the engine to stop
                Ok(()) = tokio::signal::ctrl_c() => Ok(()),
                done = &mut answering => done,
            }
        })?;
        Ok(answer)
    }
}

/// Tokens in a second; `None` when there were none or nobody measured.
pub(crate) fn speed(n_tokens: usize, time: Duration) -> Option<f64> {
    (n_tokens > 0 && !time.is_zero()).then(|| n_tokens as f64 / time.as_secs_f64())
}

/// Tokens of the prompt read in a second.
pub(crate) fn prefill_speed(usage: &Usage) -> Option<f64> {
    speed(usage.prompt_tokens.saturating_sub(usage.cached), usage.prefill)
}

/// Tokens written in a second: those after the first, which counts as reading.
pub(crate) fn decode_speed(usage: &Usage) -> Option<f64> {
    speed(usage.completion_tokens.saturating_sub(1), usage.decode)
}
