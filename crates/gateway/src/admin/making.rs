//! Has tools made over HTTP: one at a time, in the background, and what came of it is told for as long as the server runs.
use super::{WHO, accounts, tools::toolbox};
use crate::{
    account::failed,
    app::Shared,
    openai::{Failure, body},
    toolbox::{Maker, context, keep, spent_today, superseded},
};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
};
use chat::{BoxFuture, Error, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Handle;
use toolsmith::{Comparison, Example, Gates, Task};

/// Jobs that are remembered.
const MOST: usize = 100;

/// All jobs since the server began, the oldest first.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<Vec<Job>>);

/// A tool that is made, or was.
#[derive(Clone, Debug, Default, Serialize)]
struct Job {
    id: String,
    route: String,
    /// `working`, `kept` or `failed`.
    state: &'static str,
    /// A line for each call of the maker.
    told: Vec<String>,
    /// Why there is no tool.
    error: Option<String>,
    /// The id of the tool.
    tool: Option<String>,
    number: Option<i64>,
}

impl Jobs {
    /// Begins one, unless another is at work.
    fn begin(&self, route: &str) -> Option<String> {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.iter().any(|job| job.state == "working") {
            return None;
        }
        if jobs.len() >= MOST {
            jobs.remove(0);
        }
        let id = format!("job-{:016x}", crate::layers::random());
        jobs.push(Job { id: id.clone(), route: route.to_owned(), state: "working", ..Job::default() });
        Some(id)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Job)) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = jobs.iter_mut().find(|job| job.id == id) {
            change(job);
        }
    }

    fn find(&self, id: &str) -> Option<Job> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|job| job.id == id).cloned()
    }
}

/// What a tool is to be made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    route: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    about: Option<String>,
    examples: Vec<Example>,
    #[serde(default)]
    negatives: Vec<String>,
    #[serde(default)]
    comparison: Comparison,
    /// A chat request as clients send it, whose system message and form of answer the tool's requests have.
    #[serde(default)]
    like: Option<Value>,
    /// The tool that it is to replace.
    #[serde(default)]
    supersedes: Option<String>,
}

/// `POST /admin/v1/tools`: 202, and the job's name.
pub(super) async fn make(State(app): State<Shared>, request: Request) -> Result<(StatusCode, Json<Value>), Failure> {
    let wanted: Wanted = body::fields(&body::read(request, &app.config).await?)?;
    let accounts = accounts(&app)?.clone();
    let policy = &app.config.tool_policy;
    let nobody = || Error::new(Kind::Input, "nobody makes tools here: set tools.maker in kinglet.toml");
    let target = policy.maker.clone().ok_or_else(nobody)?;
    app.config.routes.check_tools(&wanted.route).map_err(|why| Error::field("route", why))?;
    let route = wanted.route.clone();
    let task = task(&app, wanted).await?;
    let maker = Maker {
        accounts,
        sandbox: toolbox(&app)?.sandbox().clone(),
        target,
        second: policy.second.clone(),
        budget: policy.budget,
    };
    let estimate = maker.estimate(&task, &Gates::default()).map_err(|why| Error::new(Kind::Input, why))?;
    let Some(id) = app.jobs.begin(&route) else {
        return Err(Failure::invalid(StatusCode::CONFLICT, "another tool is made at this moment").code("busy"));
    };
    let reply =
        json!({ "job": id, "about_usd": estimate.once as f64 / 1e6, "at_most_usd": estimate.most as f64 / 1e6 });
    // on a thread of its own: what it borrows across waits, no compiler proves to be free of threads
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(work(app, id, route, maker, task)));
    Ok((StatusCode::ACCEPTED, Json(reply)))
}

async fn task(app: &Shared, wanted: Wanted) -> Result<Task, Failure> {
    let Wanted { route, name, about, examples, negatives, comparison, like, supersedes } = wanted;
    let context = context(like.map(|like| like.to_string()).as_deref()).map_err(|why| Error::field("like", why))?;
    let supersedes = match supersedes {
        None => None,
        Some(word) => {
            let ledger = accounts(app)?.ledger();
            Some(superseded(ledger, &app.config.routes, &route, &word).await.map_err(super::unfound)?)
        }
    };
    Ok(Task { name, about, context, examples, negatives, comparison, supersedes })
}

async fn work(app: Shared, id: String, route: String, maker: Maker, task: Task) {
    // boxed, as the compiler cannot see that it may change threads otherwise
    let made: BoxFuture<'_, _> = Box::pin(made(&app, &id, &route, &maker, &task));
    let made = made.await;
    if let Some(toolbox) = &app.config.toolbox {
        let _ = toolbox.read().await; // it is read again within seconds
    }
    app.jobs.change(&id, |job| match made {
        Ok((tool, number)) => (job.state, job.tool, job.number) = ("kept", Some(tool), Some(number)),
        Err(why) => (job.state, job.error) = ("failed", Some(why)),
    });
}

/// The id and number of a tool that is made and kept, or why there is none.
async fn made(app: &Shared, id: &str, route: &str, maker: &Maker, task: &Task) -> Result<(String, i64), String> {
    let mut told = |line: &str| app.jobs.change(id, |job| job.told.push(line.to_owned()));
    let tool = maker.make(task, &Gates::default(), &mut told).await?;
    let why = format!("made by {}", maker.target);
    let number = keep(maker.accounts.ledger(), route, &tool, WHO, &why).await.map_err(|e| e.message)?;
    Ok((tool.id(), number))
}

/// `GET /admin/v1/tools/jobs/{id}`.
pub(super) async fn job(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Failure> {
    let unknown = || {
        let message = format!(
            "no job `{id}` on this server: jobs end with the server that began them, and the last {MOST} are remembered; \
             what was made is in GET /admin/v1/tools, and what it took in the ledger"
        );
        Failure::invalid(StatusCode::NOT_FOUND, message).code("not_found")
    };
    let job = app.jobs.find(&id).ok_or_else(unknown)?;
    let spent = spent_today(accounts(&app)?.ledger()).await.map_err(failed)?;
    Ok(Json(json!({ "job": job, "spent_today_usd": spent as f64 / 1e6 })))
}
