//! The ports to where cases and their papers are kept.

use std::fmt;

use super::{
    case::{Case, CaseKey, Content, Decision, Dossier, Forbidden, Media, Paper, State, Step},
    remark::{Remark, Remarked},
};
use crate::{
    BoxFuture,
    ledger::{Entry, Spend},
    time::UnixTime,
};

/// Where cases are kept. Every method that changes something is one durable transaction; the future ends when it is on
/// the disk.
pub trait Cases: Send + Sync {
    /// A number that no case has had. It is used up even if no case is made.
    fn number(&self) -> BoxFuture<'_, Result<i64, CasesError>>;

    /// Makes a case, with its ledger entry where it is handed in at once, and what the call spends. Where it is not
    /// made, nothing is written of all that.
    fn create(&self, new: NewCase<Stored>, record: Recording) -> BoxFuture<'_, Result<Creation, CasesError>>;

    /// The case as it stands.
    fn find<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Option<Case>, CasesError>>;

    /// The door's fields, unsealed; none where there is no such case, or its content was erased.
    fn dossier<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Option<Dossier>, CasesError>>;

    /// Cases by number, at most so many.
    fn list<'a>(&'a self, which: &'a Which, most: usize) -> BoxFuture<'a, Result<Vec<Case>, CasesError>>;

    /// All decisions on a case, of all its rounds, oldest first.
    fn decisions<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Decided>, CasesError>>;

    /// The papers of a case that were not erased, oldest first.
    fn papers<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Filed>, CasesError>>;

    /// The revision of a case that waits for a decision or was rejected; there is one at most.
    fn revision<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Option<Case>, CasesError>>;

    /// How many cases wait for a decision, and since when.
    fn waiting(&self) -> BoxFuture<'_, Result<Waiting, CasesError>>;

    /// Cases under review that have no remarks in this round yet, by number, at most so many.
    fn unremarked(&self, most: usize) -> BoxFuture<'_, Result<Vec<Case>, CasesError>>;

    /// Keeps remarks on a case as it was seen. False when it is not under review in that round any more, or has remarks
    /// in it already.
    fn remark<'a>(
        &'a self,
        seen: &'a Case,
        remarks: Vec<Remark>,
        at: UnixTime,
    ) -> BoxFuture<'a, Result<bool, CasesError>>;

    /// All remarks on a case, a round each, oldest first.
    fn remarks<'a>(&'a self, key: &'a CaseKey) -> BoxFuture<'a, Result<Vec<Remarked>, CasesError>>;

    /// The cases with a paper of the same content that was not erased.
    fn with_paper(&self, content: [u8; 16]) -> BoxFuture<'_, Result<Vec<CaseKey>, CasesError>>;

    /// Takes steps with their ledger entries and what the call spends, all in one transaction, if each case still has
    /// the version that was seen. If one of them cannot be taken, nothing is written of all that.
    fn change(&self, changes: Vec<Change>, record: Recording) -> BoxFuture<'_, Result<Changed, CasesError>>;

    /// Erases papers that were superseded, and all that is sealed of cases that were closed, before a moment; and
    /// forgets requests whose time is over, and notices that were delivered before that moment. The cases themselves stay.
    fn sweep(&self, now: UnixTime, before: UnixTime) -> BoxFuture<'_, Result<Swept, CasesError>>;
}

/// Where papers are kept: each under a key of its own, which stands with the case that has it.
pub trait Papers: Send + Sync {
    /// Seals a paper and makes it durable. It belongs to nothing yet; what stays so is removed by a later sweep.
    fn put(&self, paper: Paper) -> BoxFuture<'_, Result<Stored, CasesError>>;

    /// The paper again.
    fn get<'a>(&'a self, stored: &'a Stored) -> BoxFuture<'a, Result<Paper, CasesError>>;

    /// Removes a paper that belongs to nothing.
    fn destroy(&self, stored: Stored) -> BoxFuture<'_, Result<(), CasesError>>;

    /// Removes all papers that belong to nothing, but for young ones, whose step may be under way. Gives how many.
    fn sweep(&self, now: UnixTime) -> BoxFuture<'_, Result<u64, CasesError>>;
}

