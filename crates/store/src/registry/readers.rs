//! A few reading connections, shared by all threads.
//!
//! Each thread has a place of its own to begin at, so that as long as there are no more threads than connections none
//! waits, and each finds the statements and pages that it used before.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use parking_lot::Mutex;
use rusqlite::Connection;

use crate::{
    StoreError,
    db::{self, Use},
};

pub(crate) struct Readers(Box<[Mutex<Connection>]>);

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

impl Readers {
    pub(crate) fn open(path: &Path, count: usize, cache_kib: u32) -> Result<Self, StoreError> {
        let open = |_| Ok(Mutex::new(db::connect(path, Use::Read, cache_kib)?));
        (0..count.max(1)).map(open).collect::<Result<_, StoreError>>().map(Self)
    }

    /// Runs a read on a connection that is free, or waits for this thread's own.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        let (before, after) = self.0.split_at(PLACE.with(|place| place % self.0.len()));
        let free = after.iter().chain(before).find_map(Mutex::try_lock);
        // `after` is never empty: the place is below the length, which is at least 1.
        match free.or_else(|| after.first().map(Mutex::lock)) {
            Some(connection) => read(&connection),
            None => read(&self.0[0].lock()),
        }
    }
}
