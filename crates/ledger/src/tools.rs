//! Tools that a large model wrote: their records never change, and what becomes of them is a list of events.
use crate::{
    Error, Kind, Ledger, Micros, Result,
    cells::{Cell, Reader, query},
};
use serde::Serialize;
use sqlx::any::AnyRow;

/// A tool on a route, as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KeptTool {
    /// The route whose requests it answers.
    pub route: String,
    /// The hash of what it is.
    pub id: String,
    /// Its place among the route's tools, from 1.
    pub number: i64,
    /// What people call it; its versions share it.
    pub name: String,
    /// When it was kept.
    pub time: Micros,
    /// All about it, as JSON.
    #[serde(skip)]
    pub record: String,
    /// What it is now.
    pub now: ToolEvent,
}

/// What became of a tool.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ToolEvent {
    /// Its place among the tool's events, from 1.
    pub number: i64,
    /// When.
    pub time: Micros,
    /// What it is from now on: `draft`, `shadow`, `active`, `suspended` or `retired`.
    pub status: String,
    /// Who decided so; none where Kinglet did.
    pub author: Option<String>,
    /// Why.
    pub why: String,
}

const STATUSES: [&str; 5] = ["draft", "shadow", "active", "suspended", "retired"];
const EVENT: &str = "e.number, e.time, e.status, e.author, e.why";

impl Ledger {
    /// Keeps a tool as a draft, and gives its number; one that is kept already stays as it is.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keep_tool(&self, route: &str, id: &str, name: &str, record: &str, why: &str) -> Result<i64> {
        let mut connection = self.database.pool.acquire().await?;
        let mut tx = self.database.begin(&mut connection).await?;
        if !self.database.sqlite {
            // numbers have no gap, whoever else makes a tool at this moment
            query("LOCK TABLE tools IN SHARE ROW EXCLUSIVE MODE".to_owned(), []).execute(&mut *tx).await?;
        }
        let names = [Cell::from(route), id.into()];
        let sql = "SELECT number FROM tools WHERE route = $1 AND id = $2";
        if let Some(row) = query(sql.to_owned(), names.clone()).fetch_optional(&mut *tx).await? {
            let number = Reader::new(&row).next()?;
            tx.rollback().await?;
            return Ok(number);
        }
        let sql = "SELECT CAST(COALESCE(MAX(number), 0) + 1 AS BIGINT) FROM tools WHERE route = $1";
        let number: i64 = Reader::new(&query(sql.to_owned(), [route.into()]).fetch_one(&mut *tx).await?).next()?;
        let now = self.shared.now();
        let sql = "INSERT INTO tools (route, id, number, name, time, record) VALUES ($1, $2, $3, $4, $5, $6)";
        let record = Cell::Bytes(Some(record.to_owned().into_bytes()));
        let cells = names.clone().into_iter().chain([number.into(), name.into(), now.into(), record]);
        query(sql.to_owned(), cells).execute(&mut *tx).await?;
        let sql = "INSERT INTO tool_events (route, id, number, time, status, author, why)
            VALUES ($1, $2, 1, $3, 'draft', NULL, $4)";
        query(sql.to_owned(), names.into_iter().chain([now.into(), why.into()])).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// The tools of a route, or of all; by their numbers.
    ///
    /// # Errors
    /// `Database`.
    pub async fn tools(&self, route: Option<&str>) -> Result<Vec<KeptTool>> {
        let filter = if route.is_some() { "WHERE t.route = $1" } else { "" };
        let sql = format!(
            "SELECT t.route, t.id, t.number, t.name, t.time, t.record, {EVENT}
             FROM tools t JOIN tool_events e ON e.route = t.route AND e.id = t.id AND e.number =
                (SELECT MAX(number) FROM tool_events WHERE route = t.route AND id = t.id)
             {filter} ORDER BY t.route, t.number"
        );
        let rows = query(sql, route.map(Cell::from)).fetch_all(&self.database.pool).await?;
        Ok(rows.iter().map(kept).collect::<sqlx::Result<_>>()?)
    }

    /// All that became of a tool, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn tool_events(&self, route: &str, id: &str) -> Result<Vec<ToolEvent>> {
        let sql = format!("SELECT {EVENT} FROM tool_events e WHERE e.route = $1 AND e.id = $2 ORDER BY e.number");
        let rows = query(sql, [route.into(), id.into()]).fetch_all(&self.database.pool).await?;
        Ok(rows.iter().map(|row| event(&mut Reader::new(row))).collect::<sqlx::Result<_>>()?)
    }

    /// Makes a tool `status`, if it is still what it was at event number `seen`: of several who decide at once, one does.
    ///
    /// # Errors
    /// `Input` for a word that is no status, `Database`.
    pub async fn mark_tool(
        &self,
        [route, id]: [&str; 2],
        seen: i64,
        status: &str,
        author: Option<&str>,
        why: &str,
    ) -> Result<bool> {
        if !STATUSES.contains(&status) {
            return Err(Error::input(format!("tool: status `{status}`: one of {} expected", STATUSES.join(", "))));
        }
        let sql = "INSERT INTO tool_events (route, id, number, time, status, author, why)
            SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS
                (SELECT 1 FROM tool_events WHERE route = $1 AND id = $2 AND number = $8)
            ON CONFLICT (route, id, number) DO NOTHING";
        let cells = [
            route.into(),
            id.into(),
            (seen + 1).into(),
            self.shared.now().into(),
            status.into(),
            author.map_or(Cell::Text(None), Cell::from),
            why.into(),
            Cell::from(seen),
        ];
        Ok(query(sql.to_owned(), cells).execute(&self.database.pool).await?.rows_affected() == 1)
    }

    /// The tool whose id begins with `word`, or else the newest that is called so, on `route` or, without one, anywhere.
    ///
    /// # Errors
    /// `NotFound`; `Input` where several ids begin so; `Database`.
    pub async fn find_tool(&self, route: Option<&str>, word: &str) -> Result<KeptTool> {
        let all = self.tools(route).await?;
        if let Some(named) = all.iter().rev().find(|tool| tool.name == word) {
            return Ok(named.clone());
        }
        let mut fitting = all.iter().filter(|tool| word.len() >= 4 && tool.id.starts_with(word));
        match (fitting.next(), fitting.next()) {
            (Some(tool), None) => Ok(tool.clone()),
            (Some(_), Some(_)) => {
                Err(Error::input(format!("tool `{word}`: several ids begin so, more of it expected")))
            }
            (None, _) => {
                let names: Vec<_> = all.iter().map(|tool| format!("`{}`", tool.name)).collect();
                let there = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
                Err(Error::new(Kind::NotFound, format!("tool `{word}`: not in the ledger; there is {there}")))
            }
        }
    }
}

fn kept(row: &AnyRow) -> sqlx::Result<KeptTool> {
    let mut row = Reader::new(row);
    Ok(KeptTool {
        route: row.next()?,
        id: row.next()?,
        number: row.next()?,
        name: row.next()?,
        time: row.next()?,
        record: String::from_utf8_lossy(&row.next::<Vec<u8>>()?).into_owned(),
        now: event(&mut row)?,
    })
}

fn event(row: &mut Reader<'_>) -> sqlx::Result<ToolEvent> {
    Ok(ToolEvent { number: row.next()?, time: row.next()?, status: row.next()?, author: row.next()?, why: row.next()? })
}
