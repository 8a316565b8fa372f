//! Revisions: what they are made of, and what their approval does to the case that they revise.

use rusqlite::{Connection, params};
use shiming_core::{
    Case, CaseKey, UnixTime,
    submit::{Forbidden, NewCase, State, Step, Stored},
};

use super::{
    change::supersede,
    row::{self, DOSSIER},
    seals::Seals,
};
use crate::{StoreError, db::overwriting};

/// Whether a case can be revised now; closes the earlier revision that the new one takes the place of.
pub(crate) fn admit(on: &Connection, new: &NewCase<Stored>) -> Result<Result<(), Forbidden>, StoreError> {
    let Some(revises) = &new.revises else { return Ok(Ok(())) };
    let key = CaseKey { number: revises.number, ..new.key.clone() };
    let Some(case) = row::find(on, &key)? else { return Ok(Err(Forbidden::Unknown)) };
    if case.state != State::Approved || case.revises.is_some() {
        return Ok(Err(Forbidden::From(case.state)));
    }
    let Some(open) = row::revision(on, &key)? else { return Ok(Ok(())) };
    if revises.earlier != Some((open.key.clone(), open.version)) {
        return Ok(Err(Forbidden::From(open.state)));
    }
    match open.after(&Step::<Stored>::Close, new.created) {
        Ok(closed) => {
            row::put(on, &closed)?;
            supersede(on, closed.key.number, u32::MAX, new.created)?;
            Ok(Ok(()))
        }
        Err(forbidden) => Ok(Err(forbidden)),
    }
}

/// The case that a revision revises.
pub(crate) fn revised(on: &Connection, revision: &Case) -> Result<Option<Case>, StoreError> {
    let Some(number) = revision.revises else { return Ok(None) };
    row::find(on, &CaseKey { number, ..revision.key.clone() })
}

/// Puts what is in an approved revision in force: the case has it from now on, under the number that its caller knows.
pub(crate) fn merge(
    on: &Connection,
    seals: &Seals,
    case: &Case,
    revision: &Case,
    at: UnixTime,
) -> Result<Result<Case, Forbidden>, StoreError> {
    if case.state != State::Approved {
        return Ok(Err(Forbidden::From(case.state)));
    }
    let mut hands = case.hands.clone();
    hands.extend(revision.hands.iter().filter(|hand| !case.hands.contains(hand)).cloned());
    let merged = Case {
        round: case.round + 1,
        version: case.version + 1,
        updated: at,
        hands,
        // Those who approved the revision stand with its decisions.
        approvals: Vec::new(),
        ..case.clone()
    };
    row::put(on, &merged)?;
    move_dossier(on, seals, case, revision)?;
    supersede(on, case.key.number, merged.round, at)?;
    on.prepare_cached("UPDATE paper SET number = ?2, round = ?3 WHERE number = ?1 AND superseded IS NULL")?
        .execute(params![revision.key.number, case.key.number, merged.round])?;
    Ok(Ok(merged))
}

/// A dossier is sealed for its case, so it is sealed anew.
fn move_dossier(on: &Connection, seals: &Seals, case: &Case, revision: &Case) -> Result<(), StoreError> {
    let Some(dossier) = row::dossier(on, seals, &revision.key)? else { return Ok(()) };
    let sealed = seals.seal(case.key.number, DOSSIER, &dossier.0)?;
    overwriting(on, |on| {
        on.prepare_cached("UPDATE case_file SET dossier = ?2 WHERE number = ?1")?
            .execute(params![case.key.number, sealed])?;
        on.prepare_cached("UPDATE case_file SET dossier = NULL WHERE number = ?1")?.execute([revision.key.number])?;
        Ok(())
    })
}
