//! Verdicts on past answers. They are added, never changed: whoever reads them decides which one counts.
use crate::{
    Error, Kind, Ledger, Micros, Result,
    cells::{Cell, Reader, query},
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

/// A verdict on an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Feedback {
    /// Id of the answer.
    pub trace: String,
    /// When it was given: set by the ledger.
    pub time: Micros,
    /// Who gave it: a key's id, usually.
    pub author: Option<String>,
    /// From 0 to 1.
    pub score: Option<f64>,
    /// Up or down.
    pub thumbs: Option<bool>,
    /// What the answer should have been.
    pub corrected: Option<String>,
}

impl Ledger {
    /// Adds a verdict.
    ///
    /// # Errors
    /// `Input` if it says nothing or its score is not from 0 to 1, `NotFound` if there is no such answer, `Database`.
    pub async fn add_feedback(&self, verdict: Feedback) -> Result<()> {
        let Feedback { trace, time: _, author, score, thumbs, corrected } = verdict;
        if score.is_some_and(|s| !(0.0..=1.0).contains(&s)) {
            return Err(Error::input("feedback: score: a number from 0 to 1 is expected"));
        }
        if score.is_none() && thumbs.is_none() && corrected.is_none() {
            return Err(Error::input("feedback: a score, thumbs or a corrected answer is expected"));
        }
        let sql = "INSERT INTO feedback (trace_id, time, author, score, thumbs, corrected)
            SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM traces WHERE id = $1)";
        let cells = [
            Cell::from(&trace),
            self.shared.now().into(),
            (&author).into(),
            Cell::Real(score.unwrap_or(-1.0)),
            thumbs.map(i64::from).into(),
            (&corrected).into(),
        ];
        match query(sql.to_owned(), cells).execute(&self.database.pool).await?.rows_affected() {
            0 => Err(Error::new(Kind::NotFound, format!("answer `{trace}`: not in the ledger"))),
            _ => Ok(()),
        }
    }

    /// All verdicts on an answer, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn feedback(&self, trace: &str) -> Result<Vec<Feedback>> {
        let sql =
            "SELECT trace_id, time, author, score, thumbs, corrected FROM feedback WHERE trace_id = $1 ORDER BY seq";
        let rows = query(sql.to_owned(), [trace.into()]).fetch_all(&self.database.pool).await?;
        let read = |row: &AnyRow| {
            let mut row = Reader::new(row);
            let (trace, time, author) = (row.next()?, row.next()?, row.next()?);
            let score = Some(row.next()?).filter(|s| *s >= 0.0);
            let thumbs = row.next::<Option<i64>>()?.map(|t| t != 0);
            Ok(Feedback { trace, time, author, score, thumbs, corrected: row.next()? })
        };
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }
}
