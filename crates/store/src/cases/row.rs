//! Cases, decisions and papers as rows.

use rusqlite::{Connection, OptionalExtension, Params, Row, ToSql, params};
use shiming_core::{
    Case, CaseKey, UnixTime,
    submit::{Decided, Decision, Dossier, Filed, Media, Outcome, State, Stored, Waiting, Which},
};

use super::seals::Seals;
use crate::{StoreError, error::damaged};

/// What the door's fields, and a decision's reason, are sealed as.
pub(crate) const DOSSIER: &str = "dossier";
pub(crate) const REASON: &str = "reason";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT number, door, caller, kind, state, round, version, created, updated, preferred, name_tag, \
             revises FROM case_file WHERE ",
            $rest
        )
    };
}

/// The case of a key.
pub(crate) fn find(on: &Connection, key: &CaseKey) -> Result<Option<Case>, StoreError> {
    let query = select!("number = ?1 AND door = ?2 AND caller = ?3 AND kind = ?4");
    let mut found = cases(on, query, params![key.number, key.door, key.caller, key.kind])?;
    Ok(found.pop())
}

/// The case of a number.
pub(crate) fn by_number(on: &Connection, number: i64) -> Result<Option<Case>, StoreError> {
    Ok(cases(on, select!("number = ?1"), [number])?.pop())
}

/// The case that a request has made, while that is remembered.
pub(crate) fn by_request(
    on: &Connection,
    key: &CaseKey,
    tag: &[u8; 16],
    now: UnixTime,
) -> Result<Option<Case>, StoreError> {
    let number: Option<i64> = on
        .prepare_cached("SELECT number FROM case_request WHERE door = ?1 AND caller = ?2 AND tag = ?3 AND until >= ?4")?
        .query_row(params![key.door, key.caller, tag, now.millis()], |row| row.get(0))
        .optional()?;
    number.map_or(Ok(None), |number| by_number(on, number))
}

/// The revision of a case that is open.
pub(crate) fn revision(on: &Connection, key: &CaseKey) -> Result<Option<Case>, StoreError> {
    let query = select!("revises = ?1 AND state IN (2, 4) AND door = ?2 AND caller = ?3 AND kind = ?4");
    Ok(cases(on, query, params![key.number, key.door, key.caller, key.kind])?.pop())
}

/// Cases under review without remarks in their round.
pub(crate) fn unremarked(on: &Connection, most: usize) -> Result<Vec<Case>, StoreError> {
    let query = select!(
        "state = 2 AND NOT EXISTS (SELECT 1 FROM case_look WHERE case_look.number = case_file.number AND \
         case_look.round = case_file.round) ORDER BY number LIMIT ?1"
    );
    cases(on, query, [i64::try_from(most).unwrap_or(i64::MAX)])
}

/// Each list has the query that its index answers: which one is known here, and not to an engine that plans once.
pub(crate) fn list(on: &Connection, which: &Which, most: usize) -> Result<Vec<Case>, StoreError> {
    let state = which.state.map(|state| state as i64);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let given: [&dyn ToSql; 7] =
        [&which.behind, &which.door, &which.caller, &which.kind, &state, &which.name_tag, &most];
    cases(on, query_of(which), given.as_slice())
}

/// How many cases are under review, and the earliest of their latest steps.
pub(crate) fn waiting(on: &Connection) -> Result<Waiting, StoreError> {
    let (many, since) = on
        .prepare_cached("SELECT count(*), min(updated) FROM case_file WHERE state = 2")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)))?;
    Ok(Waiting { cases: many.unsigned_abs(), since: since.map(UnixTime) })
}

fn query_of(which: &Which) -> &'static str {
    let owned = which.door.is_some() && which.caller.is_some();
    if owned && which.kind.is_some() {
        return select!(
            "number > ?1 AND door = ?2 AND caller = ?3 AND kind = ?4 AND (?5 IS NULL OR state = ?5) \
             AND (?6 IS NULL OR name_tag = ?6) ORDER BY number LIMIT ?7"
        );
    }
    if owned {
        return select!(
            "number > ?1 AND door = ?2 AND caller = ?3 AND (?4 IS NULL OR kind = ?4) AND (?5 IS NULL OR state = ?5) \
             AND (?6 IS NULL OR name_tag = ?6) ORDER BY number LIMIT ?7"
        );
    }
    if which.state == Some(State::UnderReview) {
        return select!(
            "number > ?1 AND (?2 IS NULL OR door = ?2) AND (?3 IS NULL OR caller = ?3) AND (?4 IS NULL OR kind = ?4) \
             AND state = 2 AND state = ?5 AND (?6 IS NULL OR name_tag = ?6) ORDER BY number LIMIT ?7"
        );
    }
    select!(
        "number > ?1 AND (?2 IS NULL OR door = ?2) AND (?3 IS NULL OR caller = ?3) AND (?4 IS NULL OR kind = ?4) \
         AND (?5 IS NULL OR state = ?5) AND (?6 IS NULL OR name_tag = ?6) ORDER BY number LIMIT ?7"
    )
}

