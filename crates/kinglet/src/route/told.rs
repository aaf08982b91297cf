//! Routes as the ledger tells of them: every comparison is replayed, and nothing else is believed.
use crate::{accounts, ask::model_name, config::Config, models::Store, serve::NONE, when};
use gateway::{Live, Promised, catch_up};
use ledger::Ledger;
use router::{life::Life, statement::Statement};

/// A route as the ledger tells of it.
pub(super) struct Told {
    pub(super) promised: Promised,
    pub(super) statement: Statement,
    pub(super) standing: router::life::Standing,
    pub(super) series: ledger::Series,
}

/// The routes of the configuration that have a promise, or the one that is asked for.
pub(super) fn promised(config: &Config, store: &Store, only: Option<&str>) -> Result<Vec<Promised>, String> {
    let model = &config.model;
    // one that is not on disk is served by its name, once it is fetched
    let name = || Ok::<_, String>(store.here(model)?.map_or_else(|| model.clone(), |file| model_name(&file)));
    let here = (model != NONE).then(name).transpose()?;
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
    Ok(wanted)
}

/// These routes, replayed from the ledger.
pub(super) fn told(config: &Config, store: &Store, only: Option<&str>) -> Result<Vec<Told>, String> {
    let wanted = promised(config, store, only)?;
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
    let mut live = Live::reader(&promised.route, &setting, Life::new(promised.to_prove()));
    catch_up(ledger, &mut live, &[]).await?;
    let standing = live.life.standing();
    let statement = promised.statement(&setting, live.number, &live.hash, &standing);
    let midnight = ledger::midnight(&when::date(when::now())).unwrap_or(0);
    let series = ledger.series(&promised.route, &setting, midnight).await?;
    Ok(Told { promised, statement, standing, series })
}
