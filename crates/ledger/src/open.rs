//! The ledger as others see it: opened, written to, closed.
use crate::{
    Amount, Audit, Error, Key, Options, Reservation, Result, Trace,
    batch::Ask,
    calendar::Micros,
    cells::{Cell, query},
    database::Database,
    hold::{Hold, Settlement, Shared},
    limits::Windows,
    migrate::migrate,
    trace::column_list,
    writer::{Op, Writer},
};
use sqlx::Row;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Requests that were never compared are kept no longer, in microseconds.
const ABANDONED: Micros = 30 * 24 * 3600 * 1_000_000;

/// The ledger; clones are the same one.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) database: Database,
    pub(crate) shared: Arc<Shared>,
    ops: mpsc::Sender<Op>,
}

/// Times from `from` up to, but without, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: Micros,
    /// The first moment after.
    pub to: Micros,
}

impl Span {
    /// All times.
    pub fn all() -> Self {
        Self { from: Micros::MIN, to: Micros::MAX }
    }

    pub(crate) fn cells(self) -> [Cell; 2] {
        [self.from.into(), self.to.into()]
    }
}

impl Ledger {
    /// Opens the ledger, with its tables made or brought up to date, and begins to write in a task of its own.
    ///
    /// # Errors
    /// `Input` for a URL of another kind, `Newer` if a newer program made the tables, `Database` for all else.
    pub async fn open(options: Options) -> Result<Self> {
        let database = Database::new(&options)?;
        migrate(&database).await?;
        let (ops, queue) = mpsc::channel(options.queue.max(1));
        let shared = Arc::new(Shared::new(options.clock));
        tokio::spawn(Writer::new(shared.clone(), database.clone(), queue).run());
        Ok(Self { database, shared, ops })
    }

    /// Writes down a request that reserved nothing; returns once it is durable, and waits while the queue is full.
    ///
    /// # Errors
    /// `Database` if it is not known to be written, `Closed`.
    pub async fn append(&self, trace: Trace) -> Result<()> {
        self.append_audited(trace, Vec::new()).await
    }

    /// The same, with the comparisons that are to be made of it, in the same commit.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub async fn append_audited(&self, trace: Trace, audits: Vec<Audit>) -> Result<()> {
        let trace = trace.cells();
        self.ask(|reply| Op::Record { trace, audits, settlement: None, reply }).await?
    }

    /// Makes room for a request within its key's limits: all of `need`, or nothing.
    ///
    /// Exact over all replicas: what is used, and what anybody has reserved, never passes a limit together. Near a
    /// limit each call is a transaction; far from it a replica takes ahead for up to 64 requests, and most calls touch
    /// memory alone. What a replica took ahead and does not need it gives back within two seconds.
    ///
    /// # Errors
    /// `Limit` if the key's limits do not allow it, `Input` if `need` is out of range, `NotFound`, `Closed`, `Database`.
    pub async fn reserve(&self, key: &Key, need: Amount) -> Result<Reservation> {
        if !need.covers(&Amount::default()) || !Amount::MOST.covers(&need) {
            return Err(Error::input("reservation: amounts from 0 to 2^40 are expected"));
        }
        if key.limits.is_none() {
            // counted when it is settled, and held against nothing
            let windows = Windows::at(self.shared.now());
            let amount = Amount::default();
            let hold = Hold { key: key.id.as_str().into(), replica: 0, windows, limited: [false; 4], amount };
            return Ok(Reservation::new(&self.shared, hold));
        }
        if let Some(hold) = self.shared.reserve(&key.id, need) {
            return Ok(Reservation::new(&self.shared, hold));
        }
        let ask = Ask { key: key.id.as_str().into(), need };
        self.ask(|reply| Op::Reserve { ask, reply }).await?
    }

    /// Writes down a request, and in the same commit what it used of its reservation: the rest is given back.
    ///
    /// # Errors
    /// `Database` if the trace is not known to be written (what it used is counted later all the same), `Closed`.
    pub async fn settle(&self, reservation: Reservation, trace: Trace) -> Result<()> {
        self.settle_audited(reservation, trace, Vec::new()).await
    }

    /// The same, with the comparisons that are to be made of it, in the same commit.
    ///
    /// # Errors
    /// As [`Self::settle`].
    pub async fn settle_audited(&self, reservation: Reservation, trace: Trace, audits: Vec<Audit>) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        let used = trace.amount();
        let trace = trace.cells();
        // only once there is room is it taken: given up before that, the reservation is given back whole
        let room = self.ops.reserve().await.map_err(|_| Error::closed())?;
        let settlement = reservation.take().map(|hold| Settlement { hold, used });
        room.send(Op::Record { trace, audits, settlement, reply });
        answer.await.map_err(|_| Error::closed())?
    }

    /// Writes everything that is in the queue, gives back what is held, and closes the database.
    pub async fn close(&self) {
        let _ = self.ask(|reply| Op::Close { reply }).await; // closed already
    }

    /// The last request of that id.
    ///
    /// # Errors
    /// `Database`.
    pub async fn trace(&self, id: &str) -> Result<Option<Trace>> {
        let sql = format!("SELECT {} FROM traces WHERE id = $1 ORDER BY seq DESC LIMIT 1", column_list());
        let row = query(sql, [id.into()]).fetch_optional(&self.database.pool).await?;
        Ok(row.map(|row| Trace::read(&row)).transpose()?)
    }

    /// Up to `n` traces of `span` in the order of their times, after the one that `after` stands for, each with what
    /// stands for it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn page(&self, span: Span, after: (Micros, i64), n: u16) -> Result<Vec<((Micros, i64), Trace)>> {
        let columns = column_list();
        let sql = format!(
            "SELECT {columns}, seq FROM traces WHERE time >= $1 AND time < $2 AND (time, seq) > ($3, $4)
             ORDER BY time, seq LIMIT {n}"
        );
        let cells = [span.from, span.to, after.0, after.1].map(Cell::from);
        let rows = query(sql, cells).fetch_all(&self.database.pool).await?;
        let read = |row| {
            let trace = Trace::read(row)?;
            Ok(((trace.time, row.try_get("seq")?), trace))
        };
        rows.iter().map(read).collect()
    }

    /// Removes the texts whose days are over; returns of how many requests. All else of them stays.
    ///
    /// # Errors
    /// `Database`.
    pub async fn purge(&self) -> Result<u64> {
        let now = self.shared.now();
        let sql = "UPDATE audits SET request = NULL, small = NULL, large = NULL, bodies_until = NULL
            WHERE bodies_until <= $1";
        query(sql.to_owned(), [now.into()]).execute(&self.database.pool).await?;
        // nobody will compare them any more: another model was put in place, or the promise was taken back
        let sql = "UPDATE audits SET request = NULL, small = NULL, large = NULL
            WHERE judged IS NULL AND request IS NOT NULL AND time <= $1";
        query(sql.to_owned(), [now.saturating_sub(ABANDONED).into()]).execute(&self.database.pool).await?;
        let sql = "UPDATE traces SET request = NULL, answer = NULL, bodies_until = NULL WHERE bodies_until <= $1";
        let done = query(sql.to_owned(), [now.into()]).execute(&self.database.pool).await?;
        Ok(done.rows_affected())
    }

    async fn ask<T>(&self, op: impl FnOnce(oneshot::Sender<T>) -> Op) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.ops.send(op(reply)).await.map_err(|_| Error::closed())?;
        answer.await.map_err(|_| Error::closed())
    }
}
