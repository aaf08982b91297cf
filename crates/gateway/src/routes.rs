//! Which models a request may be answered by, in what order: routes with their tiers, models here, and models elsewhere.
use crate::{
    Local, Registry, Upstream,
    promise::{Promise, Promised},
};
use chat::{Error, Kind};
use std::{fmt, sync::Arc};

/// The name that leaves the choice of a route to us.
pub(crate) const AUTO: &str = "auto";
/// The route that `auto` takes where the client's tag names none.
const DEFAULT: &str = "default";

/// One who may answer.
#[derive(Clone)]
pub enum Target {
    /// A model here, or `model@adapter`.
    Local(String),
    /// A model elsewhere.
    Upstream {
        /// Where.
        upstream: Arc<Upstream>,
        /// Its name there.
        model: String,
    },
}

impl Target {
    /// Whose price it has.
    pub(crate) fn provider(&self) -> &str {
        match self {
            Self::Local(_) => "local",
            Self::Upstream { upstream, .. } => upstream.provider(),
        }
    }

    /// Whether it is the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.to_string() == other.to_string() && matches!(self, Self::Local(_)) == matches!(other, Self::Local(_))
    }

    /// Its model's name, where it is.
    pub(crate) fn model(&self) -> &str {
        match self {
            Self::Local(model) | Self::Upstream { model, .. } => model,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(model) => f.write_str(model),
            Self::Upstream { upstream, model } => write!(f, "{}/{model}", upstream.name()),
        }
    }
}

/// Those of a route who are asked one after the other until one can answer.
#[derive(Clone)]
pub struct Tier {
    /// `small`, `large`.
    pub name: String,
    /// The first, and who is asked when it fails.
    pub targets: Vec<Target>,
}

/// A kind of requests, and who answers them.
#[derive(Clone)]
pub struct Route {
    /// What clients call it.
    pub name: String,
    /// Cheapest first.
    pub tiers: Vec<Tier>,
    /// Requests with one of these tags go to models here alone.
    pub always_local: Vec<String>,
    /// Requests with one of these tags go to models elsewhere alone.
    pub never_local: Vec<String>,
    /// Answers of models here whose tokens had a lower mean probability (geometric) go on to the next tier. For
    /// experiments: a threshold promises nothing.
    pub min_confidence: Option<f32>,
    /// How much worse than the large model's its answers may be. Where nothing is promised, models here answer whatever
    /// they can.
    pub promise: Option<Promise>,
    /// Whether tools may answer, before any model is asked.
    pub tools: bool,
}

/// All routes, and what can be asked without one.
#[derive(Clone, Default)]
pub struct Routes {
    routes: Vec<Route>,
    /// Models elsewhere by the name under which clients ask for them.
    direct: Vec<(String, Target)>,
}

/// One who is to be asked.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) tier: String,
    pub(crate) target: Target,
}

/// Who is to be asked for one request.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The name of the route, or of the model that was asked for without one.
    pub(crate) route: String,
    /// In this order, at least one.
    pub(crate) steps: Vec<Step>,
    pub(crate) min_confidence: Option<f32>,
    /// Whether models here answer only what is certified.
    pub(crate) is_promised: bool,
    /// Whether tools may answer.
    pub(crate) tools: bool,
    /// Whether it must not leave this machine.
    pub(crate) stays: bool,
    /// Why it begins where it begins.
    pub(crate) why: &'static str,
    /// Who would have answered if all went to the large model.
    pub(crate) reference: Option<Target>,
}

impl Routes {
    /// `routes`, and models elsewhere that may be asked for by name.
    ///
    /// # Errors
    /// A name that is taken twice, a route without anybody who answers.
    pub fn new(routes: Vec<Route>, direct: Vec<(String, Target)>) -> Result<Self, String> {
        for (i, route) in routes.iter().enumerate() {
            if route.name == AUTO || routes[..i].iter().any(|other| other.name == route.name) {
                return Err(format!("route `{}`: a name of its own expected, and not `{AUTO}`", route.name));
            }
            if route.tiers.iter().all(|tier| tier.targets.is_empty()) {
                return Err(format!("route `{}`: at least one model expected, as `small` or `large`", route.name));
            }
            if route.promise.is_some() && (route.small().is_none() || route.reference().is_none()) {
                let expected = "a model here as `small` and one elsewhere as `large` expected";
                return Err(format!("route `{}`: a promise compares two models: {expected}", route.name));
            }
            if route.tools && route.reference().is_none() {
                let expected = "a model elsewhere as `large` expected, with which they are compared";
                return Err(format!("route `{}`: tools: {expected}", route.name));
            }
        }
        Ok(Self { routes, direct })
    }

