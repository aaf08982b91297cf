//! `kinglet route`: how the promises stand, what can be said of them, and what a rule would do on labelled requests.
use crate::{
    accounts,
    ask::model_name,
    config::{Config, promise::percent},
    models::Store,
    money, out,
    serve::NONE,
    table::{Side, table},
    when,
};
use clap::{Args, Subcommand};
use gateway::{Live, Promised, catch_up};
use ledger::Ledger;
use router::{life::Life, statement::Statement};
use serde_json::json;

#[derive(Subcommand)]
pub(crate) enum Action {
    /// Show how the routes with a promise stand.
    Status(Status),
    /// Print what is proven on a route, and what it rests on.
    Statement(Say),
}

#[derive(Args)]
pub(crate) struct Status {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Say {
    /// The route [default: all with a promise].
    route: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// A route as the ledger tells of it.
struct Told {
    promised: Promised,
    statement: Statement,
    standing: router::life::Standing,
    series: ledger::Series,
}

impl Action {
    pub(crate) fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        match self {
            Self::Status(status) => status.run(config, store),
            Self::Statement(say) => say.run(config, store),
        }
    }
}

impl Status {
    fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        let all = told(config, store, None)?;
        if self.json {
            let routes = all.iter().map(|told| {
                json!({ "route": told.promised.route, "standing": told.standing, "statement": told.statement,
                        "audits_waiting": told.series.n - told.series.n_judged,
                        "spent_today_usd": money::json(told.series.cost) })
            });
            return out::print_json(&json!({ "routes": routes.collect::<Vec<_>>() }));
        }
        out::print(&table(&HEAD, all.iter().map(row)))
    }
}

const HEAD: [(&str, Side); 9] = [
    ("ROUTE", Side::Left),
    ("PROMISE", Side::Left),
    ("STATE", Side::Left),
    ("HERE", Side::Right),
    ("AUDITS", Side::Right),
    ("WAITING", Side::Right),
    ("MISSING", Side::Right),
    ("SPENT TODAY", Side::Right),
    ("LAST ALARM", Side::Left),
];

fn row(told: &Told) -> [String; 9] {
    let Told { promised, statement, series, standing } = told;
    let share = statement.local as f64 / statement.audits.max(1) as f64;
    let state = match statement.version {
        Some(version) => format!("certified, v{version}"),
        None => "shadowing".to_owned(),
    };
    let missing = match statement.missing {
        _ if standing.untaught > 0 => format!("{} to learn", standing.untaught),
        Some(n) => n.to_string(),
        None => "-".to_owned(),
    };
    let what = match promised.promise.kind {
        router::certify::Kind::Harm => "harm",
        router::certify::Kind::Loss => "loss",
    };
    [
        promised.route.clone(),
        format!("{what} <= {}", percent(promised.promise.most)),
        state,
        if statement.is_certified { format!("{:.0} %", 100.0 * share) } else { "-".to_owned() },
        statement.all_audits.to_string(),
        (series.n - series.n_judged).to_string(),
        missing,
        money::show(series.cost),
        statement.alarm.clone().unwrap_or_else(|| "-".to_owned()),
    ]
}

impl Say {
    fn run(&self, config: &Config, store: &Store) -> Result<(), String> {
        let all = told(config, store, self.route.as_deref())?;
        if self.json {
            let statements: Vec<_> = all.iter().map(|told| &told.statement).collect();
            return out::print_json(&json!({ "statements": statements }));
        }
        let texts = all.iter().map(|Told { statement, .. }| {
            let Statement { text, number, hash, setting, .. } = statement;
            format!("{text}\nCompared: {setting}.\nLedger up to audit {number}: {hash}\n")
        });
        out::print(&texts.collect::<Vec<_>>().join("\n"))
    }
}

/// The routes with a promise, or the one that is asked for, replayed from the ledger: nothing else is believed.
fn told(config: &Config, store: &Store, only: Option<&str>) -> Result<Vec<Told>, String> {
    let here = (config.model != NONE).then(|| store.find(&config.model).map(|file| model_name(&file))).transpose()?;
    let promised = config.elsewhere.routes(here.as_deref())?.promised();
    let known: Vec<_> = promised.iter().map(|p| format!("`{}`", p.route)).collect();
    let wanted: Vec<_> = promised.into_iter().filter(|p| only.is_none_or(|only| only == p.route)).collect();
    if wanted.is_empty() {
        let found = only.map_or_else(String::new, |only| format!(", `{only}` found"));
        return Err(match known.is_empty() {
            true => "no route has a promise: set max_harm, such as \"1%\", in [routes.NAME]".to_owned(),
            false => format!("a route with a promise expected ({}){found}", known.join(", ")),
        });
    }
    accounts::with(config, false, async |ledger| {
        let mut all = Vec::new();
        for promised in wanted {
            all.push(tell(ledger, promised).await?);
        }
        Ok(all)
    })
}

async fn tell(ledger: &Ledger, promised: Promised) -> ledger::Result<Told> {
    let setting = ledger.last_setting(&promised.route).await?.unwrap_or_default();
    let mut live = Live::new(&promised.route, &setting, Life::new(promised.to_prove()));
    catch_up(ledger, &mut live, &[]).await?;
    let standing = live.life.standing();
    let statement = promised.statement(&setting, live.number, &live.hash, &standing);
    let midnight = ledger::midnight(&when::date(when::now())).unwrap_or(0);
    let series = ledger.series(&promised.route, &setting, midnight).await?;
    Ok(Told { promised, statement, standing, series })
}
