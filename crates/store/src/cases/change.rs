//! What changes cases, inside a transaction of the ledger's writer.

use std::ops::Range;

use rusqlite::{Connection, params};
use shiming_core::{
    Case, CaseKey, UnixTime,
    submit::{Change, Content, Creation, Decision, Event, Forbidden, NewCase, Request, State, Step, Stored},
};

use super::{
    revision,
    row::{self, DOSSIER, REASON},
    seals::Seals,
};
use crate::{StoreError, db::overwriting, outbox};

/// A step with what it brings sealed already: the writer is shared.
pub(crate) struct Sealed {
    change: Change,
    /// The dossier, or the reason.
    text: Option<Vec<u8>>,
    /// The number of the notice, should the step be news.
    notice: Option<String>,
}

impl Sealed {
    pub(crate) fn of(change: Change, seals: &Seals) -> Result<Self, StoreError> {
        let number = change.key.number;
        let text = match &change.step {
            Step::Edit(content) | Step::Submit(content) | Step::Reopen(content) | Step::Supersede(content) => {
                seal_dossier(seals, number, content)?
            }
            Step::Amend { dossier } => Some(seals.seal(number, DOSSIER, &dossier.0)?),
            Step::Decide { decision, .. } => Some(seals.seal(number, REASON, decision.reason.as_bytes())?),
            Step::Close | Step::Prefer { .. } => None,
        };
        let notice = matches!(change.step, Step::Decide { .. }).then(|| seals.notice()).transpose()?;
        Ok(Self { change, text, notice })
    }
}

pub(crate) fn seal_dossier(
    seals: &Seals,
    number: i64,
    content: &Content<Stored>,
) -> Result<Option<Vec<u8>>, StoreError> {
    content.dossier.as_ref().map(|dossier| seals.seal(number, DOSSIER, &dossier.0)).transpose()
}

/// Why changes were not made.
pub(crate) enum Refusal {
    Overtaken,
    Forbidden(Forbidden),
}

/// Makes changes one after another. What was written before a refusal is the caller's to take back.
pub(crate) fn make(
    on: &Connection,
    seals: &Seals,
    changes: &[Sealed],
) -> Result<Result<Vec<Case>, Refusal>, StoreError> {
    let mut made = Vec::with_capacity(changes.len());
    for Sealed { change, text, notice } in changes {
        let Some(case) = row::find(on, &change.key)? else { return Ok(Err(Refusal::Forbidden(Forbidden::Unknown))) };
        if case.version != change.seen {
            return Ok(Err(Refusal::Overtaken));
        }
        let next = match case.after(&change.step, change.at) {
            Ok(next) => next,
            Err(forbidden) => return Ok(Err(Refusal::Forbidden(forbidden))),
        };
        if row::name_is_taken(on, &next)? {
            return Ok(Err(Refusal::Forbidden(Forbidden::NameTaken)));
        }
        take(on, &case, &next, change, text.as_deref())?;
        if let Err(forbidden) = tell(on, seals, &next, change, notice.as_deref())? {
            return Ok(Err(Refusal::Forbidden(forbidden)));
        }
        made.push(next);
    }
    // What is in force no longer has no revision, and the ledger is told of that one's end too: where nobody knew of it,
    // all is looked at anew.
    for over in made.iter().filter(|case| matches!(case.state, State::Closed | State::Draft)) {
        if row::revision(on, &over.key)?.is_some() {
            return Ok(Err(Refusal::Overtaken));
        }
    }
    Ok(Ok(made))
}

/// Puts an approved revision in force, and writes the caller's notice of a decision.
fn tell(
    on: &Connection,
    seals: &Seals,
    next: &Case,
    change: &Change,
    notice: Option<&str>,
) -> Result<Result<(), Forbidden>, StoreError> {
    let (Some(event), Some(id)) = (Event::of(&change.step, next), notice) else { return Ok(Ok(())) };
    let Some(revised) = revision::revised(on, next)? else {
        outbox::write(on, id, event, next, None, change.at)?;
        return Ok(Ok(()));
    };
    let known = match event {
        Event::RevisionApproved => match revision::merge(on, seals, &revised, next, change.at)? {
            Ok(merged) => merged,
            Err(forbidden) => return Ok(Err(forbidden)),
        },
        _ => revised,
    };
    outbox::write(on, id, event, &known, Some(next.key.number), change.at)?;
    Ok(Ok(()))
}

fn take(on: &Connection, case: &Case, next: &Case, change: &Change, text: Option<&[u8]>) -> Result<(), StoreError> {
    let (number, at) = (case.key.number, change.at);
    if let Step::Prefer { group } = &change.step {
        unprefer(on, &case.key, group, at)?;
    }
    row::put(on, next)?;
    match &change.step {
        Step::Edit(content) => fill(on, number, case.coming_round(), content, text)?,
        Step::Reopen(content) => fill(on, number, next.round, content, text)?,
        Step::Amend { .. } => fill(on, number, next.round, &Content::default(), text)?,
        Step::Submit(content) | Step::Supersede(content) => {
            fill(on, number, next.round, content, text)?;
            supersede(on, number, next.round, at)?;
        }
        Step::Decide { decision, .. } => decide(on, number, next.round, decision, text, at)?,
        Step::Close => supersede(on, number, u32::MAX, at)?,
        Step::Prefer { .. } => {}
    }
    Ok(())
}

