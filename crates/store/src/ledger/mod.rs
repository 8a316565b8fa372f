//! The ledger: a chain of entries, written by one thread in transactions that many calls share.
//!
//! A commit hands its entry to the writer and waits. The writer takes everything that waits into one transaction and
//! answers after the disk has it; so while one transaction is under way the next one fills by itself, and the more
//! calls there are the less each costs.

mod audit;
pub mod chain;
mod checkpoint;
mod head;
mod memory;
mod queue;
mod row;
mod writer;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use parking_lot::Mutex;
use shiming_core::{BoxFuture, Committed, Entry, Ledger, LedgerError, RecordKey, Spend, SubjectTag};

pub(crate) use self::head::begin;
pub use self::{
    audit::{Audit, Broken, ExportedEntry, Filter, Verified},
    head::{Head, NotAHead},
};
use self::{head::HeadSeal, queue::Queue, writer::Writer};
use crate::{Options, StoreError, seal::Tagger, vault::Keys};

/// The port [`Ledger`] on SQLite.
pub struct DurableLedger {
    path: PathBuf,
    queue: Arc<Queue>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    subjects: Tagger,
    spends: Tagger,
    seal: HeadSeal,
}

impl fmt::Debug for DurableLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DurableLedger")
    }
}

impl Ledger for DurableLedger {
    fn commit(&self, entry: Entry, spend: Option<Spend>) -> BoxFuture<'_, Result<Committed, LedgerError>> {
        Box::pin(async move {
            let closed = || LedgerError(StoreError::Closed.into());
            let answer = self.queue.push(entry, spend).ok_or_else(closed)?;
            answer.await.unwrap_or_else(|_| Err(closed()))
        })
    }

    fn subject(&self, key: RecordKey<'_>) -> SubjectTag {
        SubjectTag(self.subjects.tag(&[key.kind as u8], &[key.number.as_bytes()]))
    }
}

impl DurableLedger {
    pub(crate) fn open(path: &Path, keys: &Keys, options: &Options) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let seal = HeadSeal::new(&keys.ledger);
        let writer = Writer::open(path, seal.clone(), options)?;
        let jobs = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || writer.run(&jobs))
            .map_err(StoreError::Thread)?;
        Ok(Self {
            path: path.to_owned(),
            queue,
            writer: Mutex::new(Some(thread)),
            subjects: Tagger::new(&keys.ledger.derive(&[b"ledger subject"])),
            spends: Tagger::new(&keys.spend),
            seal,
        })
    }

    /// The key of something that a caller spends: a keyed hash, different for each caller of each door.
    pub fn spend_key(&self, door: &str, caller: &str, what: &[u8]) -> [u8; 16] {
        self.spends.tag(&[], &[door.as_bytes(), caller.as_bytes(), what])
    }

    /// Makes durable what was handed over and ends the thread.
    pub(crate) fn close(&self) {
        self.queue.close();
        if let Some(writer) = self.writer.lock().take() {
            // A panic in the writer was a fault of ours and has been printed; its waiters were told.
            let _ = writer.join();
        }
    }
}

impl Drop for DurableLedger {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod bench;
#[cfg(test)]
mod tests;
