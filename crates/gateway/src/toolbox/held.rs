//! Money that is held for a maker's calls at work, so that those who make at once do not spend it twice.
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tokio::sync::Mutex;

/// What is held in this process, in micro-USD.
#[derive(Default)]
pub(crate) struct Held {
    micros: Arc<AtomicI64>,
    /// One looks at a time: who looks must know of all that others were granted.
    looking: Mutex<()>,
}

/// Money for one call, held until this is dropped: what the call took stands in the ledger by then.
pub(super) struct Hold {
    micros: Arc<AtomicI64>,
    amount: i64,
}

/// What was there, in micro-USD, when there was too little.
#[derive(Debug, PartialEq)]
pub(super) struct Lacking {
    pub(super) spent: i64,
    pub(super) held: i64,
}

impl Held {
    /// Holds `amount`, if with what is held and what was `spent` it is no more than `most`.
    pub(super) async fn hold<E>(
        &self,
        amount: i64,
        most: i64,
        spent: impl Future<Output = Result<i64, E>>,
    ) -> Result<Result<Hold, Lacking>, E> {
        let _looking = self.looking.lock().await;
        // before what was spent: a call that ends between stands in both then, which is on the safe side
        let held = self.micros.load(Ordering::SeqCst);
        let spent = spent.await?;
        if spent.saturating_add(held).saturating_add(amount) > most {
            return Ok(Err(Lacking { spent, held }));
        }
        self.micros.fetch_add(amount, Ordering::SeqCst);
        Ok(Ok(Hold { micros: self.micros.clone(), amount }))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.micros.fetch_sub(self.amount, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use tokio::{sync::oneshot, task::yield_now};

    /// What was spent, told when somebody says so.
    async fn later(go: oneshot::Receiver<i64>) -> Result<i64, Infallible> {
        Ok(go.await.expect("a word"))
    }

    #[tokio::test]
    async fn of_two_at_once_one_is_told_of_the_other() {
        let held = Held::default();
        let ([go, go_too], [wait, wait_too]) = {
            let ((a, b), (c, d)) = (oneshot::channel(), oneshot::channel());
            ([a, c], [b, d])
        };
        let both = async { tokio::join!(held.hold(60, 100, later(wait)), held.hold(60, 100, later(wait_too))) };
        let ledger = async {
            yield_now().await; // both ask
            go_too.send(10).expect("somebody waits");
            yield_now().await;
            go.send(10).expect("somebody waits");
        };
        let ((first, second), ()) = tokio::join!(both, ledger);
        let Ok(Ok(first)) = first else { panic!("there is enough for one") };
        assert_eq!(second.expect("no fault").err(), Some(Lacking { spent: 10, held: 60 }));
        // the first took less than was held
        drop(first);
        assert!(held.hold(60, 100, async { Ok::<_, Infallible>(40) }).await.expect("no fault").is_ok());
        assert!(held.hold(61, 100, async { Ok::<_, Infallible>(40) }).await.expect("no fault").is_err());
        assert!(held.hold(60, 100, async { Err("the ledger") }).await.is_err());
        assert_eq!(held.micros.load(Ordering::SeqCst), 0, "nothing is held by those who left");
    }
}
