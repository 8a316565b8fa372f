//! Notices of decisions that callers' systems are told of.
//!
//! A notice is written in the decision's transaction ([`write`]). Who delivers it claims it first, with a time until
//! which it is theirs: a claim counts as an attempt and is a transaction of the ledger's writer, so that no two
//! processes have the same attempt, and one that is killed leaves a notice that is due again.

use std::{fmt, sync::Arc};

use parking_lot::Mutex;
use rusqlite::{Connection, Params, Row, params};
use shiming_core::{
    BoxFuture, Case, CaseKey, LedgerError, UnixTime,
    submit::{Attempt, CasesError, Event, Notice, Outbox, Standing, State},
};

use crate::{
    DurableLedger, StoreError,
    cases::trouble,
    db::{self, Use},
    error::damaged,
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, event, number, revision, state, round, at, standing, attempts, next, why, \
             (SELECT door FROM case_file WHERE number = notice.number), \
             (SELECT caller FROM case_file WHERE number = notice.number), \
             (SELECT kind FROM case_file WHERE number = notice.number), seq FROM notice WHERE ",
            $rest
        )
    };
}
/// The port [`Outbox`] on SQLite.
pub struct DurableOutbox {
    ledger: Arc<DurableLedger>,
    reader: Mutex<Connection>,
}

impl fmt::Debug for DurableOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DurableOutbox")
    }
}

impl Outbox for DurableOutbox {
    fn claim(&self, now: UnixTime, until: UnixTime, most: usize) -> BoxFuture<'_, Result<Vec<Notice>, CasesError>> {
        Box::pin(async move {
            // Most turns find nothing: they cost no transaction.
            if !self.read(|on| Ok(on.prepare_cached(DUE)?.exists([now.millis()])?))? {
                return Ok(Vec::new());
            }
            self.write(move |on| claim(on, now, until, most)).await
        })
    }

    fn settle<'a>(&'a self, notice: &'a Notice, attempt: Attempt) -> BoxFuture<'a, Result<bool, CasesError>> {
        let (id, attempts) = (notice.id.clone(), notice.attempts);
        Box::pin(self.write(move |on| settle(on, &id, attempts, attempt)))
    }

    fn notices(&self, standing: Standing, behind: i64, most: usize) -> BoxFuture<'_, Result<Vec<Notice>, CasesError>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let query = select!("standing = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
        let found = self.read(|on| rows(on, query, params![standing as u8, behind, most]));
        Box::pin(std::future::ready(found))
    }

    fn count(&self, standing: Standing) -> BoxFuture<'_, Result<u64, CasesError>> {
        let counted = self.read(|on| {
            let count = "SELECT count(*) FROM notice WHERE standing = ?1";
            let many: i64 = on.prepare_cached(count)?.query_row([standing as u8], |row| row.get(0))?;
            Ok(many.unsigned_abs())
        });
        Box::pin(std::future::ready(counted))
    }

    fn notice<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Notice>, CasesError>> {
        let found = self.read(|on| Ok(rows(on, select!("id = ?1"), [id])?.pop()));
        Box::pin(std::future::ready(found))
    }

    fn requeue<'a>(&'a self, id: &'a str, now: UnixTime) -> BoxFuture<'a, Result<bool, CasesError>> {
        let id = id.to_owned();
        Box::pin(self.write(move |on| {
            let changed = on
                .prepare_cached(
                    "UPDATE notice SET standing = 1, attempts = 0, next = ?2 WHERE id = ?1 AND standing = 3",
                )?
                .execute(params![id, now.millis()])?;
            Ok(changed > 0)
        }))
    }
}

/// Whether anything is due.
const DUE: &str = "SELECT 1 FROM notice WHERE standing = 1 AND next <= ?1";

