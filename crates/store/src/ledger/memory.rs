//! Replay memory: what was spent, and by which entry.
//!
//! The truth is the ledger itself: a row holds what it spent, written in the transaction that decided. This is the index
//! over it. A key is a hash, so to put each into a table as it comes would rewrite a page of that table for every call.
//! Therefore the newest spends are in memory only. Once there are enough of them they are settled into the table
//! `spent` in the order of their keys, some with each transaction, so that one page takes several; and where the
//! settling passes along, what has expired on its way is forgotten. `settled` says up to which entry all is in the table:
//! after a restart, or when another process has written, the rows behind it are read again.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::StoreError;

/// What was spent: a keyed hash.
pub(crate) type Key = [u8; 16];

/// So many newest spends are gathered before they are settled: a few megabytes, and read again in some milliseconds.
const GATHERED: usize = 32 << 10;

/// Fewer than these are not worth settling in an idle moment.
const FEW: usize = 2 << 10;

pub(crate) struct Memory {
    newest: HashMap<Key, Spent>,
    settling: Option<Settling>,
    /// The last entry whose spend is in one of the two, or in the table.
    known: i64,
}

#[derive(Clone, Copy)]
struct Spent {
    seq: i64,
    until: i64,
}

/// Spends on their way into the table.
struct Settling {
    spends: HashMap<Key, Spent>,
    /// Their keys in order, and how many of them are done.
    keys: Vec<Key>,
    done: usize,
    /// The last entry among them: all up to it is in the table when they are.
    through: i64,
}

impl Memory {
    /// Nothing but what is in the table: `settled` is how far that reaches.
    pub(crate) fn behind(settled: i64) -> Self {
        Self { newest: HashMap::new(), settling: None, known: settled }
    }

    /// Reads the rows up to `head` that it does not know yet: those behind what is settled, and those of other processes.
    pub(crate) fn catch_up(&mut self, on: &Connection, head: i64) -> Result<(), StoreError> {
        if self.known >= head {
            return Ok(());
        }
        let mut select = on.prepare_cached(
            "SELECT seq, spent, spent_until FROM ledger WHERE seq > ?1 AND seq <= ?2 AND spent IS NOT NULL",
        )?;
        let mut rows = select.query([self.known, head])?;
        while let Some(row) = rows.next()? {
            // A row that was damaged is the audit's to find; it must not keep the ledger from being written.
            let (Ok(key), Ok(until)) = (row.get(1), row.get(2)) else { continue };
            self.newest.insert(key, Spent { seq: row.get(0)?, until });
        }
        self.known = head;
        Ok(())
    }

    /// The entry that spent this before.
    pub(crate) fn first_use(&self, on: &Connection, key: &Key) -> Result<Option<i64>, StoreError> {
        let settling = || self.settling.as_ref()?.spends.get(key);
        if let Some(spent) = self.newest.get(key).or_else(settling) {
            return Ok(Some(spent.seq));
        }
        let mut select = on.prepare_cached("SELECT seq FROM spent WHERE key = ?1")?;
        let mut rows = select.query([key])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }

    /// Remembers what an entry that was just appended has spent.
    pub(crate) fn add(&mut self, seq: i64, spend: Option<(Key, i64)>) {
        self.known = seq;
        if let Some((key, until)) = spend {
            self.newest.insert(key, Spent { seq, until });
        }
    }

    /// Settles up to `step` spends, if enough are gathered, and forgets what was over before `over` on their way. Gives
    /// the entry up to which all is settled, when that has changed.
    pub(crate) fn settle(&mut self, on: &Connection, step: usize, over: i64) -> Result<Option<i64>, StoreError> {
        self.gather(GATHERED);
        self.settle_gathered(on, step, over)
    }

    /// The same in an idle moment, when fewer are worth it. None when there is nothing to do.
    pub(crate) fn settle_when_idle(&mut self, on: &Connection, over: i64) -> Result<Option<i64>, StoreError> {
        self.gather(FEW);
        self.settle_gathered(on, FEW, over)
    }

    /// Whether an idle moment could be used.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.settling.is_some() || self.newest.len() >= FEW
    }

    fn gather(&mut self, enough: usize) {
        if self.settling.is_none() && self.newest.len() >= enough {
            let spends = std::mem::take(&mut self.newest);
            let mut keys: Vec<Key> = spends.keys().copied().collect();
            keys.sort_unstable();
            self.settling = Some(Settling { spends, keys, done: 0, through: self.known });
        }
    }

    fn settle_gathered(&mut self, on: &Connection, step: usize, over: i64) -> Result<Option<i64>, StoreError> {
        let Some(settling) = &mut self.settling else { return Ok(None) };
        let end = settling.keys.len().min(settling.done + step);
        let last = end == settling.keys.len();
        let slice = settling.keys.get(settling.done..end).unwrap_or_default();
        // The stretch of keys that this step covers; the first begins before all keys and the last ends behind them.
        let from = settling.done.checked_sub(1).and_then(|before| settling.keys.get(before)).unwrap_or(&[0; 16]);
        let to = slice.last().filter(|_| !last).unwrap_or(&[0xff; 16]);
        on.prepare_cached("DELETE FROM spent WHERE key >= ?1 AND key <= ?2 AND until < ?3")?
            .execute(params![from, to, over])?;
        let mut insert =
            on.prepare_cached("INSERT INTO spent (key, seq, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
        for key in slice {
            let Some(Spent { seq, until }) = settling.spends.get(key).filter(|spent| spent.until >= over) else {
                continue;
            };
            insert.execute(params![key, seq, until])?;
        }
        settling.done = end;
        let through = settling.through;
        if last {
            self.settling = None;
        }
        Ok(last.then_some(through))
    }
}

#[cfg(test)]
mod tests;
