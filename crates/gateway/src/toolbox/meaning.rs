//! Tools by what requests mean, where an embedding model is there: for requests in whose words no tool knows its own.
//!
//! Vectors of what tools know are made beside requests, and kept. Whatever keeps the model from it leaves tools to be found by
//! words alone.
use super::{Shelf, embedder::Embedder, tier::Asking};
use crate::{
    Target,
    account::Accounts,
    app::{App, Shared},
    local::aside,
    promise::{LOOK, tell},
};
use chat::Error;
use lru::LruCache;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use toolsmith::dispatch::{DenseIndex, Entry};

/// Vectors that are kept; tools whose texts are more are found by words alone.
const KEPT: NonZeroUsize = NonZeroUsize::new(8192).expect("some");
/// Examples of a tool that are looked at, and as many negatives.
const MOST_TEXTS: usize = 64;
/// Longest that a request waits for its vector.
const PATIENCE: Duration = Duration::from_millis(300);
/// For so long no request waits, once one did in vain.
const REST: Duration = Duration::from_secs(10);
/// Pause before an embedder that failed is asked again for what tools know.
const AGAIN: Duration = Duration::from_secs(5);

/// What stands for a text.
type Hash = [u8; 32];
type Vectors = HashMap<Hash, Arc<[f32]>>;

/// Tools by the vectors of one model.
#[derive(Default)]
struct Indexes {
    /// Which model it is: vectors of another say nothing.
    identity: String,
    by_route: BTreeMap<String, DenseIndex>,
}

/// Vectors that are known, of one model.
struct Known {
    identity: String,
    vectors: LruCache<Hash, Arc<[f32]>>,
}

/// Finds tools by meaning.
pub(crate) struct Meaning {
    embedder: Embedder,
    indexes: RwLock<Arc<Indexes>>,
    known: Mutex<Known>,
    rests_until: Mutex<Option<Instant>>,
    /// There are other tools.
    pub(super) changed: Notify,
}

impl Meaning {
    pub(super) fn new(target: Target) -> Self {
        Self {
            embedder: Embedder(target),
            indexes: RwLock::default(),
            known: Mutex::new(Known { identity: String::new(), vectors: LruCache::new(KEPT) }),
            rests_until: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// The tools that a request of this `kind` may be for, the likeliest first; none where that cannot be said at once.
    pub(super) async fn find(&self, app: &Shared, asked: &Asking<'_>, kind: &str) -> Vec<String> {
        let indexes = self.indexes.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(index) = indexes.by_route.get(&asked.plan.route).filter(|index| index.finds(kind)) else {
            return Vec::new();
        };
        if (asked.plan.stays && !self.embedder.is_here()) || self.rests() || self.embedder.is_busy(app) {
            return Vec::new();
        }
        let Ok(Ok(vector)) = timeout(PATIENCE, self.embedder.one(app, asked)).await else {
            *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
            return Vec::new();
        };
        let is_same = self.embedder.identity(app).is_ok_and(|identity| identity == indexes.identity);
        let found = if is_same { index.find(kind, &vector) } else { Vec::new() };
        found.into_iter().map(|found| found.tool.to_owned()).collect()
    }

    fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// From now on requests find the tools of `shelves` by the vectors of the model that is called `identity`.
    async fn learn(
        &self,
        app: &App,
        accounts: &Accounts,
        shelves: &Arc<BTreeMap<String, Shelf>>,
        identity: &str,
    ) -> Result<(), Error> {
        let mut by_route = BTreeMap::new();
        for route in shelves.keys() {
            let vectors = self.vectors(app, accounts, route, &shelves[route], identity).await?;
            let (all, on) = (shelves.clone(), route.clone());
            let make = move || {
                let entries: Vec<_> = entries(&all[&on]).collect();
                Ok(DenseIndex::new(&entries, &[], |text| vectors.get(&hash(text)).map(|vector| vector.to_vec())))
            };
            by_route.insert(route.clone(), aside(make).await?);
        }
        let indexes = Arc::new(Indexes { identity: identity.to_owned(), by_route });
        *self.indexes.write().unwrap_or_else(PoisonError::into_inner) = indexes;
        Ok(())
    }

    /// The vectors of all that the tools of `shelf` know; those that are not known yet are asked for.
    async fn vectors(
        &self,
        app: &App,
        accounts: &Accounts,
        route: &str,
        shelf: &Shelf,
        identity: &str,
    ) -> Result<Vectors, Error> {
        let texts: BTreeMap<Hash, &str> = entries(shelf)
            .flat_map(|entry| entry.examples.into_iter().chain(entry.negatives))
            .map(|text| (hash(text), text))
            .take(KEPT.get())
            .collect();
        let (mut vectors, mut missing) = (Vectors::new(), Vec::new());
        for (hash, text) in texts {
            match self.recall(identity, &hash) {
                Some(vector) => drop(vectors.insert(hash, vector)),
                None => missing.push((hash, text)),
            }
        }
        for some in missing.chunks(self.embedder.at_once()) {
            let texts: Vec<&str> = some.iter().map(|(_, text)| *text).collect();
            let made = self.embedder.several(app, accounts, route, &texts).await?;
            for ((hash, _), vector) in some.iter().zip(made) {
                let Some(vector) = vector.map(Arc::from) else { continue };
                self.known.lock().unwrap_or_else(PoisonError::into_inner).vectors.put(*hash, Arc::clone(&vector));
                vectors.insert(*hash, vector);
            }
        }
        Ok(vectors)
    }

    /// A vector that is known, once all of other models are forgotten.
    fn recall(&self, identity: &str, hash: &Hash) -> Option<Arc<[f32]>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.identity != identity {
            identity.clone_into(&mut known.identity);
            known.vectors.clear();
        }
        known.vectors.get(hash).cloned()
    }
}

/// Keeps requests finding the tools that there are, for ever.
pub(super) async fn keep(app: Shared, accounts: Arc<Accounts>) {
    let Some((tier0, meaning)) = app.tier0.as_ref().and_then(|tier0| Some((tier0, tier0.meaning.as_ref()?))) else {
        return;
    };
    let mut is_told = false;
    let mut last = (Arc::default(), String::new());
    loop {
        let shelves = tier0.shelves();
        let learnt = match meaning.embedder.identity(&app) {
            _ if shelves.is_empty() => Ok(()),
            Ok(identity) if Arc::ptr_eq(&shelves, &last.0) && identity == last.1 => Ok(()),
            Ok(identity) => {
                let learnt = meaning.learn(&app, &accounts, &shelves, &identity).await;
                learnt.map(|()| last = (shelves, identity))
            }
            Err(error) => Err(error),
        };
        match learnt {
            Ok(()) => {
                is_told = false;
                let _ = timeout(LOOK, meaning.changed.notified()).await; // either will do
            }
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tell(&format!("warning: tools.embedder: {error}: tools are found by words alone until it answers"));
                }
                sleep(AGAIN).await;
            }
        }
    }
}

/// What the tools of `shelf` are found by.
fn entries(shelf: &Shelf) -> impl Iterator<Item = Entry<'_>> {
    shelf.tools.iter().map(|(id, on)| {
        let mut entry = Entry::new(id, &on.ready.tool);
        entry.examples.truncate(MOST_TEXTS);
        entry.negatives.truncate(MOST_TEXTS);
        entry
    })
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}
