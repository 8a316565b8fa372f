//! Callers, a ledger and sessions that live for one recorded request.

use std::{collections::HashMap, convert::Infallible, sync::Mutex};

use aws_lc_rs::digest::{Context, SHA256};
use shiming_core::{
    Again, BoxFuture, Caller, CallerState, Callers, Committed, Entry, Ledger, LedgerError, NewCaller, RecordKey, Seq,
    Session, SessionKey, Sessions, Spend, SubjectTag, UnixTime,
    redeem::{
        Agreement, AgreementName, Bar, Concluded, Conclusion, Creation, DeskSecret, Forbidden, Found, Judged,
        NewSession, Person, Returns, Seated, SessionsError, State, Step, Swept,
    },
};

/// The only callers that there are.
pub(super) struct Few(pub(super) Vec<Caller>);

impl Callers for Few {
    type Error = Infallible;

    fn all(&self) -> Result<Vec<Caller>, Infallible> {
        Ok(self.0.clone())
    }

    fn revision(&self) -> Result<i64, Infallible> {
        Ok(1)
    }

    fn put(&self, _: &NewCaller) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_state(&self, _: &str, _: &str, _: CallerState) -> Result<bool, Infallible> {
        Ok(false)
    }
}

/// A ledger that remembers what was spent, and by what.
#[derive(Default)]
pub(super) struct ShortLedger {
    spent: Mutex<HashMap<[u8; 16], Option<Entry>>>,
}

impl ShortLedger {
    /// What became of an earlier use; without one, this is the first.
    fn take(&self, spend: &Spend, entry: Option<Entry>) -> Option<Committed> {
        let mut known = self.spent.lock().ok()?;
        let Some(first) = known.get(&spend.key) else {
            known.insert(spend.key, entry);
            return None;
        };
        Some(match first {
            Some(first) if spend.again == Again::Repeat => Committed::Repeated(Box::new(first.clone())),
            _ => Committed::Replayed,
        })
    }
}

impl Ledger for ShortLedger {
    fn commit(&self, entry: Entry, spend: Option<Spend>) -> BoxFuture<'_, Result<Committed, LedgerError>> {
        let earlier = spend.and_then(|spend| self.take(&spend, Some(entry)));
        Box::pin(std::future::ready(Ok(earlier.unwrap_or(Committed::New(Seq(1))))))
    }

    fn spend(&self, spend: Spend) -> BoxFuture<'_, Result<bool, LedgerError>> {
        Box::pin(std::future::ready(Ok(self.take(&spend, None).is_none())))
    }

    /// No key: nothing of this is kept.
    fn tag(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let digest = context.finish();
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    }

    fn subject(&self, _: RecordKey<'_>) -> SubjectTag {
        SubjectTag([0; 16])
    }
}

/// Sessions that can be made, and are forgotten at once: nobody was at a desk before a recorded request.
pub(super) struct NoSessions;

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, Result<T, SessionsError>> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Sessions for NoSessions {
    fn create(&self, new: NewSession) -> BoxFuture<'_, Result<Creation, SessionsError>> {
        let session = Session {
            key: new.key,
            request: new.request,
            agreement: new.agreement.map(|agreement| agreement.number),
            purpose: new.purpose,
            check: new.check,
            enough: new.enough,
            spending: new.spending,
            claimed: new.claimed.is_some(),
            subject: new.subject,
            returns: new.returns,
            consent: None,
            state: State::Created,
            judged: None,
            created: new.created,
            expires: new.expires,
            version: 1,
        };
        ready(Creation::Made(Box::new(session), DeskSecret::new("recorded")))
    }

    fn find<'a>(&'a self, _: &'a SessionKey) -> BoxFuture<'a, Result<Option<Found>, SessionsError>> {
        ready(None)
    }

    fn step(
        &self,
        _: SessionKey,
        _: Step,
        _: UnixTime,
    ) -> BoxFuture<'_, Result<Result<Session, Forbidden>, SessionsError>> {
        ready(Err(Forbidden::Unknown))
    }

    fn conclude(&self, _: Conclusion) -> BoxFuture<'_, Result<Concluded, SessionsError>> {
        ready(Concluded::Forbidden(Forbidden::Unknown))
    }

    fn verified<'a>(&'a self, _: &'a Session, _: SubjectTag) -> BoxFuture<'a, Result<Option<Judged>, SessionsError>> {
        ready(None)
    }

    fn person<'a>(&'a self, _: &'a SessionKey) -> BoxFuture<'a, Result<Option<Person>, SessionsError>> {
        ready(None)
    }

    fn linked<'a>(&'a self, _: &'a DeskSecret) -> BoxFuture<'a, Result<Option<Session>, SessionsError>> {
        ready(None)
    }

    fn relink(
        &self,
        _: SessionKey,
        _: Option<Returns>,
        _: UnixTime,
    ) -> BoxFuture<'_, Result<Result<DeskSecret, Forbidden>, SessionsError>> {
        ready(Err(Forbidden::Unknown))
    }

    fn start(&self, _: DeskSecret, _: UnixTime) -> BoxFuture<'_, Result<Option<Seated>, SessionsError>> {
        ready(None)
    }

    fn seated<'a>(&'a self, _: &'a DeskSecret) -> BoxFuture<'a, Result<Option<Session>, SessionsError>> {
        ready(None)
    }

    fn form_proof(&self, _: &DeskSecret) -> String {
        String::new()
    }

    fn is_form_proof(&self, _: &DeskSecret, _: &str) -> bool {
        false
    }

    fn agreement<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: AgreementName<'a>,
    ) -> BoxFuture<'a, Result<Option<Agreement>, SessionsError>> {
        ready(None)
    }

    fn withdraw(&self, _: String, _: String, _: String, _: UnixTime) -> BoxFuture<'_, Result<bool, SessionsError>> {
        ready(false)
    }

    fn bar(&self, _: SubjectTag) -> BoxFuture<'_, Result<Option<Bar>, SessionsError>> {
        ready(None)
    }

    fn set_bar(&self, _: SubjectTag, _: Option<Bar>) -> BoxFuture<'_, Result<(), SessionsError>> {
        ready(())
    }

    fn awaiting(&self, _: UnixTime, _: usize) -> BoxFuture<'_, Result<Vec<Session>, SessionsError>> {
        ready(Vec::new())
    }

    fn undecided(&self, _: UnixTime, _: UnixTime, _: usize) -> BoxFuture<'_, Result<Vec<Session>, SessionsError>> {
        ready(Vec::new())
    }

    fn sweep(&self, _: UnixTime, _: UnixTime) -> BoxFuture<'_, Result<Swept, SessionsError>> {
        ready(Swept::default())
    }
}
