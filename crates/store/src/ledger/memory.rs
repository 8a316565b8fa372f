//! Replay memory: what was spent, and by which entry.
//!
//! The truth is the ledger itself: a row holds what it spent, written in the transaction that decided. This is the index
//! over it. A key is a hash, so to put each into a table as it comes would rewrite a page of that table for every call.
//! Therefore the newest spends are in memory only. Once there are enough of them they are settled into the table
//! `spent` in the order of their keys, some with each transaction, so that one page takes several; and every few
//! minutes what has expired on the settling's way is forgotten. `settled` says up to which entry all is in the table:
//! after a restart, or when another process has written, the rows behind it are read again.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::StoreError;

/// What was spent: a keyed hash.
pub(crate) type Key = [u8; 16];

/// So many newest spends are gathered before they are settled: a few megabytes, and read again in some milliseconds. The
/// more there are the more of them share a page.
const GATHERED: usize = 64 << 10;

/// Fewer than these are not worth settling in an idle moment.
const FEW: usize = 2 << 10;

/// What is over is looked for this often, in milliseconds: to forget means to walk over the whole table.
const FORGETTING: i64 = 5 * 60 * 1000;

pub(crate) struct Memory {
    newest: HashMap<Key, Spent>,
    settling: Option<Settling>,
    /// What must be over before it is worth while to forget again.
    forget_from: i64,
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
    /// In the order of their keys.
    spends: Vec<(Key, Spent)>,
    /// How many of them are done.
    done: usize,
    /// The last entry among them: all up to it is in the table when they are.
    through: i64,
    /// Whether what is over is forgotten on the way.
    forgets: bool,
}

impl Memory {
    /// Nothing but what is in the table: `settled` is how far that reaches.
    pub(crate) fn behind(settled: i64) -> Self {
        Self { newest: HashMap::new(), settling: None, forget_from: i64::MIN, known: settled }
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
        if let Some(spent) = self.newest.get(key).or_else(|| self.settling.as_ref()?.find(key)) {
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
        self.gather(GATHERED, over);
        self.settle_gathered(on, step, over)
    }

    /// The same in an idle moment, when fewer are worth it. None when there is nothing to do.
    pub(crate) fn settle_when_idle(&mut self, on: &Connection, over: i64) -> Result<Option<i64>, StoreError> {
        self.gather(FEW, over);
        self.settle_gathered(on, FEW, over)
    }

    /// Whether an idle moment could be used.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.settling.is_some() || self.newest.len() >= FEW
    }

    fn gather(&mut self, enough: usize, over: i64) {
        if self.settling.is_none() && self.newest.len() >= enough {
            // Emptied and not replaced: to grow anew would hold up those who wait.
            let mut spends: Vec<(Key, Spent)> = self.newest.drain().collect();
            spends.sort_unstable_by_key(|(key, _)| *key);
            let forgets = over >= self.forget_from;
            self.settling = Some(Settling { spends, done: 0, through: self.known, forgets });
        }
    }

    fn settle_gathered(&mut self, on: &Connection, step: usize, over: i64) -> Result<Option<i64>, StoreError> {
        let Some(settling) = &mut self.settling else { return Ok(None) };
        let last = settling.settle(on, step, over)?;
        let Settling { through, forgets, .. } = *settling;
        if last {
            self.settling = None;
            if forgets {
                self.forget_from = over.saturating_add(FORGETTING);
            }
        }
        Ok(last.then_some(through))
    }
}

impl Settling {
    fn find(&self, key: &Key) -> Option<&Spent> {
        let at = self.spends.binary_search_by_key(key, |(key, _)| *key).ok()?;
        self.spends.get(at).map(|(_, spent)| spent)
    }

    /// Settles so many. Whether that was the last of them.
    fn settle(&mut self, on: &Connection, step: usize, over: i64) -> Result<bool, StoreError> {
        let end = self.spends.len().min(self.done + step);
        let last = end == self.spends.len();
        let slice = self.spends.get(self.done..end).unwrap_or_default();
        if self.forgets {
            // The stretch of keys that this step covers; the first begins before all keys and the last ends behind them.
            let before = self.done.checked_sub(1).and_then(|before| self.spends.get(before));
            let from = before.map_or(&[0; 16], |(key, _)| key);
            let to = slice.last().filter(|_| !last).map_or(&[0xff; 16], |(key, _)| key);
            on.prepare_cached("DELETE FROM spent WHERE key >= ?1 AND key <= ?2 AND until < ?3")?
                .execute(params![from, to, over])?;
        }
        let mut insert =
            on.prepare_cached("INSERT INTO spent (key, seq, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
        for (key, Spent { seq, until }) in slice.iter().filter(|(_, spent)| spent.until >= over) {
            insert.execute(params![key, seq, until])?;
        }
        self.done = end;
        Ok(last)
    }
}

#[cfg(test)]
mod tests;
