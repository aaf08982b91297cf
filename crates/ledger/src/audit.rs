//! What administrators did: who, what, when. Lines are added, never changed.
use crate::{
    Ledger, Micros, Result, Span,
    cells::{Cell, Reader, query},
};
use serde::Serialize;
use serde_json::Value;
use sqlx::{AnyConnection, any::AnyRow};

/// One action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// When.
    pub time: Micros,
    /// Who did it.
    pub who: String,
    /// What was done: `key create`, ...
    pub what: String,
    /// To what: a key's id, ...
    pub subject: String,
    /// Whatever else belongs to it.
    pub detail: Value,
}

impl Ledger {
    /// Writes down an action that is not the ledger's own; those on keys are written with them.
    ///
    /// # Errors
    /// `Database`.
    pub async fn audit(&self, who: &str, what: &str, subject: &str, detail: &Value) -> Result<()> {
        let mut connection = self.database.pool.acquire().await?;
        Ok(insert(&mut connection, self.shared.now(), [who, what, subject], detail).await?)
    }

    /// The actions of `span`, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn actions(&self, span: Span) -> Result<Vec<Action>> {
        let sql =
            "SELECT time, who, what, subject, detail FROM audit WHERE time >= $1 AND time < $2 ORDER BY time, seq";
        let rows = query(sql.to_owned(), span.cells()).fetch_all(&self.database.pool).await?;
        let read = |row: &AnyRow| {
            let mut row = Reader::new(row);
            let (time, who, what, subject) = (row.next()?, row.next()?, row.next()?, row.next()?);
            Ok(Action { time, who, what, subject, detail: row.json()? })
        };
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }
}

/// Adds one line: who, what, to what.
pub(crate) async fn insert(c: &mut AnyConnection, now: Micros, words: [&str; 3], detail: &Value) -> sqlx::Result<()> {
    let sql = "INSERT INTO audit (time, who, what, subject, detail) VALUES ($1, $2, $3, $4, $5)";
    let [who, what, subject] = words.map(Cell::from);
    query(sql.to_owned(), [now.into(), who, what, subject, (&detail.to_string()).into()]).execute(c).await?;
    Ok(())
}
