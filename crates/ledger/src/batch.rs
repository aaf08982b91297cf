//! What one transaction does: traces appended, holds settled, holds granted.
use crate::{
    Audit, audits,
    calendar::{MINUTE, Micros},
    cells::{Cell, Reader, insert, places, query},
    database::Database,
    hold::{ALIVE, GRACE, Hold, Settlement},
    limits::{Account, Amount, Limits, Refusal, Windows},
    trace::column_list,
};
use sqlx::{AnyConnection, AssertSqlSafe, Executor};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A request for a hold.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) key: Arc<str>,
    pub(crate) need: Amount,
}

/// What is to be done in one transaction.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) now: Micros,
    /// This replica's id, and the number of its batch.
    pub(crate) replica: i64,
    pub(crate) number: i64,
    pub(crate) traces: Vec<Vec<Cell>>,
    pub(crate) audits: Vec<Audit>,
    pub(crate) settlements: Vec<Settlement>,
    pub(crate) asks: Vec<Ask>,
    /// Whether to clear away what is over.
    pub(crate) sweep: bool,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Outcome {
    /// The id that the holds stand under.
    pub(crate) replica: i64,
    /// For each ask; none: no such key.
    pub(crate) granted: Vec<Option<Result<Hold, Refusal>>>,
    /// Holds taken ahead.
    pub(crate) ahead: Vec<Hold>,
}

/// What changes in a window of a key: what is held, and what is used.
type Changes = BTreeMap<(Arc<str>, usize, i64), (Amount, Amount)>;

/// Does all of `batch` but the commit.
///
/// Rows are touched in the order of their keys, so that two replicas never wait for each other.
pub(crate) async fn write(c: &mut AnyConnection, database: &Database, batch: &Batch) -> sqlx::Result<Outcome> {
    let replica = heartbeat(c, batch).await?;
    let mut changes = Changes::new();
    for Settlement { hold, used } in &batch.settlements {
        // what an id held that others took for dead is gone, and no longer ours to give back
        let returned = if hold.replica == replica { -hold.amount } else { Amount::default() };
        change(&mut changes, hold, returned, *used);
    }
    let mut outcome = Outcome { replica, ..Outcome::default() };
    if !batch.asks.is_empty() {
        grant(c, database, batch, &mut changes, &mut outcome).await?;
    }
    store(c, replica, &changes).await?;
    insert(c, &format!("INSERT INTO traces ({})", column_list()), "", batch.traces.clone()).await?;
    audits::append(c, batch.now, &batch.audits).await?;
    if batch.sweep {
        sweep(c, batch.now, replica).await?;
    }
    Ok(outcome)
}

/// Says that this replica lives, under its id or, if its time was over, under a new one.
async fn heartbeat(c: &mut AnyConnection, batch: &Batch) -> sqlx::Result<i64> {
    let cells = [batch.number, batch.now + ALIVE, batch.replica, batch.now].map(Cell::from);
    let sql = "UPDATE replicas SET batch = $1, alive_until = $2 WHERE id = $3 AND alive_until > $4";
    if query(sql.to_owned(), cells).execute(&mut *c).await?.rows_affected() == 1 {
        return Ok(batch.replica);
    }
    let replica = i64::from_le_bytes(crate::secret::random()?) & i64::MAX;
    let cells = [replica, batch.number, batch.now + ALIVE].map(Cell::from);
    query("INSERT INTO replicas (id, batch, alive_until) VALUES ($1, $2, $3)".to_owned(), cells).execute(c).await?;
    Ok(replica)
}

fn change(changes: &mut Changes, hold: &Hold, held: Amount, used: Amount) {
    for (window, &start) in hold.windows.0.iter().enumerate() {
        let entry = changes.entry((hold.key.clone(), window, start)).or_default();
        if hold.limited[window] {
            entry.0 += held;
        }
        // days and months also where they have no limit yet: it may come in their midst
        if window > 1 || (window == 1 && hold.limited[1]) {
            entry.1 += used;
        }
    }
}

/// Answers the asks in their order, each key's limits locked and looked at once.
async fn grant(
    c: &mut AnyConnection,
    database: &Database,
    batch: &Batch,
    changes: &mut Changes,
    outcome: &mut Outcome,
) -> sqlx::Result<()> {
    let windows = Windows::at(batch.now);
    let keys: BTreeSet<_> = batch.asks.iter().map(|a| a.key.clone()).collect();
    let mut accounts = BTreeMap::new();
    for (key, limits) in lock(c, database, &keys).await? {
        let mut account = load(c, &key, limits, windows, batch.now).await?;
        for (window, taken) in account.taken.iter_mut().enumerate() {
            if let Some((held, used)) = changes.get(&(key.clone(), window, windows.0[window])) {
                *taken += *held + *used;
            }
        }
        accounts.insert(key, account);
    }
    let hold = |key: &Arc<str>, account: &Account, amount| Hold {
        key: key.clone(),
        replica: outcome.replica,
        windows,
        limited: account.limits.windows(),
        amount,
    };
    let mut granted = BTreeMap::new();
    for Ask { key, need } in &batch.asks {
        let answer = accounts.get_mut(key).map(|account| account.grant(*need).map(|()| hold(key, account, *need)));
        if let Some(Ok(_)) = &answer {
            granted.insert(key.clone(), *need);
        }
        outcome.granted.push(answer);
    }
    for (key, need) in granted {
        if let Some(account) = accounts.get_mut(&key) {
            let amount = account.ahead(need);
            if amount != Amount::default() {
                outcome.ahead.push(hold(&key, account, amount));
            }
        }
    }
    for hold in outcome.granted.iter().flatten().flatten().chain(&outcome.ahead) {
        change(changes, hold, hold.amount, Amount::default());
    }
    Ok(())
}

