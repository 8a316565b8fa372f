//! What waits for the ledger's writer.

use std::{sync::Arc, time::Duration};

use parking_lot::{Condvar, Mutex, MutexGuard};
use rusqlite::Connection;
use shiming_core::{Committed, Entry, Spend};

use super::answers::{Address, Waiter, address};
use crate::StoreError;

/// What waits to be written together, and where its answer goes.
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) answer: Address,
}

/// What is written together: all of it or nothing.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) entry: Option<Entry>,
    /// Entries behind that one, where several things are decided at once.
    pub(crate) more: Vec<Entry>,
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
    /// At how many jobs the writer wants to be woken; 0 while it is at work.
    wanted: usize,
    closed: bool,
}

/// How long the writer waits at most for company.
const COMPANY: Duration = Duration::from_micros(200);

/// The part of those who came together last time that is company enough. Measured: waiting for all of them keeps the disk
/// idle for the last few, waiting for a quarter writes twice as often.
const ENOUGH: usize = 2;

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
    /// Adds work; the waiter gets the answer. None once the queue is closed.
    pub(crate) fn push(&self, work: Work) -> Option<Waiter> {
        let (answer, waiter) = address();
        let mut waiting = self.waiting.lock();
        if waiting.closed {
            return None;
        }
        waiting.jobs.push(Job { work, answer });
        let wake = waiting.jobs.len() == waiting.wanted;
        drop(waiting);
        if wake {
            self.arrived.notify_one();
        }
        Some(waiter)
    }

    /// Swaps all waiting jobs into `jobs`, which must be empty; waits for the first one for so long.
    ///
    /// `before` is how many came together last time. As many are likely to be on their way, for callers send their next
    /// call when the last is answered; waiting a moment for half of them makes one transaction of what would else be
    /// several. One that comes alone never waits.
    pub(crate) fn take(&self, jobs: &mut Vec<Job>, patience: Duration, before: usize) -> Wake {
        let mut waiting = self.waiting.lock();
        self.wait(&mut waiting, 1, patience);
        let enough = before / ENOUGH;
        if (1..enough).contains(&waiting.jobs.len()) {
            self.wait(&mut waiting, enough, COMPANY);
        }
        std::mem::swap(&mut waiting.jobs, jobs);
        match (jobs.is_empty(), waiting.closed) {
            (false, _) => Wake::Jobs,
            (true, false) => Wake::Idle,
            (true, true) => Wake::Closed,
        }
    }

    fn wait(&self, waiting: &mut MutexGuard<'_, Waiting>, wanted: usize, patience: Duration) {
        waiting.wanted = wanted;
        self.arrived.wait_while_for(waiting, |w| w.jobs.len() < wanted && !w.closed, patience);
        waiting.wanted = 0;
    }

    /// Whether it takes nothing more: it was closed, or its writer has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.waiting.lock().closed
    }

    /// Takes nothing more.
    pub(crate) fn close(&self) {
        self.waiting.lock().closed = true;
        self.arrived.notify_one();
    }

    /// Takes nothing more, and tells all who wait that nobody will answer.
    fn abandon(&self) {
        let jobs = {
            let mut waiting = self.waiting.lock();
            waiting.closed = true;
            std::mem::take(&mut waiting.jobs)
        };
        drop(jobs);
    }
}

/// The writer's hold on its queue: however the writer ends, nobody waits for it any more.
pub(crate) struct Served(pub(crate) Arc<Queue>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::block_on;

    #[test]
    fn when_the_writer_panics_nobody_waits_for_it() {
        let queue = Arc::new(Queue::default());
        let waiter = queue.push(Work::default()).unwrap();
        let served = Served(Arc::clone(&queue));
        std::thread::spawn(move || {
            let _served = served;
            std::panic::resume_unwind(Box::new("a fault of ours"));
        })
        .join()
        .unwrap_err();
        assert!(block_on(waiter.answer()).is_err());
        assert!(queue.push(Work::default()).is_none());
    }
}