impl DurableOutbox {
    pub(crate) fn open(path: &std::path::Path, ledger: Arc<DurableLedger>) -> Result<Self, StoreError> {
        Ok(Self { ledger, reader: Mutex::new(db::connect(path, Use::Read, 256)?) })
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, CasesError> {
        read(&self.reader.lock()).map_err(trouble)
    }

    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, CasesError> {
        self.ledger.change(change).await.map_err(|LedgerError(error)| CasesError(error))
    }
}

/// Writes the notice of a decision, to be delivered from now on. `case` is the one that the caller knows.
pub(crate) fn write(
    on: &Connection,
    id: &str,
    event: Event,
    case: &Case,
    revision: Option<i64>,
    at: UnixTime,
) -> Result<(), StoreError> {
    on.prepare_cached(
        "INSERT INTO notice (id, event, number, revision, state, round, at, standing, attempts, next) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 0, ?7)",
    )?
    .execute(params![id, event as u8, case.key.number, revision, case.state as u8, case.round, at.millis()])?;
    Ok(())
}

/// Forgets notices that were delivered of decisions before a moment, at most so many.
pub(crate) fn forget(on: &Connection, before: UnixTime, most: i64) -> Result<usize, StoreError> {
    Ok(on
        .prepare_cached(
            "DELETE FROM notice WHERE seq IN (SELECT seq FROM notice WHERE standing = 2 AND at < ?1 LIMIT ?2)",
        )?
        .execute(params![before.millis(), most])?)
}

fn claim(on: &Connection, now: UnixTime, until: UnixTime, most: usize) -> Result<Vec<Notice>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let due = select!("standing = 1 AND next <= ?1 ORDER BY next LIMIT ?2");
    let mut due = rows(on, due, params![now.millis(), most])?;
    for notice in &mut due {
        notice.attempts += 1;
        notice.next = until;
        on.prepare_cached("UPDATE notice SET attempts = ?2, next = ?3 WHERE id = ?1")?.execute(params![
            notice.id,
            notice.attempts,
            until.millis()
        ])?;
    }
    Ok(due)
}

fn settle(on: &Connection, id: &str, attempts: u32, attempt: Attempt) -> Result<bool, StoreError> {
    let (standing, next, why) = match attempt {
        Attempt::Unwanted => {
            return Ok(on
                .prepare_cached("DELETE FROM notice WHERE id = ?1 AND attempts = ?2 AND standing = 1")?
                .execute(params![id, attempts])?
                > 0);
        }
        Attempt::Delivered => (Standing::Delivered, None, None),
        Attempt::Again { next, why } => (Standing::Waiting, Some(next.millis()), Some(why)),
        Attempt::Dead { why } => (Standing::Dead, None, Some(why)),
    };
    let changed = on
        .prepare_cached(
            "UPDATE notice SET standing = ?3, next = coalesce(?4, next), why = ?5 \
             WHERE id = ?1 AND attempts = ?2 AND standing = 1",
        )?
        .execute(params![id, attempts, standing as u8, next, why])?;
    Ok(changed > 0)
}

fn rows(on: &Connection, query: &'static str, given: impl Params) -> Result<Vec<Notice>, StoreError> {
    let mut select = on.prepare_cached(query)?;
    let mut rows = select.query(given)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// Reads a row. What cannot have been written here is damaged.
fn read(row: &Row<'_>) -> Result<Notice, StoreError> {
    let id: String = row.get(0)?;
    let broken = |what| damaged("notice", id.as_str(), what);
    let small = |at: usize, what| u32::try_from(row.get::<_, i64>(at)?).map_err(|_| broken(what));
    let owner = |at: usize| row.get::<_, Option<String>>(at)?.ok_or_else(|| broken("its case is missing"));
    Ok(Notice {
        event: Event::from_number(row.get(1)?).ok_or_else(|| broken("there is no such event"))?,
        key: CaseKey { door: owner(11)?, caller: owner(12)?, kind: owner(13)?, number: row.get(2)? },
        revision: row.get(3)?,
        state: State::from_number(row.get(4)?).ok_or_else(|| broken("there is no such state"))?,
        round: small(5, "its round is out of range")?,
        at: UnixTime(row.get(6)?),
        standing: Standing::from_number(row.get(7)?).ok_or_else(|| broken("there is no such standing"))?,
        attempts: small(8, "its attempts are out of range")?,
        next: UnixTime(row.get(9)?),
        why: row.get(10)?,
        place: row.get(14)?,
        id,
    })
}

#[cfg(test)]
mod tests;