fn cases(on: &Connection, query: &'static str, given: impl Params) -> Result<Vec<Case>, StoreError> {
    let mut select = on.prepare_cached(query)?;
    let mut rows = select.query(given)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(on, row)?);
    }
    Ok(found)
}

/// Reads a row. What cannot have been written here is damaged.
fn read(on: &Connection, row: &Row<'_>) -> Result<Case, StoreError> {
    let number: i64 = row.get(0)?;
    let broken = |what| damaged("case_file", number, what);
    let round = u32::try_from(row.get::<_, i64>(5)?).map_err(|_| broken("its round is out of range"))?;
    Ok(Case {
        key: CaseKey { door: row.get(1)?, caller: row.get(2)?, kind: row.get(3)?, number },
        state: State::from_number(row.get(4)?).ok_or_else(|| broken("there is no such state"))?,
        round,
        version: u64::try_from(row.get::<_, i64>(6)?).map_err(|_| broken("its version is below zero"))?,
        created: UnixTime(row.get(7)?),
        updated: UnixTime(row.get(8)?),
        preferred: row.get(9)?,
        name_tag: row.get(10)?,
        revises: row.get(11)?,
        hands: texts(on, "SELECT operator FROM case_hand WHERE number = ?1", [number])?,
        // A rejection ends the round: what was approved in it before counts no longer.
        approvals: texts(
            on,
            "SELECT operator FROM case_decision WHERE number = ?1 AND round = ?2 AND outcome = 1 AND NOT EXISTS \
             (SELECT 1 FROM case_decision WHERE number = ?1 AND round = ?2 AND outcome = 2) ORDER BY id",
            params![number, round],
        )?,
    })
}

