//! What is spent beside replay memory: with a content, or where nothing is decided.
//!
//! Both are rare beside nonces of decisions (a request that a caller may send again; a query that is told to wait), so
//! that they go straight into their tables.

use rusqlite::{Connection, OptionalExtension, params};
use shiming_core::{Again, Spend, UnixTime};

use super::memory::Key;
use crate::StoreError;

/// Stands for an entry where there is none; entries are numbered from 1.
pub(crate) const NO_ENTRY: i64 = 0;

/// Remembers what was spent where nothing was decided.
pub(crate) fn without_entry(on: &Connection, spend: &Spend) -> Result<(), StoreError> {
    on.prepare_cached("INSERT OR REPLACE INTO spent (key, seq, until) VALUES (?1, ?2, ?3)")?.execute(params![
        spend.key,
        NO_ENTRY,
        spend.until.millis()
    ])?;
    Ok(())
}

/// The entry that stands there for a key.
pub(crate) fn by_key(on: &Connection, key: &Key) -> Result<Option<i64>, StoreError> {
    Ok(on.prepare_cached("SELECT seq FROM spent WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()?)
}

/// Whether anything stands there.
pub(crate) fn is_any(on: &Connection) -> Result<bool, StoreError> {
    Ok(on.prepare_cached("SELECT EXISTS (SELECT 1 FROM spent)")?.query_row([], |row| row.get(0))?)
}

/// Whether it is remembered with a content, and not in replay memory.
pub(crate) fn has_content(spend: &Spend) -> bool {
    matches!(spend.again, Again::RepeatIfSame { .. })
}

/// Remembers which entry a number of a caller stands for, and the content of the request.
pub(crate) fn with_content(
    on: &Connection,
    key: &Key,
    content: &[u8; 16],
    seq: i64,
    until: UnixTime,
) -> Result<(), StoreError> {
    on.prepare_cached("INSERT OR REPLACE INTO repeatable (key, content, seq, until) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key, content, seq, until.millis()])?;
    Ok(())
}

/// The content and the entry of a number.
pub(crate) fn by_content(on: &Connection, key: &Key) -> Result<Option<([u8; 16], i64)>, StoreError> {
    let mut select = on.prepare_cached("SELECT content, seq FROM repeatable WHERE key = ?1")?;
    Ok(select.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Forgets the numbers that were to be remembered until before this.
pub(crate) fn forget(on: &Connection, over: i64) -> Result<usize, StoreError> {
    Ok(on.prepare_cached("DELETE FROM repeatable WHERE until < ?1")?.execute([over])?)
}
