//! Who may call, in memory: a door's view of the store's callers, kept up with changes while the server runs.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use shiming_core::{Caller, Callers};

use crate::in_flight::{InFlight, Place};

/// What a door makes of one caller: `None` when the caller cannot be used (a secret is missing).
pub type Reading<K> = fn(&Caller) -> Option<K>;

/// The callers of one door.
pub struct Keyring<K> {
    door: &'static str,
    read: Reading<K>,
    callers: ArcSwap<HashMap<String, Arc<Held<K>>>>,
    revision: AtomicI64,
}

/// One caller and how many of its requests are in work.
#[derive(Debug)]
pub struct Held<K> {
    /// The door's view of it.
    pub caller: K,
    in_flight: InFlight,
}

impl<K: Send + Sync + 'static> Keyring<K> {
    /// An empty one, for the callers of `door`.
    pub fn new(door: &'static str, read: Reading<K>) -> Self {
        Self { door, read, callers: ArcSwap::default(), revision: AtomicI64::new(i64::MIN) }
    }

    /// The caller of that name.
    pub fn find(&self, key_id: &str) -> Option<Arc<Held<K>>> {
        self.callers.load().get(key_id).cloned()
    }

    /// Every caller.
    pub fn all(&self) -> Vec<Arc<Held<K>>> {
        self.callers.load().values().cloned().collect()
    }

    /// Reads the callers again if the store has changed since.
    pub fn refresh<C: Callers + ?Sized>(&self, store: &C) -> Result<(), C::Error> {
        let revision = store.revision()?;
        if self.revision.swap(revision, Ordering::AcqRel) == revision {
            return Ok(());
        }
        let all = match store.all() {
            Ok(all) => all,
            Err(error) => {
                // Not read after all: the next turn tries again.
                self.revision.store(i64::MIN, Ordering::Release);
                return Err(error);
            }
        };
        let before = self.callers.load();
        let mut callers = HashMap::new();
        for known in all.iter().filter(|caller| caller.door == self.door) {
            let Some(caller) = (self.read)(known) else {
                tracing::error!(door = self.door, caller = known.key_id, "a caller lacks a secret and cannot call");
                continue;
            };
            let in_flight = before.get(&known.key_id).map(|held| held.in_flight.clone()).unwrap_or_default();
            callers.insert(known.key_id.clone(), Arc::new(Held { caller, in_flight }));
        }
        self.callers.store(Arc::new(callers));
        Ok(())
    }

    /// Keeps up with the store for as long as the runtime lives.
    pub fn keep_up<C: Callers + 'static>(self: &Arc<Self>, store: Arc<C>) {
        let keyring = Arc::clone(self);
        tokio::spawn(async move {
            let mut turn = tokio::time::interval(Duration::from_millis(500));
            loop {
                turn.tick().await;
                if let Err(error) = keyring.refresh(&*store) {
                    tracing::error!(door = keyring.door, ?error, "the callers could not be read again");
                }
            }
        });
    }
}

impl<K> Held<K> {
    /// A place for one more request, unless `limit` are in work already.
    pub fn enter(&self, limit: usize) -> Option<Place> {
        self.in_flight.enter(limit)
    }
}
