//! The grammars that were asked for last, compiled.
use super::{Grammar, Shape, Vocabulary};
use crate::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// Grammars that are kept.
const N_KEPT: usize = 32;

/// Grammars by their shapes, the latest last.
#[derive(Default)]
pub(crate) struct Compiled(Mutex<Vec<(Shape, Arc<Grammar>)>>);

impl Compiled {
    /// The grammar of `shape`, compiled unless it is kept. Others are not kept waiting meanwhile.
    pub(crate) fn get(&self, vocabulary: &Arc<Vocabulary>, shape: &Shape) -> Result<Arc<Grammar>, Error> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = lock();
        let found = kept.iter().position(|(other, _)| other == shape).map(|at| kept.remove(at));
        let entry = match found {
            Some(entry) => entry,
            None => {
                drop(kept);
                let grammar = Arc::new(Grammar::compile(vocabulary, shape)?);
                kept = lock();
                (shape.clone(), grammar)
            }
        };
        if kept.len() >= N_KEPT {
            kept.remove(0);
        }
        let grammar = entry.1.clone();
        kept.push(entry);
        Ok(grammar)
    }
}
