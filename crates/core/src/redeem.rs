//! The verb *redeem*: a person proves it at a hosted desk; the caller exchanges a once-token for the result, exactly once.
//!
//! A caller makes a [`Session`], the person agrees and gives details at the desk, the check or an operator decides, and
//! the caller takes the result. The session's steps are a table ([`Session::after`]); what a query is told and what
//! refuses it is [`Found::answers`]; where they are kept is the port [`Sessions`]. The verb puts them together.
//!
//! Docs: Alipay v3 specification, section 4.4; gateway specification, section 5. What belongs to the caller's service
//! (whether it may ask for that service at all, section 4.4, step 2) is the door's.

mod port;
mod query;
mod session;

use std::sync::Arc;

pub use port::{
    AgreementName, Bar, Concluded, Conclusion, Creation, DeskSecret, Found, NewAgreement, NewSession, Seated, Sessions,
    SessionsError, Swept,
};
pub use query::{Checks, Refused, Standing};
pub use session::{
    Agreement, Consent, Enough, Forbidden, Judged, Person, Purpose, RECOGNIZED, Returns, Session, SessionKey, Spending,
    State, Step, Term,
};

use crate::{
    check::{Asking, Checker, Seen},
    face::Score,
    ledger::{Entry, LedgerError, Ruling, Spend, SubjectTag},
    record::{RecordKey, RecordKind},
    source::SourceId,
    time::{Clock, UnixTime},
    verdict::Verdict,
};

/// Redeems sessions, and leads them there.
pub struct Redeemer {
    sessions: Arc<dyn Sessions>,
    checker: Arc<Checker>,
    clock: Arc<dyn Clock>,
}

/// What a query was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// Nobody has decided. The query may be asked again. The session's subject is whom the agreement names, where it has
    /// none of its own.
    Pending(Box<Session>),
    /// The result. One that is spent once is spent now.
    Decided {
        /// The session as it now stands.
        session: Box<Session>,
        /// What was found.
        judged: Judged,
    },
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RedeemFault {
    /// The query's own terms, or the session's state, refuse it. Nothing of the session was spent.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// What the call spends was spent before.
    #[error("the call was seen before")]
    Replayed,
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The sessions could not be read or written.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
}

/// Why a session did not take a step.
#[derive(Debug, thiserror::Error)]
pub enum StepFault {
    /// The step is not possible. Nothing has changed.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The sessions could not be read or written.
    #[error(transparent)]
    Sessions(#[from] SessionsError),
}

/// What a person gives at the desk.
#[derive(Debug, Default)]
pub struct Submission {
    /// Who the person is; none where the caller has said it.
    pub person: Option<Person>,
    /// The photo, where the check wants one.
    pub portrait: Option<Vec<u8>>,
}

/// How often a conclusion is tried anew on what overtook it. A session has fewer steps than that.
const TRIES: usize = 8;

impl Redeemer {
    /// The verb over these sessions and this check. Ledger entries go through the port of the sessions, because both
    /// are one transaction.
    pub fn new(sessions: Arc<dyn Sessions>, checker: Arc<Checker>, clock: Arc<dyn Clock>) -> Self {
        Self { sessions, checker, clock }
    }

    /// The sessions, for what needs no rule: the desk's links, agreements, lists.
    pub fn sessions(&self) -> &dyn Sessions {
        &*self.sessions
    }

    /// Makes a session.
    pub async fn create(&self, new: NewSession) -> Result<Creation, SessionsError> {
        let subject = new.claimed.as_ref().map(|person| self.subject(person.id.expose()));
        self.sessions.create(NewSession { subject, ..new }).await
    }

    /// The person agrees to a version of the text, now.
    pub async fn authorize(&self, key: &SessionKey, version: &str) -> Result<Session, StepFault> {
        let now = self.clock.now();
        self.step(key, Step::Authorize(Consent { version: version.into(), at: now }), now).await
    }

