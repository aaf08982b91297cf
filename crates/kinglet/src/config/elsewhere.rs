//! `[upstreams.NAME]` and `[routes.NAME]`: models elsewhere, and who answers what.
use super::{
    promise,
    value::{Value, show_duration},
};
use gateway::{Api, Route, Routes, Secret, Settings, Target, Tier, Upstream};
use std::{sync::Arc, time::Duration};

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);

/// The tables of these kinds.
pub(super) const KINDS: [&str; 2] = ["upstreams", "routes"];

/// Provider of models elsewhere.
pub(crate) struct Provider {
    settings: Settings,
    /// Models that clients may ask for as `NAME/MODEL`.
    models: Vec<String>,
}

/// A route as the file has it.
pub(crate) struct Wanted {
    name: String,
    small: Vec<String>,
    large: Vec<String>,
    always_local: Vec<String>,
    never_local: Vec<String>,
    min_confidence: Option<f32>,
    tools: bool,
    promise: promise::Wanted,
}

/// Both kinds.
#[derive(Default)]
pub(crate) struct Elsewhere {
    providers: Vec<Provider>,
    routes: Vec<Wanted>,
}

impl Elsewhere {
    /// Takes `key` of the table `kind.name`.
    ///
    /// # Errors
    /// What is expected instead.
    pub(super) fn set(&mut self, kind: &str, name: &str, key: &str, value: &Value) -> Result<(), String> {
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) || name.is_empty() {
            return Err(format!("a name of letters, digits, `-`, `_` and `.` expected, {name:?} found"));
        }
        match kind {
            "upstreams" => self.provider(name).set(key, value),
            _ => self.route(name).set(key, value),
        }
    }

    fn provider(&mut self, name: &str) -> &mut Provider {
        let at = self.providers.iter().position(|p| p.settings.name == name).unwrap_or_else(|| {
            let settings = Settings { name: name.to_owned(), provider: name.to_owned(), ..Settings::default() };
            self.providers.push(Provider { settings, models: Vec::new() });
            self.providers.len() - 1
        });
        &mut self.providers[at]
    }

    fn route(&mut self, name: &str) -> &mut Wanted {
        let at = self.routes.iter().position(|r| r.name == name).unwrap_or_else(|| {
            self.routes.push(Wanted::new(name));
            self.routes.len() - 1
        });
        &mut self.routes[at]
    }

    /// Whether nothing of it is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.providers.is_empty() && self.routes.is_empty()
    }

    /// The routes, with `here` the model of this machine, if any.
    ///
    /// # Errors
    /// All that does not fit together, a line for each.
    pub(crate) fn routes(&self, here: Option<&str>) -> Result<Routes, String> {
        let upstreams = self.upstreams()?;
        let direct = self.providers.iter().zip(&upstreams).flat_map(|(provider, upstream)| {
            let target = |model: &String| Target::Upstream { upstream: upstream.clone(), model: model.clone() };
            provider.models.iter().map(target).map(|target| (target.to_string(), target))
        });
        let resolve = |wanted: &Wanted| {
            wanted.resolve(&upstreams, here).map_err(|fault| format!("routes.{}: {fault}", wanted.name))
        };
        Routes::new(all(self.routes.iter().map(resolve))?, direct.collect())
    }

    /// The model elsewhere that is called `UPSTREAM/MODEL`.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn away(&self, name: &str) -> Result<Target, String> {
        self.target(name, None)
    }

    /// The same, or the model `here`, if it is called so.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn target(&self, name: &str, here: Option<&str>) -> Result<Target, String> {
        target(name, &self.upstreams()?, here)
    }

    fn upstreams(&self) -> Result<Vec<Arc<Upstream>>, String> {
        let open = |provider: &Provider| {
            let fault = |fault| format!("upstreams.{}: {fault}", provider.settings.name);
            Upstream::new(provider.settings.clone()).map(Arc::new).map_err(fault)
        };
        all(self.providers.iter().map(open))
    }

    /// As the file would say it, secrets masked.
    pub(super) fn show(&self) -> String {
        let providers = self.providers.iter().map(Provider::show);
        providers.chain(self.routes.iter().map(Wanted::show)).collect()
    }
}

