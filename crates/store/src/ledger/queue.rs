//! What waits for the ledger's writer.

use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use shiming_core::{Committed, Entry, LedgerError, Spend};
use tokio::sync::oneshot;

/// An entry that waits, and where its answer goes.
pub(crate) struct Job {
    pub(crate) entry: Entry,
    pub(crate) spend: Option<Spend>,
    pub(crate) answer: oneshot::Sender<Result<Committed, LedgerError>>,
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
    /// Adds an entry; the receiver gets the answer. None once the queue is closed.
    pub(crate) fn push(
        &self,
        entry: Entry,
        spend: Option<Spend>,
    ) -> Option<oneshot::Receiver<Result<Committed, LedgerError>>> {
        let (answer, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        if waiting.closed {
            return None;
        }
        waiting.jobs.push(Job { entry, spend, answer });
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
