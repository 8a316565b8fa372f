//! Papers as sealed objects in a folder beside the database.
//!
//! A paper is too large for the writer that all decisions share, so it is a file: AES-256-GCM under a key of its own,
//! which stands wrapped in the paper's row. Erasing is deleting the row; the file that is left is noise, and goes too.
//!
//! A file is durable before the transaction that names it: written, synced, and its folder synced. So a row never names
//! what is not there, or not whole; what a stop leaves without a row is removed by a sweep, or at a start, an hour later
//! or more.

mod folder;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use parking_lot::Mutex;
use rusqlite::Connection;
use shiming_core::{
    BoxFuture, Papers, UnixTime,
    submit::{CasesError, Paper, Stored},
};
use tokio::{runtime::Handle, sync::oneshot};

use self::folder::Folder;
use crate::{
    StoreError,
    cases::{Seals, trouble},
    db::{self, Use},
};

/// The port [`Papers`] on a folder.
pub struct SealedPapers {
    folder: Arc<Folder>,
    seals: Arc<Seals>,
    /// Reads which papers have a row.
    rows: Arc<Mutex<Connection>>,
}

impl fmt::Debug for SealedPapers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedPapers")
    }
}

impl Papers for SealedPapers {
    fn put(&self, paper: Paper) -> BoxFuture<'_, Result<Stored, CasesError>> {
        let (folder, seals) = (Arc::clone(&self.folder), Arc::clone(&self.seals));
        Box::pin(aside(move || {
            let Paper { role, media, bytes } = paper;
            let (size, content) = (u64::try_from(bytes.len()).unwrap_or(u64::MAX), seals.tag(&bytes)?);
            let (object, wrapped, sealed) = seals.seal_paper(bytes)?;
            folder.write(&object, &sealed)?;
            Ok(Stored { object, wrapped, content, size, role, media })
        }))
    }

    fn get<'a>(&'a self, stored: &'a Stored) -> BoxFuture<'a, Result<Paper, CasesError>> {
        let (folder, seals, stored) = (Arc::clone(&self.folder), Arc::clone(&self.seals), stored.clone());
        Box::pin(aside(move || {
            let sealed = folder.read(&stored.object, stored.size)?;
            let bytes = seals.open_paper(&stored.object, &stored.wrapped, &sealed)?;
            Ok(Paper { role: stored.role, media: stored.media, bytes })
        }))
    }

    fn destroy(&self, stored: Stored) -> BoxFuture<'_, Result<(), CasesError>> {
        Box::pin(self.remove(vec![stored.object]))
    }

    fn sweep(&self, now: UnixTime) -> BoxFuture<'_, Result<u64, CasesError>> {
        let (folder, rows) = (Arc::clone(&self.folder), Arc::clone(&self.rows));
        Box::pin(aside(move || sweep(&folder, &rows, now)))
    }
}

impl SealedPapers {
    /// Takes the folder, and removes from it what no row names. What is young stays: another process may be about to
    /// write its row.
    pub(crate) fn open(dir: &Path, database: &Path, seals: Arc<Seals>, now: UnixTime) -> Result<Self, StoreError> {
        let folder = Folder::new(dir.join(PAPERS));
        let rows = Mutex::new(db::connect(database, Use::Read, 64)?);
        sweep(&folder, &rows, now)?;
        Ok(Self { folder: Arc::new(folder), seals, rows: Arc::new(rows) })
    }

    /// Removes objects; one that is gone already is no fault.
    pub(crate) async fn remove(&self, objects: Vec<String>) -> Result<(), CasesError> {
        if objects.is_empty() {
            return Ok(());
        }
        let folder = Arc::clone(&self.folder);
        aside(move || folder.remove(&objects)).await
    }
}

fn sweep(folder: &Folder, rows: &Mutex<Connection>, now: UnixTime) -> Result<u64, StoreError> {
    let removed = folder.sweep(now.plus_millis(-YOUNG_MILLIS), |object| {
        Ok(rows.lock().prepare_cached("SELECT 1 FROM paper WHERE object = ?1")?.exists([object])?)
    })?;
    if removed > 0 {
        tracing::info!(removed, "papers that belonged to nothing were removed");
    }
    Ok(u64::try_from(removed).unwrap_or(u64::MAX))
}

/// How long a paper may be without a row. A step takes a second at most.
const YOUNG_MILLIS: i64 = 60 * 60 * 1000;

/// The folder's name in the store's directory.
const PAPERS: &str = "papers";

/// Runs something that waits for the disk on a thread that may wait: one that the runtime has for it, or one of its own.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, CasesError> {
    if let Ok(runtime) = Handle::try_current() {
        return runtime.spawn_blocking(work).await.map_err(|_| trouble(StoreError::Unfinished))?.map_err(trouble);
    }
    let (answer, waiter) = oneshot::channel();
    let run = move || {
        // Who has stopped waiting needs no answer; what was written then belongs to nothing.
        let _ = answer.send(work());
    };
    thread::Builder::new()
        .name("papers".to_owned())
        .spawn(run)
        .map_err(|source| trouble(StoreError::Thread(source)))?;
    waiter.await.map_err(|_| trouble(StoreError::Unfinished))?.map_err(trouble)
}

fn file(what: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File { what, path: PathBuf::from(path), source }
}

#[cfg(test)]
mod tests;
