//! What is kept of a request: who asked, who answered, what it took, and what it cost.
use crate::{
    calendar::{DAY, Micros},
    cells::{Cell, Reader},
    limits::Amount,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;

/// One request, also one that failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The `x-request-id`. Clients may choose it, so it need not be the only one.
    pub id: String,
    /// When the request came.
    pub time: Micros,
    /// Id of the key.
    pub key: Option<String>,
    /// Whose key it is.
    pub owner: Option<String>,
    /// For whom the owner asks.
    pub tenant: Option<String>,
    /// The route that was taken.
    pub route: Option<String>,
    /// The client's own word for the kind of request.
    pub tag: Option<String>,
    /// The model as the client named it.
    pub asked: String,
    /// The tier that answered.
    pub tier: Option<String>,
    /// Whose model answered, as the price book names it.
    pub provider: Option<String>,
    /// The model that answered.
    pub model: Option<String>,
    /// Who was tried, in order.
    pub attempts: Vec<Attempt>,
    /// Tokens read and written.
    pub tokens: Tokens,
    /// Micro-USD.
    pub cost: i64,
    /// What the large model would have cost, in micro-USD; none where there is none to compare with.
    pub reference_cost: Option<i64>,
    /// Microseconds in the queue.
    pub queue_us: i64,
    /// Microseconds from the request to the first token.
    pub first_token_us: Option<i64>,
    /// Microseconds from the request to the end.
    pub total_us: i64,
    /// How sure we were of the answer, from 0 to 1.
    pub confidence: Option<f64>,
    /// The HTTP status.
    pub status: i64,
    /// Why the answer ended.
    pub finish: Option<String>,
    /// The kind of error, where there was one.
    pub error: Option<String>,
    /// What was said.
    #[serde(flatten)]
    pub bodies: Bodies,
}

impl Trace {
    /// What counts against the key's limits.
    pub fn amount(&self) -> Amount {
        let Amount { tokens, cost, .. } = Amount::MOST;
        let used = self.tokens.input.saturating_add(self.tokens.output);
        Amount::request(used.clamp(0, tokens), self.cost.clamp(0, cost))
    }
}

/// One try of one who answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The tier.
    pub tier: String,
    /// The model.
    pub model: String,
    /// What came of it: `answered`, `refused`, `timeout`, ...
    pub outcome: String,
    /// Why it was tried, or why it was not enough.
    pub why: String,
}

/// Tokens as OpenAI's API counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Of the prompt, cached ones too.
    pub input: i64,
    /// Of the prompt's, those found in a cache.
    pub cached_input: i64,
    /// Written, reasoning too.
    pub output: i64,
    /// Of those written, the ones nobody is shown.
    pub reasoning: i64,
}

/// What is kept of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    #[default]
    Nothing,
    /// SHA-256 alone: enough to prove what was said, not to tell it.
    Hash,
    /// All, for that many days; the hashes for ever.
    Full {
        /// Days until `purge` removes the texts.
        days: u32,
    },
}

/// What was said, as far as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bodies {
    /// SHA-256 of the request's body, in hexadecimal.
    pub request_hash: Option<String>,
    /// SHA-256 of the answer, in hexadecimal.
    pub answer_hash: Option<String>,
    /// When the texts are to be removed.
    pub bodies_until: Option<Micros>,
    /// The request's body.
    pub request: Option<String>,
    /// The answer.
    pub answer: Option<String>,
}