/// Reads the keys' limits and has other replicas wait until this transaction ends.
async fn lock(
    c: &mut AnyConnection,
    database: &Database,
    keys: &BTreeSet<Arc<str>>,
) -> sqlx::Result<Vec<(Arc<str>, Limits)>> {
    let sql = format!("SELECT id, limits FROM keys WHERE id IN {} ORDER BY id {{lock}}", places(1, keys.len()));
    let rows = query(database.dialect(&sql), keys.iter().map(|k| Cell::from(&**k))).fetch_all(c).await?;
    let read = |row| {
        let mut row = Reader::new(row);
        Ok((row.next::<String>()?.into(), row.json()?))
    };
    rows.iter().map(read).collect()
}

/// What is taken of a key's limits. One statement, since between two a settlement could move from held to used unseen.
async fn load(
    c: &mut AnyConnection,
    key: &str,
    limits: Limits,
    windows: Windows,
    now: Micros,
) -> sqlx::Result<Account> {
    let sql =
        "SELECT window_kind, CAST(SUM(requests) AS BIGINT), CAST(SUM(tokens) AS BIGINT), CAST(SUM(cost) AS BIGINT)
        FROM (SELECT window_kind, window_start, requests, tokens, cost FROM used WHERE key_id = $1
            UNION ALL
            SELECT window_kind, window_start, requests, tokens, cost FROM holds JOIN replicas ON id = replica
            WHERE key_id = $1 AND alive_until > $2) AS taken
        WHERE (window_kind = 0 AND window_start = $3) OR (window_kind = 1 AND window_start = $4)
            OR (window_kind = 2 AND window_start = $5) OR (window_kind = 3 AND window_start = $6)
        GROUP BY window_kind";
    let [w0, w1, w2, w3] = windows.0;
    let cells = [now - GRACE, w0, w1, w2, w3].map(Cell::from);
    let rows = query(sql.to_owned(), [Cell::from(key)].into_iter().chain(cells)).fetch_all(c).await?;
    let mut account = Account { limits, windows, taken: Default::default() };
    for row in &rows {
        let mut row = Reader::new(row);
        let window = usize::try_from(row.next::<i64>()?).unwrap_or(usize::MAX);
        if let Some(taken) = account.taken.get_mut(window) {
            *taken = Amount { requests: row.next()?, tokens: row.next()?, cost: row.next()? };
        }
    }
    Ok(account)
}

/// Adds the changes to what stands in the database.
async fn store(c: &mut AnyConnection, replica: i64, changes: &Changes) -> sqlx::Result<()> {
    let row = |first: &[Cell], (key, window, start): &(Arc<str>, usize, i64), amount: &Amount| {
        let window = i64::try_from(*window).unwrap_or(i64::MAX);
        let numbers = [window, *start, amount.requests, amount.tokens, amount.cost].map(Cell::from);
        [first.to_vec(), vec![Cell::from(&**key)], numbers.to_vec()].concat()
    };
    let zero = Amount::default();
    let held =
        changes.iter().filter(|(_, (held, _))| *held != zero).map(|(k, (held, _))| row(&[replica.into()], k, held));
    let used = changes.iter().filter(|(_, (_, used))| *used != zero).map(|(k, (_, used))| row(&[], k, used));
    let (held, used) = (held.collect(), used.collect());
    let head = "INSERT INTO holds (replica, key_id, window_kind, window_start, requests, tokens, cost)";
    let tail = "ON CONFLICT (key_id, window_kind, window_start, replica) DO UPDATE SET requests = holds.requests + \
                excluded.requests, tokens = holds.tokens + excluded.tokens, cost = holds.cost + excluded.cost";
    insert(c, head, tail, held).await?;
    let head = "INSERT INTO used (key_id, window_kind, window_start, requests, tokens, cost)";
    let tail = "ON CONFLICT (key_id, window_kind, window_start) DO UPDATE SET requests = used.requests + \
                excluded.requests, tokens = used.tokens + excluded.tokens, cost = used.cost + excluded.cost";
    insert(c, head, tail, used).await
}

/// Removes the holds of the dead, our own that are over, and minutes that nobody asks for any more.
async fn sweep(c: &mut AnyConnection, now: Micros, replica: i64) -> sqlx::Result<()> {
    for sql in [
        format!("DELETE FROM holds WHERE replica IN (SELECT id FROM replicas WHERE alive_until <= {})", now - GRACE),
        format!("DELETE FROM replicas WHERE alive_until <= {}", now - GRACE),
        format!("DELETE FROM holds WHERE replica = {replica} AND requests = 0 AND tokens = 0 AND cost = 0"),
        format!("DELETE FROM used WHERE window_kind = 1 AND window_start < {}", now / MINUTE - 60),
    ] {
        c.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// Gives back all that this replica holds, as it ends.
pub(crate) async fn farewell(c: &mut AnyConnection, replica: i64) -> sqlx::Result<()> {
    c.execute(AssertSqlSafe(format!("DELETE FROM holds WHERE replica = {replica}"))).await?;
    c.execute(AssertSqlSafe(format!("DELETE FROM replicas WHERE id = {replica}"))).await?;
    Ok(())
}
