//! A session: one person's way through the hosted desk, and the states that it goes through.
//!
//! Docs: Alipay v3 specification, section 4.4, is the table that [`Session::after`] follows. It departs from it in four
//! places. Section 4.4 has no arrow from *verifying* back: here a photo in which nobody could be recognised may be
//! given again, because it was no material; and its only way to cancel leads from *created*: here who has agreed may
//! withdraw for as long as nobody has decided. A person whose agreement was withdrawn is not looked at any further,
//! where the table only says that the session stays. And who was verified before is recognised by the agreement alone,
//! because before anything was submitted nothing else says who sits there; where a photo is wanted, nobody is.

use std::fmt;

use shiming_identity::{PersonName, ResidentId};

use crate::{
    claim::{Check, Claim},
    ledger::SubjectTag,
    source::SourceId,
    time::UnixTime,
    verdict::{CannotCheck, Verdict},
};

/// What a session is found by. The handle is unique for a kind of a caller of a door.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionKey {
    /// Which door.
    pub door: String,
    /// The caller's public key id.
    pub caller: String,
    /// Which family of operations: handles of two families never meet.
    pub kind: String,
    /// The once-token that the caller chose, or the number that we gave.
    pub handle: String,
}

/// Never shows the handle: who has it can ask for the result.
impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({}|{}|{}|…)", self.door, self.caller, self.kind)
    }
}

/// Where a session stands. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// The caller has asked for it; nobody has agreed.
    Created = 1,
    /// The person has agreed.
    Authorized = 2,
    /// The person's details are there and nobody has decided.
    Verifying = 3,
    /// The person is who was asked for.
    Succeeded = 4,
    /// The person is not.
    Failed = 5,
    /// The caller has had the result.
    Redeemed = 6,
    /// Its time is over, or the person has cancelled.
    Expired = 7,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Authorized,
        Self::Verifying,
        Self::Succeeded,
        Self::Failed,
        Self::Redeemed,
        Self::Expired,
    ];

    /// The word for it in lists and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Authorized => "authorized",
            Self::Verifying => "verifying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
        }
    }

    /// The state of a number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as i64 == number)
    }

    /// Whether the session's life is over: nothing leads out of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Redeemed | Self::Expired)
    }

    /// Whether somebody has decided.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// How often a result may be had. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Spending {
    /// The first query of a final state redeems it. The once-token of the jobworth family (v3 specification, 4.4).
    Once = 1,
    /// It may be read until its time is over: the certification query is asked again by clients that wait for a person
    /// (gateway specification, 5.3).
    Readable = 2,
}

/// What it takes to succeed. The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Enough {
    /// A match by the check decides.
    Match = 1,
    /// An operator looks after a match too: for what no source knows, such as a profession. What does not match has
    /// failed without anybody looking.
    MatchAndReview = 2,
}

/// What the session is for: short words that the door gives meaning to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purpose {
    /// Which identity is to be proved, or by which scenario.
    pub identity: String,
    /// How exactly it is to be proved.
    pub precision: String,
    /// For which service or product of the caller.
    pub service: String,
}

/// One word of a [`Purpose`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// [`Purpose::identity`].
    Identity,
    /// [`Purpose::precision`].
    Precision,
    /// [`Purpose::service`].
    Service,
}

/// That the person agreed, to which text, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The version of the text that was shown.
    pub version: String,
    /// When.
    pub at: UnixTime,
}

/// A person, as claimed by the caller or as given at the desk.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Resident number (公民身份号码).
    pub id: ResidentId,
    /// Name in its comparison form.
    pub name: PersonName,
    /// A photo: a JPEG or PNG file.
    pub portrait: Option<Vec<u8>>,
}

impl Person {
    /// The claim that the verb *check* takes; the portrait goes along where the check wants one.
    pub fn claim(self, check: Check) -> Claim {
        let portrait = self.portrait.filter(|_| check == Check::Portrait3);
        Claim::Resident { id: self.id, name: self.name, portrait }
    }
}

/// Shows nothing of the person.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

/// The source of a result that is an earlier one's.
pub const RECOGNIZED: &str = "earlier";

/// What was found about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What was found.
    pub verdict: Verdict,
    /// Who found it: a source of the check, an operator, or [`RECOGNIZED`].
    pub source: Option<SourceId>,
    /// The id of the ledger's entry.
    pub request_id: String,
    /// When.
    pub at: UnixTime,
}