/// All of them, or all faults, a line for each.
fn all<T>(results: impl Iterator<Item = Result<T, String>>) -> Result<Vec<T>, String> {
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    results.for_each(|result| match result {
        Ok(one) => good.push(one),
        Err(fault) => faults.push(fault),
    });
    if faults.is_empty() { Ok(good) } else { Err(faults.join("\n")) }
}

impl Provider {
    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let settings = &mut self.settings;
        let time = |value: &Value| value.duration(MILLISECOND..=HOUR);
        match key {
            "api" => settings.api = value.text()?.parse()?,
            "url" => value.text()?.trim_end_matches('/').clone_into(&mut settings.url),
            "key" => settings.key = Some(Secret::new(value.text()?)),
            "provider" => value.text()?.clone_into(&mut settings.provider),
            "models" => self.models = value.texts()?,
            "headers" => settings.headers = value.texts()?.iter().map(|text| header(text)).collect::<Result<_, _>>()?,
            "connect_timeout" => settings.connect_timeout = time(value)?,
            "first_token_timeout" => settings.first_token_timeout = time(value)?,
            "idle_timeout" => settings.idle_timeout = time(value)?,
            "timeout" => settings.timeout = time(value)?,
            "tries" => settings.tries = u32::try_from(value.count(1..=10)?).unwrap_or(1),
            "stream_usage" => settings.stream_usage = value.flag()?,
            "plain_http" => settings.plain_http = value.flag()?,
            "without" => settings.without = value.texts()?,
            "max_tokens" => settings.max_tokens = value.count(1..=1 << 20)?,
            "answer_by_tool" => settings.answer_by_tool = value.flag()?,
            "breaker_failures" => settings.breaker_failures = u32::try_from(value.count(1..=1000)?).unwrap_or(1),
            "breaker_pause" => settings.breaker_pause = time(value)?,
            other => return Err(unknown(other, &PROVIDER_KEYS)),
        }
        Ok(())
    }

    fn show(&self) -> String {
        let Settings { name, api, url, key, provider, .. } = &self.settings;
        let Settings { connect_timeout, first_token_timeout, idle_timeout, timeout, tries, stream_usage, .. } =
            &self.settings;
        let mut out = format!("\n[upstreams.{name}]\napi = {:?}\nurl = {url:?}\n", name_of(*api));
        if key.is_some() {
            out.push_str("key = \"***\"\n");
        }
        let times = [
            ("connect_timeout", connect_timeout),
            ("first_token_timeout", first_token_timeout),
            ("idle_timeout", idle_timeout),
            ("timeout", timeout),
        ];
        out.push_str(&format!("provider = {provider:?}\nmodels = {:?}\n", self.models));
        times.iter().for_each(|(key, time)| out.push_str(&format!("{key} = {:?}\n", show_duration(**time))));
        out.push_str(&format!("tries = {tries}\nstream_usage = {stream_usage}\n"));
        // what stands at its default is left out
        let usual = Settings::default();
        for (key, flag) in [("plain_http", self.settings.plain_http), ("answer_by_tool", self.settings.answer_by_tool)]
        {
            if flag {
                out.push_str(&format!("{key} = true\n"));
            }
        }
        if !self.settings.headers.is_empty() {
            let shown: Vec<_> = self.settings.headers.iter().map(|(name, _)| format!("{name}: ***")).collect();
            out.push_str(&format!("headers = {shown:?}\n"));
        }
        if !self.settings.without.is_empty() {
            out.push_str(&format!("without = {:?}\n", self.settings.without));
        }
        if self.settings.max_tokens != usual.max_tokens {
            out.push_str(&format!("max_tokens = {}\n", self.settings.max_tokens));
        }
        out.push_str(&format!("breaker_failures = {}\n", self.settings.breaker_failures));
        out.push_str(&format!("breaker_pause = {:?}\n", show_duration(self.settings.breaker_pause)));
        out
    }
}

const PROVIDER_KEYS: [&str; 18] = [
    "api",
    "url",
    "key",
    "provider",
    "models",
    "headers",
    "connect_timeout",
    "first_token_timeout",
    "idle_timeout",
    "timeout",
    "tries",
    "stream_usage",
    "plain_http",
    "without",
    "max_tokens",
    "answer_by_tool",
    "breaker_failures",
    "breaker_pause",
];
pub(super) const ROUTE_KEYS: [&str; 6] = ["small", "large", "always_local", "never_local", "min_confidence", "tools"];

