//! The port to where sessions are kept.

use std::fmt;

use super::session::{
    Agreement, Enough, Forbidden, Judged, Person, Purpose, Returns, Session, SessionKey, Spending, Step,
};
use crate::{
    BoxFuture,
    claim::Check,
    ledger::{Entry, Spend, SubjectTag},
    time::UnixTime,
};

/// Where sessions, agreements and the marks on subjects are kept. Every method that changes something is one durable
/// transaction; the future ends when it is on the disk.
pub trait Sessions: Send + Sync {
    /// Makes a session, and its agreement where there is none of that number, which is then not in force.
    fn create(&self, new: NewSession) -> BoxFuture<'_, Result<Creation, SessionsError>>;

    /// The session, with all that a query depends on.
    fn find<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<Found>, SessionsError>>;

    /// Takes a step where [`Session::after`] allows it. Gives the session as it then stands. [`Step::Recognize`] is
    /// forbidden unless [`Self::verified`] says so in the same transaction.
    fn step(
        &self,
        key: SessionKey,
        step: Step,
        now: UnixTime,
    ) -> BoxFuture<'_, Result<Result<Session, Forbidden>, SessionsError>>;

    /// Takes a step together with a ledger entry and what the call spends, in one transaction, if the session still
    /// has the version that was `seen`. A step that came too late has written nothing of all that.
    fn conclude(&self, conclusion: Conclusion) -> BoxFuture<'_, Result<Concluded, SessionsError>>;

    /// What was found when this subject passed under the session's agreement for the same before: a decision that is
    /// still kept, made by the check or an operator and not itself recognised. None where a later one, under any
    /// agreement of the caller, has found against them. The same is the kind, the identity and the precision, and the
    /// check and what was enough. Another agreement's success would not do: its person is whoever gave details under
    /// it, and nobody need have looked at them.
    fn verified<'a>(
        &'a self,
        session: &'a Session,
        subject: SubjectTag,
    ) -> BoxFuture<'a, Result<Option<Judged>, SessionsError>>;

    /// The person of a session, unsealed, while there is one: as given at the desk, else as claimed.
    fn person<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<Person>, SessionsError>>;

    /// The session that a desk link leads to. Does not use the link up: a program that looks at links beforehand must
    /// not keep the person out.
    fn linked<'a>(&'a self, link: &'a DeskSecret) -> BoxFuture<'a, Result<Option<Session>, SessionsError>>;

    /// A new desk link in place of the one before, for a session that is neither decided nor over: the caller brings up
    /// the desk again. Where it names addresses to return to, they take the place of the earlier ones.
    fn relink(
        &self,
        key: SessionKey,
        returns: Option<Returns>,
        now: UnixTime,
    ) -> BoxFuture<'_, Result<Result<DeskSecret, Forbidden>, SessionsError>>;

    /// Uses a desk link up, once: who has the seat that comes back sits at the desk, and nobody else does from now on.
    fn start(&self, link: DeskSecret, now: UnixTime) -> BoxFuture<'_, Result<Option<Seated>, SessionsError>>;

    /// The session of a seat.
    fn seated<'a>(&'a self, seat: &'a DeskSecret) -> BoxFuture<'a, Result<Option<Session>, SessionsError>>;

    /// What a form carries to prove that it was made for this seat: a keyed hash, the same for the same seat.
    fn form_proof(&self, seat: &DeskSecret) -> String;

    /// Whether this is the proof for this seat, in constant time.
    fn is_form_proof(&self, seat: &DeskSecret, proof: &str) -> bool;

    /// An agreement of a caller.
    fn agreement<'a>(
        &'a self,
        door: &'a str,
        caller: &'a str,
        by: AgreementName<'a>,
    ) -> BoxFuture<'a, Result<Option<Agreement>, SessionsError>>;

    /// Ends an agreement: its sessions give nothing out, and those that nobody has decided are taken back
    /// ([`Step::TakeBack`]). False when there is no such agreement.
    fn withdraw(
        &self,
        door: String,
        caller: String,
        number: String,
        now: UnixTime,
    ) -> BoxFuture<'_, Result<bool, SessionsError>>;

    /// What stands against a subject, in a query's eyes.
    fn bar(&self, subject: SubjectTag) -> BoxFuture<'_, Result<Option<Bar>, SessionsError>>;

    /// Sets or lifts it.
    fn set_bar(&self, subject: SubjectTag, bar: Option<Bar>) -> BoxFuture<'_, Result<(), SessionsError>>;

    /// The sessions that wait for an operator, oldest first, at most so many.
    fn awaiting(&self, now: UnixTime, most: usize) -> BoxFuture<'_, Result<Vec<Session>, SessionsError>>;

    /// The sessions that the check could decide and has not: a source was down, or a stop came between. Those that were
    /// tried longest ago come first; those tried at `before` or later do not, at most so many.
    fn undecided(
        &self,
        now: UnixTime,
        before: UnixTime,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<Session>, SessionsError>>;

    /// Notes what has expired, erases every personal value of what is decided or over, and forgets sessions that were
    /// over before `forget`: their handles can be used again.
    fn sweep(&self, now: UnixTime, forget: UnixTime) -> BoxFuture<'_, Result<Swept, SessionsError>>;
}

