//! Erasing what is no longer needed.

use rusqlite::{Connection, params};
use shiming_core::{UnixTime, submit::Swept};

use crate::{StoreError, db::overwriting, outbox};

/// So many rows of each kind in one transaction.
const SOME: i64 = 100;

/// Closed cases of which something is sealed still.
const CLOSED: &str = "SELECT number FROM case_file WHERE state = 5 AND updated < ?1 AND (dossier IS NOT NULL OR EXISTS \
     (SELECT 1 FROM case_decision WHERE number = case_file.number AND reason IS NOT NULL)) LIMIT ?2";

/// Revisions of closed cases: of one that was approved, the reasons are left.
const REVISIONS_OF_CLOSED: &str = "SELECT revision.number FROM case_file JOIN case_file AS revision \
     ON revision.revises = case_file.number WHERE case_file.state = 5 AND case_file.updated < ?1 \
     AND revision.state = 3 AND EXISTS \
     (SELECT 1 FROM case_decision WHERE number = revision.number AND reason IS NOT NULL) LIMIT ?2";

/// Does some of it. Gives the objects whose keys are gone, to be removed. Nothing done means that nothing is left.
pub(crate) fn some(on: &Connection, now: UnixTime, before: UnixTime) -> Result<(Swept, Vec<String>), StoreError> {
    overwriting(on, |on| {
        let objects: Vec<String> = on
            .prepare_cached(
                "DELETE FROM paper WHERE id IN (SELECT id FROM paper WHERE superseded < ?1 LIMIT ?2) RETURNING object",
            )?
            .query_map(params![before.millis(), SOME], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut closed = numbers(on, CLOSED, before)?;
        closed.extend(numbers(on, REVISIONS_OF_CLOSED, before)?);
        for number in &closed {
            on.prepare_cached("DELETE FROM case_remark WHERE number = ?1")?.execute([number])?;
            on.prepare_cached("UPDATE case_file SET dossier = NULL WHERE number = ?1")?.execute([number])?;
            on.prepare_cached("UPDATE case_decision SET reason = NULL WHERE number = ?1")?.execute([number])?;
        }
        let requests = on
            .prepare_cached(
                "DELETE FROM case_request WHERE (door, caller, tag) IN \
                 (SELECT door, caller, tag FROM case_request WHERE until < ?1 LIMIT ?2)",
            )?
            .execute(params![now.millis(), SOME])?;
        let notices = outbox::forget(on, before, SOME)?;
        let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        let swept = Swept {
            papers: count(objects.len()),
            cases: count(closed.len()),
            requests: count(requests),
            notices: count(notices),
        };
        Ok((swept, objects))
    })
}

fn numbers(on: &Connection, query: &str, before: UnixTime) -> Result<Vec<i64>, StoreError> {
    let mut select = on.prepare_cached(query)?;
    let found = select.query_map(params![before.millis(), SOME], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
