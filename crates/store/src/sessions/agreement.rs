//! Agreements, and what stands against subjects.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shiming_core::{
    Session, SessionKey, SubjectTag, UnixTime,
    redeem::{Agreement, AgreementName, Bar, NewAgreement},
};

use crate::{StoreError, error::damaged};

/// Makes one where there is none of that number.
pub(crate) fn put(on: &Connection, key: &SessionKey, new: &NewAgreement) -> Result<(), StoreError> {
    on.prepare_cached(
        "INSERT INTO agreement (door, caller, number, id, valid) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT (door, caller, number) DO NOTHING",
    )?
    .execute(params![key.door, key.caller, new.number, new.id])?;
    Ok(())
}

/// The one that a session stands under.
pub(crate) fn of(on: &Connection, session: &Session) -> Result<Option<Agreement>, StoreError> {
    let Some(number) = &session.agreement else { return Ok(None) };
    find(on, &session.key.door, &session.key.caller, AgreementName::Number(number))
}

pub(crate) fn find(
    on: &Connection,
    door: &str,
    caller: &str,
    by: AgreementName<'_>,
) -> Result<Option<Agreement>, StoreError> {
    let (query, named) = match by {
        AgreementName::Number(number) => (
            "SELECT number, id, valid, subject, since FROM agreement WHERE door = ?1 AND caller = ?2 AND number = ?3",
            number,
        ),
        AgreementName::Id(id) => {
            ("SELECT number, id, valid, subject, since FROM agreement WHERE door = ?1 AND caller = ?2 AND id = ?3", id)
        }
    };
    Ok(on.prepare_cached(query)?.query_row([door, caller, named], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Agreement> {
    Ok(Agreement {
        number: row.get(0)?,
        id: row.get(1)?,
        valid: row.get(2)?,
        user: row.get::<_, Option<[u8; 16]>>(3)?.map(SubjectTag),
        since: row.get::<_, Option<i64>>(4)?.map(UnixTime),
    })
}

/// The person has agreed.
pub(crate) fn comes_into_force(on: &Connection, session: &Session, now: UnixTime) -> Result<(), StoreError> {
    on.prepare_cached(
        "UPDATE agreement SET valid = 1, since = ?4 WHERE door = ?1 AND caller = ?2 AND number = ?3 AND valid = 0",
    )?
    .execute(params![session.key.door, session.key.caller, session.agreement, now.millis()])?;
    Ok(())
}

pub(crate) const FORGETS: &str =
    "UPDATE agreement SET subject = NULL WHERE door = ?1 AND caller = ?2 AND number = ?3 AND subject = ?4
     AND NOT EXISTS (SELECT 1 FROM session WHERE session.subject = ?4 AND session.door = ?1
         AND session.caller = ?2 AND session.agreement = ?3
         AND (state IN (3, 4) OR (state = 6 AND verdict = 'match')))";

/// The person has failed, or has withdrawn: it names them only for what else they have done under it, so that a slip in a
/// number keeps nobody from trying again (v3 specification, 4.4, "new try").
pub(crate) fn forgets(on: &Connection, session: &Session) -> Result<(), StoreError> {
    on.prepare_cached(FORGETS)?.execute(params![
        session.key.door,
        session.key.caller,
        session.agreement,
        session.subject.map(|subject| subject.0)
    ])?;
    Ok(())
}

/// Whether a consent of this session is what has put its agreement in force.
pub(crate) fn is_by(agreement: &Agreement, session: &Session) -> bool {
    session.consent.as_ref().is_some_and(|consent| agreement.since == Some(consent.at))
}

/// It is known who the person is.
pub(crate) fn names(on: &Connection, session: &Session, subject: SubjectTag) -> Result<(), StoreError> {
    on.prepare_cached(
        "UPDATE agreement SET subject = ?4 WHERE door = ?1 AND caller = ?2 AND number = ?3 AND subject IS NULL",
    )?
    .execute(params![session.key.door, session.key.caller, session.agreement, subject.0])?;
    Ok(())
}

/// It is no longer in force. False when there is none.
pub(crate) fn end(on: &Connection, name: [&str; 3]) -> Result<bool, StoreError> {
    let mut update =
        on.prepare_cached("UPDATE agreement SET valid = 0 WHERE door = ?1 AND caller = ?2 AND number = ?3")?;
    Ok(update.execute(name)? > 0)
}

pub(crate) fn bar(on: &Connection, subject: SubjectTag) -> Result<Option<Bar>, StoreError> {
    let mut select = on.prepare_cached("SELECT bar FROM bar WHERE subject = ?1")?;
    let Some(number) = select.query_row([subject.0], |row| row.get::<_, i64>(0)).optional()? else { return Ok(None) };
    let bar = Bar::ALL.into_iter().find(|bar| *bar as i64 == number);
    bar.map(Some).ok_or_else(|| damaged("bar", &subject.0, "there is no such bar"))
}

pub(crate) fn set_bar(on: &Connection, subject: SubjectTag, bar: Option<Bar>) -> Result<(), StoreError> {
    match bar {
        Some(bar) => on
            .prepare_cached("INSERT OR REPLACE INTO bar (subject, bar) VALUES (?1, ?2)")?
            .execute(params![subject.0, bar as u8])?,
        None => on.prepare_cached("DELETE FROM bar WHERE subject = ?1")?.execute([subject.0])?,
    };
    Ok(())
}