impl Judged {
    /// Whether the person has passed.
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Match
    }

    /// Whether an earlier verification was recognised, and nobody has looked at the person anew.
    pub fn is_recognized(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.as_str() == RECOGNIZED)
    }
}

/// Where the person's browser goes, if the caller wants it back. It may name a person: it is sealed at rest.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Returns {
    /// When all is done.
    pub done: Option<String>,
    /// When the person has cancelled.
    pub cancelled: Option<String>,
}

/// Shows no address.
impl fmt::Debug for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returns(…)")
    }
}

/// A session as it stands. It holds nothing of the person but the subject's tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What it is found by.
    pub key: SessionKey,
    /// The caller's own number for the request that made it, where a repetition of that request must find it.
    pub request: Option<String>,
    /// The caller's number of the agreement under which it stands.
    pub agreement: Option<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// Which check the person has to pass: [`Check::Resident2`], or [`Check::Portrait3`] with a photo.
    pub check: Check,
    /// What it takes to succeed.
    pub enough: Enough,
    /// How often the result may be had.
    pub spending: Spending,
    /// Whether the caller has said who the person is. Then the desk asks for nothing but what is missing.
    pub claimed: bool,
    /// Whom it is about, as soon as that is known.
    pub subject: Option<SubjectTag>,
    /// Where the person goes afterwards.
    pub returns: Returns,
    /// What the person agreed to.
    pub consent: Option<Consent>,
    /// Where it stands.
    pub state: State,
    /// What was found: the result; while verifying, why nobody could decide, or the match that is to be reviewed.
    pub judged: Option<Judged>,
    /// When it was made.
    pub created: UnixTime,
    /// From when on it has expired.
    pub expires: UnixTime,
    /// Grows with every step.
    pub version: u64,
}

/// An agreement between a caller and a person; the caller has a number for each person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The caller's number.
    pub number: String,
    /// Our number.
    pub id: String,
    /// Whether it is in force: from the first consent until it is withdrawn.
    pub valid: bool,
    /// With whom, as soon as that is known: whoever gave their details under it, unless they have failed since, or have
    /// withdrawn them before anybody decided, and had not passed under it.
    pub user: Option<SubjectTag>,
    /// When it last came into force.
    pub since: Option<UnixTime>,
}

/// What happens to a session.
#[derive(Debug)]
pub enum Step {
    /// The person agrees; the agreement, if there is one, comes into force.
    Authorize(Consent),
    /// The person's details have arrived.
    Submit {
        /// Whom they are about.
        subject: SubjectTag,
        /// The details, to be sealed.
        person: Box<Person>,
    },
    /// The check has said something. Only what is enough decides.
    Judge(Judged),
    /// An operator decides.
    Decide(Judged),
    /// The person whom the agreement names was verified before, for the same: nothing is asked of them again.
    Recognize {
        /// Whom the agreement names.
        subject: SubjectTag,
        /// The earlier result, as this session's.
        judged: Judged,
    },
    /// The person does not want to, or no longer. An agreement that their consent has put in force ends with it.
    Cancel,
    /// The agreement was withdrawn, and nobody had decided: what the person gave is erased. Once they agree anew they may
    /// give it again.
    TakeBack,
    /// The caller takes the result.
    Redeem,
}

/// A step that is not possible. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// There is no such session.
    #[error("there is no such session")]
    Unknown,
    /// The session does not allow it where it stands.
    #[error("a session that is {} does not allow this", .0.word())]
    From(State),
    /// The agreement was withdrawn.
    #[error("the agreement was withdrawn")]
    Withdrawn,
    /// The details are of another person than the caller, or the agreement, names.
    #[error("these are another person's details")]
    OtherPerson,
    /// Nobody has said who the person is.
    #[error("nobody has said who the person is")]
    NobodyNamed,
    /// The check wants a photo and none was given.
    #[error("a photo is wanted")]
    PortraitMissing,
    /// Nobody has verified the person for this before, or what is known of it no longer counts.
    #[error("the person was not verified before")]
    NotVerified,
}

impl Session {
    /// Where it stands at a moment: one whose time is over has expired, whether or not anybody has noted it.
    pub fn state_at(&self, now: UnixTime) -> State {
        if self.state != State::Redeemed && now >= self.expires { State::Expired } else { self.state }
    }

    /// Whether the desk is to ask for a photo, again or for the first time.
    pub fn wants_portrait(&self) -> bool {
        let given = self.state == State::Verifying && !self.wants_another_portrait();
        self.check == Check::Portrait3 && !given && !self.state.is_final() && !self.state.is_over()
    }

