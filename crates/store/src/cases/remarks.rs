//! Remarks as rows.

use rusqlite::{Connection, params};
use shiming_core::{
    Case, CaseKey, UnixTime,
    submit::{Judgement, Remark, Remarked, State, Topic},
};

use super::row;
use crate::{StoreError, error::damaged};

/// Keeps remarks on a case that is still where it was seen and has none in this round.
pub(crate) fn keep(on: &Connection, seen: &Case, remarks: &[Remark], at: UnixTime) -> Result<bool, StoreError> {
    let now = row::find(on, &seen.key)?;
    if now.is_none_or(|now| now.state != State::UnderReview || now.round != seen.round) {
        return Ok(false);
    }
    let number = seen.key.number;
    let first = on
        .prepare_cached("INSERT INTO case_look (number, round, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![number, seen.round, at.millis()])?;
    if first == 0 {
        return Ok(false);
    }
    for (place, remark) in (0_i64..).zip(remarks) {
        let Remark { topic, field, judgement, why } = remark;
        on.prepare_cached(
            "INSERT INTO case_remark (number, round, place, topic, field, judgement, why) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![number, seen.round, place, topic.word(), field, *judgement as u8, why])?;
    }
    Ok(true)
}

/// All remarks on a case.
pub(crate) fn all(on: &Connection, key: &CaseKey) -> Result<Vec<Remarked>, StoreError> {
    if row::find(on, key)?.is_none() {
        return Ok(Vec::new());
    }
    let mut select = on.prepare_cached("SELECT round, at FROM case_look WHERE number = ?1 ORDER BY round")?;
    let mut rows = select.query([key.number])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let round = u32::try_from(row.get::<_, i64>(0)?)
            .map_err(|_| damaged("case_look", key.number, "its round is out of range"))?;
        all.push(Remarked { round, at: UnixTime(row.get(1)?), remarks: of_round(on, key.number, round)? });
    }
    Ok(all)
}

fn of_round(on: &Connection, number: i64, round: u32) -> Result<Vec<Remark>, StoreError> {
    let broken = |what| damaged("case_remark", number, what);
    let mut select = on.prepare_cached(
        "SELECT topic, field, judgement, why FROM case_remark WHERE number = ?1 AND round = ?2 ORDER BY place",
    )?;
    let mut rows = select.query(params![number, round])?;
    let mut remarks = Vec::new();
    while let Some(row) = rows.next()? {
        remarks.push(Remark {
            topic: Topic::from_word(&row.get::<_, String>(0)?).ok_or_else(|| broken("there is no such topic"))?,
            field: row.get(1)?,
            judgement: Judgement::from_number(row.get(2)?).ok_or_else(|| broken("there is no such judgement"))?,
            why: row.get(3)?,
        });
    }
    Ok(remarks)
}
