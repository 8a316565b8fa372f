//! What changes sessions, inside a transaction of the ledger's writer.

use rusqlite::{Connection, OptionalExtension, params};
use shiming_core::{
    Session, SessionKey, UnixTime,
    redeem::{DeskSecret, Forbidden, NewSession, Returns, State, Step},
};

use super::{
    agreement,
    person::{self, Part},
    row,
    seals::{LINK, Seals},
};
use crate::{StoreError, db::overwriting, error::damaged, seal::Tag};

/// A step, with the details that it brings sealed already: the writer is shared and has no time for a photo.
pub(crate) struct Change {
    key: SessionKey,
    step: Step,
    sealed: Option<Vec<u8>>,
}

impl Change {
    pub(crate) fn of(key: SessionKey, step: Step, seals: &Seals) -> Result<Self, StoreError> {
        let sealed = match &step {
            Step::Submit { person, .. } => Some(person::seal(seals, &key, Part::Given, person)?),
            _ => None,
        };
        Ok(Self { key, step, sealed })
    }

    /// The session's version, if there is one.
    pub(crate) fn version(&self, on: &Connection) -> Result<Option<u64>, StoreError> {
        let SessionKey { door, caller, kind, handle } = &self.key;
        let version: Option<i64> = on
            .prepare_cached(
                "SELECT version FROM session WHERE door = ?1 AND caller = ?2 AND kind = ?3 AND handle = ?4",
            )?
            .query_row([door, caller, kind, handle], |row| row.get(0))
            .optional()?;
        Ok(version.and_then(|version| u64::try_from(version).ok()))
    }

    /// Takes the step, if the session allows it as it stands in this transaction.
    pub(crate) fn make(
        &self,
        on: &Connection,
        seals: &Seals,
        now: UnixTime,
    ) -> Result<Result<Session, Forbidden>, StoreError> {
        let Some((id, session)) = row::find(on, seals, &self.key)? else { return Ok(Err(Forbidden::Unknown)) };
        let under = agreement::of(on, &session)?;
        let next = match session.after(&self.step, under.as_ref(), now) {
            Ok(next) => next,
            Err(forbidden) => return Ok(Err(forbidden)),
        };
        if let Step::Recognize { subject, .. } = &self.step
            && row::verified(on, seals, &session, *subject)?.is_none()
        {
            return Ok(Err(Forbidden::NotVerified));
        }
        row::update(on, id, &next, now)?;
        match &self.step {
            Step::Authorize(_) => agreement::comes_into_force(on, &next, now)?,
            Step::Submit { subject, .. } => {
                agreement::names(on, &next, *subject)?;
                let sealed = self.sealed.as_deref().unwrap_or_default();
                overwriting(on, |on| person::put(on, id, Part::Given, sealed))?;
            }
            // What this consent had put in force ends with it.
            Step::Cancel => {
                if let Some(agreement) = under.filter(|agreement| agreement::is_by(agreement, &next)) {
                    withdraw(on, seals, [&self.key.door, &self.key.caller, &agreement.number], now)?;
                }
            }
            Step::TakeBack => overwriting(on, |on| person::erase(on, id, Part::Given))?,
            Step::Judge(_) | Step::Decide(_) | Step::Recognize { .. } | Step::Redeem => {}
        }
        if matches!(next.state, State::Failed | State::Expired) || matches!(self.step, Step::TakeBack) {
            agreement::forgets(on, &session)?;
        }
        Ok(Ok(next))
    }
}

/// Ends an agreement, named by door, caller and number, and takes back what nobody has decided under it. False when there
/// is none.
pub(crate) fn withdraw(
    on: &Connection,
    seals: &Seals,
    agreement: [&str; 3],
    now: UnixTime,
) -> Result<bool, StoreError> {
    let ended = agreement::end(on, agreement)?;
    for session in row::verifying(on, seals, agreement)? {
        let back = Change { key: session.key, step: Step::TakeBack, sealed: None };
        // One whose time is over does not allow it, and is the sweep's.
        back.make(on, seals, now)?.ok();
    }
    Ok(ended)
}

