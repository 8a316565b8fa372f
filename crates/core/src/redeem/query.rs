//! What a query is told, and what refuses it.
//!
//! Docs: Alipay v3 specification, section 4.4, the procedure's steps 3 to 9 in its order. Only what comes of step 9 may
//! change anything, and that is not here.

use std::fmt;

use super::{
    port::{Bar, Found},
    session::{Judged, Purpose, State, Term},
};
use crate::{ledger::SubjectTag, time::UnixTime};

/// What a query says about the session that it asks for.
#[derive(Clone, Copy, Default)]
pub struct Checks<'a> {
    /// The agreement that it must stand under; not compared where none is given.
    pub agreement: Option<&'a str>,
    /// What it must be for; not compared where none is given.
    pub purpose: Option<&'a Purpose>,
    /// Whether the names that the caller gave for the person are this subject's: only the door knows how people are
    /// named there.
    pub is_member: Option<&'a (dyn Fn(SubjectTag) -> bool + Send + Sync)>,
    /// Whom the document that the caller gave belongs to ([`Redeemer::subject`](super::Redeemer::subject)).
    pub document: Option<SubjectTag>,
}

impl fmt::Debug for Checks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checks")
            .field("purpose", &self.purpose)
            .field("is_member", &self.is_member.is_some())
            .field("document", &self.document)
            .finish_non_exhaustive()
    }
}

/// What a query that nothing refuses is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has decided.
    Pending,
    /// This was found.
    Decided(Judged),
}

/// Why a query is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such session of this caller.
    #[error("there is no such session")]
    Unknown,
    /// Its time is over, or the person has cancelled.
    #[error("the session has expired")]
    Expired,
    /// Its result was taken before.
    #[error("the result was taken before")]
    Spent,
    /// It stands under another agreement.
    #[error("the session stands under another agreement")]
    OtherAgreement,
    /// It is for something else.
    #[error("the session is for something else")]
    Differs(Term),
    /// The person has not agreed, or the agreement was withdrawn.
    #[error("the person has not agreed")]
    NotAuthorized,
    /// Something stands against the person.
    #[error("something stands against the person: {}", .0.word())]
    Barred(Bar),
    /// The names that the caller gave are another person's.
    #[error("the person is another than was named")]
    OtherMember,
    /// The document that the caller gave is another person's.
    #[error("the document is another person's")]
    OtherDocument,
}

impl Found {
    /// Whom it is about, as far as that is known: who was claimed or gave details, else whom the agreement names.
    pub fn user(&self) -> Option<SubjectTag> {
        self.session.subject.or(self.agreement.as_ref().and_then(|agreement| agreement.user))
    }

    /// Whether it stands under no agreement, or under one that is in force.
    pub fn is_in_force(&self) -> bool {
        self.session.agreement.is_none() || self.agreement.as_ref().is_some_and(|agreement| agreement.valid)
    }

    /// What a query is told at a moment.
    pub fn answers(&self, checks: &Checks<'_>, now: UnixTime) -> Result<Standing, Refused> {
        let session = &self.session;
        let state = session.state_at(now);
        match state {
            State::Expired => return Err(Refused::Expired),
            State::Redeemed => return Err(Refused::Spent),
            _ => {}
        }
        if checks.agreement.is_some_and(|asked| session.agreement.as_deref() != Some(asked)) {
            return Err(Refused::OtherAgreement);
        }
        if let Some(term) = checks.purpose.and_then(|asked| session.purpose.differs(asked)) {
            return Err(Refused::Differs(term));
        }
        if state == State::Created || !self.is_in_force() {
            return Err(Refused::NotAuthorized);
        }
        if let Some(bar) = self.bar {
            return Err(Refused::Barred(bar));
        }
        if let Some(subject) = self.user() {
            if checks.is_member.is_some_and(|is_member| !is_member(subject)) {
                return Err(Refused::OtherMember);
            }
            if checks.document.is_some_and(|document| document != subject) {
                return Err(Refused::OtherDocument);
            }
        }
        Ok(match &session.judged {
            Some(judged) if state.is_final() => Standing::Decided(judged.clone()),
            _ => Standing::Pending,
        })
    }
}

impl Purpose {
    /// The first word that differs from what is asked: identity, then precision, then service.
    fn differs(&self, asked: &Self) -> Option<Term> {
        [
            (Term::Identity, &self.identity, &asked.identity),
            (Term::Precision, &self.precision, &asked.precision),
            (Term::Service, &self.service, &asked.service),
        ]
        .into_iter()
        .find_map(|(term, own, asked)| (own != asked).then_some(term))
    }
}