impl Bodies {
    /// Keeps as much of both as `keep` says, counted from `time`.
    pub fn new(keep: Keep, time: Micros, request: &str, answer: &str) -> Self {
        let hashes = Self { request_hash: Some(hash(request)), answer_hash: Some(hash(answer)), ..Self::default() };
        match keep {
            Keep::Nothing => Self::default(),
            Keep::Hash => hashes,
            Keep::Full { days } => Self {
                bodies_until: Some(time.saturating_add(i64::from(days) * DAY)),
                request: Some(request.to_owned()),
                answer: Some(answer.to_owned()),
                ..hashes
            },
        }
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The most tokens, micro-USD or microseconds of a request.
const MOST: i64 = 1 << 50;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Time,
    Int,
    Real,
    Text,
    Bytes,
}

/// The columns of a trace in the database and in Parquet files, in the order of `cells`.
#[rustfmt::skip]
pub(crate) const COLUMNS: &[(&str, Column)] = &[
    ("id", Column::Text), ("time", Column::Time), ("key_id", Column::Text), ("owner", Column::Text),
    ("tenant", Column::Text), ("route", Column::Text), ("tag", Column::Text), ("asked", Column::Text),
    ("tier", Column::Text), ("provider", Column::Text), ("model", Column::Text), ("attempts", Column::Text),
    ("input", Column::Int), ("cached_input", Column::Int), ("output", Column::Int), ("reasoning", Column::Int),
    ("cost", Column::Int), ("reference_cost", Column::Int), ("queue_us", Column::Int),
    ("first_token_us", Column::Int), ("total_us", Column::Int), ("confidence", Column::Real),
    ("status", Column::Int), ("finish", Column::Text), ("error", Column::Text), ("request_hash", Column::Text),
    ("answer_hash", Column::Text), ("bodies_until", Column::Time), ("request", Column::Bytes), ("answer", Column::Bytes),
];

/// `id, time, ..`
pub(crate) fn column_list() -> String {
    COLUMNS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

impl Trace {
    /// One value for each of `COLUMNS`. What cannot be true of a request is cut, lest a sum overflow.
    pub(crate) fn cells(&self) -> Vec<Cell> {
        let bytes = |text: &Option<String>| Cell::Bytes(text.clone().map(String::into_bytes));
        let attempts = serde_json::to_string(&self.attempts).unwrap_or_default(); // texts alone cannot fail
        let sane = |n: i64| Cell::from(n.clamp(-MOST, MOST));
        let Self { tokens, bodies, .. } = self;
        vec![
            (&self.id).into(),
            self.time.into(),
            (&self.key).into(),
            (&self.owner).into(),
            (&self.tenant).into(),
            (&self.route).into(),
            (&self.tag).into(),
            (&self.asked).into(),
            (&self.tier).into(),
            (&self.provider).into(),
            (&self.model).into(),
            (&attempts).into(),
            sane(tokens.input),
            sane(tokens.cached_input),
            sane(tokens.output),
            sane(tokens.reasoning),
            sane(self.cost),
            self.reference_cost.map_or(Cell::Int(None), sane),
            sane(self.queue_us),
            self.first_token_us.map_or(Cell::Int(None), sane),
            sane(self.total_us),
            Cell::Real(self.confidence.filter(|c| (0.0..=1.0).contains(c)).unwrap_or(-1.0)),
            self.status.into(),
            (&self.finish).into(),
            (&self.error).into(),
            (&bodies.request_hash).into(),
            (&bodies.answer_hash).into(),
            bodies.bodies_until.into(),
            bytes(&bodies.request),
            bytes(&bodies.answer),
        ]
    }

    /// Reads a row that begins with `COLUMNS`.
    pub(crate) fn read(row: &AnyRow) -> sqlx::Result<Self> {
        let mut row = Reader::new(row);
        let text = |bytes: Option<Vec<u8>>| bytes.map(|b| String::from_utf8_lossy(&b).into_owned());
        // fields are read in the order they stand in here, which is that of the columns
        Ok(Self {
            id: row.next()?,
            time: row.next()?,
            key: row.next()?,
            owner: row.next()?,
            tenant: row.next()?,
            route: row.next()?,
            tag: row.next()?,
            asked: row.next()?,
            tier: row.next()?,
            provider: row.next()?,
            model: row.next()?,
            attempts: row.json()?,
            tokens: Tokens {
                input: row.next()?,
                cached_input: row.next()?,
                output: row.next()?,
                reasoning: row.next()?,
            },
            cost: row.next()?,
            reference_cost: row.next()?,
            queue_us: row.next()?,
            first_token_us: row.next()?,
            total_us: row.next()?,
            confidence: Some(row.next()?).filter(|c| *c >= 0.0),
            status: row.next()?,
            finish: row.next()?,
            error: row.next()?,
            bodies: Bodies {
                request_hash: row.next()?,
                answer_hash: row.next()?,
                bodies_until: row.next()?,
                request: text(row.next()?),
                answer: text(row.next()?),
            },
        })
    }
}
