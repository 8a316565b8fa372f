//! Replay memory: what was spent, and by which entry.
//!
//! The truth is the ledger itself: a row holds what it spent, written in the transaction that decided. This is the index
//! over it. A key is a hash, so to put each into a table as it comes would rewrite a page of that table for every call.
//! Therefore the newest spends are in memory only. Once there are enough of them they become a run: they are settled into
//! the table `spent_part` in the order of their keys, some with each transaction, one page behind the other. A run is never
//! changed; when all of it is over it is dropped. So a log-structured merge tree keeps what is new, without the merging,
//! as nothing here lives long. A filter in memory says of nearly every key that a run does not have it.
//!
//! `settled` says up to which entry all is in runs: after a restart, or when another process has written, the rows behind
//! it are read again.

use std::collections::HashMap;

use rusqlite::Connection;
use shiming_core::Spend;

use super::spent;
use crate::StoreError;
use run::{Run, Settling};

mod filter;
mod run;

/// What was spent: a keyed hash.
pub(crate) type Key = [u8; 16];

/// So many newest spends are gathered before they are settled: a few megabytes, and read again in some milliseconds. The
/// more there are the fewer runs must be asked.
const GATHERED: usize = 64 << 10;

/// Fewer than these are not worth a run in an idle moment.
const FEW: usize = 8 << 10;

pub(crate) struct Memory {
    newest: HashMap<Key, Spent>,
    settling: Option<Settling>,
    runs: Vec<Run>,
    /// Whether something may stand in `spent`.
    single: bool,
    /// Whether something that is over may still stand in a table.
    forgets: bool,
    /// The last entry whose spend is known here.
    known: i64,
}

#[derive(Clone, Copy)]
struct Spent {
    seq: i64,
    until: i64,
}

impl Memory {
    /// What the tables have. `settled` is the entry up to which that is all.
    pub(crate) fn behind(on: &Connection, settled: i64) -> Result<Self, StoreError> {
        let runs = Run::all(on)?;
        Ok(Self { newest: HashMap::new(), settling: None, runs, single: true, forgets: true, known: settled })
    }

    /// Learns, at the beginning of a transaction, what other processes have written: the rows up to `head` that it does not
    /// know yet, at first those behind what is settled.
    pub(crate) fn catch_up(&mut self, on: &Connection, head: i64) -> Result<(), StoreError> {
        self.single = spent::is_any(on)?;
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
        if let Some(spent) = self.newest.get(key) {
            return Ok(Some(spent.seq));
        }
        if let Some(seq) = self.settling.as_ref().and_then(|settling| settling.find(key)) {
            return Ok(Some(seq));
        }
        for run in &self.runs {
            if let Some(seq) = run.find(on, key)? {
                return Ok(Some(seq));
            }
        }
        if self.single { spent::by_key(on, key) } else { Ok(None) }
    }

    /// Remembers what an entry that was just appended has spent.
    pub(crate) fn add(&mut self, seq: i64, spend: Option<(Key, i64)>) {
        self.known = seq;
        if let Some((key, until)) = spend {
            self.newest.insert(key, Spent { seq, until });
        }
    }

    /// Remembers what was spent where nothing was decided.
    pub(crate) fn add_without_entry(&mut self, on: &Connection, spend: &Spend) -> Result<(), StoreError> {
        self.single = true;
        spent::without_entry(on, spend)
    }

    /// Settles `step` spends or a few less, if enough are gathered, and forgets some of what was over before `over`. Gives
    /// the entry up to which all is settled, when that has changed.
    pub(crate) fn settle(&mut self, on: &Connection, step: usize, over: i64) -> Result<Option<i64>, StoreError> {
        self.gather(on, GATHERED, over)?;
        self.settle_gathered(on, step, over)
    }

    /// The same in an idle moment, when fewer are worth it. None when there is nothing to do.
    pub(crate) fn settle_when_idle(&mut self, on: &Connection, over: i64) -> Result<Option<i64>, StoreError> {
        self.gather(on, FEW, over)?;
        self.settle_gathered(on, FEW, over)
    }

    /// Whether an idle moment could be used.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.settling.is_some() || self.forgets || self.newest.len() >= FEW
    }

    fn gather(&mut self, on: &Connection, enough: usize, over: i64) -> Result<(), StoreError> {
        if self.settling.is_none() && self.newest.len() >= enough {
            // Emptied and not replaced: to grow anew would hold up those who wait.
            let spends = self.newest.drain().filter(|(_, spent)| spent.until >= over).collect();
            self.settling = Some(Settling::begin(on, spends, self.known)?);
            self.runs.retain(|run| !run.is_over(over));
            self.forgets = true;
        }
        Ok(())
    }

    fn settle_gathered(&mut self, on: &Connection, step: usize, over: i64) -> Result<Option<i64>, StoreError> {
        if self.forgets {
            self.forgets = run::forget_some(on, over)?;
        }
        let Some(settling) = &mut self.settling else { return Ok(None) };
        if !settling.settle(on, step)? {
            return Ok(None);
        }
        let settled = self.settling.take().map(Settling::into_run);
        Ok(settled.map(|(run, through)| {
            self.runs.push(run);
            through
        }))
    }
}

#[cfg(test)]
mod tests;
