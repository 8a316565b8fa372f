//! A run: spends in the order of their keys.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Key, Spent, filter::Filter};
use crate::{StoreError, error::damaged};

/// Spends in a part: as many as fill a page, with 16 bytes of key and 8 for the number of an entry each. All keys come
/// first.
const PART: usize = 168;

/// More parts than a run can have.
const PARTS: i64 = 1 << 32;

/// A run that stands in the table.
pub(super) struct Run {
    number: i64,
    /// When all of it can be forgotten.
    until: i64,
    parts: i64,
    filter: Filter,
}

/// A run that is on its way into the table.
pub(super) struct Settling {
    run: Run,
    spends: Vec<(Key, Spent)>,
    /// How many of them are due to be in the table, and how many are.
    due: usize,
    done: usize,
    /// The last entry among them: all up to it is in the table when they are.
    through: i64,
}

impl Run {
    /// All that are in the table as a whole. One that is not was begun by a process that ended, or is being written by
    /// another: what is in it is read from the ledger's rows.
    pub(super) fn all(on: &Connection) -> Result<Vec<Self>, StoreError> {
        let mut select = on.prepare("SELECT run, until, parts, filter FROM spent_run WHERE filter IS NOT NULL")?;
        let mut rows = select.query([])?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next()? {
            let number = row.get(0)?;
            let filter = Filter::from_bytes(row.get(3)?).ok_or_else(|| damaged("spent_run", number, "is no filter"))?;
            runs.push(Self { number, until: row.get(1)?, parts: row.get(2)?, filter });
        }
        Ok(runs)
    }

    pub(super) fn is_over(&self, over: i64) -> bool {
        self.until < over
    }

    /// The entry that spent this, if it is in the run. Its parts are in the order of their keys, each in a row.
    pub(super) fn find(&self, on: &Connection, key: &Key) -> Result<Option<i64>, StoreError> {
        if !self.filter.may_have(key) {
            return Ok(None);
        }
        let mut select = on.prepare_cached("SELECT spends FROM spent_part WHERE id = ?1")?;
        let (mut from, mut to) = (0, self.parts);
        while from < to {
            let part = from + (to - from) / 2;
            let mut rows = select.query([self.number * PARTS + part])?;
            // It may have been forgotten by another process.
            let Some(row) = rows.next()? else { return Ok(None) };
            let spends = row.get_ref(0)?.as_blob().map_err(|_| damaged("spent_part", self.number, "is no part"))?;
            let (keys, entries) = spends.split_at(spends.len() / 3 * 2);
            let (keys, entries) = (keys.as_chunks().0, entries.as_chunks().0);
            match keys.binary_search(key) {
                Ok(at) => return Ok(entries.get(at).map(|entry| i64::from_be_bytes(*entry))),
                Err(0) => to = part,
                Err(at) if at == keys.len() => from = part + 1,
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }
}

/// Forgets some of what is over, of the runs and of `spent`. Whether there may be more.
pub(super) fn forget_some(on: &Connection, over: i64) -> Result<bool, StoreError> {
    const ROWS: i64 = 256;
    const PARTS_OF_A_RUN: i64 = 32;
    let single = on
        .prepare_cached("DELETE FROM spent WHERE key IN (SELECT key FROM spent WHERE until < ?1 LIMIT ?2)")?
        .execute([over, ROWS])?;
    let mut over_first = on.prepare_cached("SELECT run FROM spent_run WHERE until < ?1 ORDER BY run LIMIT 1")?;
    let Some(run) = over_first.query_row([over], |row| row.get::<_, i64>(0)).optional()? else { return Ok(single > 0) };
    let parts = on
        .prepare_cached(
            "DELETE FROM spent_part WHERE id IN (SELECT id FROM spent_part WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3)",
        )?
        .execute([run * PARTS, (run + 1) * PARTS, PARTS_OF_A_RUN])?;
    if parts == 0 {
        on.prepare_cached("DELETE FROM spent_run WHERE run = ?1")?.execute([run])?;
    }
    Ok(true)
}

impl Settling {
    /// Begins a run. `through` is the last entry among the spends.
    pub(super) fn begin(on: &Connection, mut spends: Vec<(Key, Spent)>, through: i64) -> Result<Self, StoreError> {
        spends.sort_unstable_by_key(|(key, _)| *key);
        let mut filter = Filter::with_room_for(spends.len());
        for (key, _) in &spends {
            filter.add(key);
        }
        let until = spends.iter().map(|(_, spent)| spent.until).max().unwrap_or(i64::MIN);
        on.prepare_cached("INSERT INTO spent_run (until, parts) VALUES (?1, 0)")?.execute([until])?;
        let run = Run { number: on.last_insert_rowid(), until, parts: 0, filter };
        Ok(Self { run, spends, due: 0, done: 0, through })
    }

    pub(super) fn find(&self, key: &Key) -> Option<i64> {
        if !self.run.filter.may_have(key) {
            return None;
        }
        let at = self.spends.binary_search_by_key(key, |(key, _)| *key).ok()?;
        self.spends.get(at).map(|(_, spent)| spent.seq)
    }

    /// Settles so many more, in whole parts. Whether they are all in the table now.
    pub(super) fn settle(&mut self, on: &Connection, step: usize) -> Result<bool, StoreError> {
        self.due += step;
        let mut insert = on.prepare_cached("INSERT INTO spent_part (id, spends) VALUES (?1, ?2)")?;
        while let Some(left) = self.spends.get(self.done..).filter(|left| !left.is_empty()) {
            let part = left.get(..PART).unwrap_or(left);
            if self.done + part.len() > self.due && self.due < self.spends.len() {
                return Ok(false);
            }
            let keys = part.iter().flat_map(|(key, _)| *key);
            let entries = part.iter().flat_map(|(_, spent)| spent.seq.to_be_bytes());
            let spends: Vec<u8> = keys.chain(entries).collect();
            insert.execute(params![self.run.number * PARTS + self.run.parts, spends])?;
            self.run.parts += 1;
            self.done += part.len();
        }
        on.prepare_cached("UPDATE spent_run SET parts = ?2, filter = ?3 WHERE run = ?1")?.execute(params![
            self.run.number,
            self.run.parts,
            self.run.filter.as_bytes()
        ])?;
        Ok(true)
    }

    /// The run, all of which is in the table; and the last entry among its spends.
    pub(super) fn into_run(self) -> (Run, i64) {
        (self.run, self.through)
    }
}
