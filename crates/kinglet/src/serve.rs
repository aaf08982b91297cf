//! `kinglet serve`: checks everything, opens the port, loads the model, and answers until it is told to stop.
use crate::{
    accounts,
    ask::model_name,
    config::Config,
    memory,
    models::{Store, say},
    pins::Pins,
    prices, when,
};
use engine::{Engine, Limits, LoadOptions, Model, gguf::Gguf, model::Info};
use gateway::{Accounts, Registry, Routes, Target, Telemetry, ToolPolicy, Toolbox};
use ledger::Ledger;
use std::{
    collections::BTreeSet,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// The name of no model: all is answered elsewhere.
pub(crate) const NONE: &str = "none";

/// Serves the model of `config`, or with `check` only shows the configuration.
pub(crate) fn run(config: &Config, store: &Store, check: bool) -> Result<(), String> {
    let local = if config.model == NONE { None } else { Some(Loader::prepare(config, store)?) };
    let here = local.as_ref().map(|loader| loader.name.clone());
    if here.is_none() && config.elsewhere.is_empty() {
        return Err(
            "models.default: a model expected, or [upstreams.NAME] to answer with; `none` and no upstream found"
                .to_owned(),
        );
    }
    let plan = Plan {
        routes: config.elsewhere.routes(here.as_deref())?,
        prices: prices::book(config)?,
        hardware: config.hardware()?,
        server: gateway::Config {
            tool_policy: ToolPolicy { embedder: config.embedder(here.as_deref())?, ..config.tool_policy()? },
            ..config.server()?
        },
        ledger: config.ledger(!check),
    };
    if check {
        warn(config, false);
        return io::stdout().write_all(config.show().as_bytes()).map_err(|e| format!("standard output: {e}"));
    }
    let registry = Registry::new(here);
    let (bound, address) = mpsc::channel();
    let (ended, loading) = oneshot::channel();
    let serving = registry.clone();
    thread::spawn(move || {
        let Some(loader) = local else {
            if let Ok(address) = address.recv() {
                say(&format!("ready at http://{address}/v1"));
            }
            return ended.send(Ok(()));
        };
        ended.send(loader.load(serving, &address))
    });
    serve(config, plan, registry, bound, loading)
}

/// Everything that was checked before the port is opened.
struct Plan {
    routes: Routes,
    prices: ledger::Book,
    hardware: Option<ledger::Hardware>,
    server: gateway::Config,
    ledger: Result<ledger::Options, String>,
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
    plan: Plan,
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
    runtime.block_on(async {
        let Plan { routes, prices, hardware, server, ledger } = plan;
        let telemetry = config.collector.as_ref().map(Telemetry::start).transpose()?.map(Arc::new);
        let ledger = Ledger::open(ledger?).await.map_err(|e| accounts::fault(config, &e))?;
        warn(config, ledger.keys().await.is_ok_and(|keys| !keys.is_empty()));
        tokio::spawn(purge(ledger.clone()));
        let books =
            Accounts::new(ledger.clone(), prices, hardware, config.keep()).logged(config.log).traced(telemetry.clone());
        let warnings: BTreeSet<_> = routes
            .targets()
            .chain(&server.tool_policy.embedder)
            .filter_map(|target| unpriced(&books, target))
            .collect();
        warnings.iter().for_each(|warning| say(warning));
        let toolbox = toolbox(config, &routes, &ledger).await;
        let server = gateway::Config { routes, accounts: Some(Arc::new(books)), toolbox, ..server };
        let served = gateway::serve(server, registry, bound, until).await.map_err(|e| e.to_string());
        if let Some(telemetry) = telemetry {
            telemetry.close().await;
        }
        ledger.close().await;
        served
    })?;
    loaded
}

/// The tools of the ledger, where some route has them answer and this system protects itself from them.
async fn toolbox(config: &Config, routes: &Routes, ledger: &Ledger) -> Option<Toolbox> {
    let names: Vec<_> = routes.with_tools().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return None;
    }
    let sandbox = match config.sandbox().await {
        Ok(sandbox) => sandbox,
        Err(fault) => {
            say(&format!("warning: no tools on {}, models answer all of it: {fault}", names.join(", ")));
            return None;
        }
    };
    let toolbox = Toolbox::new(ledger.clone(), sandbox);
    match toolbox.read().await {
        Ok(faults) => faults.iter().for_each(|fault| say(&format!("warning: {fault}"))),
        Err(e) => say(&format!("warning: the ledger's tools cannot be read: {e}")),
    }
    Some(toolbox)
}

/// Removes texts whose days are over, now and every hour.
async fn purge(ledger: Ledger) {
    let mut hours = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hours.tick().await;
        if let Err(e) = ledger.purge().await {
            say(&format!("warning: texts whose days are over could not be removed from the ledger: {e}"));
        }
    }
}

/// Says what may surprise.
fn warn(config: &Config, has_keys: bool) {
    if config.is_open_to_all() && !has_keys {
        let listen = &config.listen;
        say(&format!(
            "warning: whoever reaches {listen} may ask without a key: make one with `kinglet key create`, set server.api_keys, or listen on 127.0.0.1"
        ));
    }
}

fn unpriced(books: &Accounts, target: &Target) -> Option<String> {
    let is_elsewhere = matches!(target, Target::Upstream { .. });
    (is_elsewhere && books.price(target, when::now()).is_none())
        .then(|| format!("warning: `{target}` has no price, so it counts as free: add one to ledger.prices"))
}

/// Loads the model once the port is open; until then and meanwhile `/health` says that it is loading.
struct Loader {
    name: String,
    gguf: Gguf,
    adapters: Vec<(String, Gguf)>,
    limits: Limits,
    options: LoadOptions,
    pins: Pins,
}

impl Loader {
    /// Checks all that can be checked before the model is loaded.
    fn prepare(config: &Config, store: &Store) -> Result<Self, String> {
        let file = store.find(&config.model)?;
        let gguf = Gguf::open(&file).map_err(|e| e.to_string())?;
        let limits = config.limits(&Info::read(&gguf).map_err(|e| e.to_string())?)?;
        memory::check(&gguf, &limits)?;
        let (adapters, pins) = (open_adapters(config)?, Pins::read(config)?);
        Ok(Self { name: model_name(&file), gguf, adapters, limits, options: config.load_options(), pins })
    }

    fn load(self, registry: Registry, address: &mpsc::Receiver<SocketAddr>) -> Result<(), String> {
        let Ok(address) = address.recv() else {
            return Ok(()); // the port did not open
        };
        let model = Model::load(&self.gguf, &self.options).map_err(|e| e.to_string())?;
        let engine = Engine::start(Arc::new(model), self.limits).map_err(|e| e.to_string())?;
        for (name, file) in &self.adapters {
            engine.load_adapter(name, file, 1.0).map_err(|e| format!("{}: {e}", file.path().display()))?;
        }
        self.pins.pin(&engine)?;
        registry.ready(&self.name, Arc::new(engine));
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
