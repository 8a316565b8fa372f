//! An import that can be killed: how far it has come is in the same transaction as the records.

use std::{fmt, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use shiming_core::{Change, Clock, UnixTime};

use super::{SealedRegistry, write};
use crate::{Applied, Random, Store, StoreError};

/// How far an import has come: everything before it is in the registry, and nothing after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the source that are done.
    pub offset: u64,
    /// Lines of the source that are done.
    pub line: u64,
    /// Rows that were put in so far.
    pub accepted: u64,
    /// Rows that were refused so far.
    pub rejected: u64,
    /// Rows that were taken out so far.
    pub deleted: u64,
    /// Length of the rejects file in bytes: on resuming it is cut to this length.
    pub rejects_len: u64,
}

/// An import under way. Dropping it loses nothing; [`ImportSession::begin`] with the same fingerprint goes on.
pub struct ImportSession {
    connection: Connection,
    registry: Arc<SealedRegistry>,
    fingerprint: [u8; 32],
    mark: Mark,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Whether a photo was erased, of which SQLite's log still has a copy.
    erased: bool,
}

impl fmt::Debug for ImportSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportSession").field("mark", &self.mark).finish_non_exhaustive()
    }
}

impl ImportSession {
    /// Begins an import, or goes on with one that was broken off; then the mark says where.
    ///
    /// The fingerprint tells one source from another: a hash of what the file is, not of the people in it.
    pub fn begin(store: &Store, fingerprint: [u8; 32]) -> Result<(Self, Option<Mark>), StoreError> {
        let mut connection = store.registry_connection()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mark = read_mark(&transaction, &fingerprint)?;
        if mark.is_none() {
            transaction.execute(
                "INSERT OR REPLACE INTO import VALUES (?1, 0, 0, 0, 0, 0, 0, ?2, NULL)",
                params![fingerprint, store.clock().now().millis()],
            )?;
        }
        transaction.commit()?;
        let session = Self {
            connection,
            registry: store.registry(),
            fingerprint,
            mark: mark.unwrap_or_default(),
            clock: Arc::clone(store.clock()),
            random: Arc::clone(store.random()),
            erased: false,
        };
        Ok((session, mark.filter(|mark| *mark != Mark::default())))
    }

    /// Puts a batch in and moves the mark, in one transaction: durable when this returns.
    ///
    /// Batches of some thousand rows are quickest; a batch is held in memory.
    pub fn apply(&mut self, changes: &[Change], mark: &Mark) -> Result<Applied, StoreError> {
        let rows = write::seal(self.registry.sealer(), changes, &*self.random)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if read_mark(&transaction, &self.fingerprint)? != Some(self.mark) {
            return Err(StoreError::ImportRaced);
        }
        let applied = write::apply(&transaction, &rows)?;
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        transaction.execute(
            "UPDATE import SET byte_offset = ?2, line = ?3, accepted = ?4, rejected = ?5, deleted = ?6, rejects_len = ?7
             WHERE source = ?1",
            params![
                self.fingerprint,
                number(mark.offset),
                number(mark.line),
                number(mark.accepted),
                number(mark.rejected),
                number(mark.deleted),
                number(mark.rejects_len),
            ],
        )?;
        transaction.commit()?;
        self.registry.renew();
        self.erased |= applied.erased > 0;
        self.mark = *mark;
        Ok(applied)
    }

    /// How far it has come.
    pub const fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Ends it. The same source can then be imported again from its beginning.
    pub fn finish(self) -> Result<Mark, StoreError> {
        self.connection.execute(
            "UPDATE import SET finished = ?2 WHERE source = ?1",
            params![self.fingerprint, self.clock.now().millis()],
        )?;
        let how = if self.erased { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        self.connection.query_row(how, [], |_| Ok(()))?;
        Ok(self.mark)
    }

    /// When it was begun for the first time.
    pub fn started(&self) -> Result<UnixTime, StoreError> {
        let at = self.connection.query_row(
            "SELECT started FROM import WHERE source = ?1",
            [&self.fingerprint[..]],
            |row| row.get(0),
        )?;
        Ok(UnixTime(at))
    }
}

/// The mark of an import that has begun and not ended.
fn read_mark(on: &Connection, fingerprint: &[u8; 32]) -> Result<Option<Mark>, StoreError> {
    let mark = on
        .prepare_cached(
            "SELECT byte_offset, line, accepted, rejected, deleted, rejects_len FROM import
             WHERE source = ?1 AND finished IS NULL",
        )?
        .query_row([&fingerprint[..]], Mark::from_row)
        .optional()?;
    Ok(mark)
}

impl Mark {
    /// From the first six columns, in the order of the fields.
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let number = |at| row.get::<_, i64>(at).map(|n| u64::try_from(n).unwrap_or(0));
        Ok(Self {
            offset: number(0)?,
            line: number(1)?,
            accepted: number(2)?,
            rejected: number(3)?,
            deleted: number(4)?,
            rejects_len: number(5)?,
        })
    }
}

#[cfg(test)]
mod tests;