/// Makes a case, unless its request has made one, its name is another's, or there are enough.
pub(crate) fn create(on: &Connection, new: &NewCase<Stored>, dossier: Option<&[u8]>) -> Result<Creation, StoreError> {
    for request in &new.requests {
        if let Some(case) = row::by_request(on, &new.key, &request.tag, new.created)? {
            return Ok(Creation::Again(Box::new(case)));
        }
    }
    let case = Case {
        key: new.key.clone(),
        state: if new.submit { State::UnderReview } else { State::Draft },
        round: 1,
        version: 1,
        created: new.created,
        updated: new.created,
        preferred: None,
        name_tag: new.content.name_tag,
        hands: new.content.by.iter().cloned().collect(),
        approvals: Vec::new(),
        revises: new.revises.as_ref().map(|revises| revises.number),
    };
    if let Err(forbidden) = revision::admit(on, new)? {
        return Ok(Creation::Forbidden(forbidden));
    }
    if row::name_is_taken(on, &case)? {
        return Ok(Creation::Forbidden(Forbidden::NameTaken));
    }
    if let Some(most) = new.most
        && row::count(on, &new.key, most)? >= most
    {
        return Ok(Creation::Forbidden(Forbidden::Full));
    }
    row::put(on, &case)?;
    fill(on, new.key.number, 1, &new.content, dossier)?;
    for request in &new.requests {
        remember(on, &new.key, request)?;
    }
    Ok(Creation::Made(Box::new(case)))
}

/// Remembers the requests in front of the first that is known with the case of that one.
pub(crate) fn remember_again(
    on: &Connection,
    key: &CaseKey,
    requests: &[Request],
    now: UnixTime,
) -> Result<(), StoreError> {
    for request in requests {
        if row::by_request(on, key, &request.tag, now)?.is_some() {
            break;
        }
        remember(on, key, request)?;
    }
    Ok(())
}

fn remember(on: &Connection, key: &CaseKey, request: &Request) -> Result<(), StoreError> {
    on.prepare_cached(
        "INSERT OR REPLACE INTO case_request (door, caller, tag, number, until) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![key.door, key.caller, request.tag, key.number, request.until.millis()])?;
    Ok(())
}

/// The next numbers, so many.
pub(crate) fn numbers(on: &Connection, count: i64) -> Result<Range<i64>, StoreError> {
    let last: i64 = on
        .prepare_cached("UPDATE case_number SET last = last + ?1 RETURNING last")?
        .query_row([count], |row| row.get(0))?;
    Ok(last - count + 1..last + 1)
}

fn fill(
    on: &Connection,
    number: i64,
    round: u32,
    content: &Content<Stored>,
    dossier: Option<&[u8]>,
) -> Result<(), StoreError> {
    if let Some(dossier) = dossier {
        overwriting(on, |on| {
            on.prepare_cached("UPDATE case_file SET dossier = ?2 WHERE number = ?1")?
                .execute(params![number, dossier])?;
            Ok(())
        })?;
    }
    for paper in &content.papers {
        on.prepare_cached(
            "INSERT INTO paper (object, number, round, role, media, size, content, wrapped) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            paper.object,
            number,
            round,
            paper.role,
            paper.media as u8,
            i64::try_from(paper.size).unwrap_or(i64::MAX),
            paper.content,
            paper.wrapped,
        ])?;
    }
    Ok(())
}

fn decide(
    on: &Connection,
    number: i64,
    round: u32,
    decision: &Decision,
    reason: Option<&[u8]>,
    at: UnixTime,
) -> Result<(), StoreError> {
    on.prepare_cached(
        "INSERT INTO case_decision (number, round, at, outcome, operator, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![number, round, at.millis(), decision.outcome as u8, decision.by, reason])?;
    Ok(())
}

/// The papers of rounds before `round` count no longer.
pub(crate) fn supersede(on: &Connection, number: i64, round: u32, at: UnixTime) -> Result<(), StoreError> {
    on.prepare_cached("UPDATE paper SET superseded = ?3 WHERE number = ?1 AND round < ?2 AND superseded IS NULL")?
        .execute(params![number, round, at.millis()])?;
    Ok(())
}

/// Takes the preference from the case that has it.
fn unprefer(on: &Connection, key: &CaseKey, group: &str, at: UnixTime) -> Result<(), StoreError> {
    on.prepare_cached(
        "UPDATE case_file SET preferred = NULL, version = version + 1, updated = ?5 \
         WHERE door = ?1 AND caller = ?2 AND kind = ?3 AND preferred = ?4 AND number <> ?6",
    )?
    .execute(params![key.door, key.caller, key.kind, group, at.millis(), key.number])?;
    Ok(())
}
