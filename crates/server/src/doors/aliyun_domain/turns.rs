//! Calls about one template take turns.
//!
//! What a call may do to a template depends on where that stands and on what is in it, and the vendor's rules for that are
//! the door's: one under review is not deleted, a change keeps what it does not name. So from the look to the step nobody
//! else's call about the same template comes in between. That is of one process; a call of another one is noticed by the
//! version of the case that was looked at, which the store compares in its transaction, and then the look is taken again.
//! Decisions of operators do not wait here; they step only from under review, and from there this door only reads.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::{Mutex, MutexGuard};

/// More than calls are in work at once on a few cores. Two templates that share one wait for each other, and no more.
const COUNT: usize = 256;

pub(super) struct Turns(Vec<Mutex<()>>);

/// A turn; over when dropped.
pub(super) struct Turn<'t> {
    _held: Vec<MutexGuard<'t, ()>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self((0..COUNT).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    /// A turn with some templates of a caller.
    pub(super) async fn with(&self, caller: &str, ids: &[i64]) -> Turn<'_> {
        let place = |id: &i64| {
            let mut hasher = DefaultHasher::new();
            (caller, id).hash(&mut hasher);
            usize::try_from(hasher.finish() % COUNT as u64).unwrap_or_default()
        };
        let mut places: Vec<usize> = ids.iter().map(place).collect();
        // In one order for all, or two calls about the same templates could wait for each other for ever.
        places.sort_unstable();
        places.dedup();
        let mut held = Vec::with_capacity(places.len());
        for turn in places.into_iter().filter_map(|place| self.0.get(place)) {
            held.push(turn.lock().await);
        }
        Turn { _held: held }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use super::*;

    fn run(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    }

    #[test]
    fn one_template_is_one_callers_turn_at_a_time() {
        run(async {
            let turns = Turns::default();
            let turn = turns.with("a", &[1]).await;
            let soon = Duration::from_millis(20);
            assert!(tokio::time::timeout(soon, turns.with("a", &[2, 1])).await.is_err());
            drop(turn);
            assert!(tokio::time::timeout(soon, turns.with("a", &[1])).await.is_ok());
        });
    }

    #[test]
    fn calls_about_the_same_templates_in_any_order_do_not_wait_for_ever() {
        run(async {
            let turns = Arc::new(Turns::default());
            let work = (0..100_i64).map(|n| {
                let turns = Arc::clone(&turns);
                tokio::spawn(async move {
                    let mut ids: Vec<i64> = (0..300).collect();
                    ids.rotate_left(usize::try_from(n).unwrap());
                    let _turn = turns.with("a", &ids).await;
                    tokio::task::yield_now().await;
                })
            });
            for task in work.collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
    }
}