fn texts(on: &Connection, query: &'static str, given: impl Params) -> Result<Vec<String>, StoreError> {
    Ok(on.prepare_cached(query)?.query_map(given, |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Writes a case as it stands now, made or changed.
pub(crate) fn put(on: &Connection, case: &Case) -> Result<(), StoreError> {
    let Case { key, state, round, version, created, updated, preferred, name_tag, hands, approvals: _, revises } = case;
    on.prepare_cached(
        "INSERT INTO case_file (number, door, caller, kind, state, round, version, created, updated, preferred, \
         name_tag, revises) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (number) DO UPDATE SET \
         state = excluded.state, round = excluded.round, version = excluded.version, updated = excluded.updated, \
         preferred = excluded.preferred, name_tag = excluded.name_tag",
    )?
    .execute(params![
        key.number,
        key.door,
        key.caller,
        key.kind,
        *state as u8,
        round,
        i64::try_from(*version).unwrap_or(i64::MAX),
        created.millis(),
        updated.millis(),
        preferred,
        name_tag,
        revises,
    ])?;
    for hand in hands {
        on.prepare_cached("INSERT INTO case_hand (number, operator) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![key.number, hand])?;
    }
    Ok(())
}

/// How many cases of the kind its owner has that are not closed, counted no further than asked.
pub(crate) fn count(on: &Connection, key: &CaseKey, most: u32) -> Result<u32, StoreError> {
    Ok(on
        .prepare_cached(
            "SELECT COUNT(*) FROM (SELECT 1 FROM case_file WHERE door = ?1 AND caller = ?2 AND kind = ?3 AND state <> 5 \
             LIMIT ?4)",
        )?
        .query_row(params![key.door, key.caller, key.kind, most], |row| row.get(0))?)
}

/// Whether another case of the kind that is not closed has the case's name.
pub(crate) fn name_is_taken(on: &Connection, case: &Case) -> Result<bool, StoreError> {
    let Some(tag) = case.name_tag.filter(|_| case.state != State::Closed) else { return Ok(false) };
    let key = &case.key;
    Ok(on
        .prepare_cached(
            "SELECT 1 FROM case_file WHERE door = ?1 AND caller = ?2 AND kind = ?3 AND name_tag = ?4 AND state <> 5 \
             AND number <> ?5",
        )?
        .exists(params![key.door, key.caller, key.kind, tag, key.number])?)
}

pub(crate) fn dossier(on: &Connection, seals: &Seals, key: &CaseKey) -> Result<Option<Dossier>, StoreError> {
    let sealed: Option<Option<Vec<u8>>> = on
        .prepare_cached("SELECT dossier FROM case_file WHERE number = ?1 AND door = ?2 AND caller = ?3 AND kind = ?4")?
        .query_row(params![key.number, key.door, key.caller, key.kind], |row| row.get(0))
        .optional()?;
    let Some(sealed) = sealed.flatten() else { return Ok(None) };
    Ok(Some(Dossier(seals.open_part(key.number, DOSSIER, &sealed)?.to_vec())))
}

pub(crate) fn decisions(on: &Connection, seals: &Seals, key: &CaseKey) -> Result<Vec<Decided>, StoreError> {
    if find(on, key)?.is_none() {
        return Ok(Vec::new());
    }
    let broken = |what| damaged("case_decision", key.number, what);
    let mut select = on.prepare_cached(
        "SELECT round, at, outcome, operator, reason FROM case_decision WHERE number = ?1 ORDER BY id",
    )?;
    let mut rows = select.query([key.number])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let reason = match row.get::<_, Option<Vec<u8>>>(4)? {
            Some(sealed) => String::from_utf8(seals.open_part(key.number, REASON, &sealed)?.to_vec())
                .map_err(|_| broken("its reason is not text"))?,
            None => String::new(),
        };
        let outcome = Outcome::from_number(row.get(2)?).ok_or_else(|| broken("there is no such outcome"))?;
        found.push(Decided {
            round: u32::try_from(row.get::<_, i64>(0)?).map_err(|_| broken("its round is out of range"))?,
            at: UnixTime(row.get(1)?),
            decision: Decision { outcome, reason, by: row.get(3)? },
        });
    }
    Ok(found)
}

pub(crate) fn papers(on: &Connection, key: &CaseKey) -> Result<Vec<Filed>, StoreError> {
    if find(on, key)?.is_none() {
        return Ok(Vec::new());
    }
    let mut select = on.prepare_cached(
        "SELECT object, wrapped, content, size, role, media, round, superseded FROM paper WHERE number = ?1 ORDER BY id",
    )?;
    let mut rows = select.query([key.number])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let object: String = row.get(0)?;
        let broken = |what| damaged("paper", object.as_str(), what);
        let size = u64::try_from(row.get::<_, i64>(3)?).map_err(|_| broken("its size is below zero"))?;
        let media = Media::from_number(row.get(5)?).ok_or_else(|| broken("there is no such medium"))?;
        let round = u32::try_from(row.get::<_, i64>(6)?).map_err(|_| broken("its round is out of range"))?;
        found.push(Filed {
            stored: Stored { wrapped: row.get(1)?, content: row.get(2)?, size, role: row.get(4)?, media, object },
            round,
            superseded: row.get::<_, Option<i64>>(7)?.map(UnixTime),
        });
    }
    Ok(found)
}

pub(crate) fn with_paper(on: &Connection, content: &[u8; 16]) -> Result<Vec<CaseKey>, StoreError> {
    let query = select!("number IN (SELECT number FROM paper WHERE content = ?1) ORDER BY number");
    Ok(cases(on, query, [content])?.into_iter().map(|case| case.key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db, testing::Bed};

    #[test]
    fn no_list_scans() {
        let (bed, _store) = Bed::new();
        let on = db::connect(&bed.data().join("shiming.db"), db::Use::Read, 64).unwrap();
        let text = || Some("a".to_owned());
        let caller = Which { door: text(), caller: text(), ..Which::default() };
        let kind = Which { kind: text(), ..caller.clone() };
        let waiting = Which { state: Some(State::UnderReview), ..Which::default() };
        for (which, index) in [
            (&kind, "case_owner (door=? AND caller=? AND kind=? AND number>?)"),
            (&caller, "case_caller (door=? AND caller=? AND number>?)"),
            (&waiting, "case_waiting (number>?)"),
            (&Which::default(), "PRIMARY KEY (rowid>?)"),
        ] {
            let mut explain = on.prepare(&format!("EXPLAIN QUERY PLAN {}", query_of(which))).unwrap();
            let nulls = [const { rusqlite::types::Null }; 7];
            let plan = explain.query_map(rusqlite::params_from_iter(nulls), |row| row.get(3)).unwrap();
            let plan: Vec<String> = plan.map(Result::unwrap).collect();
            assert!(plan.len() == 1 && plan[0].ends_with(index), "{which:?}: {plan:?}");
        }
    }
}