    /// What clients may ask for beside the models here.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let auto = (!self.routes.is_empty()).then_some(AUTO);
        auto.into_iter()
            .chain(self.routes.iter().map(|r| r.name.as_str()))
            .chain(self.direct.iter().map(|d| d.0.as_str()))
    }

    /// Everybody elsewhere who may be asked.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let of_routes = self.routes.iter().flat_map(|route| &route.tiers).flat_map(|tier| &tier.targets);
        of_routes.chain(self.direct.iter().map(|(_, target)| target))
    }

    /// The names of the routes on which tools may answer.
    pub fn with_tools(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().filter(|route| route.tools).map(|route| route.name.as_str())
    }

    /// Whether tools may be made for the route that is called so.
    ///
    /// # Errors
    /// That they may not, and which routes there are.
    pub fn check_tools(&self, route: &str) -> Result<(), String> {
        let known: Vec<_> = self.with_tools().map(|name| format!("`{name}`")).collect();
        if self.with_tools().any(|name| name == route) {
            return Ok(());
        }
        let is_there = self.routes.iter().any(|known| known.name == route);
        let mend = if is_there { ": set it in kinglet.toml" } else { "" };
        let there = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
        Err(format!("a route with `tools = true` expected ({there}), `{route}` found{mend}"))
    }

    /// The routes with a promise.
    pub fn promised(&self) -> Vec<Promised> {
        let n_routes = self.routes.iter().filter(|route| route.promise.is_some()).count();
        let promised = self.routes.iter().filter_map(|route| {
            let (small, large) = (route.small()?.to_owned(), route.reference()?.clone());
            let (promise, tools) = (route.promise.clone()?, route.tools);
            Some(Promised { route: route.name.clone(), promise, small, large, n_routes, tools })
        });
        promised.collect()
    }

    /// The routes on which tools answer, each with what is to be proven of a tool there: where nothing is promised, that
    /// it agrees with the large model in 97 of 100 answers.
    pub fn tooled(&self) -> Vec<Promised> {
        let promised = self.promised();
        let tooled = self.routes.iter().filter(|route| route.tools).filter_map(|route| {
            if let Some(promised) = promised.iter().find(|promised| promised.route == route.name) {
                return Some(promised.clone());
            }
            let large = route.reference()?.clone();
            // nobody shares what is not promised: all of it is the tools'
            Some(Promised {
                route: route.name.clone(),
                promise: Promise::of_tools(),
                small: String::new(),
                large,
                n_routes: 1,
                tools: false,
            })
        });
        tooled.collect()
    }

    /// The model here of the route that is called so.
    pub(crate) fn small(&self, route: &str) -> Option<&str> {
        self.routes.iter().find(|known| known.name == route)?.small()
    }

    /// Who is to be asked for a request that names `model` and has this `tag`.
    ///
    /// # Errors
    /// `UnknownModel`; `Input` where the route's rules leave nobody.
    pub(crate) fn plan(&self, registry: &Registry, model: &str, tag: Option<&str>) -> Result<Plan, Error> {
        if let Some(route) = self.route(model, tag) {
            return route.plan(tag);
        }
        if let Some((name, target)) = self.direct.iter().find(|(name, _)| name == model) {
            return Ok(Plan::of_one(name, "large", target.clone()));
        }
        let here = if model == AUTO { registry.names().next() } else { Some(model) };
        match here {
            Some(here) if registry.knows(here) => Ok(Plan::of_one(here, "small", Target::Local(here.to_owned()))),
            _ => Err(self.unknown(registry, model)),
        }
    }

    fn route(&self, model: &str, tag: Option<&str>) -> Option<&Route> {
        let named = |name: &str| self.routes.iter().find(|route| route.name == name);
        if model != AUTO {
            return named(model);
        }
        let only = if let [route] = &self.routes[..] { Some(route) } else { None };
        tag.and_then(named).or_else(|| named(DEFAULT)).or(only)
    }

    /// Nobody is called `model`.
    pub(crate) fn unknown(&self, registry: &Registry, model: &str) -> Error {
        let names: Vec<_> = registry.names().chain(self.names()).map(|name| format!("`{name}`")).collect();
        let message = format!("model: no `{model}` here, there is {}", names.join(", "));
        Error::new(Kind::UnknownModel, message).about("model")
    }
}