    /// Recognises who was verified before for the same, by the agreement that names them: the session has succeeded
    /// then, and nothing is asked of them again. Any other session comes back as it stands. The result's ledger entry
    /// and the step are one transaction, in which the earlier verification still counts.
    pub async fn recognize(&self, asking: Asking<'_>, key: &SessionKey) -> Result<Session, StepFault> {
        for _ in 0..TRIES {
            let Found { session, agreement, .. } = self.sessions.find(key).await?.ok_or(Forbidden::Unknown)?;
            let Some(subject) = session.recognizable(agreement.as_ref(), self.clock.now()) else { return Ok(session) };
            let Some(earlier) = self.sessions.verified(&session, subject).await? else { return Ok(session) };
            let judged = self.judged(&asking, earlier.verdict, Some(SourceId::from(RECOGNIZED)));
            let named = Session { subject: Some(subject), ..session };
            let step = |judged| Step::Recognize { subject, judged };
            if let Some(moved) = self.conclude(&asking, named, step, judged, None).await? {
                return Ok(moved);
            }
        }
        Err(Forbidden::From(State::Authorized).into())
    }

    /// The person does not want to.
    pub async fn cancel(&self, key: &SessionKey) -> Result<Session, StepFault> {
        self.step(key, Step::Cancel, self.clock.now()).await
    }

    /// Takes the person's details and lets the check decide. The session that comes back has succeeded or failed, or
    /// is verifying: then [`Session::awaits_operator`] and [`Session::wants_portrait`] say what it waits for.
    pub async fn submit(
        &self,
        asking: Asking<'_>,
        key: &SessionKey,
        submission: Submission,
    ) -> Result<Session, StepFault> {
        let Submission { person, portrait } = submission;
        let session = self.sessions.find(key).await?.ok_or(Forbidden::Unknown)?.session;
        let claimed = if session.claimed { self.sessions.person(key).await? } else { None };
        let person = match (claimed, person) {
            // A name other than the claimed one is for the check to find wrong; a number is another person's.
            (Some(claimed), Some(given)) if claimed.id != given.id => return Err(Forbidden::OtherPerson.into()),
            (Some(claimed), None) => claimed,
            (_, Some(given)) => given,
            (None, None) => return Err(Forbidden::NobodyNamed.into()),
        };
        let person = Box::new(Person { portrait, ..person });
        let subject = self.subject(person.id.expose());
        self.step(key, Step::Submit { subject, person }, self.clock.now()).await?;
        self.verify(asking, key).await
    }

    /// Runs the check on what was submitted, again where it could not decide before (a source was down, or a stop came
    /// between), and moves the session. A portrait without a face engine is never a match: the session waits for an
    /// operator. The verdict's ledger entry and the session's step are one transaction.
    pub async fn verify(&self, asking: Asking<'_>, key: &SessionKey) -> Result<Session, StepFault> {
        for _ in 0..TRIES {
            let session = self.sessions.find(key).await?.ok_or(Forbidden::Unknown)?.session;
            if session.state_at(self.clock.now()) != State::Verifying || session.awaits_operator() {
                return Ok(session);
            }
            let person = self.sessions.person(key).await?.ok_or(Forbidden::NobodyNamed)?;
            let claim = person.claim(session.check);
            let Seen { verdict, source, score } = self.checker.look(&asking, &claim).await;
            let judged = self.judged(&asking, verdict, source);
            if let Some(moved) = self.conclude(&asking, session, Step::Judge, judged, score).await? {
                return Ok(moved);
            }
        }
        Err(Forbidden::From(State::Verifying).into())
    }

    /// An operator decides, under the operator's name. The decision's ledger entry and the session's step are one
    /// transaction.
    pub async fn decide(
        &self,
        asking: Asking<'_>,
        key: &SessionKey,
        verdict: Verdict,
        operator: SourceId,
    ) -> Result<Session, StepFault> {
        for _ in 0..TRIES {
            let session = self.sessions.find(key).await?.ok_or(Forbidden::Unknown)?.session;
            let judged = self.judged(&asking, verdict.clone(), Some(operator.clone()));
            if let Some(moved) = self.conclude(&asking, session, Step::Decide, judged, None).await? {
                return Ok(moved);
            }
        }
        Err(Forbidden::From(State::Verifying).into())
    }

    /// Ends an agreement: whoever asks for a result under it is refused from now on, and what the person gave for a check
    /// that nobody has decided is erased.
    pub async fn withdraw(&self, door: &str, caller: &str, number: &str) -> Result<bool, SessionsError> {
        self.sessions.withdraw(door.into(), caller.into(), number.into(), self.clock.now()).await
    }

