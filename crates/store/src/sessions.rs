//! Sessions at the desk, agreements, and what stands against subjects.
//!
//! What changes them goes to the ledger's writer and shares its transactions: a result is marked as taken in the very
//! transaction of the entry that fixes it, and the file never has two writers of this process. The rules are the core's
//! ([`Session::after`]); here they are applied to what the transaction reads.
//!
//! A row holds nothing of the person in the clear. Who they are stands in rows of their own, sealed under a key of their
//! own and bound to the session; those are erased as soon as somebody has decided, and the freed pages are overwritten
//! with zeros. What a browser has (a link, a seat) is kept as a keyed hash.

mod agreement;
mod change;
mod person;
mod row;
mod seals;
mod sweep;

use std::{fmt, path::Path, sync::Arc};

use parking_lot::Mutex;
use rusqlite::Connection;
use shiming_core::{
    BoxFuture, LedgerError, Session, SessionKey, Sessions, SubjectTag, UnixTime,
    redeem::{
        Agreement, AgreementName, Bar, Concluded, Conclusion, Creation, DeskSecret, Forbidden, Found, Judged,
        NewSession, Person, Returns, Seated, SessionsError, Step, Swept,
    },
};

pub(crate) use self::seals::Seals;
use self::{change::Change, person::Part};
use crate::{
    DurableLedger, StoreError,
    db::{self, Use},
    ledger::Work,
    seal::{hex, same},
};

/// The port [`Sessions`] on SQLite.
pub struct SealedSessions {
    ledger: Arc<DurableLedger>,
    reader: Mutex<Connection>,
    seals: Arc<Seals>,
}

impl fmt::Debug for SealedSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSessions")
    }
}

