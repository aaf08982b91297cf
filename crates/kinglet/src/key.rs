//! `kinglet key`: makes, lists, limits and revokes the keys that clients ask with.
use crate::{
    accounts,
    config::Config,
    limits::{self, Given},
    models::say,
    out, places,
    table::{Side, table},
    when,
};
use clap::{Args, Subcommand};
use ledger::{Error, Key, Kind, Ledger, Limits, Micros, NewKey, Unusable};
use serde_json::{Value, json};
use std::io::{self, Write};

#[derive(Subcommand)]
pub(crate) enum Action {
    /// Make a key. Its secret is printed once, alone on standard output, and is never to be had again.
    Create(Create),
    /// List all keys.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change a key's limits; those that are not given stay as they are, `none` takes one away.
    Limit {
        /// Its id, as `kinglet key list` shows it.
        id: String,
        #[command(flatten)]
        given: Given,
    },
    /// Revoke a key for ever.
    Revoke {
        /// Its id, as `kinglet key list` shows it.
        id: String,
    },
}

#[derive(Args)]
pub(crate) struct Create {
    /// Whose it is.
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// For whom the owner asks.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The routes that it may take [default: all].
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    routes: Vec<String>,
    /// How long it is good: for a time such as 30d, or up to the end of a day (UTC) such as 2030-12-31.
    #[arg(long, value_name = "TIME|DATE", value_parser = when::end)]
    expires: Option<Micros>,
    #[command(flatten)]
    given: Given,
}

impl Action {
    pub(crate) fn run(self, config: &Config) -> Result<(), String> {
        match self {
            Self::Create(create) => create.run(config),
            Self::List { json } => list(config, json),
            Self::Limit { id, given } => limit(config, &id, &given),
            Self::Revoke { id } => {
                accounts::with(config, false, async |ledger| ledger.revoke_key(&id, &who()).await)?;
                say(&format!("{id} is revoked; a running server learns of it within seconds"));
                Ok(())
            }
        }
    }
}

impl Create {
    fn run(self, config: &Config) -> Result<(), String> {
        let Self { owner, tenant, routes, expires, given } = self;
        if let Some(empty) = routes.iter().find(|route| route.trim().is_empty()) {
            return Err(format!("--routes: names of routes expected, {empty:?} found"));
        }
        let mut limits = Limits::default();
        given.change(&mut limits);
        let new = NewKey { owner, tenant, routes, limits, expires };
        let made = async |ledger: &Ledger| {
            let (key, secret) = ledger.create_key(new, &who()).await?;
            // a secret that nobody got is good for nothing
            let told = writeln!(io::stdout(), "{secret}").and_then(|()| io::stdout().flush());
            if told.is_err() {
                ledger.revoke_key(&key.id, &who()).await?;
            }
            Ok((key, told))
        };
        let (key, told) = accounts::with(config, true, made)?;
        told.map_err(|e| format!("standard output: {e}; the new key {} was revoked, as its secret is lost", key.id))?;
        let expires = key.expires.map_or_else(String::new, |end| format!(", good until {}", when::moment(end)));
        let limits = limits::in_words(&key.limits);
        say(&format!(
            "{} for {}, limits: {limits}{expires}; keep the secret, it is not shown again",
            key.id, key.owner
        ));
        Ok(())
    }
}

fn list(config: &Config, json: bool) -> Result<(), String> {
    let keys = accounts::with(config, false, async |ledger| ledger.keys().await)?;
    let now = when::now();
    match json {
        true => out::print_json(&keys.iter().map(|key| as_json(key, now)).collect()),
        false => out::print(&table(&HEAD, keys.iter().map(|key| row(key, now)))),
    }
}

fn limit(config: &Config, id: &str, given: &Given) -> Result<(), String> {
    if !given.change(&mut Limits::default()) {
        return Err(format!("key limit {id}: a limit to change expected, such as --budget-day 5"));
    }
    let changed = async |ledger: &Ledger| {
        let missing =
            || Error { kind: Kind::NotFound, message: format!("key `{id}`: not in the ledger, see kinglet key list") };
        let mut limits = ledger.keys().await?.into_iter().find(|key| key.id == id).ok_or_else(missing)?.limits;
        given.change(&mut limits);
        ledger.set_limits(id, limits, &who()).await?;
        Ok(limits)
    };
    let limits = accounts::with(config, false, changed)?;
    say(&format!("{id} has these limits now: {}", limits::in_words(&limits)));
    Ok(())
}

const HEAD: [(&str, Side); 8] = [
    ("KEY", Side::Left),
    ("OWNER", Side::Left),
    ("TENANT", Side::Left),
    ("STATE", Side::Left),
    ("CREATED", Side::Left),
    ("EXPIRES", Side::Left),
    ("ROUTES", Side::Left),
    ("LIMITS", Side::Left),
];

fn row(key: &Key, now: Micros) -> [String; 8] {
    [
        key.id.clone(),
        key.owner.clone(),
        key.tenant.clone().unwrap_or_else(|| "-".to_owned()),
        state(key, now).to_owned(),
        when::date(key.created),
        key.expires.map_or_else(|| "never".to_owned(), when::moment),
        if key.routes.is_empty() { "all".to_owned() } else { key.routes.join(",") },
        limits::in_words(&key.limits),
    ]
}

fn as_json(key: &Key, now: Micros) -> Value {
    json!({
        "key": key.id,
        "owner": key.owner,
        "tenant": key.tenant,
        "state": state(key, now),
        "created": when::moment(key.created),
        "expires": key.expires.map(when::moment),
        "revoked": key.revoked.map(when::moment),
        "routes": key.routes,
        "limits": limits::as_json(&key.limits),
    })
}

/// Whether it is good.
pub(crate) fn state(key: &Key, now: Micros) -> &'static str {
    match key.check_now(now) {
        Ok(()) => "good",
        Err(Unusable::Expired) => "expired",
        Err(_) => "revoked",
    }
}

/// Who the audit log says it was.
fn who() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(places::variable);
    user.unwrap_or_else(|| "the command line".to_owned())
}
