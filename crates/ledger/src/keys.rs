//! Keys in the database: made, found, changed and revoked, each with its line in the audit log.
use crate::{
    Error, Key, Kind, Ledger, Limits, NewKey, Result, audit,
    cells::{Cell, Reader, places, query},
    secret,
    trace::hash,
};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

const COLUMNS: &str = "id, owner, tenant, routes, limits, created, expires, revoked";

impl Ledger {
    /// Makes a key. Its secret is returned here and never again: only its SHA-256 is kept.
    ///
    /// # Errors
    /// `Input` for a negative limit or no owner, `Database`.
    pub async fn create_key(&self, new: NewKey, who: &str) -> Result<(Key, String)> {
        check(&new.limits)?;
        if new.owner.is_empty() {
            return Err(Error::input("key: an owner is needed"));
        }
        let (id, secret) = secret::new().map_err(sqlx::Error::Io)?;
        let NewKey { owner, tenant, routes, limits, expires } = new;
        let key = Key { id, owner, tenant, routes, limits, created: self.shared.now(), expires, revoked: None };
        let detail = json!({"owner": key.owner, "tenant": key.tenant, "routes": key.routes, "limits": limits});
        let cells = [
            (&key.id).into(),
            (&hash(&secret)).into(),
            (&key.owner).into(),
            (&key.tenant).into(),
            (&json!(key.routes).to_string()).into(),
            (&json!(limits).to_string()).into(),
            key.created.into(),
            expires.into(),
        ];
        let head = "INSERT INTO keys (id, hash, owner, tenant, routes, limits, created, expires) VALUES";
        self.administer(format!("{head} {}", places(1, 8)), cells, [who, "key create", &key.id], &detail).await?;
        Ok((key, secret))
    }

    /// The key with that secret, also one that is no longer good: ask `Key::check`. For the caller to cache.
    ///
    /// # Errors
    /// `Database`.
    pub async fn find_key(&self, secret: &str) -> Result<Option<Key>> {
        // found by hash: who measures how long that takes learns of hashes, which they cannot choose
        let sql = format!("SELECT {COLUMNS} FROM keys WHERE hash = $1");
        let row = query(sql, [(&hash(secret)).into()]).fetch_optional(&self.database.pool).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    /// All keys, the oldest first.
    ///
    /// # Errors
    /// `Database`.
    pub async fn keys(&self) -> Result<Vec<Key>> {
        let rows = query(format!("SELECT {COLUMNS} FROM keys ORDER BY created, id"), []);
        let rows = rows.fetch_all(&self.database.pool).await?;
        Ok(rows.iter().map(read).collect::<sqlx::Result<_>>()?)
    }

    /// Changes a key's limits. What was taken ahead under the old ones is good for a minute at most.
    ///
    /// # Errors
    /// `Input` for a negative limit, `NotFound`, `Database`.
    pub async fn set_limits(&self, id: &str, limits: Limits, who: &str) -> Result<()> {
        check(&limits)?;
        let cells = [id.into(), (&json!(limits).to_string()).into()];
        let sql = "UPDATE keys SET limits = $2 WHERE id = $1".to_owned();
        self.administer(sql, cells, [who, "key limits", id], &json!(limits)).await
    }

    /// Revokes a key for ever. Callers that cache keys learn of it when they look next.
    ///
    /// # Errors
    /// `NotFound` also if it was revoked before, `Database`.
    pub async fn revoke_key(&self, id: &str, who: &str) -> Result<()> {
        let cells = [id.into(), self.shared.now().into()];
        let sql = "UPDATE keys SET revoked = $2 WHERE id = $1 AND revoked IS NULL".to_owned();
        self.administer(sql, cells, [who, "key revoke", id], &Value::Null).await
    }

    /// Changes one row, and says so in the audit log, in one transaction.
    async fn administer(
        &self,
        sql: String,
        cells: impl IntoIterator<Item = Cell>,
        [who, what, id]: [&str; 3],
        detail: &Value,
    ) -> Result<()> {
        let mut connection = self.database.pool.acquire().await?;
        let mut tx = self.database.begin(&mut connection).await?;
        if query(sql, cells).execute(&mut *tx).await?.rows_affected() == 0 {
            return Err(Error::new(Kind::NotFound, format!("key `{id}`: not in the ledger, or revoked")));
        }
        audit::insert(&mut tx, self.shared.now(), [who, what, id], detail).await?;
        Ok(tx.commit().await?)
    }
}

fn check(limits: &Limits) -> Result<()> {
    match limits.negative() {
        Some(name) => Err(Error::input(format!("key: {name}: a limit is at least 0"))),
        None => Ok(()),
    }
}

fn read(row: &AnyRow) -> sqlx::Result<Key> {
    let mut row = Reader::new(row);
    Ok(Key {
        id: row.next()?,
        owner: row.next()?,
        tenant: row.next()?,
        routes: row.json()?,
        limits: row.json()?,
        created: row.next()?,
        expires: row.next()?,
        revoked: row.next()?,
    })
}
