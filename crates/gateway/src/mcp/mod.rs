//! Tools for other agents, by the Model Context Protocol: listed, called, and pinned by the hash of what they are.
mod door;
mod lent;
mod schema;

pub(crate) use door::{Door, answer, door};

use crate::{
    account::{Accounts, now, tokens},
    routes::Routes,
    toolbox::{Ready, Toolbox},
};
use chat::Usage;
use ledger::{Amount, Key, Trace};
use lent::{Lent, Shown};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
        MetaObject, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
    transport::stdio,
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};
use toolsmith::{Agreement, Call};

/// The field of `_meta` with the id of a tool: in lists to say it, in calls to pin it.
const PIN: &str = "kinglet/id";
/// The field of `_meta` that says of a result whether two programs came to it; else it was one alone.
const AGREE: &str = "kinglet/agreed";
/// Letters of an id that pin a tool, at least.
const LEAST_PIN: usize = 8;
/// Tools as agents see them. Clones share what was read.
#[derive(Clone)]
pub struct Mcp {
    toolbox: Toolbox,
    shown: Shown,
    accounts: Option<Arc<Accounts>>,
}

impl Mcp {
    /// Those tools of `toolbox` whose answers clients are given, on the `routes` of a configuration, or on `only` some.
    pub fn new(toolbox: Toolbox, routes: Routes, only: Option<BTreeSet<String>>) -> Self {
        Self { toolbox, shown: Shown::new(routes, only), accounts: None }
    }

    /// With a line in the books for each call.
    #[must_use]
    pub fn counted(self, accounts: Option<Arc<Accounts>>) -> Self {
        Self { accounts, ..self }
    }

    /// Serves one agent on standard input and output, until it leaves.
    ///
    /// # Errors
    /// When it does not speak the protocol.
    pub async fn on_stdio(self) -> Result<(), String> {
        let running = self.serve(stdio()).await.map_err(|e| e.to_string())?;
        running.waiting().await.map(drop).map_err(|e| e.to_string())
    }

    /// The tools that `key` may call, by the names under which it does.
    async fn lent(&self, key: Option<&Key>) -> Result<Lent, ErrorData> {
        let lent = self.shown.lent(&self.toolbox, key).await;
        lent.map_err(|e| ErrorData::internal_error(e.message, None))
    }

    /// The tool that is meant by `name`, which may end in `@` and the beginning of its id, and by the `pin` of a call.
    async fn find(&self, name: &str, pin: Option<&Value>, key: Option<&Key>) -> Result<Arc<Ready>, ErrorData> {
        let refused = |message: String| ErrorData::invalid_params(message, None);
        let (name, prefix) = name.split_once('@').map_or((name, None), |(name, prefix)| (name, Some(prefix)));
        let pin = match pin {
            None => None,
            Some(Value::String(pin)) => Some(pin.as_str()),
            Some(other) => return Err(refused(format!("_meta: `{PIN}`: a text expected, {other} found"))),
        };
        let pins: Vec<_> = [prefix, pin].into_iter().flatten().map(str::to_ascii_lowercase).collect();
        if pins.iter().any(|pin| pin.len() < LEAST_PIN) {
            return Err(refused(format!("tool `{name}`: a pin of at least {LEAST_PIN} letters of its id expected")));
        }
        self.lent(key).await?.find(name, &pins).map_err(refused)
    }

    /// Runs `ready`; what an agent may mend is told as the tool's result.
    async fn run(&self, ready: &Ready, arguments: Map<String, Value>) -> CallToolResult {
        let name = &ready.kept.name;
        let arguments = Value::Object(arguments);
        if let Err(fault) = ready.schemas.check_arguments(&arguments) {
            return wrong(format!("tool `{name}`: {fault}"));
        }
        let Value::Object(arguments) = arguments else { return wrong(format!("tool `{name}`: arguments expected")) };
        let outcome = match self.toolbox.call(ready, Call::Run { arguments: arguments.clone() }).await {
            Ok(outcome) => outcome,
            Err(error) => return wrong(error.message),
        };
        let result = outcome.result.unwrap_or_default();
        if let Err(fault) = ready.schemas.check_result(&result) {
            return wrong(format!("tool `{name}`: it is not what it promises: {fault}"));
        }
        let agreement = match self.toolbox.agreement(ready, &arguments).await {
            Ok(agreement) => agreement,
            Err((_, why)) => {
                return wrong(format!("tool `{name}`: {why}, so nothing is given: have a model answer this one"));
            }
        };
        let agree = MetaObject(Map::from_iter([(AGREE.to_owned(), (agreement == Agreement::Agrees).into())]));
        CallToolResult::structured(schema::wrapped_result(&ready.tool.output, result)).with_meta(Some(agree))
    }

