//! What requests cost, took and saved, summed by whatever is asked for.
use crate::{
    Error, Ledger, Result, Span, calendar,
    cells::{Reader, query},
};
use serde::Serialize;
use sqlx::any::AnyRow;
use std::str::FromStr;

/// What to sum by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// One sum of all.
    Total,
    /// The route.
    Route,
    /// The key's id.
    Key,
    /// Whose key it was.
    Owner,
    /// The day in UTC, as `2024-05-13`.
    Day,
    /// Provider and model that answered, as `openai/gpt-4o`.
    Model,
    /// The tier that answered.
    Tier,
}

impl By {
    /// Each of them.
    pub const ALL: [Self; 7] = [Self::Total, Self::Route, Self::Key, Self::Owner, Self::Day, Self::Model, Self::Tier];

    /// Its name, by which it is read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Route => "route",
            Self::Key => "key",
            Self::Owner => "owner",
            Self::Day => "day",
            Self::Model => "model",
            Self::Tier => "tier",
        }
    }
}

impl FromStr for By {
    type Err = Error;

    /// # Errors
    /// `Input`, which tells the names that there are.
    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::input(format!("one of {names} expected, `{name}` found"))
        })
    }
}

/// One sum.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Line {
    /// What it is the sum of; empty where requests have no such thing.
    pub group: String,
    /// All requests.
    pub requests: i64,
    /// Of these, those whose status is 400 or more.
    pub failed: i64,
    /// Tokens of the prompts, cached ones too.
    pub input: i64,
    /// Of these, those found in a cache.
    pub cached_input: i64,
    /// Tokens written, reasoning too.
    pub output: i64,
    /// Of these, reasoning.
    pub reasoning: i64,
    /// Micro-USD.
    pub cost: i64,
    /// What the large model would have cost for the requests that can be compared, in micro-USD.
    pub reference_cost: i64,
    /// That, less what those requests did cost; below 0 if they cost more.
    pub saved: i64,
    /// Tokens written a second, from leaving the queue to the end, requests that wrote none left out.
    pub tokens_second: f64,
    /// Mean microseconds to the first token, of requests that had one.
    pub first_token_us: i64,
    /// Mean microseconds to the end.
    pub total_us: i64,
}

impl Ledger {
    /// Sums the requests of `span`, in the order of their groups.
    ///
    /// # Errors
    /// `Database`.
    pub async fn report(&self, span: Span, by: By) -> Result<Vec<Line>> {
        let group = match by {
            By::Total => "''",
            By::Route => "COALESCE(route, '')",
            By::Key => "COALESCE(key_id, '')",
            By::Owner => "COALESCE(owner, '')",
            By::Day => "CAST(time - ((time % 86400000000) + 86400000000) % 86400000000 AS TEXT)",
            By::Model => "COALESCE(provider || '/', '') || COALESCE(model, '')",
            By::Tier => "COALESCE(tier, '')",
        };
        let sums = [
            "1",
            "CASE WHEN status >= 400 THEN 1 ELSE 0 END",
            "input",
            "cached_input",
            "output",
            "reasoning",
            "cost",
            "COALESCE(reference_cost, 0)",
            "COALESCE(reference_cost - cost, 0)",
            "CASE WHEN output > 0 THEN total_us - queue_us ELSE 0 END",
            "COALESCE(first_token_us, 0)",
            "CASE WHEN first_token_us IS NULL THEN 0 ELSE 1 END",
            "total_us",
        ];
        // PostgreSQL sums whole numbers to decimal ones
        let sums = sums.map(|sum| format!("CAST(COALESCE(SUM({sum}), 0) AS BIGINT)")).join(", ");
        let sql = format!(
            "SELECT {group} AS label, {sums} FROM traces WHERE time >= $1 AND time < $2 GROUP BY label ORDER BY label"
        );
        let rows = query(sql, span.cells()).fetch_all(&self.database.pool).await?;
        let mut lines = rows.iter().map(read).collect::<sqlx::Result<Vec<_>>>()?;
        if by == By::Day {
            for line in &mut lines {
                line.group = line.group.parse().map(calendar::date).unwrap_or_default();
            }
        }
        lines.sort_by(|a, b| a.group.cmp(&b.group)); // databases differ in how they order texts
        Ok(lines)
    }
}

fn read(row: &AnyRow) -> sqlx::Result<Line> {
    let mut row = Reader::new(row);
    let mut line = Line {
        group: row.next()?,
        requests: row.next()?,
        failed: row.next()?,
        input: row.next()?,
        cached_input: row.next()?,
        output: row.next()?,
        reasoning: row.next()?,
        cost: row.next()?,
        reference_cost: row.next()?,
        saved: row.next()?,
        ..Line::default()
    };
    let (busy_us, first_us, n_first, total_us): (i64, i64, i64, i64) =
        (row.next()?, row.next()?, row.next()?, row.next()?);
    let mean = |sum: i64, n: i64| if n > 0 { sum / n } else { 0 };
    line.tokens_second = if busy_us > 0 { line.output as f64 / (busy_us as f64 / 1e6) } else { 0.0 };
    line.first_token_us = mean(first_us, n_first);
    line.total_us = mean(total_us, line.requests);
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_by_their_names() {
        for by in By::ALL {
            assert_eq!(by.name().parse(), Ok(by));
        }
        let error = "colour".parse::<By>().expect_err("no such group");
        assert_eq!(error.message, "one of total, route, key, owner, day, model, tier expected, `colour` found");
    }
}
