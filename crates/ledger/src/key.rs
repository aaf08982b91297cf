//! A virtual key: who may ask, for what, how much, and how long.
use crate::{Limits, Micros};
use std::fmt;

/// A key as the ledger keeps it. Cheap to keep in memory for some seconds: only `expires` goes on by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Its public part, with which the secret begins.
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// For whom the owner asks.
    pub tenant: Option<String>,
    /// The routes that it may take; empty: all.
    pub routes: Vec<String>,
    /// How much it may use.
    pub limits: Limits,
    /// When it was made.
    pub created: Micros,
    /// From when on it is no longer good.
    pub expires: Option<Micros>,
    /// When it was revoked.
    pub revoked: Option<Micros>,
}

/// What a new key is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewKey {
    /// Whose it is.
    pub owner: String,
    /// For whom the owner asks.
    pub tenant: Option<String>,
    /// The routes that it may take; empty: all.
    pub routes: Vec<String>,
    /// How much it may use.
    pub limits: Limits,
    /// From when on it is no longer good.
    pub expires: Option<Micros>,
}

/// Why a key is no good for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// It is for other routes.
    Route,
}

impl Key {
    /// Whether it is good for anything at the time `now`.
    ///
    /// # Errors
    /// Why not.
    pub fn check_now(&self, now: Micros) -> Result<(), Unusable> {
        if self.revoked.is_some() {
            return Err(Unusable::Revoked);
        }
        match self.expires {
            Some(end) if end <= now => Err(Unusable::Expired),
            _ => Ok(()),
        }
    }

    /// Whether it is good for `route` at the time `now`. To be asked with each request, also of a cached key.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, route: &str, now: Micros) -> Result<(), Unusable> {
        self.check_now(now)?;
        if !self.routes.is_empty() && !self.routes.iter().any(|r| r == route) {
            return Err(Unusable::Route);
        }
        Ok(())
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the key has expired, ask for a new one",
            Self::Revoked => "the key was revoked, ask for a new one",
            Self::Route => "the key is for other routes, ask for one that includes this",
        })
    }
}
