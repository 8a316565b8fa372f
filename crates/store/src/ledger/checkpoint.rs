//! Taking the log in, beside the writer.
//!
//! SQLite by itself takes the log into the file after a commit that finds a thousand pages in it, and whoever waits for
//! that commit waits for that too. Here another thread does it: the passive kind holds up neither readers nor the
//! writer. It never catches up with a busy writer entirely, though, and the log begins anew only when it is taken in
//! entirely. So the writer's own threshold stays, far higher: by then all but a small rest has been done.

use std::{
    path::Path,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use rusqlite::Connection;

use crate::{
    StoreError,
    db::{self, Use},
};

/// Pages in the log after which the writer itself takes in the rest: 16 MiB. A log that begins anew is written over in
/// place; one that grows makes the disk note its new length with every commit, which takes ten times as long.
const WRITER_PAGES: u32 = 4 << 10;

/// Pages, as estimated, after which the other thread is told. The same pages come again and again: the fewer times they
/// are taken in, the less is written.
const PAGES: usize = 3000;

/// The thread that takes the log in. Dropping it ends the thread.
pub(crate) struct Checkpoints {
    tell: Option<SyncSender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    pages: usize,
}

impl Checkpoints {
    pub(crate) fn begin(path: &Path) -> Result<Self, StoreError> {
        let connection = db::connect(path, Use::Write, 256)?;
        let (tell, told) = sync_channel(1);
        let work = move || {
            while told.recv().is_ok() {
                // Busy means that another process is at it. What fails here is tried again, and the writer's own
                // threshold stands behind it.
                if let Err(error) = take_in(&connection) {
                    tracing::warn!(error = %error, "the ledger's log could not be taken in; tried again later");
                }
            }
        };
        let thread = thread::Builder::new().name("ledger-log".to_owned()).spawn(work).map_err(StoreError::Thread)?;
        Ok(Self { tell: Some(tell), thread: Some(thread), pages: 0 })
    }

    /// To be told of every batch that was committed.
    pub(crate) fn committed(&mut self, entries: usize) {
        // A dozen entries share a page, and more that are settled; then the head and the ways down.
        self.pages += entries / 10 + 4;
        if self.pages >= PAGES {
            self.pages = 0;
            // Full means that it has been told already.
            let _ = self.tell.as_ref().map(|tell| tell.try_send(()));
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.tell = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Raises the threshold of the writer's own connection.
pub(crate) fn leave_to_others(writer: &Connection) -> Result<(), StoreError> {
    Ok(writer.pragma_update(None, "wal_autocheckpoint", WRITER_PAGES)?)
}

fn take_in(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