fn unknown(key: &str, known: &[&str]) -> String {
    let near = known.iter().min_by_key(|k| super::distance(k, key)).filter(|k| super::distance(k, key) <= 3);
    match near {
        Some(near) => format!("unknown key, perhaps `{near}` is meant"),
        None => format!("unknown key; known are {}", known.join(", ")),
    }
}

fn name_of(api: Api) -> &'static str {
    match api {
        Api::OpenAi => "openai",
        Api::Azure => "azure",
        Api::Anthropic => "anthropic",
    }
}

/// `NAME: VALUE`.
fn header(text: &str) -> Result<(String, Secret), String> {
    // what follows the name may be a secret
    let (name, value) = text.split_once(':').ok_or("\"NAME: VALUE\" expected in each text of the list")?;
    Ok((name.trim().to_owned(), Secret::new(value.trim())))
}

impl Wanted {
    fn new(name: &str) -> Self {
        let (small, large, always_local, never_local) = Default::default();
        Self {
            name: name.to_owned(),
            small,
            large,
            always_local,
            never_local,
            min_confidence: None,
            tools: false,
            promise: promise::Wanted::default(),
        }
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        match key {
            "small" => self.small = value.one_or_more()?,
            "large" => self.large = value.one_or_more()?,
            "always_local" => self.always_local = value.texts()?,
            "never_local" => self.never_local = value.texts()?,
            "min_confidence" => self.min_confidence = Some(value.share()?),
            "tools" => self.tools = value.flag()?,
            other if promise::KEYS.contains(&other) => self.promise.set(other, value)?,
            other => return Err(unknown(other, &[&ROUTE_KEYS[..], &promise::KEYS].concat())),
        }
        Ok(())
    }

    fn resolve(&self, upstreams: &[Arc<Upstream>], here: Option<&str>) -> Result<Route, String> {
        let tier = |name: &str, models: &[String]| {
            let targets = models.iter().map(|model| target(model, upstreams, here)).collect::<Result<_, _>>()?;
            Ok::<_, String>(Tier { name: name.to_owned(), targets })
        };
        Ok(Route {
            name: self.name.clone(),
            tiers: vec![tier("small", &self.small)?, tier("large", &self.large)?],
            always_local: self.always_local.clone(),
            never_local: self.never_local.clone(),
            min_confidence: self.min_confidence,
            promise: self.promise.resolve(|name| target(name, upstreams, here))?,
            tools: self.tools,
        })
    }

    fn show(&self) -> String {
        let Self { name, small, large, always_local, never_local, min_confidence, tools, promise } = self;
        let mut out = format!("\n[routes.{name}]\nsmall = {small:?}\nlarge = {large:?}\n");
        out.push_str(&format!("always_local = {always_local:?}\nnever_local = {never_local:?}\n"));
        if let Some(least) = min_confidence {
            out.push_str(&format!("min_confidence = {least}\n"));
        }
        if *tools {
            out.push_str("tools = true\n");
        }
        out + &promise.show()
    }
}

/// `UPSTREAM/MODEL`, or the model here, which `local` means too, or an adapter of it.
fn target(text: &str, upstreams: &[Arc<Upstream>], here: Option<&str>) -> Result<Target, String> {
    let named = |name: &str| upstreams.iter().find(|upstream| upstream.name() == name).cloned();
    if let Some((upstream, model)) = text.split_once('/').and_then(|(name, model)| Some((named(name)?, model))) {
        return Ok(Target::Upstream { upstream, model: model.to_owned() });
    }
    match here {
        Some(here) if text == "local" || text == here => Ok(Target::Local(here.to_owned())),
        Some(here) if text.rsplit_once('@').is_some_and(|(base, _)| base == here) => Ok(Target::Local(text.to_owned())),
        _ => {
            let names: Vec<_> = upstreams.iter().map(|u| format!("`{}/MODEL`", u.name())).collect();
            let here = here.map(|name| format!("`{name}`"));
            let all: Vec<_> = here.into_iter().chain(names).collect();
            Err(format!("a model expected, such as {}; `{text}` found", all.join(" or ")))
        }
    }
}
