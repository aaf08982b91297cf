//! Values on their way into rows and out of them, and rows on their way into tables.
use sqlx::{
    Any, AnyConnection, AssertSqlSafe, Decode, Row, Type,
    any::{AnyArguments, AnyRow},
    query::Query,
};
use std::fmt::Write;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Int(Option<i64>),
    /// Never null: sqlx prepares a null of this type as a narrower one, which then does not take a number.
    Real(f64),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Cell {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        // PostgreSQL has no NUL in texts, and one such request must not hold up all others in its batch
        Self::Text(Some(if value.contains('\0') { value.replace('\0', "\u{fffd}") } else { value.to_owned() }))
    }
}

impl From<&String> for Cell {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<&Option<String>> for Cell {
    fn from(value: &Option<String>) -> Self {
        value.as_deref().map_or(Self::Text(None), Self::from)
    }
}

/// A statement with its values.
pub(crate) fn query(sql: String, cells: impl IntoIterator<Item = Cell>) -> Query<'static, Any, AnyArguments> {
    cells.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, cell| match cell {
        Cell::Int(value) => query.bind(value),
        Cell::Real(value) => query.bind(value),
        Cell::Text(value) => query.bind(value),
        Cell::Bytes(value) => query.bind(value),
    })
}

/// Writes rows with few statements: `head` ends before `VALUES`, `tail` follows the rows.
pub(crate) async fn insert(
    c: &mut AnyConnection,
    head: &str,
    tail: &str,
    mut rows: Vec<Vec<Cell>>,
) -> sqlx::Result<()> {
    // few lengths, so that few prepared statements do for all
    while let Some(n) = [64, 16, 4, 3, 2, 1].into_iter().find(|&n| n <= rows.len()) {
        let width = rows[0].len();
        let cells = rows.drain(..n).flatten();
        query(format!("{head} VALUES {} {tail}", places(n, width)), cells).execute(&mut *c).await?;
    }
    Ok(())
}

/// `($1, $2), ($3, $4)`
pub(crate) fn places(n_rows: usize, width: usize) -> String {
    let mut sql = String::new();
    for i in 0..n_rows * width {
        let before = if i % width > 0 {
            ", "
        } else if i > 0 {
            "), ("
        } else {
            "("
        };
        let _ = write!(sql, "{before}${}", i + 1); // a String takes all
    }
    sql.push(')');
    sql
}

/// Reads a row's values one after the other.
pub(crate) struct Reader<'r>(&'r AnyRow, usize);

impl<'r> Reader<'r> {
    pub(crate) fn new(row: &'r AnyRow) -> Self {
        Self(row, 0)
    }

    /// Begins at column `place`.
    pub(crate) fn at(row: &'r AnyRow, place: usize) -> Self {
        Self(row, place)
    }

    pub(crate) fn next<T: Decode<'r, Any> + Type<Any>>(&mut self) -> sqlx::Result<T> {
        self.1 += 1;
        self.0.try_get(self.1 - 1)
    }

    /// A column of JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self) -> sqlx::Result<T> {
        serde_json::from_str(&self.next::<String>()?).map_err(|e| sqlx::Error::Decode(e.into()))
    }
}
