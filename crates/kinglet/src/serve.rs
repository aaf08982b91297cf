//! `kinglet serve`: loads a model and answers over HTTP until it is told to stop.
use crate::{
    memory,
    models::{Store, say},
};
use engine::{Engine, Limits, LoadOptions, Model, gguf::Gguf, model::Info};
use std::sync::Arc;

/// Serves `model` on `listen`.
pub(crate) fn run(store: &Store, listen: String, model: &str) -> Result<(), String> {
    let file = store.find(model)?;
    let name = file.file_stem().map_or_else(|| model.to_owned(), |s| s.to_string_lossy().into_owned());
    let gguf = Gguf::open(&file).map_err(|e| e.to_string())?;
    let defaults = Limits::default();
    let n_ctx = defaults.n_ctx.min(Info::read(&gguf).map_err(|e| e.to_string())?.n_ctx);
    let limits = Limits { n_ctx, ..defaults };
    memory::check(&gguf, &limits)?;
    let loaded = Model::load(&gguf, &LoadOptions::default()).map_err(|e| e.to_string())?;
    let engine = Engine::start(Arc::new(loaded), limits).map_err(|e| e.to_string())?;
    let registry = gateway::Registry::new([name.clone()]);
    registry.ready(&name, Arc::new(engine));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| format!("no runtime for the server: {e}"))?;
    let config = gateway::Config { listen, ..gateway::Config::default() };
    let bound = move |address| say(&format!("{name} is ready at http://{address}/v1"));
    runtime.block_on(gateway::serve(config, registry, bound, stop())).map_err(|e| e.to_string())
}

/// Ends at SIGTERM or Ctrl-C.
async fn stop() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! { _ = term.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        return;
    }
    // without signals the program runs until it is killed
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
