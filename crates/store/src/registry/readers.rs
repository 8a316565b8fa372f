//! A few reading connections, shared by all threads.
//!
//! Each thread has a place of its own to begin at, so that as long as there are no more threads than connections none
//! waits, and each finds the statements and pages that it used before.
//!
//! To begin and end a read transaction costs SQLite as much as the look-up in it: locks on a file, asked of the kernel.
//! So a reader keeps its transaction for the look-ups of the next moment. A thread ends those that have stood long
//! enough: what an operator changes is seen after [`KEPT`], and a log that is taken in meanwhile can begin anew.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::{
    StoreError,
    db::{self, Use},
};

/// How long a read transaction is kept for others to use.
const KEPT: Duration = Duration::from_millis(20);

pub(crate) struct Readers {
    shared: Arc<Shared>,
    janitor: Option<thread::JoinHandle<()>>,
}

struct Shared {
    readers: Box<[Mutex<Reader>]>,
    /// How many transactions are kept.
    kept: Mutex<Kept>,
    changed: Condvar,
}

#[derive(Default)]
struct Kept {
    transactions: usize,
    closed: bool,
}

struct Reader {
    connection: Connection,
    /// Since when it keeps a transaction.
    since: Option<Instant>,
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

impl Readers {
    pub(crate) fn open(path: &Path, count: usize, cache_kib: u32) -> Result<Self, StoreError> {
        let open = |_| {
            let connection = db::connect(path, Use::Read, cache_kib)?;
            Ok(Mutex::new(Reader { connection, since: None }))
        };
        let readers = (0..count.max(1)).map(open).collect::<Result<_, StoreError>>()?;
        let shared = Arc::new(Shared { readers, kept: Mutex::default(), changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        let janitor = thread::Builder::new().name("registry-reads".to_owned()).spawn(move || theirs.tidy());
        Ok(Self { shared, janitor: Some(janitor.map_err(StoreError::Thread)?) })
    }

    /// Runs a read on a connection that is free, or waits for this thread's own.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let readers = &self.shared.readers;
        let (before, after) = readers.split_at(PLACE.with(|place| place % readers.len()));
        let free = after.iter().chain(before).find_map(Mutex::try_lock);
        // `after` is never empty: the place is below the length, which is at least 1.
        let mut reader = free.or_else(|| after.first().map(Mutex::lock)).unwrap_or_else(|| readers[0].lock());
        if reader.since.is_none() {
            reader.begin()?;
            self.shared.keeps_one_more();
        }
        read(&reader.connection)
    }

    /// Ends every transaction that is kept: the next look-up sees what was committed before.
    pub(crate) fn renew(&self) {
        self.shared.end_after(Duration::ZERO);
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.shared.kept.lock().closed = true;
        self.shared.changed.notify_one();
        if let Some(janitor) = self.janitor.take() {
            let _ = janitor.join();
        }
    }
}

impl Reader {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        self.since = Some(Instant::now());
        Ok(())
    }

    /// Ends a transaction that has stood so long. Whether it did.
    fn end_after(&mut self, time: Duration) -> bool {
        if self.since.is_none_or(|since| since.elapsed() < time) {
            return false;
        }
        // A transaction that cannot be ended is one that an error has ended.
        let _ = self.connection.prepare_cached("COMMIT").and_then(|mut end| end.execute([]));
        self.since = None;
        true
    }
}

impl Shared {
    fn keeps_one_more(&self) {
        let mut kept = self.kept.lock();
        kept.transactions += 1;
        if kept.transactions == 1 {
            self.changed.notify_one();
        }
    }

    /// Sleeps while nothing is kept; else looks after it every moment.
    fn tidy(&self) {
        while self.wait().is_continue() {
            self.end_after(KEPT);
        }
    }

    fn end_after(&self, time: Duration) {
        let ended = self.readers.iter().filter(|reader| reader.lock().end_after(time)).count();
        self.kept.lock().transactions -= ended;
    }

    fn wait(&self) -> ControlFlow<()> {
        let mut kept = self.kept.lock();
        self.changed.wait_while(&mut kept, |kept| kept.transactions == 0 && !kept.closed);
        if !kept.closed {
            // A moment, or until it is closed.
            self.changed.wait_for(&mut kept, KEPT);
        }
        if kept.closed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
