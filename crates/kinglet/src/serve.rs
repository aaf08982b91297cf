//! `kinglet serve`: checks everything, opens the port, loads the model, and answers until it is told to stop.
use crate::{
    ask::model_name,
    config::Config,
    memory,
    models::{Store, say},
    pins::Pins,
    prices,
};
use engine::{Engine, Limits, LoadOptions, Model, gguf::Gguf, model::Info};
use gateway::Registry;
use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
};
use tokio::sync::oneshot;

/// Serves the model of `config`, or with `check` only shows the configuration.
pub(crate) fn run(config: &Config, store: &Store, check: bool) -> Result<(), String> {
    let file = store.find(&config.model)?;
    let name = model_name(&file);
    let gguf = Gguf::open(&file).map_err(|e| e.to_string())?;
    let limits = config.limits(&Info::read(&gguf).map_err(|e| e.to_string())?)?;
    memory::check(&gguf, &limits)?;
    let adapters = open_adapters(config)?;
    let pins = Pins::read(config)?;
    prices::book(config)?;
    config.hardware()?;
    if config.is_open_to_all() {
        let listen = &config.listen;
        say(&format!(
            "warning: whoever reaches {listen} may ask without a key: set server.api_keys, or listen on 127.0.0.1"
        ));
    }
    if check {
        return io::stdout().write_all(config.show().as_bytes()).map_err(|e| format!("standard output: {e}"));
    }
    let registry = Registry::new([name.clone()]);
    let (bound, address) = mpsc::channel();
    let (ended, loading) = oneshot::channel();
    let (options, serving) = (config.load_options(), registry.clone());
    let loader = Loader { name, gguf, adapters, limits, options, pins, registry: serving };
    thread::spawn(move || ended.send(loader.load(&address)));
    serve(config, registry, bound, loading)
}

/// What can be wrong with adapters apart from the model is found before the port opens.
fn open_adapters(config: &Config) -> Result<Vec<(String, Gguf)>, String> {
    let open = |(name, file): &(String, PathBuf)| {
        let gguf = Gguf::open(file).map_err(|e| e.to_string())?;
        engine::lora::Info::read(&gguf).map_err(|e| format!("{}: {e}", file.display()))?;
        Ok((name.clone(), gguf))
    };
    config.adapters.iter().map(open).collect()
}

fn serve(
    config: &Config,
    registry: Registry,
    bound: mpsc::Sender<SocketAddr>,
    loading: oneshot::Receiver<Result<(), String>>,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| format!("no runtime for the server: {e}"))?;
    let mut loaded = Ok(());
    let until = async {
        let loading = async { loading.await.unwrap_or_else(|_| Err("the model's loader panicked".to_owned())) };
        let mut stop = std::pin::pin!(stop());
        loaded = tokio::select! { () = &mut stop => return, result = loading => result };
        if loaded.is_ok() {
            stop.await;
        }
    };
    // fails only when the loader is gone, which `loading` tells
    let bound = move |address| {
        let _ = bound.send(address);
    };
    runtime.block_on(gateway::serve(config.server(), registry, bound, until)).map_err(|e| e.to_string())?;
    loaded
}

/// Loads the model once the port is open; until then and meanwhile `/health` says that it is loading.
struct Loader {
    name: String,
    gguf: Gguf,
    adapters: Vec<(String, Gguf)>,
    limits: Limits,
    options: LoadOptions,
    pins: Pins,
    registry: Registry,
}

impl Loader {
    fn load(self, address: &mpsc::Receiver<SocketAddr>) -> Result<(), String> {
        let Ok(address) = address.recv() else {
            return Ok(()); // the port did not open
        };
        let model = Model::load(&self.gguf, &self.options).map_err(|e| e.to_string())?;
        let engine = Engine::start(Arc::new(model), self.limits).map_err(|e| e.to_string())?;
        for (name, file) in &self.adapters {
            engine.load_adapter(name, file, 1.0).map_err(|e| format!("{}: {e}", file.path().display()))?;
        }
        self.pins.pin(&engine)?;
        self.registry.ready(&self.name, Arc::new(engine));
        say(&format!("{} is ready at http://{address}/v1", self.name));
        Ok(())
    }
}

/// Ends at SIGTERM or Ctrl-C.
pub(crate) async fn stop() {
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
