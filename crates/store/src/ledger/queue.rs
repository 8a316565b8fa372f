//! What waits for the ledger's writer.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use shiming_core::{Committed, Entry, LedgerError, Spend};
use tokio::sync::oneshot;

use crate::StoreError;

/// What waits to be written together, and where its answer goes.
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) answer: oneshot::Sender<Result<Wrote, LedgerError>>,
}

/// What is written together: all of it or nothing.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) entry: Option<Entry>,
    pub(crate) spend: Option<Spend>,
    /// Something beside the ledger. It says whether all of it may be written; what it wrote before it said no, or
    /// failed, is taken back.
    pub(crate) also: Option<Also>,
}

/// See [`Work::also`].
pub(crate) type Also = Box<dyn FnOnce(&Connection) -> Result<bool, StoreError> + Send>;

/// What became of it.
pub(crate) enum Wrote {
    /// It is durable; or what was spent before says what it is instead.
    Committed(Committed),
    /// It is durable, and there was no entry in it.
    WithoutEntry,
    /// What was to be written beside the entry said no.
    Declined,
}

#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: Vec<Job>,
    closed: bool,
}

/// What the writer woke up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// There are jobs.
    Jobs,
    /// Nothing came for a while.
    Idle,
    /// There will never be anything again.
    Closed,
}

impl Queue {
    /// Adds work; the receiver gets the answer. None once the queue is closed.
    pub(crate) fn push(&self, work: Work) -> Option<oneshot::Receiver<Result<Wrote, LedgerError>>> {
        let (answer, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        if waiting.closed {
            return None;
        }
        waiting.jobs.push(Job { work, answer });
        // The writer sleeps only while there is nothing: only the first has to wake it.
        let wake = waiting.jobs.len() == 1;
        drop(waiting);
        if wake {
            self.arrived.notify_one();
        }
        Some(receiver)
    }

    /// Swaps all waiting jobs into `jobs`, which must be empty; waits for the first one for so long.
    pub(crate) fn take(&self, jobs: &mut Vec<Job>, patience: Duration) -> Wake {
        let mut waiting = self.waiting.lock();
        if waiting.jobs.is_empty() && !waiting.closed {
            self.arrived.wait_while_for(&mut waiting, |w| w.jobs.is_empty() && !w.closed, patience);
        }
        std::mem::swap(&mut waiting.jobs, jobs);
        match (jobs.is_empty(), waiting.closed) {
            (false, _) => Wake::Jobs,
            (true, false) => Wake::Idle,
            (true, true) => Wake::Closed,
        }
    }

    /// Takes nothing more.
    pub(crate) fn close(&self) {
        self.waiting.lock().closed = true;
        self.arrived.notify_one();
    }
}
