//! The one task that writes: whatever has come in since the last commit goes into the next, and is answered after it.
use crate::{
    Audit, Error, Reservation, Result,
    batch::{Ask, Batch, Outcome, farewell, write},
    calendar::{MINUTE, Micros},
    cells::{Cell, query},
    checkpoint::Checkpoint,
    database::Database,
    hold::{ALIVE, Ahead, Hold, Settlement, Shared},
    limits::{Amount, Refusal},
};
use sqlx::{AnyConnection, Connection, Row};
use std::{mem, sync::Arc, time::Duration};
use tokio::{
    select,
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval, sleep},
};

/// Most requests in one transaction: enough to share its cost, few enough to be answered soon.
const MOST: usize = 256;

/// What the writer is asked to do; the answer comes once it is committed.
pub(crate) enum Op {
    Record { trace: Vec<Cell>, audits: Vec<Audit>, settlement: Option<Settlement>, reply: oneshot::Sender<Result<()>> },
    Reserve { ask: Ask, reply: oneshot::Sender<Result<Reservation>> },
    Close { reply: oneshot::Sender<()> },
}

pub(crate) struct Writer {
    shared: Arc<Shared>,
    database: Database,
    ops: mpsc::Receiver<Op>,
    connection: Option<AnyConnection>,
    checkpoint: Checkpoint,
    /// Of the last batch.
    number: i64,
    /// When what is over was last cleared away.
    swept: Micros,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, database: Database, ops: mpsc::Receiver<Op>) -> Self {
        Self { shared, database, ops, connection: None, checkpoint: Checkpoint::default(), number: 0, swept: 0 }
    }

    /// Works until the ledger is closed, or nobody holds it any more, and everything is written.
    pub(crate) async fn run(mut self) {
        let mut tick = interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shared = self.shared.clone();
        let mut closers = Vec::new();
        let mut ops = Vec::new();
        loop {
            let look = select! {
                n = self.ops.recv_many(&mut ops, MOST) => match n {
                    0 => break,
                    _ => false,
                },
                () = shared.nudge.notified() => false,
                _ = tick.tick() => true,
            };
            for op in ops.extract_if(.., |op| matches!(op, Op::Close { .. })) {
                self.ops.close(); // what is in the queue is still received
                if let Op::Close { reply } = op {
                    closers.push(reply);
                }
            }
            self.work(mem::take(&mut ops), look).await;
        }
        self.work(Vec::new(), false).await; // what was dropped last
        self.end().await;
        for reply in closers {
            let _ = reply.send(()); // who closed may have gone
        }
    }

    /// Writes what has come in, if anything has; each alone if one does not fit, so that it fails nobody else.
    ///
    /// `look` for what was taken ahead and is not needed.
    async fn work(&mut self, ops: Vec<Op>, look: bool) {
        let batch = self.batch(&ops, look);
        let idle =
            batch.traces.is_empty() && batch.audits.is_empty() && batch.settlements.is_empty() && batch.asks.is_empty();
        if idle && !self.fading(batch.now) {
            return;
        }
        match self.commit(&batch).await {
            Ok(outcome) => {
                self.swept = if batch.sweep { batch.now } else { self.swept };
                let n_rows = batch.traces.len() + batch.settlements.len();
                self.done(ops, batch, outcome);
                if let Some(connection) = &mut self.connection {
                    self.checkpoint.after(n_rows, connection, &self.database).await;
                }
            }
            Err(e) => {
                let together = ops.len() < 2 || !unfit(&e);
                self.shared.state().settlements.extend(batch.settlements);
                for op in ops {
                    match together {
                        true => op.fail(&e),
                        false => self.alone(op).await,
                    }
                }
            }
        }
    }

    /// Writes one trace, or grants one request, after a batch with others failed. Its settlement waits already.
    async fn alone(&mut self, mut op: Op) {
        if let Op::Record { settlement, .. } = &mut op {
            *settlement = None;
        }
        let batch = self.batch(std::slice::from_ref(&op), false);
        match self.commit(&batch).await {
            Ok(outcome) => self.done(vec![op], batch, outcome),
            Err(e) => {
                self.shared.state().settlements.extend(batch.settlements);
                op.fail(&e);
            }
        }
    }

    /// What `ops` ask for, what is to be settled, and what is held ahead for keys that ask for more all the same.
    fn batch(&mut self, ops: &[Op], look: bool) -> Batch {
        let mut settlements = if look { self.shared.idle() } else { Vec::new() };
        let mut state = self.shared.state();
        settlements.append(&mut state.settlements);
        let now = self.shared.now();
        let mut batch = Batch { now, replica: state.replica, sweep: now - self.swept > MINUTE, ..Batch::default() };
        for op in ops {
            match op {
                Op::Record { trace, audits, settlement, .. } => {
                    batch.traces.push(trace.clone());
                    batch.audits.extend_from_slice(audits);
                    settlements.extend(settlement.clone());
                }
                Op::Reserve { ask, .. } => {
                    let ahead = state.ahead.remove(&ask.key);
                    settlements.extend(ahead.map(|a| Settlement { hold: a.hold, used: Amount::default() }));
                    batch.asks.push(ask.clone());
                }
                Op::Close { .. } => {}
            }
        }
        drop(state);
        self.number += 1;
        Batch { settlements, number: self.number, ..batch }
    }

    /// Whether something is held, and it is time to say that we live.
    fn fading(&self, now: Micros) -> bool {
        let state = self.shared.state();
        (state.n_at_work > 0 || !state.ahead.is_empty()) && state.alive_until - now < ALIVE / 2
    }

    /// Commits `batch`, again if the connection broke or another replica was in the way.
    async fn commit(&mut self, batch: &Batch) -> sqlx::Result<Outcome> {
        let mut uncertain = None;
        let mut tries = 0;
        loop {
            let failed = match self.attempt(batch, &mut uncertain).await {
                Ok(outcome) => return Ok(outcome),
                Err(e) => e,
            };
            tries += 1;
            if tries == 3 || !(lost(&failed) || in_the_way(&failed)) {
                return Err(failed);
            }
            sleep(Duration::from_millis(50 * tries)).await;
        }
    }

    /// One try. `uncertain` is the outcome of a try whose commit was not answered: done or not, the database knows.
    async fn attempt(&mut self, batch: &Batch, uncertain: &mut Option<Outcome>) -> sqlx::Result<Outcome> {
        // put back only after a success: after a failure it may be in any state
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.connect().await?,
        };
        let mut tx = self.database.begin(&mut connection).await?;
        if let Some(outcome) = uncertain {
            // locked, so that a commit still under way is waited for
            let sql = self.database.dialect("SELECT batch FROM replicas WHERE id = $1 {lock}");
            let row = query(sql, [outcome.replica.into()]).fetch_optional(&mut *tx).await?;
            let done = row.map(|row| row.try_get(0)).transpose()? == Some(batch.number);
            if let Some(outcome) = uncertain.take().filter(|_| done) {
                tx.rollback().await?;
                self.connection = Some(connection);
                return Ok(outcome);
            }
        }
        let outcome = write(&mut tx, &self.database, batch).await?;
        if let Err(e) = tx.commit().await {
            *uncertain = Some(outcome);
            return Err(e);
        }
        self.connection = Some(connection);
        Ok(outcome)
    }

    /// Tells everybody.
    fn done(&self, ops: Vec<Op>, batch: Batch, outcome: Outcome) {
        let mut state = self.shared.state();
        state.replica = outcome.replica;
        state.alive_until = batch.now + ALIVE;
        state.n_at_work += outcome.granted.iter().flatten().filter(|g| g.is_ok()).count();
        let ahead = outcome.ahead.into_iter().map(|hold| (hold.key.clone(), Ahead { hold, busy: true }));
        state.ahead.extend(ahead);
        drop(state); // a reservation that nobody waits for any more locks it again
        let mut granted = outcome.granted.into_iter();
        for op in ops {
            match op {
                Op::Record { reply, .. } => {
                    let _ = reply.send(Ok(())); // who asked may have gone
                }
                Op::Reserve { ask, reply } => {
                    let _ = reply.send(self.granted(&ask, granted.next().flatten()));
                }
                Op::Close { .. } => {}
            }
        }
    }

    fn granted(&self, ask: &Ask, answer: Option<std::result::Result<Hold, Refusal>>) -> Result<Reservation> {
        match answer {
            Some(hold) => Ok(Reservation::new(&self.shared, hold?)),
            None => Err(Error::new(crate::Kind::NotFound, format!("key `{}`: not in the ledger", ask.key))),
        }
    }

    async fn end(mut self) {
        let replica = self.shared.state().replica;
        if let Some(mut connection) = self.connection.take() {
            // what is not given back here is given back when our time is over
            let _ = farewell(&mut connection, replica).await;
            self.checkpoint.last(&mut connection, &self.database).await;
            let _ = connection.close().await;
        }
        self.database.pool.close().await;
    }
}

