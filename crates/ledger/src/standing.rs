//! How the keys stand against their limits now.
use crate::{
    Key, Ledger, Micros, Result,
    cells::{Cell, Reader, query},
    hold::GRACE,
    limits::{Amount, Limits, Windows},
};
use std::collections::HashMap;

/// A key beside what is taken of each of its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The key.
    pub key: Key,
    /// One for each limit there may be, in the order of `Limits`.
    pub taken: [Taken; Limits::N],
}

/// What is taken of one limit.
///
/// Days and months are counted without a limit, too; minutes only while there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The limit in words: `tokens a minute`.
    pub limit: &'static str,
    /// How much it allows, if it is set.
    pub most: Option<i64>,
    /// What requests that ended used.
    pub used: i64,
    /// What requests at work may use, and what replicas hold ahead for those that follow.
    pub held: i64,
    /// When the window ends; none for concurrent requests.
    pub until: Option<Micros>,
}

impl Ledger {
    /// All keys, the oldest first, with what is taken of their limits.
    ///
    /// # Errors
    /// `Database`.
    pub async fn standings(&self) -> Result<Vec<Standing>> {
        let now = self.shared.now();
        let windows = Windows::at(now);
        // one statement, since between two a settlement could move from held to used unseen
        let sql = "SELECT key_id, window_kind, held, CAST(SUM(requests) AS BIGINT), CAST(SUM(tokens) AS BIGINT),
                CAST(SUM(cost) AS BIGINT)
            FROM (SELECT key_id, window_kind, window_start, CAST(0 AS BIGINT) AS held, requests, tokens, cost FROM used
                UNION ALL
                SELECT key_id, window_kind, window_start, CAST(1 AS BIGINT), requests, tokens, cost
                FROM holds JOIN replicas ON id = replica WHERE alive_until > $1) AS taken
            WHERE (window_kind = 0 AND window_start = $2) OR (window_kind = 1 AND window_start = $3)
                OR (window_kind = 2 AND window_start = $4) OR (window_kind = 3 AND window_start = $5)
            GROUP BY key_id, window_kind, held";
        let [w0, w1, w2, w3] = windows.0;
        let cells = [now - GRACE, w0, w1, w2, w3].map(Cell::from);
        let rows = query(sql.to_owned(), cells).fetch_all(&self.database.pool).await?;
        let mut found: HashMap<String, [[Amount; 4]; 2]> = HashMap::new();
        for row in &rows {
            let mut row = Reader::new(row);
            let amounts = found.entry(row.next()?).or_default();
            let window = usize::try_from(row.next::<i64>()?).unwrap_or(usize::MAX);
            let held = usize::from(row.next::<i64>()? != 0);
            if let Some(amount) = amounts[held].get_mut(window) {
                *amount = Amount { requests: row.next()?, tokens: row.next()?, cost: row.next()? };
            }
        }
        let standing = |key: Key| {
            let [used, held] = found.remove(&key.id).unwrap_or_default();
            Standing { taken: key.limits.taken(windows, &used, &held), key }
        };
        Ok(self.keys().await?.into_iter().map(standing).collect())
    }
}