/// A paper that is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The name of its sealed object.
    pub object: String,
    /// The key of the object, wrapped.
    pub wrapped: Vec<u8>,
    /// A keyed hash of the content: equal for equal files.
    pub content: [u8; 16],
    /// How many bytes it has.
    pub size: u64,
    /// Which paper it is.
    pub role: String,
    /// What it is written in.
    pub media: Media,
}

/// Shows neither the key nor the hash.
impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("object", &self.object).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A paper in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The paper.
    pub stored: Stored,
    /// The round that it belongs to.
    pub round: u32,
    /// Since when it counts no longer: the case was handed in anew, or closed.
    pub superseded: Option<UnixTime>,
}

/// A case to make.
#[derive(Clone, Debug)]
pub struct NewCase<P> {
    /// What it will be found by.
    pub key: CaseKey,
    /// A repetition of the request that makes it finds the same case: by the first of these that is known. Those in front of that
    /// one are remembered with the case from then on.
    pub requests: Vec<Request>,
    /// How many cases of the kind its owner may have that are not over, with this one; none for any number.
    pub most: Option<u32>,
    /// What is in it.
    pub content: Content<P>,
    /// Whether it is handed in at once; a draft otherwise.
    pub submit: bool,
    /// When it is made.
    pub created: UnixTime,
    /// Which case it revises, if it does.
    pub revises: Option<Revises>,
}

/// What a revision is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revises {
    /// The number of the approved case, which has the same owner and kind.
    pub number: i64,
    /// An earlier revision, rejected, that this one takes the place of: it is closed, if it has this version still.
    pub earlier: Option<(CaseKey, u64)>,
}

/// What tells a request from another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// A keyed hash of the caller's number for it ([`Ledger::tag`](crate::Ledger::tag)).
    pub tag: [u8; 16],
    /// Until when it is remembered.
    pub until: UnixTime,
}

/// Does not show the hash.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("until", &self.until).finish_non_exhaustive()
    }
}

/// What the ledger is told of a change.
#[derive(Debug, Default)]
pub struct Recording {
    /// The entries, in the order of what they are about.
    pub entries: Vec<Entry>,
    /// What the call spends.
    pub spend: Option<Spend>,
}

/// What became of a case to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is made.
    Made(Box<Case>),
    /// The request was made before: here is its case, wherever that now stands.
    Again(Box<Case>),
    /// It cannot be made.
    Forbidden(Forbidden),
    /// The call's spend was used before.
    Replayed,
}

/// A step to take.
#[derive(Debug)]
pub struct Change {
    /// Which case.
    pub key: CaseKey,
    /// The version that the step was decided on.
    pub seen: u64,
    /// The step.
    pub step: Step<Stored>,
    /// When it is taken.
    pub at: UnixTime,
}

/// What became of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// All of them are durable; these are the cases after the steps.
    Durable(Vec<Case>),
    /// A case has changed since it was seen. Nothing was written.
    Overtaken,
    /// A case does not allow its step. Nothing was written.
    Forbidden(Forbidden),
    /// The call's spend was used before. Nothing was written.
    Replayed,
}

/// A decision that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// In which round.
    pub round: u32,
    /// When.
    pub at: UnixTime,
    /// The decision. Its reason is empty once the case's content was erased.
    pub decision: Decision,
}

/// Which cases to list. The default is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Of this door.
    pub door: Option<String>,
    /// Of this caller.
    pub caller: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this state.
    pub state: Option<State>,
    /// With this name.
    pub name_tag: Option<[u8; 16]>,
    /// With a greater number than this.
    pub behind: i64,
}

/// What waits for a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many cases are under review.
    pub cases: u64,
    /// Since when the one waits whose latest step was the earliest; none where none waits.
    pub since: Option<UnixTime>,
}

/// What a sweep has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Papers that were erased.
    pub papers: u64,
    /// Closed cases whose content was erased.
    pub cases: u64,
    /// Requests that were forgotten.
    pub requests: u64,
    /// Delivered notices that were forgotten.
    pub notices: u64,
}

/// The store failed. Nothing was written that the caller could be told of.
#[derive(Debug, thiserror::Error)]
#[error("the store of cases failed")]
pub struct CasesError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