/// A session to make.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What it will be found by.
    pub key: SessionKey,
    /// The caller's own number for this request, where the handle is ours: its repetition finds the same session.
    pub request: Option<String>,
    /// A keyed hash of what was asked for ([`Ledger::tag`](crate::Ledger::tag)): two requests with the same handle or
    /// number are the same only if this is equal.
    pub content: [u8; 16],
    /// The agreement that it stands under.
    pub agreement: Option<NewAgreement>,
    /// What it is for.
    pub purpose: Purpose,
    /// Which check the person has to pass.
    pub check: Check,
    /// What it takes to succeed.
    pub enough: Enough,
    /// How often the result may be had.
    pub spending: Spending,
    /// Who the person is, where the caller says so.
    pub claimed: Option<Person>,
    /// The tag of the claimed person; the verb fills it in.
    pub subject: Option<SubjectTag>,
    /// Where the person goes afterwards.
    pub returns: Returns,
    /// When it is made.
    pub created: UnixTime,
    /// From when on it has expired.
    pub expires: UnixTime,
}

/// An agreement to make where there is none of that number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgreement {
    /// The caller's number.
    pub number: String,
    /// Our number, for a new one.
    pub id: String,
}

/// What became of a session to make.
#[derive(Debug)]
pub enum Creation {
    /// It is made; this is the way to its desk.
    Made(Box<Session>, DeskSecret),
    /// The same was asked for before: here is that one, wherever it now stands.
    Again(Box<Session>),
    /// The handle, or the caller's number, stands for something else.
    Differs,
}

/// A session with all that a query depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// The agreement that it stands under.
    pub agreement: Option<Agreement>,
    /// What stands against its [user](Self::user).
    pub bar: Option<Bar>,
}

/// A step with the ledger entry that it belongs to.
#[derive(Debug)]
pub struct Conclusion {
    /// Which session.
    pub key: SessionKey,
    /// The version that the step was decided on.
    pub seen: u64,
    /// The step.
    pub step: Step,
    /// What is entered into the ledger.
    pub entry: Entry,
    /// What the call spends.
    pub spend: Option<Spend>,
}

/// What became of a conclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concluded {
    /// All of it is durable; this is the session after the step.
    Durable(Box<Session>),
    /// The call's spend was used before. Nothing was written.
    Replayed,
    /// The session has changed since it was seen. Nothing was written.
    Overtaken,
    /// The session does not allow the step. Nothing was written.
    Forbidden(Forbidden),
}

/// How a caller names an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementName<'a> {
    /// By its own number.
    Number(&'a str),
    /// By ours.
    Id(&'a str),
}

/// What stands against a person, whatever the check says. Made-up people carry one, so that a caller can meet each.
/// The number of each is part of the stored format: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Bar {
    /// Has no account with the service that vouches.
    NoAccount = 1,
    /// Has an account and has not opened this product.
    NotOpened = 2,
    /// The account is blocked.
    Blocked = 3,
    /// Stands on a list of people who are not served.
    Listed = 4,
    /// A risk rule says no.
    Risk = 5,
    /// The account is in another name than the person's.
    OtherName = 6,
    /// The account has another mobile number than the person's.
    OtherMobile = 7,
    /// Nobody knows: the service that vouches cannot be asked about them.
    Unreachable = 8,
}

impl Bar {
    /// Every bar.
    pub const ALL: [Self; 8] = [
        Self::NoAccount,
        Self::NotOpened,
        Self::Blocked,
        Self::Listed,
        Self::Risk,
        Self::OtherName,
        Self::OtherMobile,
        Self::Unreachable,
    ];

    /// The word for it in lists and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAccount => "no_account",
            Self::NotOpened => "not_opened",
            Self::Blocked => "blocked",
            Self::Listed => "listed",
            Self::Risk => "risk",
            Self::OtherName => "other_name",
            Self::OtherMobile => "other_mobile",
            Self::Unreachable => "unreachable",
        }
    }

    /// The bar that a word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bar| bar.word() == word)
    }
}

/// A seat at the desk.
#[derive(Debug)]
pub struct Seated {
    /// The session.
    pub session: Session,
    /// What the browser keeps in its cookie.
    pub seat: DeskSecret,
}

/// Something that only one browser has: a desk link, or a seat. The store keeps a keyed hash of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeskSecret(String);

impl DeskSecret {
    /// Takes the text of a link or a cookie.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, 43 characters of base64url where a store has made it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Never shows the secret.
impl fmt::Debug for DeskSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeskSecret(…)")
    }
}

/// What a sweep has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sessions whose time was over.
    pub expired: u64,
    /// Sessions whose personal values were erased.
    pub erased: u64,
    /// Sessions that were forgotten.
    pub forgotten: u64,
}

/// The store failed. Nothing was written that the caller could be told of.
#[derive(Debug, thiserror::Error)]
#[error("the store of sessions failed")]
pub struct SessionsError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