    /// Writes down a call.
    async fn note(&self, ready: &Ready, asked: Asked<'_>, is_error: bool) -> Result<(), ErrorData> {
        let Some(accounts) = &self.accounts else { return Ok(()) };
        let key = asked.key;
        let trace = Trace {
            id: format!("mcp-{:016x}", crate::layers::random()),
            time: asked.time,
            key: key.map(|key| key.id.clone()),
            owner: key.map(|key| key.owner.clone()),
            tenant: key.and_then(|key| key.tenant.clone()),
            route: Some(ready.kept.route.clone()),
            asked: "mcp".to_owned(),
            tier: Some("tool".to_owned()),
            provider: Some("local".to_owned()),
            model: Some(ready.kept.name.clone()),
            tokens: tokens(&Usage::default()),
            total_us: now() - asked.time,
            status: 200,
            error: is_error.then(|| "tool".to_owned()),
            ..Trace::default()
        };
        let ledger = accounts.ledger();
        let noted = match asked.reservation {
            Some(reservation) => ledger.settle(reservation, trace).await,
            None => ledger.append(trace).await,
        };
        noted.map_err(|e| ErrorData::internal_error(e.message, None))
    }

    /// Makes room for a call within the limits of `key`.
    async fn reserve(&self, key: Option<&Key>) -> Result<Option<ledger::Reservation>, ErrorData> {
        let (Some(accounts), Some(key)) = (&self.accounts, key) else { return Ok(None) };
        let reserved = accounts.ledger().reserve(key, Amount::request(0, 0)).await;
        reserved.map(Some).map_err(|e| ErrorData::invalid_request(e.message, None))
    }
}

/// What is known of a call before it runs.
struct Asked<'a> {
    key: Option<&'a Key>,
    time: i64,
    reservation: Option<ledger::Reservation>,
}

fn wrong(message: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(message)])
}

/// A tool as lists have it.
fn listed(name: String, ready: &Ready) -> Tool {
    let hints = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
    let meta = Map::from_iter([(PIN.to_owned(), Value::from(ready.kept.id.clone()))]);
    let (input, output) = (schema::of_arguments(&ready.tool.input), schema::of_results(&ready.tool.output));
    Tool::new(name, ready.tool.description.clone(), input)
        .with_raw_output_schema(output.into())
        .with_annotations(hints)
        .with_meta(MetaObject(meta))
}

/// The key with which a request came over HTTP; none on pipes, where whoever starts the program may do all.
fn key(context: &RequestContext<RoleServer>) -> Option<Arc<Key>> {
    let parts = context.extensions.get::<axum::http::request::Parts>()?;
    parts.extensions.get::<Arc<Key>>().cloned()
}

impl ServerHandler for Mcp {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("kinglet", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "Small programs that a large model once wrote and that were verified: they compute, and have no effect. \
                 Each is what its `kinglet/id` says; give it in a call's `_meta`, or as NAME@ID, to be sure of it.",
            )
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let lent = self.lent(key(&context).as_deref()).await?;
        Ok(ListToolsResult::with_all_items(lent.tools.into_iter().map(|(name, ready)| listed(name, &ready)).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let (key, time) = (key(&context), now());
        let meta = request.meta.as_ref().and_then(|meta| meta.get(PIN));
        let ready = self.find(&request.name, meta.or_else(|| context.meta.get(PIN)), key.as_deref()).await?;
        let reservation = self.reserve(key.as_deref()).await?;
        let result = self.run(&ready, request.arguments.unwrap_or_default()).await;
        let asked = Asked { key: key.as_deref(), time, reservation };
        self.note(&ready, asked, result.is_error == Some(true)).await?;
        Ok(result.into())
    }
}
