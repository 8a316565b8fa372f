//! The ledger: a chain of entries, written by one thread in transactions that many calls share.
//!
//! A commit hands its entry to the writer and waits. The writer takes everything that waits into one transaction and
//! answers after the disk has it; so while one transaction is under way the next one fills by itself, and the more
//! calls there are the less each costs.

mod answers;
mod audit;
pub mod chain;
mod checkpoint;
mod head;
mod memory;
mod queue;
pub(crate) mod row;
pub(crate) mod spent;
mod writer;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use parking_lot::Mutex;
use rusqlite::Connection;
use shiming_core::{Again, BoxFuture, Committed, Entry, Ledger, LedgerError, RecordKey, Spend, SubjectTag};

pub(crate) use self::head::begin;
use self::queue::{Queue, Served};
pub use self::{
    audit::{Audit, Broken, ExportedEntry, Filter, Verified},
    head::{Head, NotAHead},
};
use self::{head::HeadSeal, writer::Writer};
pub(crate) use self::{
    queue::{Work, Wrote},
    writer::SLACK_MILLIS,
};
use crate::{
    Options, StoreError,
    db::{self, Use},
    seal::{LargeTagger, Tag, Tagger},
    vault::Keys,
};

/// The port [`Ledger`] on SQLite.
pub struct DurableLedger {
    path: PathBuf,
    queue: Arc<Queue>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    subjects: Tagger,
    seal: HeadSeal,
    tags: Tagger,
    large: LargeTagger,
    /// Reads what may be repeated.
    repeats: Mutex<Connection>,
}

/// A photo is, and nothing else that people say.
const LARGE: usize = 4 << 10;

impl fmt::Debug for DurableLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DurableLedger")
    }
}

impl Ledger for DurableLedger {
    fn commit(&self, entry: Entry, spend: Option<Spend>) -> BoxFuture<'_, Result<Committed, LedgerError>> {
        Box::pin(async move {
            match self.write(Work { entry: Some(entry), spend, ..Work::default() }).await? {
                Wrote::Committed(committed) => Ok(committed),
                // Nothing stands beside the entry that could say no.
                Wrote::WithoutEntry | Wrote::Declined => Err(LedgerError(StoreError::Closed.into())),
            }
        })
    }

    fn spend(&self, spend: Spend) -> BoxFuture<'_, Result<bool, LedgerError>> {
        Box::pin(async move {
            let wrote = self.write(Work { spend: Some(spend), ..Work::default() }).await?;
            Ok(matches!(wrote, Wrote::WithoutEntry))
        })
    }

    fn earlier<'a>(&'a self, spend: &'a Spend) -> BoxFuture<'a, Result<Option<Committed>, LedgerError>> {
        let Again::RepeatIfSame { content } = spend.again else { return Box::pin(std::future::ready(Ok(None))) };
        let earlier = writer::same_content(&self.repeats.lock(), &spend.key, &content);
        Box::pin(std::future::ready(earlier.map_err(|error| LedgerError(error.into()))))
    }

    fn tag(&self, texts: &[&[u8]]) -> [u8; 16] {
        // In place of what is large stands its own tag, which takes less time.
        let large = |text: &&[u8]| (text.len() > LARGE).then(|| self.large.tag(&[], text).ok()).flatten();
        let tags: Vec<Option<Tag>> = texts.iter().map(large).collect();
        let texts = texts.iter().zip(&tags).map(|(text, tag)| tag.as_ref().map_or(*text, |tag| &tag[..]));
        self.tags.tag(&[], &texts.collect::<Vec<_>>())
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
        let jobs = Served(Arc::clone(&queue));
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || writer.run(&jobs.0))
            .map_err(StoreError::Thread)?;
        Ok(Self {
            path: path.to_owned(),
            queue,
            writer: Mutex::new(Some(thread)),
            subjects: Tagger::new(&keys.ledger.derive(&[b"ledger subject"])),
            seal,
            tags: Tagger::new(&keys.spend),
            large: LargeTagger::new(&keys.spend.derive(&[b"large"]))?,
            repeats: Mutex::new(db::connect(path, Use::Read, 256)?),
        })
    }

    /// Whether decisions can be made durable: the writer is at work, and the file can be read.
    pub fn ready(&self) -> Result<(), StoreError> {
        if self.queue.is_closed() {
            return Err(StoreError::Closed);
        }
        self.head().map(drop)
    }

    /// Hands work to the writer and waits until it is durable.
    pub(crate) async fn write(&self, work: Work) -> Result<Wrote, LedgerError> {
        match self.queue.push(work) {
            Some(waiter) => waiter.answer().await,
            None => Err(LedgerError(StoreError::Closed.into())),
        }
    }

    /// Hands over work with a change beside it, in the same transaction. The change says whether all of it is to be written,
    /// and what came of it; that is given back, and none when the work's spend was used before.
    pub(crate) async fn write_beside<T: Send + 'static>(
        &self,
        work: Work,
        change: impl FnOnce(&Connection) -> Result<(bool, T), StoreError> + Send + 'static,
    ) -> Result<Option<T>, LedgerError> {
        let slot = Arc::new(Mutex::new(None));
        let told = Arc::clone(&slot);
        let also = move |on: &Connection| {
            let (write, outcome) = change(on)?;
            *told.lock() = Some(outcome);
            Ok(write)
        };
        match self.write(Work { also: Some(Box::new(also)), ..work }).await? {
            Wrote::Committed(Committed::Repeated(_) | Committed::Replayed | Committed::Differs) => Ok(None),
            Wrote::Committed(Committed::New(_)) | Wrote::WithoutEntry | Wrote::Declined => {
                slot.lock().take().map(Some).ok_or_else(|| LedgerError(StoreError::Closed.into()))
            }
        }
    }

    /// Hands over a change alone, in the writer's next transaction, and waits until it is durable.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let written = self.write_beside(Work::default(), |on| Ok((true, change(on)?))).await?;
        // Nothing is spent with it that could have been before.
        written.ok_or_else(|| LedgerError(StoreError::Closed.into()))
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