impl Route {
    fn plan(&self, tag: Option<&str>) -> Result<Plan, Error> {
        let has = |tags: &[String]| tag.is_some_and(|tag| tags.iter().any(|t| t == tag));
        let (here, away) = (has(&self.always_local), has(&self.never_local));
        let fits = |target: &Target| match target {
            Target::Local(_) => !away,
            Target::Upstream { .. } => !here || away,
        };
        let steps = self.tiers.iter().flat_map(|tier| {
            let fitting = tier.targets.iter().filter(|target| fits(target));
            fitting.map(|target| Step { tier: tier.name.clone(), target: target.clone() })
        });
        // what is certified is certified of one model here
        let is_compared = |step: &Step| match &step.target {
            Target::Local(model) => Some(model.as_str()) == self.small(),
            Target::Upstream { .. } => true,
        };
        let steps: Vec<_> = steps.filter(|step| self.promise.is_none() || here || is_compared(step)).collect();
        if steps.is_empty() {
            let rule = if away { "never_local" } else { "always_local" };
            let message = format!("`{rule}` of route `{}` leaves nobody to answer, use another tag", self.name);
            return Err(Error::field("model", message));
        }
        let why = match (away, here) {
            (true, _) => "never_local",
            (_, true) => "always_local",
            _ => "first",
        };
        // who says `always_local` or `never_local` has decided
        let is_promised = self.promise.is_some() && !here && !away;
        Ok(Plan {
            route: self.name.clone(),
            steps,
            min_confidence: self.min_confidence,
            is_promised,
            tools: self.tools && !away,
            stays: here && !away,
            why,
            reference: self.reference().cloned(),
        })
    }
}

impl Route {
    /// Who would answer if all went to the large model.
    fn reference(&self) -> Option<&Target> {
        let mut away = self.tiers.iter().rev().flat_map(|tier| &tier.targets);
        away.find(|target| matches!(target, Target::Upstream { .. }))
    }

    /// The model here that is asked first.
    fn small(&self) -> Option<&str> {
        self.tiers.iter().flat_map(|tier| &tier.targets).find_map(|target| match target {
            Target::Local(model) => Some(model.as_str()),
            Target::Upstream { .. } => None,
        })
    }
}

impl Plan {
    /// The first model here among those who are to be asked.
    ///
    /// # Errors
    /// `Unavailable` while it loads.
    pub(crate) fn local(&self, registry: &Registry) -> Result<Option<Arc<dyn Local>>, Error> {
        let here = self.steps.iter().find_map(|step| match &step.target {
            Target::Local(model) => Some(model),
            Target::Upstream { .. } => None,
        });
        here.map(|model| registry.get(model)).transpose()
    }

    fn of_one(route: &str, tier: &str, target: Target) -> Self {
        let steps = vec![Step { tier: tier.to_owned(), target }];
        Self {
            route: route.to_owned(),
            steps,
            min_confidence: None,
            is_promised: false,
            tools: false,
            stays: false,
            why: "asked for by name",
            reference: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Api, Settings};
    use router::judge::Judge;

    #[test]
    fn what_is_certified_of_one_model_here_is_not_served_by_another() {
        let settings = Settings::new("far", Api::OpenAi, "http://127.0.0.1:9/v1".to_owned());
        let upstream = Arc::new(Upstream::new(settings).expect("good settings"));
        let here = ["certified", "other"].map(|name| Target::Local(name.to_owned()));
        let tier = |name: &str, targets| Tier { name: name.to_owned(), targets };
        let route = |promise| Route {
            name: "task".to_owned(),
            tiers: vec![
                tier("small", here.to_vec()),
                tier("large", vec![Target::Upstream { upstream: upstream.clone(), model: "large".to_owned() }]),
            ],
            always_local: vec!["draft".to_owned()],
            never_local: vec!["legal".to_owned()],
            min_confidence: None,
            promise,
            tools: false,
        };
        let promise = Promise {
            kind: router::certify::Kind::Harm,
            most: 0.01,
            confidence: 0.95,
            judge: Judge::Exact,
            judge_model: None,
            judge_error: 0.0,
            audit_rate: 0.05,
            audit_budget: None,
        };
        let models = |promise, tag| -> Vec<String> {
            let plan = route(promise).plan(tag).expect("somebody");
            plan.steps.iter().map(|step| step.target.model().to_owned()).collect()
        };
        assert_eq!(models(None, None), ["certified", "other", "large"]);
        assert_eq!(models(Some(promise.clone()), None), ["certified", "large"]);
        assert_eq!(models(Some(promise.clone()), Some("legal")), ["large"]);
        assert_eq!(models(Some(promise), Some("draft")), ["certified", "other"], "the operator has decided");
    }
}