/// What is sealed of a new session.
pub(crate) struct Sealed {
    claimed: Option<Vec<u8>>,
    returns: Option<Vec<u8>>,
}

impl Sealed {
    pub(crate) fn of(new: &NewSession, seals: &Seals) -> Result<Self, StoreError> {
        let claimed = new.claimed.as_ref().map(|person| person::seal(seals, &new.key, Part::Claimed, person));
        Ok(Self { claimed: claimed.transpose()?, returns: row::seal_returns(seals, &new.key, &new.returns)? })
    }
}

/// What became of a session to make.
pub(crate) enum Made {
    New(Box<Session>),
    Again(Box<Session>),
    Differs,
}

pub(crate) fn create(
    on: &Connection,
    seals: &Seals,
    new: &NewSession,
    sealed: &Sealed,
    link: &Tag,
) -> Result<Made, StoreError> {
    let earlier = match (row::find(on, seals, &new.key)?, &new.request) {
        (None, Some(request)) => row::by_request(on, seals, &new.key, request)?,
        (earlier, _) => earlier,
    };
    if let Some((id, session)) = earlier {
        let content: [u8; 16] =
            on.prepare_cached("SELECT content FROM session WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
        let same = content == new.content && session.request == new.request;
        return Ok(if same { Made::Again(Box::new(session)) } else { Made::Differs });
    }
    on.prepare_cached(
        "INSERT INTO session (door, caller, kind, handle, request, content, agreement, identity, precision, service, \
         checked, enough, spending, claimed, subject, returns, state, created, expires, version, link) VALUES \
         (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 1, ?17, ?18, 1, ?19)",
    )?
    .execute(params![
        new.key.door,
        new.key.caller,
        new.key.kind,
        new.key.handle,
        new.request,
        new.content,
        new.agreement.as_ref().map(|agreement| &agreement.number),
        new.purpose.identity,
        new.purpose.precision,
        new.purpose.service,
        new.check.word(),
        new.enough as u8,
        new.spending as u8,
        new.claimed.is_some(),
        new.subject.map(|subject| subject.0),
        sealed.returns,
        new.created.millis(),
        new.expires.millis(),
        link,
    ])?;
    if let Some(claimed) = &sealed.claimed {
        person::put(on, on.last_insert_rowid(), Part::Claimed, claimed)?;
    }
    if let Some(new_agreement) = &new.agreement {
        agreement::put(on, &new.key, new_agreement)?;
    }
    let (_, session) = row::find(on, seals, &new.key)?
        .ok_or_else(|| damaged("session", super::seals::name(&new.key), "is not there after it was made"))?;
    Ok(Made::New(Box::new(session)))
}

/// Puts a link in place of the one before, and addresses, if there are new ones, in place of those before.
pub(crate) fn relink(
    on: &Connection,
    seals: &Seals,
    key: &SessionKey,
    link: &Tag,
    returns: Option<&Returns>,
    now: UnixTime,
) -> Result<Result<(), Forbidden>, StoreError> {
    let Some((id, session)) = row::find(on, seals, key)? else { return Ok(Err(Forbidden::Unknown)) };
    let state = session.state_at(now);
    if state.is_final() || state.is_over() {
        return Ok(Err(Forbidden::From(state)));
    }
    on.prepare_cached("UPDATE session SET link = ?2 WHERE id = ?1")?.execute(params![id, link])?;
    if let Some(returns) = returns {
        on.prepare_cached("UPDATE session SET returns = ?2 WHERE id = ?1")?
            .execute(params![id, row::seal_returns(seals, key, returns)?])?;
    }
    Ok(Ok(()))
}

/// Uses a link up for a seat.
pub(crate) fn start(
    on: &Connection,
    seals: &Seals,
    link: &DeskSecret,
    seat: &Tag,
    now: UnixTime,
) -> Result<Option<Session>, StoreError> {
    let Some((id, session)) = row::by_secret(on, seals, LINK, link)? else { return Ok(None) };
    if session.state_at(now).is_over() {
        return Ok(None);
    }
    on.prepare_cached("UPDATE session SET link = NULL, seat = ?2 WHERE id = ?1")?.execute(params![id, seat])?;
    Ok(Some(session))
}
