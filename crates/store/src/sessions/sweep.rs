//! Ending what is over, erasing what is no longer needed, forgetting what nobody asks for.

use rusqlite::{Connection, params};
use shiming_core::{UnixTime, redeem::Swept};

use crate::{
    StoreError,
    db::overwriting,
    ledger::{SLACK_MILLIS, spent},
};

/// So many rows of each kind in one transaction.
const SOME: i64 = 100;

/// Does some of it. Nothing done means that nothing is left.
pub(crate) fn some(on: &Connection, now: UnixTime, forget: UnixTime) -> Result<Swept, StoreError> {
    overwriting(on, |on| {
        let expired = on
            .prepare_cached(
                "UPDATE session SET state = 7, ended = expires, link = NULL, version = version + 1 WHERE id IN
                 (SELECT id FROM session WHERE ended IS NULL AND expires <= ?1 LIMIT ?2)",
            )?
            .execute(params![now.millis(), SOME])?;
        // Decided or over: nobody looks at the person again.
        let decided = ids(
            on,
            "SELECT DISTINCT session FROM session_person JOIN session ON session.id = session_person.session
             WHERE state IN (4, 5, 6, 7) LIMIT ?1",
            params![SOME],
        )?;
        for id in &decided {
            on.prepare_cached("DELETE FROM session_person WHERE session = ?1")?.execute([id])?;
        }
        on.prepare_cached(
            "UPDATE session SET returns = NULL WHERE id IN
             (SELECT id FROM session WHERE returns IS NOT NULL AND expires <= ?1 LIMIT ?2)",
        )?
        .execute(params![now.millis(), SOME])?;
        let over = ids(
            on,
            "SELECT id FROM session WHERE ended < ?1 AND expires < ?1 AND NOT EXISTS
             (SELECT 1 FROM session_person WHERE session = session.id) LIMIT ?2",
            params![forget.millis(), SOME],
        )?;
        for id in &over {
            on.prepare_cached("DELETE FROM session WHERE id = ?1")?.execute([id])?;
        }
        spent::forget(on, now.millis().saturating_sub(SLACK_MILLIS))?;
        let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
        Ok(Swept { expired: count(expired), erased: count(decided.len()), forgotten: count(over.len()) })
    })
}

fn ids(on: &Connection, query: &'static str, params: impl rusqlite::Params) -> Result<Vec<i64>, StoreError> {
    Ok(on.prepare_cached(query)?.query_map(params, |row| row.get(0))?.collect::<Result<_, _>>()?)
}