    /// What a query would be told, without spending anything: for asking beforehand.
    pub async fn consult(&self, key: &SessionKey, checks: &Checks<'_>) -> Result<(), RedeemFault> {
        let found = self.sessions.find(key).await?.ok_or(Refused::Unknown)?;
        found.answers(checks, self.clock.now())?;
        Ok(())
    }

    /// Answers a query. A result that is spent once is marked redeemed in the transaction of the ledger entry that fixes
    /// the answer; of any number of queries at the same moment one gets it. What the call itself spends (a nonce) is
    /// spent whatever the answer is, so that a query which was refused or told to wait can not be played again later.
    pub async fn redeem(
        &self,
        asking: Asking<'_>,
        key: &SessionKey,
        checks: &Checks<'_>,
        spend: Option<Spend>,
    ) -> Result<Redemption, RedeemFault> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let found = self.sessions.find(key).await?;
            let standing = found.ok_or(Refused::Unknown).and_then(|found| {
                let (standing, subject) = (found.answers(checks, now)?, found.user());
                Ok((Session { subject, ..found.session }, standing))
            });
            let (session, judged) = match standing {
                Ok((session, Standing::Decided(judged))) if session.spending == Spending::Once => (session, judged),
                told => {
                    if let Some(spend) = spend
                        && !self.checker.ledger().spend(spend).await?
                    {
                        return Err(RedeemFault::Replayed);
                    }
                    return Ok(match told? {
                        (session, Standing::Pending) => Redemption::Pending(Box::new(session)),
                        (session, Standing::Decided(judged)) => {
                            Redemption::Decided { session: Box::new(session), judged }
                        }
                    });
                }
            };
            let Some(entry) = entry(&asking, &session, &judged, None, now) else { return Err(Refused::Unknown.into()) };
            let (key, seen) = (key.clone(), session.version);
            let conclusion = Conclusion { key, seen, step: Step::Redeem, entry, spend: spend.clone() };
            match self.sessions.conclude(conclusion).await? {
                Concluded::Durable(session) => return Ok(Redemption::Decided { session, judged }),
                Concluded::Replayed => return Err(RedeemFault::Replayed),
                // What has happened meanwhile is what the query is told now.
                Concluded::Overtaken | Concluded::Forbidden(_) => {}
            }
        }
        Err(Refused::Spent.into())
    }

    /// The tag of a person, by resident number: what [`Checks::document`] is compared by.
    pub fn subject(&self, number: &str) -> SubjectTag {
        self.checker.ledger().subject(RecordKey { kind: RecordKind::Resident, number })
    }

    async fn step(&self, key: &SessionKey, step: Step, now: UnixTime) -> Result<Session, StepFault> {
        Ok(self.sessions.step(key.clone(), step, now).await??)
    }

    fn judged(&self, asking: &Asking<'_>, verdict: Verdict, source: Option<SourceId>) -> Judged {
        Judged { verdict, source, request_id: asking.request_id.into(), at: self.clock.now() }
    }

    /// A verdict's entry and the session's step together. None when the session has moved meanwhile.
    async fn conclude(
        &self,
        asking: &Asking<'_>,
        session: Session,
        step: impl FnOnce(Judged) -> Step,
        judged: Judged,
        score: Option<Score>,
    ) -> Result<Option<Session>, StepFault> {
        let entry = entry(asking, &session, &judged, score, judged.at).ok_or(Forbidden::NobodyNamed)?;
        let (key, seen) = (session.key, session.version);
        let conclusion = Conclusion { key, seen, step: step(judged), entry, spend: None };
        match self.sessions.conclude(conclusion).await? {
            Concluded::Durable(moved) => Ok(Some(*moved)),
            Concluded::Forbidden(forbidden) => Err(forbidden.into()),
            Concluded::Replayed | Concluded::Overtaken => Ok(None),
        }
    }
}

/// The ledger's entry for a verdict on a session; none while nobody is named in it. The score stands where the verdict was
/// found, and not again where it is told.
fn entry(asking: &Asking<'_>, session: &Session, judged: &Judged, score: Option<Score>, at: UnixTime) -> Option<Entry> {
    let subject = session.subject?;
    let ruling = Ruling::Checked { check: session.check, verdict: judged.verdict.clone(), score };
    Some(asking.entry(at, subject, ruling, judged.source.clone()))
}

#[cfg(test)]
mod tests;
