//! What all routes share: configuration, models, metrics, and the count of requests at work.
use crate::{
    Accounts, Comparing, Registry, Routes, Tls, ToolPolicy, Toolbox, admin,
    exact::Exact,
    mcp,
    metrics::Metrics,
    promise::{Keeper, keepers},
    toolbox::Tier0,
};
use chat::{Error, Kind};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// How to serve.
#[derive(Clone)]
pub struct Config {
    /// Address and port; port 0 takes a free one.
    pub listen: String,
    /// Connections are encrypted with this.
    pub tls: Option<Tls>,
    /// One of these must come with every request but `/health`; none: open to all who reach the port.
    pub api_keys: Vec<String>,
    /// One of these must come with every request of an operator; none: operators have the command line alone.
    pub admin_keys: Vec<String>,
    /// Most bytes of a request's body.
    pub max_body: usize,
    /// Longest wait for a request's headers, and again for its body.
    pub read_timeout: Duration,
    /// Longest wait for a client to take more of its answer.
    pub write_timeout: Duration,
    /// Most open connections; further ones wait to be accepted.
    pub max_connections: usize,
    /// Where adapters lie that clients may have loaded; none: they may not.
    pub adapters_dir: Option<PathBuf>,
    /// Who answers what, beside the models here by their names.
    pub routes: Routes,
    /// The books; none: nothing is written down, and keys are those of `api_keys` alone.
    pub accounts: Option<Arc<Accounts>>,
    /// Most bytes of answers kept for the very same request; 0 keeps none.
    pub answer_cache: usize,
    /// How answers are compared on routes with a promise.
    pub comparing: Comparing,
    /// Tools that answer before any model is asked, on the routes that take them; none: there is no sandbox.
    pub toolbox: Option<Toolbox>,
    /// What they may do by themselves, and what making them may cost.
    pub tool_policy: ToolPolicy,
    /// Where programs that judge are found by name, and find others.
    pub program_path: OsString,
    /// How long running requests may go on after the shutdown began.
    pub drain_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            tls: None,
            api_keys: Vec::new(),
            admin_keys: Vec::new(),
            max_body: 8 << 20,
            read_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(60),
            max_connections: 1024,
            adapters_dir: None,
            routes: Routes::default(),
            accounts: None,
            answer_cache: 0,
            comparing: Comparing::default(),
            toolbox: None,
            tool_policy: ToolPolicy::default(),
            program_path: "/usr/local/bin:/usr/bin:/bin".into(),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// What all routes share.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) registry: Registry,
    pub(crate) metrics: Metrics,
    pub(crate) exact: Arc<Exact>,
    /// Of the routes with a promise, by their names.
    pub(crate) keepers: BTreeMap<String, Arc<Keeper>>,
    /// Tools, where there is a sandbox and a route that takes them.
    pub(crate) tier0: Option<Tier0>,
    /// Tools that are made, or were.
    pub(crate) jobs: admin::Jobs,
    /// Tools for other agents, where there are any.
    pub(crate) mcp: Option<mcp::Door>,
    draining: AtomicBool,
    n_working: watch::Sender<usize>,
}

pub(crate) type Shared = Arc<App>;

impl App {
    pub(crate) fn new(config: Config, registry: Registry) -> Self {
        let (n_working, _) = watch::channel(0);
        let exact = Arc::new(Exact::new(config.answer_cache));
        let keepers = keepers(&config.routes);
        let toolbox = config.toolbox.clone().filter(|_| !config.routes.tooled().is_empty());
        let tier0 = toolbox.map(|toolbox| Tier0::new(toolbox, config.tool_policy.embedder.clone()));
        let mcp = config.toolbox.clone().map(|toolbox| {
            let tools = mcp::Mcp::new(toolbox, config.routes.clone(), None);
            mcp::door(tools.counted(config.accounts.clone()), config.max_body)
        });
        Self {
            config,
            registry,
            metrics: Metrics::new(),
            exact,
            keepers,
            tier0,
            mcp,
            jobs: admin::Jobs::default(),
            draining: AtomicBool::new(false),
            n_working,
        }
    }

    /// All that may be asked for by name, each with the model that it is an adapter of.
    pub(crate) fn ids(&self) -> Vec<(String, Option<&str>)> {
        let elsewhere = self.config.routes.names().map(|name| (name.to_owned(), None));
        self.registry.ids().into_iter().chain(elsewhere).collect()
    }

    /// Counts one more request at work, until the returned guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Working, Error> {
        if self.draining() {
            return Err(Error::new(Kind::Unavailable, "the server is stopping, try another or try again later"));
        }
        self.n_working.send_modify(|n| *n += 1);
        Ok(Working(self.clone()))
    }

    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Refuses new work from now on, and returns once none is left.
    pub(crate) async fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        let _ = self.n_working.subscribe().wait_for(|n| *n == 0).await; // fails only without a sender: we hold it
    }
}

/// A request at work.
pub(crate) struct Working(Shared);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.n_working.send_modify(|n| *n -= 1);
    }
}
