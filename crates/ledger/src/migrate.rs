//! Brings a database to this program's tables, step by step, whoever else is at it.
use crate::{Error, Result, database::Database, error::Kind};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

/// Each step from one version to the next; a step that was released never changes.
const STEPS: &[&str] =
    &[include_str!("migrations/0001.sql"), include_str!("migrations/0002.sql"), include_str!("migrations/0003.sql")];

/// Applies what is missing, in one transaction.
///
/// # Errors
/// `Newer` if the database has steps that this program does not know.
pub(crate) async fn migrate(database: &Database) -> Result<()> {
    let mut connection = database.connect().await?;
    let mut tx = database.begin(&mut connection).await?;
    if !database.sqlite {
        // two replicas that start at once: the second finds everything done
        tx.execute("SELECT pg_advisory_xact_lock(5497558138880)").await?;
    }
    tx.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)").await?;
    let row = tx.fetch_one("SELECT COALESCE(MAX(version), 0) FROM schema_version").await?;
    let found = usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0);
    let Some(missing) = STEPS.get(found..) else {
        let known = STEPS.len();
        let message =
            format!("ledger database: made by a newer program (tables {found}, {known} known): update this one");
        return Err(Error::new(Kind::Newer, message));
    };
    for (step, version) in missing.iter().zip(found + 1..) {
        sqlx::raw_sql(AssertSqlSafe(database.dialect(step))).execute(&mut *tx).await?;
        let insert = sqlx::query("INSERT INTO schema_version VALUES ($1)");
        insert.bind(i64::try_from(version).unwrap_or(i64::MAX)).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    connection.close().await?;
    Ok(())
}