    /// Whether an operator's decision is awaited: nothing that a program could try again would decide.
    pub fn awaits_operator(&self) -> bool {
        self.state == State::Verifying
            && self.judged.as_ref().is_some_and(|judged| {
                let another = matches!(judged.verdict, Verdict::CannotCheck(CannotCheck::PortraitUnusable(_)));
                !another && !judged.verdict.passes()
            })
    }

    /// Whom an earlier verification could be recognised of: the person whom the agreement in force names, before they
    /// have submitted anything. Nobody where a photo is wanted: that is to be of today.
    pub fn recognizable(&self, agreement: Option<&Agreement>, now: UnixTime) -> Option<SubjectTag> {
        let open = self.state_at(now) == State::Authorized && self.check != Check::Portrait3;
        agreement.filter(|agreement| open && agreement.valid)?.user
    }

    fn wants_another_portrait(&self) -> bool {
        let verdict = self.judged.as_ref().map(|judged| &judged.verdict);
        self.state == State::Verifying
            && matches!(verdict, Some(Verdict::CannotCheck(CannotCheck::PortraitUnusable(_))))
    }

    /// The session after a step. This is the whole table of transitions; a store calls it within the transaction that
    /// keeps what comes out.
    pub fn after(&self, step: &Step, agreement: Option<&Agreement>, now: UnixTime) -> Result<Self, Forbidden> {
        let state = self.state_at(now);
        let mut next = Self { version: self.version + 1, state, ..self.clone() };
        let withdrawn = agreement.is_some_and(|agreement| !agreement.valid);
        next.state = match (step, state) {
            (Step::Authorize(consent), State::Created) => {
                next.consent = Some(consent.clone());
                State::Authorized
            }
            (Step::Cancel, State::Created | State::Authorized | State::Verifying) => State::Expired,
            (Step::TakeBack, State::Verifying) => {
                next.judged = None;
                if !self.claimed {
                    next.subject = None;
                }
                State::Authorized
            }
            (Step::Submit { .. } | Step::Recognize { .. }, State::Authorized)
            | (Step::Submit { .. } | Step::Judge(_) | Step::Decide(_), State::Verifying)
            | (Step::Redeem, State::Succeeded | State::Failed)
                if withdrawn =>
            {
                return Err(Forbidden::Withdrawn);
            }
            (Step::Submit { subject, person }, from)
                if from == State::Authorized || (from == State::Verifying && self.wants_another_portrait()) =>
            {
                let named = self.subject.or(agreement.and_then(|agreement| agreement.user));
                if named.is_some_and(|named| named != *subject) {
                    return Err(Forbidden::OtherPerson);
                }
                if self.check == Check::Portrait3 && person.portrait.is_none() {
                    return Err(Forbidden::PortraitMissing);
                }
                next.subject = Some(*subject);
                next.judged = None;
                State::Verifying
            }
            (Step::Judge(judged), State::Verifying) => {
                next.judged = Some(judged.clone());
                match (&judged.verdict, self.enough) {
                    (Verdict::Match, Enough::Match) => State::Succeeded,
                    (Verdict::Mismatch(_) | Verdict::NoRecord, _) => State::Failed,
                    (Verdict::Match, Enough::MatchAndReview) | (Verdict::CannotCheck(_), _) => State::Verifying,
                }
            }
            (Step::Decide(judged), State::Verifying) => {
                next.judged = Some(judged.clone());
                match &judged.verdict {
                    Verdict::Match => State::Succeeded,
                    Verdict::Mismatch(_) | Verdict::NoRecord => State::Failed,
                    // "Cannot" is no decision.
                    Verdict::CannotCheck(_) => return Err(Forbidden::From(state)),
                }
            }
            (Step::Recognize { subject, judged }, State::Authorized) => {
                let named = self.recognizable(agreement, now).ok_or(Forbidden::NobodyNamed)?;
                if named != *subject || self.subject.is_some_and(|known| known != named) {
                    return Err(Forbidden::OtherPerson);
                }
                if !judged.passed() {
                    return Err(Forbidden::NotVerified);
                }
                next.subject = Some(named);
                next.judged = Some(judged.clone());
                State::Succeeded
            }
            (Step::Redeem, State::Succeeded | State::Failed) if self.spending == Spending::Once => State::Redeemed,
            _ => return Err(Forbidden::From(state)),
        };
        Ok(next)
    }
}