impl Sessions for SealedSessions {
    fn create(&self, new: NewSession) -> BoxFuture<'_, Result<Creation, SessionsError>> {
        Box::pin(async move {
            let (link, tag) = self.seals.secret(seals::LINK).map_err(trouble)?;
            let sealed = change::Sealed::of(&new, &self.seals).map_err(trouble)?;
            let made = self.write(move |on, seals| change::create(on, seals, &new, &sealed, &tag)).await?;
            Ok(match made {
                change::Made::New(session) => Creation::Made(session, link),
                change::Made::Again(session) => Creation::Again(session),
                change::Made::Differs => Creation::Differs,
            })
        })
    }

    fn find<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<Found>, SessionsError>> {
        self.read(|on, seals| {
            let Some((_, session)) = row::find(on, seals, key)? else { return Ok(None) };
            let agreement = agreement::of(on, &session)?;
            let found = Found { session, agreement, bar: None };
            let bar = found.user().map_or(Ok(None), |user| agreement::bar(on, user))?;
            Ok(Some(Found { bar, ..found }))
        })
    }

    fn step(
        &self,
        key: SessionKey,
        step: Step,
        now: UnixTime,
    ) -> BoxFuture<'_, Result<Result<Session, Forbidden>, SessionsError>> {
        Box::pin(async move {
            let change = Change::of(key, step, &self.seals).map_err(trouble)?;
            self.write(move |on, seals| change.make(on, seals, now)).await
        })
    }

    fn conclude(&self, conclusion: Conclusion) -> BoxFuture<'_, Result<Concluded, SessionsError>> {
        Box::pin(async move {
            let Conclusion { key, seen, step, entry, spend } = conclusion;
            let (change, now) = (Change::of(key, step, &self.seals).map_err(trouble)?, entry.at);
            let seals = Arc::clone(&self.seals);
            let change = move |on: &Connection| {
                let concluded = match change.version(on)? {
                    Some(version) if version == seen => match change.make(on, &seals, now)? {
                        Ok(session) => Concluded::Durable(Box::new(session)),
                        Err(forbidden) => Concluded::Forbidden(forbidden),
                    },
                    Some(_) => Concluded::Overtaken,
                    None => Concluded::Forbidden(Forbidden::Unknown),
                };
                Ok((matches!(concluded, Concluded::Durable(_)), concluded))
            };
            let work = Work { entry: Some(entry), spend, ..Work::default() };
            let concluded = self.ledger.write_beside(work, change).await;
            Ok(concluded.map_err(|LedgerError(error)| SessionsError(error))?.unwrap_or(Concluded::Replayed))
        })
    }

    fn verified<'a>(
        &'a self,
        session: &'a Session,
        subject: SubjectTag,
    ) -> BoxFuture<'a, Result<Option<Judged>, SessionsError>> {
        self.read(|on, seals| row::verified(on, seals, session, subject))
    }

    fn person<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<Person>, SessionsError>> {
        self.read(|on, seals| match person::read(on, seals, key, Part::Given)? {
            None => person::read(on, seals, key, Part::Claimed),
            given => Ok(given),
        })
    }

    fn linked<'a>(&'a self, link: &'a DeskSecret) -> BoxFuture<'a, Result<Option<Session>, SessionsError>> {
        self.read(|on, seals| Ok(row::by_secret(on, seals, seals::LINK, link)?.map(|(_, session)| session)))
    }

    fn relink(
        &self,
        key: SessionKey,
        returns: Option<Returns>,
        now: UnixTime,
    ) -> BoxFuture<'_, Result<Result<DeskSecret, Forbidden>, SessionsError>> {
        Box::pin(async move {
            let (link, tag) = self.seals.secret(seals::LINK).map_err(trouble)?;
            let relinked =
                self.write(move |on, seals| change::relink(on, seals, &key, &tag, returns.as_ref(), now)).await?;
            Ok(relinked.map(|()| link))
        })
    }

    fn start(&self, link: DeskSecret, now: UnixTime) -> BoxFuture<'_, Result<Option<Seated>, SessionsError>> {
        Box::pin(async move {
            let (seat, tag) = self.seals.secret(seals::SEAT).map_err(trouble)?;
            let started = self.write(move |on, seals| change::start(on, seals, &link, &tag, now)).await?;
            Ok(started.map(|session| Seated { session, seat }))
        })
    }

    fn seated<'a>(&'a self, seat: &'a DeskSecret) -> BoxFuture<'a, Result<Option<Session>, SessionsError>> {
        self.read(|on, seals| Ok(row::by_secret(on, seals, seals::SEAT, seat)?.map(|(_, session)| session)))
    }

    fn form_proof(&self, seat: &DeskSecret) -> String {
        hex(&self.seals.tag(seals::FORM, seat))
    }

    fn is_form_proof(&self, seat: &DeskSecret, proof: &str) -> bool {
        same(self.form_proof(seat).as_bytes(), proof.as_bytes())
    }

    fn agreement<'a>(
        &'a self,
        door: &'a str,
        caller: &'a str,
        by: AgreementName<'a>,
    ) -> BoxFuture<'a, Result<Option<Agreement>, SessionsError>> {
        self.read(|on, _| agreement::find(on, door, caller, by))
    }

    fn withdraw(
        &self,
        door: String,
        caller: String,
        number: String,
        now: UnixTime,
    ) -> BoxFuture<'_, Result<bool, SessionsError>> {
        Box::pin(self.write(move |on, seals| change::withdraw(on, seals, [&door, &caller, &number], now)))
    }

    fn bar(&self, subject: SubjectTag) -> BoxFuture<'_, Result<Option<Bar>, SessionsError>> {
        self.read(|on, _| agreement::bar(on, subject))
    }

    fn set_bar(&self, subject: SubjectTag, bar: Option<Bar>) -> BoxFuture<'_, Result<(), SessionsError>> {
        Box::pin(self.write(move |on, _| agreement::set_bar(on, subject, bar)))
    }

    fn awaiting(&self, now: UnixTime, most: usize) -> BoxFuture<'_, Result<Vec<Session>, SessionsError>> {
        self.read(|on, seals| row::awaiting(on, seals, now, most))
    }

    fn undecided(
        &self,
        now: UnixTime,
        before: UnixTime,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<Session>, SessionsError>> {
        self.read(|on, seals| row::undecided(on, seals, now, before, most))
    }

    fn sweep(&self, now: UnixTime, forget: UnixTime) -> BoxFuture<'_, Result<Swept, SessionsError>> {
        Box::pin(async move {
            let mut all = Swept::default();
            // A few at a time: decisions share the writer.
            loop {
                let swept = self.write(move |on, _| sweep::some(on, now, forget)).await?;
                all.expired += swept.expired;
                all.erased += swept.erased;
                all.forgotten += swept.forgotten;
                if swept == Swept::default() {
                    return Ok(all);
                }
            }
        })
    }
}

impl SealedSessions {
    pub(crate) fn open(path: &Path, ledger: Arc<DurableLedger>, seals: Seals) -> Result<Self, StoreError> {
        Ok(Self { ledger, reader: Mutex::new(db::connect(path, Use::Read, 1024)?), seals: Arc::new(seals) })
    }

    /// Runs a change in the writer's next transaction and waits until it is durable.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection, &Seals) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SessionsError> {
        let seals = Arc::clone(&self.seals);
        let written = self.ledger.change(move |on| change(on, &seals)).await;
        written.map_err(|LedgerError(error)| SessionsError(error))
    }

    /// Runs a read on one snapshot. A point look-up takes some microseconds: no thread is worth it.
    fn read<'a, T: Send + 'a>(
        &'a self,
        read: impl FnOnce(&Connection, &Seals) -> Result<T, StoreError>,
    ) -> BoxFuture<'a, Result<T, SessionsError>> {
        let mut reader = self.reader.lock();
        let read = reader.transaction().map_err(StoreError::from).and_then(|on| read(&on, &self.seals));
        Box::pin(std::future::ready(read.map_err(trouble)))
    }
}

fn trouble(error: StoreError) -> SessionsError {
    SessionsError(error.into())
}

#[cfg(test)]
mod tests;