impl Op {
    fn fail(self, e: &sqlx::Error) {
        let error = || Error::new(crate::Kind::Database, format!("ledger database: {e}"));
        match self {
            Self::Record { reply, .. } => drop(reply.send(Err(error()))),
            Self::Reserve { reply, .. } => drop(reply.send(Err(error()))),
            Self::Close { .. } => {}
        }
    }
}

/// Whether the connection is gone.
fn lost(e: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, Protocol, Tls, WorkerCrashed};
    // 57P01 to 57P03: the server is stopping, or starting
    matches!(e, Io(_) | Protocol(_) | Tls(_) | WorkerCrashed) || code(e).is_some_and(|c| c.starts_with("57P0"))
}

/// Whether the database takes everything but what it was given.
fn unfit(e: &sqlx::Error) -> bool {
    let Some(code) = code(e) else { return matches!(e, sqlx::Error::Encode(_)) };
    match code.parse::<u32>() {
        // SQLite: too big, constraint, mismatch, out of range; the higher bits tell more
        Ok(n) if code.len() < 5 => matches!(n & 0xff, 18 | 19 | 20 | 25),
        _ => code.starts_with("22") || code.starts_with("23"),
    }
}

/// Whether PostgreSQL chose this transaction to give way to another.
fn in_the_way(e: &sqlx::Error) -> bool {
    code(e).is_some_and(|c| c == "40001" || c == "40P01")
}

fn code(e: &sqlx::Error) -> Option<String> {
    Some(e.as_database_error()?.code()?.into_owned())
}
